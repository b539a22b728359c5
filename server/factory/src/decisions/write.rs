//! Writing the log. Whatever a decision is linked to is linked in the graph as well.
use super::{Decision, DecisionInput, LINKED, page::one};
use crate::{
    activities::{self, Action, Changes, Entity},
    features::store::text,
    graph::{self, EdgeType, EntityKind, EntityRef},
    projects::{self, Project},
};
use chrono::NaiveDate;
use kernel::{Fault, Perm, audit::Audit, db::TenantTx};
use serde_json::json;
use uuid::Uuid;

/// Links of one decision, and its options.
const MOST_LINKS: usize = 50;
const MOST_OPTIONS: usize = 20;

/// What a person said, checked.
struct Checked {
    title: String,
    context: Option<String>,
    options: Vec<String>,
    choice: String,
    decided_on: NaiveDate,
    links: Vec<EntityRef>,
}

fn check(tx: &TenantTx, input: &DecisionInput) -> Result<Checked, Fault> {
    let required = |field: &str, value: &str, most| text(field, value, most)?.ok_or_else(|| Fault::field(field, "is required"));
    let today = tx.now().date_naive();
    let decided_on = input.decided_on.unwrap_or(today);
    // A day ahead: it is tomorrow already somewhere.
    if decided_on > today + chrono::Days::new(1) {
        return Err(Fault::field("decided_on", "is in the future"));
    }
    let mut options = Vec::new();
    for option in &input.options {
        options.extend(text("options", &option.replace('\n', " "), 1000)?);
    }
    if options.len() > MOST_OPTIONS {
        return Err(Fault::field("options", format!("are {}; the most is {MOST_OPTIONS}", options.len())));
    }
    let mut links: Vec<EntityRef> = Vec::new();
    for link in &input.links {
        if !LINKED.contains(&link.kind) {
            return Err(Fault::field("links", "are documents, features and work orders"));
        }
        if !links.contains(link) {
            links.push(*link);
        }
    }
    if links.len() > MOST_LINKS {
        return Err(Fault::field("links", format!("are {}; the most is {MOST_LINKS}", links.len())));
    }
    Ok(Checked {
        title: required("title", &input.title, 500)?,
        context: text("context", &input.context, 10_000)?,
        options,
        choice: required("choice", &input.choice, 10_000)?,
        decided_on,
        links,
    })
}

/// Notes a decision, with the next number of the project.
pub async fn create(tx: &mut TenantTx, project: &str, input: &DecisionInput) -> Result<Decision, Fault> {
    let project = projects::lock(tx, project).await?;
    let Checked { title, context, options, choice, decided_on, links } = check(tx, input)?;
    let author = tx.actor().user;
    let id = sqlx::query_scalar!(
        "insert into factory.decisions (project_id, number, title, context, options, choice, decided_on, created_by)
         values ($1, (select coalesce(max(number), 0) + 1 from factory.decisions where project_id = $1), $2, $3, $4, $5, $6, $7) returning id",
        project.id,
        title,
        context,
        &options,
        choice,
        decided_on,
        author
    )
    .fetch_one(tx.conn())
    .await?;
    graph::keep_decision(tx, id).await?;
    relink(tx, &project, id, &[], &links).await?;
    note(tx, &project, id, Action::Created, Changes::default(), &title).await?;
    tx.audit(Audit::new("decision.create").target("decision", id)).await?;
    one(tx, project.id, id).await
}

/// Changes a decision.
pub async fn update(tx: &mut TenantTx, id: Uuid, rev: &str, input: &DecisionInput) -> Result<Decision, Fault> {
    let project = lock_of(tx, id).await?;
    let before = current(tx, &project, id, rev).await?;
    let Checked { title, context, options, choice, decided_on, links } = check(tx, input)?;
    let mut changes = Changes::default();
    changes.note("title", &before.title, &title);
    changes.note("context", &before.context, &context);
    changes.note("options", &before.options, &options);
    changes.note("choice", &before.choice, &choice);
    changes.note("decided_on", &before.decided_on, &decided_on);
    let was: Vec<EntityRef> = before.links.iter().map(|l| l.entity).collect();
    if was.len() != links.len() || links.iter().any(|l| !was.contains(l)) {
        changes.note("links", &was, &links);
    }
    if changes.is_empty() {
        return Ok(before);
    }
    sqlx::query!(
        "update factory.decisions set title = $2, context = $3, options = $4, choice = $5, decided_on = $6 where id = $1",
        id,
        title,
        context,
        &options,
        choice,
        decided_on
    )
    .execute(tx.conn())
    .await?;
    graph::keep_decision(tx, id).await?;
    relink(tx, &project, id, &was, &links).await?;
    note(tx, &project, id, Action::Updated, changes, &title).await?;
    tx.audit(Audit::new("decision.update").target("decision", id)).await?;
    one(tx, project.id, id).await
}

/// Takes a decision out of the log; its number stays taken.
pub async fn remove(tx: &mut TenantTx, id: Uuid, rev: &str) -> Result<Decision, Fault> {
    let project = lock_of(tx, id).await?;
    let before = current(tx, &project, id, rev).await?;
    sqlx::query!("update factory.decisions set deleted_at = now() where id = $1", id).execute(tx.conn()).await?;
    graph::keep_decision(tx, id).await?;
    note(tx, &project, id, Action::Deleted, Changes::default(), &before.title).await?;
    tx.audit(Audit::new("decision.remove").target("decision", id)).await?;
    Ok(before)
}

/// Brings a decision back, with its links.
pub async fn restore(tx: &mut TenantTx, id: Uuid) -> Result<Decision, Fault> {
    let project = lock_of(tx, id).await?;
    let title = sqlx::query_scalar!("update factory.decisions set deleted_at = null where id = $1 returning title", id)
        .fetch_one(tx.conn())
        .await?;
    graph::keep_decision(tx, id).await?;
    note(tx, &project, id, Action::Restored, Changes::default(), &title).await?;
    tx.audit(Audit::new("decision.restore").target("decision", id)).await?;
    one(tx, project.id, id).await
}

/// Queues for the project of a decision, deleted or not.
async fn lock_of(tx: &mut TenantTx, id: Uuid) -> Result<Project, Fault> {
    tx.require(Perm::FactoryWrite)?;
    let project = sqlx::query_scalar!("select project_id from factory.decisions where id = $1", id).fetch_optional(tx.conn()).await?;
    projects::lock_id(tx, project.ok_or_else(|| Fault::not_found("The decision"))?).await
}

/// The decision as it is, or 409 `stale` when it is not what the change was made on.
async fn current(tx: &mut TenantTx, project: &Project, id: Uuid, rev: &str) -> Result<Decision, Fault> {
    let now = one(tx, project.id, id).await?;
    match now.rev == rev {
        true => Ok(now),
        false => Err(Fault::stale("decision").with_details(json!({ "current": now }))),
    }
}

async fn relink(tx: &mut TenantTx, project: &Project, id: Uuid, was: &[EntityRef], links: &[EntityRef]) -> Result<(), Fault> {
    let decision = EntityRef::new(EntityKind::Decision, id);
    for gone in was.iter().filter(|l| !links.contains(l)) {
        graph::unlink_between(tx, project.id, decision, EdgeType::References, *gone).await?;
    }
    for new in links.iter().filter(|l| !was.contains(l)) {
        graph::keep_link(tx, project.id, decision, EdgeType::References, *new).await?;
    }
    Ok(())
}

async fn note(tx: &mut TenantTx, project: &Project, id: Uuid, action: Action, changes: Changes, title: &str) -> Result<(), Fault> {
    activities::record(tx, project.id, Entity::Decision, id, action, changes, json!({ "title": title })).await
}
