//! Cards, tiles with one figure, progress, facts.
use crate::{Icon, icon};
use leptos::prelude::*;

/// Paper with an optional head. `acts` stand at the end of the head.
#[component]
pub fn Card(
    #[prop(optional, into)] title: Option<String>,
    #[prop(optional, into)] acts: ViewFnOnce,
    #[prop(optional, into)] foot: Option<ViewFnOnce>,
    /// No padding: tables and lists reach the edge.
    #[prop(optional)]
    flush: bool,
    #[prop(optional, into)] class: String,
    children: Children,
) -> impl IntoView {
    let head = title.map(|title| view! { <div class="card-head"><h2>{title}</h2>{acts.run()}</div> });
    let body = if flush { children() } else { view! { <div class="card-body">{children()}</div> }.into_any() };
    view! {
        <section class=crate::html::classes(&["card", &class])>
            {head} {body} {foot.map(|f| view! { <div class="card-foot">{f.run()}</div> })}
        </section>
    }
    .into_any()
}

/// One figure: label, value with its unit, a note under it, a small curve beside it. A link when `href` is given.
#[component]
pub fn Tile(
    #[prop(into)] label: String,
    #[prop(into)] value: Signal<String>,
    #[prop(optional, into)] unit: Option<String>,
    #[prop(optional, into)] icon: Option<Icon>,
    /// `a-factory`, `a-harness`, ..: the muted hue of an area, for the icon.
    #[prop(optional)]
    area: Option<&'static str>,
    #[prop(optional, into)] href: Option<String>,
    /// A note or a [`crate::Delta`].
    #[prop(optional, into)]
    note: ViewFnOnce,
    /// The last values, drawn as a small curve.
    #[prop(optional)]
    trend: Vec<f64>,
) -> impl IntoView {
    let mark = icon.map(|i| view! { <span class=crate::html::classes(&["area", area.unwrap_or("a-core")])>{crate::icon(i)}</span> });
    let spark = (trend.len() > 1).then(|| crate::chart::spark_view(&trend, crate::Hue::Accent));
    let inner = view! {
        <span class="tile-label">{mark} {label}</span>
        <span class="tile-value">{value} {unit.map(|u| view! { <small>{u}</small> })}</span>
        <span class="tile-note">{note.run()}</span>
        {spark}
    }
    .into_any();
    match href {
        Some(href) => view! { <a class="card tile" href=href>{inner}</a> }.into_any(),
        None => view! { <div class="card tile">{inner}</div> }.into_any(),
    }
}

/// How far a thing is. Without a value it only says that work goes on.
#[component]
pub fn Progress(
    #[prop(into)] label: String,
    /// From 0 to `max`.
    #[prop(optional, into)]
    value: Option<Signal<f64>>,
    #[prop(default = 100.0)] max: f64,
    #[prop(optional)] tone: crate::Tone,
) -> impl IntoView {
    view! {
        <progress class=crate::html::classes(&["bar", tone.class()]) aria-label=label max=max value=value.map(|v| move || v.get())></progress>
    }
    .into_any()
}

/// Names and values in two columns.
#[component]
pub fn Facts(children: Children) -> impl IntoView {
    view! { <dl class="facts">{children()}</dl> }.into_any()
}

/// One line of [`Facts`].
#[component]
pub fn Fact(#[prop(into)] name: String, children: Children) -> impl IntoView {
    view! {
        <dt>{name}</dt>
        <dd>{children()}</dd>
    }
    .into_any()
}

/// A message that stays: what, why, what to do.
#[component]
pub fn Alert(
    #[prop(optional)] tone: crate::Tone,
    #[prop(optional, into)] title: Option<String>,
    #[prop(optional, into)] acts: ViewFnOnce,
    children: Children,
) -> impl IntoView {
    use crate::Tone;
    let (class, mark) = match tone {
        Tone::Danger => ("alert alert-danger", Icon::CircleAlert),
        Tone::Warning => ("alert alert-warning", Icon::TriangleAlert),
        Tone::Success => ("alert alert-success", Icon::CircleCheck),
        _ => ("alert alert-info", Icon::Info),
    };
    let role = matches!(tone, Tone::Danger).then_some("alert");
    view! {
        <div class=class role=role>
            {icon(mark)} <div>{title.map(|t| view! { <b>{t}</b> " " })} {children()}</div> {acts.run()}
        </div>
    }
    .into_any()
}
