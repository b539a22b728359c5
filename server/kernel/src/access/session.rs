//! A signed-in person and their organizations.
use super::{Actor, ActorKind, Perm, RequestInfo, Role};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// One organization of the signed-in person, for the switcher.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OrgRef {
    pub id: Uuid,
    pub slug: String,
    pub name: String,
    pub logo_url: Option<String>,
    pub role: Role,
}

/// The organization a page stands in, with what screens need of its settings.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CurrentOrg {
    #[serde(flatten)]
    pub org: OrgRef,
    pub member_grants: Vec<String>,
    pub mfa_required: bool,
    pub timezone: String,
    pub suspended: bool,
}

/// The live `core.sessions` row of a request with its person; what `core.session_open` answers.
/// Screens receive it whole: it holds nothing secret.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Session {
    pub id: Uuid,
    pub user_id: Uuid,
    pub email: String,
    pub name: String,
    pub avatar_url: Option<String>,
    pub email_verified: bool,
    pub is_platform_admin: bool,
    /// `simple` or `advanced`.
    pub interface_mode: String,
    pub has_mfa: bool,
    pub mfa_at: Option<DateTime<Utc>>,
    pub reauth_at: Option<DateTime<Utc>>,
    /// Set while the account waits for its deletion: only Cancel is offered.
    pub deletion_at: Option<DateTime<Utc>>,
    pub organizations: Vec<OrgRef>,
    /// The organization of the requested slug, when the person is a member of it.
    pub org: Option<CurrentOrg>,
    pub unread: i64,
}

impl Session {
    /// Does the person hold the permission in the current organization? For what screens offer; the service decides.
    pub fn may(&self, perm: Perm) -> bool {
        match (&self.org, perm) {
            (_, Perm::SelfManage) => true,
            (_, Perm::Platform) => self.is_platform_admin,
            (Some(current), _) => current.org.role.may(perm, &current.member_grants),
            (None, _) => false,
        }
    }

    /// The actor of this session, in the current organization if there is one.
    pub fn actor(&self, request: RequestInfo) -> Actor {
        Actor {
            kind: ActorKind::User,
            org: self.org.as_ref().map(|o| o.org.id),
            user: Some(self.user_id),
            id: Some(self.user_id),
            role: self.org.as_ref().map(|o| o.org.role),
            grants: self.org.as_ref().map(|o| o.member_grants.clone()).unwrap_or_default(),
            scopes: None,
            project: None,
            reauth_at: self.reauth_at,
            session: Some(self.id),
            request,
        }
    }
}
