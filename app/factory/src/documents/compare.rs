//! Two versions in red and green.
use super::{calls::document_version_diff, calls::versions_list, page::Doc};
use factory::versions::VersionDiff;
use kit::{AppError, Choice, Dialog, DiffLine, DiffSpan, DiffView, Empty, Icon, SelectField, open_while};
use leptos::prelude::*;
use richtext::wire::{BlockChange, Change, Diff, Span};
use serde_json::Value;

/// The comparison of the chosen two; which two can be changed in it.
pub fn dialog(doc: Doc, chosen: RwSignal<Option<(i32, Option<i32>)>>) -> AnyView {
    let open = open_while(chosen);
    let id = doc.document().id;
    let compared = kit::LocalData::new(move || {
        let chosen = chosen.get();
        async move {
            match chosen {
                Some((number, with)) => Some(document_version_diff(id, number, with).await),
                None => None,
            }
        }
    });
    let known = kit::LocalData::new(move || {
        let wanted = open.get();
        async move { if wanted { versions_list(id, None).await.map(|p| p.items).unwrap_or_default() } else { Vec::new() } }
    });
    let (from, to) = (RwSignal::new(String::new()), RwSignal::new(String::new()));
    kit::effect(move || {
        if let Some((number, with)) = chosen.get() {
            from.set(number.to_string());
            to.set(with.map(|n| n.to_string()).unwrap_or_default());
        }
    });
    kit::effect(move || {
        let wanted = (from.get().parse::<i32>().ok(), to.get().parse::<i32>().ok());
        if let ((Some(number), with), Some(now)) = (wanted, chosen.get_untracked())
            && now != (number, with)
        {
            chosen.set(Some((number, with)));
        }
    });
    let picker = move || {
        let choices: Vec<Choice> = known
            .get()
            .unwrap_or_default()
            .iter()
            .map(|v| Choice::new(v.version_number.to_string(), format!("Version {}", v.version_number)))
            .collect();
        (!choices.is_empty()).then(|| {
            let second = choices.clone();
            view! {
                <div class="doc-compare-pick">
                    <SelectField name="from" label="From" choices=choices bind=from />
                    <SelectField name="to" label="To" choices=second empty="What it says now" bind=to />
                </div>
            }
        })
    };
    let body = move || match compared.get().flatten() {
        None => view! { <kit::Skeleton lines=6 /> }.into_any(),
        Some(Err(AppError(fault))) => kit::fault_panel(fault),
        Some(Ok(VersionDiff { diff, .. })) if diff.is_same() => {
            view! { <Empty icon=Icon::CheckCheck title="No difference" text="Both say the same." /> }.into_any()
        }
        Some(Ok(VersionDiff { diff, .. })) => shown(&diff),
    };
    view! { <Dialog open=open title="Compare versions" wide=true>{picker} {body}</Dialog> }.into_any()
}

/// The difference with its counts.
pub fn shown(diff: &Diff) -> AnyView {
    let counts = diff.counts;
    let said = format!("{} changed, {} added, {} removed", counts.changed, counts.added, counts.removed);
    let source = (!diff.diagram.is_empty()).then(|| view! { <h3 class="doc-side-title">"Diagram"</h3> <DiffView lines=spans_as_lines(&diff.diagram) label="Changes of the diagram" /> });
    view! { <p class="hint mb-3">{said}</p> <DiffView lines=lines(diff) label="Changes of the text" /> {source} }.into_any()
}

/// Blocks as lines; long runs of what stayed are cut.
fn lines(diff: &Diff) -> Vec<DiffLine> {
    const AROUND: usize = 2;
    let mut out = Vec::new();
    let mut same: Vec<String> = Vec::new();
    let flush = |same: &mut Vec<String>, out: &mut Vec<DiffLine>, last: bool| {
        let first = out.is_empty();
        let (head, tail) = (if first { 0 } else { AROUND }, if last { 0 } else { AROUND });
        if same.len() > head + tail + 1 {
            let gap = same.len() - head - tail;
            out.extend(same.iter().take(head).map(DiffLine::same));
            out.push(DiffLine::gap(format!("{gap} unchanged")));
            out.extend(same.iter().skip(head + gap).map(DiffLine::same));
        } else {
            out.extend(same.iter().map(DiffLine::same));
        }
        same.clear();
    };
    for block in &diff.blocks {
        match block {
            BlockChange::Same { block } => same.push(words(block)),
            other => {
                flush(&mut same, &mut out, false);
                match other {
                    BlockChange::Added { block } => out.push(DiffLine::added(words(block))),
                    BlockChange::Removed { block } => out.push(DiffLine::removed(words(block))),
                    BlockChange::Changed { spans, .. } => {
                        let side = |gone: Change| -> Vec<DiffSpan> {
                            let other = if gone == Change::Removed { Change::Added } else { Change::Removed };
                            spans
                                .iter()
                                .filter(|s| s.change != other)
                                .map(|s| DiffSpan { text: s.text.clone(), marked: s.change == gone })
                                .collect()
                        };
                        out.push(DiffLine::changed(side(Change::Removed), side(Change::Added)));
                    }
                    BlockChange::Same { .. } => {}
                }
            }
        }
    }
    flush(&mut same, &mut out, true);
    out
}

fn spans_as_lines(spans: &[Span]) -> Vec<DiffLine> {
    let line = |change: Change, text: &str| match change {
        Change::Added => DiffLine::added(text),
        Change::Removed => DiffLine::removed(text),
        Change::Same | Change::Reformatted => DiffLine::same(text),
    };
    spans.iter().flat_map(|s| s.text.lines().map(|text| line(s.change, text)).collect::<Vec<_>>()).collect()
}

/// The text of a block, with a sign for what it is.
fn words(block: &Value) -> String {
    fn gather(node: &Value, out: &mut String) {
        if let Some(text) = node["text"].as_str() {
            out.push_str(text);
        }
        if let Some(label) = node["attrs"]["label"].as_str() {
            out.push('@');
            out.push_str(label);
        }
        if let Some(code) = node["attrs"]["code"].as_str() {
            out.push_str(code);
        }
        for (at, child) in node["content"].as_array().into_iter().flatten().enumerate() {
            let begins = matches!(
                child["type"].as_str(),
                Some("listItem" | "taskItem" | "tableRow" | "paragraph" | "codeBlock" | "bulletList" | "orderedList")
            );
            if begins && at > 0 && !out.is_empty() {
                out.push('\n');
            }
            if matches!(child["type"].as_str(), Some("tableCell" | "tableHeader")) && at > 0 {
                out.push_str(" | ");
            }
            gather(child, out);
        }
    }
    let mut text = String::new();
    if block["type"] == "heading" {
        let level = block["attrs"]["level"].as_u64().unwrap_or(1).min(4) as usize;
        text.push_str(&"#".repeat(level));
        text.push(' ');
    }
    if block["type"] == "horizontalRule" {
        text.push('―');
    }
    if block["type"] == "image" {
        text.push_str("Picture ");
        text.push_str(block["attrs"]["alt"].as_str().unwrap_or_default());
    }
    gather(block, &mut text);
    text
}
