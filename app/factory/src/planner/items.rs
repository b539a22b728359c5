//! The work items of a work order: a checklist that is worked off here.
use super::{
    Ctx,
    calls::{work_item_create, work_item_move, work_item_remove},
    words::{item_tone, kind_tone},
};
use factory::{
    work_items::{WorkItem, WorkItemInput, WorkItemStatus, WorkItemType},
    work_orders::WorkOrder,
};
use kit::{AppError, Badge, Button, Choice, Icon, IconButton, SelectField, Size, Status, TextField};
use leptos::{prelude::*, task::spawn_local};
use std::future::Future;

/// The section of the items.
pub fn list(ctx: Ctx, version: RwSignal<u64>, order: &WorkOrder, items: &[WorkItem], frozen: bool) -> AnyView {
    let done = items.iter().filter(|i| i.status == WorkItemStatus::Done).count();
    let count = (!items.is_empty()).then(|| format!("{done} of {}", items.len()));
    let rows = items.iter().map(|i| row(ctx, version, i, frozen)).collect_view();
    let add = (!frozen).then(|| add(ctx, version, order));
    view! { <section class="feature-sec"><h3>"Work items" " " <span class="num">{count}</span></h3><ul class="checklist">{rows}</ul> {add}</section> }.into_any()
}

/// Does a change, then reads the drawer and the plan again.
fn then_again<T: 'static>(ctx: Ctx, version: RwSignal<u64>, work: impl Future<Output = Result<T, AppError>> + 'static) {
    spawn_local(async move {
        if let Err(AppError(fault)) = work.await {
            ctx.moves.toasts().fault(&fault);
        }
        version.update(|n| *n += 1);
        ctx.moves.again();
    });
}

fn row(ctx: Ctx, version: RwSignal<u64>, item: &WorkItem, frozen: bool) -> AnyView {
    let kind = (item.kind != WorkItemType::Task).then(|| view! { <Badge text=item.kind.words() tone=kind_tone(item.kind) /> });
    let acts = (!frozen).then(|| {
        let (next, words) = match item.status {
            WorkItemStatus::Todo => (WorkItemStatus::InProgress, "Start"),
            WorkItemStatus::InProgress => (WorkItemStatus::Done, "Done"),
            WorkItemStatus::Done => (WorkItemStatus::InProgress, "Reopen"),
        };
        let (go, gone) = (item.clone(), item.clone());
        let label = format!("Delete {}", item.title);
        view! {
            <Button size=Size::Sm on:click=move |_| then_again(ctx, version, work_item_move(go.id, go.rev.clone(), next))>{words}</Button>
            <IconButton icon=Icon::Trash2 label=label size=Size::Sm tip_at="left" on:click=move |_| then_again(ctx, version, work_item_remove(gone.id, gone.rev.clone())) />
        }
    });
    view! {
        <li class="spread"><span><Status text=item.status.words() tone=item_tone(item.status) /> " " {item.title.clone()} " " {kind}</span><span class="acts">{acts}</span></li>
    }
    .into_any()
}

fn add(ctx: Ctx, version: RwSignal<u64>, order: &WorkOrder) -> AnyView {
    let (title, kind) = (RwSignal::new(String::new()), RwSignal::new("task".to_owned()));
    let (work_order_id, feature_id) = (Some(order.id), order.feature_id);
    let send = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        let kind = WorkItemType::ALL.into_iter().find(|k| k.as_str() == kind.get_untracked()).unwrap_or_default();
        let input = WorkItemInput { title: title.get_untracked(), kind, work_order_id, feature_id, ..Default::default() };
        title.set(String::new());
        then_again(ctx, version, work_item_create(ctx.project.get_untracked(), input));
    };
    let kinds = WorkItemType::ALL.into_iter().map(|k| Choice::new(k.as_str(), k.words())).collect::<Vec<_>>();
    view! {
        <form class="inline-form" on:submit=send>
            <TextField name="item-title" label="New work item" bind=title required=true maxlength=255 autocomplete="off" />
            <SelectField name="item-type" label="Type" choices=kinds bind=kind />
            <Button submit=true size=Size::Sm>"Add"</Button>
        </form>
    }
    .into_any()
}
