//! The boards: a lane for each status, or for each phase. A drop is shown at once; what the server refuses goes back.
use super::{Ctx, calls::View, facets, words::tone};
use factory::work_orders::{Drop, PersonRef, Spot, WorkOrderPage, WorkOrderRow, WorkOrderStatus, key};
use kit::{Board, BoardCard, CardMove, Lane, Tone};
use leptos::prelude::*;
use leptos_router::hooks::use_query_map;
use uuid::Uuid;

/// The board of the view in the address.
pub fn board(ctx: Ctx, page: WorkOrderPage, creating: RwSignal<bool>) -> AnyView {
    if page.everything == 0 {
        return view! { {facets::bar(ctx, &page)} {super::table::empty(ctx, &page, creating)} }.into_any();
    }
    let map = use_query_map();
    let by_phase = map.with_untracked(|q| View::parse(q.get_str("view").unwrap_or_default())) == View::Phase;
    let filters = facets::bar(ctx, &page);
    let cut = page.next.is_some();
    let around = StoredValue::new(page);
    let lanes = Memo::new(move |_| ctx.moves.rows.with(|rows| around.with_value(|page| lanes(ctx, page, rows, by_phase))));
    let on_move = Callback::new(move |to: CardMove| drop_card(ctx, &to, by_phase, lanes));
    let label = if by_phase { "Work orders by phase" } else { "Work orders by status" };
    view! {
        {filters}
        {cut.then(|| view! { <p class="hint px-6">"The first 5,000 are shown. Filters narrow them down."</p> })}
        <div class="board-wrap"><Board label=label lanes=lanes on_move=on_move /></div>
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
    let who =
        w.assignee_ids.iter().filter_map(|id| people.iter().find(|p| p.id == *id)).map(|p| p.name.as_str()).collect::<Vec<_>>().join(", ");
    let items = (w.items_total > 0).then(|| format!("{}/{} items", w.items_total - w.items_open, w.items_total));
    let meta = [Some(key(w.number)), w.feature.clone(), items, Some(who).filter(|w| !w.is_empty())];
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
        let saw = row.status;
        let status = (!by_phase).then(|| WorkOrderStatus::parse(&to.lane)).flatten();
        let phase_id = if by_phase { to.lane.parse().ok() } else { row.phase_id };
        let place = |id: Option<Uuid>| id.and_then(|id| rows.iter().position(|r| r.id == id));
        let at = place(after).map(|n| n + 1).or(place(before)).unwrap_or(rows.len());
        let stays = at == from && status.is_none_or(|s| s == saw) && phase_id == row.phase_id;
        row.status = status.unwrap_or(saw);
        row.phase_id = phase_id;
        rows.insert(at, row);
        if !stays {
            let spot = Spot { target_phase_id: phase_id, after_work_order_id: after, before_work_order_id: before };
            let moved = at != from || by_phase;
            sent = Some((saw, Drop { status: status.filter(|s| *s != saw), spot: moved.then_some(spot), force: false }));
        }
    });
    if let Some((saw, drop)) = sent {
        ctx.moves.send(id, saw, drop);
    }
}
