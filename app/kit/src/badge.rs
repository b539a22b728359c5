//! Small marks: badge, status, avatar, delta.
use crate::{
    Icon,
    html::{classes, escape, push_text},
    icon,
};
use leptos::prelude::*;

/// What a colour means here; never the only sign (a word or a shape says the same).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Tone {
    #[default]
    Neutral,
    Accent,
    Info,
    Violet,
    Success,
    Warning,
    Danger,
}

impl Tone {
    /// The class that carries it.
    pub const fn class(self) -> &'static str {
        match self {
            Tone::Neutral => "",
            Tone::Accent => "t-accent",
            Tone::Info => "t-info",
            Tone::Violet => "t-violet",
            Tone::Success => "t-success",
            Tone::Warning => "t-warning",
            Tone::Danger => "t-danger",
        }
    }
}

/// A word in a soft frame: a category, a count, "Built-in".
#[component]
pub fn Badge(
    #[prop(into)] text: Signal<String>,
    #[prop(optional)] tone: Tone,
    #[prop(optional, into)] icon: Option<Icon>,
    /// Only a hairline frame.
    #[prop(optional)]
    line: bool,
) -> impl IntoView {
    view! { <span class=classes(&["badge", tone.class(), if line { "line" } else { "" }])>{icon.map(crate::icon)} {text}</span> }.into_any()
}

/// A state of something: a dot with a shape of its own, then the word.
#[component]
pub fn Status(
    #[prop(into)] text: String,
    #[prop(optional)] tone: Tone,
    /// The dot turns: work is going on.
    #[prop(optional)]
    busy: bool,
) -> impl IntoView {
    view! { <span class=classes(&["st", tone.class(), if busy { "busy" } else { "" }])>{text}</span> }.into_any()
}

/// The badge as markup, for cells.
pub fn badge_html(text: &str, tone: Tone) -> String {
    format!("<span class=\"{}\">{}</span>", classes(&["badge", tone.class()]), escape(text))
}

/// The status as markup, for cells.
pub fn status_html(text: &str, tone: Tone) -> String {
    format!("<span class=\"{}\">{}</span>", classes(&["st", tone.class()]), escape(text))
}

/// Up to two letters for a name, and one of six hues, the same everywhere.
pub fn initials(name: &str) -> (String, usize) {
    let mut words = name.split_whitespace();
    let first = words.next().and_then(|w| w.chars().next());
    let last = words.next_back().and_then(|w| w.chars().next());
    let letters: String = first.into_iter().chain(last).flat_map(char::to_uppercase).collect();
    let hue = name.bytes().fold(7usize, |h, b| h.wrapping_mul(31).wrapping_add(b.into())) % 6;
    (if letters.is_empty() { "?".to_owned() } else { letters }, hue)
}

/// A person or an organization as a small picture, or as letters while there is none.
#[component]
pub fn Avatar(
    #[prop(into)] name: String,
    #[prop(optional, into)] src: Option<String>,
    #[prop(optional)] size: crate::Size,
    /// An organization: a square.
    #[prop(optional)]
    square: bool,
) -> impl IntoView {
    let (letters, hue) = initials(&name);
    let size = match size {
        crate::Size::Sm => "ava-sm",
        crate::Size::Md => "",
        crate::Size::Lg => "ava-lg",
    };
    let class = classes(&["ava", size, &format!("h{hue}"), if square { "ava-sq" } else { "" }]);
    match src.filter(|s| !s.is_empty()) {
        Some(src) => view! { <span class=class><img src=src alt="" loading="lazy" /></span> }.into_any(),
        None => view! { <span class=class aria-hidden="true">{letters}</span> }.into_any(),
    }
}

/// A picture and a name.
#[component]
pub fn Person(#[prop(into)] name: String, #[prop(optional, into)] src: Option<String>) -> impl IntoView {
    person_view(name, src)
}

fn person_view(name: String, src: Option<String>) -> AnyView {
    let (letters, hue) = initials(&name);
    let picture = match src.filter(|s| !s.is_empty()) {
        Some(src) => view! { <span class="ava ava-sm"><img src=src alt="" loading="lazy" /></span> }.into_any(),
        None => view! { <span class=format!("ava ava-sm h{hue}") aria-hidden="true">{letters}</span> }.into_any(),
    };
    view! { <span class="who">{picture} <span>{name}</span></span> }.into_any()
}

/// Several people in little room; the rest as a number, all names on hover.
#[component]
pub fn Avatars(names: Vec<String>, #[prop(default = 4)] show: usize) -> impl IntoView {
    let label = names.join(", ");
    let more = names.len().saturating_sub(show);
    let heads = names
        .iter()
        .take(show)
        .map(|name| {
            let (letters, hue) = initials(name);
            view! { <span class=format!("ava h{hue}") aria-hidden="true">{letters}</span> }.into_any()
        })
        .collect_view();
    let more = (more > 0).then(|| view! { <span class="ava" aria-hidden="true">{format!("+{more}")}</span> });
    view! { <span class="avas" role="img" aria-label=label.clone() title=label>{heads} {more}</span> }.into_any()
}

/// The person as markup, for cells.
pub fn person_html(name: &str) -> String {
    let (letters, hue) = initials(name);
    let mut out = format!("<span class=\"who\"><span class=\"ava ava-sm h{hue}\" aria-hidden=\"true\">");
    push_text(&mut out, &letters);
    out.push_str("</span><span>");
    push_text(&mut out, name);
    out.push_str("</span></span>");
    out
}

/// A change with its direction; `good` says whether up is good news.
#[component]
pub fn Delta(
    /// Already with its unit: "12 %", "3 days".
    #[prop(into)]
    text: String,
    up: bool,
    #[prop(default = true)] up_is_good: bool,
) -> impl IntoView {
    let class = if up == up_is_good { "delta good" } else { "delta bad" };
    let (mark, word) = if up { (Icon::ArrowUp, "up ") } else { (Icon::ArrowDown, "down ") };
    view! { <span class=class>{icon(mark)}<span class="sr">{word}</span>{text}</span> }.into_any()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn initials_are_first_and_last() {
        assert_eq!(initials("Ada Lovelace").0, "AL");
        assert_eq!(initials("grace brewster hopper").0, "GH");
        assert_eq!(initials("  ").0, "?");
        assert_eq!(initials("Ada Lovelace").1, initials("Ada Lovelace").1);
    }
}
