//! Charts: SVG written on the server in percentages, so that it fills its box without measuring it; in the browser it is
//! redrawn when its data changes. Why not a chart crate: docs/decisions/0002-charts.md.
mod draw;
mod funnel;
mod heat;
mod round;
mod scale;
mod spark;
mod xy;

pub use funnel::Funnel;
pub use heat::HeatMap;
pub use round::{Donut, Gauge};
pub use spark::Sparkline;
pub(crate) use spark::spark_view;
pub use xy::{BarChart, LineChart};

use crate::html::{escape, push_text};
use leptos::prelude::*;

/// The colour of a series: eight that colour-blind readers tell apart, and those with a meaning.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Hue {
    #[default]
    One,
    Two,
    Three,
    Four,
    Five,
    Six,
    Seven,
    Neutral,
    Accent,
    Success,
    Warning,
    Danger,
    Info,
    Violet,
}

impl Hue {
    /// The n-th of the palette.
    pub const fn nth(n: usize) -> Self {
        [Hue::One, Hue::Two, Hue::Three, Hue::Four, Hue::Five, Hue::Six, Hue::Seven, Hue::Neutral][n % 8]
    }

    pub(crate) const fn class(self) -> &'static str {
        match self {
            Hue::One => "k1",
            Hue::Two => "k2",
            Hue::Three => "k3",
            Hue::Four => "k4",
            Hue::Five => "k5",
            Hue::Six => "k6",
            Hue::Seven => "k7",
            Hue::Neutral => "k-neutral",
            Hue::Accent => "k-accent",
            Hue::Success => "k-success",
            Hue::Warning => "k-warning",
            Hue::Danger => "k-danger",
            Hue::Info => "k-info",
            Hue::Violet => "k-violet",
        }
    }
}

/// A named row of values; `None` is a gap.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Series {
    pub name: String,
    pub values: Vec<Option<f64>>,
    pub hue: Option<Hue>,
    /// A goal or a forecast.
    pub dashed: bool,
}

impl Series {
    pub fn new(name: impl Into<String>, values: impl IntoIterator<Item = f64>) -> Self {
        Self { name: name.into(), values: values.into_iter().map(Some).collect(), hue: None, dashed: false }
    }

    pub fn hue(mut self, hue: Hue) -> Self {
        self.hue = Some(hue);
        self
    }

    pub fn dashed(mut self) -> Self {
        self.dashed = true;
        self
    }
}

/// What a line or bar chart shows: a label per place, and the series over them.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ChartData {
    pub labels: Vec<String>,
    pub series: Vec<Series>,
}

impl ChartData {
    pub(crate) fn hue(&self, series: usize) -> Hue {
        self.series[series].hue.unwrap_or(Hue::nth(series))
    }

    pub(crate) fn value(&self, series: usize, at: usize) -> Option<f64> {
        self.series[series].values.get(at).copied().flatten()
    }
}

/// A part of a whole, or a step of a funnel.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Slice {
    pub label: String,
    pub value: f64,
    pub hue: Option<Hue>,
    /// Where its legend leads: the list filtered to it.
    pub href: Option<String>,
}

impl Slice {
    pub fn new(label: impl Into<String>, value: f64) -> Self {
        Self { label: label.into(), value, hue: None, href: None }
    }

    pub fn hue(mut self, hue: Hue) -> Self {
        self.hue = Some(hue);
        self
    }

    pub fn href(mut self, href: impl Into<String>) -> Self {
        self.href = Some(href.into());
        self
    }
}

/// A value with its unit.
pub(crate) fn said(value: f64, unit: &str) -> String {
    let figure = if value.fract() == 0.0 && value.abs() < 1e15 { crate::num::group(value as i64) } else { crate::num::trim(value, 2) };
    if unit.is_empty() { figure } else { format!("{figure} {unit}") }
}

/// The same data as a table, closed until asked for.
fn data_table(head: Vec<String>, rows: Vec<Vec<String>>) -> String {
    let mut out = String::from("<table class=\"tbl tbl-dense\"><thead><tr>");
    for (i, cell) in head.iter().enumerate() {
        // The corner above the names heads nothing.
        let (open, close) = match (i, cell.is_empty()) {
            (0, true) => ("<td>", "</td>"),
            (0, false) => ("<th scope=\"col\">", "</th>"),
            _ => ("<th scope=\"col\" class=\"n\">", "</th>"),
        };
        out.push_str(open);
        push_text(&mut out, cell);
        out.push_str(close);
    }
    out.push_str("</tr></thead><tbody>");
    for row in rows {
        out.push_str("<tr>");
        for (i, cell) in row.iter().enumerate() {
            out.push_str(if i == 0 { "<td>" } else { "<td class=\"n\">" });
            push_text(&mut out, cell);
            out.push_str("</td>");
        }
        out.push_str("</tr>");
    }
    out.push_str("</tbody></table>");
    out
}

/// "Show as table" under a chart.
fn as_table(title: &str, table: impl Fn() -> String + Send + Sync + 'static) -> AnyView {
    let label = format!("{title}: table");
    view! {
        <details>
            <summary>"Show as table"</summary>
            <div class="tbl-scroll" tabindex="0" role="region" aria-label=label inner_html=table></div>
        </details>
    }
    .into_any()
}

fn legend_item(out: &mut String, hue: Hue, name: &str) {
    out.push_str("<li class=\"");
    out.push_str(hue.class());
    out.push_str("\"><span class=\"key\"></span>");
    out.push_str(&escape(name));
    out.push_str("</li>");
}
