//! Changes in place: one small menu for all rows, opened by a press on a cell or by S, P and E on a row.
use super::{Ctx, edit::To};
use crate::words::{priority_tone, status_tone};
use factory::features::{FeaturePatch, FeatureRow, Priority};
use kit::{Status, TextField, dom};
use leptos::{ev, html, prelude::*, web_sys};
use uuid::Uuid;
use wasm_bindgen::JsCast;

/// What is being changed: which row, which field, and where its cell stands.
#[derive(Clone, PartialEq)]
struct Open {
    row: FeatureRow,
    field: &'static str,
}

/// The menu's state; one a page.
#[derive(Clone, Copy)]
struct Inline {
    open: RwSignal<Option<Open>>,
    pop: NodeRef<html::Div>,
}

/// The menu itself, hidden until a cell asks for it.
pub fn popover(ctx: Ctx) -> AnyView {
    let inline = Inline { open: RwSignal::new(None), pop: NodeRef::new() };
    // Rows are drawn again and again; the menu stays, so what is typed in it stays too.
    OPEN.with(|slot| slot.set(Some(inline)));
    on_cleanup(|| OPEN.with(|slot| slot.set(None)));
    let inside = kit::part(move || inline.open.with(Option::is_some), move || InlineMenu { ctx, inline });
    view! {
        <div
            node_ref=inline.pop popover="auto" class="pop" role="menu" aria-label="Change"
            on:toggle=move |_| {
                let shown = inline.pop.get_untracked().is_some_and(|p| p.matches(":popover-open").unwrap_or(false));
                if !shown {
                    inline.open.set(None);
                }
            }
            on:keydown=move |event: ev::KeyboardEvent| {
                let Some(pop) = inline.pop.get_untracked() else { return };
                if dom::move_focus(&dom::all(&pop, "[role^='menuitem']"), &event.key(), "ArrowUp", "ArrowDown") {
                    event.prevent_default();
                }
                if event.key() == "Escape" {
                    event.stop_propagation();
                    inline.close();
                }
            }
        >
            {inside}
        </div>
    }
    .into_any()
}

/// What the menu offers for the cell it was opened on.
pub struct InlineMenu {
    ctx: Ctx,
    inline: Inline,
}

impl kit::Part for InlineMenu {
    fn view(this: Self) -> AnyView {
        let Self { ctx, inline } = this;
        let inside = move || inline.open.get().map(|open| content(ctx, inline, open));
        view! { {inside} }.into_any()
    }
}

thread_local! {
    // The table's handlers and the menu are made by different views of one page.
    static OPEN: std::cell::Cell<Option<Inline>> = const { std::cell::Cell::new(None) };
}

impl Inline {
    fn close(self) {
        // The row as it is now: it may have been drawn anew while the menu was open.
        let row = self.open.with_untracked(|open| open.as_ref().map(|open| open.row.id));
        if let Some(pop) = self.pop.get_untracked() {
            let _ = pop.hide_popover();
        }
        let link = row.and_then(|id| dom::first(&document().document_element()?, &format!("tr[data-id='{id}'] .row-link")));
        if let Some(link) = link {
            dom::focus(&link);
        }
    }

    fn show(self, row: FeatureRow, field: &'static str, cell: &web_sys::HtmlElement) {
        let Some(pop) = self.pop.get_untracked() else {
            return;
        };
        self.open.set(Some(Open { row, field }));
        let at = cell.get_bounding_client_rect();
        leptos::task::spawn_local(async move {
            // What it offers may have to be fetched first.
            (crate::feature_piece().fetch)().await;
            self.place(pop, at);
        });
    }

    fn place(self, pop: web_sys::HtmlDivElement, at: web_sys::DomRect) {
        dom::after_render(move || {
            let _ = pop.show_popover();
            let own = pop.get_bounding_client_rect();
            let size = |v: Result<wasm_bindgen::JsValue, _>| v.ok().and_then(|v| v.as_f64()).unwrap_or(0.0);
            let (wide, high) = (size(window().inner_width()), size(window().inner_height()));
            let left = at.left().clamp(8.0, (wide - own.width() - 8.0).max(8.0));
            let top = if at.bottom() + own.height() + 12.0 <= high { at.bottom() + 4.0 } else { (at.top() - own.height() - 4.0).max(8.0) };
            let style = web_sys::HtmlElement::style(&pop);
            for (name, value) in [
                ("position-area", "none".to_owned()),
                ("margin", "0".to_owned()),
                ("left", format!("{}px", left as i32)),
                ("top", format!("{}px", top as i32)),
            ] {
                let _ = style.set_property(name, &value);
            }
            if let Some(first) = dom::first(&pop, "[aria-checked='true'], [role^='menuitem'], input") {
                dom::focus(&first);
            }
        });
    }
}

/// A press on a cell that can be changed.
pub fn on_press(ctx: Ctx, event: &ev::MouseEvent) {
    let Some(cell) = dom::closest(event, "[data-edit]").and_then(|e| e.dyn_into::<web_sys::HtmlElement>().ok()) else {
        return;
    };
    event.prevent_default();
    start(ctx, &cell);
}

/// S, P and E on a row change its status, priority and name.
pub fn on_key(ctx: Ctx, event: &ev::KeyboardEvent) {
    if event.default_prevented() || event.ctrl_key() || event.meta_key() || event.alt_key() || dom::is_typing(event) {
        return;
    }
    let field = match event.key().as_str() {
        "s" => "status",
        "p" => "priority",
        "e" | "F2" => "name",
        _ => return,
    };
    let Some(row) = dom::closest(event, "tr[data-id]") else {
        return;
    };
    let Some(cell) = dom::first(&row, &format!("[data-edit='{field}']")) else {
        return;
    };
    event.prevent_default();
    event.stop_propagation();
    start(ctx, &cell);
}

fn start(ctx: Ctx, cell: &web_sys::HtmlElement) {
    let id = cell.closest("tr[data-id]").ok().flatten().and_then(|r| r.get_attribute("data-id")).and_then(|id| id.parse::<Uuid>().ok());
    let field = match cell.get_attribute("data-edit").as_deref() {
        Some("status") => "status",
        Some("priority") => "priority",
        _ => "name",
    };
    let row = ctx.rows.with_untracked(|rows| rows.iter().find(|r| Some(r.id) == id).cloned());
    if let (Some(row), Some(inline)) = (row, OPEN.with(std::cell::Cell::get)) {
        inline.show(row, field, cell);
    }
}

fn content(ctx: Ctx, inline: Inline, open: Open) -> AnyView {
    let Open { row, field } = open;
    match field {
        "status" => {
            let now = row.status;
            now.moves()
                .map(|next| {
                    let row = row.clone();
                    let press = move |_| {
                        ctx.editor.row(&row, To::Status(next));
                        inline.close();
                    };
                    item(view! { <Status text=next.words() tone=status_tone(next) /> }.into_any(), false, press)
                })
                .collect_view()
                .into_any()
        }
        "priority" => Priority::ALL
            .into_iter()
            .map(Some)
            .chain([None])
            .map(|priority| {
                let (row, on) = (row.clone(), row.priority == priority);
                let press = move |_| {
                    if row.priority != priority {
                        let value = priority.map_or("", Priority::as_str).to_owned();
                        ctx.editor.row(&row, To::Patch(FeaturePatch { priority: Some(value), ..Default::default() }));
                    }
                    inline.close();
                };
                let words = match priority {
                    Some(p) => view! { <kit::Badge text=p.as_str() tone=priority_tone(p) /> " " {p.words()} }.into_any(),
                    None => "No priority".into_any(),
                };
                item(words, on, press)
            })
            .collect_view()
            .into_any(),
        _ => rename(ctx, inline, row),
    }
}

fn item(words: AnyView, on: bool, press: impl Fn(ev::MouseEvent) + 'static) -> AnyView {
    view! {
        <button type="button" class="menu-item" role="menuitemradio" aria-checked=on.to_string() on:click=press><span>{words}</span></button>
    }
    .into_any()
}

fn rename(ctx: Ctx, inline: Inline, row: FeatureRow) -> AnyView {
    let name = RwSignal::new(row.name.clone());
    let save = move |event: ev::SubmitEvent| {
        event.prevent_default();
        let new = name.get_untracked().trim().to_owned();
        if !new.is_empty() && new != row.name {
            ctx.editor.row(&row, To::Patch(FeaturePatch { name: Some(new), ..Default::default() }));
        }
        inline.close();
    };
    view! {
        <form class="form p-2" on:submit=save>
            <TextField name="rename" label="Name" bind=name maxlength=255 autocomplete="off" />
        </form>
    }
    .into_any()
}
