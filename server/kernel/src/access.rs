//! Who may do what: roles, permissions, key scopes (the matrix of chapter 10, section 3), sessions.
mod actor;
mod perm;
mod session;

pub use actor::{Actor, ActorKind, RequestInfo};
pub use perm::{KEY_SCOPES, Perm};
pub use session::{CurrentOrg, OrgRef, Session};

use crate::fault::Fault;
use serde::{Deserialize, Serialize};

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
