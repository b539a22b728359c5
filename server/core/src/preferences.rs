//! What a person prefers: the notices grid, their day, the interface mode, and what screens remember for them.
use crate::notifications::{NoticePreference, NoticeTimes};
use serde::{Deserialize, Serialize};

/// Everything on `/account/notifications`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct NoticeSettings {
    /// One row a kind, all nine.
    pub grid: Vec<NoticePreference>,
    pub times: NoticeTimes,
}

/// How much screens show.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum InterfaceMode {
    #[default]
    Simple,
    Advanced,
}

impl InterfaceMode {
    pub const fn as_str(self) -> &'static str {
        match self {
            InterfaceMode::Simple => "simple",
            InterfaceMode::Advanced => "advanced",
        }
    }
}

/// What preferences are kept about.
pub const CATEGORIES: &[&str] = &["general", "notifications", "lists", "editor"];

#[cfg(feature = "ssr")]
pub use service::*;

#[cfg(feature = "ssr")]
mod service {
    use super::*;
    use crate::notifications::{Frequency, NoticeType};
    use kernel::{Fault, Perm, db::TenantTx};
    use serde_json::{Value, json};

    /// The most one category may hold, in bytes of JSON.
    const MOST: usize = 32 * 1024;

    /// The grid and times of the acting person, with defaults where nothing was chosen.
    pub async fn notices(tx: &mut TenantTx) -> Result<NoticeSettings, Fault> {
        tx.require(Perm::SelfManage)?;
        let user = tx.actor().user()?;
        let chosen =
            sqlx::query!("select type as kind, email, in_app, frequency from core.notification_preferences where user_id = $1", user)
                .fetch_all(tx.conn())
                .await?;
        let grid = NoticeType::ALL.map(|kind| {
            let chosen = chosen.iter().find(|row| row.kind == kind.as_str());
            chosen.map_or(NoticePreference::default_of(kind), |row| NoticePreference {
                kind,
                email: row.email,
                in_app: row.in_app,
                frequency: Frequency::parse(&row.frequency).unwrap_or(Frequency::Instant),
            })
        });
        let times = serde_json::from_value(get(tx, "notifications").await?).unwrap_or_default();
        Ok(NoticeSettings { grid: grid.to_vec(), times })
    }

    /// Saves grid and times.
    pub async fn set_notices(tx: &mut TenantTx, input: &NoticeSettings) -> Result<NoticeSettings, Fault> {
        tx.require(Perm::SelfManage)?;
        check_times(tx, &input.times).await?;
        let user = tx.actor().user()?;
        for row in &input.grid {
            sqlx::query!(
                "insert into core.notification_preferences (user_id, type, email, in_app, frequency) values ($1, $2, $3, $4, $5)
                 on conflict (user_id, type) do update set email = excluded.email, in_app = excluded.in_app, frequency = excluded.frequency",
                user,
                row.kind.as_str(),
                row.email,
                row.in_app,
                row.frequency.as_str()
            )
            .execute(tx.conn())
            .await?;
        }
        set(tx, "notifications", json!(input.times)).await?;
        notices(tx).await
    }

    async fn check_times(tx: &mut TenantTx, times: &NoticeTimes) -> Result<(), Fault> {
        let hour = |field: &str, hour: Option<u8>| match hour {
            Some(24..) => Err(Fault::field(field, "is an hour from 0 to 23")),
            _ => Ok(()),
        };
        hour("quiet_from", times.quiet_from)?;
        hour("quiet_to", times.quiet_to)?;
        hour("digest_hour", Some(times.digest_hour))?;
        if times.quiet_from.is_some() != times.quiet_to.is_some() {
            return Err(Fault::field("quiet_to", "Choose both hours, or none."));
        }
        let known = sqlx::query_scalar!(r#"select exists (select from pg_timezone_names where name = $1) as "known!""#, times.timezone)
            .fetch_one(tx.conn())
            .await?;
        if known { Ok(()) } else { Err(Fault::field("timezone", "is not a time zone this server knows")) }
    }

    /// Simple or advanced screens, everywhere.
    pub async fn set_interface_mode(tx: &mut TenantTx, mode: InterfaceMode) -> Result<(), Fault> {
        tx.require(Perm::SelfManage)?;
        let user = tx.actor().user()?;
        sqlx::query!(
            "insert into core.user_preferences (user_id, preference_category, interface_mode) values ($1, 'general', $2)
             on conflict (user_id, preference_category) do update set interface_mode = excluded.interface_mode",
            user,
            mode.as_str()
        )
        .execute(tx.conn())
        .await?;
        Ok(())
    }

    /// What is kept in a category; `{}` when nothing is.
    pub async fn get(tx: &mut TenantTx, category: &str) -> Result<Value, Fault> {
        tx.require(Perm::SelfManage)?;
        check_category(category)?;
        let user = tx.actor().user()?;
        let kept = sqlx::query_scalar!(
            "select preference_data from core.user_preferences where user_id = $1 and preference_category = $2",
            user,
            category
        )
        .fetch_optional(tx.conn())
        .await?;
        Ok(kept.unwrap_or_else(|| json!({})))
    }

    /// Keeps these values in a category; others of the category stay.
    pub async fn set(tx: &mut TenantTx, category: &str, data: Value) -> Result<(), Fault> {
        tx.require(Perm::SelfManage)?;
        check_category(category)?;
        if !data.is_object() {
            return Err(Fault::field("data", "must be a JSON object"));
        }
        let user = tx.actor().user()?;
        let size = sqlx::query_scalar!(
            r#"insert into core.user_preferences as p (user_id, preference_category, preference_data) values ($1, $2, $3)
               on conflict (user_id, preference_category) do update set preference_data = p.preference_data || excluded.preference_data
               returning octet_length(preference_data::text) as "size!""#,
            user,
            category,
            data
        )
        .fetch_one(tx.conn())
        .await?;
        if size as usize > MOST {
            return Err(Fault::field("data", "is more than preferences can hold (32 KB)"));
        }
        Ok(())
    }

    fn check_category(category: &str) -> Result<(), Fault> {
        match CATEGORIES.contains(&category) {
            true => Ok(()),
            false => Err(Fault::field("category", format!("must be one of {}", CATEGORIES.join(", ")))),
        }
    }
}
