//! `/o/{org}/factory/{project}/features/{key}`: one feature in the drawer.
use super::{
    Ctx, bulk,
    edit::{Change, Passing, To},
    panel_form::{self, Form},
    question,
};
use crate::{
    calls::{feature_get, feature_remove, feature_set_met},
    words::{entry, move_verb, priority_tone, status_tone},
};
use factory::{
    features::{Criterion, Feature, FeatureDetail, FeatureRef, FeatureStatus},
    projects::ProjectStatus,
};
use kit::{
    AppError, Badge, Button, ButtonKind, Drawer, Fact, Facts, Icon, IconButton, Loaded, Size, Skeleton, Status, Timeline, Tone, use_live,
};
use leptos::{prelude::*, task::spawn_local};
use leptos_meta::Title;
use leptos_router::{NavigateOptions, hooks::use_navigate};
use std::collections::BTreeMap;

/// One feature beside the list.
pub struct FeaturePanel {
    key: Memo<String>,
    detail: kit::Data<FeatureDetail>,
    /// Rises when something was changed here.
    version: RwSignal<u64>,
}

impl kit::Page for FeaturePanel {
    fn data() -> Self {
        let (org, project, key) = (kit::use_org_slug(), kit::use_text_param("project"), kit::use_text_param("key"));
        let live = use_live("factory.features");
        let version = RwSignal::new(0);
        let detail = kit::Data::blocking(
            move || (org.get(), project.get(), key.get(), live.get(), version.get()),
            |(_, project, key, ..)| feature_get(project, key),
        );
        Self { key, detail, version }
    }

    fn view(this: Self) -> AnyView {
        let FeaturePanel { key, detail, version } = this;
        let ctx = expect_context::<Ctx>();
        let form = Form::new();
        // Another feature is not edited because the one before it was.
        Effect::new(move |before: Option<String>| {
            let now = key.get();
            if before.is_some_and(|b| b != now) {
                form.editing.set(None);
            }
            now
        });
        let keys = move || ctx.rows.with(|rows| rows.iter().map(|r| r.key.clone()).collect());
        let href = move |key: &str| format!("{}/{key}{}", ctx.base.get_untracked(), question(&ctx.search.get()));
        let [previous, next] = kit::neighbours(key, keys, href);
        let close = Signal::derive(move || format!("{}{}", ctx.base.get(), question(&ctx.search.get())));
        view! {
            <Title text=move || key.get() />
            <Drawer title=key close=close previous=previous next=next>
                <Loaded from=detail skeleton=|| view! { <Skeleton lines=8 /> } show=move |d: FeatureDetail| show(ctx, form, version, d, close) />
            </Drawer>
        }
        .into_any()
    }
}

fn show(ctx: Ctx, form: Form, version: RwSignal<u64>, detail: FeatureDetail, close: Signal<String>) -> AnyView {
    let detail = StoredValue::new(detail);
    let body = move || {
        // While it is edited, changes of others do not touch the form: they show when it is saved.
        match form.editing.get() {
            Some(_) => panel_form::form(ctx, form, version),
            None => detail.with_value(|d| read(ctx, form, version, d, close)),
        }
    };
    view! { {body} }.into_any()
}

fn read(ctx: Ctx, form: Form, version: RwSignal<u64>, detail: &FeatureDetail, close: Signal<String>) -> AnyView {
    let f = &detail.feature;
    let frozen = detail.project.status == ProjectStatus::Archived;
    let priority = f.priority.map(|p| view! { <Badge text=format!("{} {}", p.as_str(), p.words()) tone=priority_tone(p) /> }.into_any());
    let (status, updated_at) = (f.status, f.updated_at);
    let category = f.category.clone().unwrap_or_else(|| "None".to_owned());
    let effort = f.effort.clone().unwrap_or_else(|| "Not estimated".to_owned());
    let parent = detail.parent.as_ref().map(|p| link(ctx, p)).map(|link| view! { <Fact name="Part of">{link}</Fact> });
    let history: Vec<_> = detail.history.iter().map(|a| entry(a, false)).collect();
    view! {
        <h3 class="feature-name">{f.name.clone()}</h3>
        {(!frozen).then(|| moves(ctx, form, version, f, close))}
        <div class="feature-sec">
            <Facts>
                <Fact name="Status"><Status text=status.words() tone=status_tone(status) /></Fact>
                <Fact name="Priority">{priority.unwrap_or_else(|| "None".into_any())}</Fact>
                <Fact name="Category">{category}</Fact>
                <Fact name="Effort">{effort}</Fact>
                {parent}
                <Fact name="Updated"><kit::Ago at=updated_at /></Fact>
            </Facts>
        </div>
        {f.description.clone().map(|text| view! { <section class="feature-sec"><h3>"Description"</h3><p class="whitespace-pre-wrap text-base">{text}</p></section> })}
        {criteria(ctx, version, f, frozen)}
        {links(ctx, "Waits for", &detail.depends_on)}
        {links(ctx, "Needed by", &detail.needed_by)}
        {links(ctx, "Parts", &detail.children)}
        <section class="feature-sec"><h3>"History"</h3><Timeline entries=history /></section>
    }
    .into_any()
}

/// The moves that are open, then edit and delete.
fn moves(ctx: Ctx, form: Form, version: RwSignal<u64>, f: &Feature, close: Signal<String>) -> AnyView {
    let buttons = f
        .status
        .moves()
        .enumerate()
        .map(|(i, next)| {
            let f = f.clone();
            let verb = move_verb(f.status, next);
            let kind = if i == 0 { ButtonKind::Primary } else { ButtonKind::Plain };
            let press = move |_| {
                let saw = BTreeMap::from([("status".to_owned(), serde_json::to_value(f.status).unwrap_or_default())]);
                let change = Change { id: f.id, rev: f.rev.clone(), to: To::Status(next), saw };
                let done = Callback::new(move |()| version.update(|n| *n += 1));
                match next {
                    FeatureStatus::Passing => ctx.editor.passing.set(Some(Passing::Feature(change, done))),
                    _ => ctx.editor.send(change, move || done.run(())),
                }
            };
            view! { <Button size=Size::Sm kind=kind on:click=press>{verb}</Button> }.into_any()
        })
        .collect_view();
    let (edit, gone) = (f.clone(), f.clone());
    let navigate = use_navigate();
    let remove = move |_| {
        let (f, navigate, close) = (gone.clone(), navigate.clone(), close.get_untracked());
        let toasts = ctx.editor.toasts();
        spawn_local(async move {
            match feature_remove(f.id, f.rev.clone()).await {
                Ok(removed) => {
                    let below = match removed.count - 1 {
                        0 => String::new(),
                        n => format!(" with {} below it", kit::num::group(n)),
                    };
                    navigate(&close, NavigateOptions { scroll: false, ..Default::default() });
                    toasts.undo(format!("{} deleted{below}", removed.key), move || bulk::restore(ctx, vec![removed.id]));
                }
                Err(AppError(fault)) => toasts.fault(&fault),
            }
            ctx.editor.version.update(|n| *n += 1);
        });
    };
    view! {
        <div class="moves">
            {buttons}
            <span class="grow"></span>
            <IconButton icon=Icon::Pencil label="Edit" size=Size::Sm on:click=move |_| form.begin(&edit) />
            <IconButton icon=Icon::Trash2 label="Delete" size=Size::Sm tip_at="left" on:click=remove />
        </div>
    }
    .into_any()
}

fn criteria(ctx: Ctx, version: RwSignal<u64>, f: &Feature, frozen: bool) -> AnyView {
    if f.criteria.is_empty() {
        return ().into_any();
    }
    let (met, total) = (f.criteria.iter().filter(|c| c.met).count(), f.criteria.len());
    let id = f.id;
    let items = f
        .criteria
        .iter()
        .map(|c| {
            let Criterion { id: name, text, met } = c.clone();
            let field = format!("criterion-{name}");
            let toasts = ctx.editor.toasts();
            let tick = move |event: leptos::ev::Targeted<leptos::ev::Event, leptos::web_sys::HtmlInputElement>| {
                // The box shows the new state at once; it goes back if the server refuses.
                let (target, name, wanted) = (event.target(), name.clone(), event.target().checked());
                spawn_local(async move {
                    match feature_set_met(id, name, wanted).await {
                        Ok(_) => version.update(|n| *n += 1),
                        Err(AppError(fault)) => {
                            target.set_checked(!wanted);
                            toasts.fault(&fault);
                        }
                    }
                });
            };
            view! {
                <li><input type="checkbox" class="box" id=field.clone() prop:checked=met checked=met disabled=frozen on:change:target=tick /><label for=field>{text}</label></li>
            }
            .into_any()
        })
        .collect_view();
    view! {
        <section class="feature-sec">
            <h3>"Acceptance criteria" <span class="num">{format!("{met} of {total}")}</span></h3>
            <ul class="criteria">{items}</ul>
        </section>
    }
    .into_any()
}

fn links(ctx: Ctx, title: &'static str, refs: &[FeatureRef]) -> AnyView {
    if refs.is_empty() {
        return ().into_any();
    }
    let items = refs.iter().map(|r| view! { <li>{link(ctx, r)}</li> }.into_any()).collect_view();
    view! { <section class="feature-sec"><h3>{title} <span class="num">{refs.len()}</span></h3><ul class="stack">{items}</ul></section> }
        .into_any()
}

fn link(ctx: Ctx, r: &FeatureRef) -> AnyView {
    match (r.id, r.status) {
        (Some(_), Some(status)) => {
            let href = ctx.href(&r.key);
            view! { <a class="st-link" href=href data-noscroll=""><Status text=r.key.clone() tone=status_tone(status) /> " " {r.name.clone()}</a> }.into_any()
        }
        _ => {
            view! { <span class="text-muted">{r.key.clone()} " " <Badge text="Not in this project" tone=Tone::Warning /></span> }.into_any()
        }
    }
}
