//! Where an item goes on: features, work order, issue, the item it repeats.
use super::{
    calls::{feedback_issue, feedback_link, feedback_merge, feedback_work_order},
    panel::Desk,
};
use crate::{calls::feature_suggest, words::status_tone as feature_tone};
use factory::{
    features::FeatureRef,
    feedback::{FeedbackDetail, Similar, triage},
    job_runs::JobStatus,
};
use kit::{Alert, AppError, Button, ButtonKind, Choice, Combobox, Dialog, Icon, IconButton, Size, Status, Tone};
use leptos::{prelude::*, task::spawn_local};
use uuid::Uuid;

/// What the item is about.
pub fn features(desk: Desk, d: &FeedbackDetail) -> AnyView {
    let (id, base) = (d.item.id, desk.ctx.base.get_untracked());
    let line = |f: &FeatureRef, linked: bool| {
        let href = format!("{base}/features/{}", f.key);
        let tone = f.status.map_or(Tone::Neutral, feature_tone);
        let feature = f.id;
        let act = move |_| {
            if let Some(feature) = feature {
                link(desk, id, feature, !linked);
            }
        };
        let button = match linked {
            true => view! { <IconButton icon=Icon::Unlink label=format!("Unlink {}", f.key) size=Size::Sm tip_at="left" on:click=act /> }
                .into_any(),
            false => view! { <Button size=Size::Sm kind=ButtonKind::Ghost icon=Icon::Link on:click=act>"Link"</Button> }.into_any(),
        };
        view! { <li class="row"><a class="st-link grow min-w-0" href=href><Status text=f.key.clone() tone=tone /> " " {f.name.clone()}</a>{button}</li> }.into_any()
    };
    let linked = d.features.iter().map(|f| line(f, true)).collect_view();
    let proposed = (!d.proposed.is_empty()).then(|| {
        let lines = d.proposed.iter().map(|f| line(f, false)).collect_view();
        view! { <p class="hint">"It may be about"</p><ul class="stack">{lines}</ul> }
    });
    view! {
        <section class="feature-sec">
            <h3>"Features"</h3>
            <ul class="stack">{linked}</ul>
            {proposed}
            <div class="row mt-2"><Button size=Size::Sm icon=Icon::Link on:click=move |_| desk.linking.set(true)>"Link feature"</Button></div>
        </section>
    }
    .into_any()
}

fn link(desk: Desk, id: Uuid, feature: Uuid, linked: bool) {
    spawn_local(async move {
        match feedback_link(id, feature, linked).await {
            Ok(_) => desk.ctx.toasts.success(if linked { "Feature linked" } else { "Link taken away" }),
            Err(AppError(fault)) => desk.ctx.toasts.fault(&fault),
        }
        desk.changed();
    });
}

/// Choosing a feature.
pub fn link_dialog(desk: Desk, id: Memo<Uuid>) -> AnyView {
    let (picked, typed) = (RwSignal::new(Vec::<Choice>::new()), RwSignal::new(String::new()));
    let found = kit::LocalData::new(move || {
        let (open, project, typed) = (desk.linking.get(), desk.ctx.project.get(), typed.get());
        async move { if open && !typed.trim().is_empty() { feature_suggest(project, typed).await.unwrap_or_default() } else { Vec::new() } }
    });
    let choices = Signal::derive(move || {
        let list = found.get().unwrap_or_default();
        list.into_iter().filter_map(|f| f.id.map(|id| Choice::new(id.to_string(), format!("{} {}", f.key, f.name)))).collect::<Vec<_>>()
    });
    kit::effect(move || {
        let chosen = picked.with(|p| p.first().and_then(|c| c.value.parse().ok()));
        if let Some(feature) = chosen {
            picked.set(Vec::new());
            desk.linking.set(false);
            link(desk, id.get_untracked(), feature, true);
        }
    });
    view! {
        <Dialog open=desk.linking title="Link feature">
            <Combobox name="feature" label="Feature" choices=choices picked=picked on_query=Callback::new(move |q: String| typed.set(q)) placeholder="Name or key" hint="An urgent feature raises the score." />
        </Dialog>
    }
    .into_any()
}

/// Work order and issue.
pub fn onward(desk: Desk, d: &FeedbackDetail) -> AnyView {
    let (item, base) = (&d.item, desk.ctx.base.get_untracked());
    let id = item.id;
    let orders = d
        .work_orders
        .iter()
        .map(|w| {
            let href = format!("{base}/planner/{}", w.number);
            view! { <li><a class="st-link" href=href>{kit::icon(Icon::Kanban)} " WO-" {w.number} " " {w.title.clone()}</a></li> }.into_any()
        })
        .collect_view();
    let order = (d.work_orders.is_empty() && item.status.is_open()).then(|| {
        let press = move |_| {
            spawn_local(async move {
                match feedback_work_order(id).await {
                    Ok(made) => desk.ctx.toasts.success(format!("WO-{} created", made.number)),
                    Err(AppError(fault)) => desk.ctx.toasts.fault(&fault),
                }
                desk.changed();
            });
        };
        view! { <Button size=Size::Sm icon=Icon::Kanban on:click=press>"Create work order"</Button> }
    });
    let running = d.issue_run.as_ref().filter(|r| matches!(r.status, JobStatus::Pending | JobStatus::Running));
    let issue = match (&item.issue_url, running) {
        (Some(url), _) => {
            let inside = url.starts_with('/');
            let href = if inside { kit::use_org_path()(url) } else { url.clone() };
            let words = if inside {
                "Work item (Built-in tracker)".to_owned()
            } else {
                format!("Issue {}", item.issue_id.clone().unwrap_or_default())
            };
            let outside = (!inside).then_some("external");
            view! { <li><a class="st-link" href=href rel=outside target=(!inside).then_some("_blank")>{kit::icon(Icon::ExternalLink)} " " {words}</a></li> }.into_any()
        }
        (None, Some(run)) => {
            let why = run.error.clone().map(|e| view! { <p class="hint">{e} " It is tried again."</p> });
            view! { <li><Status text=format!("Creating an issue in {}", d.tracker) tone=Tone::Info busy=true />{why}</li> }.into_any()
        }
        _ => ().into_any(),
    };
    let failed = d.issue_run.as_ref().filter(|r| r.status == JobStatus::Failed).and_then(|r| r.error.clone()).map(|why| {
        view! { <Alert tone=Tone::Danger title="No issue was made.">{why}</Alert> }
    });
    let create = (item.issue_url.is_none() && running.is_none()).then(|| {
        let press = move |_| {
            spawn_local(async move {
                match feedback_issue(id, None).await {
                    Ok(begun) if begun.url.is_some() => desk.ctx.toasts.success("Work item created"),
                    Ok(begun) => desk.ctx.toasts.info(format!("Asking {} for an issue", begun.tracker.words())),
                    Err(AppError(fault)) => desk.ctx.toasts.fault(&fault),
                }
                desk.changed();
            });
        };
        let tip = format!("Goes to: {}", d.tracker);
        view! { <span data-tip=tip><Button size=Size::Sm icon=Icon::Bug on:click=press>"Create issue"</Button></span> }
    });
    view! {
        <section class="feature-sec">
            <h3>"Goes on as"</h3>
            <ul class="stack">{orders}{issue}</ul>
            {failed}
            <div class="row">{order}{create}</div>
        </section>
    }
    .into_any()
}

/// What says the same, and what was merged into this.
pub fn similar(desk: Desk, d: &FeedbackDetail) -> AnyView {
    let item = d.item.clone();
    let may_merge = item.merged_into.is_none();
    let line = |s: &Similar, merge: bool| {
        let href = desk.ctx.item(&s.id.to_string());
        let (into, from, rev) = (s.id, item.id, item.rev.clone());
        let button = (merge && s.similarity >= triage::SAME).then(|| {
            let press = move |_| {
                let rev = rev.clone();
                spawn_local(async move {
                    match feedback_merge(from, rev, into).await {
                        Ok(_) => desk.ctx.toasts.success("Merged: the other item counts this user too"),
                        Err(AppError(fault)) => desk.ctx.toasts.fault(&fault),
                    }
                    desk.changed();
                });
            };
            view! { <Button size=Size::Sm icon=Icon::GitPullRequest on:click=press>"Merge"</Button> }
        });
        let share = merge.then(|| view! { <small class="hint num">{format!("{:.0} %", s.similarity * 100.0)}</small> });
        view! { <li class="row"><a class="st-link grow min-w-0" href=href data-noscroll="">{s.headline.clone()}</a>{share}{button}</li> }
            .into_any()
    };
    let near = (!d.similar.is_empty()).then(|| {
        let lines = d.similar.iter().map(|s| line(s, may_merge)).collect_view();
        view! { <section class="feature-sec"><h3>"Similar" <span class="num">{d.similar.len()}</span></h3><ul class="stack">{lines}</ul></section> }
    });
    let merged = (!d.merged.is_empty()).then(|| {
        let lines = d.merged.iter().map(|s| line(s, false)).collect_view();
        view! { <section class="feature-sec"><h3>"Merged into this" <span class="num">{d.merged.len()}</span></h3><ul class="stack">{lines}</ul></section> }
    });
    view! { {near} {merged} }.into_any()
}
