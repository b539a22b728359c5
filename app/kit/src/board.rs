//! A board: cards in lanes, moved by pointer or by keyboard (Space takes a card up, arrows carry it, Space puts it down,
//! Escape gives it back).
use crate::{Tone, dom};
use leptos::{ev, html, prelude::*, reactive::send_wrapper_ext::SendOption, web_sys};

/// A card of a board.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct BoardCard {
    pub id: String,
    pub title: String,
    pub href: Option<String>,
    pub meta: String,
    pub badge: Option<(Tone, String)>,
}

/// A lane of a board.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lane {
    pub id: String,
    pub title: String,
    pub cards: Vec<BoardCard>,
}

impl Lane {
    pub fn new(id: impl Into<String>, title: impl Into<String>, cards: Vec<BoardCard>) -> Self {
        Self { id: id.into(), title: title.into(), cards }
    }
}

/// Where a card was put: the lane, and its place among the cards that were there without it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CardMove {
    pub card: String,
    pub lane: String,
    pub index: usize,
}

/// Does a move on a list of lanes, for boards that answer at once.
pub fn move_card(lanes: &mut [Lane], to: &CardMove) {
    let taken = lanes.iter_mut().find_map(|lane| {
        let at = lane.cards.iter().position(|c| c.id == to.card)?;
        Some(lane.cards.remove(at))
    });
    if let (Some(card), Some(lane)) = (taken, lanes.iter_mut().find(|l| l.id == to.lane)) {
        let at = to.index.min(lane.cards.len());
        lane.cards.insert(at, card);
    }
}

/// The board. It shows what `lanes` say; `on_move` asks for a change of them.
#[component]
pub fn Board(
    #[prop(into)] label: String,
    #[prop(into)] lanes: Signal<Vec<Lane>>,
    #[prop(into)] on_move: Callback<CardMove>,
) -> impl IntoView {
    let root = NodeRef::<html::Div>::new();
    let hand = Hand {
        root,
        lanes,
        on_move,
        held: RwSignal::new(None),
        over: RwSignal::new(None),
        said: RwSignal::new(String::new()),
        // Empty on the server, where the page may end on another thread than it began on.
        drag: StoredValue::new(SendOption::new_local(None)),
    };
    view! {
        <div
            node_ref=root class="board" role="group" aria-label=label
            on:keydown=move |event| hand.key(&event)
            on:pointerdown=move |event| hand.press(&event) on:pointermove=move |event| hand.carry(&event)
            on:pointerup=move |event| hand.drop(&event) on:pointercancel=move |_| hand.let_go()
            on:click:capture=move |event| hand.swallow(&event)
        >
            <For each=move || lanes.get() key=|lane| (lane.id.clone(), lane.title.clone(), lane.cards.clone()) children=move |lane| hand.lane(lane) />
        </div>
        <p class="sr" aria-live="assertive">{move || hand.said.get()}</p>
    }
    .into_any()
}

/// A pointer drag under way.
struct Drag {
    card: String,
    pointer: i32,
    from: (f64, f64),
    grip: (f64, f64),
    ghost: Option<web_sys::HtmlElement>,
}

#[derive(Clone, Copy)]
struct Hand {
    root: NodeRef<html::Div>,
    lanes: Signal<Vec<Lane>>,
    on_move: Callback<CardMove>,
    /// The card taken up by keyboard, and where it was.
    held: RwSignal<Option<(String, CardMove)>>,
    /// The lane under the pointer.
    over: RwSignal<Option<String>>,
    said: RwSignal<String>,
    drag: StoredValue<SendOption<Drag>>,
}

impl Hand {
    fn lane(self, lane: Lane) -> AnyView {
        let id = lane.id.clone();
        let count = lane.cards.len();
        let cards = lane.cards.into_iter().map(|card| self.card(card)).collect_view();
        let named = lane.title.clone();
        view! {
            <section class="lane" data-lane=lane.id class:over=move || self.over.with(|o| o.as_ref() == Some(&id)) aria-label=named>
                <header class="lane-head">{lane.title} <span class="count">{count}</span></header>
                <div class="lane-cards" role="list" tabindex="-1">{cards}</div>
            </section>
        }
        .into_any()
    }

    fn card(self, card: BoardCard) -> AnyView {
        let id = card.id.clone();
        let title = match card.href {
            Some(href) => view! { <a class="row-link" href=href tabindex="-1" draggable="false">{card.title}</a> }.into_any(),
            None => view! { <span class="text-fg font-medium">{card.title}</span> }.into_any(),
        };
        let badge = card.badge.map(|(tone, text)| view! { <span class=crate::html::classes(&["badge", tone.class()])>{text}</span> });
        view! {
            <div
                class="bcard" role="listitem" tabindex="0" data-card=card.id aria-roledescription="Card; press Space to move it"
                class:held=move || self.held.with(|h| h.as_ref().is_some_and(|(c, _)| *c == id))
            >
                {title} <span class="bmeta">{badge} <span>{card.meta}</span></span>
            </div>
        }
        .into_any()
    }

    /// Where a card is now: lane and place.
    fn place(self, card: &str) -> Option<(usize, usize)> {
        self.lanes
            .with_untracked(|lanes| lanes.iter().enumerate().find_map(|(l, lane)| Some((l, lane.cards.iter().position(|c| c.id == card)?))))
    }

    fn key(self, event: &ev::KeyboardEvent) {
        let Some(card) = dom::closest(event, "[data-card]").and_then(|e| e.get_attribute("data-card")) else {
            return;
        };
        let Some((lane, at)) = self.place(&card) else {
            return;
        };
        let key = event.key();
        let held = self.held.get_untracked().filter(|(c, _)| *c == card);
        match (key.as_str(), &held) {
            (" ", None) => {
                let now = self.lanes.with_untracked(|l| CardMove { card: card.clone(), lane: l[lane].id.clone(), index: at });
                self.held.set(Some((card.clone(), now)));
                self.said.set("Taken up. Arrows move it, Space puts it down, Escape gives it back.".to_owned());
            }
            (" " | "Enter", Some(_)) => {
                self.held.set(None);
                self.said.set(self.lanes.with_untracked(|l| format!("Put down in {}, place {}.", l[lane].title, at + 1)));
            }
            ("Escape", Some((_, back))) => {
                let back = back.clone();
                self.held.set(None);
                self.on_move.run(back);
                self.said.set("Given back.".to_owned());
                self.focus_later(card);
            }
            ("Enter", None) => {
                if let Some(link) = dom::closest(event, "[data-card]").and_then(|c| dom::first(&c, "a")) {
                    link.click();
                }
            }
            ("ArrowUp" | "ArrowDown" | "ArrowLeft" | "ArrowRight", held) => self.arrow(&key, held.is_some(), &card, lane, at),
            _ => return,
        }
        event.prevent_default();
        event.stop_propagation();
    }

    fn arrow(self, key: &str, carries: bool, card: &str, lane: usize, at: usize) {
        let target = self.lanes.with_untracked(|lanes| {
            let (to_lane, to_at) = match key {
                "ArrowUp" => (lane, at.checked_sub(1)?),
                "ArrowDown" => (lane, at + 1),
                // An empty lane takes a card but has none to walk to.
                "ArrowLeft" => ((0..lane).rev().find(|l| carries || !lanes[*l].cards.is_empty())?, at),
                _ => ((lane + 1..lanes.len()).find(|l| carries || !lanes[*l].cards.is_empty())?, at),
            };
            let room = lanes[to_lane].cards.len() + usize::from(carries && to_lane != lane);
            let to_at = if key == "ArrowDown" && to_at >= room {
                return None;
            } else {
                to_at.min(room.saturating_sub(1))
            };
            let there = lanes[to_lane].cards.get(to_at).map(|c| c.id.clone());
            Some((lanes[to_lane].id.clone(), lanes[to_lane].title.clone(), to_at, there))
        });
        let Some((lane_id, title, index, there)) = target else {
            return;
        };
        if carries {
            self.on_move.run(CardMove { card: card.to_owned(), lane: lane_id, index });
            self.said.set(format!("{title}, place {}.", index + 1));
            self.focus_later(card.to_owned());
        } else if let Some(id) = there {
            self.focus(&id);
        }
    }

    fn focus(self, card: &str) {
        if let Some(root) = self.root.get_untracked()
            && let Some(element) =
                dom::all(&root, "[data-card]").into_iter().find(|e| e.get_attribute("data-card").as_deref() == Some(card))
        {
            dom::focus(&element);
        }
    }

    fn focus_later(self, card: String) {
        dom::after_render(move || self.focus(&card));
    }

    fn press(self, event: &ev::PointerEvent) {
        let Some(card) = dom::closest(event, "[data-card]").filter(|_| event.button() == 0 && event.pointer_type() != "touch") else {
            return;
        };
        let rect = card.get_bounding_client_rect();
        let (x, y) = (f64::from(event.client_x()), f64::from(event.client_y()));
        let drag = Drag {
            card: card.get_attribute("data-card").unwrap_or_default(),
            pointer: event.pointer_id(),
            from: (x, y),
            grip: (x - rect.left(), y - rect.top()),
            ghost: None,
        };
        self.drag.set_value(SendOption::new_local(Some(drag)));
    }

    fn carry(self, event: &ev::PointerEvent) {
        let (x, y) = (f64::from(event.client_x()), f64::from(event.client_y()));
        let Some(root) = self.root.get_untracked() else {
            return;
        };
        let lifted = self.drag.try_update_value(|drag| {
            let drag = drag.as_mut().filter(|d| d.pointer == event.pointer_id())?;
            if drag.ghost.is_none() {
                // A press that hardly moves stays a click.
                if (x - drag.from.0).hypot(y - drag.from.1) < 5.0 {
                    return None;
                }
                drag.ghost = lift(&root, &drag.card);
                let _ = root.set_pointer_capture(drag.pointer);
            }
            let ghost = drag.ghost.as_ref()?;
            let _ = ghost.style().set_property("transform", &format!("translate({}px, {}px)", x - drag.grip.0, y - drag.grip.1));
            Some(())
        });
        if lifted.flatten().is_some() {
            event.prevent_default();
            let lane = lane_at(&root, x, y).and_then(|l| l.get_attribute("data-lane"));
            if self.over.get_untracked() != lane {
                self.over.set(lane);
            }
        }
    }

    fn drop(self, event: &ev::PointerEvent) {
        let (x, y) = (f64::from(event.client_x()), f64::from(event.client_y()));
        let Some(root) = self.root.get_untracked() else {
            return;
        };
        let card = self.drag.with_value(|d| d.as_ref().filter(|d| d.ghost.is_some()).map(|d| d.card.clone()));
        if let (Some(card), Some(lane)) = (card, lane_at(&root, x, y)) {
            let others = dom::all(&lane, "[data-card]");
            let index = others
                .iter()
                .filter(|e| e.get_attribute("data-card").as_deref() != Some(card.as_str()))
                .take_while(|e| {
                    let rect = e.get_bounding_client_rect();
                    y > rect.top() + rect.height() / 2.0
                })
                .count();
            self.on_move.run(CardMove { card, lane: lane.get_attribute("data-lane").unwrap_or_default(), index });
        }
        self.let_go();
    }

    fn let_go(self) {
        let drag = self.drag.try_update_value(|drag| (**drag).take()).flatten();
        if let Some(Drag { ghost: Some(ghost), card, .. }) = drag {
            ghost.remove();
            if let Some(root) = self.root.get_untracked() {
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

    fn swallow(self, event: &ev::MouseEvent) {
        if self.root.get_untracked().is_some_and(|r| r.has_attribute("data-dropped")) {
            event.prevent_default();
            event.stop_propagation();
        }
    }
}

/// A copy of the card that follows the pointer.
fn lift(root: &web_sys::Element, card: &str) -> Option<web_sys::HtmlElement> {
    use wasm_bindgen::JsCast;
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

fn lane_at(root: &web_sys::Element, x: f64, y: f64) -> Option<web_sys::HtmlElement> {
    dom::all(root, "[data-lane]").into_iter().find(|lane| {
        let rect = lane.get_bounding_client_rect();
        x >= rect.left() && x <= rect.right() && y >= rect.top() - 40.0 && y <= rect.bottom() + 200.0
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_card_lands_where_it_was_put() {
        let card = |id: &str| BoardCard { id: id.into(), title: id.into(), href: None, meta: String::new(), badge: None };
        let mut lanes = [Lane::new("a", "A", vec![card("1"), card("2")]), Lane::new("b", "B", vec![card("3")])];
        move_card(&mut lanes, &CardMove { card: "1".into(), lane: "b".into(), index: 1 });
        move_card(&mut lanes, &CardMove { card: "2".into(), lane: "b".into(), index: 9 });
        assert_eq!(lanes[1].cards.iter().map(|c| c.id.as_str()).collect::<Vec<_>>(), ["3", "1", "2"]);
        assert!(lanes[0].cards.is_empty());
    }
}
