//! Finding projects, and queueing for one.
use super::{Project, ProjectCard, ProjectStatus, StatusCounts};
use kernel::{
    Code, Fault, Perm,
    app::App,
    db::TenantTx,
    record::{Cursor, PageRequest, Paged},
};
use uuid::Uuid;

/// One page of the projects by name, with what their features come to. A key bound to a project sees that one alone.
pub async fn list(tx: &mut TenantTx, archived: bool, page: &PageRequest) -> Result<Paged<ProjectCard>, Fault> {
    tx.require(Perm::FactoryRead)?;
    let after = Cursor::<String>::of(page)?;
    let only = tx.actor().project;
    let rows = sqlx::query!(
        r#"select p.id, p.xmin::text as "rev!", p.slug, p.name, p.description, p.status as "status: ProjectStatus", p.repo_url, p.branch,
             p.created_at, p.updated_at, p.name_order as "name_order!",
             coalesce(c.pending, 0) as "pending!", coalesce(c.in_progress, 0) as "in_progress!", coalesce(c.passing, 0) as "passing!",
             coalesce(c.failing, 0) as "failing!", coalesce(c.blocked, 0) as "blocked!"
           from factory.projects p
             left join lateral (
               select sum(n) filter (where status = 'pending')::bigint as pending,
                      sum(n) filter (where status = 'in_progress')::bigint as in_progress,
                      sum(n) filter (where status = 'passing')::bigint as passing,
                      sum(n) filter (where status = 'failing')::bigint as failing,
                      sum(n) filter (where status = 'blocked')::bigint as blocked
               from factory.feature_counts where project_id = p.id) c on true
           where (p.archived_at is not null) = $1 and ($2::uuid is null or p.id = $2)
             and ($4::uuid is null or (p.name_order, p.id) > ($3, $4))
           order by p.name_order, p.id limit $5"#,
        archived,
        only,
        after.as_ref().map(|c| c.key.as_str()),
        after.as_ref().map(|c| c.id),
        page.fetch()
    )
    .fetch_all(tx.conn())
    .await?;
    let rows = rows
        .into_iter()
        .map(|r| {
            let project = Project {
                id: r.id,
                rev: r.rev,
                slug: r.slug,
                name: r.name,
                description: r.description,
                status: r.status,
                repo_url: r.repo_url,
                branch: r.branch,
                created_at: r.created_at,
                updated_at: r.updated_at,
            };
            let counts =
                StatusCounts { pending: r.pending, in_progress: r.in_progress, passing: r.passing, failing: r.failing, blocked: r.blocked };
            (r.name_order, ProjectCard { project, counts })
        })
        .collect();
    let Paged { rows, next } = Paged::cut(rows, page, |(name, card)| Cursor::new(name.clone(), card.project.id));
    Ok(Paged { rows: rows.into_iter().map(|(_, card)| card).collect(), next })
}

/// How many there are, on all pages.
pub async fn count(tx: &mut TenantTx, archived: bool) -> Result<i64, Fault> {
    tx.require(Perm::FactoryRead)?;
    let count = sqlx::query_scalar!(
        r#"select count(*) as "n!" from factory.projects where (archived_at is not null) = $1 and ($2::uuid is null or id = $2)"#,
        archived,
        tx.actor().project
    );
    Ok(count.fetch_one(tx.conn()).await?)
}

/// The project of this slug in the organization of the transaction, or 404.
pub async fn by_slug(tx: &mut TenantTx, slug: &str) -> Result<Project, Fault> {
    tx.require(Perm::FactoryRead)?;
    let found = sqlx::query_as!(
        Project,
        r#"select id, xmin::text as "rev!", slug, name, description, status as "status: ProjectStatus", repo_url, branch, created_at, updated_at
           from factory.projects where slug = $1"#,
        slug
    )
    .fetch_optional(tx.conn())
    .await?;
    open(tx, found)
}

/// The organization of a project, before a tenant is known: calls of the API name the project alone.
pub async fn org_of(app: &App, project: Uuid) -> Result<Option<Uuid>, Fault> {
    Ok(sqlx::query_scalar!("select factory.project_org($1)", project).fetch_one(app.db.pool()).await?)
}

/// The project of this id in the organization of the transaction, or 404.
pub async fn get(tx: &mut TenantTx, id: Uuid) -> Result<Project, Fault> {
    tx.require(Perm::FactoryRead)?;
    let found = sqlx::query_as!(
        Project,
        r#"select id, xmin::text as "rev!", slug, name, description, status as "status: ProjectStatus", repo_url, branch, created_at, updated_at
           from factory.projects where id = $1"#,
        id
    )
    .fetch_optional(tx.conn())
    .await?;
    open(tx, found)
}

/// Queues for the project before its features are written: keys, cycles and counts are safe from writers beside us.
/// 409 `project_archived` when it is archived.
pub async fn lock(tx: &mut TenantTx, slug: &str) -> Result<Project, Fault> {
    tx.require(Perm::FactoryWrite)?;
    let found = sqlx::query_as!(
        Project,
        r#"select id, xmin::text as "rev!", slug, name, description, status as "status: ProjectStatus", repo_url, branch, created_at, updated_at
           from factory.projects where slug = $1 for no key update"#,
        slug
    )
    .fetch_optional(tx.conn())
    .await?;
    writable(open(tx, found)?)
}

/// The same by one of its features.
pub async fn lock_of_feature(tx: &mut TenantTx, feature: Uuid) -> Result<Project, Fault> {
    tx.require(Perm::FactoryWrite)?;
    let found = sqlx::query_as!(
        Project,
        r#"select id, xmin::text as "rev!", slug, name, description, status as "status: ProjectStatus", repo_url, branch, created_at, updated_at
           from factory.projects where id = (select f.project_id from factory.features f where f.id = $1) for no key update"#,
        feature
    )
    .fetch_optional(tx.conn())
    .await?;
    let found = found.ok_or_else(|| Fault::not_found("The feature"))?;
    writable(open(tx, Some(found))?)
}

/// The same by its id.
pub async fn lock_id(tx: &mut TenantTx, id: Uuid) -> Result<Project, Fault> {
    tx.require(Perm::FactoryWrite)?;
    writable(lock_any(tx, id).await?)
}

/// The project of this id, not locked, unless it is archived: for changes that do not have to queue.
pub async fn open_for_writing(tx: &mut TenantTx, id: Uuid) -> Result<Project, Fault> {
    writable(get(tx, id).await?)
}

/// The same by id, for work that asks for another permission than editing: uploads with a key of their own scope.
pub(crate) async fn lock_as(tx: &mut TenantTx, id: Uuid, perm: Perm) -> Result<Project, Fault> {
    tx.require(perm)?;
    writable(lock_any(tx, id).await?)
}

/// The same by one of its documents, deleted or not.
pub async fn lock_of_document(tx: &mut TenantTx, document: Uuid) -> Result<Project, Fault> {
    tx.require(Perm::FactoryWrite)?;
    let found = sqlx::query_as!(
        Project,
        r#"select id, xmin::text as "rev!", slug, name, description, status as "status: ProjectStatus", repo_url, branch, created_at, updated_at
           from factory.projects where id = (select d.project_id from factory.documents d where d.id = $1) for no key update"#,
        document
    )
    .fetch_optional(tx.conn())
    .await?;
    let found = found.ok_or_else(|| Fault::not_found("The document"))?;
    writable(open(tx, Some(found))?)
}

/// Locks one project for a change of the project itself, whatever its status.
pub(super) async fn lock_any(tx: &mut TenantTx, id: Uuid) -> Result<Project, Fault> {
    let found = sqlx::query_as!(
        Project,
        r#"select id, xmin::text as "rev!", slug, name, description, status as "status: ProjectStatus", repo_url, branch, created_at, updated_at
           from factory.projects where id = $1 for no key update"#,
        id
    )
    .fetch_optional(tx.conn())
    .await?;
    open(tx, found)
}

/// A key bound to another project finds nothing here.
fn open(tx: &TenantTx, found: Option<Project>) -> Result<Project, Fault> {
    found.filter(|project| tx.actor().project.is_none_or(|only| only == project.id)).ok_or_else(|| Fault::not_found("The project"))
}

pub(super) fn writable(project: Project) -> Result<Project, Fault> {
    match project.status {
        ProjectStatus::Archived => {
            Err(Fault::new(Code::ProjectArchived, "This project is archived. An admin can bring it back under Projects, Archived."))
        }
        _ => Ok(project),
    }
}
