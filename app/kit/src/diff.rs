//! Two versions of a text, line by line, with the changed words marked. Who compares is the caller; this shows.
use leptos::prelude::*;

/// A run of words within a changed line.
#[derive(Clone, Debug, PartialEq)]
pub struct DiffSpan {
    pub text: String,
    /// It is only in this version.
    pub marked: bool,
}

impl DiffSpan {
    pub fn same(text: impl Into<String>) -> Self {
        Self { text: text.into(), marked: false }
    }

    pub fn added(text: impl Into<String>) -> Self {
        Self { text: text.into(), marked: true }
    }

    pub fn removed(text: impl Into<String>) -> Self {
        Self { text: text.into(), marked: true }
    }
}

/// A line of a comparison.
#[derive(Clone, Debug, PartialEq)]
pub enum DiffLine {
    Same(String),
    Removed(Vec<DiffSpan>),
    Added(Vec<DiffSpan>),
    Changed(Vec<DiffSpan>, Vec<DiffSpan>),
    /// Left out because nothing changed there.
    Gap(String),
}

impl DiffLine {
    pub fn same(text: impl Into<String>) -> Self {
        Self::Same(text.into())
    }

    pub fn removed(text: impl Into<String>) -> Self {
        Self::Removed(vec![DiffSpan::same(text)])
    }

    pub fn added(text: impl Into<String>) -> Self {
        Self::Added(vec![DiffSpan::same(text)])
    }

    pub fn changed(before: Vec<DiffSpan>, after: Vec<DiffSpan>) -> Self {
        Self::Changed(before, after)
    }

    pub fn gap(text: impl Into<String>) -> Self {
        Self::Gap(text.into())
    }
}

/// The comparison; `split=true` puts the versions side by side.
#[component]
pub fn DiffView(lines: Vec<DiffLine>, #[prop(optional)] split: bool, #[prop(optional, into)] label: Option<String>) -> impl IntoView {
    let rows = if split { split_rows(lines) } else { inline_rows(lines) };
    view! { <div class="tbl-scroll"><table class="diff" aria-label=label.unwrap_or_else(|| "Changes".to_owned())><tbody>{rows}</tbody></table></div> }.into_any()
}

fn spans(spans: Vec<DiffSpan>, gone: bool) -> AnyView {
    spans
        .into_iter()
        .map(|s| match (s.marked, gone) {
            (false, _) => s.text.into_any(),
            (true, true) => view! { <del>{s.text}</del> }.into_any(),
            (true, false) => view! { <ins>{s.text}</ins> }.into_any(),
        })
        .collect_view()
        .into_any()
}

fn inline_rows(lines: Vec<DiffLine>) -> AnyView {
    let (mut old, mut new) = (0, 0);
    let mut out = Vec::new();
    let mut row = |class: &'static str, mark: &'static str, said: &'static str, a: Option<u32>, b: Option<u32>, words: AnyView| {
        out.push(
            view! {
                <tr class=class>
                    <td class="ln">{a}</td><td class="ln">{b}</td>
                    <td class="mk"><span aria-hidden="true">{mark}</span><span class="sr">{said}</span></td>
                    <td>{words}</td>
                </tr>
            }
            .into_any(),
        );
    };
    for line in lines {
        match line {
            DiffLine::Same(text) => {
                (old, new) = (old + 1, new + 1);
                row("", "", "", Some(old), Some(new), text.into_any());
            }
            DiffLine::Removed(text) => {
                old += 1;
                row("del", "−", "removed: ", Some(old), None, spans(text, true));
            }
            DiffLine::Added(text) => {
                new += 1;
                row("add", "+", "added: ", None, Some(new), spans(text, false));
            }
            DiffLine::Changed(before, after) => {
                (old, new) = (old + 1, new + 1);
                row("del", "−", "removed: ", Some(old), None, spans(before, true));
                row("add", "+", "added: ", None, Some(new), spans(after, false));
            }
            DiffLine::Gap(text) => row("gap", "", "", None, None, text.into_any()),
        }
    }
    out.into_any()
}

fn split_rows(lines: Vec<DiffLine>) -> AnyView {
    let (mut old, mut new) = (0, 0);
    lines
        .into_iter()
        .map(|line| {
            let (a, b) = match line {
                DiffLine::Same(text) => (Some((text.clone().into_any(), "")), Some((text.into_any(), ""))),
                DiffLine::Removed(text) => (Some((spans(text, true), "del")), None),
                DiffLine::Added(text) => (None, Some((spans(text, false), "add"))),
                DiffLine::Changed(before, after) => (Some((spans(before, true), "del")), Some((spans(after, false), "add"))),
                DiffLine::Gap(text) => return view! { <tr class="gap"><td colspan="4">{text}</td></tr> }.into_any(),
            };
            old += u32::from(a.is_some());
            new += u32::from(b.is_some());
            let (an, bn) = (a.is_some().then_some(old), b.is_some().then_some(new));
            let (a, ac) = a.map_or((().into_any(), ""), |(v, c)| (v, c));
            let (b, bc) = b.map_or((().into_any(), ""), |(v, c)| (v, c));
            view! { <tr><td class="ln">{an}</td><td class=ac>{a}</td><td class="ln">{bn}</td><td class=bc>{b}</td></tr> }.into_any()
        })
        .collect_view()
        .into_any()
}
