//! Lines, areas, bars, stacked bars.
use super::{
    ChartData, as_table, data_table,
    draw::{Kind, axis_width, draw, end_width, place},
    legend_item, said,
};
use crate::dom;
use leptos::{ev, html, prelude::*};

/// Lines over time; `area=true` fills under them.
#[component]
pub fn LineChart(
    /// Read aloud, and the name of the table alternative.
    #[prop(into)]
    title: String,
    #[prop(into)] data: Signal<ChartData>,
    #[prop(optional, into)] unit: String,
    #[prop(default = 200)] height: u32,
    #[prop(optional)] area: bool,
) -> impl IntoView {
    xy(title, data, unit, height, if area { Kind::Area } else { Kind::Line })
}

/// Bars beside each other, or with `stacked=true` on top of each other.
#[component]
pub fn BarChart(
    #[prop(into)] title: String,
    #[prop(into)] data: Signal<ChartData>,
    #[prop(optional, into)] unit: String,
    #[prop(default = 200)] height: u32,
    #[prop(optional)] stacked: bool,
) -> impl IntoView {
    xy(title, data, unit, height, if stacked { Kind::Stacked } else { Kind::Bars })
}

fn xy(title: String, data: Signal<ChartData>, unit: String, height: u32, kind: Kind) -> AnyView {
    let at = RwSignal::new(None::<usize>);
    let plot = NodeRef::<html::Div>::new();
    let drawn = {
        let unit = unit.clone();
        move || data.with(|d| draw(d, &unit, height, kind))
    };
    let table = {
        let unit = unit.clone();
        move || data.with(|d| table(d, &unit))
    };
    let show = move |event: &leptos::web_sys::Event| {
        let index = dom::closest(event, "[data-i]").and_then(|c| c.get_attribute("data-i")).and_then(|i| i.parse().ok());
        if at.get_untracked() != index {
            at.set(index);
        }
    };
    let keys = move |event: ev::KeyboardEvent| {
        let Some(plot) = plot.get_untracked() else {
            return;
        };
        if event.key() == "Escape" && at.get_untracked().is_some() {
            at.set(None);
        } else if !dom::move_focus(&columns(&plot), &event.key(), "ArrowLeft", "ArrowRight") {
            return;
        }
        event.prevent_default();
        event.stop_propagation();
    };
    let tip = move || at.get().and_then(|i| data.with(|d| tip(d, i, &unit, kind)));
    let legend = move || data.with(|d| legend(d, kind));
    view! {
        <figure class="chart" aria-label=title.clone()>
            <ul class="legend" aria-hidden="true" inner_html=legend></ul>
            <div class="relative">
                <div
                    node_ref=plot inner_html=drawn
                    on:pointerover=move |event| show(&event) on:focusin=move |event| show(&event)
                    on:pointerleave=move |_| at.set(None) on:focusout=move |_| at.set(None) on:keydown=keys
                ></div>
                {tip}
            </div>
            {as_table(&title, table)}
        </figure>
    }
    .into_any()
}

/// The places of the plot, which take the focus one after another.
fn columns(plot: &leptos::web_sys::Element) -> Vec<leptos::web_sys::HtmlElement> {
    let Ok(list) = plot.query_selector_all("[data-i]") else {
        return Vec::new();
    };
    // SVG elements focus like HTML ones; the cast only lends the method.
    (0..list.length()).filter_map(|i| list.item(i).map(wasm_bindgen::JsCast::unchecked_into)).collect()
}

fn legend(data: &ChartData, kind: Kind) -> String {
    let mut out = String::new();
    // One series needs no key, and up to four lines carry their names at their ends.
    let direct = matches!(kind, Kind::Line | Kind::Area) && data.series.len() <= 4;
    if data.series.len() > 1 && !direct {
        for (i, series) in data.series.iter().enumerate() {
            legend_item(&mut out, data.hue(i), &series.name);
        }
    }
    out
}

fn table(data: &ChartData, unit: &str) -> String {
    let head = std::iter::once(String::new()).chain(data.series.iter().map(|s| s.name.clone())).collect();
    let rows = data.labels.iter().enumerate().map(|(i, label)| {
        let values = (0..data.series.len()).map(|s| data.value(s, i).map_or_else(|| "–".to_owned(), |v| said(v, unit)));
        std::iter::once(label.clone()).chain(values).collect()
    });
    data_table(head, rows.collect())
}

fn tip(data: &ChartData, at: usize, unit: &str, kind: Kind) -> Option<AnyView> {
    let label = data.labels.get(at)?.clone();
    let x = place(data, at, kind);
    let shift = if x < 25.0 {
        "0"
    } else if x > 75.0 {
        "-100%"
    } else {
        "-50%"
    };
    let lines = (0..data.series.len())
        .filter_map(|s| {
            let value = said(data.value(s, at)?, unit);
            Some(
                view! { <span class=data.hue(s).class()><span class="key"></span>{data.series[s].name.clone()}<i>{value}</i></span> }
                    .into_any(),
            )
        })
        .collect_view();
    // Over the plot only: the axis column stands left of it.
    let left = format!(
        "calc({}px + (100% - {}px - {}px) * {:.4})",
        axis_width(data, kind),
        axis_width(data, kind),
        end_width(data, kind),
        x / 100.0
    );
    Some(view! { <div class="tip" aria-hidden="true" style:left=left style:translate=shift><b>{label}</b>{lines}</div> }.into_any())
}
