//! Carrying a card by pointer. A mouse takes it anywhere; a finger at its grip, since elsewhere it scrolls the board.
use super::{CardMove, Hand};
use crate::dom;
use leptos::{ev, prelude::*, reactive::send_wrapper_ext::SendOption, web_sys};
use wasm_bindgen::JsCast;

/// A drag under way.
pub(super) struct Drag {
    card: String,
    pointer: i32,
    from: (f64, f64),
    at: (f64, f64),
    grip: (f64, f64),
    ghost: Option<web_sys::HtmlElement>,
}

/// A press that moves less stays a click.
const SLACK: f64 = 5.0;
/// So near to its edge the board scrolls under a card, by at most this much a frame.
const EDGE: f64 = 48.0;
const CREEP: f64 = 12.0;

fn place(event: &ev::PointerEvent) -> (f64, f64) {
    (f64::from(event.client_x()), f64::from(event.client_y()))
}

impl Hand {
    pub(super) fn press(self, event: &ev::PointerEvent) {
        let from = if event.pointer_type() == "touch" { "[data-grip]" } else { "[data-card]" };
        let card = dom::closest(event, from).and_then(|e| e.closest("[data-card]").ok().flatten());
        let Some(card) = card.filter(|_| event.button() == 0) else {
            return;
        };
        self.put_down();
        let (rect, at) = (card.get_bounding_client_rect(), place(event));
        let drag = Drag {
            card: card.get_attribute("data-card").unwrap_or_default(),
            pointer: event.pointer_id(),
            from: at,
            at,
            grip: (at.0 - rect.left(), at.1 - rect.top()),
            ghost: None,
        };
        self.drag.set_value(SendOption::new_local(Some(drag)));
    }

    pub(super) fn carry(self, event: &ev::PointerEvent) {
        let Some(root) = self.root.get_untracked() else { return };
        let at = place(event);
        let mut begins = false;
        let carried = self.drag.try_update_value(|drag| {
            let drag = drag.as_mut().filter(|d| d.pointer == event.pointer_id())?;
            drag.at = at;
            if drag.ghost.is_none() {
                if (at.0 - drag.from.0).hypot(at.1 - drag.from.1) < SLACK {
                    return None;
                }
                drag.ghost = lift(&root, &drag.card);
                // The board hears of the pointer even when the card under it is drawn anew.
                let _ = root.set_pointer_capture(drag.pointer);
                begins = true;
            }
            let ghost = drag.ghost.as_ref()?;
            let _ = ghost.style().set_property("transform", &format!("translate({}px, {}px)", at.0 - drag.grip.0, at.1 - drag.grip.1));
            Some(())
        });
        if carried.flatten().is_some() {
            event.prevent_default();
            self.point(&root, at);
            if begins {
                let _ = root.class_list().add_1("dragging");
                self.creep();
            }
        }
    }

    /// Marks the lane under the card.
    fn point(self, root: &web_sys::Element, at: (f64, f64)) {
        let lane = lane_at(root, at).and_then(|l| l.get_attribute("data-lane"));
        if self.over.get_untracked() != lane {
            self.over.set(lane);
        }
    }

    /// Scrolls the board while a card is held at its edge: lanes out of sight can be reached.
    fn creep(self) {
        request_animation_frame(move || {
            let at = self.drag.try_with_value(|d| d.as_ref().filter(|d| d.ghost.is_some()).map(|d| d.at)).flatten();
            let (Some(at), Some(root)) = (at, self.root.try_get_untracked().flatten()) else { return };
            let rect = root.get_bounding_client_rect();
            let push = ((at.0 - (rect.right() - EDGE)).max(0.0) - (rect.left() + EDGE - at.0).max(0.0)).clamp(-EDGE, EDGE) / EDGE;
            if push != 0.0 {
                root.set_scroll_left(root.scroll_left() + (push * CREEP).round() as i32);
                self.point(&root, at);
            }
            // The same up and down in the lane under the card.
            if let Some(list) = lane_at(&root, at).and_then(|lane| dom::first(&lane, ".lane-cards")) {
                let rect = list.get_bounding_client_rect();
                let push = ((at.1 - (rect.bottom() - EDGE)).max(0.0) - (rect.top() + EDGE - at.1).max(0.0)).clamp(-EDGE, EDGE) / EDGE;
                if push != 0.0 {
                    list.set_scroll_top(list.scroll_top() + (push * CREEP).round() as i32);
                }
            }
            self.creep();
        });
    }

    pub(super) fn drop(self, event: &ev::PointerEvent) {
        let Some(root) = self.root.get_untracked() else { return };
        let at = place(event);
        let card = self.drag.with_value(|d| d.as_ref().filter(|d| d.ghost.is_some()).map(|d| d.card.clone()));
        if let (Some(card), Some(lane)) = (card, lane_at(&root, at)) {
            let index = dom::all(&lane, "[data-card]")
                .iter()
                .filter(|e| e.get_attribute("data-card").as_deref() != Some(card.as_str()))
                .take_while(|e| {
                    let rect = e.get_bounding_client_rect();
                    at.1 > rect.top() + rect.height() / 2.0
                })
                .count();
            // A long lane draws only the cards in sight: those before them count too, but not the one that is carried.
            let from = dom::first(&lane, ".lane-cards")
                .and_then(|l| l.get_attribute("data-from"))
                .and_then(|n| n.parse::<usize>().ok())
                .unwrap_or(0);
            let name = lane.get_attribute("data-lane");
            let before = self
                .place(&card)
                .is_some_and(|(l, at)| at < from && self.lanes.with_untracked(|lanes| Some(&lanes[l].id) == name.as_ref()));
            let index = index + from - usize::from(before);
            self.on_move.run(CardMove { card, lane: lane.get_attribute("data-lane").unwrap_or_default(), index, held: false });
        }
        self.let_go();
    }

    pub(super) fn let_go(self) {
        let drag = self.drag.try_update_value(|drag| (**drag).take()).flatten();
        if let Some(Drag { ghost: Some(ghost), card, .. }) = drag {
            ghost.remove();
            if let Some(root) = self.root.get_untracked() {
                let _ = root.class_list().remove_1("dragging");
                for element in dom::all(&root, ".drag") {
                    let _ = element.class_list().remove_1("drag");
                }
                // The click that ends a drag is not a click on the card.
                let _ = root.set_attribute("data-dropped", &card);
                set_timeout(
                    move || {
                        let _ = root.remove_attribute("data-dropped");
                    },
                    std::time::Duration::from_millis(50),
                );
            }
        }
        self.over.set(None);
    }

    pub(super) fn swallow(self, event: &ev::MouseEvent) {
        if self.root.get_untracked().is_some_and(|r| r.has_attribute("data-dropped")) {
            event.prevent_default();
            event.stop_propagation();
        }
    }
}

/// A copy of the card that follows the pointer.
fn lift(root: &web_sys::Element, card: &str) -> Option<web_sys::HtmlElement> {
    let original = dom::all(root, "[data-card]").into_iter().find(|e| e.get_attribute("data-card").as_deref() == Some(card))?;
    let ghost: web_sys::HtmlElement = original.clone_node_with_deep(true).ok()?.dyn_into().ok()?;
    let _ = original.class_list().add_1("drag");
    ghost.set_class_name("bcard ghost");
    let _ = ghost.set_attribute("aria-hidden", "true");
    let _ = ghost.remove_attribute("data-card");
    let _ = ghost.style().set_property("width", &format!("{}px", original.offset_width()));
    document().body()?.append_child(&ghost).ok()?;
    Some(ghost)
}

/// The lane under the pointer; beyond the edge of the board, the one in sight there.
fn lane_at(root: &web_sys::Element, (x, y): (f64, f64)) -> Option<web_sys::HtmlElement> {
    let board = root.get_bounding_client_rect();
    let x = x.clamp(board.left() + 1.0, (board.right() - 1.0).max(board.left() + 1.0));
    dom::all(root, "[data-lane]").into_iter().find(|lane| {
        let rect = lane.get_bounding_client_rect();
        x >= rect.left() && x <= rect.right() && y >= rect.top() - 40.0 && y <= rect.bottom() + 200.0
    })
}
