//! `millrace demo`: a believable organization to look around in.

use kernel::config::Config;

use super::failure::Failure;
use super::process::Process;

pub async fn run(config: Config) -> Result<(), Failure> {
    let process = Process::start(config).await?;
    let loaded = millrace::demo::load(&process.app).await;
    process.stop().await?;
    let demo = loaded?;
    println!("The demo organization is loaded. {demo}");
    Ok(())
}
