//! Setting, listing, trying and using secrets.
use super::{Origin, Scope, SecretInfo};
use crate::{
    access::{Actor, Perm},
    app::App,
    db::TenantTx,
    fault::Fault,
    keys::{self, Sealed},
};
use serde_json::json;
use uuid::Uuid;
use zeroize::Zeroizing;

/// A secret in use. `Debug` does not show it; dropping wipes it.
#[derive(Clone)]
pub struct Secret {
    pub value: Zeroizing<String>,
    pub origin: Origin,
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Secret(***, {:?})", self.origin)
    }
}

/// What happened to a secret, as the log words it.
#[derive(Clone, Copy)]
enum Operation {
    Create,
    Read,
    Update,
    Delete,
}

impl Scope {
    const fn perm(self) -> Perm {
        match self {
            Scope::Person => Perm::SelfManage,
            Scope::Organization => Perm::OrgKeys,
        }
    }

    fn aad(self, actor: &Actor, service: &str) -> Result<String, Fault> {
        Ok(match self {
            Scope::Person => keys::aad("core.user_secrets", actor.user()?, service),
            Scope::Organization => keys::aad("core.org_secrets", actor.org()?, service),
        })
    }
}

/// Stores a secret under the name of its service, replacing the one that is there.
pub async fn set(tx: &mut TenantTx, scope: Scope, service: &str, value: &str) -> Result<SecretInfo, Fault> {
    tx.require(scope.perm())?;
    let (service, value) = (service.trim(), value.trim());
    check_name(service)?;
    if value.is_empty() || value.len() > 16_384 {
        return Err(Fault::field("value", "must have 1 to 16,384 characters"));
    }
    let aad = scope.aad(tx.actor(), service)?;
    let sealed = tx.app().keys.seal(&aad, value.as_bytes())?;
    let metadata = json!({ "last4": last4(value) });
    let (id, created) = match scope {
        Scope::Person => {
            let user = tx.actor().user()?;
            let row = sqlx::query!(
                r#"insert into core.user_secrets (user_id, service_name, encrypted_value, initialization_vector, key_id, metadata)
                   values ($1, $2, $3, $4, $5, $6)
                   on conflict (user_id, service_name) do update
                     set encrypted_value = excluded.encrypted_value, initialization_vector = excluded.initialization_vector,
                         key_id = excluded.key_id, metadata = excluded.metadata, is_active = true
                   returning id, xmax::text = '0' as "created!""#,
                user,
                service,
                sealed.ciphertext,
                sealed.nonce,
                sealed.key_id,
                metadata
            )
            .fetch_one(tx.conn())
            .await?;
            (row.id, row.created)
        }
        Scope::Organization => {
            let user = tx.actor().user;
            let row = sqlx::query!(
                r#"insert into core.org_secrets (set_by, service_name, encrypted_value, initialization_vector, key_id, metadata)
                   values ($1, $2, $3, $4, $5, $6)
                   on conflict (organization_id, service_name) do update
                     set encrypted_value = excluded.encrypted_value, initialization_vector = excluded.initialization_vector,
                         key_id = excluded.key_id, metadata = excluded.metadata, is_active = true, set_by = excluded.set_by
                   returning id, xmax::text = '0' as "created!""#,
                user,
                service,
                sealed.ciphertext,
                sealed.nonce,
                sealed.key_id,
                metadata
            )
            .fetch_one(tx.conn())
            .await?;
            (row.id, row.created)
        }
    };
    let operation = if created { Operation::Create } else { Operation::Update };
    log(tx, scope, service, operation, Ok(())).await?;
    list(tx, scope).await?.into_iter().find(|secret| secret.id == id).ok_or_else(|| Fault::not_found("The secret"))
}

/// The secrets of the scope by name, without their values.
pub async fn list(tx: &mut TenantTx, scope: Scope) -> Result<Vec<SecretInfo>, Fault> {
    tx.require(scope.perm())?;
    let keys = tx.app().keys.clone();
    macro_rules! infos {
        ($rows:expr) => {
            $rows
                .into_iter()
                .map(|row| SecretInfo {
                    id: row.id,
                    rev: row.rev,
                    service_name: row.service_name,
                    last4: row.last4,
                    is_active: row.is_active,
                    available: keys.has(&row.key_id),
                    last_used_at: row.last_used_at,
                    created_at: row.created_at,
                    updated_at: row.updated_at,
                })
                .collect()
        };
    }
    Ok(match scope {
        Scope::Person => infos!(
            sqlx::query!(
                r#"select id, xmin::text as "rev!", service_name, coalesce(metadata ->> 'last4', '') as "last4!", is_active, key_id,
                          last_used_at, created_at, updated_at
                   from core.user_secrets order by service_name limit 500"#
            )
            .fetch_all(tx.conn())
            .await?
        ),
        Scope::Organization => infos!(
            sqlx::query!(
                r#"select id, xmin::text as "rev!", service_name, coalesce(metadata ->> 'last4', '') as "last4!", is_active, key_id,
                          last_used_at, created_at, updated_at
                   from core.org_secrets order by service_name limit 500"#
            )
            .fetch_all(tx.conn())
            .await?
        ),
    })
}

/// Switches a secret on or off without losing it.
pub async fn set_active(tx: &mut TenantTx, scope: Scope, id: Uuid, active: bool) -> Result<(), Fault> {
    tx.require(scope.perm())?;
    let service = match scope {
        Scope::Person => {
            sqlx::query_scalar!("update core.user_secrets set is_active = $2 where id = $1 returning service_name", id, active)
                .fetch_optional(tx.conn())
                .await?
        }
        Scope::Organization => {
            sqlx::query_scalar!("update core.org_secrets set is_active = $2 where id = $1 returning service_name", id, active)
                .fetch_optional(tx.conn())
                .await?
        }
    }
    .ok_or_else(|| Fault::not_found("The secret"))?;
    log(tx, scope, &service, Operation::Update, Ok(())).await
}

/// Removes a secret for good.
pub async fn delete(tx: &mut TenantTx, scope: Scope, id: Uuid) -> Result<(), Fault> {
    tx.require(scope.perm())?;
    let service = match scope {
        Scope::Person => {
            sqlx::query_scalar!("delete from core.user_secrets where id = $1 returning service_name", id).fetch_optional(tx.conn()).await?
        }
        Scope::Organization => {
            sqlx::query_scalar!("delete from core.org_secrets where id = $1 returning service_name", id).fetch_optional(tx.conn()).await?
        }
    }
    .ok_or_else(|| Fault::not_found("The secret"))?;
    log(tx, scope, &service, Operation::Delete, Ok(())).await
}

/// The secret of a service for a call: the person's, the organization's, the environment's. `None`: the built-in works.
///
/// Opens a transaction of its own, so that the log of a failure stays, and so that no caller holds one open
/// while it calls the service.
pub async fn use_secret(app: &App, actor: &Actor, service: &str) -> Result<Option<Secret>, Fault> {
    for scope in [Scope::Person, Scope::Organization] {
        let owned = match scope {
            Scope::Person => actor.user.is_some(),
            Scope::Organization => actor.org.is_some(),
        };
        if owned && let Some(value) = open(app, actor, scope, service).await? {
            let origin = if scope == Scope::Person { Origin::Person } else { Origin::Organization };
            return Ok(Some(Secret { value, origin }));
        }
    }
    Ok(from_environment(service, |name| std::env::var(name).ok()))
}

/// Tries a stored secret at its service; answers what the service said, for people.
pub async fn test(app: &App, actor: &Actor, scope: Scope, service: &str) -> Result<String, Fault> {
    actor.require(scope.perm())?;
    let value = open(app, actor, scope, service).await?.ok_or_else(|| Fault::not_found("The secret"))?;
    match app.providers.service(service) {
        Some(known) => known.check(app, &value).await,
        None => Ok("The secret opens. This installation knows no way to try it at the service.".to_owned()),
    }
}

/// Opens the active secret of one scope and logs the use, or the failure.
async fn open(app: &App, actor: &Actor, scope: Scope, service: &str) -> Result<Option<Zeroizing<String>>, Fault> {
    let mut tx = TenantTx::begin(app, actor.clone()).await?;
    let now = tx.now();
    // Touched once a minute: a busy secret does not rewrite its row all day.
    let sealed = match scope {
        Scope::Person => sqlx::query!(
            "with found as (select id, key_id, initialization_vector, encrypted_value, last_used_at from core.user_secrets
                            where service_name = $1 and is_active),
                  touched as (update core.user_secrets u set last_used_at = $2 from found
                              where u.id = found.id and coalesce(u.last_used_at < $2::timestamptz - interval '1 minute', true))
             select key_id, initialization_vector, encrypted_value from found",
            service,
            now
        )
        .fetch_optional(tx.conn())
        .await?
        .map(|row| Sealed { key_id: row.key_id, nonce: row.initialization_vector, ciphertext: row.encrypted_value }),
        Scope::Organization => sqlx::query!(
            "with found as (select id, key_id, initialization_vector, encrypted_value, last_used_at from core.org_secrets
                            where service_name = $1 and is_active),
                  touched as (update core.org_secrets o set last_used_at = $2 from found
                              where o.id = found.id and coalesce(o.last_used_at < $2::timestamptz - interval '1 minute', true))
             select key_id, initialization_vector, encrypted_value from found",
            service,
            now
        )
        .fetch_optional(tx.conn())
        .await?
        .map(|row| Sealed { key_id: row.key_id, nonce: row.initialization_vector, ciphertext: row.encrypted_value }),
    };
    let Some(sealed) = sealed else {
        return Ok(None);
    };
    let opened = app.keys.open(&scope.aad(actor, service)?, &sealed).and_then(keys::text);
    log(&mut tx, scope, service, Operation::Read, opened.as_ref().map(|_| ())).await?;
    tx.commit().await?;
    opened.map(Some)
}

async fn log(tx: &mut TenantTx, scope: Scope, service: &str, operation: Operation, outcome: Result<(), &Fault>) -> Result<(), Fault> {
    let operation = match operation {
        Operation::Create => "create",
        Operation::Read => "read",
        Operation::Update => "update",
        Operation::Delete => "delete",
    };
    let actor = tx.actor();
    // A person's own secrets are no business of the organization they are used in.
    let org = if scope == Scope::Organization { actor.org } else { None };
    let (user, ip, agent) = (actor.user, actor.request.ip.map(|ip| ip.to_string()), actor.request.user_agent.clone());
    sqlx::query!(
        "insert into core.secret_audit_logs (user_id, organization_id, service_name, operation, ip_address, user_agent, success, error_message)
         values ($1, $2, $3, $4, $5::text::inet, $6, $7, $8)",
        user, org, service, operation, ip, agent, outcome.is_ok(), outcome.err().map(|fault| fault.message.clone())
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

fn check_name(service: &str) -> Result<(), Fault> {
    let fits = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'_' | b'-' | b'.');
    if service.is_empty() || service.len() > 100 || !service.bytes().all(fits) {
        return Err(Fault::field("service_name", "must be 1 to 100 of a-z, 0-9, _, - and ."));
    }
    Ok(())
}

/// Four characters tell keys apart; of a short secret they would tell too much.
fn last4(value: &str) -> String {
    let count = value.chars().count();
    if count < 12 { String::new() } else { value.chars().skip(count - 4).collect() }
}

/// `MILLRACE_SECRET_<SERVICE>`, else the name the services themselves use: `OPENAI_API_KEY`.
fn from_environment(service: &str, read: impl Fn(&str) -> Option<String>) -> Option<Secret> {
    let name: String = service.chars().map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_uppercase() } else { '_' }).collect();
    let value = read(&format!("MILLRACE_SECRET_{name}")).or_else(|| read(&format!("{name}_API_KEY")))?;
    let value = value.trim();
    (!value.is_empty()).then(|| Secret { value: Zeroizing::new(value.to_owned()), origin: Origin::Environment })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_environment_is_asked_under_two_names() {
        let read = |name: &str| match name {
            "MILLRACE_SECRET_META_ADS" => Some("own ".to_owned()),
            "META_ADS_API_KEY" => Some("theirs".to_owned()),
            "OPENAI_API_KEY" => Some("sk-1".to_owned()),
            "EMPTY_API_KEY" => Some(String::new()),
            _ => None,
        };
        assert_eq!(from_environment("meta-ads", read).unwrap().value.as_str(), "own");
        assert_eq!(from_environment("openai", read).unwrap().value.as_str(), "sk-1");
        assert!(from_environment("empty", read).is_none() && from_environment("other", read).is_none());
        assert_eq!(format!("{:?}", from_environment("openai", read).unwrap()), "Secret(***, Environment)");
    }

    #[test]
    fn only_long_secrets_tell_their_end() {
        assert_eq!(last4("sk-abcdefgh1234"), "1234");
        assert_eq!(last4("hunter2"), "");
    }
}
