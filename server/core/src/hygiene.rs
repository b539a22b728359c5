//! Key hygiene: owners hear of keys nobody uses and of keys about to end, once each (chapter 10, section 10).
use crate::notifications::{NewNotice, NoticeType, notify, notify_role};
use chrono::{DateTime, Utc};
use kernel::{
    Fault,
    access::{Actor, Role},
    app::App,
    db::TenantTx,
};
use uuid::Uuid;

struct Warn {
    id: Uuid,
    personal: bool,
    organization_id: Option<Uuid>,
    user_id: Uuid,
    name: String,
    reason: String,
    expires_at: Option<DateTime<Utc>>,
}

/// The daily job `keys.hygiene`: each key in its own transaction, so that a crash repeats none. Answers how many keys.
pub async fn warn(app: &App) -> Result<usize, Fault> {
    let keys = sqlx::query_as!(
        Warn,
        r#"select id as "id!", personal as "personal!", organization_id, user_id as "user_id!", name as "name!", reason as "reason!", expires_at
           from core.keys_to_warn($1)"#,
        app.clock.now()
    )
    .fetch_all(app.db.pool())
    .await?;
    for key in &keys {
        let person = key.personal.then_some(key.user_id);
        let mut tx = TenantTx::begin(app, Actor { user: person, ..Actor::system(key.organization_id) }).await?;
        tell(&mut tx, key).await?;
        let now = tx.now();
        sqlx::query!("select core.key_warned($1, $2)", key.id, now).fetch_one(tx.conn()).await?;
        tx.commit().await?;
    }
    Ok(keys.len())
}

async fn tell(tx: &mut TenantTx, key: &Warn) -> Result<(), Fault> {
    let what = if key.personal { "token" } else { "key" };
    let (topic, title, body) = match key.expires_at.filter(|_| key.reason == "expires") {
        Some(at) => (
            "core.key_expires",
            format!("The {what} “{}” expires on {}", key.name, at.format("%-d %B %Y")),
            "Make a new one before then if it is still in use.",
        ),
        None => (
            "core.key_unused",
            format!("The {what} “{}” was not used for 90 days", key.name),
            "Revoke it if nobody needs it: a key that does not exist cannot leak.",
        ),
    };
    let href = if key.personal { "/account/security" } else { "/settings/keys" };
    let notice = NewNotice {
        body: Some(body.to_owned()),
        href: Some(href.to_owned()),
        entity_type: Some(if key.personal { "api_token" } else { "api_key" }),
        entity_id: Some(key.id),
        ..NewNotice::new(key.user_id, NoticeType::System, topic, title)
    };
    match key.personal {
        true => notify(tx, notice).await.map(|_| ()),
        false => notify_role(tx, Role::Owner, notice).await.map(|_| ()),
    }
}
