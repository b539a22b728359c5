//! Keyboard, presses and selection of a table, by handlers on its body: none per row.
use crate::{dom, redraw};
use leptos::{ev, html, prelude::*, web_sys};
use std::collections::BTreeSet;
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement, HtmlInputElement};

/// Up and down move between rows, Home and End to the ends, X and Space select, Enter opens (it is on a link).
pub fn on_key(event: &ev::KeyboardEvent, body: &Element) {
    if event.ctrl_key() || event.meta_key() || event.alt_key() || dom::is_typing(event) {
        return;
    }
    let key = event.key();
    let here = dom::closest(event, "tr");
    let step: i32 = match key.as_str() {
        "ArrowDown" | "j" => 1,
        "ArrowUp" | "k" => -1,
        "Home" => i32::MIN,
        "End" => i32::MAX,
        "x" | " " => {
            let on_box = dom::target_element(event).is_some_and(|e| e.matches("input").unwrap_or(false));
            if let (false, Some(mark)) = (on_box, here.as_ref().and_then(|r| dom::first(r, ".pick > .box"))) {
                event.prevent_default();
                mark.click();
            }
            return;
        }
        _ => return,
    };
    event.prevent_default();
    let rows = dom::all(body, "tr[data-id]");
    let at = here.and_then(|r| rows.iter().position(|row| row.is_same_node(Some(&r)))).unwrap_or(0) as i32;
    let to = at.saturating_add(step).clamp(0, rows.len() as i32 - 1);
    if let Some(target) = rows.get(to as usize).and_then(row_focus) {
        dom::focus(&target);
        dom::scroll_near(&target);
    }
}

/// What holds the focus for a row: its link, else its first control.
fn row_focus(row: &HtmlElement) -> Option<HtmlElement> {
    dom::first(row, ".row-link").or_else(|| dom::first(row, "a, button, input, select"))
}

/// Rows that are drawn anew keep the focus: it goes to the row that the reader was on.
pub fn keep_focus(body: NodeRef<html::Tbody>, label: &str) {
    let name = format!("table {label}");
    let here = name.clone();
    crate::effect(move || {
        let Some(body) = body.get() else { return };
        // Left where it is: the table may be drawn more than once before it stays.
        if dom::active().is_none_or(|active| active.tag_name() == "BODY")
            && let Some(id) = redraw::peek(&here)
            && let Some(target) = dom::first(&body, &format!("tr[data-id='{id}']")).as_ref().and_then(row_focus)
        {
            dom::focus(&target);
        }
    });
    on_cleanup(move || {
        let Some(body) = body.try_get_untracked().flatten() else { return };
        // A menu of a row looks after itself.
        let on = dom::active().filter(|active| body.contains(Some(active)) && matches!(active.closest("[popover]"), Ok(None)));
        if let Some(id) = on.and_then(|active| active.closest("tr[data-id]").ok()?).and_then(|row| row.get_attribute("data-id")) {
            redraw::leave(&name, id);
        }
    });
}

/// A press on a row that leads somewhere goes there, unless it was on a control or ended a selection of text.
pub fn on_press(event: &ev::MouseEvent) {
    // The whole cell around a box ticks it: a finger is wider than the box.
    if let Some(cell) = dom::target_element(event).filter(|e| e.matches("td.pick").unwrap_or(false)) {
        if let Some(mark) = dom::first(&cell, ".box") {
            dom::click_later(mark);
        }
        return;
    }
    if event.default_prevented()
        || event.button() != 0
        || dom::closest(event, "a, button, input, select, textarea, label, summary, [role=button], dialog, [popover]").is_some()
    {
        return;
    }
    let selecting = window().get_selection().ok().flatten().is_some_and(|s| !s.is_collapsed());
    if let (false, Some(link)) = (selecting, dom::closest(event, "tr").and_then(|r| dom::first(&r, ".row-link"))) {
        if event.ctrl_key() || event.meta_key() {
            let _ = window().open_with_url_and_target(&link.get_attribute("href").unwrap_or_default(), "_blank");
        } else {
            dom::click_later(link);
        }
    }
}

/// A box was ticked: with Shift, so are those since the last one.
pub fn on_pick(event: &ev::MouseEvent, body: &Element, selected: RwSignal<BTreeSet<String>>, anchor: StoredValue<Option<String>>) {
    let Some(mark) = dom::target_element(event).and_then(|e| e.dyn_into::<HtmlInputElement>().ok()) else {
        return;
    };
    let Some(row) = dom::closest(event, "tr[data-id]") else {
        return;
    };
    if !mark.matches(".pick > .box").unwrap_or(false) {
        return;
    }
    let id = row.get_attribute("data-id").unwrap_or_default();
    let on = mark.checked();
    let mut ids = vec![id.clone()];
    if let (true, Some(from)) = (event.shift_key(), anchor.get_value()) {
        let all: Vec<String> = dom::all(body, "tr[data-id]").iter().filter_map(|r| r.get_attribute("data-id")).collect();
        if let (Some(a), Some(b)) = (all.iter().position(|i| *i == from), all.iter().position(|i| *i == id)) {
            ids = all[a.min(b)..=a.max(b)].to_vec();
        }
    }
    anchor.set_value(Some(id));
    selected.update(|set| {
        for id in ids {
            if on {
                set.insert(id);
            } else {
                set.remove(&id);
            }
        }
    });
}

/// Brings the boxes and the mark of the open row in line with the signals.
pub fn sync(body: &Element, selected: Option<&BTreeSet<String>>, open: &str) {
    for row in dom::all(body, "tr[data-id]") {
        let id = row.get_attribute("data-id").unwrap_or_default();
        if let Some(mark) = dom::first(&row, ".pick > .box").and_then(|m| m.dyn_into::<HtmlInputElement>().ok()) {
            mark.set_checked(selected.is_some_and(|s| s.contains(&id)));
        }
        if id == open && !open.is_empty() {
            let _ = row.set_attribute("aria-current", "true");
        } else if row.has_attribute("aria-current") {
            let _ = row.remove_attribute("aria-current");
        }
    }
}
