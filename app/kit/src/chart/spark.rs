//! A small curve without axes.
use super::{Hue, said};
use leptos::prelude::*;
use std::fmt::Write;

/// The last values of something as a small curve; `label` says what they are.
#[component]
pub fn Sparkline(
    #[prop(into)] label: String,
    values: Vec<f64>,
    #[prop(optional)] hue: Hue,
    #[prop(optional, into)] unit: String,
) -> impl IntoView {
    let words = match (values.first(), values.last()) {
        (Some(first), Some(last)) => format!("{label}: from {} to {}", said(*first, &unit), said(*last, &unit)),
        _ => format!("{label}: no values"),
    };
    view! { <span class="block" role="img" aria-label=words>{spark_view(&values, hue)}</span> }.into_any()
}

pub(crate) fn spark_view(values: &[f64], hue: Hue) -> AnyView {
    let (line, area) = paths(values);
    view! {
        <svg class=format!("spark {}", hue.class()) viewBox="0 0 100 28" preserveAspectRatio="none" aria-hidden="true">
            <path class="ar" d=area></path>
            <path class="ln" d=line></path>
        </svg>
    }
    .into_any()
}

fn paths(values: &[f64]) -> (String, String) {
    let (min, max) = values.iter().fold((f64::MAX, f64::MIN), |(lo, hi), v| (lo.min(*v), hi.max(*v)));
    let span = if max > min { max - min } else { 1.0 };
    let mut line = String::new();
    for (i, v) in values.iter().enumerate() {
        let x = i as f64 / (values.len().max(2) - 1) as f64 * 100.0;
        let y = 26.0 - (v - min) / span * 24.0;
        let _ = write!(line, "{}{x:.1} {y:.1}", if i == 0 { 'M' } else { 'L' });
    }
    let area = if line.is_empty() { String::new() } else { format!("{line}L100 28L0 28Z") };
    (line, area)
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_flat_curve_does_not_divide_by_zero() {
        assert_eq!(super::paths(&[3.0, 3.0]).0, "M0.0 26.0L100.0 26.0");
        assert_eq!(super::paths(&[]).0, "");
    }
}
