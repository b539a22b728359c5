//! `millrace migrate`: for deployments that migrate before they start the new processes.

use kernel::config::Config;

use super::failure::Failure;
use super::process::Database;

pub async fn run(mut config: Config) -> Result<(), Failure> {
    let database = Database::open(&mut config).await?;
    let migrated = kernel::migrate::run(&database.urls).await;
    database.close().await?;
    migrated?;
    println!("The database has the present schema.");
    Ok(())
}
