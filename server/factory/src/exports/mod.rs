//! A project as one file: its documents, features and plan, as Markdown or Word, made by a job and kept for seven days.
use crate::{
    documents::{DocumentArea, FileFormat},
    job_runs::JobStatus,
};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

#[cfg(feature = "ssr")]
mod book;
#[cfg(feature = "ssr")]
mod list;
#[cfg(feature = "ssr")]
mod run;
#[cfg(feature = "ssr")]
pub use self::{list::list, run::start};
#[cfg(feature = "ssr")]
pub(crate) use run::register;

/// What goes into the file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ExportScope {
    /// Everything: requirements, blueprints, features, plan.
    #[default]
    Project,
    Refinery,
    Foundry,
}

impl ExportScope {
    pub const ALL: [Self; 3] = [Self::Project, Self::Refinery, Self::Foundry];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Project => "project",
            Self::Refinery => "refinery",
            Self::Foundry => "foundry",
        }
    }

    pub const fn words(self) -> &'static str {
        match self {
            Self::Project => "The whole project with its plan",
            Self::Refinery => "Requirements",
            Self::Foundry => "Blueprints",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|scope| scope.as_str() == text)
    }

    /// Whose documents these are.
    pub fn areas(self) -> Vec<DocumentArea> {
        match self {
            Self::Project => vec![DocumentArea::Refinery, DocumentArea::Foundry],
            Self::Refinery => vec![DocumentArea::Refinery],
            Self::Foundry => vec![DocumentArea::Foundry],
        }
    }
}

/// One export, finished or not.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ExportRun {
    pub id: Uuid,
    pub scope: ExportScope,
    pub format: FileFormat,
    pub status: JobStatus,
    pub error: Option<String>,
    /// Percent.
    pub progress: i16,
    pub created_at: DateTime<Utc>,
    pub file: Option<ExportedFile>,
}

/// The file of an export.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ExportedFile {
    pub name: String,
    pub size: u64,
    /// A signed address of this installation.
    pub href: String,
    pub expires_at: DateTime<Utc>,
}
