//! Calls that name a project (`/api/projects/{project}/..`): who calls, and one transaction.
use kernel::{Fault, access::Actor, app::App, audit, db::TenantTx, request::Request};
use uuid::Uuid;

/// The caller's rights in the organization of a project: 401 for visitors, 404 where the project is not theirs.
pub async fn in_project(request: &Request, project: Uuid) -> Result<Actor, Fault> {
    let missing = || Fault::not_found("The project");
    if let Some(actor) = request.key().filter(|actor| actor.org.is_some()) {
        return Ok(actor.clone());
    }
    let session = match request.key() {
        Some(_) => None,
        None => Some(request.require_session().await?),
    };
    let org = factory::projects::org_of(request.app(), project).await?.ok_or_else(missing)?;
    match session.and_then(|s| s.organizations.iter().find(|o| o.id == org).map(|o| o.slug.clone())) {
        Some(slug) => request.in_org(&slug).member().await,
        None => Err(missing()),
    }
}

/// Reads in one transaction that writes nothing. The work is given the slug of the project, which services know it by.
pub async fn reading<T>(
    request: &Request,
    project: Uuid,
    work: impl AsyncFnOnce(&mut TenantTx, &str) -> Result<T, Fault>,
) -> Result<T, Fault> {
    let actor = in_project(request, project).await?;
    let mut tx = TenantTx::read(request.app(), actor).await?;
    let slug = factory::projects::get(&mut tx, project).await?.slug;
    work(&mut tx, &slug).await
}

/// Writes in one transaction; a refusal is audited although nothing was done.
pub async fn changing<T>(
    request: &Request,
    project: Uuid,
    work: impl AsyncFnOnce(&mut TenantTx, &str) -> Result<T, Fault>,
) -> Result<T, Fault> {
    let actor = in_project(request, project).await?;
    TenantTx::write(request.app(), actor, async |tx| {
        let slug = factory::projects::get(tx, project).await?.slug;
        work(tx, &slug).await
    })
    .await
}

/// The same for work that waits for others (a model, a service) between its transactions: it opens them itself.
pub async fn acting<T>(
    request: &Request,
    project: Uuid,
    work: impl AsyncFnOnce(&App, &Actor, &str) -> Result<T, Fault>,
) -> Result<T, Fault> {
    let actor = in_project(request, project).await?;
    let slug = factory::projects::get(&mut TenantTx::read(request.app(), actor.clone()).await?, project).await?.slug;
    let done = work(request.app(), &actor, &slug).await;
    audit::outcome(request.app(), &actor, done).await
}
