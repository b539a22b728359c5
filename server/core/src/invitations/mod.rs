//! Invitations: pending for seven days, then accepted, revoked or expired (chapter 10, sections 2.2 and 8).
use crate::checks;
use chrono::{DateTime, Utc};
use kernel::access::Role;
use serde::{Deserialize, Serialize};
use std::fmt;
use uuid::Uuid;

#[cfg(feature = "ssr")]
mod answer;
#[cfg(feature = "ssr")]
mod service;
#[cfg(feature = "ssr")]
pub use answer::{accept, ask_again, join, look};
#[cfg(feature = "ssr")]
pub use service::{invite, list, resend, revoke};

/// The roles an invitation can give; owners are made from members.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "ssr", derive(sqlx::Type), sqlx(type_name = "varchar", rename_all = "snake_case"))]
pub enum InviteRole {
    #[default]
    Member,
    Admin,
}

impl InviteRole {
    pub const fn as_str(self) -> &'static str {
        match self {
            InviteRole::Member => "member",
            InviteRole::Admin => "admin",
        }
    }
}

impl From<InviteRole> for Role {
    fn from(role: InviteRole) -> Self {
        match role {
            InviteRole::Member => Role::Member,
            InviteRole::Admin => Role::Admin,
        }
    }
}

/// Where an invitation stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "ssr", derive(sqlx::Type), sqlx(type_name = "text", rename_all = "snake_case"))]
pub enum InvitationStatus {
    Pending,
    Accepted,
    Revoked,
    Expired,
}

impl InvitationStatus {
    pub const fn as_str(self) -> &'static str {
        match self {
            InvitationStatus::Pending => "pending",
            InvitationStatus::Accepted => "accepted",
            InvitationStatus::Revoked => "revoked",
            InvitationStatus::Expired => "expired",
        }
    }

    /// pending -> accepted, revoked, expired.
    pub const fn may_become(self, next: Self) -> bool {
        matches!(
            (self, next),
            (InvitationStatus::Pending, InvitationStatus::Accepted | InvitationStatus::Revoked | InvitationStatus::Expired)
        )
    }
}

/// Whom to invite, and as what.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, garde::Validate)]
pub struct NewInvitation {
    #[garde(custom(checks::email))]
    pub email: String,
    #[serde(default)]
    #[garde(skip)]
    pub role: InviteRole,
}

/// One invitation as the members page lists it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Invitation {
    pub id: Uuid,
    pub email: String,
    pub role: InviteRole,
    pub status: InvitationStatus,
    pub invited_by: Option<String>,
    pub expires_at: DateTime<Utc>,
    pub created_at: DateTime<Utc>,
}

/// What came of inviting: a pending invitation is sent again instead of a second one.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Invited {
    pub invitation: Invitation,
    pub resent: bool,
}

/// An invitation as the page of its link shows it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct InvitationLook {
    pub organization: String,
    pub slug: String,
    pub logo_url: Option<String>,
    pub inviter: Option<String>,
    pub role: InviteRole,
    pub email: String,
    pub expires_at: DateTime<Utc>,
    /// Somebody with this address has an account: they sign in, then accept.
    pub has_account: bool,
    /// The address of who is signed in now.
    pub signed_in_as: Option<String>,
    /// Signed in under another address than the invited one.
    pub wrong_account: bool,
}

/// A new account for the invited address.
#[derive(Clone, Default, PartialEq, Serialize, Deserialize, garde::Validate)]
pub struct InvitationJoin {
    #[garde(skip)]
    pub token: String,
    #[garde(custom(checks::name(255)))]
    pub name: String,
    /// Checked by the rules of passwords when it is used.
    #[garde(skip)]
    pub password: String,
}

impl fmt::Debug for InvitationJoin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("InvitationJoin").field("name", &self.name).finish_non_exhaustive()
    }
}

/// Who is a member now, and of what.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Joined {
    pub user_id: Uuid,
    pub organization_id: Uuid,
    pub slug: String,
}
