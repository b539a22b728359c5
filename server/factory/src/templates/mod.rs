//! Templates: what new documents, plans and work orders begin with. Those of a project count before those of the
//! organization, and these before the ones that ship with Millrace.
use crate::documents::DocumentType;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

#[cfg(feature = "ssr")]
mod fill;
#[cfg(feature = "ssr")]
mod read;
#[cfg(feature = "ssr")]
mod write;
#[cfg(feature = "ssr")]
pub(crate) use self::fill::{filled, foundry, guide, sections_of, starting_text};
#[cfg(feature = "ssr")]
pub use self::{
    read::{get, list, resolve},
    write::{create, promote, remove, update},
};

/// What a template is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "ssr", derive(sqlx::Type), sqlx(type_name = "text", rename_all = "snake_case"))]
pub enum TemplateType {
    Refinery,
    Foundry,
    PlannerExtraction,
    PlannerWorkOrder,
    PlannerPhase,
}

impl TemplateType {
    pub const ALL: [Self; 5] = [Self::Refinery, Self::Foundry, Self::PlannerExtraction, Self::PlannerWorkOrder, Self::PlannerPhase];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Refinery => "refinery",
            Self::Foundry => "foundry",
            Self::PlannerExtraction => "planner_extraction",
            Self::PlannerWorkOrder => "planner_work_order",
            Self::PlannerPhase => "planner_phase",
        }
    }

    /// The type on screen.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Refinery => "Requirements",
            Self::Foundry => "Foundry",
            Self::PlannerExtraction => "Extraction of work orders",
            Self::PlannerWorkOrder => "Work orders",
            Self::PlannerPhase => "Phases",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text)
    }
}

/// For whom a template is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    Project,
    Organization,
    System,
}

impl Scope {
    pub const fn words(self) -> &'static str {
        match self {
            Self::Project => "This project",
            Self::Organization => "Organization",
            Self::System => "Ships with Millrace",
        }
    }
}

/// A section of a document a template makes. `body` is Markdown; `guidance` stands beside the text, never in it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Section {
    pub heading: String,
    pub level: u8,
    pub guidance: String,
    pub body: String,
    pub required: bool,
}

/// A template of requirements.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RefineryContent {
    pub doc_type: DocumentType,
    pub sections: Vec<Section>,
}

/// A foundation to be written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BlueprintPlan {
    pub title: String,
    #[serde(default)]
    pub sections: Vec<Section>,
}

/// A diagram to be drawn.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DiagramPlan {
    pub title: String,
    #[serde(default)]
    pub source: String,
}

/// The sections of each feature's blueprint.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FeatureBlueprintPlan {
    #[serde(default)]
    pub sections: Vec<Section>,
}

/// A template of a foundry.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct FoundryContent {
    pub blueprints: Vec<BlueprintPlan>,
    pub diagrams: Vec<DiagramPlan>,
    pub instructions: String,
    pub feature_blueprint: FeatureBlueprintPlan,
}

/// How work orders are drawn from blueprints.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Strategy {
    #[default]
    FeatureSlice,
    Specialist,
    /// By a model alone, after the template's instructions.
    Custom,
}

impl Strategy {
    pub const ALL: [Self; 3] = [Self::FeatureSlice, Self::Specialist, Self::Custom];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::FeatureSlice => "feature_slice",
            Self::Specialist => "specialist",
            Self::Custom => "custom",
        }
    }

    pub const fn words(self) -> &'static str {
        match self {
            Self::FeatureSlice => "Feature slices",
            Self::Specialist => "Specialists",
            Self::Custom => "Custom",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|strategy| strategy.as_str() == text)
    }
}

/// A template of an extraction.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExtractionContent {
    pub strategy: Strategy,
    #[serde(default)]
    pub instructions: String,
}

/// A template of a work order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WorkOrderContent {
    pub title_pattern: String,
    #[serde(default)]
    pub sections: Vec<Section>,
    #[serde(default)]
    pub max_criteria: Option<u32>,
}

/// A phase to be planned.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PhasePlan {
    pub name: String,
    #[serde(default)]
    pub description: String,
}

/// A template of phases.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PhaseContent {
    pub phases: Vec<PhasePlan>,
}

/// A template with its version.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Template {
    pub id: Uuid,
    pub rev: String,
    pub kind: TemplateType,
    pub scope: Scope,
    pub name: String,
    pub description: Option<String>,
    pub content: Value,
    pub is_default: bool,
    pub updated_at: DateTime<Utc>,
}

impl Template {
    /// The type of documents a template of requirements is for.
    pub fn doc_type(&self) -> Option<DocumentType> {
        DocumentType::parse(self.content.get("doc_type")?.as_str()?)
    }
}

/// What a person says of a template.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TemplateInput {
    pub kind: TemplateType,
    pub name: String,
    #[serde(default)]
    pub description: String,
    pub content: Value,
    #[serde(default)]
    pub is_default: bool,
}
