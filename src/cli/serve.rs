//! `millrace serve`: pages, API and live events, and background jobs unless another process runs them.

use std::net::SocketAddr;
use std::time::Duration;

use axum::Router;
use kernel::app::App;
use kernel::config::Config;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use super::failure::Failure;
use super::process::{Process, jobs};
use super::{ServeArgs, announce, port, signals};

pub async fn run(mut config: Config, args: ServeArgs) -> Result<(), Failure> {
    kernel::telemetry::count()?;
    // First of all, so that a taken port is said at once.
    let listener = port::listen(config.http.bind, config.http.port, args.next_free_port || config.http.port_fallback).await?;
    let address = listener.local_addr().map_err(Failure::while_doing("The address is not known"))?;
    config.http.port = address.port();
    config.http.site = Some(site_folder(&config)?);
    config.worker.enabled &= !args.no_worker;

    let stop = signals::stop_token()?;
    let process = Process::start(config).await?;
    let served = serve(&process.app, listener, address, &args, stop).await;
    process.stop().await?;
    served
}

async fn serve(app: &App, listener: TcpListener, address: SocketAddr, args: &ServeArgs, stop: CancellationToken) -> Result<(), Failure> {
    // Names what cannot be opened any more, and queues the rotation to a new key.
    kernel::secrets::at_start(app).await?;
    let live = app.live.listen(&app.db.urls.app, stop.clone());
    let metrics = tokio::spawn({
        let stop = stop.clone();
        async move { stop.run_until_cancelled(kernel::telemetry::upkeep()).await }
    });
    let worker = if app.config.worker.enabled {
        Some(tokio::spawn(kernel::jobs::run_worker(app.clone(), jobs(app).await?, stop.clone())))
    } else {
        None
    };
    let collab = collab::Collab::start(app, millrace::parts::documents());
    let router = millrace::site::router(app);
    announce::ready(app, address, args.ready.as_deref()).await?;
    let http = requests(listener, router, app.config.http.shutdown, stop.clone()).await;
    // The server may also have ended by itself: then everything else ends with it.
    stop.cancel();
    // What people typed last is stored before anything else ends.
    collab.stop().await;
    let worked = match worker {
        Some(worker) => worker.await.map_err(Failure::while_doing("The worker ended badly"))?.map_err(Failure::from),
        None => Ok(()),
    };
    let _ = tokio::join!(live, metrics);
    http.and(worked)
}

/// Answers requests until told to stop, then lets the open ones end, but not for longer than the limit.
async fn requests(listener: TcpListener, router: Router, limit: Duration, stop: CancellationToken) -> Result<(), Failure> {
    let service = router.into_make_service_with_connect_info::<SocketAddr>();
    let server = axum::serve(listener, service).with_graceful_shutdown(stop.clone().cancelled_owned());
    let too_long = async {
        stop.cancelled().await;
        tokio::time::sleep(limit).await;
    };
    tokio::select! {
        ended = async { server.await } => ended.map_err(Failure::while_doing("The web server ended")),
        () = too_long => {
            tracing::warn!(limit_s = limit.as_secs(), "some requests did not end in time; dropping them");
            Ok(())
        }
    }
}

/// The built pages: the folder set, the one beside the executable, or that of a build in this checkout.
fn site_folder(config: &Config) -> Result<std::path::PathBuf, Failure> {
    let beside = std::env::current_exe().ok().and_then(|exe| Some(exe.parent()?.join("site")));
    let candidates = match &config.http.site {
        Some(set) => vec![set.clone()],
        None => beside.into_iter().chain(["target/site".into()]).collect(),
    };
    candidates.iter().find(|folder| folder.join("pkg").is_dir()).cloned().ok_or_else(|| {
        let looked: Vec<_> = candidates.iter().map(|c| c.display().to_string()).collect();
        Failure::new(format!(
            "The built pages are missing (looked in {}). Build them with ./run build, or set MILLRACE_SITE to their folder.",
            looked.join(" and ")
        ))
    })
}
