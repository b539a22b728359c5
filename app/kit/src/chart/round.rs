//! Shares of a whole, and how full something is.
use super::{Hue, Slice, as_table, data_table, said};
use crate::{
    html::{escape, push_text},
    num,
};
use leptos::prelude::*;
use std::fmt::Write;

/// Shares of a whole, each named with its value beside the ring; a slice with `href` leads to its list.
#[component]
pub fn Donut(
    #[prop(into)] title: String,
    #[prop(into)] slices: Signal<Vec<Slice>>,
    /// What is counted, under the total: "features".
    #[prop(optional, into)]
    unit: String,
) -> impl IntoView {
    let named = title.clone();
    let unit = StoredValue::new(unit);
    let ring = move || slices.with(|s| unit.with_value(|u| ring(s, u, &named)));
    let legend = move || slices.with(|s| legend(s));
    let table = move || {
        slices.with(|s| {
            let total: f64 = s.iter().map(|x| x.value).sum();
            let rows = s.iter().map(|x| vec![x.label.clone(), said(x.value, ""), num::percent(x.value, total)]).collect();
            data_table(vec![String::new(), "Number".to_owned(), "Share".to_owned()], rows)
        })
    };
    view! {
        <figure class="chart" aria-label=title.clone()>
            <div class="donut"><div inner_html=ring></div><ul class="legend" inner_html=legend></ul></div>
            {as_table(&title, table)}
        </figure>
    }
    .into_any()
}

fn hue(slices: &[Slice], at: usize) -> &'static str {
    slices[at].hue.unwrap_or(Hue::nth(at)).class()
}

/// The radius whose circumference is 100, so that shares are lengths.
const R: f64 = 15.915_494;

fn ring(slices: &[Slice], unit: &str, title: &str) -> String {
    let total: f64 = slices.iter().map(|s| s.value).sum();
    let words: Vec<String> = slices.iter().map(|s| format!("{} {}", s.label, said(s.value, ""))).collect();
    let mut out = format!("<svg viewBox=\"0 0 40 40\" role=\"img\" aria-label=\"{}: {}\">", escape(title), escape(&words.join(", ")));
    let _ = write!(out, "<circle cx=\"20\" cy=\"20\" r=\"{R}\" fill=\"none\" stroke=\"var(--sunken)\" stroke-width=\"4.4\"/>");
    let mut done = 0.0;
    let parts = slices.iter().filter(|s| s.value > 0.0).count();
    for (at, slice) in slices.iter().enumerate().filter(|(_, s)| s.value > 0.0) {
        let share = slice.value / total * 100.0;
        // A hair between neighbours; a sliver keeps some length of its own.
        let length = if parts > 1 { (share - 0.7).max(0.5) } else { 100.0 };
        let _ = write!(
            out,
            "<circle class=\"arc {}\" cx=\"20\" cy=\"20\" r=\"{R}\" stroke-width=\"4.4\" stroke-dasharray=\"{length:.2} {:.2}\" stroke-dashoffset=\"{:.2}\"><title>{}: {}</title></circle>",
            hue(slices, at),
            100.0 - length,
            25.0 - done,
            escape(&slice.label),
            said(slice.value, "")
        );
        done += share;
    }
    let _ = write!(out, "<text class=\"total\" x=\"20\" y=\"{}\">{}</text>", if unit.is_empty() { 22.4 } else { 21.2 }, num::short(total));
    if !unit.is_empty() {
        let _ = write!(out, "<text class=\"unit\" x=\"20\" y=\"25.6\">{}</text>", escape(unit));
    }
    out.push_str("</svg>");
    out
}

fn legend(slices: &[Slice]) -> String {
    let total: f64 = slices.iter().map(|s| s.value).sum();
    let mut out = String::new();
    for (at, slice) in slices.iter().enumerate() {
        let _ = write!(out, "<li class=\"{}\"><span class=\"key\"></span>", hue(slices, at));
        match &slice.href {
            Some(href) => {
                let _ = write!(out, "<a class=\"hover:underline\" href=\"{}\">{}</a>", escape(href), escape(&slice.label));
            }
            None => {
                out.push_str("<span>");
                push_text(&mut out, &slice.label);
                out.push_str("</span>");
            }
        }
        let _ = write!(out, "<b>{}</b><small>{}</small></li>", said(slice.value, ""), num::percent(slice.value, total));
    }
    out
}

/// How full something is, against its limit.
#[component]
pub fn Gauge(
    #[prop(into)] title: String,
    #[prop(into)] value: Signal<f64>,
    #[prop(default = 100.0)] max: f64,
    /// Under the figure: "of 5,000 calls".
    #[prop(optional, into)]
    unit: String,
    #[prop(optional)] hue: Hue,
) -> impl IntoView {
    // A half circle of radius 16 is 50.27 long.
    const LENGTH: f64 = 50.265;
    let filled = move || format!("{:.2} 200", (value.get() / max).clamp(0.0, 1.0) * LENGTH);
    let words = {
        let unit = unit.clone();
        move || format!("{title}: {} {unit}", said(value.get(), ""))
    };
    view! {
        <figure class="chart gauge">
            <svg viewBox="0 0 40 24" role="img" aria-label=words>
                <path class="track" d="M4 21a16 16 0 0 1 32 0" stroke-width="4.4" stroke-linecap="round"></path>
                <path class=format!("arc {}", hue.class()) d="M4 21a16 16 0 0 1 32 0" stroke-width="4.4" stroke-dasharray=filled></path>
                <text class="total" x="20" y="18.4">{move || num::short(value.get())}</text>
                <text class="unit" x="20" y="23">{unit}</text>
            </svg>
        </figure>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_fill_the_ring() {
        let svg = ring(&[Slice::new("Passing", 3.0), Slice::new("Failing", 1.0), Slice::new("None", 0.0)], "features", "By status");
        assert!(svg.contains("stroke-dasharray=\"74.30 25.70\" stroke-dashoffset=\"25.00\""));
        assert!(svg.contains("stroke-dashoffset=\"-50.00\""));
        assert_eq!(svg.matches("class=\"arc").count(), 2);
        assert!(ring(&[], "", "x").contains(">0</text>"));
    }
}
