//! The files as a tree, one of them open beside it with its symbols and what is near to it.
use super::{
    Ctx,
    calls::{code_folder, code_read, code_related},
    paint, search,
};
use factory::code::{CodeFile, CodeHits, FolderEntry, RelatedTo, Symbol};
use kit::{Alert, AppError, Button, Empty, Icon, Loaded, Size, Skeleton, Tone, Tree, TreeNode};
use leptos::{prelude::*, task::spawn_local};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// The folders on the way to the open file, and the file.
#[derive(Clone, Copy)]
pub struct Files {
    place: kit::Data<Place>,
    /// Folders that were opened since, by path.
    folders: RwSignal<BTreeMap<String, Vec<FolderEntry>>>,
    open: RwSignal<BTreeSet<String>>,
    path: Memo<String>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Place {
    /// From the root down to the folder of the file.
    folders: Vec<(String, Vec<FolderEntry>)>,
    file: Option<CodeFile>,
    /// The path names no file of the index.
    missing: bool,
}

/// The folders above a path, the root first.
fn above(path: &str) -> Vec<String> {
    let cuts = path.match_indices('/').map(|(at, _)| path[..at].to_owned());
    std::iter::once(String::new()).chain(cuts).collect()
}

impl Files {
    pub fn new(ctx: Ctx) -> Self {
        let path = kit::query::use_query_param("path");
        let on = Memo::new(move |_| ctx.query.with(|q| !matches!(q.get_str("view"), Some("search" | "commits"))));
        let place = kit::Data::new(
            move || (ctx.project.get(), path.get(), on.get(), ctx.index.get()),
            |(project, path, on, _)| async move {
                if !on {
                    return Ok(Place::default());
                }
                let mut folders = Vec::new();
                for folder in above(&path) {
                    folders.push((folder.clone(), code_folder(project.clone(), folder).await?));
                }
                let opened = if path.is_empty() { None } else { Some(code_read(project, path).await) };
                let (file, missing) = match opened {
                    None => (None, false),
                    Some(Ok(file)) => (Some(file), false),
                    Some(Err(AppError(fault))) if fault.code == kernel::Code::NotFound => (None, true),
                    Some(Err(fault)) => return Err(fault),
                };
                Ok(Place { folders, file, missing })
            },
        );
        Self { place, folders: RwSignal::new(BTreeMap::new()), open: RwSignal::new(BTreeSet::new()), path }
    }
}

pub fn view(ctx: Ctx, files: Files) -> AnyView {
    // What is opened by hand is fetched when it is opened.
    kit::effect(move || {
        let wanted: Vec<String> = files
            .open
            .with(|open| files.folders.with_untracked(|known| open.iter().filter(|p| !known.contains_key(*p)).cloned().collect()));
        for path in wanted {
            let project = ctx.project.get_untracked();
            spawn_local(async move {
                match code_folder(project, path.clone()).await {
                    Ok(entries) => {
                        let _ = files.folders.try_update(|known| known.insert(path, entries));
                    }
                    Err(AppError(fault)) => {
                        let _ = files.open.try_update(|open| open.remove(&path));
                        ctx.toasts.fault(&fault);
                    }
                }
            });
        }
    });
    view! { <Loaded from=files.place skeleton=|| view! { <Skeleton lines=10 /> } show=move |place: Place| show(ctx, files, place) /> }
        .into_any()
}

fn show(ctx: Ctx, files: Files, place: Place) -> AnyView {
    let Place { folders, file, missing } = place;
    let path = files.path.get_untracked();
    let wide = file.is_some() || missing;
    // The way to the file is open, beside what was opened by hand.
    let way: Vec<String> = folders.iter().map(|(path, _)| path.clone()).filter(|path| !path.is_empty()).collect();
    let known: BTreeMap<String, Vec<FolderEntry>> = folders.into_iter().collect();
    let root = known.clone();
    if !way.is_empty() && way.iter().any(|path| files.open.with_untracked(|open| !open.contains(path))) {
        files.folders.update_untracked(|all| all.extend(known));
        files.open.update(|open| open.extend(way));
    }
    let nodes = Signal::derive(move || files.folders.with(|more| children(ctx, "", &root, more)));
    let body = match file {
        Some(file) => source(ctx, file),
        None if missing => {
            let text = format!("{path} is not in the index of this branch. It may have been moved or removed.");
            view! { <Empty icon=Icon::File title="No such file" text=text /> }.into_any()
        }
        None => view! { <Empty icon=Icon::Code title="Choose a file" text="Its definitions are listed beside it; a name leads to the places where it is used." /> }.into_any(),
    };
    view! {
        <div class="code-page" class:code-open=wide>
            <nav class="code-tree" aria-label="Files"><Tree label="Files" nodes=nodes open=files.open current=files.path /></nav>
            <div class="code-main">{body}</div>
        </div>
    }
    .into_any()
}

fn children(ctx: Ctx, folder: &str, way: &BTreeMap<String, Vec<FolderEntry>>, more: &BTreeMap<String, Vec<FolderEntry>>) -> Vec<TreeNode> {
    let entries = more.get(folder).or_else(|| way.get(folder));
    entries
        .into_iter()
        .flatten()
        .map(|entry| match entry.files {
            Some(count) => {
                let known = children(ctx, &entry.path, way, more);
                // A folder that was not opened yet shows that it can be.
                let inside = if known.is_empty() {
                    vec![TreeNode { id: format!("{}/", entry.path), label: "Loading…".to_owned(), ..TreeNode::default() }]
                } else {
                    known
                };
                TreeNode {
                    id: entry.path.clone(),
                    label: entry.name.clone(),
                    meta: kit::num::group(count),
                    children: inside,
                    ..TreeNode::default()
                }
            }
            None => TreeNode {
                id: entry.path.clone(),
                label: entry.name.clone(),
                href: Some(ctx.line(&entry.path, None)),
                ..TreeNode::default()
            },
        })
        .collect()
}

fn source(ctx: Ctx, file: CodeFile) -> AnyView {
    let line: Option<usize> = ctx.query.with_untracked(|q| q.get("line")?.parse().ok());
    // The definition the line begins stands out whole, another line alone.
    let marked = line.map(|line| (line, file.symbols.iter().find(|s| s.start_line == line).map_or(line, |s| s.end_line)));
    let code = paint::lines(&file.text, &file.paint, 1, marked);
    kit::effect(move || {
        if let Some(line) = line {
            kit::dom::after_render(move || {
                if let Some(element) = document().get_element_by_id(&format!("L{line}")) {
                    element.scroll_into_view();
                }
            });
        }
    });
    let lines = kit::num::plural(file.text.lines().count() as i64, "line", "lines");
    let language = file.language.clone().unwrap_or_else(|| "text".to_owned());
    let old = file.from_index.then(|| {
        view! { <Alert tone=Tone::Warning title="Shown as it was indexed.">"The repository cannot be read just now."</Alert> }
    });
    let label = file.path.clone();
    view! {
        <div class="source-page">
            <article class="source-file">
                <header class="source-head">
                    <a class="btn btn-sm source-back" href=ctx.at(&[("path", None), ("line", None)])>{kit::icon(Icon::ArrowLeft)} <span>"Files"</span></a>
                    {crumbs(&file.path)}
                    <span class="hint grow-right">{language} " · " {lines}</span>
                    <kit::CopyButton text=file.text.clone() />
                </header>
                {old}
                <pre class="source" tabindex="0" role="region" aria-label=label><code inner_html=code></code></pre>
            </article>
            <aside class="source-side" aria-label="About this file">
                {symbols(ctx, &file.path, &file.symbols)}
                {related(ctx, file.path.clone())}
            </aside>
        </div>
    }
    .into_any()
}

fn crumbs(path: &str) -> AnyView {
    let (folder, name) = path.rsplit_once('/').map_or((String::new(), path), |(folder, name)| (format!("{folder}/"), name));
    view! { <h2 class="source-name"><span class="hint">{folder}</span>{name.to_owned()}</h2> }.into_any()
}

fn symbols(ctx: Ctx, path: &str, symbols: &[Symbol]) -> AnyView {
    if symbols.is_empty() {
        return ().into_any();
    }
    let items = symbols
        .iter()
        .map(|s| {
            let href = ctx.line(path, i64::try_from(s.start_line).ok());
            let uses = ctx.at(&[("view", Some("search")), ("symbol", Some(&s.name)), ("q", None), ("path", None), ("line", None)]);
            let (depth, short) = s.name.rsplit_once('.').map_or((false, s.name.as_str()), |(_, short)| (true, short));
            let title = format!("Where {short} is used");
            view! {
                <li class:sub=depth>
                    <a href=href data-noscroll=""><span class="hint">{mark(&s.kind)}</span> <code>{short.to_owned()}</code></a>
                    <a class="uses-of" href=uses aria-label=title.clone() title=title>{kit::icon(Icon::Search)}</a>
                </li>
            }
            .into_any()
        })
        .collect_view();
    view! { <section><h3>"In this file"</h3><ul class="symbols">{items}</ul></section> }.into_any()
}

fn mark(kind: &str) -> String {
    kind.replace('_', " ").split(' ').map(|word| word.chars().take(4).collect::<String>()).collect::<Vec<_>>().join(" ")
}

/// Code near to this file, looked for when it is asked for.
fn related(ctx: Ctx, path: String) -> AnyView {
    let (found, busy) = (RwSignal::new(None::<CodeHits>), RwSignal::new(false));
    let path = StoredValue::new(path);
    let ask = move |_| {
        busy.set(true);
        let (project, to) = (ctx.project.get_untracked(), RelatedTo::File(path.get_value()));
        spawn_local(async move {
            match code_related(project, to).await {
                Ok(hits) => found.set(Some(hits)),
                Err(AppError(fault)) => ctx.toasts.fault(&fault),
            }
            busy.set(false);
        });
    };
    let list = move || {
        found.get().map(|found| match found.hits.is_empty() {
            true => view! { <p class="hint">"Nothing in the index is near to this file."</p> }.into_any(),
            false => view! { <div class="near">{search::hits(ctx, found.hits)}</div> }.into_any(),
        })
    };
    view! { <section><h3>"Related code"</h3><Button size=Size::Sm icon=Icon::Sparkles busy=busy on:click=ask>"Find related code"</Button>{list}</section> }.into_any()
}

#[cfg(test)]
mod tests {
    use super::above;

    #[test]
    fn the_way_to_a_file_begins_at_the_root() {
        assert_eq!(above("a.rs"), [""]);
        assert_eq!(above("src/a/b.rs"), ["", "src", "src/a"]);
        assert_eq!(above(""), [""]);
    }
}
