//! Tells the person at the terminal where to go, and how to become the first user.

use std::net::SocketAddr;
use std::path::Path;

use kernel::app::App;
use serde_json::json;

use super::failure::Failure;

/// Prints the address and, while nobody is signed up, the one-time set-up link.
pub async fn ready(app: &App, address: SocketAddr, file: Option<&Path>) -> Result<(), Failure> {
    let url = app.config.public_url(address.port());
    let setup = core_area::signup::prepare_setup(app).await?.map(|token| format!("{url}/setup?token={token}"));
    println!("\n  Millrace is ready:  {url}");
    if let Some(link) = &setup {
        println!("  Set it up once at:  {link}");
    }
    println!("  Data in:            {}\n", app.config.data.dir.display());
    tracing::info!(http.address = %address, http.url = url, "ready");
    if let Some(file) = file {
        let text = json!({ "url": url, "setup": setup, "address": address.to_string() }).to_string();
        // Under its name only when whole: somebody waits for it.
        let draft = file.with_extension("new");
        std::fs::write(&draft, text).and_then(|()| std::fs::rename(&draft, file)).map_err(Failure::while_doing(file.display()))?;
    }
    Ok(())
}
