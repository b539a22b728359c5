//! How projects, features and their history look: tones, hues, sentences.
use factory::{
    activities::{Action, Activity, ActorType},
    features::{FeatureStatus, Priority},
    projects::{ProjectStatus, StatusCounts},
    work_orders::WorkOrderStatus,
};
use kit::{Entry, Hue, Icon, Slice, Tone};
use serde_json::Value;

pub const fn status_tone(status: FeatureStatus) -> Tone {
    match status {
        FeatureStatus::Pending => Tone::Neutral,
        FeatureStatus::InProgress => Tone::Info,
        FeatureStatus::Passing => Tone::Success,
        FeatureStatus::Failing => Tone::Danger,
        FeatureStatus::Blocked => Tone::Warning,
    }
}

pub const fn status_hue(status: FeatureStatus) -> Hue {
    match status {
        FeatureStatus::Pending => Hue::Neutral,
        FeatureStatus::InProgress => Hue::Info,
        FeatureStatus::Passing => Hue::Success,
        FeatureStatus::Failing => Hue::Danger,
        FeatureStatus::Blocked => Hue::Warning,
    }
}

/// "Start", "Mark as passing", ..: the verb that moves a feature there.
pub const fn move_verb(from: FeatureStatus, to: FeatureStatus) -> &'static str {
    match (from, to) {
        (FeatureStatus::Blocked, FeatureStatus::Pending) => "Unblock",
        (FeatureStatus::Pending | FeatureStatus::Blocked, FeatureStatus::InProgress) => "Start",
        (_, FeatureStatus::InProgress) => "Reopen",
        (_, FeatureStatus::Pending) => "Set pending",
        (_, FeatureStatus::Passing) => "Mark as passing",
        (_, FeatureStatus::Failing) => "Mark as failing",
        (_, FeatureStatus::Blocked) => "Block",
    }
}

pub const fn priority_tone(priority: Priority) -> Tone {
    match priority {
        Priority::P0 => Tone::Danger,
        Priority::P1 => Tone::Warning,
        Priority::P2 => Tone::Info,
        Priority::P3 => Tone::Neutral,
    }
}

pub const fn project_tone(status: ProjectStatus) -> Tone {
    match status {
        ProjectStatus::Draft => Tone::Violet,
        ProjectStatus::Active => Tone::Info,
        ProjectStatus::Paused => Tone::Warning,
        ProjectStatus::Complete => Tone::Success,
        ProjectStatus::Archived => Tone::Neutral,
    }
}

/// The verb that moves a project there.
pub const fn project_verb(from: ProjectStatus, to: ProjectStatus) -> &'static str {
    match (from, to) {
        (ProjectStatus::Archived, _) => "Bring back",
        (ProjectStatus::Paused, ProjectStatus::Active) => "Resume",
        (ProjectStatus::Complete, ProjectStatus::Active) => "Reopen",
        (_, ProjectStatus::Active) => "Activate",
        (_, ProjectStatus::Paused) => "Pause",
        (_, ProjectStatus::Complete) => "Mark as complete",
        (_, ProjectStatus::Archived) => "Archive",
        (_, ProjectStatus::Draft) => "Set to draft",
    }
}

/// The counts in the order of the chart: what passes first.
pub const fn counted(counts: &StatusCounts) -> [(FeatureStatus, i64); 5] {
    [
        (FeatureStatus::Passing, counts.passing),
        (FeatureStatus::InProgress, counts.in_progress),
        (FeatureStatus::Failing, counts.failing),
        (FeatureStatus::Blocked, counts.blocked),
        (FeatureStatus::Pending, counts.pending),
    ]
}

/// The slices of the status donut, each leading to the list filtered to it.
pub fn slices(counts: &StatusCounts, features: &str) -> Vec<Slice> {
    counted(counts)
        .into_iter()
        .map(|(status, n)| {
            let slice = Slice::new(status.words(), n as f64).hue(status_hue(status));
            Slice { href: Some(format!("{features}?status={}", status.as_str())), ..slice }
        })
        .collect()
}

/// A line of history. `name`: also say which feature.
pub fn entry(activity: &Activity, name: bool) -> Entry {
    let who = activity.actor.clone().unwrap_or_else(|| {
        match activity.actor_type {
            ActorType::User => "Someone who left",
            ActorType::Agent => "A program",
            ActorType::System => "Millrace",
        }
        .to_owned()
    });
    let (icon, tone) = match activity.action {
        Action::Created => (Icon::Plus, Tone::Accent),
        Action::Deleted => (Icon::Trash2, Tone::Danger),
        Action::Restored => (Icon::Undo2, Tone::Neutral),
        Action::CommentAdded => (Icon::MessageSquare, Tone::Neutral),
        Action::VersionCreated => (Icon::Save, Tone::Neutral),
        Action::DriftDetected => (Icon::TriangleAlert, Tone::Warning),
        Action::SuggestionDecided => (Icon::Sparkles, Tone::Neutral),
        Action::Exported => (Icon::Download, Tone::Neutral),
        Action::StatusChanged => (Icon::CircleDot, moved_tone(activity)),
        _ => (Icon::Pencil, Tone::Neutral),
    };
    let what = match (name, &activity.key, &activity.name) {
        (true, Some(key), Some(name)) => format!("{} {key} {name}", said(activity)),
        (true, None, Some(name)) => format!("{}{} {name}", said(activity), noun(&activity.entity)),
        _ => said(activity),
    };
    let what = match activity.metadata.get("note").and_then(Value::as_str) {
        Some(note) => format!("{what}: {note}"),
        None => what,
    };
    let what = match activity.metadata.get("override") {
        Some(_) => format!("{what}, in spite of what stood in the way"),
        None => what,
    };
    let what = if activity.metadata.get("source").and_then(Value::as_str) == Some("import") { format!("{what} (import)") } else { what };
    Entry::new(activity.at, icon, who, what).tone(tone)
}

/// The tone of the status something was moved to.
fn moved_tone(activity: &Activity) -> Tone {
    let status = activity.changes.0.get("status").and_then(|c| c.new.as_str()).unwrap_or_default();
    match activity.entity.as_str() {
        "feature" => FeatureStatus::parse(status).map_or(Tone::Neutral, status_tone),
        "work_order" => WorkOrderStatus::parse(status).map_or(Tone::Neutral, crate::planner::words::tone),
        _ if status == "done" => Tone::Success,
        _ => Tone::Neutral,
    }
}

/// What it was done to, where that is no feature and no work order: those say their keys.
pub fn noun(entity: &str) -> &'static str {
    match entity {
        "phase" => " the phase",
        "work_item" => " the work item",
        "test_case" => " the test case",
        "decision" => " the decision",
        _ => "",
    }
}

fn said(activity: &Activity) -> String {
    let moved = activity.changes.0.get("status");
    match (activity.action, moved) {
        (Action::Created, _) if activity.entity == "test_run" => "uploaded test results".to_owned(),
        (Action::Created, _) => "created".to_owned(),
        // Asked for, given or refused: it says which version.
        (Action::Updated, _) if activity.metadata.get("approval").is_some() => {
            let n = activity.metadata.get("version").and_then(Value::as_i64).unwrap_or_default();
            match activity.metadata.get("approval").and_then(Value::as_str) {
                Some("approved") => format!("approved version {n}"),
                Some("declined") => format!("declined version {n}"),
                _ => format!("asked for approval of version {n}"),
            }
        }
        (Action::CommentAdded, _) => "commented".to_owned(),
        (Action::VersionCreated, _) => match activity.metadata.get("version").and_then(Value::as_i64) {
            Some(n) => format!("saved version {n}"),
            None => "saved a version".to_owned(),
        },
        (Action::DriftDetected, _) => "found that something may be stale".to_owned(),
        (Action::SuggestionDecided, _) => "decided suggestions".to_owned(),
        (Action::Indexed, _) => "indexed the code".to_owned(),
        (Action::Exported, _) => "exported".to_owned(),
        (Action::Deleted, _) => "deleted".to_owned(),
        (Action::Restored, _) => "restored".to_owned(),
        (Action::StatusChanged, Some(change)) => {
            let word = |v: &Value| v.as_str().map(|s| s.replace('_', " ")).unwrap_or_default();
            format!("moved from {} to {}", word(&change.old), word(&change.new))
        }
        _ => {
            let fields: Vec<String> = activity.changes.fields().map(|f| field_words(f).to_lowercase()).collect();
            if fields.is_empty() { "changed".to_owned() } else { format!("changed {}", fields.join(", ")) }
        }
    }
}

/// A field's name on screen.
pub fn field_words(field: &str) -> &str {
    match field {
        "parent_id" => "Parent",
        "name" => "Name",
        "description" => "Description",
        "category" => "Category",
        "priority" => "Priority",
        "status" => "Status",
        "criteria" => "Criteria",
        "effort" => "Effort",
        "dependencies" => "Dependencies",
        "repo_url" => "Repository",
        "branch" => "Branch",
        "priority_score" => "Score",
        "merged_into" => "What it was merged into",
        "tags" => "Tags",
        "issue" => "Issue",
        "title" => "Title",
        "phase_id" => "Phase",
        "feature_id" => "Feature",
        "assignee_ids" | "assignee_id" => "Assignees",
        "deliverable_type" => "Deliverable",
        "acceptance_criteria" => "Acceptance criteria",
        "out_of_scope" => "Out of scope",
        "implementation_plan" => "Implementation plan",
        "context" => "Context",
        "options" => "Options",
        "choice" => "Choice",
        "decided_on" => "Date",
        "links" => "Links",
        "blocked_by" => "Blockers",
        "work_order_id" => "Work order",
        "code_path" => "Path",
        "is_required" => "Whether it is required",
        other => other,
    }
}
