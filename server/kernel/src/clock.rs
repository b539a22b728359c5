//! Time, injected: rules about minutes and days are tested without waiting for them.
use chrono::{DateTime, Duration, SubsecRound, Utc};
use std::sync::{Arc, Mutex};

/// The clock of the process, or one that a test sets.
#[derive(Clone, Debug, Default)]
pub enum Clock {
    #[default]
    System,
    Fixed(Arc<Mutex<DateTime<Utc>>>),
}

impl Clock {
    /// A clock that stands at the present moment until `advance` moves it.
    pub fn fixed() -> Self {
        // Whole microseconds, as Postgres keeps them: what was written compares equal to the clock.
        Clock::Fixed(Arc::new(Mutex::new(Utc::now().trunc_subsecs(6))))
    }

    pub fn now(&self) -> DateTime<Utc> {
        match self {
            Clock::System => Utc::now(),
            Clock::Fixed(at) => *at.lock().unwrap_or_else(|poisoned| poisoned.into_inner()),
        }
    }

    /// Moves a fixed clock; the system's clock does not listen.
    pub fn advance(&self, by: Duration) {
        if let Clock::Fixed(at) = self {
            *at.lock().unwrap_or_else(|poisoned| poisoned.into_inner()) += by;
        }
    }
}
