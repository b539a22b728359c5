//! Changing projects: created as a draft by members, activated and archived by admins.
use super::{Project, ProjectInput, ProjectStatus, read};
use crate::activities::{self, Action, Changes, Entity};
use garde::Validate;
use kernel::{Code, Fault, Perm, audit::Audit, db::TenantTx, ids};
use serde_json::json;
use uuid::Uuid;

/// Starts a project. A member's is a draft until an admin activates it.
pub async fn create(tx: &mut TenantTx, input: &ProjectInput) -> Result<Project, Fault> {
    tx.require(Perm::FactoryWrite)?;
    if tx.actor().project.is_some() {
        return Err(Fault::new(Code::Forbidden, "This key belongs to one project and cannot create another."));
    }
    input.validate()?;
    let status = if tx.actor().may(Perm::FactoryManage) { ProjectStatus::Active } else { ProjectStatus::Draft };
    let base = ids::slug(&input.name);
    // Two projects of one name made at once: the second waits here and takes the next slug.
    sqlx::query!("select pg_advisory_xact_lock(hashtextextended('factory.projects:' || core.tenant(), 0))").fetch_one(tx.conn()).await?;
    let taken = sqlx::query_scalar!("select slug from factory.projects where slug = $1 or slug >= $1 || '-' and slug < $1 || '.'", base)
        .fetch_all(tx.conn())
        .await?;
    let project = sqlx::query_as!(
        Project,
        r#"insert into factory.projects (name, slug, description, repo_url, branch, status) values ($1, $2, $3, $4, $5, $6)
           returning id, xmin::text as "rev!", slug, name, description, status as "status: ProjectStatus", repo_url, branch, created_at, updated_at"#,
        input.name.trim(),
        ids::free_slug(&base, &taken),
        some(&input.description),
        some(&input.repo_url),
        some(&input.branch).unwrap_or("main"),
        status as ProjectStatus
    )
    .fetch_one(tx.conn())
    .await?;
    activities::record(tx, project.id, Entity::Project, project.id, Action::Created, Changes::default(), json!({ "name": project.name }))
        .await?;
    tx.audit(Audit::new("project.create").target("project", project.id)).await?;
    Ok(project)
}

/// Changes name, description, repository and branch. The slug stays, so that links hold.
pub async fn update(tx: &mut TenantTx, id: Uuid, rev: &str, input: &ProjectInput) -> Result<Project, Fault> {
    tx.require(Perm::FactoryWrite)?;
    input.validate()?;
    let now = read::writable(read::lock_any(tx, id).await?)?;
    check_rev(&now, rev)?;
    let after = Project {
        name: input.name.trim().to_owned(),
        description: some(&input.description).map(str::to_owned),
        repo_url: some(&input.repo_url).map(str::to_owned),
        branch: some(&input.branch).unwrap_or("main").to_owned(),
        ..now.clone()
    };
    let mut changes = Changes::default();
    changes.note("name", &now.name, &after.name);
    changes.note("description", &now.description, &after.description);
    changes.note("repo_url", &now.repo_url, &after.repo_url);
    changes.note("branch", &now.branch, &after.branch);
    if changes.is_empty() {
        return Ok(now);
    }
    let project = sqlx::query_as!(
        Project,
        r#"update factory.projects set name = $2, description = $3, repo_url = $4, branch = $5 where id = $1
           returning id, xmin::text as "rev!", slug, name, description, status as "status: ProjectStatus", repo_url, branch, created_at, updated_at"#,
        id,
        after.name,
        after.description,
        after.repo_url,
        after.branch
    )
    .fetch_one(tx.conn())
    .await?;
    activities::record(tx, id, Entity::Project, id, Action::Updated, changes, json!({})).await?;
    Ok(project)
}

/// Moves a project to draft, active, paused or complete. Activating a draft is for admins; so is the archive.
pub async fn set_status(tx: &mut TenantTx, id: Uuid, rev: &str, next: ProjectStatus) -> Result<Project, Fault> {
    tx.require(Perm::FactoryWrite)?;
    let now = read::lock_any(tx, id).await?;
    if now.status == ProjectStatus::Draft || now.status == ProjectStatus::Archived || next == ProjectStatus::Archived {
        tx.require(Perm::FactoryManage)?;
    }
    check_rev(&now, rev)?;
    if !now.status.may_become(next) {
        let moves: Vec<_> = now.status.moves().collect();
        let allowed = moves.iter().map(|s| s.words().to_lowercase()).collect::<Vec<_>>().join(" or ");
        return Err(Fault::new(
            Code::InvalidTransition,
            format!("This project is {}. It can become {allowed}.", now.status.words().to_lowercase()),
        )
        .with_details(json!({ "allowed": moves })));
    }
    let project = sqlx::query_as!(
        Project,
        r#"update factory.projects set status = $2, archived_at = case when $3 then now() end where id = $1
           returning id, xmin::text as "rev!", slug, name, description, status as "status: ProjectStatus", repo_url, branch, created_at, updated_at"#,
        id,
        next as ProjectStatus,
        next == ProjectStatus::Archived
    )
    .fetch_one(tx.conn())
    .await?;
    let mut changes = Changes::default();
    changes.note("status", &now.status, &next);
    activities::record(tx, id, Entity::Project, id, Action::StatusChanged, changes, json!({})).await?;
    if now.status == ProjectStatus::Archived || next == ProjectStatus::Archived {
        let action = if next == ProjectStatus::Archived { "project.archive" } else { "project.unarchive" };
        tx.audit(Audit::new(action).target("project", id)).await?;
    }
    Ok(project)
}

/// Puts a project away: it is shown, and every write answers 409 `project_archived`.
pub async fn archive(tx: &mut TenantTx, id: Uuid, rev: &str) -> Result<Project, Fault> {
    set_status(tx, id, rev, ProjectStatus::Archived).await
}

/// Brings an archived project back as active.
pub async fn unarchive(tx: &mut TenantTx, id: Uuid, rev: &str) -> Result<Project, Fault> {
    set_status(tx, id, rev, ProjectStatus::Active).await
}

fn check_rev(now: &Project, rev: &str) -> Result<(), Fault> {
    if now.rev == rev { Ok(()) } else { Err(Fault::stale("project").with_details(json!({ "current": now }))) }
}

fn some(text: &str) -> Option<&str> {
    Some(text.trim()).filter(|t| !t.is_empty())
}
