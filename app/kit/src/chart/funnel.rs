//! Steps that lose some: how many arrive, and which share of the step before.
use super::{Hue, Slice, as_table, data_table, said};
use crate::{html::escape, num};
use leptos::prelude::*;
use std::fmt::Write;

/// A funnel; each step shows its number and its share of the step before.
#[component]
pub fn Funnel(#[prop(into)] title: String, #[prop(into)] steps: Signal<Vec<Slice>>) -> impl IntoView {
    let drawn = move || steps.with(|s| draw(s));
    let table = move || {
        steps.with(|s| {
            let rows = s.iter().enumerate().map(|(i, x)| vec![x.label.clone(), said(x.value, ""), rate(s, i)]).collect();
            data_table(vec![String::new(), "Number".to_owned(), "Of the step before".to_owned()], rows)
        })
    };
    view! {
        <figure class="chart" aria-label=title.clone()>
            <ol class="funnel" inner_html=drawn></ol>
            {as_table(&title, table)}
        </figure>
    }
    .into_any()
}

fn rate(steps: &[Slice], at: usize) -> String {
    at.checked_sub(1).map_or_else(|| "100 %".to_owned(), |before| num::percent(steps[at].value, steps[before].value))
}

fn draw(steps: &[Slice]) -> String {
    let first = steps.first().map_or(1.0, |s| s.value.max(1.0));
    let mut out = String::new();
    for (at, step) in steps.iter().enumerate() {
        let share = (step.value / first * 100.0).clamp(0.0, 100.0);
        let _ = write!(
            out,
            "<li><span>{}</span><svg class=\"{}\" aria-hidden=\"true\"><rect class=\"track\" width=\"100%\" height=\"26\" rx=\"4\"/><rect class=\"bk\" width=\"{share:.2}%\" height=\"26\" rx=\"4\"/></svg><span class=\"num\">{} <small>{}</small></span></li>",
            escape(&step.label),
            step.hue.unwrap_or(Hue::Accent).class(),
            num::short(step.value),
            rate(steps, at)
        );
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_step_tells_its_share_of_the_one_before() {
        let html = draw(&[Slice::new("Seen", 200.0), Slice::new("Played", 50.0), Slice::new("Left", 25.0)]);
        assert!(html.contains("width=\"25.00%\"") && html.contains("<small>25 %</small>") && html.contains("<small>50 %</small>"));
    }
}
