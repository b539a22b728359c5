//! The banner of a document that may be out of date: what changed, and what to do about it.
use super::{calls::document_drift, page::Doc};
use crate::graph::{
    calls::{drift_compare, drift_decide, drift_propose},
    comparison,
};
use factory::{
    drift::{DriftAlert, DriftStatus},
    graph::EntityKind,
};
use kit::{Alert, AppError, Button, ButtonKind, Dialog, Icon, Size, Tone};
use leptos::{prelude::*, task::spawn_local};
use uuid::Uuid;

/// One banner for each thing that changed.
pub fn banner(doc: Doc) -> AnyView {
    let id = doc.document().id;
    let live = kit::use_live("factory.drift_alerts");
    let drifted = Memo::new(move |_| doc.ctx.rows.with(|rows| rows.iter().any(|r| r.id == id && r.drifted)));
    let alerts = kit::LocalData::new(move || {
        live.track();
        doc.version.track();
        let wanted = drifted.get();
        async move { if wanted { document_drift(id).await.unwrap_or_default() } else { Vec::new() } }
    });
    let comparing = RwSignal::new(None::<Uuid>);
    let shown = move || {
        let alerts = alerts.get().filter(|_| drifted.get()).unwrap_or_default();
        alerts.into_iter().map(|alert| one(doc, alert, comparing)).collect_view()
    };
    view! { {shown} {compare(doc, comparing)} }.into_any()
}

fn one(doc: Doc, alert: DriftAlert, comparing: RwSignal<Option<Uuid>>) -> AnyView {
    let id = alert.id;
    let documents = alert.source.kind == EntityKind::Document;
    let tone = if alert.severity == factory::drift::Severity::High { Tone::Warning } else { Tone::Info };
    let acts = move || {
        let may_write = doc.may_write();
        view! {
            {documents.then(|| view! { <Button size=Size::Sm icon=Icon::Columns3 on:click=move |_| comparing.set(Some(id))>"Compare"</Button> })}
            {(may_write && documents).then(|| view! { <Button size=Size::Sm icon=Icon::Sparkles on:click=move |_| follow(doc, id)>"Propose edits"</Button> })}
            {may_write.then(|| view! {
                <Button size=Size::Sm icon=Icon::Check on:click=move |_| decide(doc, id, DriftStatus::Resolved)>"Mark in sync"</Button>
                <Button size=Size::Sm kind=ButtonKind::Ghost on:click=move |_| decide(doc, id, DriftStatus::Dismissed)>"Dismiss"</Button>
            })}
        }
        .into_any()
    };
    let label = alert.source.label.clone();
    view! {
        <Alert tone=tone title="May be out of date." acts=acts>
            {alert.description} " (" {label} ", " <kit::Ago at=alert.updated_at /> ")"
        </Alert>
    }
    .into_any()
}

fn decide(doc: Doc, id: Uuid, status: DriftStatus) {
    spawn_local(async move {
        match drift_decide(id, status).await {
            Ok(_) if status == DriftStatus::Resolved => doc.ctx.toasts.success("Marked in sync."),
            Ok(_) => doc.ctx.toasts.success("Dismissed."),
            Err(AppError(fault)) => doc.ctx.toasts.fault(&fault),
        }
        doc.changed();
    });
}

fn follow(doc: Doc, id: Uuid) {
    spawn_local(async move {
        match drift_propose(id).await {
            Ok(made) => {
                doc.ctx.toasts.info(format!("{} proposed.", kit::num::plural(made.parts as i64, "edit", "edits")));
                doc.side.try_set("suggestions");
            }
            Err(AppError(fault)) => doc.ctx.toasts.fault(&fault),
        }
        doc.changed();
    });
}

/// What changed upstream, in red and green.
fn compare(doc: Doc, comparing: RwSignal<Option<Uuid>>) -> AnyView {
    let open = kit::open_while(comparing);
    let loaded = kit::LocalData::new(move || {
        let id = comparing.get();
        async move {
            match id {
                Some(id) => Some(drift_compare(id).await),
                None => None,
            }
        }
    });
    let inside = move || match loaded.get().flatten() {
        None => view! { <kit::Skeleton lines=6 /> }.into_any(),
        Some(Err(AppError(fault))) => kit::fault_panel(fault),
        Some(Ok(found)) => comparison(&doc.ctx.home.get_untracked(), &found),
    };
    view! { <Dialog open=open title="What was changed" wide=true>{inside}</Dialog> }.into_any()
}
