//! `millrace pg`: a throw-away Postgres for tests. It ends when standard input closes, so it never outlives its caller.

use kernel::postgres::{EmbeddedPostgres, locate};

use super::failure::Failure;
use super::signals;

pub async fn run() -> Result<(), Failure> {
    let bin = std::env::var_os("MILLRACE_PG_BIN").map(std::path::PathBuf::from);
    let stop = signals::stop_token()?;
    let postgres = EmbeddedPostgres::throw_away(locate(bin.as_deref())?).await?;
    println!("{}", postgres.url("postgres"));
    let closed = tokio::task::spawn_blocking(|| std::io::copy(&mut std::io::stdin(), &mut std::io::sink()));
    stop.run_until_cancelled(closed).await;
    postgres.stop().await?;
    // A read of standard input may still be waiting on its thread, which would keep the runtime.
    std::process::exit(0)
}
