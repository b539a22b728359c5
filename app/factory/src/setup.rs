//! The card of the first steps, above the overview of a new project.
use crate::calls::onboarding_dismiss;
use factory::onboarding::{Onboarding, Step};
use kit::{AppError, Button, ButtonKind, Card, Icon, Size};
use leptos::{prelude::*, task::spawn_local};

/// Where a step is done.
fn place(base: &str, step: Step) -> String {
    let org = kit::use_org_path();
    match step {
        Step::Overview => format!("{base}/refinery?new=1"),
        Step::Feature => format!("{base}/features?new=1"),
        Step::Blueprint => format!("{base}/foundry?new=1"),
        Step::Code => format!("{base}/code"),
        Step::ApiKey => org("/settings/keys"),
        Step::Invite => org("/settings/members"),
    }
}

/// The steps: what is done is ticked, the first that is not stands out.
pub fn card(base: &str, project: &str, onboarding: &Onboarding) -> AnyView {
    let next = Step::ALL.into_iter().find(|step| !onboarding.done.contains(step));
    let rows = Step::ALL
        .into_iter()
        .map(|step| {
            let done = onboarding.done.contains(&step);
            let mark = kit::icon(if done { Icon::CircleCheck } else { Icon::Circle });
            let words = if done {
                view! { <s>{step.words()}</s> <span class="sr-only">"done"</span> }.into_any()
            } else {
                view! { <a href=place(base, step)>{step.words()}</a> <small>{step.purpose()}</small> }.into_any()
            };
            view! { <li class:done=done aria-current=(Some(step) == next).then_some("step")>{mark} <div>{words}</div></li> }.into_any()
        })
        .collect_view();
    let (toasts, slug) = (kit::use_toasts(), project.to_owned());
    let dismiss = move |_| {
        let slug = slug.clone();
        spawn_local(async move {
            if let Err(AppError(fault)) = onboarding_dismiss(slug, true).await {
                toasts.fault(&fault);
            }
        });
    };
    let title = format!("First steps: {} of {} done", onboarding.done.len(), Step::ALL.len());
    let may = kit::use_may(kernel::Perm::FactoryWrite);
    view! {
        <Card title=title acts=move || view! {
            {move || may.get().then(|| view! { <Button size=Size::Sm kind=ButtonKind::Ghost icon=Icon::X on:click=dismiss.clone()>"Put away"</Button> })}
        }>
            <ol class="setup">{rows}</ol>
        </Card>
    }
    .into_any()
}
