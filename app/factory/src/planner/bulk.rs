//! What can be done with several work orders at once.
use super::{
    Ctx,
    calls::{work_orders_bulk, work_orders_restore},
    words::tone,
};
use factory::{
    features::BulkResult,
    work_orders::{BulkAction, WorkOrderStatus},
};
use kit::{AppError, BulkBar, Button, ButtonKind, Icon, Menu, MenuItem, Size, Status};
use leptos::{prelude::*, task::spawn_local};
use uuid::Uuid;

/// The bar that rises when rows are ticked.
pub struct Bulk(pub Ctx);

impl kit::Part for Bulk {
    fn view(this: Self) -> AnyView {
        bar(this.0)
    }
}

fn bar(ctx: Ctx) -> AnyView {
    let phases = move || {
        ctx.sides.with(|sides| {
            sides
                .phases
                .iter()
                .map(|p| {
                    let (id, name) = (p.id, p.name.clone());
                    view! { <MenuItem on:click=move |_| run(ctx, BulkAction::Phase(Some(id)))>{name.clone()}</MenuItem> }.into_any()
                })
                .collect_view()
        })
    };
    let people = move || {
        ctx.sides.with(|sides| {
            sides
                .people
                .iter()
                .map(|p| {
                    let (id, name) = (p.id, p.name.clone());
                    view! { <MenuItem on:click=move |_| run(ctx, BulkAction::Assignees(vec![id]))>{name.clone()}</MenuItem> }.into_any()
                })
                .collect_view()
        })
    };
    view! {
        <BulkBar selected=ctx.selected>
            <Menu id="bulk-status" label="Status" size=Size::Sm>
                {WorkOrderStatus::ALL
                    .into_iter()
                    .map(|s| view! { <MenuItem on:click=move |_| run(ctx, BulkAction::Status(s))><Status text=s.words() tone=tone(s) /></MenuItem> }.into_any())
                    .collect_view()}
            </Menu>
            <Menu id="bulk-phase" label="Phase" size=Size::Sm>
                {phases}
                <MenuItem on:click=move |_| run(ctx, BulkAction::Phase(None))>"No phase"</MenuItem>
            </Menu>
            <Menu id="bulk-assignee" label="Assignee" size=Size::Sm>
                {people}
                <MenuItem on:click=move |_| run(ctx, BulkAction::Assignees(Vec::new()))>"Nobody"</MenuItem>
            </Menu>
            <Button size=Size::Sm icon=Icon::Trash2 kind=ButtonKind::Danger on:click=move |_| run(ctx, BulkAction::Delete)>"Delete"</Button>
        </BulkBar>
    }
    .into_any()
}

fn run(ctx: Ctx, action: BulkAction) {
    let ids: Vec<Uuid> = ctx.selected.with_untracked(|s| s.iter().filter_map(|id| id.parse().ok()).collect());
    let (project, toasts) = (ctx.project.get_untracked(), ctx.moves.toasts());
    spawn_local(async move {
        match work_orders_bulk(project, ids, action.clone()).await {
            Ok(results) => {
                let failed: Vec<&BulkResult> = results.iter().filter(|r| r.problem.is_some()).collect();
                let done: Vec<Uuid> = results.iter().filter(|r| r.problem.is_none()).map(|r| r.id).collect();
                // What failed stays ticked, so that it can be tried otherwise.
                ctx.selected.set(failed.iter().map(|r| r.id.to_string()).collect());
                if let Some(problem) = failed.first().and_then(|r| r.problem.clone()) {
                    let more = if failed.len() > 1 { format!(" ({} work orders)", failed.len()) } else { String::new() };
                    toasts.info(format!("Not changed{more}: {problem}"));
                }
                let count = kit::num::plural(done.len() as i64, "work order", "work orders");
                match (done.is_empty(), &action) {
                    (true, _) => {}
                    (false, BulkAction::Delete) => toasts.undo(format!("{count} deleted"), move || restore(ctx, done.clone())),
                    _ => toasts.success(format!("{count} changed")),
                }
                ctx.moves.again();
            }
            Err(AppError(fault)) => toasts.fault(&fault),
        }
    });
}

/// Brings deleted work orders back.
pub fn restore(ctx: Ctx, ids: Vec<Uuid>) {
    let toasts = ctx.moves.toasts();
    spawn_local(async move {
        match work_orders_restore(ids).await {
            Ok(n) => {
                toasts.success(format!("{} restored", kit::num::plural(n as i64, "work order", "work orders")));
                ctx.moves.again();
            }
            Err(AppError(fault)) => toasts.fault(&fault),
        }
    });
}
