//! One node in the drawer: what it is, what it hangs together with, what a change of it reaches.
use super::{
    Ctx,
    calls::{graph_impact, graph_unlink},
    drift, entity_href, kind_icon, node_name, severity_tone, spoken,
};
use factory::graph::{Impact, Neighbour, NodeDetail, Reached};
use kit::{AppError, Badge, Button, Drawer, Fact, Facts, Icon, IconButton, Size, Skeleton};
use leptos::{prelude::*, task::spawn_local};
use uuid::Uuid;

/// The drawer of the node that the address names.
pub fn drawer(ctx: Ctx) -> AnyView {
    let shown = move || (!ctx.node.get().is_empty()).then(|| one(ctx));
    view! { {shown} }.into_any()
}

fn one(ctx: Ctx) -> AnyView {
    let close = Signal::derive(move || ctx.at(&[("node", None)]));
    // What a change reaches is worked out when it is asked for.
    let asked = RwSignal::new(false);
    view! {
        <Drawer title="Node" close=close>
            <kit::Loaded
                from=ctx.detail skeleton=|| view! { <Skeleton lines=8 /> }
                show={move |d: Option<NodeDetail>| d.map(|d| show(ctx, d, asked)).into_any()}
            />
        </Drawer>
    }
    .into_any()
}

fn show(ctx: Ctx, d: NodeDetail, asked: RwSignal<bool>) -> AnyView {
    let base = ctx.base.get_untracked();
    let node = d.node.clone();
    let open = entity_href(&base, &node)
        .map(|href| view! { <a class="btn btn-sm btn-primary" href=href>{kit::icon(Icon::ArrowUpRight)} "Open"</a> });
    let id = node.id.to_string();
    let around = ctx.at(&[("view", None), ("around", Some(&id)), ("node", None), ("kinds", None), ("types", None), ("after", None)]);
    let linked = node.clone();
    let facts = [
        ("Key", node.meta("key")),
        ("Path", node.meta("path")),
        ("Status", node.meta("status")),
        ("Type", node.meta("type")),
        ("Language", node.meta("language")),
    ]
    .into_iter()
    .filter_map(|(name, value)| value.map(|v| (name, if matches!(name, "Key" | "Path") { v.to_owned() } else { spoken(v) })))
    .map(|(name, value)| view! { <Fact name=name>{value}</Fact> }.into_any())
    .collect_view();
    let alerts = d
        .alerts
        .iter()
        .map(|alert| {
            view! {
                <li class="stack">
                    <p><Badge text=alert.severity.words() tone=severity_tone(alert.severity) /> " " {alert.description.clone()}</p>
                    {drift::actions(ctx, alert, "drawer-alert")}
                </li>
            }
            .into_any()
        })
        .collect_view();
    view! {
        <h3 class="feature-name inline-flex items-center gap-2">{kit::icon(kind_icon(node.kind))} {node.label.clone()}</h3>
        <div class="moves">
            {open}
            <a class="btn btn-sm" href=around data-noscroll="">{kit::icon(Icon::Network)} "Neighbourhood"</a>
            <Button size=Size::Sm icon=Icon::Link on:click=move |_| ctx.linking.set(Some(linked.clone()))>"Link"</Button>
        </div>
        <div class="feature-sec"><Facts>{facts}</Facts></div>
        {(!d.alerts.is_empty()).then(|| view! { <section class="feature-sec"><h3>"May be stale"</h3><ul class="stack">{alerts}</ul></section> })}
        {neighbours(ctx, &d.neighbours)}
        {impact(ctx, node.id, asked)}
    }
    .into_any()
}

fn neighbours(ctx: Ctx, list: &[Neighbour]) -> AnyView {
    if list.is_empty() {
        return view! { <section class="feature-sec"><h3>"Links"</h3><p class="hint">"Nothing is linked with this yet."</p></section> }
            .into_any();
    }
    let items = list
        .iter()
        .map(|n| {
            let words = if n.outgoing { n.edge_type.words().to_owned() } else { format!("{} this", n.edge_type.words()) };
            let href = ctx.at(&[("node", Some(&n.node.id.to_string()))]);
            let edge = n.edge;
            let unlink = (!n.kept).then(|| {
                let label = format!("Unlink {}", n.node.label);
                view! { <IconButton icon=Icon::Unlink label=label size=Size::Sm tip_at="left" on:click=move |_| unlink(ctx, edge) /> }
            });
            view! { <li class="row"><span class="hint w-28 shrink-0">{words}</span><a class="st-link min-w-0 grow" href=href data-noscroll="">{node_name(&n.node)}</a>{unlink}</li> }.into_any()
        })
        .collect_view();
    view! { <section class="feature-sec"><h3>"Links" <span class="num">{list.len()}</span></h3><ul class="stack">{items}</ul></section> }
        .into_any()
}

fn unlink(ctx: Ctx, edge: Uuid) {
    let (project, toasts) = (ctx.project.get_untracked(), ctx.toasts);
    spawn_local(async move {
        match graph_unlink(project, edge).await {
            Ok(()) => toasts.success("Link taken away"),
            Err(AppError(fault)) => toasts.fault(&fault),
        }
        ctx.version.update(|n| *n += 1);
    });
}

fn impact(ctx: Ctx, id: Uuid, asked: RwSignal<bool>) -> AnyView {
    let loaded = kit::LocalData::new(move || {
        let (wanted, project) = (asked.get(), ctx.project.get());
        async move { if wanted { Some(graph_impact(project, id).await) } else { None } }
    });
    let inside = move || match (asked.get(), loaded.get().flatten()) {
        (false, _) => view! { <Button size=Size::Sm icon=Icon::Zap on:click=move |_| asked.set(true)>"Show impact"</Button> }.into_any(),
        (true, None) => view! { <Skeleton lines=3 /> }.into_any(),
        (true, Some(Err(AppError(fault)))) => kit::fault_panel(fault),
        (true, Some(Ok(impact))) => reached(ctx, &impact),
    };
    view! { <section class="feature-sec"><h3>"What a change reaches"</h3>{inside}</section> }.into_any()
}

fn reached(ctx: Ctx, impact: &Impact) -> AnyView {
    if impact.total == 0 {
        return view! { <p class="hint">"Nothing rests on this."</p> }.into_any();
    }
    let names: std::collections::HashMap<Uuid, String> = impact
        .direct
        .iter()
        .chain(&impact.indirect)
        .map(|r| &r.node)
        .chain([&impact.start])
        .map(|n| (n.id, n.meta("key").map_or_else(|| n.label.clone(), str::to_owned)))
        .collect();
    let list = |items: &[Reached]| {
        items
            .iter()
            .map(|r| {
                let href = ctx.at(&[("node", Some(&r.node.id.to_string()))]);
                let path: Vec<&str> = r.path.iter().filter_map(|id| names.get(id).map(String::as_str)).collect();
                let way = (r.hop > 1).then(|| view! { <p class="hint truncate">{path.join(" → ")}</p> });
                view! { <li><a class="st-link" href=href data-noscroll="">{node_name(&r.node)}</a>{way}</li> }.into_any()
            })
            .collect_view()
    };
    let more = impact.total - (impact.direct.len() + impact.indirect.len()) as i64;
    view! {
        <p class="hint">{kit::num::plural(impact.total, "thing", "things")} " within five steps"</p>
        <h4 class="text-sm font-medium mt-3">"Direct " <span class="num">{impact.direct.len()}</span></h4>
        <ul class="stack">{list(&impact.direct)}</ul>
        {(!impact.indirect.is_empty()).then(|| view! {
            <h4 class="text-sm font-medium mt-3">"Indirect " <span class="num">{impact.indirect.len()}</span></h4>
            <ul class="stack">{list(&impact.indirect)}</ul>
        })}
        {(more > 0).then(|| view! { <p class="hint">"and " {kit::num::group(more)} " more"</p> })}
    }
    .into_any()
}
