//! The boards: a lane for each status, or for each phase. A drop is shown at once; what the server refuses goes back.
use super::{Ctx, facets, words::tone};
use factory::work_orders::{Drop, PersonRef, Spot, WorkOrderPage, WorkOrderRow, WorkOrderStatus, key};
use kit::{Board, BoardCard, CardMove, Lane, Tone};
use leptos::prelude::*;
use uuid::Uuid;

/// The board by phase or by status. It stays while its cards come and go: one of them may be in somebody's hand.
pub fn board(ctx: Ctx, by_phase: bool, creating: RwSignal<bool>) -> AnyView {
    let lanes = Memo::new(move |_| {
        let around = ctx.around.get();
        ctx.moves.rows.with(|rows| around.map(|page| lanes(ctx, &page, rows, by_phase)).unwrap_or_default())
    });
    let on_move = Callback::new(move |to: CardMove| drop_card(ctx, &to, by_phase, lanes));
    let label = if by_phase { "Work orders by phase" } else { "Work orders by status" };
    let is_empty = Memo::new(move |_| ctx.around.with(|page| page.as_ref().is_none_or(|p| p.everything == 0)));
    let cut = Memo::new(move |_| ctx.around.with(|page| page.as_ref().is_some_and(|p| p.next.is_some())));
    let shown = move || match is_empty.get() {
        true => ctx.around.get_untracked().map(|page| super::table::empty(ctx, &page, creating)),
        false => Some(view! { <div class="board-wrap"><Board label=label lanes=lanes on_move=on_move /></div> }.into_any()),
    };
    view! {
        {facets::bar(ctx)}
        {move || cut.get().then(|| view! { <p class="hint px-6">"The first 5,000 are shown. Filters narrow them down."</p> })}
        {shown}
    }
    .into_any()
}

fn lanes(ctx: Ctx, page: &WorkOrderPage, rows: &[WorkOrderRow], by_phase: bool) -> Vec<Lane> {
    let cards = |in_lane: &dyn Fn(&WorkOrderRow) -> bool| -> Vec<BoardCard> {
        rows.iter().filter(|w| in_lane(w)).map(|w| card(ctx, w, &page.people, by_phase)).collect()
    };
    match by_phase {
        false => WorkOrderStatus::ALL.into_iter().map(|s| Lane::new(s.as_str(), s.words(), cards(&|w| w.status == s))).collect(),
        true => page
            .phases
            .iter()
            .map(|p| Lane::new(p.id.to_string(), format!("{} · {} %", p.name, p.percent()), cards(&|w| w.phase_id == Some(p.id))))
            .chain([Lane::new("none", "No phase", cards(&|w| w.phase_id.is_none()))])
            .collect(),
    }
}

fn card(ctx: Ctx, w: &WorkOrderRow, people: &[PersonRef], by_phase: bool) -> BoardCard {
    let items = (w.items_total > 0).then(|| format!("{}/{}", w.items_total - w.items_open, w.items_total));
    let meta = [Some(key(w.number)), w.feature.clone(), items];
    let badge = match (w.blocked, by_phase) {
        (true, _) => Some((Tone::Danger, "Blocked".to_owned())),
        (false, true) => Some((tone(w.status), w.status.words().to_owned())),
        (false, false) => None,
    };
    BoardCard {
        id: w.id.to_string(),
        title: w.title.clone(),
        href: Some(ctx.href(w.number)),
        meta: meta.into_iter().flatten().collect::<Vec<_>>().join(" · "),
        people: w.assignee_ids.iter().filter_map(|id| people.iter().find(|p| p.id == *id)).map(|p| p.name.clone()).collect(),
        badge,
    }
}

/// Puts the card where it was dropped, and sends that.
fn drop_card(ctx: Ctx, to: &CardMove, by_phase: bool, lanes: Memo<Vec<Lane>>) {
    let Ok(id) = to.card.parse::<Uuid>() else { return };
    // The neighbours among the cards that were there without it.
    let (after, before) = lanes.with_untracked(|lanes| {
        let cards: Vec<&str> =
            lanes.iter().filter(|l| l.id == to.lane).flat_map(|l| &l.cards).map(|c| c.id.as_str()).filter(|c| *c != to.card).collect();
        let at = |n: Option<usize>| n.and_then(|n| cards.get(n)).and_then(|c| c.parse::<Uuid>().ok());
        (at(to.index.checked_sub(1)), at(Some(to.index)))
    });
    let mut sent = None;
    ctx.moves.rows.update(|rows| {
        let Some(from) = rows.iter().position(|r| r.id == id) else { return };
        let mut row = rows.remove(from);
        let origin = ctx.moves.origin(id).unwrap_or((row.status, row.phase_id, from));
        let (saw, was_in, was_at) = origin;
        ctx.moves.hold(to.held.then_some((id, origin)));
        let status = (!by_phase).then(|| WorkOrderStatus::parse(&to.lane)).flatten();
        let phase_id = if by_phase { to.lane.parse().ok() } else { row.phase_id };
        let place = |id: Option<Uuid>| id.and_then(|id| rows.iter().position(|r| r.id == id));
        let at = place(after).map(|n| n + 1).or(place(before)).unwrap_or(rows.len());
        let stays = at == was_at && status.is_none_or(|s| s == saw) && phase_id == was_in;
        row.status = status.unwrap_or(saw);
        row.phase_id = phase_id;
        rows.insert(at, row);
        if !stays && !to.held {
            let spot = Spot { target_phase_id: phase_id, after_work_order_id: after, before_work_order_id: before };
            let moved = at != was_at || by_phase;
            sent = Some((saw, Drop { status: status.filter(|s| *s != saw), spot: moved.then_some(spot), force: false }));
        }
    });
    match sent {
        Some((saw, drop)) => ctx.moves.send(id, saw, drop),
        // What came while the card was in hand is read now.
        None if !to.held => ctx.moves.again(),
        None => {}
    }
}
