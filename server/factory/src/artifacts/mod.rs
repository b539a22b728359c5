//! Files of a project in their folders: kept by content, read for search. A document shows its own pictures from here.
use chrono::{DateTime, Utc};
use serde::{Deserialize, Deserializer, Serialize};
use uuid::Uuid;

#[cfg(feature = "ssr")]
mod change;
#[cfg(feature = "ssr")]
mod clean;
#[cfg(feature = "ssr")]
mod extract;
#[cfg(feature = "ssr")]
mod folders;
#[cfg(feature = "ssr")]
mod page;
#[cfg(feature = "ssr")]
mod pages;
#[cfg(feature = "ssr")]
mod pictures;
#[cfg(feature = "ssr")]
mod read;
#[cfg(feature = "ssr")]
mod said;
#[cfg(feature = "ssr")]
mod store;
#[cfg(feature = "ssr")]
mod upload;
#[cfg(feature = "ssr")]
pub(crate) use self::pictures::bytes_of;
#[cfg(feature = "ssr")]
pub use self::{
    change::{remove, restore, update},
    clean::CLEANUP,
    extract::{register, reprocess},
    folders::{create as folder_create, folder, list as folders, remove as folder_remove, update as folder_update},
    page::page,
    pages::{count, draw},
    pictures::add_picture,
    read::{Download, detail, download},
    said::{Named, Said, names, said},
    upload::upload,
};

/// The largest file, and the largest picture of a text.
pub const MAX_FILE: usize = 50 * 1024 * 1024;
pub const MAX_PICTURE: usize = 10 * 1024 * 1024;
/// What may be uploaded, as the dialog for files is told.
pub const ACCEPTED: &str = ".md,.markdown,.txt,.text,.log,.csv,.json,.html,.htm,.docx,.xlsx,.pptx,.pdf,.png,.jpg,.jpeg,.gif,.webp,.svg,.mp3,.wav,.ogg,.oga,.flac,.m4a";
/// Deleted artifacts can be brought back for so long.
pub const KEPT_DAYS: i64 = 30;

/// A picture that was stored.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Picture {
    pub artifact_id: Uuid,
    /// What it is called until somebody says it better.
    pub alt: String,
}

/// Where the picture of an artifact lies.
pub fn address(project: Uuid, artifact: impl std::fmt::Display) -> String {
    format!("/api/projects/{project}/artifacts/{artifact}/download")
}

/// Where the picture of a page of a PDF lies; pages are counted from 1.
pub fn page_address(project: Uuid, artifact: Uuid, page: usize) -> String {
    format!("/api/projects/{project}/artifacts/{artifact}/preview?page={page}")
}

/// How far the reading of a file is (chapter 20, section 2.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "ssr", derive(sqlx::Type), sqlx(type_name = "text", rename_all = "snake_case"))]
pub enum ProcessingStatus {
    Pending,
    Processing,
    Completed,
    Failed,
}

impl ProcessingStatus {
    /// The status on screen.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Pending => "Waiting",
            Self::Processing => "Reading",
            Self::Completed => "Ready",
            Self::Failed => "Failed",
        }
    }
}

/// A folder for artifacts.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Folder {
    pub id: Uuid,
    pub rev: String,
    pub parent_id: Option<Uuid>,
    pub name: String,
    pub sort_order: i32,
    /// Live artifacts that lie in it, not those of its folders.
    pub artifacts: i64,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

/// A folder to be made.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct FolderInput {
    pub name: String,
    pub parent_id: Option<Uuid>,
}

/// What changes of a folder; `parent_id` null is the top.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct FolderPatch {
    pub name: Option<String>,
    #[serde(deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    pub parent_id: Option<Option<Uuid>>,
    pub sort_order: Option<i32>,
}

/// A file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Artifact {
    pub id: Uuid,
    /// Of name and folder: reading the file is no change that anybody made.
    pub rev: String,
    pub folder_id: Option<Uuid>,
    pub name: String,
    pub file_name: String,
    pub mime_type: String,
    pub file_size: i64,
    #[serde(rename = "processingStatus")]
    pub status: ProcessingStatus,
    #[serde(rename = "processingError")]
    pub error: Option<String>,
    /// Who brought it, by name.
    pub uploaded_by: Option<String>,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

impl Artifact {
    /// Its pages can be looked at.
    pub fn is_pdf(&self) -> bool {
        self.mime_type == "application/pdf"
    }

    pub fn is_picture(&self) -> bool {
        self.mime_type.starts_with("image/") && self.mime_type != "image/svg+xml"
    }
}

/// What changes of an artifact; `folder_id` null is out of every folder.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct ArtifactPatch {
    pub name: Option<String>,
    #[serde(deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    pub folder_id: Option<Option<Uuid>>,
}

/// A field that is there, null or not.
fn given<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Option<Uuid>>, D::Error> {
    Deserialize::deserialize(deserializer).map(Some)
}

/// Which artifacts are asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct ArtifactQuery {
    /// The id of a folder, `root` for what lies in none, empty for all of the project.
    pub folder: String,
    /// Words of its name or text; then the folder does not matter.
    pub q: String,
    pub after: String,
}

/// A folder's content.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ArtifactPage {
    /// From the top down to the folder itself.
    pub path: Vec<Folder>,
    pub folders: Vec<Folder>,
    pub rows: Vec<Artifact>,
    pub next: Option<String>,
    /// How many there are in all that were asked for.
    pub total: i64,
    /// How many live artifacts the project has.
    pub everything: i64,
}

/// A file with its text.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ArtifactDetail {
    #[serde(flatten)]
    pub artifact: Artifact,
    /// The beginning of what was read.
    pub extracted_text: Option<String>,
    /// Characters of the whole text.
    pub text_length: i64,
    /// From the top down to the folder it lies in.
    pub path: Vec<Folder>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn null_moves_to_the_top_and_nothing_leaves_where_it_is() {
        let read = |json: &str| serde_json::from_str::<ArtifactPatch>(json).unwrap().folder_id;
        assert_eq!((read("{}"), read(r#"{"folderId":null}"#)), (None, Some(None)));
        let patch = ArtifactPatch { folder_id: Some(None), ..Default::default() };
        assert_eq!(serde_json::from_str::<ArtifactPatch>(&serde_json::to_string(&patch).unwrap()).unwrap(), patch);
    }
}
