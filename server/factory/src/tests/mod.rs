//! Tests: the cases that prove features, the runs that were uploaded, and what they say of features.
use chrono::{DateTime, Utc};
use kernel::record::PageRequest;
use serde::{Deserialize, Deserializer, Serialize};
use uuid::Uuid;

#[cfg(feature = "ssr")]
mod cases;
#[cfg(feature = "ssr")]
mod judge;
#[cfg(feature = "ssr")]
mod junit;
#[cfg(feature = "ssr")]
mod parse;
#[cfg(feature = "ssr")]
mod runs;
#[cfg(feature = "ssr")]
mod upload;
#[cfg(feature = "ssr")]
pub(crate) use self::{cases::of_feature, judge::with_required};
#[cfg(feature = "ssr")]
pub use self::{
    cases::{count, create, get, page, remove, update},
    parse::parse,
    runs::{adopt, case_results, history, run, run_count, runs},
    upload::{upload, upload_by_key},
};

/// Bytes of an uploaded report.
pub const MAX_BYTES: usize = 20 * 1024 * 1024;
/// Results of an uploaded report.
pub const MAX_RESULTS: usize = 20_000;

/// What a test case looks at.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "ssr", derive(sqlx::Type), sqlx(type_name = "text", rename_all = "snake_case"))]
pub enum TestType {
    #[default]
    Unit,
    Integration,
    E2e,
    Regression,
    Smoke,
    Performance,
    Accessibility,
}

impl TestType {
    pub const ALL: [Self; 7] =
        [Self::Unit, Self::Integration, Self::E2e, Self::Regression, Self::Smoke, Self::Performance, Self::Accessibility];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Unit => "unit",
            Self::Integration => "integration",
            Self::E2e => "e2e",
            Self::Regression => "regression",
            Self::Smoke => "smoke",
            Self::Performance => "performance",
            Self::Accessibility => "accessibility",
        }
    }

    /// The type on screen.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Unit => "Unit",
            Self::Integration => "Integration",
            Self::E2e => "End to end",
            Self::Regression => "Regression",
            Self::Smoke => "Smoke",
            Self::Performance => "Performance",
            Self::Accessibility => "Accessibility",
        }
    }
}

/// How a test ended; a case that never ran is `pending`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "ssr", derive(sqlx::Type), sqlx(type_name = "text", rename_all = "snake_case"))]
pub enum TestStatus {
    #[default]
    Pending,
    Passed,
    Failed,
    Skipped,
    Error,
}

impl TestStatus {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Passed => "passed",
            Self::Failed => "failed",
            Self::Skipped => "skipped",
            Self::Error => "error",
        }
    }

    /// The status on screen.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Pending => "Never run",
            Self::Passed => "Passed",
            Self::Failed => "Failed",
            Self::Skipped => "Skipped",
            Self::Error => "Error",
        }
    }

    /// Failed, or could not even be run.
    pub const fn is_failure(self) -> bool {
        matches!(self, Self::Failed | Self::Error)
    }
}

/// A test case with how it ended last.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TestCase {
    pub id: Uuid,
    pub rev: String,
    pub project_id: Uuid,
    pub feature_id: Option<Uuid>,
    /// Key of the feature.
    pub feature: Option<String>,
    pub code_path: Option<String>,
    pub name: String,
    pub description: Option<String>,
    #[serde(rename = "type")]
    pub kind: TestType,
    pub tool: Option<String>,
    pub is_required: bool,
    pub status: TestStatus,
    /// One commit, different outcomes.
    pub flaky: bool,
    pub last_run_at: Option<DateTime<Utc>>,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

/// What a new test case is made of. Empty texts are none.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct TestCaseInput {
    pub name: String,
    pub code_path: String,
    pub description: String,
    #[serde(rename = "type")]
    pub kind: TestType,
    pub tool: String,
    pub is_required: bool,
    pub feature_id: Option<Uuid>,
}

impl Default for TestCaseInput {
    fn default() -> Self {
        Self {
            name: String::new(),
            code_path: String::new(),
            description: String::new(),
            kind: TestType::Unit,
            tool: String::new(),
            is_required: true,
            feature_id: None,
        }
    }
}

/// Fields to change; those that are left out stay. An empty text takes a value away, `null` the feature.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct TestCasePatch {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code_path: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    pub kind: Option<TestType>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tool: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub is_required: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "said")]
    pub feature_id: Option<Option<Uuid>>,
}

/// A field that is there, be it `null`.
fn said<'de, D: Deserializer<'de>, T: Deserialize<'de>>(value: D) -> Result<Option<T>, D::Error> {
    T::deserialize(value).map(Some)
}

/// Which test cases a list shows: by feature, then name.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct TestCaseQuery {
    /// Part of name or path.
    pub q: String,
    pub feature_id: Option<Uuid>,
    pub status: Option<TestStatus>,
    pub page: PageRequest,
}

/// Who started a run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "ssr", derive(sqlx::Type), sqlx(type_name = "text", rename_all = "snake_case"))]
pub enum Trigger {
    User,
    Agent,
    #[default]
    Ci,
    Schedule,
}

impl Trigger {
    /// On screen.
    pub const fn words(self) -> &'static str {
        match self {
            Self::User => "A person",
            Self::Agent => "An agent",
            Self::Ci => "CI",
            Self::Schedule => "Schedule",
        }
    }
}

/// Where a run stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "ssr", derive(sqlx::Type), sqlx(type_name = "text", rename_all = "snake_case"))]
pub enum RunStatus {
    Pending,
    Running,
    Passed,
    Failed,
    Cancelled,
}

impl RunStatus {
    /// The status on screen.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Pending => "Waiting",
            Self::Running => "Running",
            Self::Passed => "Passed",
            Self::Failed => "Failed",
            Self::Cancelled => "Cancelled",
        }
    }
}

/// One run of a test suite.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TestRun {
    pub id: Uuid,
    pub project_id: Uuid,
    pub commit_sha: Option<String>,
    pub branch: Option<String>,
    pub triggered_by: Trigger,
    pub status: RunStatus,
    pub total_tests: i32,
    pub passed_tests: i32,
    /// Errors among them.
    pub failed_tests: i32,
    pub skipped_tests: i32,
    pub started_at: Option<DateTime<Utc>>,
    pub finished_at: Option<DateTime<Utc>>,
    pub created_at: DateTime<Utc>,
}

impl TestRun {
    /// Passed of all that were not skipped, in whole percent, rounded down so that only all of them are 100 %.
    pub const fn pass_rate(&self) -> Option<i32> {
        match self.total_tests - self.skipped_tests {
            run if run > 0 => Some((self.passed_tests as i64 * 100 / run as i64) as i32),
            _ => None,
        }
    }
}

/// One result of a run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TestResult {
    pub id: Uuid,
    pub test_case_id: Option<Uuid>,
    pub test_name: Option<String>,
    pub status: TestStatus,
    pub duration_ms: Option<i32>,
    pub error_output: Option<String>,
    pub stack_trace: Option<String>,
    /// Its case ended differently on the same commit.
    pub flaky: bool,
    /// The open bug of its case.
    pub bug: Option<Uuid>,
}

/// A run with a page of its results: failures first.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TestRunDetail {
    pub run: TestRun,
    pub results: Vec<TestResult>,
    /// The cursor of the next page.
    pub next: Option<String>,
    /// Results that belong to no case.
    pub unlinked: i64,
}

/// One run as the line of the pass rate shows it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RunPoint {
    pub id: Uuid,
    pub at: DateTime<Utc>,
    pub rate: i32,
}

/// A report as it was read, before anything of it is known.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Report {
    #[serde(default, alias = "commitSha", alias = "commit")]
    pub commit_sha: Option<String>,
    #[serde(default)]
    pub branch: Option<String>,
    #[serde(default, alias = "triggeredBy")]
    pub triggered_by: Option<Trigger>,
    #[serde(default, alias = "startedAt")]
    pub started_at: Option<DateTime<Utc>>,
    #[serde(default, alias = "finishedAt")]
    pub finished_at: Option<DateTime<Utc>>,
    pub results: Vec<Reported>,
}

/// One result of a report.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Reported {
    #[serde(alias = "testName", alias = "test_name")]
    pub name: String,
    #[serde(default, alias = "codePath", alias = "file")]
    pub code_path: Option<String>,
    pub status: TestStatus,
    #[serde(default, alias = "durationMs")]
    pub duration_ms: Option<i64>,
    #[serde(default, alias = "errorOutput", alias = "message")]
    pub error_output: Option<String>,
    #[serde(default, alias = "stackTrace")]
    pub stack_trace: Option<String>,
}

/// What an upload brought.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Uploaded {
    pub run: TestRun,
    pub pass_rate: Option<i32>,
    /// Results that belong to a case, and those that do not.
    pub linked: usize,
    pub unlinked: usize,
    /// The bugs it opened.
    pub bugs: Vec<Uuid>,
    /// Keys of the features whose status it changed.
    pub features: Vec<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn eighteen_of_twenty_are_90_percent() {
        let run = |total, passed, failed, skipped| TestRun {
            id: Uuid::nil(),
            project_id: Uuid::nil(),
            commit_sha: None,
            branch: None,
            triggered_by: Trigger::Ci,
            status: RunStatus::Failed,
            total_tests: total,
            passed_tests: passed,
            failed_tests: failed,
            skipped_tests: skipped,
            started_at: None,
            finished_at: None,
            created_at: Utc::now(),
        };
        assert_eq!(run(25, 18, 2, 5).pass_rate(), Some(90));
        assert_eq!(
            (run(3, 0, 0, 3).pass_rate(), run(1000, 999, 1, 0).pass_rate(), run(2, 2, 0, 0).pass_rate()),
            (None, Some(99), Some(100))
        );
    }
}
