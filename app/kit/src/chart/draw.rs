//! The drawing of lines and bars, as text.
use super::{ChartData, said, scale};
use crate::{
    html::{escape, push_text},
    num,
};
use std::fmt::Write;

/// What is drawn over the places of an axis.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Kind {
    Line,
    Area,
    Bars,
    Stacked,
}

/// Where a place stands, in percent of the plot.
pub(super) fn place(data: &ChartData, at: usize, kind: Kind) -> f64 {
    let count = data.labels.len();
    match kind {
        Kind::Line | Kind::Area if count > 1 => at as f64 / (count - 1) as f64 * 100.0,
        Kind::Line | Kind::Area => 50.0,
        _ => (at as f64 + 0.5) / count.max(1) as f64 * 100.0,
    }
}

fn bounds(data: &ChartData, kind: Kind) -> (f64, f64) {
    let places = 0..data.labels.len();
    let each = places.map(|i| {
        let values = (0..data.series.len()).filter_map(|s| data.value(s, i));
        if kind == Kind::Stacked {
            values.fold((0.0, 0.0), |(lo, hi), v| if v < 0.0 { (lo + v, hi) } else { (lo, hi + v) })
        } else {
            values.fold((0f64, 0f64), |(lo, hi), v| (lo.min(v), hi.max(v)))
        }
    });
    each.fold((0.0, 0.0), |(lo, hi), (l, h)| (f64::min(lo, l), f64::max(hi, h)))
}

fn axis_ticks(data: &ChartData, kind: Kind) -> Vec<f64> {
    let (min, max) = bounds(data, kind);
    scale::ticks(min, max, 4)
}

/// The room of the axis labels, by the longest of them.
pub(super) fn axis_width(data: &ChartData, kind: Kind) -> usize {
    axis_ticks(data, kind).iter().map(|t| num::short(*t).chars().count()).max().unwrap_or(1) * 7 + 10
}

/// The room of the names at the ends of lines.
pub(super) fn end_width(data: &ChartData, kind: Kind) -> usize {
    let direct = matches!(kind, Kind::Line | Kind::Area) && (2..=4).contains(&data.series.len());
    if direct { data.series.iter().map(|s| s.name.chars().count()).max().unwrap_or(0).min(18) * 6 + 14 } else { 0 }
}

pub(super) fn draw(data: &ChartData, unit: &str, height: u32, kind: Kind) -> String {
    let ticks = axis_ticks(data, kind);
    let (low, high) = (ticks.first().copied().unwrap_or(0.0), ticks.last().copied().unwrap_or(1.0));
    let h = f64::from(height);
    let y = |v: f64| h - (v - low) / (high - low) * h;
    let mut out = String::with_capacity(4096);
    let (left, right) = (axis_width(data, kind), end_width(data, kind));
    // Three columns: axis, plot, names at the ends. The outer SVG is as wide as its box; the plot inside takes percentages.
    let _ =
        write!(out, "<div class=\"chart-plot\"><svg class=\"axis-y\" width=\"{left}\" height=\"{}\" aria-hidden=\"true\">", height + 22);
    for tick in &ticks {
        let _ = write!(out, "<text x=\"{}\" y=\"{:.1}\" text-anchor=\"end\">{}</text>", left - 8, y(*tick) + 3.5, num::short(*tick));
    }
    let _ = write!(out, "</svg><svg class=\"plot\" height=\"{}\" role=\"group\" aria-label=\"Values\">", height + 22);
    for tick in &ticks {
        let class = if *tick == 0.0 { "base-line" } else { "grid-line" };
        let _ = write!(out, "<line class=\"{class}\" x1=\"0\" x2=\"100%\" y1=\"{0:.1}\" y2=\"{0:.1}\"/>", y(*tick));
    }
    push_x_labels(&mut out, data, kind, h);
    match kind {
        Kind::Line | Kind::Area => push_lines(&mut out, data, kind, h, &y),
        Kind::Bars | Kind::Stacked => {}
    }
    for at in 0..data.labels.len() {
        push_place(&mut out, data, unit, kind, at, h, &y);
    }
    out.push_str("</svg>");
    if right > 0 {
        let _ = write!(out, "<svg width=\"{right}\" height=\"{}\" aria-hidden=\"true\">", height + 22);
        push_end_names(&mut out, data, &y);
        out.push_str("</svg>");
    }
    out.push_str("</div>");
    out
}

fn push_x_labels(out: &mut String, data: &ChartData, kind: Kind, h: f64) {
    let count = data.labels.len();
    let longest = data.labels.iter().map(|l| l.chars().count()).max().unwrap_or(1);
    // Half a page wide; the first label begins at its place instead of lying about it.
    let room = match longest {
        ..=4 => 8,
        5..=7 => 6,
        _ => 4,
    };
    let step = scale::label_step(count, room);
    for (at, label) in data.labels.iter().enumerate().filter(|(at, _)| at % step == 0) {
        let x = place(data, at, kind);
        let anchor = match kind {
            Kind::Line | Kind::Area if x < 1.0 => "start",
            Kind::Line | Kind::Area if x > 99.0 => "end",
            _ => "middle",
        };
        let _ = write!(out, "<text x=\"{x:.2}%\" y=\"{:.1}\" text-anchor=\"{anchor}\">", h + 17.0);
        push_text(out, label);
        out.push_str("</text>");
    }
}

/// The lines stretch with the box; their strokes do not.
fn push_lines(out: &mut String, data: &ChartData, kind: Kind, h: f64, y: &impl Fn(f64) -> f64) {
    let _ = write!(out, "<svg viewBox=\"0 0 1000 {h}\" width=\"100%\" height=\"{h}\" preserveAspectRatio=\"none\" aria-hidden=\"true\">");
    for (s, series) in data.series.iter().enumerate() {
        let mut path = String::new();
        let mut fill = String::new();
        let mut start = None;
        let mut last = 0.0;
        for at in 0..=data.labels.len() {
            let point = (at < data.labels.len()).then(|| data.value(s, at)).flatten();
            let x = if at < data.labels.len() { place(data, at, kind) * 10.0 } else { last };
            match (point, start) {
                (Some(v), None) => {
                    let _ = write!(path, "M{x:.1} {:.1}", y(v));
                    let _ = write!(fill, "M{x:.1} {:.1}L{x:.1} {:.1}", y(0.0), y(v));
                    start = Some(x);
                }
                (Some(v), Some(_)) => {
                    let _ = write!(path, "L{x:.1} {:.1}", y(v));
                    let _ = write!(fill, "L{x:.1} {:.1}", y(v));
                }
                (None, Some(_)) => {
                    let _ = write!(fill, "L{last:.1} {:.1}Z", y(0.0));
                    start = None;
                }
                (None, None) => {}
            }
            last = x;
        }
        let hue = data.hue(s).class();
        if kind == Kind::Area && !series.dashed {
            let _ = write!(out, "<path class=\"ar {hue}\" d=\"{fill}\"/>");
        }
        let _ = write!(out, "<path class=\"ln {hue}{}\" d=\"{path}\"/>", if series.dashed { " dash" } else { "" });
    }
    out.push_str("</svg>");
}

/// One place: what it says aloud, the area that answers the pointer, and its marks.
fn push_place(out: &mut String, data: &ChartData, unit: &str, kind: Kind, at: usize, h: f64, y: &impl Fn(f64) -> f64) {
    let count = data.labels.len() as f64;
    let x = place(data, at, kind);
    let values: Vec<String> =
        (0..data.series.len()).filter_map(|s| data.value(s, at).map(|v| format!("{} {}", data.series[s].name, said(v, unit)))).collect();
    let words = format!("{}: {}", data.labels[at], if values.is_empty() { "no value".to_owned() } else { values.join(", ") });
    let _ = write!(
        out,
        "<g class=\"col\" data-i=\"{at}\" tabindex=\"{}\" role=\"img\" aria-label=\"{}\">",
        if at == 0 { 0 } else { -1 },
        escape(&words)
    );
    let line = matches!(kind, Kind::Line | Kind::Area);
    let wide = if line { 100.0 / (count - 1.0).max(1.0) } else { 100.0 / count };
    let from = (x - wide / 2.0).max(0.0);
    let _ =
        write!(out, "<rect class=\"hit\" x=\"{from:.2}%\" y=\"0\" width=\"{:.2}%\" height=\"{h}\"/>", (x + wide / 2.0).min(100.0) - from);
    if line {
        let _ = write!(out, "<line class=\"mark-line\" x1=\"{x:.2}%\" x2=\"{x:.2}%\" y1=\"0\" y2=\"{h}\"/>");
        for s in 0..data.series.len() {
            if let Some(v) = data.value(s, at) {
                let _ = write!(out, "<circle class=\"pt {}\" cx=\"{x:.2}%\" cy=\"{:.1}\" r=\"3.5\"/>", data.hue(s).class(), y(v));
            }
        }
    } else {
        push_bars(out, data, kind, at, wide, y);
    }
    out.push_str("</g>");
}

fn push_bars(out: &mut String, data: &ChartData, kind: Kind, at: usize, wide: f64, y: &impl Fn(f64) -> f64) {
    let series = data.series.len();
    let x = place(data, at, kind);
    let group = wide * if data.labels.len() > 20 { 0.8 } else { 0.62 };
    let (mut up, mut down) = (0.0, 0.0);
    for s in 0..series {
        let Some(v) = data.value(s, at).filter(|v| *v != 0.0) else {
            continue;
        };
        let (from, left, width) = if kind == Kind::Stacked {
            let base = if v < 0.0 { &mut down } else { &mut up };
            let from = *base;
            *base += v;
            (from, x - group / 2.0, group)
        } else {
            let each = group / series as f64;
            (0.0, x - group / 2.0 + each * s as f64, each * if series > 1 { 0.9 } else { 1.0 })
        };
        let (top, bottom) = (y(from + v).min(y(from)), y(from + v).max(y(from)));
        // A hair of paper between the parts of a stack tells them apart without colour.
        let gap = if kind == Kind::Stacked && from != 0.0 { 1.0 } else { 0.0 };
        let _ = write!(
            out,
            "<rect class=\"bk {}\" x=\"{left:.2}%\" y=\"{top:.1}\" width=\"{width:.2}%\" height=\"{:.1}\" rx=\"1.5\"/>",
            data.hue(s).class(),
            (bottom - top - gap).max(1.0)
        );
        if series == 1 && data.labels.len() <= 10 {
            let _ =
                write!(out, "<text class=\"lead\" x=\"{x:.2}%\" y=\"{:.1}\" text-anchor=\"middle\">{}</text>", top - 5.0, num::short(v));
        }
    }
}

/// Names where the lines end, pushed apart when they would touch.
fn push_end_names(out: &mut String, data: &ChartData, y: &impl Fn(f64) -> f64) {
    let mut ends: Vec<(f64, usize)> =
        (0..data.series.len()).filter_map(|s| data.series[s].values.iter().rev().find_map(|v| *v).map(|v| (y(v), s))).collect();
    ends.sort_by(|a, b| a.0.total_cmp(&b.0));
    for i in 1..ends.len() {
        if ends[i].0 < ends[i - 1].0 + 13.0 {
            ends[i].0 = ends[i - 1].0 + 13.0;
        }
    }
    for (at, s) in ends {
        let name: String = data.series[s].name.chars().take(18).collect();
        let _ = write!(out, "<circle class=\"bk {}\" cx=\"7\" cy=\"{at:.1}\" r=\"3\"/>", data.hue(s).class());
        let _ = write!(out, "<text class=\"lead\" x=\"14\" y=\"{:.1}\">{}</text>", at + 3.5, escape(&name));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chart::Series;

    fn two() -> ChartData {
        ChartData {
            labels: vec!["Mon".into(), "Tue".into(), "<Wed>".into()],
            series: vec![
                Series::new("Passing", [1.0, 5.0, 9.0]),
                Series { values: vec![Some(2.0), None, Some(4.0)], ..Series::new("Failing", []) },
            ],
        }
    }

    #[test]
    fn a_line_chart_speaks_and_escapes() {
        let svg = draw(&two(), "features", 100, Kind::Line);
        assert!(svg.contains("aria-label=\"Mon: Passing 1 features, Failing 2 features\""));
        assert!(svg.contains("&lt;Wed&gt;") && !svg.contains("<Wed>"));
        // The gap splits the line: two moves.
        assert_eq!(svg.matches("class=\"ln k2\" d=\"M0.0").count(), 1);
        assert!(svg.contains("M1000.0"));
    }

    #[test]
    fn stacks_add_up() {
        assert_eq!(bounds(&two(), Kind::Stacked), (0.0, 13.0));
        assert_eq!(bounds(&two(), Kind::Bars), (0.0, 9.0));
        assert_eq!(draw(&two(), "", 100, Kind::Stacked).matches("class=\"bk").count(), 5);
    }
}
