//! Sending a notice the way its reader chose.
use super::{Frequency, NewNotice, NoticePreference, NoticeTimes, NoticeType};
use crate::links::url;
use chrono::{DateTime, Duration, Utc};
use kernel::{
    Fault,
    access::Role,
    db::TenantTx,
    mail::{self, DigestItem, Mail, Message},
};
use serde_json::json;
use uuid::Uuid;

/// How and when one person is told.
pub(super) struct Rules {
    email: String,
    name: String,
    preference: NoticePreference,
    times: NoticeTimes,
    /// The person's clock minus UTC.
    offset: Duration,
}

impl Rules {
    /// When the mail of a notice of this moment goes out; `None`: at once.
    pub(super) fn mail_due(&self, at: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let due = self.times.mail_due(self.preference.frequency, at.naive_utc() + self.offset);
        due.map(|due| (due - self.offset).and_utc())
    }
}

/// Tells one person, obeying their preferences; `None` when they do not want it, were told already, or are no member.
pub async fn notify(tx: &mut TenantTx, notice: NewNotice) -> Result<Option<Uuid>, Fault> {
    let Some(rules) = rules(tx, notice.user_id, notice.kind).await? else {
        return Ok(None);
    };
    let NoticePreference { email, in_app, frequency, .. } = rules.preference;
    if frequency == Frequency::Never || !(email || in_app) {
        return Ok(None);
    }
    let now = tx.now();
    let shown_from = rules.times.due(frequency, now.naive_utc() + rules.offset).map(|due| (due - rules.offset).and_utc());
    let mail_at = email.then(|| rules.mail_due(now));
    let data = json!({ "kind": notice.kind, "href": notice.href, "mail_at": mail_at.flatten() });
    let channel = if in_app { "in_app" } else { "email" };
    let made = insert(tx, &notice, strip_nulls(data), channel, shown_from, now).await?;
    if made.is_some() && mail_at == Some(None) {
        mail_now(tx, &notice, rules).await?;
    }
    Ok(made)
}

async fn insert(
    tx: &mut TenantTx,
    notice: &NewNotice,
    data: serde_json::Value,
    channel: &str,
    shown_from: Option<DateTime<Utc>>,
    now: DateTime<Utc>,
) -> Result<Option<Uuid>, Fault> {
    Ok(sqlx::query_scalar!(
        "select core.deliver_notice($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
        notice.user_id,
        notice.topic,
        notice.title,
        notice.body,
        notice.entity_type,
        notice.entity_id,
        notice.project_id,
        data,
        notice.dedupe_key,
        channel,
        shown_from,
        now
    )
    .fetch_one(tx.conn())
    .await?)
}

pub(super) async fn rules(tx: &mut TenantTx, user: Uuid, kind: NoticeType) -> Result<Option<Rules>, Fault> {
    let now = tx.now();
    let row = sqlx::query!(
        r#"select email as "email!", name as "name!", by_email, in_app, frequency, times,
                  extract(epoch from ($3::timestamptz at time zone coalesce(times ->> 'timezone', 'UTC')) - ($3 at time zone 'UTC'))::bigint
                    as "offset!"
           from core.notice_rules($1, $2)"#,
        user,
        kind.as_str(),
        now
    )
    .fetch_optional(tx.conn())
    .await?;
    Ok(row.map(|row| {
        let default = NoticePreference::default_of(kind);
        Rules {
            email: row.email,
            name: row.name,
            preference: NoticePreference {
                kind,
                email: row.by_email.unwrap_or(default.email),
                in_app: row.in_app.unwrap_or(default.in_app),
                frequency: row.frequency.as_deref().and_then(Frequency::parse).unwrap_or(default.frequency),
            },
            times: row.times.and_then(|times| serde_json::from_value(times).ok()).unwrap_or_default(),
            offset: Duration::seconds(row.offset),
        }
    }))
}

fn strip_nulls(data: serde_json::Value) -> serde_json::Value {
    match data {
        serde_json::Value::Object(map) => map.into_iter().filter(|(_, value)| !value.is_null()).collect(),
        other => other,
    }
}

async fn mail_now(tx: &mut TenantTx, notice: &NewNotice, rules: Rules) -> Result<(), Fault> {
    let org = tx.actor().org;
    let slug = sqlx::query_scalar!("select slug from core.organizations where id = $1", org).fetch_optional(tx.conn()).await?;
    let item = DigestItem {
        title: notice.title.clone(),
        body: notice.body.clone().unwrap_or_default(),
        link: url(tx.app(), &path(slug.as_deref(), notice.href.as_deref())),
    };
    let settings_link = url(tx.app(), "/account/notifications");
    let message = Message::Digest { name: rules.name, items: vec![item], settings_link };
    mail::enqueue(tx.conn(), Mail { org, to: rules.email, message }).await?;
    Ok(())
}

/// Where a notice leads: inside its organization, or in the installation.
pub(super) fn path(slug: Option<&str>, href: Option<&str>) -> String {
    match (slug, href) {
        (Some(slug), href) => format!("/o/{slug}{}", href.unwrap_or_default()),
        (None, Some(href)) => href.to_owned(),
        (None, None) => "/account/notifications".to_owned(),
    }
}

/// Tells every member of the organization with at least this role; answers how many.
pub async fn notify_role(tx: &mut TenantTx, least: Role, notice: NewNotice) -> Result<usize, Fault> {
    let org = tx.actor().org()?;
    let roles: Vec<String> = Role::ALL.into_iter().filter(|role| *role >= least).map(|role| role.as_str().to_owned()).collect();
    let people = sqlx::query_scalar!("select user_id from core.memberships where org_id = $1 and role = any ($2)", org, &roles)
        .fetch_all(tx.conn())
        .await?;
    let mut told = 0;
    for user_id in people {
        told += usize::from(notify(tx, NewNotice { user_id, ..notice.clone() }).await?.is_some());
    }
    Ok(told)
}
