//! The command palette: one box that goes anywhere. The shell gives the commands; this finds and shows them.
use crate::{Icon, dialog::show_with, dom, icon, keyboard::key_names};
use leptos::{ev, html, prelude::*};

/// A line of the palette.
#[derive(Clone, Debug, PartialEq)]
pub struct Command {
    /// Unique in the list.
    pub id: String,
    /// The heading it stands under.
    pub group: &'static str,
    pub label: String,
    /// A quiet word at the end: where it is, what it is.
    pub hint: String,
    pub icon: Option<Icon>,
    /// The shortcut that does the same.
    pub keys: Option<&'static str>,
    /// Shown whatever is typed: results of a search made elsewhere.
    pub found: bool,
}

impl Command {
    pub fn new(id: impl Into<String>, group: &'static str, label: impl Into<String>) -> Self {
        Self { id: id.into(), group, label: label.into(), hint: String::new(), icon: None, keys: None, found: false }
    }

    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = hint.into();
        self
    }

    pub fn icon(mut self, icon: Icon) -> Self {
        self.icon = Some(icon);
        self
    }

    pub fn keys(mut self, keys: &'static str) -> Self {
        self.keys = Some(keys);
        self
    }

    pub fn found(mut self) -> Self {
        self.found = true;
        self
    }
}

/// How well typed letters fit a text: all must occur in order; starts of words and runs count more. `None`: not at all.
pub fn fit(typed: &str, text: &str) -> Option<u32> {
    let mut score = 0u32;
    let mut wanted = typed.chars().flat_map(char::to_lowercase).filter(|c| !c.is_whitespace()).peekable();
    let mut word_start = true;
    let mut run = 0;
    for c in text.chars().flat_map(char::to_lowercase) {
        match wanted.peek() {
            None => break,
            Some(w) if *w == c => {
                wanted.next();
                run += 1;
                score += 1 + run + if word_start { 6 } else { 0 };
            }
            Some(_) => run = 0,
        }
        word_start = !c.is_alphanumeric();
    }
    wanted.peek().is_none().then(|| (score * 100).saturating_sub(text.chars().count() as u32))
}

/// The commands that fit, best first within their groups, groups in the order of their best line.
fn ranked(typed: &str, commands: &[Command]) -> Vec<Command> {
    if typed.trim().is_empty() {
        return commands.to_vec();
    }
    let mut hits: Vec<(u32, Command)> = commands
        .iter()
        .filter_map(|c| {
            let score = fit(typed, &c.label).or_else(|| fit(typed, &format!("{} {}", c.group, c.label)).map(|s| s / 2));
            score.or(c.found.then_some(0)).map(|s| (s, c.clone()))
        })
        .collect();
    hits.sort_by_key(|(score, _)| std::cmp::Reverse(*score));
    let mut groups: Vec<&'static str> = Vec::new();
    for (_, command) in &hits {
        if !groups.contains(&command.group) {
            groups.push(command.group);
        }
    }
    groups
        .into_iter()
        .flat_map(|g| hits.iter().filter(move |(_, c)| c.group == g).map(|(_, c)| c.clone()).take(12).collect::<Vec<_>>())
        .collect()
}

/// The palette. `typed` is what is in its box, for searches elsewhere; `on_pick` gets the command chosen.
#[component]
pub fn Palette(
    open: RwSignal<bool>,
    typed: RwSignal<String>,
    #[prop(into)] commands: Signal<Vec<Command>>,
    #[prop(into)] on_pick: Callback<Command>,
    #[prop(optional, into)] placeholder: Option<String>,
    /// A search made elsewhere is under way: that nothing fits is not known yet.
    #[prop(optional)]
    busy: Option<Signal<bool>>,
    /// A line below what was found; empty when there is nothing to say.
    #[prop(optional)]
    note: Option<Signal<String>>,
) -> impl IntoView {
    let node = NodeRef::<html::Dialog>::new();
    show_with(node, open);
    let at = RwSignal::new(0usize);
    let shown = Memo::new(move |_| if open.get() { typed.with(|t| commands.with(|c| ranked(t, c))) } else { Vec::new() });
    let pick = move |index: usize| {
        if let Some(command) = shown.with_untracked(|s| s.get(index).cloned()) {
            open.set(false);
            on_pick.run(command);
        }
    };
    let go = move |to: usize| {
        at.set(to);
        if let Some(line) = dom::by_id(&format!("palette-{to}")) {
            dom::scroll_near(&line);
        }
    };
    let keys = move |event: ev::KeyboardEvent| {
        let count = shown.with_untracked(Vec::len);
        let here = at.get_untracked();
        match event.key().as_str() {
            "ArrowDown" if count > 0 => go((here + 1) % count),
            "ArrowUp" if count > 0 => go((here + count - 1) % count),
            "Enter" => pick(here),
            _ => return,
        }
        event.prevent_default();
    };
    let list = move || {
        let mut group = "";
        shown.with(|shown| {
            shown
                .iter()
                .enumerate()
                .map(|(index, command)| {
                    let title = (command.group != group).then(|| {
                        group = command.group;
                        view! { <div class="opt-title" role="presentation">{command.group}</div> }
                    });
                    view! { {title} {line(index, command, at, pick)} }.into_any()
                })
                .collect_view()
        })
    };
    let nothing = move || {
        let words = if busy.is_some_and(|busy| busy.get()) { "Searching…" } else { "Nothing fits. Try another word." };
        (shown.with(Vec::is_empty) && typed.with(|t| !t.trim().is_empty())).then(|| view! { <p class="state" role="status">{words}</p> })
    };
    let note =
        move || note.map(|note| note.get()).filter(|note| !note.is_empty()).map(|note| view! { <p class="hint px-4 py-2">{note}</p> });
    let placeholder = placeholder.unwrap_or_else(|| "Go to, create, search…".to_owned());
    let inside = move || {
        open.get().then(|| {
            view! {
                <div class="find">
                    {icon(Icon::Search)}
                    <input
                        type="text" autofocus=true autocomplete="off" spellcheck="false" placeholder=placeholder.clone() aria-label=placeholder.clone()
                        role="combobox" aria-expanded="true" aria-controls="palette-list" aria-autocomplete="list"
                        aria-activedescendant=move || format!("palette-{}", at.get())
                        prop:value=typed
                        on:input:target=move |event| { at.set(0); typed.set(event.target().value()) }
                        on:keydown=keys
                    />
                    <kbd>"Esc"</kbd>
                </div>
                <div class="list" id="palette-list" role="listbox" aria-label="Commands">{list} </div>
                {nothing}
                {note}
                <div class="foot" aria-hidden="true">
                    <span><kbd>"↑"</kbd><kbd>"↓"</kbd>" move"</span><span><kbd>"↵"</kbd>" choose"</span><span><kbd>"Esc"</kbd>" close"</span>
                </div>
            }
            .into_any()
        })
    };
    view! {
        <dialog
            node_ref=node class="dialog palette" aria-label="Command palette"
            on:close=move |_| { open.set(false); typed.set(String::new()); at.set(0) }
            on:mousedown=move |event| {
                if let (Some(target), Some(dialog)) = (dom::target_element(&event), node.get_untracked()) && target.is_same_node(Some(&dialog)) {
                    open.set(false);
                }
            }
        >
            {inside}
        </dialog>
    }
    .into_any()
}

fn line(index: usize, command: &Command, at: RwSignal<usize>, pick: impl Fn(usize) + Copy + 'static) -> AnyView {
    let keys = command.keys.map(|k| key_names(k).into_iter().map(|k| view! { <kbd>{k}</kbd> }).collect_view());
    view! {
        <div
            class="opt" role="option" id=format!("palette-{index}") aria-selected=move || (at.get() == index).to_string()
            on:click=move |_| pick(index) on:pointermove=move |_| if at.get_untracked() != index { at.set(index) }
        >
            {command.icon.map(icon)} <span>{command.label.clone()}</span> <small>{command.hint.clone()}</small> {keys}
        </div>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_find_words_by_their_starts() {
        assert!(fit("gf", "Go to features").unwrap() > fit("gf", "Debug offsets").unwrap());
        assert!(fit("xyz", "Features").is_none());
        let list =
            [Command::new("a", "Create", "New project"), Command::new("b", "Go to", "Projects"), Command::new("c", "Found", "42").found()];
        let names: Vec<_> = ranked("proj", &list).into_iter().map(|c| c.id).collect();
        assert_eq!(names, ["b", "a", "c"]);
    }
}
