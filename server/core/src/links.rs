//! Links that mails carry: random, single-use, kept as SHA-256 (chapter 10, section 8: used twice or expired is 410).
use chrono::Duration;
use kernel::{
    Code, Fault,
    app::App,
    db::TenantTx,
    ids::sha256_hex,
    mail::{self, Mail, Message},
};
use serde_json::Value;
use sqlx::PgConnection;
use uuid::Uuid;

/// What a link is good for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    EmailVerify,
    PasswordReset,
    EmailChange,
}

impl Purpose {
    const fn as_str(self) -> &'static str {
        match self {
            Purpose::EmailVerify => "email_verify",
            Purpose::PasswordReset => "password_reset",
            Purpose::EmailChange => "email_change",
        }
    }

    fn parse(text: &str) -> Option<Self> {
        [Purpose::EmailVerify, Purpose::PasswordReset, Purpose::EmailChange].into_iter().find(|p| p.as_str() == text)
    }
}

/// A link that is still good.
#[derive(Clone, Debug)]
pub(crate) struct Link {
    pub id: Uuid,
    pub user_id: Uuid,
    pub purpose: Purpose,
    pub payload: Value,
    pub email: String,
    pub name: String,
}

/// The address of a page of this installation, for mails.
pub(crate) fn url(app: &App, path: &str) -> String {
    format!("{}{path}", app.config.public_url(app.config.http.port))
}

/// Queues a mail about an account; it goes out when the caller's transaction commits.
pub(crate) async fn mail(conn: &mut PgConnection, to: &str, message: Message) -> Result<(), Fault> {
    mail::enqueue(conn, Mail { org: None, to: to.to_owned(), message }).await?;
    Ok(())
}

/// A new link for the person who acts; answers its token.
pub(crate) async fn make(tx: &mut TenantTx, purpose: Purpose, payload: Value, life: Duration) -> Result<String, Fault> {
    let user = tx.actor().user()?;
    make_for(tx, user, purpose, payload, life).await
}

/// The same in a transaction that has only just made the person.
pub(crate) async fn make_for(tx: &mut TenantTx, user: Uuid, purpose: Purpose, payload: Value, life: Duration) -> Result<String, Fault> {
    let (token, expires) = (kernel::ids::token(), tx.now() + life);
    sqlx::query!(
        "insert into core.one_time_tokens (user_id, purpose, token_hash, payload, expires_at) values ($1, $2, $3, $4, $5)",
        user,
        purpose.as_str(),
        sha256_hex(&token),
        payload,
        expires
    )
    .execute(tx.conn())
    .await?;
    Ok(token)
}

/// The link of a token: 410 when it was used, has expired or never was.
pub(crate) async fn look(app: &App, token: &str) -> Result<Link, Fault> {
    let row = sqlx::query!(
        r#"select id as "id!", user_id as "user_id!", purpose as "purpose!", payload as "payload!", expires_at as "expires_at!", used_at,
                  email as "email!", name as "name!" from core.one_time_token($1)"#,
        sha256_hex(token.trim())
    )
    .fetch_optional(app.db.pool())
    .await?;
    // Old links are swept away: one that is not there has most likely expired.
    let Some(row) = row else {
        return Err(gone("This link does not work (any more). Ask for a new one."));
    };
    if row.used_at.is_some() {
        return Err(gone("This link has been used already. Ask for a new one."));
    }
    if row.expires_at <= app.clock.now() {
        return Err(gone("This link has expired. Ask for a new one."));
    }
    let purpose = Purpose::parse(&row.purpose).ok_or_else(|| gone("This link belongs elsewhere."))?;
    Ok(Link { id: row.id, user_id: row.user_id, purpose, payload: row.payload, email: row.email, name: row.name })
}

/// Uses a link up, in a transaction of its person. Of two who try at once, one gets 410.
pub(crate) async fn consume(tx: &mut TenantTx, link: &Link) -> Result<(), Fault> {
    let now = tx.now();
    let used = sqlx::query!("update core.one_time_tokens set used_at = $2 where id = $1 and used_at is null", link.id, now)
        .execute(tx.conn())
        .await?;
    match used.rows_affected() {
        1 => Ok(()),
        _ => Err(gone("This link has been used already. Ask for a new one.")),
    }
}

/// Makes all open links of one purpose of the acting person useless.
pub(crate) async fn revoke_all(tx: &mut TenantTx, purpose: Purpose) -> Result<(), Fault> {
    let (now, user) = (tx.now(), tx.actor().user()?);
    sqlx::query!(
        "update core.one_time_tokens set used_at = $3 where user_id = $1 and purpose = $2 and used_at is null",
        user,
        purpose.as_str(),
        now
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

pub(crate) fn gone(message: &str) -> Fault {
    Fault::new(Code::Gone, message)
}
