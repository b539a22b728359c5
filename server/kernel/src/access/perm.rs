//! What may be done, who holds it by role, and which scopes of keys carry it.
use super::Role;
use serde::{Deserialize, Serialize};

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
    TestsWrite,
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
    pub const ALL: [Perm; 29] = {
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
            TestsWrite,
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
            OrgRead | Leave | SelfManage | FactoryRead | FactoryWrite | FeedbackWrite | TestsWrite | HarnessRead | HarnessWrite
            | PctWrite | CfWrite | RunRead | RunWrite | GrowthRead | GrowthWrite => Some(Role::Member),
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
            Perm::TestsWrite => &["tests:write"],
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
            TestsWrite => "upload test results",
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
