//! Search in the code by words and meaning, and the places where a name is used.
use super::{
    Ctx,
    calls::{code_references, code_search},
    paint,
};
use factory::code::{CodeHit, CodeHits, CodeQuery, Reference};
use kit::{Alert, Badge, Empty, Icon, Loaded, SearchField, Skeleton, Tone};
use leptos::prelude::*;
use leptos_router::{NavigateOptions, hooks::use_navigate};
use serde::{Deserialize, Serialize};

/// What was found while it is on show.
#[derive(Clone, Copy)]
pub struct Found(kit::Data<Answer>);

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
enum Answer {
    Nothing,
    Hits(CodeHits),
    Uses(String, Vec<Reference>),
}

impl Found {
    pub fn new(ctx: Ctx) -> Self {
        let key = move || {
            let asked = ctx.query.with(|q| {
                let said = |key| q.get(key).unwrap_or_default();
                (q.get_str("view") == Some("search")).then(|| (said("q"), said("glob"), said("language"), said("symbol")))
            });
            (ctx.project.get(), asked, ctx.index.get())
        };
        Self(kit::Data::new(key, |(project, asked, _)| async move {
            let Some((q, glob, language, symbol)) = asked else { return Ok(Answer::Nothing) };
            if !symbol.is_empty() {
                return code_references(project, symbol.clone()).await.map(|uses| Answer::Uses(symbol, uses));
            }
            if q.trim().is_empty() {
                return Ok(Answer::Nothing);
            }
            code_search(project, CodeQuery { q, glob, language, limit: Some(20), ..Default::default() }).await.map(Answer::Hits)
        }))
    }
}

/// The field above every view; Enter goes to what it finds.
pub fn field(ctx: Ctx) -> AnyView {
    let typed = RwSignal::new(ctx.query.with_untracked(|q| q.get("q").unwrap_or_default()));
    let glob = RwSignal::new(ctx.query.with_untracked(|q| q.get("glob").unwrap_or_default()));
    let navigate = use_navigate();
    let search = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        let (q, glob) = (typed.get_untracked(), glob.get_untracked());
        let (q, glob) = (q.trim(), Some(glob.trim()).filter(|glob| !glob.is_empty()));
        let to = ctx.at(&[("view", Some("search")), ("q", Some(q)), ("glob", glob), ("symbol", None), ("after", None)]);
        navigate(&to, NavigateOptions { scroll: false, ..Default::default() });
    };
    kit::use_shortcut("/", "Code", "Search the code", || {
        if let Some(field) = kit::dom::by_id("f-q") {
            kit::dom::focus(&field);
        }
    });
    view! {
        <form method="get" class="contents" on:submit=search>
            <input type="hidden" name="view" value="search" />
            <SearchField name="q" label="Search the code" bind=typed key_hint="/" />
            <input class="input code-glob mono" name="glob" aria-label="Only files like" placeholder="src/**/*.rs" bind:value=glob autocomplete="off" spellcheck="false" />
            <button type="submit" class="sr">"Search"</button>
        </form>
    }
    .into_any()
}

pub fn view(ctx: Ctx, found: Found) -> AnyView {
    view! { <Loaded from=found.0 skeleton=|| view! { <Skeleton lines=9 /> } show=move |answer: Answer| show(ctx, answer) /> }.into_any()
}

fn show(ctx: Ctx, answer: Answer) -> AnyView {
    match answer {
        Answer::Nothing => view! {
            <Empty icon=Icon::Search title="Ask in your own words" text="“where is a password reset”, “retry with backoff”: names, comments and meaning count. Narrow it to files like src/**/*.rs." />
        }
        .into_any(),
        Answer::Hits(found) if found.hits.is_empty() => view! {
            <Empty icon=Icon::Search title="Nothing found" text="Other words may help, or fewer files left out." />
        }
        .into_any(),
        Answer::Hits(found) => {
            let by_words = found.words_only.then(|| {
                view! { <Alert tone=Tone::Info title="Found by words alone.">"The index is being made anew for another embedding model."</Alert> }
            });
            view! { <div class="hits">{by_words} {hits(ctx, found.hits)}</div> }.into_any()
        }
        Answer::Uses(symbol, uses) => used(ctx, &symbol, uses),
    }
}

/// Chunks of code, best first.
pub fn hits(ctx: Ctx, hits: Vec<CodeHit>) -> AnyView {
    hits.into_iter().map(|hit| one(ctx, hit)).collect_view().into_any()
}

fn one(ctx: Ctx, hit: CodeHit) -> AnyView {
    const MOST_LINES: usize = 14;
    let href = ctx.line(&hit.path, Some(hit.start_line.into()));
    let shown: Vec<&str> = hit.content.lines().take(MOST_LINES).collect();
    let left = hit.content.lines().count().saturating_sub(MOST_LINES);
    let code = paint::lines(&shown.join("\n"), &[], usize::try_from(hit.start_line).unwrap_or(1), None).replace(" id=\"L", " data-l=\"L");
    let name = hit.name.clone().map(|name| view! { <code class="hit-name">{name}</code> });
    let more = (left > 0)
        .then(|| view! { <p class="hint hit-more">{format!("… {}", kit::num::plural(left as i64, "more line", "more lines"))}</p> });
    let kind = (hit.kind != "block").then(|| view! { <Badge text=hit.kind.replace('_', " ") tone=Tone::Neutral line=true /> });
    let match_ = format!("{:.0} %", (hit.score * 100.0).clamp(0.0, 100.0));
    let label = format!("{}, from line {}", hit.path, hit.start_line);
    view! {
        <article class="hit">
            <header class="hit-head">
                {kit::icon(Icon::File)} <a class="link" href=href>{hit.path} <span class="hint">{format!(":{}", hit.start_line)}</span></a>
                {name} {kind} <span class="hint num grow-right" title="How near it is">{match_}</span>
            </header>
            <pre class="source" tabindex="0" role="region" aria-label=label><code inner_html=code></code></pre>
            {more}
        </article>
    }
    .into_any()
}

fn used(ctx: Ctx, symbol: &str, uses: Vec<Reference>) -> AnyView {
    if uses.is_empty() {
        let text = format!("{symbol} stands nowhere in the index, comments and texts aside.");
        return view! { <Empty icon=Icon::Search title="Not used" text=text /> }.into_any();
    }
    let count = kit::num::plural(uses.len() as i64, "place", "places");
    let mut files: Vec<(String, Vec<Reference>)> = Vec::new();
    for found in uses {
        match files.last_mut() {
            Some((path, list)) if *path == found.path => list.push(found),
            _ => files.push((found.path.clone(), vec![found])),
        }
    }
    let groups = files
        .into_iter()
        .map(|(path, list)| {
            let lines = list
                .into_iter()
                .map(|r| {
                    let href = ctx.line(&r.path, Some(r.line.into()));
                    view! { <li><a href=href><span class="num hint">{r.line}</span> <code>{r.text}</code></a></li> }.into_any()
                })
                .collect_view();
            view! { <section class="hit"><header class="hit-head">{kit::icon(Icon::File)} <b>{path}</b></header><ul class="uses">{lines}</ul></section> }.into_any()
        })
        .collect_view();
    let title = format!("{symbol} in {count}");
    view! { <div class="hits"><h2 class="hits-title">{title}</h2>{groups}</div> }.into_any()
}
