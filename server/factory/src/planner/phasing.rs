//! Planning phases: those a template proposes, and which of them the work orders without one would go into.
use crate::{phases::Phase, templates::Scope};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// A phase a template proposes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PhaseProposal {
    pub name: String,
    pub description: String,
    /// A phase of this name is in the plan already.
    pub there: bool,
}

/// A template of phases to choose.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PhaseRecipe {
    pub id: Uuid,
    pub name: String,
    pub scope: Scope,
    pub phases: Vec<PhaseProposal>,
}

/// All that planning phases begins with.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PhaseOffer {
    /// Nearest scope first.
    pub recipes: Vec<PhaseRecipe>,
    /// The one that holds unless another is chosen.
    pub holds: Option<Uuid>,
    pub phases: Vec<Phase>,
    /// Work orders that are not done and in no phase.
    pub unphased: i64,
}

/// One work order of the plan, and the phase it would go into.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SpreadRow {
    pub id: Uuid,
    pub number: i32,
    pub title: String,
    pub phase_id: Uuid,
    /// It goes there rather than earlier, because something it waits for is there.
    pub waits: bool,
}

/// How the work orders without a phase would be spread, in the order of the work. Nothing of it is done yet.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Spread {
    pub phases: Vec<Phase>,
    pub rows: Vec<SpreadRow>,
}

/// A work order that goes from one phase into another, if it is still in the first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Put {
    pub id: Uuid,
    pub from: Option<Uuid>,
    pub to: Option<Uuid>,
}

#[cfg(feature = "ssr")]
pub use service::{add_phases, phase_offer, put, spread};

#[cfg(feature = "ssr")]
mod service {
    use super::*;
    use crate::{
        phases::{self, PhaseInput},
        projects,
        templates::{self, PhaseContent, TemplateType},
        work_orders::{
            WorkOrder,
            store::{self, Write},
        },
    };
    use kernel::{Fault, audit::Audit, db::TenantTx};
    use std::collections::{BTreeMap, BTreeSet, HashMap};

    /// Phases added, and work orders spread, at once.
    const MOST_PHASES: usize = 60;
    const MOST: usize = 5000;

    /// The phases the templates propose, and those there are.
    pub async fn phase_offer(tx: &mut TenantTx, project: &str) -> Result<PhaseOffer, Fault> {
        let project = projects::by_slug(tx, project).await?;
        let phases = phases::all(tx, project.id).await?;
        let named: BTreeSet<String> = phases.iter().map(|p| p.name.to_lowercase()).collect();
        let all = templates::list(tx, Some(&project.slug)).await?;
        let of_kind = || all.iter().filter(|t| t.kind == TemplateType::PlannerPhase);
        let holds = of_kind().find(|t| t.is_default).map(|t| t.id);
        let recipes = of_kind()
            .filter_map(|t| {
                let content: PhaseContent = serde_json::from_value(t.content.clone()).ok()?;
                let phases = content.phases.into_iter().map(|p| PhaseProposal {
                    there: named.contains(&p.name.trim().to_lowercase()),
                    name: p.name,
                    description: p.description,
                });
                Some(PhaseRecipe { id: t.id, name: t.name.clone(), scope: t.scope, phases: phases.collect() })
            })
            .collect();
        let unphased = sqlx::query_scalar!(
            r#"select count(*) as "n!" from factory.work_orders
               where project_id = $1 and phase_id is null and status <> 'done' and deleted_at is null"#,
            project.id
        )
        .fetch_one(tx.conn())
        .await?;
        Ok(PhaseOffer { recipes, holds, phases, unphased })
    }

    /// Adds phases behind the last, in this order, all or none. One whose name is in the plan already is left out.
    pub async fn add_phases(tx: &mut TenantTx, project: &str, inputs: &[PhaseInput]) -> Result<Vec<Phase>, Fault> {
        let found = projects::lock(tx, project).await?;
        if inputs.is_empty() || inputs.len() > MOST_PHASES {
            return Err(Fault::field("phases", format!("are {}; 1 to {MOST_PHASES} are added at once", inputs.len())));
        }
        let mut named: BTreeSet<String> = phases::all(tx, found.id).await?.iter().map(|p| p.name.to_lowercase()).collect();
        for input in inputs {
            if named.insert(input.name.trim().to_lowercase()) {
                phases::create(tx, project, input).await?;
            }
        }
        phases::all(tx, found.id).await
    }

    /// Says how the work orders without a phase would be spread over the phases: evenly, in the order of the work, and
    /// none before what it waits for. Those that are done stay where they are.
    pub async fn spread(tx: &mut TenantTx, project: &str) -> Result<Spread, Fault> {
        let found = projects::by_slug(tx, project).await?;
        let phases = phases::all(tx, found.id).await?;
        if phases.is_empty() {
            return Ok(Spread { phases, rows: Vec::new() });
        }
        let rows = sqlx::query!(
            r#"select id, number, title from factory.work_orders
               where project_id = $1 and phase_id is null and status <> 'done' and deleted_at is null order by sort_order, id limit $2"#,
            found.id,
            MOST as i64
        )
        .fetch_all(tx.conn())
        .await?;
        let ids: Vec<Uuid> = rows.iter().map(|r| r.id).collect();
        let edges = sqlx::query!(
            r#"select t.entity_id as "waits!", w.id as "for!", w.phase_id
               from factory.graph_nodes t
                 join factory.graph_edges e on e.target_node_id = t.id and e.edge_type = 'blocks'
                 join factory.graph_nodes s on s.id = e.source_node_id and s.entity_type = 'work_order'
                 join factory.work_orders w on w.id = s.entity_id and w.deleted_at is null and w.status <> 'done'
               where t.project_id = $1 and t.entity_type = 'work_order' and t.entity_id = any ($2)"#,
            found.id,
            &ids
        )
        .fetch_all(tx.conn())
        .await?;
        let place: HashMap<Uuid, usize> = phases.iter().enumerate().map(|(at, p)| (p.id, at)).collect();
        let (mut before, mut least): (BTreeMap<Uuid, Vec<Uuid>>, BTreeMap<Uuid, usize>) = Default::default();
        for edge in edges {
            match edge.phase_id.and_then(|phase| place.get(&phase)) {
                Some(at) => {
                    let now = least.entry(edge.waits).or_default();
                    *now = (*now).max(*at);
                }
                None => before.entry(edge.waits).or_default().push(edge.r#for),
            }
        }
        let order = in_order(&ids, &before);
        let plan = deal(&order, &before, &least, phases.len());
        let known: HashMap<Uuid, (i32, String)> = rows.into_iter().map(|r| (r.id, (r.number, r.title))).collect();
        let rows = plan
            .into_iter()
            .filter_map(|(id, at, waits)| {
                let (number, title) = known.get(&id)?.clone();
                Some(SpreadRow { id, number, title, phase_id: phases.get(at)?.id, waits })
            })
            .collect();
        Ok(Spread { phases, rows })
    }

    /// Puts work orders into phases, or takes them out again: each that is still where it was when the plan was shown.
    /// Answers those that were moved.
    pub async fn put(tx: &mut TenantTx, project: &str, moves: &[Put]) -> Result<Vec<Put>, Fault> {
        let project = projects::lock(tx, project).await?;
        if moves.is_empty() || moves.len() > MOST {
            return Err(Fault::field("moves", format!("are {}; 1 to {MOST} are put at once", moves.len())));
        }
        let wanted: BTreeSet<Uuid> = moves.iter().filter_map(|m| m.to).collect();
        for phase in wanted {
            store::phase(tx, project.id, Some(phase)).await?;
        }
        let ids: Vec<Uuid> = moves.iter().map(|m| m.id).collect();
        let now: HashMap<Uuid, WorkOrder> = store::find(tx, project.id, &ids).await?.into_iter().map(|w| (w.id, w)).collect();
        if ids.iter().any(|id| !now.contains_key(id)) {
            return Err(store::missing());
        }
        let done: Vec<Put> = moves.iter().filter(|m| now.get(&m.id).is_some_and(|w| !w.deleted && w.phase_id == m.from)).copied().collect();
        let writes =
            done.iter().filter_map(|m| now.get(&m.id).map(|w| Write::new(w.clone(), WorkOrder { phase_id: m.to, ..w.clone() }))).collect();
        store::save(tx, project.id, writes).await?;
        tx.audit(Audit::new("work_order.put_into_phases").target("project", project.id)).await?;
        Ok(done)
    }

    /// The work orders so that each comes behind what it waits for, otherwise as they stand.
    pub(super) fn in_order(ids: &[Uuid], before: &BTreeMap<Uuid, Vec<Uuid>>) -> Vec<Uuid> {
        let mut order = Vec::with_capacity(ids.len());
        let (mut placed, among): (BTreeSet<Uuid>, BTreeSet<Uuid>) = (BTreeSet::new(), ids.iter().copied().collect());
        // Depth first, with a stack of its own: chains may be thousands long.
        for id in ids {
            let mut stack = vec![*id];
            let mut open = BTreeSet::new();
            while let Some(at) = stack.last().copied() {
                // `blocks` stays acyclic; a circle would end here all the same.
                open.insert(at);
                let next = before.get(&at).into_iter().flatten().find(|b| among.contains(b) && !placed.contains(*b) && !open.contains(*b));
                match next {
                    Some(next) => stack.push(*next),
                    None => {
                        stack.pop();
                        if placed.insert(at) {
                            order.push(at);
                        }
                    }
                }
            }
        }
        order
    }

    /// The place of each: an even share for every phase, but never before what it waits for.
    pub(super) fn deal(
        order: &[Uuid],
        before: &BTreeMap<Uuid, Vec<Uuid>>,
        least: &BTreeMap<Uuid, usize>,
        phases: usize,
    ) -> Vec<(Uuid, usize, bool)> {
        let mut at: HashMap<Uuid, usize> = HashMap::new();
        order
            .iter()
            .enumerate()
            .map(|(n, id)| {
                let share = n * phases / order.len().max(1);
                let behind = before.get(id).into_iter().flatten().filter_map(|b| at.get(b)).copied().max();
                let floor = behind.into_iter().chain(least.get(id).copied()).max().unwrap_or(0);
                let place = share.max(floor);
                at.insert(*id, place);
                (*id, place, floor > share)
            })
            .collect()
    }
}

#[cfg(all(test, feature = "ssr"))]
mod tests {
    use super::service::{deal, in_order};
    use std::collections::BTreeMap;
    use uuid::Uuid;

    #[test]
    fn work_is_dealt_out_evenly_and_never_before_what_it_waits_for() {
        let id = Uuid::from_u128;
        let ids: Vec<Uuid> = (1..=6).map(id).collect();
        // The first waits for the last.
        let before = BTreeMap::from([(id(1), vec![id(6)])]);
        let order = in_order(&ids, &before);
        assert_eq!(order, [6, 1, 2, 3, 4, 5].map(id));
        let places = |least: &BTreeMap<Uuid, usize>| deal(&order, &before, least, 3).into_iter().map(|(_, at, _)| at).collect::<Vec<_>>();
        assert_eq!(places(&BTreeMap::new()), [0, 0, 1, 1, 2, 2]);
        // What the last waits for is in the second phase: it and the first go there.
        assert_eq!(places(&BTreeMap::from([(id(6), 1)])), [1, 1, 1, 1, 2, 2]);
        assert_eq!(deal(&order, &before, &BTreeMap::from([(id(6), 1)]), 3)[0], (id(6), 1, true));
        // A circle, should there ever be one, ends.
        let round = BTreeMap::from([(id(1), vec![id(2)]), (id(2), vec![id(1)])]);
        assert_eq!(in_order(&ids[..2], &round).len(), 2);
    }
}
