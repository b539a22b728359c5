//! Saved views: named filters of the planner, a person's own or the team's.
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// A named filter.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SavedView {
    pub id: Uuid,
    pub name: String,
    /// The part of the address behind `?`.
    pub query: String,
    /// The team's, rather than one person's own.
    pub shared: bool,
    /// The reader may rename it and take it away.
    pub editable: bool,
}

/// What a person says of a view.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct SavedViewInput {
    pub name: String,
    pub query: String,
    pub shared: bool,
}

#[cfg(feature = "ssr")]
pub use service::{remove_view, save_view, views};

#[cfg(feature = "ssr")]
mod service {
    use super::*;
    use crate::{features::store::text, projects};
    use kernel::{Fault, Perm, audit::Audit, db::TenantTx};

    /// The views of a project that the acting person sees: the team's first, then their own, by name.
    pub async fn views(tx: &mut TenantTx, project: &str) -> Result<Vec<SavedView>, Fault> {
        let project = projects::by_slug(tx, project).await?;
        let manages = tx.actor().may(Perm::FactoryManage);
        Ok(sqlx::query_as!(
            SavedView,
            r#"select id, name, query, shared, (created_by = core.actor() or $2) as "editable!"
               from factory.saved_views where project_id = $1 order by shared desc, lower(name), id limit 500"#,
            project.id,
            manages
        )
        .fetch_all(tx.conn())
        .await?)
    }

    /// Keeps a view under its name: one of this name (of the team, or one's own) is replaced by its maker or an admin.
    pub async fn save_view(tx: &mut TenantTx, project: &str, input: &SavedViewInput) -> Result<Vec<SavedView>, Fault> {
        let found = projects::lock(tx, project).await?;
        let user = tx.actor().user()?;
        let name = text("name", &input.name, 100)?.ok_or_else(|| Fault::field("name", "is required"))?;
        let query = text("query", input.query.trim_start_matches('?'), 2000)?.unwrap_or_default();
        let same = sqlx::query!(
            r#"select id, created_by from factory.saved_views
               where project_id = $1 and lower(name) = lower($2) and shared = $3 and (shared or created_by = $4)"#,
            found.id,
            name,
            input.shared,
            user
        )
        .fetch_optional(tx.conn())
        .await?;
        let id = match same {
            Some(view) => {
                if view.created_by != Some(user) && !tx.actor().may(Perm::FactoryManage) {
                    return Err(Fault::field("name", "is a view of the team that somebody else made"));
                }
                sqlx::query!("update factory.saved_views set name = $2, query = $3 where id = $1", view.id, name, query)
                    .execute(tx.conn())
                    .await?;
                view.id
            }
            None => sqlx::query_scalar!(
                "insert into factory.saved_views (project_id, name, query, shared, created_by) values ($1, $2, $3, $4, $5) returning id",
                found.id,
                name,
                query,
                input.shared,
                user
            )
            .fetch_one(tx.conn())
            .await?,
        };
        tx.audit(Audit::new("saved_view.save").target("saved_view", id)).await?;
        views(tx, project).await
    }

    /// Takes a view away: one's own, one's team view, or as an admin any of the team's.
    pub async fn remove_view(tx: &mut TenantTx, id: Uuid) -> Result<(), Fault> {
        tx.require(Perm::FactoryWrite)?;
        let (user, manages) = (tx.actor().user()?, tx.actor().may(Perm::FactoryManage));
        let view =
            sqlx::query!("select project_id, created_by from factory.saved_views where id = $1", id).fetch_optional(tx.conn()).await?;
        let view = view.ok_or_else(|| Fault::not_found("The view"))?;
        projects::get(tx, view.project_id).await?;
        if view.created_by != Some(user) && !manages {
            tx.require(Perm::FactoryManage)?;
        }
        sqlx::query!("delete from factory.saved_views where id = $1", id).execute(tx.conn()).await?;
        tx.audit(Audit::new("saved_view.remove").target("saved_view", id)).await
    }
}
