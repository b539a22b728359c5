//! Proposals about work orders.
use super::{Outcome, documents::count, features::set, look};
use crate::{
    assistant::{FieldChange, Seen},
    projects::{self, Project},
    work_orders::{self, BulkAction, RichInput, WorkOrder, WorkOrderInput, WorkOrderPatch, WorkOrderStatus},
};
use kernel::{Code, Fault, db::TenantTx};
use serde::Deserialize;
use serde_json::{Value, json};
use uuid::Uuid;

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Create {
    title: String,
    description: Option<String>,
    acceptance_criteria: Option<Vec<String>>,
    out_of_scope: Option<String>,
    implementation_plan: Option<String>,
    feature: Option<String>,
    phase: Option<String>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Update {
    work_order: String,
    title: Option<String>,
    status: Option<WorkOrderStatus>,
    description: Option<String>,
    acceptance_criteria: Option<Vec<String>>,
    out_of_scope: Option<String>,
    implementation_plan: Option<String>,
    feature: Option<String>,
    phase: Option<String>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Batch {
    work_orders: Vec<String>,
    status: Option<WorkOrderStatus>,
    phase: Option<String>,
    feature: Option<String>,
}

/// Criteria as tasks to tick.
fn tasks(criteria: &[String]) -> String {
    criteria.iter().map(|c| format!("- [ ] {}\n", c.trim())).collect()
}

fn rich(text: Option<&String>) -> Option<RichInput> {
    text.map(|text| RichInput::Markdown(text.clone()))
}

fn path(order: &WorkOrder) -> String {
    format!("/planner/{}", order.number)
}

/// Feature and phase, looked up, with their names.
async fn places(
    tx: &mut TenantTx,
    project: &Project,
    feature: Option<&String>,
    phase: Option<&String>,
) -> Result<(Option<(Uuid, String)>, Option<(Uuid, String)>), Fault> {
    let feature = match feature {
        Some(named) => {
            let found = look::feature(tx, project, named).await?;
            Some((found.id, format!("{} {}", found.key, found.name)))
        }
        None => None,
    };
    let phase = match phase {
        Some(named) => Some(look::phase(tx, project, named).await?),
        None => None,
    };
    Ok((feature, phase))
}

pub async fn create(tx: &mut TenantTx, project: &Project, args: &Create) -> Result<Outcome, Fault> {
    let title = work_orders::store::title(&args.title)?;
    let (feature, phase) = places(tx, project, args.feature.as_ref(), args.phase.as_ref()).await?;
    let mut changes = Vec::new();
    set(&mut changes, "Title", None, &title);
    let criteria = args.acceptance_criteria.as_deref().map(|c| c.join("\n"));
    for (field, value) in [
        ("Description", args.description.clone()),
        ("Acceptance criteria", criteria),
        ("Out of scope", args.out_of_scope.clone()),
        ("Implementation plan", args.implementation_plan.clone()),
        ("Feature", feature.map(|f| f.1)),
        ("Phase", phase.map(|p| p.1)),
    ] {
        set(&mut changes, field, None, &value.unwrap_or_default());
    }
    Ok(Outcome { title: format!("Create work order “{title}”"), changes, ..Outcome::default() })
}

pub async fn created(tx: &mut TenantTx, project: &Project, args: &Create) -> Result<Outcome, Fault> {
    let (feature, phase) = places(tx, project, args.feature.as_ref(), args.phase.as_ref()).await?;
    let input = WorkOrderInput {
        title: args.title.clone(),
        phase_id: phase.map(|p| p.0),
        feature_id: feature.map(|f| f.0),
        description: rich(args.description.as_ref()),
        acceptance_criteria: args.acceptance_criteria.as_deref().map(|c| RichInput::Markdown(tasks(c))),
        out_of_scope: rich(args.out_of_scope.as_ref()),
        implementation_plan: rich(args.implementation_plan.as_ref()),
        ..WorkOrderInput::default()
    };
    let made = work_orders::create(tx, &project.slug, &input).await?;
    Ok(Outcome {
        title: format!("Created {} “{}”", made.key(), made.title),
        link: Some(path(&made)),
        data: json!({ "workOrder": made.key(), "id": made.id }),
        ..Outcome::default()
    })
}

/// A rich field as it reads.
fn said(doc: Option<&Value>) -> Option<String> {
    richtext::Doc::from_value(doc?).ok().map(|doc| doc.plain_text())
}

pub async fn update(tx: &mut TenantTx, project: &Project, args: &Update) -> Result<Outcome, Fault> {
    let now = look::work_order(tx, project, &args.work_order).await?;
    if let Some(title) = &args.title {
        work_orders::store::title(title)?;
    }
    if let Some(next) = args.status.filter(|next| !now.status.may_become(*next)) {
        return Err(now.status.refuse(next));
    }
    let (feature, phase) = places(tx, project, args.feature.as_ref(), args.phase.as_ref()).await?;
    let mut changes: Vec<FieldChange> = Vec::new();
    for (field, old, new) in [
        ("Title", Some(now.title.clone()), args.title.clone()),
        ("Status", Some(now.status.words().to_owned()), args.status.map(|s| s.words().to_owned())),
        ("Description", said(now.description.as_ref()), args.description.clone()),
        ("Acceptance criteria", said(now.acceptance_criteria.as_ref()), args.acceptance_criteria.as_deref().map(|c| c.join("\n"))),
        ("Out of scope", said(now.out_of_scope.as_ref()), args.out_of_scope.clone()),
        ("Implementation plan", said(now.implementation_plan.as_ref()), args.implementation_plan.clone()),
        ("Feature", None, feature.filter(|f| Some(f.0) != now.feature_id).map(|f| f.1)),
        ("Phase", None, phase.filter(|p| Some(p.0) != now.phase_id).map(|p| p.1)),
    ] {
        if let Some(new) = new {
            set(&mut changes, field, old, &new);
        }
    }
    if changes.is_empty() {
        return Err(Fault::new(Code::Validation, format!("{} is like that already.", now.key())));
    }
    Ok(Outcome {
        title: format!("Change {} “{}”", now.key(), now.title),
        link: Some(path(&now)),
        changes,
        targets: vec![Seen { id: now.id, rev: now.rev }],
        ..Outcome::default()
    })
}

pub async fn updated(tx: &mut TenantTx, project: &Project, args: &Update, seen: &[Seen]) -> Result<Outcome, Fault> {
    let seen = seen.first().ok_or_else(|| Fault::stale("work order"))?;
    let (feature, phase) = places(tx, project, args.feature.as_ref(), args.phase.as_ref()).await?;
    let patch = WorkOrderPatch {
        title: args.title.clone(),
        phase_id: phase.map(|p| Some(p.0)),
        feature_id: feature.map(|f| Some(f.0)),
        description: rich(args.description.as_ref()),
        acceptance_criteria: args.acceptance_criteria.as_deref().map(|c| RichInput::Markdown(tasks(c))),
        out_of_scope: rich(args.out_of_scope.as_ref()),
        implementation_plan: rich(args.implementation_plan.as_ref()),
        ..WorkOrderPatch::default()
    };
    let mut now = match patch == WorkOrderPatch::default() {
        true => work_orders::get(tx, seen.id).await?,
        false => work_orders::update(tx, seen.id, &seen.rev, &patch).await?,
    };
    if let Some(next) = args.status {
        // Unchanged so far: the version that was seen has to be the present one. Else it is the one just written.
        let rev = if patch == WorkOrderPatch::default() { seen.rev.clone() } else { now.rev.clone() };
        now = work_orders::move_to(tx, now.id, &rev, next, false).await?;
    }
    Ok(Outcome {
        title: format!("Changed {} “{}”", now.key(), now.title),
        link: Some(path(&now)),
        data: json!({ "workOrder": now.key(), "status": now.status }),
        ..Outcome::default()
    })
}

impl Batch {
    /// The one change, and in words.
    async fn action(&self, tx: &mut TenantTx, project: &Project) -> Result<(BulkAction, &'static str, String), Fault> {
        match (self.status, &self.phase, &self.feature) {
            (Some(status), None, None) => Ok((BulkAction::Status(status), "Status", status.words().to_owned())),
            (None, Some(phase), None) => {
                let (id, name) = look::phase(tx, project, phase).await?;
                Ok((BulkAction::Phase(Some(id)), "Phase", name))
            }
            (None, None, Some(feature)) => {
                let found = look::feature(tx, project, feature).await?;
                Ok((BulkAction::Feature(Some(found.id)), "Feature", format!("{} {}", found.key, found.name)))
            }
            _ => Err(Fault::new(Code::Validation, "Name one of status, phase and feature.")),
        }
    }
}

pub async fn batch(tx: &mut TenantTx, project: &Project, args: &Batch) -> Result<Outcome, Fault> {
    if args.work_orders.is_empty() || args.work_orders.len() > 100 {
        return Err(Fault::field("workOrders", format!("are {}; 1 to 100 can be changed at once", args.work_orders.len())));
    }
    let (action, field, new) = args.action(tx, project).await?;
    let (mut changes, mut targets) = (Vec::new(), Vec::new());
    for named in &args.work_orders {
        let now = look::work_order(tx, project, named).await?;
        if let BulkAction::Status(next) = action
            && now.status != next
            && !now.status.may_become(next)
        {
            return Err(now.status.refuse(next));
        }
        let old = (field == "Status").then(|| now.status.words().to_owned());
        if targets.iter().any(|seen: &Seen| seen.id == now.id) {
            continue;
        }
        changes.push(FieldChange { field: format!("{} {field}", now.key()), old, new: new.clone() });
        targets.push(Seen { id: now.id, rev: now.rev });
    }
    Ok(Outcome {
        title: format!("Change {}: {} to {new}", count(targets.len(), "work order", "work orders"), field.to_lowercase()),
        changes,
        targets,
        ..Outcome::default()
    })
}

pub async fn batched(tx: &mut TenantTx, project: &Project, args: &Batch, seen: &[Seen]) -> Result<Outcome, Fault> {
    // Nobody changes them between the look and the write.
    projects::lock(tx, &project.slug).await?;
    for seen in seen {
        if work_orders::get(tx, seen.id).await?.rev != seen.rev {
            return Err(Fault::stale("work order"));
        }
    }
    let (action, field, new) = args.action(tx, project).await?;
    let ids: Vec<Uuid> = seen.iter().map(|s| s.id).collect();
    let results = work_orders::bulk(tx, &project.slug, &ids, &action).await?;
    // A person approved all of it: not a part.
    if let Some(problem) = results.iter().find_map(|r| r.problem.clone()) {
        return Err(Fault::new(Code::Conflict, format!("Nothing was changed. One of them: {problem}")));
    }
    Ok(Outcome {
        title: format!("Changed {}: {} to {new}", count(ids.len(), "work order", "work orders"), field.to_lowercase()),
        link: Some("/planner".to_owned()),
        data: json!({ "changed": ids.len() }),
        ..Outcome::default()
    })
}
