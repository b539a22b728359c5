//! Postgres' own programs for dumping and restoring.

use std::path::PathBuf;
use std::process::Stdio;

use kernel::config::Config;
use tokio::process::Command;

use crate::cli::failure::Failure;

/// A Postgres program from the embedded installation, else from the system, told where to connect.
/// The password travels in the environment: the arguments of a process can be read by others.
pub fn program(config: &Config, name: &str, url: &str) -> Result<Command, Failure> {
    let path = match kernel::postgres::locate(config.database.bin.as_deref()) {
        Ok(bin) => bin.join(name),
        Err(_) => PathBuf::from(name),
    };
    let mut url = url::Url::parse(url).map_err(Failure::while_doing("DATABASE_URL"))?;
    let password = url.password().map(decoded);
    // Only a URL without a host refuses, and ours has one.
    let _ = url.set_password(None);
    let mut command = Command::new(path);
    command.arg("--dbname").arg(url.as_str()).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
    if let Some(password) = password {
        command.env("PGPASSWORD", password);
    }
    Ok(command)
}

/// Runs it; what it complained about is the failure.
pub async fn run(mut command: Command, name: &str) -> Result<(), Failure> {
    let output = command.output().await.map_err(|e| {
        Failure::new(format!(
            "{name} cannot be started: {e}. It comes with the embedded Postgres (./run build) and with postgresql-client."
        ))
    })?;
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    Err(Failure::new(format!("{name} failed:\n{}", said.trim())))
}

fn decoded(text: &str) -> String {
    url::form_urlencoded::parse(format!("p={}", text.replace('+', "%2B")).as_bytes())
        .next()
        .map_or_else(String::new, |(_, value)| value.into_owned())
}
