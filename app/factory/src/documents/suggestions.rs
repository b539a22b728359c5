//! Suggestions beside a text: each part with what it changes, to be accepted or rejected.
use super::{
    calls::{suggestion_decide, suggestions_list},
    page::Doc,
};
use factory::suggestions::{Decision, DiffKind, Operation, Proposal, SuggestedDiff, Suggestion, Verdict};
use kernel::{Code, Fault};
use kit::{AppError, Badge, Button, ButtonKind, Dialog, DiffLine, DiffView, Empty, Icon, Size, Tone, open_while};
use leptos::{prelude::*, task::spawn_local};
use std::collections::BTreeSet;
use uuid::Uuid;

/// A part whose section was changed since: what to do with it is asked.
#[derive(Clone, PartialEq)]
struct Changed {
    suggestion: Uuid,
    decision: Decision,
    fault: Fault,
}

/// The suggestions of a document, those with something to decide first.
pub fn panel(doc: Doc) -> AnyView {
    let id = doc.document().id;
    let live = kit::use_live("factory.agent_suggestions");
    let changed = RwSignal::new(None::<Changed>);
    let list = kit::LocalData::new(move || {
        live.track();
        doc.version.track();
        async move { suggestions_list(id).await }
    });
    let shown = move || match list.get() {
        None => view! { <kit::Skeleton lines=5 /> }.into_any(),
        Some(Err(AppError(fault))) => kit::fault_panel(fault),
        Some(Ok(all)) if all.is_empty() => {
            view! { <Empty icon=Icon::Sparkles title="No suggestions" text="What the assistant or an interview suggests waits here." /> }
                .into_any()
        }
        Some(Ok(all)) => all.into_iter().map(|s| suggestion(doc, s, changed)).collect_view().into_any(),
    };
    view! { {shown} {conflict(doc, changed)} }.into_any()
}

fn decide(doc: Doc, suggestion: Uuid, decision: Decision, changed: RwSignal<Option<Changed>>) {
    spawn_local(async move {
        match suggestion_decide(suggestion, decision.clone()).await {
            Ok(after) => {
                changed.set(None);
                let (taken, left) = (decision.accept.len(), decision.reject.len());
                let said = match (taken, left) {
                    (0, n) => format!("{n} rejected."),
                    (n, 0) => format!("{n} accepted."),
                    (n, m) => format!("{n} accepted, {m} rejected."),
                };
                doc.ctx.toasts.success(said);
                let edited = after.diffs.iter().any(|d| d.kind == DiffKind::Edit && decision.accept.contains(&d.id));
                if edited { doc.text_changed() } else { doc.changed() }
            }
            Err(AppError(fault)) if fault.code == Code::SectionChanged => changed.set(Some(Changed { suggestion, decision, fault })),
            Err(AppError(fault)) => {
                doc.ctx.toasts.fault(&fault);
                doc.changed();
            }
        }
    });
}

fn suggestion(doc: Doc, s: Suggestion, changed: RwSignal<Option<Changed>>) -> AnyView {
    let open: Vec<Uuid> = s.diffs.iter().filter(|d| s.verdict(d.id).is_none()).map(|d| d.id).collect();
    let orders = s.diffs.iter().any(|d| d.kind == DiffKind::WorkOrder);
    let ticked = RwSignal::new(open.iter().copied().collect::<BTreeSet<Uuid>>());
    let id = s.id;
    let may_write = doc.may_write();
    let parts = s.diffs.iter().map(|d| part(doc, id, d.clone(), s.verdict(d.id), orders.then_some(ticked), changed)).collect_view();
    let (all, none, many) = (open.clone(), open.clone(), open.len() > 1);
    let acts = (may_write && !open.is_empty()).then(|| {
        view! {
            <div class="doc-thread-acts">
                <Button size=Size::Sm kind=ButtonKind::Primary on:click=move |_| {
                    let accept: Vec<Uuid> = if orders { ticked.get_untracked().into_iter().collect() } else { all.clone() };
                    if !accept.is_empty() { decide(doc, id, Decision { accept, ..Decision::default() }, changed) }
                }>
                    {move || match (orders, many) {
                        (true, _) => format!("Create {}", ticked.with(BTreeSet::len)),
                        (_, true) => "Accept all".to_owned(),
                        _ => "Accept".to_owned(),
                    }}
                </Button>
                <Button size=Size::Sm kind=ButtonKind::Ghost on:click=move |_| decide(doc, id, Decision { reject: none.clone(), ..Decision::default() }, changed)>
                    {if many { "Reject all" } else { "Reject" }}
                </Button>
            </div>
        }
    });
    view! {
        <section class="doc-thread">
            <div class="doc-by">
                <b>{s.summary.clone().unwrap_or_else(|| "Suggestion".to_owned())}</b> <Badge text=s.status.words() line=true /> <kit::Ago at=s.created_at />
            </div>
            <p class="hint">{format!("{} · Built-in", s.agent_type.words())}</p>
            <ul class="doc-parts">{parts}</ul>
            {acts}
        </section>
    }
    .into_any()
}

fn part(
    doc: Doc,
    suggestion: Uuid,
    d: SuggestedDiff,
    verdict: Option<Verdict>,
    ticked: Option<RwSignal<BTreeSet<Uuid>>>,
    changed: RwSignal<Option<Changed>>,
) -> AnyView {
    let id = d.id;
    let what = match (&d.proposal, d.kind) {
        (Some(proposal), _) => proposed(proposal),
        (None, DiffKind::Edit) => view! { <DiffView lines=lines(&d) label="Suggested change" /> }.into_any(),
        (None, _) => ().into_any(),
    };
    let title = match d.kind {
        DiffKind::Edit => d.explanation.clone(),
        DiffKind::Feature => "New feature".to_owned(),
        DiffKind::WorkOrder if d.proposal.as_ref().is_some_and(|p| p.updates.is_some()) => "Update of a work order".to_owned(),
        DiffKind::WorkOrder => "New work order".to_owned(),
    };
    let said = verdict.map(|v| match v {
        Verdict::Accepted => view! { <Badge text="Accepted" tone=Tone::Success /> }.into_any(),
        Verdict::Rejected => view! { <Badge text="Rejected" /> }.into_any(),
    });
    // Work orders are ticked and made together.
    let tick = ticked.filter(|_| verdict.is_none() && doc.may_write()).map(|ticked| {
        let label = format!("Take: {}", d.proposal.as_ref().map(|p| p.title.clone()).unwrap_or_default());
        view! {
            <input
                type="checkbox" class="box" aria-label=label prop:checked=move || ticked.with(|t| t.contains(&id))
                on:change:target=move |event| {
                    let on = event.target().checked();
                    ticked.update(|t| if on { t.insert(id); } else { t.remove(&id); });
                }
            />
        }
    });
    let acts = (ticked.is_none() && verdict.is_none() && doc.may_write()).then(|| {
        view! {
            <div class="doc-thread-acts">
                <Button size=Size::Sm icon=Icon::Check on:click=move |_| decide(doc, suggestion, Decision { accept: vec![id], ..Decision::default() }, changed)>"Accept"</Button>
                <Button size=Size::Sm kind=ButtonKind::Ghost icon=Icon::X on:click=move |_| decide(doc, suggestion, Decision { reject: vec![id], ..Decision::default() }, changed)>"Reject"</Button>
            </div>
        }
    });
    view! { <li class="doc-part"><div class="doc-by">{tick} <b>{title}</b> {said}</div> {what} {acts}</li> }.into_any()
}

fn proposed(p: &Proposal) -> AnyView {
    let criteria = p.criteria.iter().map(|c| view! { <li>{c.clone()}</li> }.into_any()).collect::<Vec<_>>();
    let description = (!p.description.trim().is_empty() && p.description != p.title)
        .then(|| view! { <p class="doc-said whitespace-pre-wrap">{p.description.clone()}</p> });
    let criteria = (!criteria.is_empty()).then(|| view! { <ul class="doc-criteria">{criteria}</ul> });
    let kind = p.deliverable_type.clone().map(|k| view! { <Badge text=k line=true /> });
    view! { <p class="doc-proposed">{p.title.clone()} " " {kind}</p> {description} {criteria} }.into_any()
}

/// What was and what would be, line by line.
fn lines(d: &SuggestedDiff) -> Vec<DiffLine> {
    let of = |text: &str| text.lines().filter(|l| !l.trim().is_empty()).map(str::to_owned).collect::<Vec<_>>();
    let (old, new) = (if d.operation == Operation::Insert { Vec::new() } else { of(&d.old_content) }, of(&d.new_content));
    let start = old.iter().zip(&new).take_while(|(a, b)| a == b).count();
    let end = old[start..].iter().rev().zip(new[start..].iter().rev()).take_while(|(a, b)| a == b).count();
    let mut out: Vec<DiffLine> = old[..start].iter().map(DiffLine::same).collect();
    out.extend(old[start..old.len() - end].iter().map(DiffLine::removed));
    out.extend(new[start..new.len() - end].iter().map(DiffLine::added));
    out.extend(old[old.len() - end..].iter().map(DiffLine::same));
    out
}

/// The section is no longer what the suggestion was made for: both texts, and what to do.
fn conflict(doc: Doc, changed: RwSignal<Option<Changed>>) -> AnyView {
    let open = open_while(changed);
    let text = move |name: &str| {
        let fault = changed.get()?.fault;
        let text = fault.details?.get(name)?.as_str()?.to_owned();
        Some(if text.is_empty() { "(nothing)".to_owned() } else { text })
    };
    let anyway = move |_| {
        if let Some(c) = changed.get_untracked() {
            decide(doc, c.suggestion, Decision { force: true, ..c.decision }, changed);
        }
    };
    let reject = move |_| {
        if let Some(c) = changed.get_untracked() {
            let id = c.fault.details.as_ref().and_then(|d| d.get("id")?.as_str()?.parse().ok());
            decide(doc, c.suggestion, Decision { reject: id.map_or(c.decision.accept, |id| vec![id]), ..Decision::default() }, changed);
        }
    };
    let foot = move || {
        view! {
            <Button on:click=move |_| changed.set(None)>"Cancel"</Button>
            <Button on:click=reject>"Reject"</Button>
            <Button kind=ButtonKind::Primary on:click=anyway>"Replace anyway"</Button>
        }
        .into_any()
    };
    view! {
        <Dialog open=open title="This section was changed" wide=true foot=foot>
            <p>"Somebody changed this section after the suggestion was made."</p>
            <div class="conflict">
                <div><small>"When it was suggested"</small>{move || text("expected")}</div>
                <div><small>"Now"</small>{move || text("found")}</div>
            </div>
        </Dialog>
    }
    .into_any()
}
