//! Organization keys: `okey_`, eight characters that are looked up, `_`, and 43 that are secret (chapter 10, section 3).
//! Keys of one project: `of-key-` and 48 hexadecimal digits, of which the first eight are looked up (chapter 20, section 5).
use crate::checks;
use chrono::{DateTime, Duration, Utc};
use kernel::access::KEY_SCOPES;
use serde::{Deserialize, Serialize};
use std::fmt;
use uuid::Uuid;

/// A new key, or a new personal token (which no project binds).
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, garde::Validate)]
#[serde(default)]
pub struct NewApiKey {
    #[garde(custom(checks::name(100)))]
    pub name: String,
    #[garde(custom(known_scopes))]
    pub scopes: Vec<String>,
    #[garde(skip)]
    pub project_id: Option<Uuid>,
    /// `None`: until revoked.
    #[garde(skip)]
    pub expires_at: Option<DateTime<Utc>>,
    /// Addresses or ranges (`10.0.0.0/8`) it may be used from; empty: from anywhere.
    #[garde(custom(known_ranges))]
    pub allowed_ips: Vec<String>,
    #[garde(custom(rate))]
    pub rate_limit_per_min: Option<u32>,
}

fn known_scopes(scopes: &[String], _: &()) -> garde::Result {
    match scopes.iter().find(|scope| !KEY_SCOPES.contains(&scope.as_str())) {
        Some(unknown) => Err(garde::Error::new(format!("“{unknown}” is not a scope."))),
        None if scopes.is_empty() => Err(garde::Error::new("Choose at least one scope.")),
        None => Ok(()),
    }
}

fn known_ranges(ranges: &[String], _: &()) -> garde::Result {
    match ranges.iter().find(|range| !checks::address_range(range)) {
        Some(bad) => Err(garde::Error::new(format!("“{bad}” is not an address or a range such as 10.0.0.0/8."))),
        None if ranges.len() > 50 => Err(garde::Error::new("Use at most 50 addresses.")),
        None => Ok(()),
    }
}

fn rate(rate: &Option<u32>, _: &()) -> garde::Result {
    match rate {
        None | Some(1..=10_000) => Ok(()),
        Some(_) => Err(garde::Error::new("Choose 1 to 10000 calls a minute.")),
    }
}

/// What a list says about a key at a glance.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum KeyState {
    Active,
    /// Seven days or less to live.
    ExpiresSoon,
    /// Not used for 90 days.
    Unused,
    Expired,
    Revoked,
}

impl KeyState {
    /// The state of a key at a moment; what is over comes before what is near, and that before disuse.
    pub fn of(
        now: DateTime<Utc>,
        created: DateTime<Utc>,
        used: Option<DateTime<Utc>>,
        expires: Option<DateTime<Utc>>,
        revoked: bool,
    ) -> Self {
        match expires {
            _ if revoked => KeyState::Revoked,
            Some(at) if at <= now => KeyState::Expired,
            Some(at) if at <= now + Duration::days(7) => KeyState::ExpiresSoon,
            _ if used.unwrap_or(created) < now - Duration::days(90) => KeyState::Unused,
            _ => KeyState::Active,
        }
    }
}

/// A key as lists show it; the key itself is shown once, when it is made.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ApiKey {
    pub id: Uuid,
    pub name: String,
    /// `okey_AbCd1234` or `of-key-12345678`: enough to tell keys apart.
    pub prefix: String,
    pub scopes: Vec<String>,
    pub project_id: Option<Uuid>,
    pub created_by: Option<String>,
    pub created_at: DateTime<Utc>,
    pub last_used_at: Option<DateTime<Utc>>,
    pub expires_at: Option<DateTime<Utc>>,
    pub revoked_at: Option<DateTime<Utc>>,
    pub rate_limit_per_min: i32,
    pub allowed_ips: Vec<String>,
    pub state: KeyState,
}

impl ApiKey {
    /// "Unused for 90 days", "Expires in 5 days".
    pub fn words(&self, now: DateTime<Utc>) -> String {
        let days = |n: i64| {
            if n == 1 { "1 day".to_owned() } else { format!("{n} days") }
        };
        match self.state {
            KeyState::Active => "Active".to_owned(),
            KeyState::ExpiresSoon => {
                let left = self.expires_at.map_or(0, |at| ((at - now).num_seconds() + 86_399) / 86_400);
                format!("Expires in {}", days(left))
            }
            KeyState::Unused => {
                let idle = (now - self.last_used_at.unwrap_or(self.created_at)).num_days();
                format!("{} for {}", if self.last_used_at.is_some() { "Unused" } else { "Never used" }, days(idle))
            }
            KeyState::Expired => "Expired".to_owned(),
            KeyState::Revoked => "Revoked".to_owned(),
        }
    }
}

/// A key that was just made. `Debug` does not show the secret.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct CreatedKey {
    pub key: ApiKey,
    /// The whole key, which nobody sees again.
    pub secret: String,
}

impl fmt::Debug for CreatedKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CreatedKey").field("key", &self.key).finish_non_exhaustive()
    }
}

#[cfg(feature = "ssr")]
pub(crate) use service::{Made, check_expiry};
#[cfg(feature = "ssr")]
pub use service::{create, list, revoke};

#[cfg(feature = "ssr")]
mod service {
    use super::*;
    use garde::Validate;
    use kernel::{
        Fault, Perm,
        audit::Audit,
        db::TenantTx,
        fault::OnConstraint,
        ids::{BASE62, hmac_hex, random_text},
    };
    use serde_json::json;

    const HEX: &[u8] = b"0123456789abcdef";

    /// A key before it is stored.
    pub(crate) struct Made {
        pub prefix: String,
        pub secret: String,
        pub hash: String,
    }

    impl Made {
        /// `tag` is `okey` or `upat`.
        pub fn new(pepper: &[u8], tag: &str) -> Self {
            let prefix = random_text(BASE62, 8);
            let secret = format!("{tag}_{prefix}_{}", random_text(BASE62, 43));
            let hash = hmac_hex(pepper, &secret);
            Self { prefix, secret, hash }
        }

        /// A key of one project.
        fn of_project(pepper: &[u8]) -> Self {
            let digits = random_text(HEX, 48);
            let secret = format!("of-key-{digits}");
            let hash = hmac_hex(pepper, &secret);
            Self { prefix: digits[..8].to_owned(), secret, hash }
        }
    }

    pub(crate) fn check_expiry(tx: &TenantTx, expires_at: Option<DateTime<Utc>>) -> Result<(), Fault> {
        match expires_at {
            Some(at) if at <= tx.now() => Err(Fault::field("expires_at", "Choose a day to come.")),
            _ => Ok(()),
        }
    }

    /// Makes a key of the organization; it stops when its maker leaves.
    pub async fn create(tx: &mut TenantTx, input: &NewApiKey) -> Result<CreatedKey, Fault> {
        tx.require(Perm::OrgKeys)?;
        input.validate()?;
        check_expiry(tx, input.expires_at)?;
        let user = tx.actor().user()?;
        let pepper = &tx.app().pepper;
        let made = if input.project_id.is_some() { Made::of_project(pepper) } else { Made::new(pepper, "okey") };
        let now = tx.now();
        let id = sqlx::query_scalar!(
            "insert into core.api_keys (user_id, project_id, name, key_prefix, key_hash, scopes, expires_at, rate_limit_per_min, ip_allow,
                created_at)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9::text[]::cidr[], $10) returning id",
            user,
            input.project_id,
            input.name.trim(),
            made.prefix,
            made.hash,
            &input.scopes,
            input.expires_at,
            input.rate_limit_per_min.unwrap_or(100) as i32,
            &networks(&input.allowed_ips),
            now
        )
        .fetch_one(tx.conn())
        .await
        .on_constraint("api_keys_project_id_fkey", || Fault::field("project_id", "Choose a project of this organization."))?;
        let meta = json!({ "scopes": input.scopes, "project_id": input.project_id, "expires_at": input.expires_at });
        tx.audit(Audit::new("api_key.create").warning().target("api_key", id).meta(meta)).await?;
        let key = list(tx).await?.into_iter().find(|key| key.id == id).ok_or_else(Fault::internal)?;
        Ok(CreatedKey { key, secret: made.secret })
    }

    /// The ranges as Postgres takes them: bits past the prefix are cut off.
    pub(crate) fn networks(ranges: &[String]) -> Vec<String> {
        ranges.iter().filter_map(|range| checks::network(range)).collect()
    }

    /// The beginning of a key as its holder knows it. Keys of projects once began like all others.
    fn shown(prefix: &str, project: Option<Uuid>) -> String {
        match project.is_some() && prefix.bytes().all(|b| HEX.contains(&b)) {
            true => format!("of-key-{prefix}"),
            false => format!("okey_{prefix}"),
        }
    }

    /// The keys of the organization, the newest first; those revoked more than 90 days ago are left out.
    pub async fn list(tx: &mut TenantTx) -> Result<Vec<ApiKey>, Fault> {
        tx.require(Perm::OrgKeys)?;
        let now = tx.now();
        let rows = sqlx::query!(
            r#"select k.id, k.name, k.key_prefix, k.scopes, k.project_id, u.name as "created_by?", k.created_at, k.last_used_at, k.expires_at,
                      k.revoked_at, k.rate_limit_per_min, k.ip_allow::text[] as "ip_allow!"
               from core.api_keys k left join core.users u on u.id = k.user_id
               where k.revoked_at is null or k.revoked_at > $1::timestamptz - interval '90 days'
               order by k.created_at desc, k.id desc limit 500"#,
            now
        )
        .fetch_all(tx.conn())
        .await?;
        let keys = rows.into_iter().map(|row| ApiKey {
            id: row.id,
            name: row.name,
            prefix: shown(&row.key_prefix, row.project_id),
            scopes: row.scopes,
            project_id: row.project_id,
            created_by: row.created_by,
            created_at: row.created_at,
            last_used_at: row.last_used_at,
            expires_at: row.expires_at,
            revoked_at: row.revoked_at,
            rate_limit_per_min: row.rate_limit_per_min,
            allowed_ips: row.ip_allow,
            state: KeyState::of(now, row.created_at, row.last_used_at, row.expires_at, row.revoked_at.is_some()),
        });
        Ok(keys.collect())
    }

    /// Ends a key: its next call is refused.
    pub async fn revoke(tx: &mut TenantTx, id: Uuid) -> Result<(), Fault> {
        tx.require(Perm::OrgKeys)?;
        let now = tx.now();
        // Revoking twice keeps the first time.
        let revoked = sqlx::query!("update core.api_keys set revoked_at = coalesce(revoked_at, $2) where id = $1", id, now)
            .execute(tx.conn())
            .await?;
        if revoked.rows_affected() == 0 {
            return Err(Fault::not_found("The key"));
        }
        tx.audit(Audit::new("api_key.revoke").warning().target("api_key", id)).await
    }
}
#[cfg(feature = "ssr")]
pub(crate) use service::networks;
