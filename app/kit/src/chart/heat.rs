//! Two dimensions and a strength: days by hours, features by runs.
use super::{as_table, data_table, said};
use crate::{dom, html::escape};
use leptos::{html, prelude::*};
use std::fmt::Write;

/// A heat map. `values[row][column]`; `None` is a cell without a value.
#[component]
pub fn HeatMap(
    #[prop(into)] title: String,
    rows: Vec<String>,
    columns: Vec<String>,
    #[prop(into)] values: Signal<Vec<Vec<Option<f64>>>>,
    #[prop(optional, into)] unit: String,
) -> impl IntoView {
    let plot = NodeRef::<html::Div>::new();
    let names = StoredValue::new((rows, columns, unit));
    let drawn = move || values.with(|v| names.with_value(|(r, c, u)| draw(r, c, v, u)));
    let table = move || {
        values.with(|v| {
            names.with_value(|(rows, columns, unit)| {
                let head = std::iter::once(String::new()).chain(columns.iter().cloned()).collect();
                let cell = |x: &Option<f64>| x.map_or_else(|| "–".to_owned(), |x| said(x, unit));
                let body = rows.iter().zip(v).map(|(name, row)| std::iter::once(name.clone()).chain(row.iter().map(cell)).collect());
                data_table(head, body.collect())
            })
        })
    };
    let keys = move |event: leptos::ev::KeyboardEvent| {
        let Some(plot) = plot.get_untracked() else {
            return;
        };
        let Ok(list) = plot.query_selector_all("rect[tabindex]") else {
            return;
        };
        let cells: Vec<leptos::web_sys::HtmlElement> =
            (0..list.length()).filter_map(|i| list.item(i).map(wasm_bindgen::JsCast::unchecked_into)).collect();
        let wide = names.with_value(|(_, columns, _)| columns.len());
        let here = dom::active().and_then(|a| cells.iter().position(|c| c.is_same_node(Some(&a)))).unwrap_or(0);
        let to = match event.key().as_str() {
            "ArrowRight" => here + 1,
            "ArrowLeft" => here.wrapping_sub(1),
            "ArrowDown" => here + wide,
            "ArrowUp" => here.wrapping_sub(wide),
            _ => return,
        };
        event.prevent_default();
        if let Some(cell) = cells.get(to) {
            dom::focus(cell);
        }
    };
    let key = "<li>Less</li><li class=\"heat\"><svg width=\"66\" height=\"10\"><rect class=\"h0\" width=\"10\" height=\"10\"/><rect class=\"h1\" x=\"14\" width=\"10\" height=\"10\"/><rect class=\"h2\" x=\"28\" width=\"10\" height=\"10\"/><rect class=\"h3\" x=\"42\" width=\"10\" height=\"10\"/><rect class=\"h4\" x=\"56\" width=\"10\" height=\"10\"/></svg></li><li>More</li>";
    view! {
        <figure class="chart heat" aria-label=title.clone()>
            <div node_ref=plot inner_html=drawn on:keydown=keys></div>
            <ul class="legend" aria-hidden="true" inner_html=key></ul>
            {as_table(&title, table)}
        </figure>
    }
    .into_any()
}

fn draw(rows: &[String], columns: &[String], values: &[Vec<Option<f64>>], unit: &str) -> String {
    const CELL: usize = 20;
    let max = values.iter().flatten().flatten().fold(0f64, |m, v| m.max(*v));
    let left = rows.iter().map(|r| r.chars().count()).max().unwrap_or(0) * 7 + 10;
    let height = rows.len() * CELL;
    let wide = 100.0 / columns.len().max(1) as f64;
    let mut out =
        format!("<div class=\"chart-plot\"><svg class=\"axis-y\" width=\"{left}\" height=\"{}\" aria-hidden=\"true\">", height + 18);
    for (r, name) in rows.iter().enumerate() {
        let _ = write!(out, "<text x=\"{}\" y=\"{}\" text-anchor=\"end\">{}</text>", left - 8, r * CELL + 13, escape(name));
    }
    let _ = write!(out, "</svg><svg class=\"plot\" height=\"{}\" role=\"group\" aria-label=\"Cells\">", height + 18);
    let step = super::scale::label_step(columns.len(), 8);
    for (c, name) in columns.iter().enumerate().filter(|(c, _)| c % step == 0) {
        let _ =
            write!(out, "<text x=\"{:.2}%\" y=\"{}\" text-anchor=\"middle\">{}</text>", (c as f64 + 0.5) * wide, height + 13, escape(name));
    }
    for (r, row) in values.iter().enumerate().take(rows.len()) {
        for (c, value) in row.iter().enumerate().take(columns.len()) {
            let level = match value {
                Some(v) if *v > 0.0 && max > 0.0 => ((v / max * 4.0).ceil() as usize).clamp(1, 4),
                _ => 0,
            };
            let words = format!("{}, {}: {}", rows[r], columns[c], value.map_or_else(|| "no value".to_owned(), |v| said(v, unit)));
            let _ = write!(
                out,
                "<rect class=\"h{level}\" x=\"{:.3}%\" y=\"{}\" width=\"{:.3}%\" height=\"{}\" tabindex=\"{}\" role=\"img\" aria-label=\"{words}\"><title>{words}</title></rect>",
                c as f64 * wide + wide * 0.06,
                r * CELL + 1,
                wide * 0.88,
                CELL - 3,
                if r == 0 && c == 0 { 0 } else { -1 },
                words = escape(&words),
            );
        }
    }
    out.push_str("</svg></div>");
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_graded_and_named() {
        let svg = draw(&["Mon".into()], &["8".into(), "9".into()], &[vec![Some(4.0), None]], "runs");
        assert!(svg.contains("class=\"h4\"") && svg.contains("class=\"h0\""));
        assert!(svg.contains("aria-label=\"Mon, 8: 4 runs\"") && svg.contains("Mon, 9: no value"));
    }
}
