//! The picture: drawn by the module `graph` of the editor's bundle, which comes when the page is alive. Without it the
//! table is offered.
use super::Ctx;
use factory::graph::Picture;
use kit::{Icon, IconButton};
use leptos::{html, prelude::*, web_sys};
use leptos_router::{NavigateOptions, hooks::use_navigate};
use serde_json::json;
use wasm_bindgen::{JsCast, JsValue, closure::Closure};

/// The picture with its zoom.
pub fn picture(ctx: Ctx, picture: Picture) -> AnyView {
    let failed = RwSignal::new(false);
    let place = NodeRef::<html::Div>::new();
    let text = options(&picture, &ctx.node.get_untracked());
    let navigate = use_navigate();
    let go = move |id: String| {
        let to = ctx.at(&[("node", Some(&id))]);
        navigate(&to, NavigateOptions { scroll: false, ..Default::default() });
    };
    kit::effect(move || {
        let Some(element) = place.get() else { return };
        let (text, go) = (text.clone(), go.clone());
        host(move || {
            let opened = go.clone();
            let picked = Closure::<dyn FnMut(String)>::new(move |id: String| {
                if !id.is_empty() {
                    go(id);
                }
            });
            let open = Closure::<dyn FnMut(String)>::new(move |id: String| opened(id));
            let ready = Closure::<dyn FnMut(bool)>::new(move |ok: bool| {
                failed.try_set(!ok);
            });
            call(
                "open",
                &[
                    element.clone().into(),
                    text.into(),
                    // The picture keeps them as long as it stands.
                    picked.into_js_value(),
                    open.into_js_value(),
                    ready.into_js_value(),
                ],
            );
        });
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
    let shown = picture.nodes.len() as i64;
    let center = picture.center.and_then(|id| picture.nodes.iter().find(|n| n.id == id)).map(|n| n.label.clone());
    let words = match (&center, picture.total > shown) {
        (Some(label), _) => format!("{} around {label}, of {}", kit::num::plural(shown, "node", "nodes"), kit::num::group(picture.total)),
        (None, true) => format!("{} of {}", kit::num::plural(shown, "node", "nodes"), kit::num::group(picture.total)),
        (None, false) => kit::num::plural(shown, "node", "nodes"),
    };
    let table = ctx.at(&[("view", Some("table"))]);
    view! {
        <div class="graph-pane">
            <div node_ref=place class="graph-host"></div>
            <div class="graph-bar">
                <span class="hint num" role="status">{words}</span>
                <span class="grow"></span>
                <IconButton icon=Icon::ZoomOut label="Zoom out" on:click=move |_| zoom(-1) />
                <IconButton icon=Icon::ZoomIn label="Zoom in" on:click=move |_| zoom(1) />
                <IconButton icon=Icon::Maximize2 label="Fit" on:click=move |_| zoom(0) />
            </div>
            {move || failed.get().then(|| view! {
                <div class="p-4"><kit::Alert tone=kit::Tone::Warning title="The picture could not be loaded." acts={
                    let table = table.clone();
                    move || view! { <a class="btn btn-sm" href=table.clone() data-noscroll="">"Show as table"</a> }
                }>"The table says the same."</kit::Alert></div>
            })}
            <noscript><p class="p-4">"The picture needs JavaScript. The table says the same."</p></noscript>
        </div>
    }
    .into_any()
}

fn options(picture: &Picture, selected: &str) -> String {
    let drift = |id| picture.stale.iter().find(|s| s.node == id).map(|s| s.severity.as_str());
    let nodes: Vec<_> = picture
        .nodes
        .iter()
        .map(|n| {
            let label = match n.meta("key") {
                Some(key) => format!("{key} {}", n.label),
                None => n.label.clone(),
            };
            let quiet = matches!(n.meta("status"), Some("done" | "dismissed" | "resolved"));
            json!({ "id": n.id, "type": n.kind, "label": label, "drift": drift(n.id), "quiet": quiet })
        })
        .collect();
    let edges: Vec<_> =
        picture.edges.iter().map(|e| json!({ "id": e.id, "source": e.source, "target": e.target, "type": e.edge_type })).collect();
    let selected = Some(selected).filter(|s| !s.is_empty());
    json!({ "label": "Knowledge graph", "nodes": nodes, "edges": edges, "selected": selected, "focus": picture.center }).to_string()
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
