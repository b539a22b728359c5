//! The one LISTEN connection of a process.
use super::{LiveHub, ring::Heard};
use sqlx::{Executor, postgres::PgListener};
use std::time::Duration;

/// A connection that says nothing this long is asked whether it is still there.
const SILENCE: Duration = Duration::from_secs(20);

/// Listens for ever; comes back after 0.2 s, then ever more slowly up to 10 s.
pub(super) async fn keep(hub: &LiveHub, url: &str) {
    let mut wait = Duration::from_millis(200);
    loop {
        if let Err(error) = hear(hub, url, &mut wait).await {
            tracing::warn!(error = &error as &dyn std::error::Error, "live connection lost");
        }
        hub.lost();
        tokio::time::sleep(wait).await;
        wait = (wait * 2).min(Duration::from_secs(10));
    }
}

/// Listens until the connection is lost.
async fn hear(hub: &LiveHub, url: &str, wait: &mut Duration) -> Result<(), sqlx::Error> {
    let mut listener = PgListener::connect(url).await?;
    // A silent reconnection would hide what was missed.
    listener.eager_reconnect(false);
    listener.listen("millrace_live").await?;
    hub.connected();
    *wait = Duration::from_millis(200);
    loop {
        match tokio::time::timeout(SILENCE, listener.try_recv()).await {
            Ok(Ok(Some(notice))) => match serde_json::from_str::<Heard>(notice.payload()) {
                Ok(event) => hub.heard(event),
                Err(error) => tracing::error!(error = &error as &dyn std::error::Error, "live event not understood"),
            },
            Ok(Ok(None)) => return Ok(()),
            Ok(Err(error)) => return Err(error),
            Err(_) => ping(&mut listener).await?,
        }
    }
}

/// A host that vanished without a word is noticed within 25 s.
async fn ping(listener: &mut PgListener) -> Result<(), sqlx::Error> {
    let answer = tokio::time::timeout(Duration::from_secs(5), listener.execute("select 1")).await;
    answer.map_err(|_| sqlx::Error::Io(std::io::ErrorKind::TimedOut.into()))?.map(drop)
}
