//! A second process on the database of a test.
use kernel::{
    app::{App, Parts},
    keys::KeyRing,
    live::LiveHub,
    providers::Providers,
};

/// Another process on the same database, with this key ring and these services.
pub fn process(app: &App, ring: &str, providers: Providers) -> App {
    App::new(Parts {
        config: app.config.clone(),
        db: app.db.clone(),
        clock: app.clock.clone(),
        keys: KeyRing::parse(ring).unwrap(),
        pepper: app.pepper.clone(),
        files: app.files.clone(),
        outbound: app.outbound.clone(),
        live: LiveHub::new(),
        providers,
    })
}

pub fn ring(app: &App) -> String {
    app.config.secrets.ring.as_ref().unwrap().expose().to_owned()
}
