//! What Millrace says to a document by itself, by rules and labelled as built in: a review with anchored comments, a draft
//! from an interview, work orders drawn from a blueprint.
use crate::documents::DocumentRef;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

#[cfg(feature = "ssr")]
mod extract;
#[cfg(feature = "ssr")]
mod interview;
#[cfg(feature = "ssr")]
mod run;
#[cfg(feature = "ssr")]
pub(crate) use self::extract::{Material, bucket, material, suggest};
#[cfg(feature = "ssr")]
pub use self::{extract::extract, interview::interview, run::review};

/// The answers of an interview.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Answers {
    pub problem: String,
    pub current_solution: String,
    pub outcome: String,
    pub users: String,
}

/// What came of it: the suggestion, and the document it is for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Suggested {
    pub document: DocumentRef,
    pub suggestion: Uuid,
    /// How many parts there are to decide.
    pub parts: usize,
}
