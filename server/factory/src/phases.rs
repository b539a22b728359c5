//! Phases: the stretches a plan is cut into, in their order.
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// A phase with how far it is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Phase {
    pub id: Uuid,
    pub rev: String,
    pub name: String,
    pub description: Option<String>,
    pub sort_order: i32,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
    /// Its work orders that are done, and all of them that live.
    pub done: i64,
    pub live: i64,
}

impl Phase {
    /// Done of live, in whole percent, rounded: 3 of 8 are 38 %.
    pub const fn percent(&self) -> i64 {
        match self.live {
            0 => 0,
            live => (self.done * 200 + live) / (live * 2),
        }
    }
}

/// What a person says of a phase. An empty description is none.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct PhaseInput {
    pub name: String,
    pub description: String,
}

#[cfg(feature = "ssr")]
pub(crate) use service::all;
#[cfg(feature = "ssr")]
pub use service::{create, list, place, remove, update};

#[cfg(feature = "ssr")]
mod service {
    use super::*;
    use crate::{
        activities::{self, Action, Changes, Entity},
        features::store::text,
        projects::{self, Project},
    };
    use kernel::{Fault, audit::Audit, db::TenantTx};
    use serde_json::json;

    /// The phases of a project in their order.
    pub async fn list(tx: &mut TenantTx, project: &str) -> Result<Vec<Phase>, Fault> {
        let project = projects::by_slug(tx, project).await?;
        all(tx, project.id).await
    }

    pub(crate) async fn all(tx: &mut TenantTx, project: Uuid) -> Result<Vec<Phase>, Fault> {
        Ok(sqlx::query_as!(
            Phase,
            r#"select p.id, p.xmin::text as "rev!", p.name, p.description, p.sort_order, p.created_at, p.updated_at,
                 count(w.id) filter (where w.status = 'done') as "done!", count(w.id) as "live!"
               from factory.phases p left join factory.work_orders w on w.phase_id = p.id and w.deleted_at is null
               where p.project_id = $1 group by p.id, p.xmin order by p.sort_order, p.id"#,
            project
        )
        .fetch_all(tx.conn())
        .await?)
    }

    async fn one(tx: &mut TenantTx, project: Uuid, id: Uuid) -> Result<Phase, Fault> {
        all(tx, project).await?.into_iter().find(|p| p.id == id).ok_or_else(|| Fault::not_found("The phase"))
    }

    /// Queues for the project of a phase.
    async fn lock_of(tx: &mut TenantTx, id: Uuid) -> Result<Project, Fault> {
        tx.require(kernel::Perm::FactoryWrite)?;
        let project = sqlx::query_scalar!("select project_id from factory.phases where id = $1", id).fetch_optional(tx.conn()).await?;
        let project = project.ok_or_else(|| Fault::not_found("The phase"))?;
        projects::lock_id(tx, project).await
    }

    fn check_rev(now: &Phase, rev: &str) -> Result<(), Fault> {
        match now.rev == rev {
            true => Ok(()),
            false => Err(Fault::stale("phase").with_details(json!({ "current": now }))),
        }
    }

    /// Adds a phase behind the last.
    pub async fn create(tx: &mut TenantTx, project: &str, input: &PhaseInput) -> Result<Phase, Fault> {
        let project = projects::lock(tx, project).await?;
        let name = text("name", &input.name, 255)?.ok_or_else(|| Fault::field("name", "is required"))?;
        let description = text("description", &input.description, 2000)?;
        let id = sqlx::query_scalar!(
            r#"insert into factory.phases (project_id, name, description, sort_order)
               values ($1, $2, $3, (select coalesce(max(sort_order), 0) + 1 from factory.phases where project_id = $1)) returning id"#,
            project.id,
            name,
            description
        )
        .fetch_one(tx.conn())
        .await?;
        let mut changes = Changes::default();
        changes.note("name", &None, &Some(&name));
        activities::record(tx, project.id, Entity::Phase, id, Action::Created, changes, json!({ "name": name })).await?;
        tx.audit(Audit::new("phase.create").target("phase", id)).await?;
        one(tx, project.id, id).await
    }

    /// Changes name and description.
    pub async fn update(tx: &mut TenantTx, id: Uuid, rev: &str, input: &PhaseInput) -> Result<Phase, Fault> {
        let project = lock_of(tx, id).await?;
        let before = one(tx, project.id, id).await?;
        check_rev(&before, rev)?;
        let name = text("name", &input.name, 255)?.ok_or_else(|| Fault::field("name", "is required"))?;
        let description = text("description", &input.description, 2000)?;
        let mut changes = Changes::default();
        changes.note("name", &before.name, &name);
        changes.note("description", &before.description, &description);
        if changes.is_empty() {
            return Ok(before);
        }
        sqlx::query!("update factory.phases set name = $2, description = $3 where id = $1", id, name, description)
            .execute(tx.conn())
            .await?;
        activities::record(tx, project.id, Entity::Phase, id, Action::Updated, changes, json!({ "name": name })).await?;
        tx.audit(Audit::new("phase.update").target("phase", id)).await?;
        one(tx, project.id, id).await
    }

    /// Puts a phase behind another (`None`: first); answers all of them in the new order.
    pub async fn place(tx: &mut TenantTx, id: Uuid, after: Option<Uuid>) -> Result<Vec<Phase>, Fault> {
        let project = lock_of(tx, id).await?;
        let mut ids: Vec<Uuid> = all(tx, project.id).await?.iter().map(|p| p.id).filter(|p| *p != id).collect();
        let at = match after.filter(|after| *after != id) {
            None => 0,
            Some(after) => ids.iter().position(|p| *p == after).ok_or_else(|| Fault::field("after", "is not in this project"))? + 1,
        };
        ids.insert(at, id);
        sqlx::query!(
            "update factory.phases p set sort_order = x.n from unnest($2::uuid[]) with ordinality as x (id, n)
             where p.project_id = $1 and p.id = x.id and p.sort_order <> x.n",
            project.id,
            &ids
        )
        .execute(tx.conn())
        .await?;
        tx.audit(Audit::new("phase.place").target("phase", id)).await?;
        all(tx, project.id).await
    }

    /// Takes a phase away; its work orders stay, in no phase.
    pub async fn remove(tx: &mut TenantTx, id: Uuid, rev: &str) -> Result<(), Fault> {
        let project = lock_of(tx, id).await?;
        let before = one(tx, project.id, id).await?;
        check_rev(&before, rev)?;
        sqlx::query!("delete from factory.phases where id = $1", id).execute(tx.conn()).await?;
        activities::record(tx, project.id, Entity::Phase, id, Action::Deleted, Changes::default(), json!({ "name": before.name })).await?;
        tx.audit(Audit::new("phase.remove").target("phase", id)).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_of_eight_are_38_percent() {
        let phase = |done, live| Phase {
            id: Uuid::nil(),
            rev: String::new(),
            name: String::new(),
            description: None,
            sort_order: 0,
            created_at: Utc::now(),
            updated_at: Utc::now(),
            done,
            live,
        };
        assert_eq!((phase(3, 8).percent(), phase(0, 0).percent(), phase(5, 5).percent(), phase(1, 3).percent()), (38, 0, 100, 33));
    }
}
