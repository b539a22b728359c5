//! Members of an organization: who they are, their roles, their end (chapter 10, section 3, "Roles").
use chrono::{DateTime, Utc};
use kernel::{access::Role, record::PageRequest};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

#[cfg(feature = "ssr")]
mod service;
#[cfg(feature = "ssr")]
pub use service::{change_role, list, remove, seats};

/// One member as the list shows them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Member {
    /// Of the membership.
    pub id: Uuid,
    pub user_id: Uuid,
    pub name: String,
    /// For those who manage members, and for oneself.
    pub email: Option<String>,
    pub avatar_url: Option<String>,
    pub role: Role,
    pub joined_at: DateTime<Utc>,
    /// For those who manage members.
    pub last_seen_at: Option<DateTime<Utc>>,
    /// For those who manage members.
    pub has_mfa: Option<bool>,
    pub is_you: bool,
    pub may: MemberMay,
}

/// What the viewer may do to a member, so that screens offer nothing that would be refused.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct MemberMay {
    /// The other roles the viewer may give.
    pub change_role: Vec<Role>,
    pub remove: bool,
}

impl MemberMay {
    /// The row "Invite, remove, member <-> admin" and "grant owner" of the matrix. `last_owner`: nobody else owns the organization.
    pub fn of(viewer: Role, target: Role, is_you: bool, last_owner: bool) -> Self {
        let roles: &[Role] = match (viewer, target) {
            (Role::Owner, _) if !last_owner => &[Role::Owner, Role::Admin, Role::Member],
            (Role::Admin, Role::Admin | Role::Member) if !is_you => &[Role::Admin, Role::Member],
            _ => &[],
        };
        let remove = !is_you && (viewer == Role::Owner || viewer == Role::Admin && target != Role::Owner);
        Self { change_role: roles.iter().copied().filter(|role| *role != target).collect(), remove }
    }
}

/// Which members a list shows.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct MemberQuery {
    pub search: String,
    pub role: Option<Role>,
    pub page: PageRequest,
}

/// A member's new role.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct RoleChange {
    pub member_id: Uuid,
    pub role: Role,
}

/// How many seats are taken; pending invitations hold one each.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seats {
    pub members: i64,
    pub pending: i64,
    pub limit: Option<u32>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use Role::*;

    #[test]
    fn the_matrix_decides_who_changes_whom() {
        assert_eq!(MemberMay::of(Owner, Member, false, false).change_role, [Owner, Admin]);
        assert_eq!(MemberMay::of(Admin, Member, false, false), MemberMay { change_role: vec![Admin], remove: true });
        assert_eq!(MemberMay::of(Admin, Owner, false, false), MemberMay::default());
        assert_eq!(MemberMay::of(Admin, Admin, true, false), MemberMay::default());
        assert_eq!(MemberMay::of(Member, Member, false, false), MemberMay::default());
        assert_eq!(MemberMay::of(Owner, Owner, true, true), MemberMay::default());
    }
}
