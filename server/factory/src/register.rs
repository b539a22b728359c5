//! The jobs of this area and when they run (chapter 20, section 6).
use crate::{code, drift, exports, feedback, integrations, search, voting};
use kernel::{cron::Schedule, jobs::JobRegistry};

/// When the area's recurring jobs run, in UTC.
pub const SCHEDULES: &[Schedule] = &[
    Schedule { name: "factory-drift", cron: "0 2 * * *", kind: drift::NIGHTLY },
    Schedule { name: "factory-codebase-poll", cron: "*/5 * * * *", kind: code::POLL },
    Schedule { name: "factory-voting-shipped", cron: "*/5 * * * *", kind: voting::SHIPPED },
    Schedule { name: "factory-embedding", cron: "*/5 * * * *", kind: search::SWEEP },
];

/// Adds the area's handlers. Each is safe to run twice.
pub fn register(registry: &mut JobRegistry) {
    code::register(registry);
    drift::register(registry);
    exports::register(registry);
    feedback::register(registry);
    feedback::register_issues(registry);
    integrations::register(registry);
    search::register(registry);
    voting::register(registry);
}
