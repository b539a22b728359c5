//! The one error of every service, server function and endpoint.
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What went wrong, as programs read it. Each code has one HTTP status (chapter 10, section 5).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Code {
    BadRequest,
    Unauthenticated,
    InvalidCredentials,
    MfaRequired,
    SeatLimit,
    Forbidden,
    ReauthRequired,
    Csrf,
    WrongAccount,
    NotFound,
    Conflict,
    Stale,
    LastOwner,
    SoleOwner,
    InvalidTransition,
    LinkRequiresPassword,
    ProjectArchived,
    Blocked,
    OpenWorkItems,
    DocumentExists,
    SectionChanged,
    Gone,
    TooLarge,
    UnsupportedMedia,
    Validation,
    Cycle,
    TooDeep,
    FeatureRequired,
    RateLimited,
    Unavailable,
    Upstream,
    Internal,
}

impl Code {
    /// The HTTP status that carries this code.
    pub const fn status(self) -> u16 {
        use Code::*;
        match self {
            BadRequest => 400,
            Unauthenticated | InvalidCredentials | MfaRequired => 401,
            SeatLimit => 402,
            Forbidden | ReauthRequired | Csrf | WrongAccount => 403,
            NotFound => 404,
            Conflict | Stale | LastOwner | SoleOwner | InvalidTransition | LinkRequiresPassword | ProjectArchived | Blocked
            | OpenWorkItems | DocumentExists | SectionChanged => 409,
            Gone => 410,
            TooLarge => 413,
            UnsupportedMedia => 415,
            Validation | Cycle | TooDeep | FeatureRequired => 422,
            RateLimited => 429,
            Internal => 500,
            Upstream => 502,
            Unavailable => 503,
        }
    }
}

/// An error a person or a program can act on: what, where, and under which request.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, thiserror::Error)]
#[error("{message}")]
pub struct Fault {
    pub code: Code,
    /// One sentence for people: what is wrong and what to do.
    pub message: String,
    /// Messages beside the fields of a form, by field name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub fields: BTreeMap<String, String>,
    /// What the person had typed, for forms that work without script. Never secrets.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub kept: BTreeMap<String, String>,
    /// Facts for programs: the current row of a stale write, allowed transitions, the missing permission.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub details: Option<Box<serde_json::Value>>,
    /// Seconds after which a refused call may be tried again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_after: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
}

impl Fault {
    pub fn new(code: Code, message: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
            fields: BTreeMap::new(),
            kept: BTreeMap::new(),
            details: None,
            retry_after: None,
            request_id: None,
        }
    }

    /// A validation fault with one message beside one field.
    pub fn field(name: &str, message: impl Into<String>) -> Self {
        Self::new(Code::Validation, "Please check the marked fields.").and_field(name, message)
    }

    /// Adds a message beside a further field.
    pub fn and_field(mut self, name: &str, message: impl Into<String>) -> Self {
        self.fields.insert(name.to_owned(), message.into());
        self
    }

    /// Keeps what was typed, so that a form without script shows it again.
    pub fn keeping<'a>(mut self, values: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        self.kept.extend(values.into_iter().map(|(k, v)| (k.to_owned(), v.to_owned())));
        self
    }

    pub fn with_details(mut self, details: serde_json::Value) -> Self {
        self.details = Some(Box::new(details));
        self
    }

    pub fn not_found(what: &str) -> Self {
        Self::new(Code::NotFound, format!("{what} was not found."))
    }

    pub fn stale(what: &str) -> Self {
        Self::new(Code::Stale, format!("Someone else changed this {what} in the meantime."))
    }

    pub fn internal() -> Self {
        Self::new(Code::Internal, "Something went wrong on our side.")
    }

    /// The permission a `forbidden` fault names, when it names one.
    pub fn missing_permission(&self) -> Option<&str> {
        self.details.as_ref()?.get("permission")?.as_str()
    }
}

/// `garde` reports become messages beside fields. Paths are the names of the form's fields.
impl From<garde::Report> for Fault {
    fn from(report: garde::Report) -> Self {
        let mut fault = Fault::new(Code::Validation, "Please check the marked fields.");
        for (path, error) in report.iter() {
            fault.fields.entry(path.to_string()).or_insert_with(|| error.message().to_owned());
        }
        fault
    }
}

#[cfg(feature = "ssr")]
impl From<sqlx::Error> for Fault {
    fn from(error: sqlx::Error) -> Self {
        use sqlx::Error::*;
        let code = match &error {
            RowNotFound => Code::NotFound,
            PoolTimedOut | PoolClosed | Io(_) => Code::Unavailable,
            Database(db) if db.is_unique_violation() => Code::Conflict,
            // Shutdown of the database, or too many connections: the same as being away.
            Database(db) if matches!(db.code().as_deref(), Some("57P01" | "57P02" | "57P03" | "53300")) => Code::Unavailable,
            _ => Code::Internal,
        };
        if matches!(code, Code::Internal | Code::Unavailable) {
            tracing::error!(error = &error as &dyn std::error::Error, "database");
        }
        match code {
            Code::NotFound => Fault::new(code, "Not found."),
            Code::Conflict => Fault::new(code, "This already exists."),
            Code::Unavailable => Fault::new(code, "The database does not answer. Try again in a moment."),
            _ => Fault::internal(),
        }
    }
}

/// Logs an unexpected error once and answers with a plain sentence.
#[cfg(feature = "ssr")]
pub fn unexpected(what: &'static str) -> impl FnOnce(Box<dyn std::error::Error + Send + Sync>) -> Fault {
    move |error| {
        tracing::error!(error = &*error as &dyn std::error::Error, "{what}");
        Fault::internal()
    }
}

/// Turns one named constraint into one message beside one field.
#[cfg(feature = "ssr")]
pub trait OnConstraint<T> {
    fn on_constraint(self, name: &str, fault: impl FnOnce() -> Fault) -> Result<T, Fault>;
}

#[cfg(feature = "ssr")]
impl<T> OnConstraint<T> for Result<T, sqlx::Error> {
    fn on_constraint(self, name: &str, fault: impl FnOnce() -> Fault) -> Result<T, Fault> {
        self.map_err(|error| match &error {
            sqlx::Error::Database(db) if db.constraint() == Some(name) => fault(),
            _ => error.into(),
        })
    }
}
