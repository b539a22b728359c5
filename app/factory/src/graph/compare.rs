//! What was changed upstream since it was last confirmed.
use super::{Ctx, calls::drift_compare, entity_href};
use factory::drift::{CompareLine, Comparison, Run};
use kit::{AppError, Dialog, DiffLine, DiffSpan, DiffView, Empty, Icon, Skeleton};
use leptos::prelude::*;

/// The dialog of a comparison.
pub struct CompareDialog(pub Ctx);

impl kit::Part for CompareDialog {
    fn view(this: Self) -> AnyView {
        let ctx = this.0;
        let open = kit::open_while(ctx.comparing);
        let loaded = kit::LocalData::new(move || {
            let id = ctx.comparing.get();
            async move {
                match id {
                    Some(id) => Some(drift_compare(id).await),
                    None => None,
                }
            }
        });
        let inside = move || match loaded.get().flatten() {
            None => view! { <Skeleton lines=6 /> }.into_any(),
            Some(Err(AppError(fault))) => kit::fault_panel(fault),
            Some(Ok(comparison)) => shown(&ctx.base.get_untracked(), &comparison),
        };
        view! { <Dialog open=open title="What was changed" wide=true>{inside}</Dialog> }.into_any()
    }
}

/// What was changed, in red and green, with ways to both ends. `base`: the address of the project.
pub fn shown(base: &str, c: &Comparison) -> AnyView {
    let links = [Some(&c.alert.source), c.alert.target.as_ref()]
        .into_iter()
        .flatten()
        .filter_map(|node| entity_href(base, node).map(|href| (href, node.label.clone())))
        .map(|(href, label)| view! { <a class="btn btn-sm" href=href>"Open " {label}</a> }.into_any())
        .collect_view();
    let body = match (&c.note, c.lines.is_empty()) {
        (Some(note), _) => view! { <Empty icon=Icon::FileText title="Nothing to compare" text=note.clone() /> }.into_any(),
        (None, true) => view! { <Empty icon=Icon::Check title="Both say the same" /> }.into_any(),
        (None, false) => {
            let lines = c.lines.iter().map(line).collect::<Vec<_>>();
            let title =
                format!("{}: {} and {}", c.alert.source.label, c.before.clone().unwrap_or_default(), c.after.clone().unwrap_or_default());
            view! { <p class="hint">{title.clone()}</p> <DiffView lines=lines label=title /> }.into_any()
        }
    };
    view! { <div class="stack">{body}<div class="row">{links}</div></div> }.into_any()
}

fn line(line: &CompareLine) -> DiffLine {
    let spans = |runs: &[Run], mark: fn(String) -> DiffSpan| {
        runs.iter().map(|r| if r.marked { mark(r.text.clone()) } else { DiffSpan::same(r.text.clone()) }).collect::<Vec<_>>()
    };
    match line {
        CompareLine::Gap { count } => DiffLine::gap(format!("{} that stayed", kit::num::plural(*count as i64, "paragraph", "paragraphs"))),
        CompareLine::Removed { text } => DiffLine::removed(text.clone()),
        CompareLine::Added { text } => DiffLine::added(text.clone()),
        CompareLine::Changed { before, after } => DiffLine::changed(spans(before, DiffSpan::removed), spans(after, DiffSpan::added)),
    }
}
