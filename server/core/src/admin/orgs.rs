//! Organizations of the installation: their metadata, suspension, keys.
use super::{AdminOrg, AdminQuery, AdminTx};
use crate::notifications::{NewNotice, NoticeType, notify_role};
use chrono::{DateTime, Utc};
use kernel::{
    Code, Fault,
    access::{Actor, Role},
    audit::Audit,
    db::TenantTx,
    record::{Cursor, Paged},
    request::Request,
};
use serde_json::json;
use uuid::Uuid;

/// Every organization, the newest first; deleted ones until they are purged.
pub async fn orgs(request: &Request, query: &AdminQuery) -> Result<Paged<AdminOrg>, Fault> {
    let mut tx = AdminTx::begin(request).await?;
    let (at, id) = Cursor::<DateTime<Utc>>::of(&query.page)?.map(|c| (c.key, c.id)).unzip();
    let rows = sqlx::query_as!(
        AdminOrg,
        r#"select o.id, o.slug, o.name, o.plan, (select count(*) from core.memberships m where m.org_id = o.id) as "members!",
                  o.suspended_at, o.created_at, o.deleted_at
           from core.organizations o
           where ($1 = '' or position(lower($1) in lower(o.name)) > 0 or position(lower($1) in o.slug) > 0)
             and ($2::timestamptz is null or (o.created_at, o.id) < ($2, $3))
           order by o.created_at desc, o.id desc limit $4"#,
        query.search.trim(),
        at,
        id,
        query.page.fetch()
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(Paged::cut(rows, &query.page, |row| Cursor::new(row.created_at, row.id)))
}

/// Closes an organization to its members and keys until it is opened again; its owners are told.
pub async fn org_suspend(request: &Request, id: Uuid, reason: &str) -> Result<(), Fault> {
    let mut tx = AdminTx::begin(request).await?;
    let reason = reason.trim();
    if reason.is_empty() || reason.chars().count() > 500 {
        return Err(Fault::field("reason", "Say why, in at most 500 characters."));
    }
    let now = tx.now();
    let name = sqlx::query_scalar!(
        "update core.organizations set suspended_at = $2 where id = $1 and suspended_at is null and deleted_at is null returning name",
        id,
        now
    )
    .fetch_optional(tx.conn())
    .await?;
    let Some(name) = name else {
        return Err(unchanged(&mut tx, id, "suspended").await);
    };
    tx.audit_in(id, Audit::new("organization.suspend").critical().target("organization", id).meta(json!({ "reason": reason }))).await?;
    tx.commit().await?;
    tell(request, id, format!("{name} was suspended"), Some(reason.to_owned())).await
}

/// Opens a suspended organization again.
pub async fn org_unsuspend(request: &Request, id: Uuid) -> Result<(), Fault> {
    let mut tx = AdminTx::begin(request).await?;
    let name = sqlx::query_scalar!(
        "update core.organizations set suspended_at = null where id = $1 and suspended_at is not null and deleted_at is null returning name",
        id
    )
    .fetch_optional(tx.conn())
    .await?;
    let Some(name) = name else {
        return Err(unchanged(&mut tx, id, "open").await);
    };
    tx.audit_in(id, Audit::new("organization.unsuspend").critical().target("organization", id)).await?;
    tx.commit().await?;
    tell(request, id, format!("{name} is open again"), None).await
}

/// Why nothing changed: there is no such organization, or it is in that state already.
async fn unchanged(tx: &mut AdminTx, id: Uuid, state: &str) -> Fault {
    let found =
        sqlx::query_scalar!("select id from core.organizations where id = $1 and deleted_at is null", id).fetch_optional(tx.conn()).await;
    match found {
        Ok(Some(_)) => Fault::new(Code::InvalidTransition, format!("This organization is {state} already.")),
        Ok(None) => Fault::not_found("The organization"),
        Err(error) => error.into(),
    }
}

async fn tell(request: &Request, org: Uuid, title: String, body: Option<String>) -> Result<(), Fault> {
    let actor = Actor { request: request.info().clone(), ..Actor::system(Some(org)) };
    let mut tx = TenantTx::begin(request.app(), actor).await?;
    let notice = NewNotice { body, ..NewNotice::new(Uuid::nil(), NoticeType::System, "core.suspension", title) };
    notify_role(&mut tx, Role::Owner, notice).await?;
    tx.commit().await
}

/// Ends every key of an organization, after a leak; answers how many.
pub async fn org_revoke_keys(request: &Request, id: Uuid) -> Result<u64, Fault> {
    let mut tx = AdminTx::begin(request).await?;
    let now = tx.now();
    let ended = sqlx::query!("update core.api_keys set revoked_at = $2 where organization_id = $1 and revoked_at is null", id, now)
        .execute(tx.conn())
        .await?
        .rows_affected();
    tx.audit_in(id, Audit::new("api_key.revoke_all").critical().target("organization", id).meta(json!({ "keys": ended }))).await?;
    tx.commit().await?;
    Ok(ended)
}
