//! Drift: what may be stale because something it rests on was changed (chapter 20, section 3 "Drift").
//!
//! An edge that staleness flows along keeps the upstream hash that was last confirmed (`metadata.synced_hash`). A new
//! hash upstream raises alerts downstream; resolving or dismissing one confirms the edge.
use crate::graph::Node;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

#[cfg(feature = "ssr")]
mod compare;
#[cfg(feature = "ssr")]
mod decide;
#[cfg(feature = "ssr")]
mod list;
#[cfg(feature = "ssr")]
mod propagate;
#[cfg(feature = "ssr")]
mod propose;
#[cfg(feature = "ssr")]
mod raise;
#[cfg(feature = "ssr")]
mod scan;
#[cfg(feature = "ssr")]
mod upstream;
#[cfg(feature = "ssr")]
pub use self::{
    compare::compare,
    decide::decide,
    list::{count, get, list, of_entities, open_count},
    propose::propose,
    scan::{scan, start_scan},
};
#[cfg(feature = "ssr")]
pub(crate) use self::{
    propagate::changed,
    scan::{NIGHTLY, register},
};

/// What drifted from what.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "ssr", derive(sqlx::Type), sqlx(type_name = "text", rename_all = "snake_case"))]
pub enum DriftType {
    CodeDrift,
    RequirementsDrift,
    FoundationDrift,
    WorkOrderDrift,
}

impl DriftType {
    pub const ALL: [Self; 4] = [Self::CodeDrift, Self::RequirementsDrift, Self::FoundationDrift, Self::WorkOrderDrift];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::CodeDrift => "code_drift",
            Self::RequirementsDrift => "requirements_drift",
            Self::FoundationDrift => "foundation_drift",
            Self::WorkOrderDrift => "work_order_drift",
        }
    }

    /// The type on screen.
    pub const fn words(self) -> &'static str {
        match self {
            Self::CodeDrift => "Code",
            Self::RequirementsDrift => "Requirements",
            Self::FoundationDrift => "Foundation",
            Self::WorkOrderDrift => "Work order",
        }
    }

    /// The most that drift of this type weighs.
    const fn cap(self) -> Severity {
        match self {
            Self::CodeDrift | Self::RequirementsDrift => Severity::High,
            Self::FoundationDrift | Self::WorkOrderDrift => Severity::Medium,
        }
    }

    /// The weight at a distance: the lower of hop and cap.
    pub fn severity(self, hop: i32) -> Severity {
        let by_hop = match hop {
            ..=1 => Severity::High,
            2 => Severity::Medium,
            _ => Severity::Low,
        };
        by_hop.min(self.cap())
    }
}

/// How much an alert weighs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "ssr", derive(sqlx::Type), sqlx(type_name = "text", rename_all = "snake_case"))]
pub enum Severity {
    Low,
    Medium,
    High,
}

impl Severity {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
        }
    }

    pub const fn words(self) -> &'static str {
        match self {
            Self::Low => "Low",
            Self::Medium => "Medium",
            Self::High => "High",
        }
    }
}

/// How far an alert is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "ssr", derive(sqlx::Type), sqlx(type_name = "text", rename_all = "snake_case"))]
pub enum DriftStatus {
    Open,
    Acknowledged,
    Resolved,
    Dismissed,
}

impl DriftStatus {
    pub const ALL: [Self; 4] = [Self::Open, Self::Acknowledged, Self::Resolved, Self::Dismissed];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Acknowledged => "acknowledged",
            Self::Resolved => "resolved",
            Self::Dismissed => "dismissed",
        }
    }

    pub const fn words(self) -> &'static str {
        match self {
            Self::Open => "Open",
            Self::Acknowledged => "Acknowledged",
            Self::Resolved => "Resolved",
            Self::Dismissed => "Dismissed",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|s| s.as_str() == text)
    }

    /// Is this one move of the machine?
    pub const fn may_become(self, next: Self) -> bool {
        use DriftStatus::*;
        matches!((self, next), (Open, Acknowledged | Resolved | Dismissed) | (Acknowledged, Resolved | Dismissed))
    }

    /// The moves that are open from here.
    pub fn moves(self) -> impl Iterator<Item = Self> {
        Self::ALL.into_iter().filter(move |next| self.may_become(*next))
    }

    pub const fn is_live(self) -> bool {
        matches!(self, Self::Open | Self::Acknowledged)
    }
}

/// One alert with both its ends.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DriftAlert {
    pub id: Uuid,
    pub project_id: Uuid,
    /// What changed.
    pub source: Node,
    /// What may be stale.
    pub target: Option<Node>,
    pub drift_type: DriftType,
    pub description: String,
    pub severity: Severity,
    pub status: DriftStatus,
    pub created_at: DateTime<Utc>,
    /// Raised again since.
    pub updated_at: DateTime<Utc>,
    pub resolved_at: Option<DateTime<Utc>>,
    /// Who resolved or dismissed it; nobody: the server did.
    pub resolved_by: Option<String>,
}

/// Which alerts a list shows.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct DriftQuery {
    /// None: the live ones.
    pub status: Option<DriftStatus>,
    pub severity: Option<Severity>,
    pub drift_type: Option<DriftType>,
}

/// A run of words within a changed line.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Run {
    pub text: String,
    /// It is only in this version.
    pub marked: bool,
}

/// A line of a comparison.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "change", rename_all = "snake_case")]
pub enum CompareLine {
    /// So many blocks that stayed.
    Gap {
        count: usize,
    },
    Removed {
        text: String,
    },
    Added {
        text: String,
    },
    Changed {
        before: Vec<Run>,
        after: Vec<Run>,
    },
}

/// What was changed upstream of an alert.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Comparison {
    pub alert: DriftAlert,
    /// What is compared: "version 2".
    pub before: Option<String>,
    pub after: Option<String>,
    pub lines: Vec<CompareLine>,
    /// Why there is nothing to compare.
    pub note: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn severity_is_the_lower_of_hop_and_type() {
        let of = |kind: DriftType| [1, 2, 3, 4].map(|hop| kind.severity(hop));
        use Severity::*;
        assert_eq!(of(DriftType::CodeDrift), [High, Medium, Low, Low]);
        assert_eq!(of(DriftType::RequirementsDrift), [High, Medium, Low, Low]);
        assert_eq!(of(DriftType::FoundationDrift), [Medium, Medium, Low, Low]);
        assert_eq!(of(DriftType::WorkOrderDrift), [Medium, Medium, Low, Low]);
    }

    #[test]
    fn the_drift_machine_is_that_of_the_chapter() {
        use DriftStatus::*;
        let moves = |s: DriftStatus| s.moves().collect::<Vec<_>>();
        assert_eq!(moves(Open), [Acknowledged, Resolved, Dismissed]);
        assert_eq!(moves(Acknowledged), [Resolved, Dismissed]);
        assert!(moves(Resolved).is_empty() && moves(Dismissed).is_empty());
    }
}
