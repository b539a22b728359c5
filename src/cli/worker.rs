//! `millrace worker`: background jobs only.

use std::sync::Arc;

use kernel::app::App;
use kernel::config::Config;
use kernel::jobs::JobRegistry;

use super::failure::Failure;
use super::process::{Process, jobs};
use super::signals;

pub async fn run(config: Config) -> Result<(), Failure> {
    kernel::telemetry::count()?;
    let stop = signals::stop_token()?;
    let process = Process::start(config).await?;
    let app = process.app.clone();
    let live = app.live.listen(&app.db.urls.app, stop.clone());
    let worked = match ready(&app).await {
        Ok(registry) => kernel::jobs::run_worker(app, registry, stop.clone()).await.map_err(Failure::from),
        Err(failure) => Err(failure),
    };
    stop.cancel();
    let _ = live.await;
    process.stop().await?;
    worked
}

async fn ready(app: &App) -> Result<Arc<JobRegistry>, Failure> {
    kernel::secrets::at_start(app).await?;
    jobs(app).await
}
