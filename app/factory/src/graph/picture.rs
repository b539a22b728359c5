//! The picture: drawn by the module `graph` of the editor's bundle, which comes when the page is alive. Without it the
//! table is offered. It stands outside of what is loaded: what changes moves in it, instead of a new picture.
use super::{
    Ctx,
    calls::{GraphContent, GraphView},
    entity_href,
};
use factory::graph::{Node, Picture};
use kit::{Icon, IconButton};
use leptos::{html, prelude::*, reactive::send_wrapper_ext::SendOption, web_sys};
use leptos_router::{NavigateOptions, hooks::use_navigate};
use serde_json::json;
use std::collections::HashMap;
use wasm_bindgen::{JsCast, JsValue, closure::Closure};

/// The picture with its zoom, while the page shows it.
pub fn pane(ctx: Ctx, view: kit::Data<GraphView>) -> AnyView {
    let (failed, said) = (RwSignal::new(false), RwSignal::new(String::new()));
    let place = NodeRef::<html::Div>::new();
    let kind = kit::query::use_query_param("view");
    let navigate = use_navigate();
    let go = move |to: String| navigate(&to, NavigateOptions { scroll: false, ..Default::default() });
    let pick = {
        let go = go.clone();
        move |id: String| go(ctx.at(&[("node", Some(id.as_str()).filter(|id| !id.is_empty()))]))
    };
    // Where the entity of a node is looked at, if it has a page; else the node itself.
    let open = {
        let pick = pick.clone();
        move |id: String| {
            let shown = untrack(|| view.get());
            let page = match &shown {
                Some(Ok(GraphView { content: GraphContent::Picture(picture), .. })) => picture
                    .nodes
                    .iter()
                    .find(|node| node.id.to_string() == id)
                    .and_then(|node| entity_href(&ctx.base.get_untracked(), node)),
                _ => None,
            };
            match page {
                Some(page) => go(page),
                None => pick(id),
            }
        }
    };
    let callbacks = StoredValue::new(SendOption::new_local(None::<[JsValue; 3]>));
    kit::effect(move || {
        let Some(element) = place.get() else { return };
        // While another is on its way, the one before stays.
        let picture = match view.get() {
            Some(Ok(GraphView { content: GraphContent::Picture(picture), .. })) if !picture.nodes.is_empty() => picture,
            Some(_) => return call("close", &[element.into()]),
            None => return,
        };
        said.set(words(&picture));
        let text = options(&picture);
        let (pick, open) = (pick.clone(), open.clone());
        host(move || {
            if callbacks.with_value(|made| made.is_none()) {
                callbacks.set_value(SendOption::new_local(Some(listeners(pick, open, failed))));
            }
            let [picked, open, ready] = callbacks.with_value(|made| (**made).clone()).unwrap_or_default();
            call("draw", &[element.into(), text.into(), picked, open, ready]);
        });
    });
    kit::effect(move || {
        let id = ctx.node.get();
        if let Some(element) = place.get() {
            call("select", &[element.into(), id.into()]);
        }
    });
    on_cleanup(move || {
        if let Some(Some(element)) = place.try_get_untracked() {
            call("close", &[element.into()]);
        }
    });
    let zoom = move |step: i32| {
        if let Some(element) = place.get_untracked() {
            call("zoom", &[element.into(), step.into()]);
        }
    };
    let table = move || ctx.at(&[("view", Some("table"))]);
    view! {
        <div class="graph-pane" hidden=move || !kind.get().is_empty()>
            {move || failed.get().then(|| view! {
                <div class="p-4"><kit::Alert tone=kit::Tone::Warning title="The picture could not be loaded."
                    acts=move || view! { <a class="btn btn-sm" href=table() data-noscroll="">"Show as table"</a> }
                >"The table says the same."</kit::Alert></div>
            })}
            // The picture is made by script: the page does not wait for a touch.
            <div node_ref=place class="graph-host" data-wakes=""></div>
            <div class="graph-bar">
                {legend()}
                <span class="grow"></span>
                <span class="hint num" role="status">{move || said.get()}</span>
                <IconButton icon=Icon::ZoomOut label="Zoom out" on:click=move |_| zoom(-1) />
                <IconButton icon=Icon::ZoomIn label="Zoom in" on:click=move |_| zoom(1) />
                <IconButton icon=Icon::Maximize2 label="Fit" on:click=move |_| zoom(0) />
            </div>
            <noscript><p class="p-4">"The picture needs JavaScript. The table says the same."</p></noscript>
        </div>
    }
    .into_any()
}

/// What the picture calls: a node was picked, one was opened, it stands or could not be had. It keeps them.
fn listeners(pick: impl Fn(String) + 'static, open: impl Fn(String) + 'static, failed: RwSignal<bool>) -> [JsValue; 3] {
    [
        Closure::<dyn FnMut(String)>::new(pick).into_js_value(),
        Closure::<dyn FnMut(String)>::new(open).into_js_value(),
        Closure::<dyn FnMut(bool)>::new(move |ok: bool| {
            failed.try_set(!ok);
        })
        .into_js_value(),
    ]
}

/// Shape and colour of each kind, as the picture has them.
fn legend() -> AnyView {
    let items = factory::graph::EntityKind::ALL
        .into_iter()
        .map(|kind| view! { <span class="graph-key" data-kind=kind.as_str()><i aria-hidden="true"></i> {kind.words()}</span> }.into_any())
        .collect_view();
    view! { <div class="graph-keys">{items}</div> }.into_any()
}

/// How much of the graph is drawn.
fn words(picture: &Picture) -> String {
    let shown = picture.nodes.len() as i64;
    let nodes = kit::num::plural(shown, "node", "nodes");
    let center = picture.center.and_then(|id| picture.nodes.iter().find(|n| n.id == id));
    match (center, picture.total > shown) {
        (Some(node), _) => format!("{nodes} around {}, of {}", node.label, kit::num::group(picture.total)),
        (None, true) => format!("{nodes} of {}", kit::num::group(picture.total)),
        (None, false) => nodes,
    }
}

fn label(node: &Node) -> String {
    match node.meta("key") {
        Some(key) => format!("{key} {}", node.label),
        None => node.label.clone(),
    }
}

fn options(picture: &Picture) -> String {
    let drift: HashMap<_, _> = picture.stale.iter().map(|s| (s.node, s.severity.as_str())).collect();
    let nodes: Vec<_> = picture
        .nodes
        .iter()
        .map(|n| {
            let quiet = matches!(n.meta("status"), Some("done" | "dismissed" | "resolved"));
            json!({ "id": n.id, "type": n.kind, "label": label(n), "drift": drift.get(&n.id), "quiet": quiet })
        })
        .collect();
    let edges: Vec<_> =
        picture.edges.iter().map(|e| json!({ "id": e.id, "source": e.source, "target": e.target, "type": e.edge_type })).collect();
    json!({ "label": "Knowledge graph", "nodes": nodes, "edges": edges, "focus": picture.center }).to_string()
}

/// Calls a function of `public/graph-host.js`.
fn call(name: &str, arguments: &[JsValue]) {
    let Some(host) = host_object() else { return };
    let Some(function) = js_sys::Reflect::get(&host, &name.into()).ok().and_then(|f| f.dyn_into::<js_sys::Function>().ok()) else { return };
    let _ = function.apply(&host, &arguments.iter().collect::<js_sys::Array>());
}

fn host_object() -> Option<JsValue> {
    let host = js_sys::Reflect::get(&window(), &"millraceGraph".into()).ok()?;
    (!host.is_undefined()).then_some(host)
}

/// Loads the bridge once, then goes on.
fn host(then: impl FnOnce() + 'static) {
    if host_object().is_some() {
        return then();
    }
    let listener = Closure::once_into_js(then);
    let once = web_sys::AddEventListenerOptions::new();
    once.set_once(true);
    let _ = window().add_event_listener_with_callback_and_add_event_listener_options("millrace-graph", listener.unchecked_ref(), &once);
    let Ok(script) = document().create_element("script") else { return };
    let _ = script.set_attribute("type", "module");
    let _ = script.set_attribute("src", "/graph-host.js");
    if let Some(head) = document().head() {
        let _ = head.append_child(&script);
    }
}
