//! One model at one address.
use crate::{Ask, Events, ModelFault, Protocol, anthropic, frames, ollama, openai};
use bytes::Bytes;
use futures::StreamExt;
use http::{Request, Response, StatusCode, header};
use kernel::{
    Code, Fault,
    outbound::{Outbound, Pieces},
};
use std::time::Duration;
use zeroize::Zeroizing;

/// Sent at most so often.
const TRIES: u32 = 3;

/// Where a model is and what it is called.
#[derive(Clone)]
pub struct Target {
    pub protocol: Protocol,
    /// Without a trailing slash.
    pub base: String,
    pub model: String,
    pub key: Option<Zeroizing<String>>,
    /// The provider as people know it.
    pub provider: &'static str,
}

/// A model that can be asked.
#[derive(Clone)]
pub struct Client {
    outbound: Outbound,
    target: Target,
}

impl Client {
    pub fn new(outbound: Outbound, target: Target) -> Self {
        Self { outbound, target }
    }

    /// The name of the model.
    pub fn model(&self) -> &str {
        &self.target.model
    }

    /// Asks; the answer comes as it is written. 429 and 5xx are tried three times in all; `patience` bounds everything.
    pub async fn ask(&self, ask: &Ask, patience: Duration) -> Result<Events, ModelFault> {
        let answer = self.outbound.open("models", self.request(ask)?, TRIES, patience).await?;
        if !answer.status().is_success() {
            return Err(self.refused(answer).await.into());
        }
        let body = answer.into_body();
        Ok(match self.target.protocol {
            Protocol::OpenAi => frames::events(body, openai::Reader::default(), true),
            Protocol::Anthropic => frames::events(body, anthropic::Reader::default(), true),
            Protocol::Ollama => frames::events(body, ollama::Reader::default(), false),
        })
    }

    fn request(&self, ask: &Ask) -> Result<Request<Bytes>, Fault> {
        let Target { protocol, base, model, key, .. } = &self.target;
        let (path, body) = match protocol {
            Protocol::OpenAi => ("/chat/completions", openai::body(model, ask)),
            Protocol::Anthropic => ("/v1/messages", anthropic::body(model, ask)),
            Protocol::Ollama => ("/api/chat", ollama::body(model, ask)),
        };
        let mut request = Request::post(format!("{}{path}", base.trim_end_matches('/'))).header(header::CONTENT_TYPE, "application/json");
        if *protocol == Protocol::Anthropic {
            request = request.header("anthropic-version", anthropic::VERSION);
        }
        if let Some(key) = key {
            request = match protocol {
                Protocol::Anthropic => request.header("x-api-key", key.as_str()),
                Protocol::OpenAi | Protocol::Ollama => request.header(header::AUTHORIZATION, format!("Bearer {}", key.as_str())),
            };
        }
        request
            .body(Bytes::from(body.to_string()))
            .map_err(|error| Fault::new(Code::Validation, format!("The model cannot be asked: {error}.")))
    }

    /// A refusal in words: what is wrong and what to do. What the provider wrote goes to the log.
    async fn refused(&self, answer: Response<Pieces>) -> Fault {
        let status = answer.status();
        let mut body = answer.into_body();
        let mut text = Vec::new();
        while let Some(Ok(piece)) = body.next().await {
            text.extend_from_slice(&piece);
            if text.len() > 2000 {
                break;
            }
        }
        text.truncate(2000);
        let said = String::from_utf8_lossy(&text);
        tracing::warn!(model.provider = self.target.provider, http.status = status.as_u16(), model.error = %said, "a model refused");
        let Target { provider, model, .. } = &self.target;
        let message = match status {
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => format!("{provider} refuses the key. Check it in the settings."),
            StatusCode::NOT_FOUND => format!("{provider} does not know the model {model}. Check models.model."),
            StatusCode::TOO_MANY_REQUESTS => format!("{provider} is asked too often, or its budget is used up. Try again later."),
            status if status.is_server_error() => format!("{provider} has trouble ({status}). Try again later."),
            status => format!("{provider} refused the request ({status})."),
        };
        Fault::new(Code::Upstream, message).with_details(serde_json::json!({ "part": "models", "status": status.as_u16() }))
    }
}
