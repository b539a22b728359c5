//! Times as people read them: "5 min ago", with the exact time on hover.
use crate::html::push_text;
use chrono::{DateTime, Datelike, Timelike, Utc};
use leptos::prelude::*;
use std::fmt::Write;

/// Now, on the server and in the browser.
pub fn now() -> DateTime<Utc> {
    #[cfg(target_arch = "wasm32")]
    return DateTime::from_timestamp_millis(js_sys::Date::now() as i64).unwrap_or_default();
    #[cfg(not(target_arch = "wasm32"))]
    Utc::now()
}

/// The distance between two times in words, then a date when it is more than a week.
pub fn ago_text(at: DateTime<Utc>, now: DateTime<Utc>) -> String {
    let seconds = (now - at).num_seconds();
    let (past, s) = (seconds >= 0, seconds.unsigned_abs());
    let span = match s {
        0..=44 => return if past { "just now" } else { "in a moment" }.to_owned(),
        45..=3569 => format!("{} min", ((s + 30) / 60).max(1)),
        3570..=84_599 => format!("{} h", (s + 1800) / 3600),
        84_600..=129_599 => return if past { "yesterday" } else { "tomorrow" }.to_owned(),
        129_600..=648_000 => format!("{} days", (s + 43_200) / 86_400),
        _ if at.year() == now.year() => return short_day(&at),
        _ => return day_text(at),
    };
    if past { format!("{span} ago") } else { format!("in {span}") }
}

/// A day: "10 Mar 2026".
pub fn day_text(at: DateTime<Utc>) -> String {
    format!("{} {} {}", at.day(), month(&at), at.year())
}

/// The exact time, as the tooltip shows it before the browser turns it into local time.
pub fn exact_text(at: DateTime<Utc>) -> String {
    format!("{}, {:02}:{:02} UTC", day_text(at), at.hour(), at.minute())
}

/// The time as `datetime` attributes have it: `2026-03-10T12:00:00Z`.
pub fn stamp(at: DateTime<Utc>) -> String {
    // By hand, here and above: chrono's formatter is general, slow, and large in the browser.
    format!("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}Z", at.year(), at.month(), at.day(), at.hour(), at.minute(), at.second())
}

/// A day of this year: "10 Mar".
pub fn short_day(at: &impl Datelike) -> String {
    format!("{} {}", at.day(), month(at))
}

fn month(at: &impl Datelike) -> &'static str {
    const NAMES: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    NAMES[at.month0() as usize]
}

/// Writes a `<time>` that the page clock keeps fresh.
pub fn push_ago(out: &mut String, at: DateTime<Utc>, now: DateTime<Utc>) {
    let _ = write!(out, "<time data-ago datetime=\"{}\" title=\"{}\">", stamp(at), exact_text(at));
    push_text(out, &ago_text(at, now));
    out.push_str("</time>");
}

/// A relative time. The server writes the words; [`start_clock`] keeps them fresh in the browser.
#[component]
pub fn Ago(at: DateTime<Utc>) -> impl IntoView {
    let stamp = stamp(at);
    view! { <time data-ago="" datetime=stamp title=exact_text(at)>{ago_text(at, now())}</time> }.into_any()
}

/// Rewrites every `<time data-ago>` each half minute, and its title in local time once. The shell calls it once; one
/// clock for the page costs less than a signal per time.
pub fn start_clock() {
    crate::effect(move || {
        tick();
        let handle = set_interval_with_handle(tick, std::time::Duration::from_secs(30));
        on_cleanup(move || {
            if let Ok(handle) = handle {
                handle.clear();
            }
        });
    });
}

fn tick() {
    let Some(body) = document().body() else {
        return;
    };
    let now = now();
    for element in crate::dom::all(&body, "time[data-ago]") {
        let Some(stamp) = element.get_attribute("datetime") else {
            continue;
        };
        let Some(at) = DateTime::from_timestamp_millis(js_sys::Date::parse(&stamp) as i64) else {
            continue;
        };
        let text = ago_text(at, now);
        if element.text_content().as_deref() != Some(text.as_str()) {
            // The text node is kept: the view that owns it goes on updating the same node.
            match element.first_child() {
                Some(node) => node.set_node_value(Some(&text)),
                None => element.set_text_content(Some(&text)),
            }
        }
        if !element.has_attribute("data-local") {
            let date = js_sys::Date::new(&wasm_bindgen::JsValue::from_str(&stamp));
            let _ = element.set_attribute("title", &String::from(date.to_locale_string("default", &js_sys::Object::new())));
            let _ = element.set_attribute("data-local", "");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::TimeDelta;

    #[test]
    fn a_distance_is_said_as_people_say_it() {
        let now: DateTime<Utc> = "2026-03-10T12:00:00Z".parse().unwrap();
        let said = |seconds| ago_text(now - TimeDelta::seconds(seconds), now);
        assert_eq!(said(0), "just now");
        assert_eq!(said(-300), "in 5 min");
        assert_eq!(said(60), "1 min ago");
        assert_eq!(said(3569), "59 min ago");
        assert_eq!(said(3570), "1 h ago");
        assert_eq!(said(82_800), "23 h ago");
        assert_eq!(said(100_000), "yesterday");
        assert_eq!(said(3 * 86_400), "3 days ago");
        assert_eq!(said(20 * 86_400), "18 Feb");
        assert_eq!(said(90 * 86_400), "10 Dec 2025");
    }
}
