//! The one error of every server function.
use crate::wire::{self, WireEncoding};
use kernel::{Code, Fault};
use leptos::server_fn::error::{FromServerFnError, ServerFnErrorErr};
use serde::{Deserialize, Serialize, de::DeserializeOwned};

/// A `Fault` that crosses the wire between server functions and screens.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct AppError(pub Fault);

impl std::fmt::Display for AppError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

impl std::error::Error for AppError {}

impl From<Fault> for AppError {
    fn from(fault: Fault) -> Self {
        Self(fault)
    }
}

/// What somebody else saved meanwhile: the present state of the thing, out of a refused stale write.
pub fn theirs<T: DeserializeOwned>(fault: &Fault) -> Option<T> {
    let details = fault.details.as_ref().filter(|_| fault.code == Code::Stale)?;
    wire::from_value(details.get("current")?.clone()).ok()
}

impl FromServerFnError for AppError {
    type Encoder = WireEncoding;

    fn from_server_fn_error(error: ServerFnErrorErr) -> Self {
        let (code, message) = match &error {
            ServerFnErrorErr::Args(_) | ServerFnErrorErr::MissingArg(_) | ServerFnErrorErr::Deserialization(_) => {
                (Code::BadRequest, "The request was not understood.")
            }
            ServerFnErrorErr::Request(_) => (Code::Unavailable, "The server cannot be reached. Check your connection and try again."),
            _ => (Code::Internal, "Something went wrong on our side."),
        };
        #[cfg(feature = "ssr")]
        {
            tracing::debug!(%error, "server function");
            crate::call::set_status(code);
        }
        Fault::new(code, message).into()
    }
}
