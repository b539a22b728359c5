//! Files of a project. A document shows its own pictures from here.
use serde::{Deserialize, Serialize};
use uuid::Uuid;

#[cfg(feature = "ssr")]
mod pictures;
#[cfg(feature = "ssr")]
mod read;
#[cfg(feature = "ssr")]
mod said;
#[cfg(feature = "ssr")]
pub(crate) use self::pictures::bytes_of;
#[cfg(feature = "ssr")]
pub use self::{
    pictures::add_picture,
    read::{Download, download},
    said::{Named, Said, names, said},
};

/// The largest picture of a text.
pub const MAX_PICTURE: usize = 10 * 1024 * 1024;

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
