//! Who acts: a person, a key, the server.
use super::{Perm, Role};
use crate::fault::{Code, Fault};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// What acts: the `actor_type` of the audit log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ActorKind {
    User,
    ApiKey,
    ApiToken,
    System,
    PlatformAdmin,
}

impl ActorKind {
    pub const fn as_str(self) -> &'static str {
        match self {
            ActorKind::User => "user",
            ActorKind::ApiKey => "api_key",
            ActorKind::ApiToken => "api_token",
            ActorKind::System => "system",
            ActorKind::PlatformAdmin => "platform_admin",
        }
    }
}

/// Where a call came from; goes into audit rows and logs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RequestInfo {
    pub id: String,
    pub ip: Option<std::net::IpAddr>,
    pub user_agent: Option<String>,
}

/// Who acts in a tenant transaction, and with which rights.
#[derive(Clone, Debug, PartialEq)]
pub struct Actor {
    pub kind: ActorKind,
    /// The organization; `None` only for personal pages outside of any organization.
    pub org: Option<Uuid>,
    /// The person; for a key its creator; `None` for the system.
    pub user: Option<Uuid>,
    /// The id of what acts (user, key or token), for the audit log.
    pub id: Option<Uuid>,
    /// The role of the person in `org`.
    pub role: Option<Role>,
    /// `settings.member_grants[]` of the organization.
    pub grants: Vec<String>,
    /// The scopes of a key or token; `None` for people.
    pub scopes: Option<Vec<String>>,
    /// The project a key is bound to.
    pub project: Option<Uuid>,
    /// When a person last proved who they are, for sensitive actions.
    pub reauth_at: Option<DateTime<Utc>>,
    /// The `core.sessions` row of a person.
    pub session: Option<Uuid>,
    pub request: RequestInfo,
}

impl Actor {
    /// The server itself, for jobs: every permission inside one organization.
    pub fn system(org: Option<Uuid>) -> Self {
        Self {
            kind: ActorKind::System,
            org,
            user: None,
            id: None,
            role: None,
            grants: Vec::new(),
            scopes: None,
            project: None,
            reauth_at: None,
            session: None,
            request: RequestInfo::default(),
        }
    }

    /// A signed-in person without an organization (account pages).
    pub fn person(user: Uuid) -> Self {
        Self { kind: ActorKind::User, user: Some(user), id: Some(user), ..Self::system(None) }
    }

    /// A member of an organization.
    pub fn member(org: Uuid, user: Uuid, role: Role) -> Self {
        Self { org: Some(org), role: Some(role), ..Self::person(user) }
    }

    /// Does the actor hold the permission? Keys need a scope; tokens a scope and their owner's role.
    pub fn may(&self, perm: Perm) -> bool {
        let by_role = || match (perm, self.role) {
            // A person manages their own account without being a member of anything.
            (Perm::SelfManage, _) => self.user.is_some(),
            (_, Some(role)) => role.may(perm, &self.grants),
            (_, None) => false,
        };
        let by_scope = || self.scopes.as_ref().is_some_and(|held| perm.scopes().iter().any(|s| held.iter().any(|h| h == s)));
        match self.kind {
            ActorKind::System => true,
            ActorKind::PlatformAdmin => perm == Perm::Platform,
            ActorKind::User => by_role(),
            ActorKind::ApiKey => by_scope(),
            ActorKind::ApiToken => by_scope() && by_role(),
        }
    }

    /// The same as `may`, as a 403 that names what is missing.
    pub fn require(&self, perm: Perm) -> Result<(), Fault> {
        if self.may(perm) {
            return Ok(());
        }
        let who = match (self.scopes.is_some(), perm.scopes().first()) {
            (true, Some(scope)) => format!("This key needs the scope {scope} to {}.", perm.words()),
            (true, None) => format!("Keys may not {}.", perm.words()),
            (false, _) => format!("You need the permission to {}. An owner or admin of the organization can grant it.", perm.words()),
        };
        Err(Fault::new(Code::Forbidden, who).with_details(serde_json::json!({ "permission": perm.name() })))
    }

    /// Sensitive actions need a fresh proof of identity (10 minutes, chapter 10 section 3).
    pub fn require_reauth(&self, now: DateTime<Utc>) -> Result<(), Fault> {
        match self.reauth_at {
            Some(at) if now - at < chrono::Duration::minutes(10) => Ok(()),
            _ if self.kind == ActorKind::System => Ok(()),
            _ => Err(Fault::new(Code::ReauthRequired, "Please confirm it is you to go on.")),
        }
    }

    /// The person who acts, or 401.
    pub fn user(&self) -> Result<Uuid, Fault> {
        self.user.ok_or_else(|| Fault::new(Code::Unauthenticated, "Sign in first."))
    }

    /// The organization acted in, or 404.
    pub fn org(&self) -> Result<Uuid, Fault> {
        self.org.ok_or_else(|| Fault::not_found("The organization"))
    }
}
