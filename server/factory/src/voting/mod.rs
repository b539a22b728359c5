//! The voting page: features a team shows outside, what people there wish for most, and the word that it shipped
//! (chapter 20, section 10.4).
use crate::features::FeatureRef;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

#[cfg(feature = "ssr")]
mod public;
#[cfg(feature = "ssr")]
mod ship;
#[cfg(feature = "ssr")]
mod team;
#[cfg(feature = "ssr")]
pub(crate) use self::ship::{SHIPPED, register};
#[cfg(feature = "ssr")]
pub use self::{
    public::{MAX_VOTER, look, vote},
    team::{renew, settings, show, team},
};

/// A feature as visitors see it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PublicFeature {
    pub id: Uuid,
    pub name: String,
    pub description: Option<String>,
    pub votes: i64,
    /// This visitor voted for it.
    pub voted: bool,
    /// Somebody works on it.
    pub begun: bool,
    pub shipped_at: Option<DateTime<Utc>>,
}

/// The page as visitors see it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PublicPage {
    pub project: String,
    pub intro: Option<String>,
    /// Those that are open, the most wanted first.
    pub open: Vec<PublicFeature>,
    /// Those that shipped, the newest first.
    pub shipped: Vec<PublicFeature>,
    /// This visitor left an address to be told at.
    pub email: Option<String>,
}

/// A vote that is given or taken back.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ballot {
    pub feature: Uuid,
    pub wanted: bool,
    /// Where to tell that it shipped; empty: nowhere.
    pub email: String,
}

/// A feature on the page as the team sees it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct VotedFeature {
    pub feature: FeatureRef,
    pub votes: i64,
    /// Voters who want to be told, and those who were.
    pub listening: i64,
    pub told: i64,
    pub shipped_at: Option<DateTime<Utc>>,
}

/// The page as the team sees it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct VotingTeam {
    pub enabled: bool,
    /// The path of the public page, once there was one.
    pub path: Option<String>,
    pub intro: String,
    pub features: Vec<VotedFeature>,
}

/// What an admin says about the page.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Settings {
    pub enabled: bool,
    /// What stands at its head.
    pub intro: String,
}
