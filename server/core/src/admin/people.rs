//! People of the installation.
use super::{AdminQuery, AdminTx, AdminUser};
use chrono::{DateTime, Utc};
use kernel::{
    Code, Fault,
    audit::Audit,
    record::{Cursor, Paged},
    request::Request,
};
use serde_json::json;
use uuid::Uuid;

/// Everybody, the newest first.
pub async fn users(request: &Request, query: &AdminQuery) -> Result<Paged<AdminUser>, Fault> {
    let mut tx = AdminTx::begin(request).await?;
    let (at, id) = Cursor::<DateTime<Utc>>::of(&query.page)?.map(|c| (c.key, c.id)).unzip();
    let rows = sqlx::query_as!(
        AdminUser,
        r#"select u.id, u.name, u.email, u.email_verified, u.is_platform_admin, core.has_mfa(u.id) as "has_mfa!",
                  (select count(*) from core.memberships m where m.user_id = u.id) as "organizations!",
                  u.last_login_at, greatest(u.locked_until, a.locked_until) as locked_until, u.created_at, u.deleted_at
           from core.users u left join core.login_attempts a on a.email = lower(u.email)
           where ($1 = '' or position(lower($1) in lower(u.email)) > 0 or position(lower($1) in lower(u.name)) > 0)
             and ($2::timestamptz is null or (u.created_at, u.id) < ($2, $3))
           order by u.created_at desc, u.id desc limit $4"#,
        query.search.trim(),
        at,
        id,
        query.page.fetch()
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(Paged::cut(rows, &query.page, |row| Cursor::new(row.created_at, row.id)))
}

/// Ends a lock after wrong passwords.
pub async fn user_unlock(request: &Request, id: Uuid) -> Result<(), Fault> {
    let mut tx = AdminTx::begin(request).await?;
    let email = sqlx::query_scalar!("update core.users set locked_until = null where id = $1 and deleted_at is null returning email", id)
        .fetch_optional(tx.conn())
        .await?
        .ok_or_else(|| Fault::not_found("The person"))?;
    sqlx::query!("delete from core.login_attempts where email = lower($1)", email).execute(tx.conn()).await?;
    tx.audit(Audit::new("user.unlock").warning().target("user", id)).await?;
    tx.commit().await
}

/// Gives or takes the administration of the installation; nobody takes it from themselves, so one always remains.
pub async fn user_set_platform_admin(request: &Request, id: Uuid, admin: bool) -> Result<(), Fault> {
    let mut tx = AdminTx::begin(request).await?;
    tx.require_reauth()?;
    if tx.user()? == id {
        return Err(Fault::new(Code::Conflict, "Another administrator has to do this for you."));
    }
    let changed = sqlx::query!("update core.users set is_platform_admin = $2 where id = $1 and deleted_at is null", id, admin)
        .execute(tx.conn())
        .await?;
    if changed.rows_affected() == 0 {
        return Err(Fault::not_found("The person"));
    }
    let entry = Audit::new("user.platform_admin").critical().target("user", id).meta(json!({ "is_platform_admin": admin }));
    tx.audit(entry).await?;
    tx.commit().await
}

/// Signs a person out everywhere; answers how many sessions ended.
pub async fn user_end_sessions(request: &Request, id: Uuid) -> Result<u64, Fault> {
    let mut tx = AdminTx::begin(request).await?;
    let now = tx.now();
    let ended = sqlx::query!("update core.sessions set revoked_at = $2 where user_id = $1 and revoked_at is null", id, now)
        .execute(tx.conn())
        .await?
        .rows_affected();
    tx.audit(Audit::new("user.end_sessions").warning().target("user", id).meta(json!({ "sessions": ended }))).await?;
    tx.commit().await?;
    Ok(ended)
}
