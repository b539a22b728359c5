//! A board: cards in lanes, moved by mouse, by touch at their grip, or by keyboard (Space takes a card up, arrows carry it,
//! Space puts it down, Escape gives it back).
mod drag;

use crate::{
    Avatars, Icon, Tone, dom, icon,
    table::{FIRST, in_sight},
};
use drag::Drag;
use leptos::{ev, html, prelude::*, reactive::send_wrapper_ext::SendOption};

/// A card of a board.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct BoardCard {
    pub id: String,
    pub title: String,
    pub href: Option<String>,
    pub meta: String,
    /// Whose it is: drawn as their initials.
    pub people: Vec<String>,
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
    /// It is still in hand, carried by keyboard: to be shown, not yet to be done.
    pub held: bool,
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

/// From this many cards on, a lane draws only those in sight: its cards have one height then.
const LONG: usize = 80;
/// From the top of one card of a long lane to the next, in pixels; `work.css` knows it too.
const PITCH: f64 = 76.0;

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
        awaited: StoredValue::new(None),
    };
    crate::effect(move || {
        let keys = window_event_listener(ev::keydown, move |event| hand.key_of_none(&event));
        on_cleanup(move || keys.remove());
    });
    view! {
        <div
            node_ref=root class="board" role="group" aria-label=label
            on:keydown=move |event| hand.key(&event)
            on:pointerdown=move |event| hand.press(&event) on:pointermove=move |event| hand.carry(&event)
            on:pointerup=move |event| hand.drop(&event) on:pointercancel=move |_| hand.let_go()
            on:click:capture=move |event| hand.swallow(&event)
        >
            <For each=move || lanes.with(|l| l.iter().map(|l| l.id.clone()).collect::<Vec<_>>()) key=Clone::clone children=move |id| hand.lane(id) />
        </div>
        <p class="sr" aria-live="assertive">{move || hand.said.get()}</p>
    }
    .into_any()
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
    /// The card that has the focus once it is drawn in its new place.
    awaited: StoredValue<Option<String>>,
}

impl Hand {
    /// A lane stays while its cards come and go, so that it stays where it was scrolled to.
    fn lane(self, id: String) -> AnyView {
        let lanes = self.lanes;
        let (of, over) = (id.clone(), id.clone());
        let lane = Memo::new(move |_| lanes.with(|l| l.iter().find(|l| l.id == of).cloned()));
        let title = Memo::new(move |_| lane.with(|l| l.as_ref().map(|l| l.title.clone()).unwrap_or_default()));
        let count = Memo::new(move |_| lane.with(|l| l.as_ref().map_or(0, |l| l.cards.len())));
        let is_long = Memo::new(move |_| count.get() > LONG);
        let window = RwSignal::new((0, FIRST));
        let sight = Memo::new(move |_| match is_long.get() {
            true => window.with(|(from, to)| (*from.min(&count.get()), *to.min(&count.get()))),
            false => (0, count.get()),
        });
        let cards = move || {
            let (from, to) = sight.get();
            lane.with(|l| l.as_ref().map(|l| l.cards[from.min(l.cards.len())..to.min(l.cards.len())].to_vec()).unwrap_or_default())
        };
        let list = NodeRef::<html::Div>::new();
        let look = move || {
            let Some(list) = list.try_get_untracked().flatten().filter(|_| is_long.get_untracked()) else { return };
            let now = in_sight(f64::from(list.scroll_top()), f64::from(list.client_height()), PITCH, count.get_untracked());
            if window.get_untracked() != now {
                window.set(now);
            }
        };
        // Who scrolled before the script came, or scrolls while cards go, sees cards too.
        crate::effect(move || {
            count.track();
            list.track();
            dom::after_render(look);
        });
        let gap = move |rows: usize| format!("{}px", (rows as f64 * PITCH) as i64);
        view! {
            <section class="lane" data-lane=id class:over=move || self.over.with(|o| o.as_ref() == Some(&over)) aria-label=move || title.get()>
                <header class="lane-head">{move || title.get()} <span class="count">{move || count.get()}</span></header>
                <div node_ref=list class="lane-cards" class:long=move || is_long.get() role="list" tabindex="-1" data-from=move || sight.get().0 on:scroll=move |_| look()>
                    {move || is_long.get().then(|| view! { <div class="gap" aria-hidden="true" style:height=move || gap(sight.get().0)></div> })}
                    <For each=cards key=Clone::clone children=move |card| self.card(card) />
                    {move || is_long.get().then(|| view! { <div class="gap" aria-hidden="true" style:height=move || gap(count.get().saturating_sub(sight.get().1))></div> })}
                </div>
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
        let people = (!card.people.is_empty()).then(|| view! { <Avatars names=card.people show=2 /> });
        view! {
            <div
                class="bcard" role="listitem" tabindex="0" data-card=card.id aria-roledescription="Card; press Space to move it"
                class:held=move || self.held.with(|h| h.as_ref().is_some_and(|(c, _)| *c == id))
            >
                {title} <span class="grip" data-grip="" aria-hidden="true">{icon(Icon::GripVertical)}</span>
                <span class="bmeta">{badge} <span class="bfacts">{card.meta}</span> {people}</span>
            </div>
        }
        .into_any()
    }

    /// Where a card is now: lane and place.
    fn place(self, card: &str) -> Option<(usize, usize)> {
        self.lanes
            .with_untracked(|lanes| lanes.iter().enumerate().find_map(|(l, lane)| Some((l, lane.cards.iter().position(|c| c.id == card)?))))
    }

    /// A card that changes its place loses the focus until it is drawn there: keys pressed meanwhile are its own.
    fn key_of_none(self, event: &ev::KeyboardEvent) {
        if event.default_prevented() || dom::active().is_some_and(|e| e.tag_name() != "BODY") {
            return;
        }
        let held = self.held.get_untracked().map(|(card, _)| card);
        if let Some(card) = held.or_else(|| self.awaited.get_value()) {
            self.key_of(event, card);
        }
    }

    fn key(self, event: &ev::KeyboardEvent) {
        if let Some(card) = dom::closest(event, "[data-card]").and_then(|e| e.get_attribute("data-card")) {
            self.key_of(event, card);
        }
    }

    fn key_of(self, event: &ev::KeyboardEvent, card: String) {
        let Some((lane, at)) = self.place(&card) else {
            return;
        };
        let key = event.key();
        let held = self.held.get_untracked().filter(|(c, _)| *c == card);
        match (key.as_str(), &held) {
            (" ", None) => {
                let now = self.lanes.with_untracked(|l| CardMove { card: card.clone(), lane: l[lane].id.clone(), index: at, held: false });
                self.held.set(Some((card.clone(), now)));
                self.said.set("Taken up. Arrows move it, Space puts it down, Escape gives it back.".to_owned());
            }
            (" " | "Enter", Some(_)) => {
                self.put_down();
                self.said.set(self.lanes.with_untracked(|l| format!("Put down in {}, place {}.", l[lane].title, at + 1)));
                self.focus_later(card);
            }
            // The focus goes on: what is in hand stays where it is.
            ("Tab", Some(_)) => return self.put_down(),
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

    /// What was carried by keyboard is done.
    fn put_down(self) {
        let Some((card, _)) = self.held.get_untracked() else { return };
        self.held.set(None);
        if let Some((lane, index)) = self.place(&card) {
            let lane = self.lanes.with_untracked(|l| l[lane].id.clone());
            self.on_move.run(CardMove { card, lane, index, held: false });
        }
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
            self.on_move.run(CardMove { card: card.to_owned(), lane: lane_id, index, held: true });
            self.said.set(format!("{title}, place {}.", index + 1));
            self.focus_later(card.to_owned());
        } else if let Some(id) = there {
            self.focus(&id);
        }
    }

    fn focus(self, card: &str) {
        let Some(root) = self.root.get_untracked() else { return };
        let find = move |root: &leptos::web_sys::Element, card: &str| {
            dom::all(root, "[data-card]").into_iter().find(|e| e.get_attribute("data-card").as_deref() == Some(card))
        };
        if let Some(element) = find(&root, card) {
            return dom::focus(&element);
        }
        // It is out of sight in a long lane: that comes there first.
        if let Some((lane, at)) = self.place(card)
            && let Some(list) = dom::all(&root, ".lane-cards").get(lane)
        {
            list.set_scroll_top((at as f64 * PITCH) as i32 - list.client_height() / 2);
            let card = card.to_owned();
            dom::after_render(move || {
                dom::after_render(move || {
                    if let Some(element) = find(&root, &card) {
                        dom::focus(&element);
                    }
                });
            });
        }
    }

    fn focus_later(self, card: String) {
        self.awaited.set_value(Some(card.clone()));
        dom::after_render(move || {
            if self.awaited.try_get_value().flatten().as_ref() == Some(&card) {
                self.awaited.set_value(None);
                self.focus(&card);
            }
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_card_lands_where_it_was_put() {
        let card =
            |id: &str| BoardCard { id: id.into(), title: id.into(), href: None, meta: String::new(), people: Vec::new(), badge: None };
        let mut lanes = [Lane::new("a", "A", vec![card("1"), card("2")]), Lane::new("b", "B", vec![card("3")])];
        move_card(&mut lanes, &CardMove { card: "1".into(), lane: "b".into(), index: 1, held: false });
        move_card(&mut lanes, &CardMove { card: "2".into(), lane: "b".into(), index: 9, held: false });
        assert_eq!(lanes[1].cards.iter().map(|c| c.id.as_str()).collect::<Vec<_>>(), ["3", "1", "2"]);
        assert!(lanes[0].cards.is_empty());
    }
}
