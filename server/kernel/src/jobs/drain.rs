//! For tests: everything that is due, here and now.
use super::{
    JobRegistry,
    run::{self, Lease, Ran},
};
use crate::{app::App, fault::Fault, outbox};
use std::time::Duration;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

/// What `drain` did.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Drained {
    /// The kinds that ran, in their order.
    pub ran: Vec<String>,
    /// Kind and message of every run that did not succeed.
    pub failed: Vec<(String, String)>,
}

/// Dispatches the outbox and runs every due job in this task, and what those queue, until nothing is due. Jobs of
/// kinds the registry does not know stay queued. Waits for no retry: a test moves the clock and drains again.
pub async fn drain(app: &App, registry: &JobRegistry) -> Result<Drained, Fault> {
    let lease = Lease {
        worker: format!("drain-{}", Uuid::new_v4()),
        length: Duration::from_secs(60),
        renew: Duration::from_secs(20),
        grace: Duration::ZERO,
    };
    let mut drained = Drained::default();
    loop {
        let dispatched = outbox::dispatch(app, registry).await?;
        let due = sqlx::query_scalar!(r#"select core.jobs_due($1, 500) as "id!""#, run::at(app)).fetch_all(app.db.pool()).await?;
        let mut moved = dispatched > 0;
        for job in due {
            let Ran::Ended { kind, error, .. } = run::run(app, registry, &lease, job, &CancellationToken::new()).await? else {
                continue;
            };
            moved = true;
            drained.ran.push(kind.clone());
            drained.failed.extend(error.map(|error| (kind, error)));
        }
        if !moved {
            return Ok(drained);
        }
    }
}
