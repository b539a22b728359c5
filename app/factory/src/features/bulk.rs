//! What can be done with several features at once.
use super::{Ctx, edit::Passing};
use crate::{
    calls::{features_bulk, features_restore},
    words::{priority_tone, status_tone},
};
use factory::features::{BulkAction, BulkResult, FeatureStatus, Priority};
use kit::{AppError, BulkBar, Button, ButtonKind, Dialog, Icon, Menu, MenuItem, Size, Status, TextField};
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
    let naming = RwSignal::new(false);
    view! {
        <BulkBar selected=ctx.selected>
            <Menu id="bulk-status" label="Status" size=Size::Sm>
                {FeatureStatus::ALL
                    .into_iter()
                    .map(|s| view! { <MenuItem on:click=move |_| to_status(ctx, s)><Status text=s.words() tone=status_tone(s) /></MenuItem> }.into_any())
                    .collect_view()}
            </Menu>
            <Menu id="bulk-priority" label="Priority" size=Size::Sm>
                {Priority::ALL
                    .into_iter()
                    .map(|p| view! { <MenuItem on:click=move |_| run(ctx, BulkAction::Priority(Some(p)))><kit::Badge text=p.as_str() tone=priority_tone(p) /> " " {p.words()}</MenuItem> }.into_any())
                    .collect_view()}
                <MenuItem on:click=move |_| run(ctx, BulkAction::Priority(None))>"No priority"</MenuItem>
            </Menu>
            <Button size=Size::Sm icon=Icon::Tag on:click=move |_| naming.set(true)>"Category"</Button>
            <Button size=Size::Sm icon=Icon::Trash2 kind=ButtonKind::Danger on:click=move |_| run(ctx, BulkAction::Delete)>"Delete"</Button>
        </BulkBar>
        {category_dialog(ctx, naming)}
    }
    .into_any()
}

fn category_dialog(ctx: Ctx, open: RwSignal<bool>) -> AnyView {
    let name = RwSignal::new(String::new());
    view! {
        <Dialog open=open title="Set category">
            <form class="form" on:submit=move |event| {
                event.prevent_default();
                open.set(false);
                run(ctx, BulkAction::Category(name.get_untracked()));
            }>
                <TextField name="bulk-category" label="Category" bind=name maxlength=100 hint="Empty takes the category away." autofocus=true />
                <div class="form-foot">
                    <Button on:click=move |_| open.set(false)>"Cancel"</Button>
                    <Button kind=ButtonKind::Primary submit=true>"Set category"</Button>
                </div>
            </form>
        </Dialog>
    }
    .into_any()
}

fn to_status(ctx: Ctx, status: FeatureStatus) {
    match status {
        FeatureStatus::Passing => {
            ctx.editor.passing.set(Some(Passing::Ticked(ctx.selected.with_untracked(std::collections::BTreeSet::len))))
        }
        _ => run(ctx, BulkAction::Status(status)),
    }
}

/// Does one change to all that are ticked.
pub fn run(ctx: Ctx, action: BulkAction) {
    let ids: Vec<Uuid> = ctx.selected.with_untracked(|s| s.iter().filter_map(|id| id.parse().ok()).collect());
    let project = ctx.project.get_untracked();
    let toasts = ctx.editor.toasts();
    spawn_local(async move {
        match features_bulk(project, ids, action.clone()).await {
            Ok(results) => {
                let failed: Vec<&BulkResult> = results.iter().filter(|r| r.problem.is_some()).collect();
                let done: Vec<Uuid> = results.iter().filter(|r| r.problem.is_none()).map(|r| r.id).collect();
                // What failed stays ticked, so that it can be tried otherwise.
                ctx.selected.set(failed.iter().map(|r| r.id.to_string()).collect());
                if let Some(problem) = failed.first().and_then(|r| r.problem.clone()) {
                    let more = if failed.len() > 1 { format!(" ({} features)", failed.len()) } else { String::new() };
                    toasts.info(format!("Not changed{more}: {problem}"));
                }
                let count = kit::num::plural(done.len() as i64, "feature", "features");
                match (done.is_empty(), &action) {
                    (true, _) => {}
                    (false, BulkAction::Delete) => toasts.undo(format!("{count} deleted"), move || restore(ctx, done.clone())),
                    _ => toasts.success(format!("{count} changed")),
                }
                ctx.editor.version.update(|n| *n += 1);
            }
            Err(AppError(fault)) => toasts.fault(&fault),
        }
    });
}

/// Brings deleted features back.
pub fn restore(ctx: Ctx, ids: Vec<Uuid>) {
    let toasts = ctx.editor.toasts();
    spawn_local(async move {
        match features_restore(ids).await {
            Ok(back) => {
                toasts.success(format!("{} restored", kit::num::plural(back.iter().map(|r| r.count).sum(), "feature", "features")));
                ctx.editor.version.update(|n| *n += 1);
            }
            Err(AppError(fault)) => toasts.fault(&fault),
        }
    });
}
