//! How work orders and work items look: tones and verbs.
use factory::{
    tests::{RunStatus, TestStatus},
    work_items::{WorkItemStatus, WorkItemType},
    work_orders::WorkOrderStatus,
};
use kit::Tone;

pub const fn tone(status: WorkOrderStatus) -> Tone {
    match status {
        WorkOrderStatus::Backlog => Tone::Neutral,
        WorkOrderStatus::Ready => Tone::Violet,
        WorkOrderStatus::InProgress => Tone::Info,
        WorkOrderStatus::InReview => Tone::Warning,
        WorkOrderStatus::Done => Tone::Success,
    }
}

/// "Start", "Send to review", ..: the verb that moves a work order there.
pub const fn verb(from: WorkOrderStatus, to: WorkOrderStatus) -> &'static str {
    use WorkOrderStatus::*;
    match (from, to) {
        (Backlog, _) => "Mark as ready",
        (_, Backlog) => "Back to backlog",
        (InProgress, Ready) => "Stop",
        (_, Ready) => "Mark as ready",
        (Ready, InProgress) => "Start",
        (_, InProgress) => "Back to work",
        (Done, InReview) => "Reopen",
        (_, InReview) => "Send to review",
        (_, Done) => "Mark as done",
    }
}

pub const fn item_tone(status: WorkItemStatus) -> Tone {
    match status {
        WorkItemStatus::Todo => Tone::Neutral,
        WorkItemStatus::InProgress => Tone::Info,
        WorkItemStatus::Done => Tone::Success,
    }
}

pub const fn kind_tone(kind: WorkItemType) -> Tone {
    match kind {
        WorkItemType::Task => Tone::Neutral,
        WorkItemType::Bug => Tone::Danger,
        WorkItemType::Enhancement => Tone::Violet,
    }
}

pub const fn test_tone(status: TestStatus) -> Tone {
    match status {
        TestStatus::Passed => Tone::Success,
        TestStatus::Failed | TestStatus::Error => Tone::Danger,
        TestStatus::Skipped => Tone::Warning,
        TestStatus::Pending => Tone::Neutral,
    }
}

pub const fn run_tone(status: RunStatus) -> Tone {
    match status {
        RunStatus::Passed => Tone::Success,
        RunStatus::Failed => Tone::Danger,
        RunStatus::Running => Tone::Info,
        RunStatus::Pending | RunStatus::Cancelled => Tone::Neutral,
    }
}
