//! A tree by keyboard and pointer: arrows open, close and move, Enter opens; with `on_move`, Alt and arrows or a drag move
//! a branch.
use crate::{Icon, Tone, dom, icon};
use leptos::{ev, html, prelude::*};
use std::collections::BTreeSet;

/// A branch of a tree.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct TreeNode {
    pub id: String,
    pub label: String,
    pub href: Option<String>,
    /// A quiet word at the end: "12/20".
    pub meta: String,
    /// The state shown before the name, and its word for readers.
    pub status: Option<(Tone, String)>,
    pub children: Vec<TreeNode>,
}

/// Where a branch was moved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TreeMove {
    pub id: String,
    pub place: TreePlace,
}

/// A place in a tree, beside or inside another branch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TreePlace {
    Before(String),
    After(String),
    Into(String),
}

/// A branch as it is drawn.
#[derive(Clone, PartialEq)]
struct Line {
    node: TreeNode,
    depth: usize,
    at: usize,
    of: usize,
    parent: Option<String>,
    previous: Option<String>,
    next: Option<String>,
    has_children: bool,
}

fn lines(nodes: &[TreeNode], open: &BTreeSet<String>, depth: usize, parent: Option<&str>, out: &mut Vec<Line>) {
    for (i, node) in nodes.iter().enumerate() {
        let bare = TreeNode { children: Vec::new(), ..node.clone() };
        out.push(Line {
            node: bare,
            depth,
            at: i + 1,
            of: nodes.len(),
            parent: parent.map(str::to_owned),
            previous: i.checked_sub(1).map(|p| nodes[p].id.clone()),
            next: nodes.get(i + 1).map(|n| n.id.clone()),
            has_children: !node.children.is_empty(),
        });
        if open.contains(&node.id) {
            lines(&node.children, open, depth + 1, Some(&node.id), out);
        }
    }
}

/// The tree. `open` holds the ids of the opened branches; `current` is the id of the branch on show.
#[component]
pub fn Tree(
    #[prop(into)] label: String,
    #[prop(into)] nodes: Signal<Vec<TreeNode>>,
    open: RwSignal<BTreeSet<String>>,
    #[prop(optional, into)] current: Signal<String>,
    #[prop(optional, into)] on_move: Option<Callback<TreeMove>>,
) -> impl IntoView {
    let root = NodeRef::<html::Div>::new();
    let focused = RwSignal::new(String::new());
    let shown = Memo::new(move |_| {
        let mut out = Vec::new();
        nodes.with(|nodes| open.with(|open| lines(nodes, open, 0, None, &mut out)));
        out
    });
    let entry = Memo::new(move |_| {
        shown.with(|lines| {
            let has = |id: &str| lines.iter().any(|l| l.node.id == id);
            [focused.get(), current.get()]
                .into_iter()
                .find(|id| has(id))
                .or_else(|| lines.first().map(|l| l.node.id.clone()))
                .unwrap_or_default()
        })
    });
    let held = RwSignal::new(None::<String>);
    let state = TreeState { root, open, focused, entry, current, held, on_move };
    view! {
        <div
            node_ref=root class="tree" role="tree" aria-label=label
            on:keydown=move |event| state.key(&event, &shown.get_untracked())
        >
            <For
                each=move || shown.get()
                key=|line| (line.node.clone(), line.depth, line.at, line.of, line.has_children)
                children=move |line| state.line(line)
            />
        </div>
    }
    .into_any()
}

#[derive(Clone, Copy)]
struct TreeState {
    root: NodeRef<html::Div>,
    open: RwSignal<BTreeSet<String>>,
    focused: RwSignal<String>,
    entry: Memo<String>,
    current: Signal<String>,
    held: RwSignal<Option<String>>,
    on_move: Option<Callback<TreeMove>>,
}

impl TreeState {
    fn line(self, line: Line) -> AnyView {
        let Line { node, depth, at, of, has_children, .. } = line;
        let id = StoredValue::new(node.id.clone());
        let is = move |other: &str| id.with_value(|id| id == other);
        let expanded = move || has_children.then(|| self.open.with(|o| id.with_value(|id| o.contains(id))).to_string());
        let over = RwSignal::new(false);
        let status = node
            .status
            .map(|(tone, word)| view! { <span class=crate::html::classes(&["st", tone.class()])><span class="sr">{word}</span></span> });
        let name = match node.href {
            Some(href) => view! { <a class="name" href=href tabindex="-1">{node.label}</a> }.into_any(),
            None => view! { <span class="name">{node.label}</span> }.into_any(),
        };
        let draggable = self.on_move.map(|_| "true");
        view! {
            <div
                role="treeitem" data-id=node.id class=format!("d{}", depth.min(5)) class:drop-into=over draggable=draggable
                attr:aria-level=depth + 1 aria-posinset=at aria-setsize=of aria-expanded=expanded
                aria-selected=move || self.current.with(|c| is(c)).to_string()
                tabindex=move || if self.entry.with(|e| is(e)) { "0" } else { "-1" }
                on:focus=move |_| self.focused.set(id.get_value())
                on:click=move |event| {
                    if dom::closest(&event, ".twist, a").is_none() {
                        if let Some(link) = dom::closest(&event, "[role=treeitem]").and_then(|e| dom::first(&e, "a.name")) { dom::click_later(link) } else { self.toggle(&id.get_value()) }
                    }
                }
                on:dragstart=move |_| self.held.set(Some(id.get_value()))
                on:dragend=move |_| self.held.set(None)
                on:dragover=move |event| if self.held.with_untracked(|h| h.as_deref().is_some_and(|h| !is(h))) { event.prevent_default(); over.set(true) }
                on:dragleave=move |_| over.set(false)
                on:drop=move |event: ev::DragEvent| {
                    event.prevent_default();
                    over.set(false);
                    if let Some(held) = self.held.get_untracked() { self.moved(held, TreePlace::Into(id.get_value())) }
                }
            >
                <span class="twist" aria-hidden="true" on:click=move |event| { event.stop_propagation(); self.toggle(&id.get_value()) }>
                    {has_children.then(|| icon(Icon::ChevronRight))}
                </span>
                {status} {name} <span class="meta">{node.meta}</span>
            </div>
        }
        .into_any()
    }

    fn toggle(self, id: &str) {
        self.open.update(|open| {
            if !open.remove(id) {
                open.insert(id.to_owned());
            }
        });
    }

    fn moved(self, id: String, place: TreePlace) {
        if let Some(told) = self.on_move {
            told.run(TreeMove { id, place });
        }
    }

    fn focus(self, id: &str) {
        if let Some(root) = self.root.get_untracked()
            && let Some(item) = dom::all(&root, "[role=treeitem]").into_iter().find(|e| e.get_attribute("data-id").as_deref() == Some(id))
        {
            dom::focus(&item);
        }
    }

    fn key(self, event: &ev::KeyboardEvent, lines: &[Line]) {
        let id = self.entry.get_untracked();
        let Some(at) = lines.iter().position(|l| l.node.id == id) else {
            return;
        };
        let line = &lines[at];
        let is_open = self.open.with_untracked(|o| o.contains(&id));
        let key = event.key();
        if event.alt_key() && self.on_move.is_some() {
            let place = match key.as_str() {
                "ArrowUp" => line.previous.clone().map(TreePlace::Before),
                "ArrowDown" => line.next.clone().map(TreePlace::After),
                "ArrowRight" => line.previous.clone().map(TreePlace::Into),
                "ArrowLeft" => line.parent.clone().map(TreePlace::After),
                _ => return,
            };
            event.prevent_default();
            if let Some(place) = place {
                self.moved(id.clone(), place);
                dom::after_render(move || self.focus(&id));
            }
            return;
        }
        if event.ctrl_key() || event.meta_key() || event.alt_key() {
            return;
        }
        let to = match key.as_str() {
            "ArrowDown" => lines.get(at + 1),
            "ArrowUp" => at.checked_sub(1).and_then(|i| lines.get(i)),
            "Home" => lines.first(),
            "End" => lines.last(),
            "ArrowRight" if line.has_children && is_open => lines.get(at + 1),
            "ArrowRight" if line.has_children => {
                self.toggle(&id);
                None
            }
            "ArrowLeft" if line.has_children && is_open => {
                self.toggle(&id);
                None
            }
            "ArrowLeft" => line.parent.as_ref().and_then(|p| lines.iter().find(|l| l.node.id == *p)),
            "Enter" | " " => {
                let item = self.root.get_untracked().and_then(|r| dom::first(&r, "[role=treeitem]:focus a.name"));
                match item {
                    Some(link) => link.click(),
                    None => self.toggle(&id),
                }
                None
            }
            _ => return,
        };
        event.prevent_default();
        if let Some(line) = to {
            self.focus(&line.node.id);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_opened_branches_show_their_children() {
        let leaf = |id: &str| TreeNode { id: id.into(), label: id.into(), ..TreeNode::default() };
        let tree = [TreeNode { children: vec![leaf("a1"), leaf("a2")], ..leaf("a") }, leaf("b")];
        let drawn = |open: &[&str]| {
            let mut out = Vec::new();
            lines(&tree, &open.iter().map(|s| (*s).to_owned()).collect(), 0, None, &mut out);
            out.into_iter().map(|l| (l.node.id, l.depth)).collect::<Vec<_>>()
        };
        assert_eq!(drawn(&[]), [("a".into(), 0), ("b".into(), 0)]);
        assert_eq!(drawn(&["a"]), [("a".into(), 0), ("a1".into(), 1), ("a2".into(), 1), ("b".into(), 0)]);
    }
}
