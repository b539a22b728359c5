//! The sessions of a person, as the security page lists and ends them.
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// One place where the person is signed in.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SessionRow {
    pub id: Uuid,
    /// Is it the session of this very request?
    pub current: bool,
    /// "Firefox on Windows".
    pub device: String,
    pub ip_address: Option<String>,
    pub created_at: DateTime<Utc>,
    pub last_seen_at: DateTime<Utc>,
    /// `password`, `totp`, `recovery_code`, `passkey`, or the name of another service.
    pub auth_methods: Vec<String>,
}

#[cfg(feature = "ssr")]
pub use service::*;

#[cfg(feature = "ssr")]
mod service {
    use super::*;
    use crate::devices::describe;
    use kernel::{Fault, audit::Audit, db::TenantTx};

    /// The live sessions of the acting person, the most recent first.
    pub async fn list(tx: &mut TenantTx) -> Result<Vec<SessionRow>, Fault> {
        let (user, current, now) = (tx.actor().user()?, tx.actor().session, tx.now());
        let rows = sqlx::query!(
            "select id, user_agent, ip_address, created_at, last_seen_at, auth_methods from core.sessions
             where user_id = $1 and revoked_at is null and expires_at > $2 and last_seen_at > $2::timestamptz - interval '7 days'
             order by last_seen_at desc, id limit 100",
            user,
            now
        )
        .fetch_all(tx.conn())
        .await?;
        let mut sessions: Vec<SessionRow> = rows
            .into_iter()
            .map(|row| SessionRow {
                id: row.id,
                current: Some(row.id) == current,
                device: describe(row.user_agent.as_deref()),
                ip_address: row.ip_address,
                created_at: row.created_at,
                last_seen_at: row.last_seen_at,
                auth_methods: row.auth_methods,
            })
            .collect();
        sessions.sort_by_key(|session| !session.current);
        Ok(sessions)
    }

    /// Ends one session; that browser's next click leads to the sign-in.
    pub async fn revoke(tx: &mut TenantTx, id: Uuid) -> Result<(), Fault> {
        let (user, now) = (tx.actor().user()?, tx.now());
        let ended =
            sqlx::query!("update core.sessions set revoked_at = $3 where id = $1 and user_id = $2 and revoked_at is null", id, user, now)
                .execute(tx.conn())
                .await?;
        if ended.rows_affected() == 0 {
            return Err(Fault::not_found("The session"));
        }
        tx.audit(Audit::new("session.revoke").target("session", id)).await
    }

    /// Ends every session but the present one; answers how many.
    pub async fn revoke_others(tx: &mut TenantTx) -> Result<u64, Fault> {
        let ended = end_all_but(tx, tx.actor().session).await?;
        tx.audit(Audit::new("session.revoke_others").meta(serde_json::json!({ "sessions": ended }))).await?;
        Ok(ended)
    }

    /// Ends the sessions of the acting person, except one.
    pub(crate) async fn end_all_but(tx: &mut TenantTx, keep: Option<Uuid>) -> Result<u64, Fault> {
        let (user, now) = (tx.actor().user()?, tx.now());
        let ended = sqlx::query!(
            "update core.sessions set revoked_at = $3 where user_id = $1 and id is distinct from $2 and revoked_at is null",
            user,
            keep,
            now
        )
        .execute(tx.conn())
        .await?;
        Ok(ended.rows_affected())
    }
}
