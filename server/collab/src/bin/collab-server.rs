//! A process that does nothing but live editing: killed by tests, measured by `scripts/bench collab`.
//!
//!   collab-server <database of app_user> <database of app_admin> <data folder> [port]
//!
//! Says `listening <port>` once editors can connect; ends in good order at SIGTERM.
use collab::Collab;
use kernel::{
    app::{App, Parts},
    clock::Clock,
    config::Config,
    db::{Db, DbUrls},
    files::Files,
    keys::KeyRing,
    live::LiveHub,
    outbound::Outbound,
    providers::Providers,
};
use std::{error::Error, sync::Arc};
use tokio::{
    net::TcpListener,
    signal::unix::{SignalKind, signal},
};
use tokio_util::sync::CancellationToken;

#[path = "../../tests/collab/server.rs"]
mod server;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut args = std::env::args().skip(1);
    let (Some(app), Some(admin), Some(folder)) = (args.next(), args.next(), args.next()) else {
        return Err("collab-server <database of app_user> <database of app_admin> <data folder> [port]".into());
    };
    let port: u16 = args.next().map_or(Ok(0), |port| port.parse())?;
    let mut config = Config::from_sources(&|name| (name == "MILLRACE_DATA").then(|| folder.clone()), None)?;
    config.prepare()?;
    let ring = config.secrets.ring.as_ref().map(|ring| ring.expose().to_owned()).unwrap_or_default();
    let app = App::new(Parts {
        db: Db::connect(DbUrls { owner: app.clone(), app, admin }, 10).await?,
        clock: Clock::System,
        keys: KeyRing::parse(&ring)?,
        pepper: config.pepper()?,
        files: Files::open(&config.files)?,
        outbound: Outbound::new(&config.outbound)?,
        live: LiveHub::new(),
        providers: Providers::default(),
        config,
    });
    let stop = CancellationToken::new();
    let live = app.live.listen(&app.db.urls.app, stop.clone());
    let collab = Collab::start(&app, Arc::new(server::Plain::default()));
    collab.hearing().await;
    let listener = TcpListener::bind(("127.0.0.1", port)).await?;
    println!("listening {}", listener.local_addr()?.port());
    let mut told = signal(SignalKind::terminate())?;
    tokio::select! {
        served = async { axum::serve(listener, server::router(&app)).await } => served?,
        _ = told.recv() => {}
    }
    collab.stop().await;
    stop.cancel();
    live.await?;
    Ok(())
}
