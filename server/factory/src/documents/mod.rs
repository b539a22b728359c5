//! Documents of the refinery (requirements) and the foundry (blueprints): what there is, what it is called, where it
//! stands. The text itself is written by live editing, imports, restores and accepted suggestions.
use crate::features::{FeatureRef, FeatureStatus, ProjectHead};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

#[cfg(feature = "ssr")]
mod create;
#[cfg(feature = "ssr")]
pub(crate) mod diagrams;
#[cfg(feature = "ssr")]
mod files;
#[cfg(feature = "ssr")]
mod get;
#[cfg(feature = "ssr")]
pub mod html;
#[cfg(feature = "ssr")]
mod initialise;
#[cfg(feature = "ssr")]
pub(crate) mod names;
#[cfg(feature = "ssr")]
mod order;
#[cfg(feature = "ssr")]
mod remove;
#[cfg(feature = "ssr")]
pub(crate) mod store;
#[cfg(feature = "ssr")]
pub(crate) mod text;
#[cfg(feature = "ssr")]
mod tree;
#[cfg(feature = "ssr")]
mod update;
#[cfg(feature = "ssr")]
pub(crate) use self::{create::add, files::whole};
#[cfg(feature = "ssr")]
pub use self::{
    create::create,
    files::{File, export, import},
    get::{by_slug, get},
    initialise::initialise,
    order::place,
    remove::{deleted, remove, restore},
    text::{Content, content, write},
    tree::tree,
    update::update,
};

/// What a document is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "ssr", derive(sqlx::Type), sqlx(type_name = "text", rename_all = "snake_case"))]
pub enum DocumentType {
    ProductOverview,
    TechnicalRequirements,
    FeatureRequirements,
    FoundationBlueprint,
    SystemDiagram,
    FeatureBlueprint,
}

impl DocumentType {
    pub const ALL: [Self; 6] = [
        Self::ProductOverview,
        Self::TechnicalRequirements,
        Self::FeatureRequirements,
        Self::FoundationBlueprint,
        Self::SystemDiagram,
        Self::FeatureBlueprint,
    ];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ProductOverview => "product_overview",
            Self::TechnicalRequirements => "technical_requirements",
            Self::FeatureRequirements => "feature_requirements",
            Self::FoundationBlueprint => "foundation_blueprint",
            Self::SystemDiagram => "system_diagram",
            Self::FeatureBlueprint => "feature_blueprint",
        }
    }

    /// The type on screen.
    pub const fn words(self) -> &'static str {
        match self {
            Self::ProductOverview => "Product overview",
            Self::TechnicalRequirements => "Technical requirements",
            Self::FeatureRequirements => "Feature requirements",
            Self::FoundationBlueprint => "Foundation",
            Self::SystemDiagram => "System diagram",
            Self::FeatureBlueprint => "Feature blueprint",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text)
    }

    /// Where it is written.
    pub const fn area(self) -> DocumentArea {
        match self {
            Self::ProductOverview | Self::TechnicalRequirements | Self::FeatureRequirements => DocumentArea::Refinery,
            Self::FoundationBlueprint | Self::SystemDiagram | Self::FeatureBlueprint => DocumentArea::Foundry,
        }
    }

    /// Is there one of it for each feature?
    pub const fn of_feature(self) -> bool {
        matches!(self, Self::FeatureRequirements | Self::FeatureBlueprint)
    }
}

/// The two places where documents are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DocumentArea {
    Refinery,
    Foundry,
}

impl DocumentArea {
    /// The segment of the address.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Refinery => "refinery",
            Self::Foundry => "foundry",
        }
    }

    /// The types written here, in the order of the tree; that of features last.
    pub const fn types(self) -> [DocumentType; 3] {
        match self {
            Self::Refinery => [DocumentType::ProductOverview, DocumentType::TechnicalRequirements, DocumentType::FeatureRequirements],
            Self::Foundry => [DocumentType::FoundationBlueprint, DocumentType::SystemDiagram, DocumentType::FeatureBlueprint],
        }
    }
}

/// A document without its text.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Document {
    pub id: Uuid,
    pub rev: String,
    pub project_id: Uuid,
    pub feature_id: Option<Uuid>,
    pub kind: DocumentType,
    pub title: String,
    pub slug: String,
    pub template_id: Option<Uuid>,
    pub sort_order: i32,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
    pub deleted: bool,
}

impl Document {
    /// Its address below the project's.
    pub fn path(&self) -> String {
        format!("/{}/{}", self.kind.area().as_str(), self.slug)
    }
}

/// A document as the tree shows it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DocumentRow {
    pub id: Uuid,
    pub rev: String,
    pub kind: DocumentType,
    pub title: String,
    pub slug: String,
    pub feature_id: Option<Uuid>,
    pub updated_at: DateTime<Utc>,
    /// Something it builds on changed and nobody has looked yet.
    #[serde(default)]
    pub drifted: bool,
    /// Suggestions that wait for a decision.
    #[serde(default)]
    pub suggestions: i64,
}

/// A feature as the tree shows it: with or without a document of its own.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TreeFeature {
    pub id: Uuid,
    pub rev: String,
    pub parent_id: Option<Uuid>,
    pub key: String,
    pub name: String,
    pub status: FeatureStatus,
}

/// All documents of an area with the features they may belong to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DocumentTree {
    pub project: ProjectHead,
    pub area: DocumentArea,
    pub documents: Vec<DocumentRow>,
    pub features: Vec<TreeFeature>,
    /// More features than one tree shows.
    pub cut: bool,
    /// How many deleted documents could be brought back.
    pub deleted: i64,
}

/// A document as others mention it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DocumentRef {
    pub id: Uuid,
    pub kind: DocumentType,
    pub title: String,
    pub slug: String,
}

impl DocumentRef {
    /// Its address below the project's.
    pub fn path(&self) -> String {
        format!("/{}/{}", self.kind.area().as_str(), self.slug)
    }
}

/// A section with what the template says should stand in it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Guide {
    pub heading: String,
    pub guidance: String,
    pub required: bool,
}

/// A heading of the text, for the outline.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OutlineEntry {
    pub id: String,
    pub level: u8,
    pub title: String,
}

/// A document with its surroundings, as its page shows it before and without the editor.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DocumentDetail {
    pub project: ProjectHead,
    pub document: Document,
    /// The text as safe HTML.
    pub html: String,
    pub outline: Vec<OutlineEntry>,
    pub diagram_source: Option<String>,
    pub words: usize,
    pub feature: Option<FeatureRef>,
    /// The requirements of a blueprint, the blueprint of requirements.
    pub partner: Option<DocumentRef>,
    pub guide: Vec<Guide>,
    pub versions: i32,
    pub threads: i64,
    pub suggestions: i64,
    pub deleted_at: Option<DateTime<Utc>>,
    pub may_write: bool,
}

/// What a new document is made of. A document of a feature carries the feature's name.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DocumentInput {
    pub kind: DocumentType,
    #[serde(default)]
    pub title: String,
    #[serde(default)]
    pub feature_id: Option<Uuid>,
    /// `None`: the default of project, organization or Millrace.
    #[serde(default)]
    pub template_id: Option<Uuid>,
    /// Begins without any text.
    #[serde(default)]
    pub blank: bool,
}

/// Fields to change; those that are `None` stay.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct DocumentPatch {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sort_order: Option<i32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub diagram_source: Option<String>,
}

/// What a template made.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Initialised {
    pub blueprints_created: usize,
    pub blueprints: Vec<DocumentRef>,
}

/// A deleted document.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DeletedDocument {
    pub id: Uuid,
    pub kind: DocumentType,
    pub title: String,
    pub slug: String,
    pub deleted_at: DateTime<Utc>,
}

/// The largest file to import.
pub const MAX_IMPORT: usize = 10 * 1024 * 1024;

/// The formats of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FileFormat {
    Md,
    Docx,
    Pdf,
}

impl FileFormat {
    pub const ALL: [Self; 3] = [Self::Md, Self::Docx, Self::Pdf];

    pub const fn extension(self) -> &'static str {
        match self {
            Self::Md => "md",
            Self::Docx => "docx",
            Self::Pdf => "pdf",
        }
    }

    pub const fn words(self) -> &'static str {
        match self {
            Self::Md => "Markdown",
            Self::Docx => "Word (DOCX)",
            Self::Pdf => "PDF",
        }
    }

    pub const fn mime(self) -> &'static str {
        match self {
            Self::Md => "text/markdown; charset=utf-8",
            Self::Docx => "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
            Self::Pdf => "application/pdf",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|format| format.extension() == text)
    }
}
