//! The software factory: projects, their features and documents, and what happened to them (chapter 20). It owns schema `factory`
//! and knows nothing of screens, HTTP or the areas that build on it.

pub mod activities;
pub mod approvals;
pub mod artifacts;
pub mod assistant;
pub mod code;
pub mod comments;
pub mod decisions;
pub mod documents;
pub mod drift;
pub mod export;
pub mod exports;
pub mod extraction;
pub mod features;
pub mod feed;
pub mod feedback;
pub mod graph;
pub mod import;
pub mod integrations;
pub mod job_runs;
pub mod mentions;
mod moves;
#[cfg(feature = "ssr")]
pub mod notices;
pub mod onboarding;
pub mod overview;
pub mod phases;
pub mod planner;
pub mod projects;
pub mod review;
pub mod search;
pub mod stream;
pub mod suggestions;
pub mod templates;
pub mod tests;
pub mod versions;
pub mod voting;
#[cfg(feature = "ssr")]
mod words;
pub mod work_items;
pub mod work_orders;

#[cfg(feature = "ssr")]
pub mod demo;
#[cfg(feature = "ssr")]
pub mod embedding;
#[cfg(feature = "ssr")]
pub mod live;
#[cfg(feature = "ssr")]
mod register;
#[cfg(feature = "ssr")]
pub use register::{SCHEDULES, register};
