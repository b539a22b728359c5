//! The proposals of an extraction: what is ticked becomes a work order, the rest waits.
use super::{
    extract::{Desk, said},
    plan_calls::{extraction_leave, extraction_take},
};
use factory::{
    extraction::{Proposed, Waiting},
    suggestions::Verdict,
    work_orders::key,
};
use kit::{AppError, Badge, Button, ButtonKind, Icon, Size, Tone};
use leptos::{prelude::*, task::spawn_local};
use uuid::Uuid;

fn waiting(desk: Desk) -> Vec<Waiting> {
    desk.offer.get().flatten().and_then(Result::ok).map(|offer| offer.waiting).unwrap_or_default()
}

/// What is open and not taken out.
fn ticked(desk: Desk) -> Vec<Uuid> {
    let unticked = desk.unticked.get();
    waiting(desk).iter().flat_map(|w| w.open().map(|p| p.id).collect::<Vec<_>>()).filter(|id| !unticked.contains(id)).collect()
}

/// The proposals by blueprint.
pub fn list(desk: Desk) -> AnyView {
    let groups = move || waiting(desk).into_iter().map(|w| group(desk, w)).collect_view();
    view! {
        {said(desk)}
        <p class="hint">"Proposed by built-in rules. What you tick becomes a work order; what you leave waits here."</p>
        {groups}
    }
    .into_any()
}

fn group(desk: Desk, w: Waiting) -> AnyView {
    let href = format!("{}{}", desk.ctx.base.get_untracked().trim_end_matches("/planner"), w.document.path());
    let open: Vec<Uuid> = w.open().map(|p| p.id).collect();
    let (all, none, gone) = (open.clone(), open.clone(), open);
    let suggestion = w.suggestion;
    let leave = move |_| {
        let reject = gone.clone();
        spawn_local(async move {
            if let Err(AppError(fault)) = extraction_leave(suggestion, reject).await {
                desk.fault.try_set(Some(fault));
            }
            desk.version.try_update(|n| *n += 1);
        });
    };
    let title = w.document.title.clone();
    let rows = w.proposals.into_iter().map(|p| row(desk, p)).collect_view();
    view! {
        <section class="feature-sec" aria-label=title.clone()>
            <div class="spread">
                <h3><a class="st-link" href=href>{title.clone()}</a></h3>
                <span class="acts">
                    <Button size=Size::Sm on:click=move |_| desk.unticked.update(|u| all.iter().for_each(|id| { u.remove(id); }))>"All"</Button>
                    <Button size=Size::Sm on:click=move |_| desk.unticked.update(|u| u.extend(none.iter().copied()))>"None"</Button>
                    <Button size=Size::Sm kind=ButtonKind::Ghost icon=Icon::Trash2 attr:aria-label=format!("Reject the proposals for {title}") on:click=leave>"Reject"</Button>
                </span>
            </div>
            <ul class="ticks">{rows}</ul>
        </section>
    }
    .into_any()
}

fn row(desk: Desk, p: Proposed) -> AnyView {
    let id = p.id;
    let kind = p.proposal.deliverable_type.clone().map(|k| view! { <Badge text=k line=true /> });
    let updates = p.updates.as_ref().map(|w| view! { <Badge text=format!("updates {}", key(w.number)) tone=Tone::Info /> });
    let criteria = p.proposal.criteria.iter().map(|c| view! { <li>{c.clone()}</li> }.into_any()).collect::<Vec<_>>();
    let criteria = (!criteria.is_empty()).then(|| view! { <ul class="doc-criteria">{criteria}</ul> });
    let title = p.proposal.title.clone();
    match p.verdict {
        Some(verdict) => {
            let became = match (&p.made, verdict) {
                (Some(w), _) => {
                    let href = desk.ctx.href(w.number);
                    view! { <a class="st-link" href=href>{key(w.number)}</a> }.into_any()
                }
                (None, Verdict::Accepted) => view! { <Badge text="Created" tone=Tone::Success /> }.into_any(),
                (None, Verdict::Rejected) => view! { <Badge text="Rejected" /> }.into_any(),
            };
            view! { <li class="muted"><span>{title} " " {became}</span></li> }.into_any()
        }
        None => view! {
            <li>
                <label class="check">
                    <input
                        type="checkbox" class="box" prop:checked=move || desk.unticked.with(|u| !u.contains(&id))
                        on:change:target=move |event| {
                            let on = event.target().checked();
                            desk.unticked.update(|u| if on { u.remove(&id); } else { u.insert(id); });
                        }
                    />
                    <span>{title}</span>
                </label>
                " " {kind} " " {updates} {criteria}
            </li>
        }
        .into_any(),
    }
}

/// Create what is ticked, or draw more.
pub fn foot(desk: Desk) -> AnyView {
    let go = move |_| {
        let (project, ids) = (desk.ctx.project.get_untracked(), untrack(|| ticked(desk)));
        if desk.busy.get_untracked() || ids.is_empty() {
            return;
        }
        desk.busy.set(true);
        desk.fault.set(None);
        spawn_local(async move {
            match extraction_take(project, ids).await {
                Ok(taken) => {
                    let created = kit::num::plural(taken.created as i64, "work order created", "work orders created");
                    let updated = if taken.updated > 0 { format!(", {} updated", taken.updated) } else { String::new() };
                    let left = if taken.left > 0 { format!("; {} wait", taken.left) } else { String::new() };
                    desk.ctx.moves.toasts().success(format!("{created}{updated}{left}"));
                    desk.problems.try_set(Vec::new());
                    // What is left was left on purpose: it waits for the next time.
                    desk.open.try_set(false);
                }
                Err(AppError(fault)) => drop(desk.fault.try_set(Some(fault))),
            }
            desk.busy.try_set(false);
            desk.version.try_update(|n| *n += 1);
            desk.ctx.moves.again();
        });
    };
    let may_write = move || desk.offer.get().flatten().and_then(Result::ok).is_some_and(|o| o.may_write);
    let none = Signal::derive(move || ticked(desk).is_empty() || !may_write());
    view! {
        <Button on:click=move |_| desk.choosing.set(true)>"Choose blueprints"</Button>
        <Button on:click=move |_| desk.open.set(false)>"Close"</Button>
        <Button kind=ButtonKind::Primary busy=desk.busy disabled=none on:click=go>{move || format!("Create {}", ticked(desk).len())}</Button>
    }
    .into_any()
}
