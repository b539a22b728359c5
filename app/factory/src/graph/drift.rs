//! What may be stale: each alert with what can be done about it.
use super::{
    Ctx,
    calls::{drift_decide, drift_propose},
    drift_icon, entity_href, node_name, severity_tone,
};
use factory::{
    drift::{DriftAlert, DriftStatus},
    graph::{EntityKind, Node},
    job_runs::JobRun,
};
use kit::{AppError, Badge, Button, Empty, Icon, Menu, MenuItem, Pager, Size};
use leptos::{prelude::*, task::spawn_local};
use leptos_router::{NavigateOptions, hooks::use_navigate};

/// The alerts of one status, newest first.
pub fn list(ctx: Ctx, alerts: Vec<DriftAlert>, next: Option<String>, scan: Option<JobRun>) -> AnyView {
    let status = ctx.query.with_untracked(|q| q.get("status").unwrap_or_default());
    let pills = [("", "Live"), ("open", "Open"), ("acknowledged", "Acknowledged"), ("resolved", "Resolved"), ("dismissed", "Dismissed")]
        .into_iter()
        .map(|(value, words)| {
            let href = ctx.at(&[("status", Some(value)), ("after", None)]);
            view! { <a class="pill" data-noscroll="" href=href aria-current=(status == value).then_some("true")>{words}</a> }.into_any()
        })
        .collect_view();
    let scanned = scan.and_then(|s| s.completed_at).map(|at| view! { <span class="hint">"Scanned " <kit::Ago at=at /></span> });
    let body = if alerts.is_empty() {
        let (title, text) = match status.as_str() {
            "" | "open" => (
                "Nothing has drifted",
                "When something is saved changed, what rests on it appears here. Every night the whole project is looked through.",
            ),
            _ => ("No such alerts", "Choose another status."),
        };
        view! { <Empty icon=Icon::BadgeCheck title=title text=text /> }.into_any()
    } else {
        let items = alerts.into_iter().map(|alert| item(ctx, alert)).collect_view();
        let next = next.map(|cursor| ctx.at(&[("after", Some(&cursor))]));
        view! { <ul class="alerts">{items}</ul> <Pager previous={None::<String>} next=next text="" /> }.into_any()
    };
    view! {
        <div class="facets"><span class="contents" role="group" aria-label="Status">{pills}</span><span class="grow"></span>{scanned}</div>
        {body}
    }
    .into_any()
}

fn item(ctx: Ctx, alert: DriftAlert) -> AnyView {
    let base = ctx.base.get_untracked();
    let (at, updated) = (alert.created_at, alert.updated_at);
    let again = (updated - at > chrono::Duration::minutes(1)).then(|| view! { ", again " <kit::Ago at=updated /> });
    let ended = alert.resolved_at.map(|at| {
        let who = alert.resolved_by.clone().unwrap_or_else(|| "Millrace".to_owned());
        view! { " · " {alert.status.words()} " by " {who} " " <kit::Ago at=at /> }
    });
    let source = name(&base, &alert.source);
    let target = alert.target.as_ref().map(|t| name(&base, t));
    // A notice leads to one of them.
    let asked = ctx.query.with_untracked(|q| q.get("alert").is_some_and(|id| id == alert.id.to_string()));
    view! {
        <li class="alert-row" class:alert-asked=asked>
            <div class="alert-body">
                <div class="row">
                    <Badge text=alert.severity.words() tone=severity_tone(alert.severity) />
                    <Badge text=alert.drift_type.words() tone=kit::Tone::Neutral icon=drift_icon(alert.drift_type) line=true />
                    {(alert.status == DriftStatus::Acknowledged).then(|| view! { <Badge text="Acknowledged" tone=kit::Tone::Info line=true /> })}
                </div>
                <p class="text-base">{alert.description.clone()}</p>
                <p class="hint row">{source} {kit::icon(Icon::ArrowRight)} {target}</p>
                <p class="hint"><kit::Ago at=at /> {again} {ended}</p>
            </div>
            {actions(ctx, &alert, "alert")}
        </li>
    }
    .into_any()
}

fn name(base: &str, node: &Node) -> AnyView {
    match entity_href(base, node) {
        Some(href) => view! { <a class="st-link" href=href>{node_name(node)}</a> }.into_any(),
        None => node_name(node),
    }
}

/// What can be done about an alert that is live. `place` tells the same alert in the list from that in the drawer.
pub fn actions(ctx: Ctx, alert: &DriftAlert, place: &str) -> AnyView {
    if !alert.status.is_live() {
        return ().into_any();
    }
    let id = alert.id;
    let acknowledge = (alert.status == DriftStatus::Open)
        .then(|| view! { <MenuItem icon=Icon::Eye on:click=move |_| decide(ctx, id, DriftStatus::Acknowledged)>"Acknowledge"</MenuItem> });
    view! {
        <div class="row">
            <Button size=Size::Sm icon=Icon::Columns3 on:click=move |_| ctx.comparing.set(Some(id))>"Compare"</Button>
            {propose(ctx, alert)}
            <Button size=Size::Sm icon=Icon::Check on:click=move |_| decide(ctx, id, DriftStatus::Resolved)>"Mark in sync"</Button>
            <Menu id=format!("{place}-{id}") label=format!("More about {}", alert.description) icon=Icon::Ellipsis compact=true size=Size::Sm end=true>
                {acknowledge}
                <MenuItem icon=Icon::X on:click=move |_| decide(ctx, id, DriftStatus::Dismissed)>"Dismiss"</MenuItem>
            </Menu>
        </div>
    }
    .into_any()
}

/// "Propose edits", where there is an earlier text to compare with and a text to edit.
fn propose(ctx: Ctx, alert: &DriftAlert) -> Option<AnyView> {
    let edited = alert.target.as_ref().is_some_and(|t| matches!(t.kind, EntityKind::Document | EntityKind::WorkOrder));
    if alert.source.kind != EntityKind::Document || !edited {
        return None;
    }
    let (id, busy, navigate) = (alert.id, RwSignal::new(false), use_navigate());
    let press = move |_| {
        let (navigate, base, toasts) = (navigate.clone(), ctx.base.get_untracked(), ctx.toasts);
        busy.set(true);
        spawn_local(async move {
            match drift_propose(id).await {
                Ok(made) => navigate(&format!("{base}{}?show=suggestions", made.document.path()), NavigateOptions::default()),
                Err(AppError(fault)) => toasts.fault(&fault),
            }
            // The list may have been drawn anew meanwhile.
            busy.try_set(false);
        });
    };
    Some(view! { <Button size=Size::Sm icon=Icon::Sparkles busy=Signal::from(busy) on:click=press>"Propose edits"</Button> }.into_any())
}

fn decide(ctx: Ctx, id: uuid::Uuid, status: DriftStatus) {
    let toasts = ctx.toasts;
    spawn_local(async move {
        match drift_decide(id, status).await {
            Ok(alert) => {
                let name = alert.target.map(|t| t.label).unwrap_or_default();
                toasts.success(match status {
                    DriftStatus::Resolved => format!("{name} is in sync"),
                    DriftStatus::Dismissed => "Alert dismissed".to_owned(),
                    _ => "Alert acknowledged".to_owned(),
                });
            }
            Err(AppError(fault)) => toasts.fault(&fault),
        }
        ctx.version.update(|n| *n += 1);
    });
}
