//! A drafted implementation plan in the drawer: shown as a suggestion, taken into the work order or left.
use super::{Ctx, calls::work_order_update, plan_calls::work_order_draft};
use factory::work_orders::{PlanDraft, RichInput, WorkOrderPatch};
use kernel::Code;
use kit::{AppError, Badge, Button, ButtonKind, Icon, Size, Tone};
use leptos::{prelude::*, task::spawn_local};
use uuid::Uuid;

/// The draft on show, of which work order.
pub type Drafted = RwSignal<Option<(Uuid, PlanDraft)>>;

/// The button that drafts.
pub fn button(ctx: Ctx, id: Uuid, drafted: Drafted) -> AnyView {
    let busy = RwSignal::new(false);
    let go = move |_| {
        if busy.get_untracked() {
            return;
        }
        busy.set(true);
        spawn_local(async move {
            match work_order_draft(id).await {
                Ok(draft) => drop(drafted.try_set(Some((id, draft)))),
                Err(AppError(fault)) => ctx.moves.toasts().fault(&fault),
            }
            busy.try_set(false);
        });
    };
    view! { <p class="my-2"><Button size=Size::Sm icon=Icon::Sparkles busy=busy on:click=go>"Draft plan"</Button></p> }.into_any()
}

/// The draft of this work order, if there is one. The HTML is the server's own.
pub fn suggestion(ctx: Ctx, id: Uuid, drafted: Drafted, version: RwSignal<u64>) -> AnyView {
    let shown = move || {
        let (_, draft) = drafted.get().filter(|(of, _)| *of == id)?;
        let PlanDraft { rev, html, markdown, sources, replaces } = draft;
        let accept = move |_| {
            let (rev, markdown) = (rev.clone(), markdown.clone());
            spawn_local(async move {
                let patch = WorkOrderPatch { implementation_plan: Some(RichInput::Markdown(markdown)), ..WorkOrderPatch::default() };
                match work_order_update(id, rev, patch).await {
                    Ok(_) => {
                        drafted.try_set(None);
                        ctx.moves.toasts().success("The plan is in the work order");
                    }
                    Err(AppError(fault)) if fault.code == Code::Stale => {
                        ctx.moves.toasts().info("Somebody changed this work order in the meantime. Look at it and draft again.");
                    }
                    Err(AppError(fault)) => ctx.moves.toasts().fault(&fault),
                }
                version.try_update(|n| *n += 1);
                ctx.moves.again();
            });
        };
        let from = (!sources.is_empty()).then(|| format!("From {}.", sources.join(", ")));
        let words = if replaces { "Accept, in place of the plan there is" } else { "Accept" };
        Some(view! {
            <section class="feature-sec doc-thread" aria-label="Drafted plan">
                <div class="doc-by"><b>"Drafted implementation plan"</b> <Badge text="Built-in" tone=Tone::Violet /></div>
                <p class="hint">"Drafted by built-in rules. " {from} " Nothing is stored before you accept it."</p>
                <div class="prose" inner_html=html></div>
                <div class="moves">
                    <Button size=Size::Sm kind=ButtonKind::Primary icon=Icon::Check on:click=accept>{words}</Button>
                    <Button size=Size::Sm icon=Icon::X on:click=move |_| drafted.set(None)>"Reject"</Button>
                </div>
            </section>
        })
    };
    view! { {shown} }.into_any()
}
