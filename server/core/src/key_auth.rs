//! Who acts with a bearer key or token: prefix, hash, revoked, expired, address, suspended, creator, rate, in that order
//! (chapter 10, section 3). Scopes are checked by the services, through `Actor::require`; the project by `in_project`.
use chrono::{DateTime, Utc};
use kernel::{
    Code, Fault,
    access::{Actor, ActorKind, RequestInfo, Role},
    app::App,
    ids::{hmac_hex, same_secret},
    limits::{self, Limit, Rule},
};
use uuid::Uuid;

/// A call that may go on.
#[derive(Clone, Debug)]
pub struct KeyAccess {
    pub actor: Actor,
    /// For the headers `X-RateLimit-*`.
    pub limit: Limit,
}

/// A call that is refused.
#[derive(Clone, Debug)]
pub struct KeyRefusal {
    pub fault: Fault,
    /// Known when the rate was the reason.
    pub limit: Option<Limit>,
}

impl From<Fault> for KeyRefusal {
    fn from(fault: Fault) -> Self {
        Self { fault, limit: None }
    }
}

impl From<sqlx::Error> for KeyRefusal {
    fn from(error: sqlx::Error) -> Self {
        Fault::from(error).into()
    }
}

/// Which kind of key a bearer text is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Tag {
    Organization,
    Personal,
}

/// Takes a bearer text apart: the tag and the eight characters looked up.
fn parse(bearer: &str) -> Option<(Tag, &str)> {
    if let Some(digits) = bearer.strip_prefix("of-key-") {
        let hex = digits.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
        return (digits.len() == 48 && hex).then(|| (Tag::Organization, &digits[..8]));
    }
    let (tag, rest) = bearer.split_once('_')?;
    let tag = match tag {
        "okey" => Tag::Organization,
        "upat" => Tag::Personal,
        _ => return None,
    };
    let (prefix, secret) = rest.split_once('_')?;
    let base62 = |text: &str| text.bytes().all(|b| b.is_ascii_alphanumeric());
    (prefix.len() == 8 && secret.len() == 43 && base62(prefix) && base62(secret)).then_some((tag, prefix))
}

fn unknown() -> Fault {
    Fault::new(Code::Unauthenticated, "This key is not valid.")
}

/// Checks a bearer key or token and takes one call from its rate. `x_organization` is the slug a personal token acts in.
pub async fn authenticate(app: &App, bearer: &str, x_organization: Option<&str>, info: &RequestInfo) -> Result<KeyAccess, KeyRefusal> {
    let bearer = bearer.trim();
    let Some((tag, prefix)) = parse(bearer) else {
        return Err(unknown().into());
    };
    let hash = hmac_hex(&app.pepper, bearer);
    let found = match tag {
        Tag::Organization => organization_key(app, prefix, &hash, x_organization).await?,
        Tag::Personal => personal_token(app, prefix, &hash, x_organization).await?,
    };
    let found = found.ok_or_else(unknown)?;
    let now = app.clock.now();
    found.check(now, info)?;
    let rule = Rule::per_minute("key", found.rate.max(1) as u32);
    let limit = limits::take(app, rule, &found.id.to_string()).await.map_err(|fault| {
        let limit = (fault.code == Code::RateLimited).then(|| Limit { limit: rule.capacity, remaining: 0, reset: reset_of(&fault) });
        KeyRefusal { fault, limit }
    })?;
    if found.last_used_at.is_none_or(|at| at < now - chrono::Duration::minutes(1)) {
        sqlx::query!("select core.key_used($1, $2)", found.id, now).fetch_one(app.db.pool()).await?;
    }
    Ok(KeyAccess { actor: Actor { request: info.clone(), ..found.actor }, limit })
}

fn reset_of(fault: &Fault) -> u64 {
    fault.details.as_ref().and_then(|d| d.get("limit")?.get("reset")?.as_u64()).unwrap_or(60)
}

/// A key or token whose hash matches.
struct Found {
    id: Uuid,
    expires_at: Option<DateTime<Utc>>,
    revoked_at: Option<DateTime<Utc>>,
    last_used_at: Option<DateTime<Utc>>,
    ip_allow: Vec<String>,
    rate: i32,
    suspended: bool,
    /// A member of the organization; for a token with no organization named it does not matter.
    member: bool,
    actor: Actor,
}

impl Found {
    fn check(&self, now: DateTime<Utc>, info: &RequestInfo) -> Result<(), Fault> {
        if self.revoked_at.is_some() {
            return Err(Fault::new(Code::Unauthenticated, "This key was revoked."));
        }
        if self.expires_at.is_some_and(|at| at <= now) {
            return Err(Fault::new(Code::Unauthenticated, "This key has expired."));
        }
        let from_there = |ip| self.ip_allow.iter().any(|range| crate::checks::in_range(ip, range));
        if !self.ip_allow.is_empty() && !info.ip.is_some_and(from_there) {
            return Err(Fault::new(Code::Forbidden, "This key may not be used from this address."));
        }
        if self.suspended {
            return Err(Fault::new(Code::Forbidden, "This organization is suspended. Ask the administrator of this installation."));
        }
        if !self.member {
            return Err(match self.actor.kind {
                // Its maker left: nobody answers for it any more.
                ActorKind::ApiKey => Fault::new(Code::Unauthenticated, "Whoever made this key has left the organization."),
                _ => Fault::not_found("The organization"),
            });
        }
        Ok(())
    }
}

async fn organization_key(app: &App, prefix: &str, hash: &str, slug: Option<&str>) -> Result<Option<Found>, KeyRefusal> {
    let rows = sqlx::query!(
        r#"select id as "id!", organization_id as "organization_id!", slug as "slug!", suspended as "suspended!", project_id, user_id as "user_id!",
                  key_hash as "key_hash!", scopes as "scopes!", expires_at, revoked_at, rate_limit_per_min as "rate!", ip_allow as "ip_allow!",
                  last_used_at, creator_role from core.key_open($1)"#,
        prefix
    )
    .fetch_all(app.db.pool())
    .await?;
    let Some(row) = rows.into_iter().find(|row| same_secret(row.key_hash.as_bytes(), hash.as_bytes())) else {
        return Ok(None);
    };
    if slug.is_some_and(|slug| slug != row.slug) {
        return Err(Fault::not_found("The organization").into());
    }
    Ok(Some(Found {
        id: row.id,
        expires_at: row.expires_at,
        revoked_at: row.revoked_at,
        last_used_at: row.last_used_at,
        ip_allow: row.ip_allow,
        rate: row.rate,
        suspended: row.suspended,
        member: row.creator_role.is_some(),
        actor: Actor {
            kind: ActorKind::ApiKey,
            user: Some(row.user_id),
            id: Some(row.id),
            scopes: Some(row.scopes),
            project: row.project_id,
            ..Actor::system(Some(row.organization_id))
        },
    }))
}

async fn personal_token(app: &App, prefix: &str, hash: &str, slug: Option<&str>) -> Result<Option<Found>, KeyRefusal> {
    let row = sqlx::query!(
        r#"select id as "id!", user_id as "user_id!", token_hash as "token_hash!", scopes as "scopes!", expires_at, revoked_at,
                  rate_limit_per_min as "rate!", ip_allow as "ip_allow!", last_used_at, organization_id, suspended, role as "role: Role",
                  member_grants from core.token_open($1, $2)"#,
        prefix,
        slug
    )
    .fetch_optional(app.db.pool())
    .await?;
    let Some(row) = row.filter(|row| same_secret(row.token_hash.as_bytes(), hash.as_bytes())) else {
        return Ok(None);
    };
    Ok(Some(Found {
        id: row.id,
        expires_at: row.expires_at,
        revoked_at: row.revoked_at,
        last_used_at: row.last_used_at,
        ip_allow: row.ip_allow,
        rate: row.rate,
        suspended: row.suspended.unwrap_or(false),
        member: slug.is_none() || row.organization_id.is_some(),
        actor: Actor {
            kind: ActorKind::ApiToken,
            user: Some(row.user_id),
            id: Some(row.id),
            role: row.role,
            grants: row.member_grants.unwrap_or_default(),
            scopes: Some(row.scopes),
            ..Actor::system(row.organization_id)
        },
    }))
}

/// A key that is bound to a project sees no other: 404, as if it were not there.
pub fn in_project(actor: &Actor, project: Uuid) -> Result<(), Fault> {
    match actor.project {
        Some(bound) if bound != project => Err(Fault::not_found("The project")),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_whole_keys_are_looked_up() {
        let secret = "a".repeat(43);
        assert_eq!(parse(&format!("okey_AbCd1234_{secret}")), Some((Tag::Organization, "AbCd1234")));
        assert_eq!(parse(&format!("upat_AbCd1234_{secret}")), Some((Tag::Personal, "AbCd1234")));
        assert_eq!(parse(&format!("of-key-{}", "12345678".repeat(6))), Some((Tag::Organization, "12345678")));
        for bad in [
            "",
            "of-key-",
            "of-key-12345678",
            &format!("of-key-{}", "X".repeat(48)),
            "okey",
            "okey_AbCd1234",
            "okey_AbCd1234_short",
            "sk_AbCd1234_x",
        ] {
            assert_eq!(parse(bad), None, "{bad}");
        }
        assert_eq!(parse(&format!("okey_AbCd-234_{secret}")), None);
    }
}
