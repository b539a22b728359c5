//! Projects: the container of everything in the factory.
use chrono::{DateTime, Utc};
use garde::Validate;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

#[cfg(feature = "ssr")]
mod read;
#[cfg(feature = "ssr")]
mod write;
#[cfg(feature = "ssr")]
pub(crate) use read::lock_as;
#[cfg(feature = "ssr")]
pub use read::{by_slug, count, get, list, lock, lock_id, lock_of_document, lock_of_feature, open_for_writing, org_of};
#[cfg(feature = "ssr")]
pub use write::{archive, create, set_status, unarchive, update};

/// Where a project stands (chapter 20, section 2.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "ssr", derive(sqlx::Type), sqlx(type_name = "varchar", rename_all = "snake_case"))]
pub enum ProjectStatus {
    Draft,
    Active,
    Paused,
    Complete,
    Archived,
}

impl ProjectStatus {
    pub const ALL: [Self; 5] = [Self::Draft, Self::Active, Self::Paused, Self::Complete, Self::Archived];

    pub const fn may_become(self, next: Self) -> bool {
        use ProjectStatus::*;
        matches!(
            (self, next),
            (Draft | Paused | Complete | Archived, Active) | (Active, Paused | Complete) | (Draft | Active | Paused | Complete, Archived)
        )
    }

    /// The moves that are open from here.
    pub fn moves(self) -> impl Iterator<Item = Self> {
        Self::ALL.into_iter().filter(move |next| self.may_become(*next))
    }

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Active => "active",
            Self::Paused => "paused",
            Self::Complete => "complete",
            Self::Archived => "archived",
        }
    }

    /// The status on screen.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Draft => "Draft",
            Self::Active => "Active",
            Self::Paused => "Paused",
            Self::Complete => "Complete",
            Self::Archived => "Archived",
        }
    }
}

/// A project with its version.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Project {
    pub id: Uuid,
    pub rev: String,
    pub slug: String,
    pub name: String,
    pub description: Option<String>,
    pub status: ProjectStatus,
    pub repo_url: Option<String>,
    pub branch: String,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

/// How many live features stand where.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct StatusCounts {
    pub pending: i64,
    pub in_progress: i64,
    pub passing: i64,
    pub failing: i64,
    pub blocked: i64,
}

impl StatusCounts {
    pub const fn total(&self) -> i64 {
        self.pending + self.in_progress + self.passing + self.failing + self.blocked
    }

    /// The share that passes, in whole percent; 0 without features. Only all of them are 100 %.
    pub const fn percent(&self) -> i64 {
        match self.total() {
            0 => 0,
            total => self.passing * 100 / total,
        }
    }
}

/// A project in the list.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ProjectCard {
    #[serde(flatten)]
    pub project: Project,
    pub counts: StatusCounts,
}

/// What a person says of a project, in the form and to the service. An empty text is none.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, Validate)]
#[serde(default)]
pub struct ProjectInput {
    #[garde(custom(required_name))]
    pub name: String,
    #[garde(length(chars, max = 2000))]
    pub description: String,
    #[garde(custom(web_address))]
    pub repo_url: String,
    #[garde(length(chars, max = 100))]
    pub branch: String,
}

pub(crate) fn required_name(name: &str, _: &()) -> garde::Result {
    match name.trim().chars().count() {
        0 => Err(garde::Error::new("is required")),
        n if n > 255 => Err(garde::Error::new(format!("has {n} characters; the most is 255"))),
        _ => Ok(()),
    }
}

fn web_address(url: &str, _: &()) -> garde::Result {
    let url = url.trim();
    if url.is_empty() {
        return Ok(());
    }
    if url.chars().count() > 500 {
        return Err(garde::Error::new("is longer than 500 characters"));
    }
    let host = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"));
    match host {
        Some(rest) if !rest.is_empty() && !rest.starts_with('/') && !url.contains(char::is_whitespace) => Ok(()),
        _ => Err(garde::Error::new("is not a web address: it begins with https:// or http://")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ProjectStatus::*;

    #[test]
    fn the_project_machine_is_that_of_the_chapter() {
        let moves = |s: ProjectStatus| s.moves().collect::<Vec<_>>();
        assert_eq!(moves(Draft), [Active, Archived]);
        assert_eq!(moves(Active), [Paused, Complete, Archived]);
        assert_eq!(moves(Paused), [Active, Archived]);
        assert_eq!(moves(Complete), [Active, Archived]);
        assert_eq!(moves(Archived), [Active]);
    }

    #[test]
    fn a_form_says_what_is_wrong_beside_the_field() {
        let input = ProjectInput { name: " ".into(), repo_url: "ftp://x".into(), ..Default::default() };
        let fault = kernel::Fault::from(input.validate().unwrap_err());
        assert_eq!(fault.fields["name"], "is required");
        assert!(fault.fields["repo_url"].starts_with("is not a web address"));
        let long = ProjectInput { name: "n".repeat(256), ..Default::default() };
        assert_eq!(kernel::Fault::from(long.validate().unwrap_err()).fields["name"], "has 256 characters; the most is 255");
    }

    #[test]
    fn only_all_of_them_are_a_hundred_percent() {
        let counts = StatusCounts { passing: 299, pending: 1, ..Default::default() };
        assert_eq!((counts.percent(), StatusCounts::default().percent()), (99, 0));
    }
}
