//! Organizations: making, switching, profile and settings, ownership, end (chapter 10, sections 1 and 3).
use crate::checks;
use chrono::{DateTime, Utc};
use kernel::access::Role;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

#[cfg(feature = "ssr")]
mod logo;
#[cfg(feature = "ssr")]
mod ownership;
#[cfg(feature = "ssr")]
mod service;
#[cfg(feature = "ssr")]
pub use logo::{logo, remove_logo, set_logo};
#[cfg(feature = "ssr")]
pub use ownership::{delete, leave, transfer};
#[cfg(feature = "ssr")]
pub(crate) use ownership::{end_access, keep_an_owner, last_owner};
#[cfg(feature = "ssr")]
pub(crate) use service::settings_of;
#[cfg(feature = "ssr")]
pub use service::{create, create_for, get, mine, save, save_security};

/// Words that cannot be slugs, since pages of the installation live there. The database keeps the same list.
pub const RESERVED_SLUGS: &[&str] = &[
    "account", "admin", "api", "app", "assets", "auth", "demo", "forgot", "health", "healthz", "help", "home", "invite", "kit", "login",
    "logout", "metrics", "millrace", "new", "org", "orgs", "pkg", "public", "readyz", "reset", "root", "settings", "setup", "signin",
    "signout", "signup", "static", "status", "support", "system", "verify", "www",
];

/// What `member_grants[]` may lend to members, and what each lends in words.
pub const MEMBER_GRANTS: &[(&str, &str)] = &[
    ("publish", "Members may publish ads and content"),
    ("approve", "Members may approve campaigns, budgets and connections"),
    ("send_bulk", "Members may send to more than 500 people"),
];

/// A new organization; whoever makes it owns it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, garde::Validate)]
pub struct NewOrganization {
    #[garde(custom(checks::name(255)))]
    pub name: String,
    /// The address `/o/{slug}`; empty: made from the name.
    #[serde(default)]
    #[garde(custom(slug_or_empty))]
    pub slug: String,
}

/// One organization of a person, for the switcher and `/orgs`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OrgListed {
    pub id: Uuid,
    pub slug: String,
    pub name: String,
    pub logo_url: Option<String>,
    pub role: Role,
    pub members: i64,
    pub suspended: bool,
}

/// Who sees the work of a member: everybody, or its author with owners and admins.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Sharing {
    #[default]
    Team,
    Private,
}

/// What an organization decides for its members; column `settings`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct OrgSettings {
    pub mfa_required: bool,
    pub session_max_days: u32,
    pub seat_limit: Option<u32>,
    pub sharing: Sharing,
    pub timezone: String,
    pub allowed_email_domains: Vec<String>,
    pub member_grants: Vec<String>,
}

impl Default for OrgSettings {
    fn default() -> Self {
        Self {
            mfa_required: false,
            session_max_days: 30,
            seat_limit: None,
            sharing: Sharing::Team,
            timezone: "UTC".to_owned(),
            allowed_email_domains: Vec::new(),
            member_grants: Vec::new(),
        }
    }
}

/// An organization as its settings pages show it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OrgProfile {
    pub id: Uuid,
    pub rev: String,
    pub name: String,
    pub slug: String,
    pub logo_url: Option<String>,
    pub plan: String,
    pub settings: OrgSettings,
    pub members: i64,
    pub created_at: DateTime<Utc>,
}

/// The general settings as their form sends them.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, garde::Validate)]
#[serde(default)]
pub struct OrgEdit {
    /// The version the form was filled from.
    #[garde(skip)]
    pub rev: String,
    #[garde(custom(checks::name(255)))]
    pub name: String,
    #[garde(custom(check_slug_field))]
    pub slug: String,
    /// Empty: none.
    #[garde(custom(logo_address))]
    pub logo_url: String,
    #[garde(custom(zone))]
    pub timezone: String,
    #[garde(skip)]
    pub sharing: Sharing,
    #[garde(custom(seats))]
    pub seat_limit: Option<u32>,
    #[garde(custom(domains))]
    pub allowed_email_domains: Vec<String>,
    #[garde(custom(grants))]
    pub member_grants: Vec<String>,
}

impl OrgProfile {
    /// The form as it opens.
    pub fn edit(&self) -> OrgEdit {
        let settings = self.settings.clone();
        OrgEdit {
            rev: self.rev.clone(),
            name: self.name.clone(),
            slug: self.slug.clone(),
            logo_url: self.logo_url.clone().unwrap_or_default(),
            timezone: settings.timezone,
            sharing: settings.sharing,
            seat_limit: settings.seat_limit,
            allowed_email_domains: settings.allowed_email_domains,
            member_grants: settings.member_grants,
        }
    }
}

/// What only owners decide.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, garde::Validate)]
pub struct OrgSecurityEdit {
    #[garde(skip)]
    pub rev: String,
    #[serde(default)]
    #[garde(skip)]
    pub mfa_required: bool,
    #[garde(custom(session_days))]
    pub session_max_days: u32,
}

/// The typed name that confirms a deletion.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct OrgDelete {
    pub name: String,
}

/// Who becomes the owner.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct OrgTransfer {
    /// `Member.id`.
    pub member_id: Uuid,
}

/// The rule of slugs: 3 to 63 of a-z, 0-9 and single hyphens inside, and no reserved word.
pub fn check_slug(slug: &str) -> garde::Result {
    let inside = slug.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
    let ends = slug.starts_with('-') || slug.ends_with('-') || slug.contains("--");
    let letters = slug.bytes().filter(|b| *b != b'-').count();
    if !inside || ends {
        return Err(garde::Error::new("Use a to z, 0 to 9 and single hyphens between them."));
    }
    // The pattern of the column: one character, then 1 to 62 more, each with a hyphen before it or not.
    if !(2..=63).contains(&letters) || slug.len() > 100 {
        return Err(garde::Error::new("Use 2 to 63 letters and digits."));
    }
    if RESERVED_SLUGS.contains(&slug) {
        return Err(garde::Error::new("This address is reserved. Choose another one."));
    }
    Ok(())
}

fn check_slug_field(slug: &str, _: &()) -> garde::Result {
    check_slug(slug)
}

fn slug_or_empty(slug: &str, _: &()) -> garde::Result {
    if slug.is_empty() { Ok(()) } else { check_slug(slug) }
}

fn logo_address(url: &str, _: &()) -> garde::Result {
    let here = url.starts_with('/') && !url.starts_with("//");
    match url.is_empty() || here || url.starts_with("https://") {
        true if url.len() <= 500 => Ok(()),
        _ => Err(garde::Error::new("Enter an address that begins with https://.")),
    }
}

/// Names of the IANA time zone database look like this; whether the zone exists is for the database to say.
fn zone(zone: &str, _: &()) -> garde::Result {
    let plain = zone.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'/' | b'_' | b'-' | b'+'));
    match !zone.is_empty() && zone.len() <= 64 && plain {
        true => Ok(()),
        false => Err(garde::Error::new("Choose a time zone, such as Europe/Zurich.")),
    }
}

fn seats(limit: &Option<u32>, _: &()) -> garde::Result {
    match limit {
        Some(0) => Err(garde::Error::new("Leave at least one seat.")),
        Some(n) if *n > 1_000_000 => Err(garde::Error::new("Use at most 1000000 seats, or none.")),
        _ => Ok(()),
    }
}

fn domains(domains: &[String], _: &()) -> garde::Result {
    match domains.iter().find(|domain| !checks::domain(domain)) {
        Some(bad) => Err(garde::Error::new(format!("“{bad}” is not a mail domain such as example.org."))),
        None if domains.len() > 100 => Err(garde::Error::new("Use at most 100 domains.")),
        None => Ok(()),
    }
}

fn grants(grants: &[String], _: &()) -> garde::Result {
    match grants.iter().find(|grant| !MEMBER_GRANTS.iter().any(|(name, _)| name == grant)) {
        Some(bad) => Err(garde::Error::new(format!("“{bad}” cannot be granted to members."))),
        None => Ok(()),
    }
}

fn session_days(days: &u32, _: &()) -> garde::Result {
    match days {
        1..=90 => Ok(()),
        _ => Err(garde::Error::new("Choose 1 to 90 days.")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slugs_follow_the_rule() {
        for good in ["acme", "a1", "a-b-c", "x9-y"] {
            assert!(check_slug(good).is_ok(), "{good}");
        }
        for bad in ["", "a", "-acme", "acme-", "a--b", "Acme", "a b", "settings", "über"] {
            assert!(check_slug(bad).is_err(), "{bad}");
        }
    }
}
