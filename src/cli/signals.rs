//! The wish to stop: SIGTERM or Ctrl+C once is polite, twice is final.

use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;

use super::failure::Failure;

/// A token that is cancelled at the first signal; a second one ends the process at once.
pub fn stop_token() -> Result<CancellationToken, Failure> {
    let listen = |kind| signal(kind).map_err(Failure::while_doing("Signals cannot be heard"));
    let (mut term, mut int) = (listen(SignalKind::terminate())?, listen(SignalKind::interrupt())?);
    let stop = CancellationToken::new();
    let told = stop.clone();
    tokio::spawn(async move {
        for last in [false, true] {
            tokio::select! {
                _ = term.recv() => {}
                _ = int.recv() => {}
            }
            if last {
                tracing::warn!("told twice to stop: ending at once");
                std::process::exit(130);
            }
            tracing::info!("stopping: open requests and running jobs may end first");
            told.cancel();
        }
    });
    Ok(stop)
}
