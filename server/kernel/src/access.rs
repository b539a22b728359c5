//! Who may do what: roles, permissions, key scopes (the matrix of chapter 10, section 3), sessions.
use crate::fault::{Code, Fault};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// A member's role in one organization.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "ssr", derive(sqlx::Type), sqlx(type_name = "varchar", rename_all = "snake_case"))]
pub enum Role {
    Member,
    Admin,
    Owner,
}

impl Role {
    pub const ALL: [Role; 3] = [Role::Owner, Role::Admin, Role::Member];

    pub const fn as_str(self) -> &'static str {
        match self {
            Role::Owner => "owner",
            Role::Admin => "admin",
            Role::Member => "member",
        }
    }
}

impl std::str::FromStr for Role {
    type Err = Fault;
    fn from_str(text: &str) -> Result<Self, Fault> {
        Role::ALL.into_iter().find(|role| role.as_str() == text).ok_or_else(|| Fault::field("role", "is not a role"))
    }
}

/// One row of the permission matrix.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Perm {
    OrgRead,
    OrgEdit,
    OrgSecurity,
    MembersManage,
    Leave,
    OrgKeys,
    SelfManage,
    AuditRead,
    FactoryRead,
    FactoryWrite,
    FactoryManage,
    FeedbackWrite,
    HarnessRead,
    HarnessWrite,
    HarnessManage,
    PctWrite,
    PctPublish,
    CfWrite,
    CfPublish,
    RunRead,
    RunWrite,
    RunManage,
    GrowthRead,
    GrowthWrite,
    GrowthApprove,
    GrowthSendBulk,
    JobsManage,
    Platform,
}

impl Perm {
    pub const ALL: [Perm; 28] = {
        use Perm::*;
        [
            OrgRead,
            OrgEdit,
            OrgSecurity,
            MembersManage,
            Leave,
            OrgKeys,
            SelfManage,
            AuditRead,
            FactoryRead,
            FactoryWrite,
            FactoryManage,
            FeedbackWrite,
            HarnessRead,
            HarnessWrite,
            HarnessManage,
            PctWrite,
            PctPublish,
            CfWrite,
            CfPublish,
            RunRead,
            RunWrite,
            RunManage,
            GrowthRead,
            GrowthWrite,
            GrowthApprove,
            GrowthSendBulk,
            JobsManage,
            Platform,
        ]
    };

    /// The least role that holds this permission; `None` for what only the platform admin may do.
    const fn least_role(self) -> Option<Role> {
        use Perm::*;
        match self {
            OrgRead | Leave | SelfManage | FactoryRead | FactoryWrite | FeedbackWrite | HarnessRead | HarnessWrite | PctWrite | CfWrite
            | RunRead | RunWrite | GrowthRead | GrowthWrite => Some(Role::Member),
            OrgEdit | MembersManage | OrgKeys | AuditRead | FactoryManage | HarnessManage | PctPublish | CfPublish | RunManage
            | GrowthApprove | GrowthSendBulk | JobsManage => Some(Role::Admin),
            OrgSecurity => Some(Role::Owner),
            Platform => None,
        }
    }

    /// The entry of `settings.member_grants[]` that lends this permission to members.
    pub const fn grant(self) -> Option<&'static str> {
        match self {
            Perm::PctPublish | Perm::CfPublish => Some("publish"),
            Perm::GrowthApprove => Some("approve"),
            Perm::GrowthSendBulk => Some("send_bulk"),
            _ => None,
        }
    }

    /// The key scopes that carry this permission; empty: no key may do it.
    pub const fn scopes(self) -> &'static [&'static str] {
        match self {
            Perm::OrgRead => &["org:read"],
            Perm::AuditRead => &["audit:read"],
            Perm::FactoryRead => &["mcp:read", "mcp:write"],
            Perm::FactoryWrite => &["mcp:write"],
            Perm::FeedbackWrite => &["validator:write"],
            Perm::HarnessRead => &["harness:read", "harness:write"],
            Perm::HarnessWrite => &["harness:write"],
            Perm::PctWrite => &["pct:*"],
            Perm::PctPublish => &["pct:publish", "pct:*"],
            Perm::CfWrite => &["cf:*"],
            Perm::CfPublish => &["cf:publish", "cf:*"],
            Perm::RunRead => &["run:read", "run:write"],
            Perm::RunWrite => &["run:write"],
            Perm::GrowthRead => &["growth:read", "growth:write", "growth:admin"],
            Perm::GrowthWrite => &["growth:write", "growth:admin"],
            Perm::GrowthApprove | Perm::GrowthSendBulk => &["growth:admin"],
            _ => &[],
        }
    }

    /// The permission in words, for "this needs ...".
    pub const fn words(self) -> &'static str {
        use Perm::*;
        match self {
            OrgRead => "view the organization",
            OrgEdit => "edit the organization's profile and settings",
            OrgSecurity => "change the organization's security or ownership",
            MembersManage => "invite and manage members",
            Leave => "leave the organization",
            OrgKeys => "manage organization keys and secrets",
            SelfManage => "manage your own account",
            AuditRead => "view the audit log",
            FactoryRead => "view software projects",
            FactoryWrite => "edit software projects",
            FactoryManage => "manage projects, templates and integrations",
            FeedbackWrite => "send feedback",
            HarnessRead => "view the harness",
            HarnessWrite => "start and stop the harness",
            HarnessManage => "manage harness targets and credentials",
            PctWrite => "create and review ads",
            PctPublish => "publish and spend on ads",
            CfWrite => "create and review content",
            CfPublish => "publish content",
            RunRead => "view playables and runs",
            RunWrite => "edit playables and runs",
            RunManage => "manage workflows and caches",
            GrowthRead => "view growth data",
            GrowthWrite => "edit leads, content and drafts",
            GrowthApprove => "approve campaigns, budgets and connections",
            GrowthSendBulk => "send to more than 500 people",
            JobsManage => "retry and cancel jobs",
            Platform => "administer the installation",
        }
    }

    /// The name programs see (`members_manage`).
    pub fn name(self) -> String {
        serde_json::to_value(self).ok().and_then(|v| v.as_str().map(str::to_owned)).unwrap_or_default()
    }
}

impl Role {
    /// The matrix: does this role hold the permission, given the organization's `member_grants`?
    pub fn may(self, perm: Perm, grants: &[String]) -> bool {
        perm.least_role().is_some_and(|least| self >= least) || perm.grant().is_some_and(|grant| grants.iter().any(|g| g == grant))
    }
}

/// Every scope a key can be given, in the order the screen lists them.
pub const KEY_SCOPES: &[&str] = &[
    "org:read",
    "audit:read",
    "mcp:read",
    "mcp:write",
    "tests:write",
    "validator:write",
    "harness:read",
    "harness:write",
    "pct:*",
    "pct:publish",
    "cf:*",
    "cf:publish",
    "run:read",
    "run:write",
    "growth:read",
    "growth:write",
    "growth:admin",
];

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
