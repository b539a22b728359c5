//! Why a command ended early, in words for whoever typed it.

use std::fmt;
use std::process::ExitCode;

use kernel::Fault;
use kernel::config::ConfigError;
use kernel::postgres::PostgresError;

/// A sentence, or a few.
#[derive(Debug)]
pub struct Failure(String);

impl Failure {
    pub fn new(message: impl Into<String>) -> Self {
        Self(message.into())
    }

    /// Prints the failure and answers the exit code for it.
    pub fn report(&self) -> ExitCode {
        eprintln!("millrace: {}", self.0);
        ExitCode::FAILURE
    }

    /// For `map_err`: what was being done, then what the system said.
    pub fn while_doing<E: fmt::Display>(what: impl fmt::Display) -> impl FnOnce(E) -> Self {
        move |error| Self(format!("{what}: {error}"))
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<Fault> for Failure {
    fn from(fault: Fault) -> Self {
        let fields: String = fault.fields.iter().map(|(field, what)| format!("\n  {field} {what}")).collect();
        Self(fault.message + &fields)
    }
}

impl From<ConfigError> for Failure {
    fn from(error: ConfigError) -> Self {
        Self(error.0)
    }
}

impl From<PostgresError> for Failure {
    fn from(error: PostgresError) -> Self {
        Self(error.0)
    }
}

impl From<sqlx::Error> for Failure {
    fn from(error: sqlx::Error) -> Self {
        Self(format!("The database refused: {error}"))
    }
}
