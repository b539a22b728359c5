//! The first steps in a new project: they tick themselves from what is there. Kept is only that somebody put them away
//! (`projects.settings.onboarding`).
use serde::{Deserialize, Serialize};

/// A first step.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Step {
    Overview,
    Feature,
    Blueprint,
    Code,
    ApiKey,
    Invite,
}

impl Step {
    /// In the order in which they are shown.
    pub const ALL: [Self; 6] = [Self::Overview, Self::Feature, Self::Blueprint, Self::Code, Self::ApiKey, Self::Invite];

    /// What there is to do.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Overview => "Write the product overview",
            Self::Feature => "Add a feature",
            Self::Blueprint => "Write a blueprint",
            Self::Code => "Connect the code",
            Self::ApiKey => "Create an API key",
            Self::Invite => "Invite a colleague",
        }
    }

    /// What it is good for.
    pub const fn purpose(self) -> &'static str {
        match self {
            Self::Overview => "What is to be built, for whom, and why.",
            Self::Feature => "By hand, or a whole list from a file.",
            Self::Blueprint => "How it is built: work orders are drawn from it.",
            Self::Code => "Search it by meaning, and see where it moves away from the blueprints.",
            Self::ApiKey => "For coding tools, test reports and feedback from your app.",
            Self::Invite => "Documents are written together, live.",
        }
    }
}

/// How far a project is with its first steps.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Onboarding {
    pub done: Vec<Step>,
    /// Somebody put them away.
    pub dismissed: bool,
}

impl Onboarding {
    /// Is there something left to show?
    pub fn is_shown(&self) -> bool {
        !self.dismissed && self.done.len() < Step::ALL.len()
    }
}

#[cfg(feature = "ssr")]
pub use service::{dismiss, of_project};

#[cfg(feature = "ssr")]
mod service {
    use super::{Onboarding, Step};
    use crate::projects;
    use kernel::{Fault, Perm, db::TenantTx};
    use uuid::Uuid;

    /// The steps of a project.
    pub async fn of_project(tx: &mut TenantTx, project: Uuid) -> Result<Onboarding, Fault> {
        let row = sqlx::query!(
            r#"select coalesce((p.settings #>> '{onboarding,dismissed}')::boolean, false) as "dismissed!",
                 exists (select from factory.documents d where d.project_id = p.id and d.type = 'product_overview' and d.deleted_at is null) as "overview!",
                 exists (select from factory.features f where f.project_id = p.id and f.deleted_at is null) as "feature!",
                 exists (select from factory.documents d where d.project_id = p.id and d.deleted_at is null
                   and d.type in ('foundation_blueprint', 'feature_blueprint', 'system_diagram')) as "blueprint!",
                 exists (select from factory.codebase_connections c where c.project_id = p.id) as "code!",
                 exists (select from core.api_keys k where k.revoked_at is null and (k.project_id = p.id or k.project_id is null)) as "api_key!",
                 exists (select from core.memberships m where m.org_id = p.organization_id offset 1)
                   or exists (select from core.invitations i where i.organization_id = p.organization_id) as "invite!"
               from factory.projects p where p.id = $1"#,
            project
        )
        .fetch_one(tx.conn())
        .await?;
        let found = [row.overview, row.feature, row.blueprint, row.code, row.api_key, row.invite];
        let done = Step::ALL.into_iter().zip(found).filter(|(_, done)| *done).map(|(step, _)| step).collect();
        Ok(Onboarding { done, dismissed: row.dismissed })
    }

    /// Puts the steps away, for everybody, or shows them again.
    pub async fn dismiss(tx: &mut TenantTx, project: &str, dismissed: bool) -> Result<(), Fault> {
        tx.require(Perm::FactoryWrite)?;
        let project = projects::lock(tx, project).await?;
        sqlx::query!(
            "update factory.projects set settings = jsonb_set(settings, '{onboarding}', jsonb_build_object('dismissed', $2::boolean)) where id = $1",
            project.id,
            dismissed
        )
        .execute(tx.conn())
        .await?;
        Ok(())
    }
}
