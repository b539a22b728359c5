//! Consents and the privacy log.
use super::{ConsentEdit, PrivacyEvent, PrivacySettings};
use chrono::{DateTime, Utc};
use garde::Validate;
use kernel::{
    Fault, Perm,
    db::TenantTx,
    record::{Cursor, PageRequest, Paged},
};
use serde_json::{Value, json};

/// What the acting person agreed to; nothing until they choose.
pub async fn settings(tx: &mut TenantTx) -> Result<PrivacySettings, Fault> {
    tx.require(Perm::SelfManage)?;
    let user = tx.actor().user()?;
    let found = sqlx::query_as!(
        PrivacySettings,
        r#"select xmin::text as "rev!", data_processing_consent, marketing_consent, analytics_consent, third_party_consent, data_retention_days
           from core.user_privacy_settings where user_id = $1"#,
        user
    )
    .fetch_optional(tx.conn())
    .await?;
    Ok(found.unwrap_or(PrivacySettings {
        rev: String::new(),
        data_processing_consent: false,
        marketing_consent: false,
        analytics_consent: false,
        third_party_consent: false,
        data_retention_days: 730,
    }))
}

/// Saves the consents and notes each change in the privacy log.
pub async fn set_consents(tx: &mut TenantTx, input: &ConsentEdit) -> Result<PrivacySettings, Fault> {
    tx.require(Perm::SelfManage)?;
    input.validate()?;
    let user = tx.actor().user()?;
    let before = settings(tx).await?;
    let saved = sqlx::query!(
        "insert into core.user_privacy_settings as s (user_id, data_processing_consent, marketing_consent, analytics_consent,
            third_party_consent, data_retention_days)
         values ($1, $2, $3, $4, $5, $6)
         on conflict (user_id) do update set data_processing_consent = excluded.data_processing_consent,
            marketing_consent = excluded.marketing_consent, analytics_consent = excluded.analytics_consent,
            third_party_consent = excluded.third_party_consent, data_retention_days = excluded.data_retention_days
           where s.xmin::text = $7",
        user,
        input.data_processing_consent,
        input.marketing_consent,
        input.analytics_consent,
        input.third_party_consent,
        input.data_retention_days,
        input.rev
    )
    .execute(tx.conn())
    .await?;
    let now = settings(tx).await?;
    if saved.rows_affected() == 0 {
        return Err(Fault::stale("page").with_details(json!({ "current": now })));
    }
    let changed = changed(&before, &now);
    if !changed.is_null() {
        note(tx, "consent.changed", changed).await?;
    }
    Ok(now)
}

/// What changed, from what to what; null when nothing did.
fn changed(before: &PrivacySettings, now: &PrivacySettings) -> Value {
    let (Value::Object(before), Value::Object(now)) = (json!(before), json!(now)) else {
        return Value::Null;
    };
    let changes: serde_json::Map<String, Value> = now
        .into_iter()
        .filter(|(field, value)| field != "rev" && before.get(field) != Some(value))
        .map(|(field, value)| (field.clone(), json!({ "from": before.get(&field), "to": value })))
        .collect();
    if changes.is_empty() { Value::Null } else { Value::Object(changes) }
}

/// The acting person's privacy log, the newest first.
pub async fn log(tx: &mut TenantTx, page: &PageRequest) -> Result<Paged<PrivacyEvent>, Fault> {
    tx.require(Perm::SelfManage)?;
    let user = tx.actor().user()?;
    let (at, id) = Cursor::<DateTime<Utc>>::of(page)?.map(|c| (c.key, c.id)).unzip();
    let rows = sqlx::query_as!(
        PrivacyEvent,
        r#"select id, event_type, details, host(ip_address) as ip_address, "timestamp" from core.privacy_audit_log
           where user_id = $1 and ($2::timestamptz is null or ("timestamp", id) < ($2, $3))
           order by "timestamp" desc, id desc limit $4"#,
        user,
        at,
        id,
        page.fetch()
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(Paged::cut(rows, page, |row| Cursor::new(row.timestamp, row.id)))
}

/// Writes one line of the privacy log, which outlives the person. Details never hold a name or an address.
pub(super) async fn note(tx: &mut TenantTx, event: &str, details: Value) -> Result<(), Fault> {
    let (user, now) = (tx.actor().user()?, tx.now());
    let (ip, agent) = (tx.actor().request.ip.map(|ip| ip.to_string()), tx.actor().request.user_agent.clone());
    sqlx::query!(
        r#"insert into core.privacy_audit_log (user_id, event_type, details, ip_address, user_agent, "timestamp")
           values ($1, $2, $3, $4::text::inet, $5, $6)"#,
        user,
        event,
        details,
        ip,
        agent,
        now
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}
