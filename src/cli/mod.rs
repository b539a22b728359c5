//! The commands of the executable. Each reads the configuration once and hands it down.

mod announce;
mod backup;
mod demo;
mod doctor;
mod failure;
#[cfg(debug_assertions)]
mod fixture;
mod migrate;
mod pg;
mod port;
mod process;
mod serve;
mod signals;
mod worker;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};
use kernel::config::Config;

use failure::Failure;

/// One stream that drives every wheel, from requirement to lead, in one application over one Postgres.
#[derive(Parser)]
#[command(name = "millrace", version, about)]
struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Subcommand)]
enum Command {
    /// Serve the application; runs background jobs too unless told otherwise (the default)
    Serve(ServeArgs),
    /// Run background jobs only, beside other processes on the same database
    Worker,
    /// Bring the database to the present schema and stop
    Migrate,
    /// Write database and files into one archive
    Backup {
        /// The archive to write; it must not exist
        archive: PathBuf,
        /// Put the keys that open sealed secrets into the archive as well: keep it as safe as the keys
        #[arg(long)]
        with_keys: bool,
    },
    /// Read an archive into an empty installation and check every count and hash
    Restore {
        /// An archive written by `backup`
        archive: PathBuf,
    },
    /// Load the demo organization; loading it again renews it
    Demo,
    /// Print every setting, where it came from, and whether each external part answers
    Doctor,
    /// Run a throw-away Postgres until standard input closes; its URL is the first line of output
    #[command(hide = true)]
    Pg,
    /// Make people, organizations and mails visible to browser tests
    #[cfg(debug_assertions)]
    #[command(hide = true, subcommand)]
    Fixture(fixture::Fixture),
}

#[derive(Args, Default)]
struct ServeArgs {
    /// Do not run background jobs in this process
    #[arg(long)]
    no_worker: bool,
    /// Take the next free port when the wanted one is taken
    #[arg(long)]
    next_free_port: bool,
    /// Once ready, write the address and the set-up link to this file as JSON
    #[arg(long, value_name = "FILE", hide = true)]
    ready: Option<PathBuf>,
}

/// Parses the command line and runs the command.
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    // Rendering takes long for a task, and sockets are looked at once in so many tasks: at tokio's 61, a busy server leaves
    // the database's answers lying, and new connections take seconds.
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().event_interval(7).build() {
        Ok(runtime) => runtime,
        Err(e) => return Failure::new(format!("The runtime cannot start: {e}")).report(),
    };
    match runtime.block_on(run(cli.command.unwrap_or_else(|| Command::Serve(ServeArgs::default())))) {
        Ok(code) => code,
        Err(failure) => failure.report(),
    }
}

async fn run(command: Command) -> Result<ExitCode, Failure> {
    if let Command::Pg = command {
        return pg::run().await.map(|()| ExitCode::SUCCESS);
    }
    let config = Config::load()?;
    kernel::telemetry::init(&config.log, &config.telemetry)?;
    let ended = dispatch(command, config).await;
    kernel::telemetry::end().await;
    ended
}

async fn dispatch(command: Command, config: Config) -> Result<ExitCode, Failure> {
    match command {
        Command::Serve(args) => serve::run(config, args).await,
        Command::Worker => worker::run(config).await,
        Command::Migrate => migrate::run(config).await,
        Command::Backup { archive, with_keys } => backup::write(config, &archive, with_keys).await,
        Command::Restore { archive } => backup::read(config, &archive).await,
        Command::Demo => demo::run(config).await,
        Command::Doctor => return doctor::run(config).await,
        #[cfg(debug_assertions)]
        Command::Fixture(fixture) => fixture::run(config, fixture).await,
        Command::Pg => Ok(()),
    }
    .map(|()| ExitCode::SUCCESS)
}
