//! Folders.
use super::{Folder, FolderInput, FolderPatch};
use crate::{
    activities::{self, Action, Changes, Entity},
    features::store,
    projects::{self, Project},
};
use kernel::{Code, Fault, Perm, audit::Audit, db::TenantTx};
use serde_json::json;
use uuid::Uuid;

/// More folders than anybody finds their way in.
const MOST: i64 = 2_000;

fn missing() -> Fault {
    Fault::not_found("The folder")
}

/// All folders of a project, each level in its order.
pub async fn list(tx: &mut TenantTx, project: &str) -> Result<Vec<Folder>, Fault> {
    let project = projects::by_slug(tx, project).await?;
    all(tx, project.id).await
}

pub(super) async fn all(tx: &mut TenantTx, project: Uuid) -> Result<Vec<Folder>, Fault> {
    Ok(sqlx::query_as!(
        Folder,
        r#"select f.id, f.xmin::text as "rev!", f.parent_id, f.name, f.sort_order, f.created_at, f.updated_at,
             (select count(*) from factory.artifacts a where a.folder_id = f.id and a.deleted_at is null) as "artifacts!"
           from factory.artifact_folders f where f.project_id = $1 order by f.sort_order, lower(f.name), f.id limit $2"#,
        project,
        MOST
    )
    .fetch_all(tx.conn())
    .await?)
}

/// A folder of a project, or 404.
pub(super) async fn one(tx: &mut TenantTx, project: Uuid, id: Uuid) -> Result<Folder, Fault> {
    sqlx::query_as!(
        Folder,
        r#"select f.id, f.xmin::text as "rev!", f.parent_id, f.name, f.sort_order, f.created_at, f.updated_at,
             (select count(*) from factory.artifacts a where a.folder_id = f.id and a.deleted_at is null) as "artifacts!"
           from factory.artifact_folders f where f.id = $2 and f.project_id = $1"#,
        project,
        id
    )
    .fetch_optional(tx.conn())
    .await?
    .ok_or_else(missing)
}

/// The same for programs.
pub async fn folder(tx: &mut TenantTx, project: &str, id: Uuid) -> Result<Folder, Fault> {
    let project = projects::by_slug(tx, project).await?;
    one(tx, project.id, id).await
}

/// From the top down to a folder.
pub(super) async fn path(tx: &mut TenantTx, project: Uuid, id: Uuid) -> Result<Vec<Folder>, Fault> {
    let mut path = Vec::new();
    let mut next = Some(id);
    // No deeper than folders there can be: a circle cannot be made, and would end here.
    while let Some(id) = next.filter(|_| path.len() < MOST as usize) {
        let folder = one(tx, project, id).await?;
        next = folder.parent_id;
        path.push(folder);
    }
    path.reverse();
    Ok(path)
}

/// Queues for the project of a folder.
async fn lock(tx: &mut TenantTx, id: Uuid) -> Result<Project, Fault> {
    tx.require(Perm::FactoryWrite)?;
    let project =
        sqlx::query_scalar!("select project_id from factory.artifact_folders where id = $1", id).fetch_optional(tx.conn()).await?;
    projects::lock_id(tx, project.ok_or_else(missing)?).await
}

fn check_rev(now: &Folder, rev: &str) -> Result<(), Fault> {
    match now.rev == rev {
        true => Ok(()),
        false => Err(Fault::stale("folder").with_details(json!({ "current": now }))),
    }
}

/// Adds a folder.
pub async fn create(tx: &mut TenantTx, project: &str, input: &FolderInput) -> Result<Folder, Fault> {
    let project = projects::lock(tx, project).await?;
    let name = store::name(&input.name)?;
    if let Some(parent) = input.parent_id {
        one(tx, project.id, parent).await?;
    }
    let count = sqlx::query_scalar!(r#"select count(*) as "n!" from factory.artifact_folders where project_id = $1"#, project.id)
        .fetch_one(tx.conn())
        .await?;
    if count >= MOST {
        return Err(Fault::new(Code::Validation, format!("A project has at most {MOST} folders.")));
    }
    let id = sqlx::query_scalar!(
        "insert into factory.artifact_folders (project_id, parent_id, name) values ($1, $2, $3) returning id",
        project.id,
        input.parent_id,
        name
    )
    .fetch_one(tx.conn())
    .await?;
    note(tx, project.id, id, Action::Created, Changes::default(), &name).await?;
    tx.audit(Audit::new("artifact_folder.create").target("artifact_folder", id)).await?;
    one(tx, project.id, id).await
}

/// Renames, moves or orders a folder.
pub async fn update(tx: &mut TenantTx, id: Uuid, rev: &str, patch: &FolderPatch) -> Result<Folder, Fault> {
    let project = lock(tx, id).await?;
    let before = one(tx, project.id, id).await?;
    check_rev(&before, rev)?;
    let name = match &patch.name {
        Some(name) => store::name(name)?,
        None => before.name.clone(),
    };
    let parent = patch.parent_id.unwrap_or(before.parent_id);
    if let Some(parent) = parent.filter(|_| patch.parent_id.is_some()) {
        one(tx, project.id, parent).await?;
        let below = sqlx::query_scalar!(r#"select factory.folder_is_below($1, $2) as "below!""#, id, parent).fetch_one(tx.conn()).await?;
        if below {
            return Err(Fault::new(Code::Cycle, "A folder cannot lie in itself or in a folder of its own."));
        }
    }
    let order = patch.sort_order.unwrap_or(before.sort_order);
    let mut changes = Changes::default();
    changes.note("name", &before.name, &name);
    changes.note("parent_id", &before.parent_id, &parent);
    changes.note("sort_order", &before.sort_order, &order);
    if changes.is_empty() {
        return Ok(before);
    }
    sqlx::query!("update factory.artifact_folders set name = $2, parent_id = $3, sort_order = $4 where id = $1", id, name, parent, order)
        .execute(tx.conn())
        .await?;
    note(tx, project.id, id, Action::Updated, changes, &name).await?;
    tx.audit(Audit::new("artifact_folder.update").target("artifact_folder", id)).await?;
    one(tx, project.id, id).await
}

/// Takes a folder away with the folders in it; the files of all of them stay, unfiled.
pub async fn remove(tx: &mut TenantTx, id: Uuid, rev: &str) -> Result<(), Fault> {
    let project = lock(tx, id).await?;
    let before = one(tx, project.id, id).await?;
    check_rev(&before, rev)?;
    sqlx::query!("delete from factory.artifact_folders where id = $1", id).execute(tx.conn()).await?;
    note(tx, project.id, id, Action::Deleted, Changes::default(), &before.name).await?;
    tx.audit(Audit::new("artifact_folder.remove").target("artifact_folder", id)).await
}

async fn note(tx: &mut TenantTx, project: Uuid, id: Uuid, action: Action, changes: Changes, name: &str) -> Result<(), Fault> {
    activities::record(tx, project, Entity::Artifact, id, action, changes, json!({ "name": name, "folder": true })).await
}
