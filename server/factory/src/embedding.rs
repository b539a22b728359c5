//! Who turns texts into vectors: the built-in embedding, or the model of the installation behind `embeddings.url`.
use async_trait::async_trait;
use http::{Request, header};
use indexing::embed::{BUILTIN, Builtin, EmbedFault, Embedder, Remote, Transport};
use kernel::{
    Code, Fault,
    app::App,
    outbound,
    providers::{self, BUILT_IN},
};
use serde_json::Value;
use std::{sync::Arc, time::Duration};

/// What the model of the installation makes vectors with.
pub fn embedder(app: &App) -> Arc<dyn Embedder> {
    let set = &app.config.embeddings;
    match &set.url {
        None => Arc::new(Builtin),
        Some(_) => Arc::new(Remote {
            model: set.model.clone(),
            dimensions: (set.dimensions > 0).then_some(set.dimensions),
            transport: Http { app: app.clone() },
        }),
    }
}

/// The name of that model, without a call.
pub fn model(app: &App) -> &str {
    if app.config.embeddings.url.is_some() { &app.config.embeddings.model } else { BUILTIN }
}

/// From which cosine on a text counts as found (chapter 20, "Search").
pub fn threshold(model: &str) -> f32 {
    if model == BUILTIN { 0.12 } else { 0.3 }
}

/// An embedding that failed, as services say it.
pub fn fault(fault: EmbedFault) -> Fault {
    Fault::new(Code::Upstream, format!("The embedding model did not answer as it should: {}", fault.message))
}

struct Http {
    app: App,
}

#[async_trait]
impl Transport for Http {
    async fn post(&self, body: &Value) -> Result<Value, EmbedFault> {
        let set = &self.app.config.embeddings;
        let base = set.url.as_ref().map(|url| url.as_str().trim_end_matches('/')).unwrap_or_default();
        let mut request = Request::post(format!("{base}/embeddings")).header(header::CONTENT_TYPE, "application/json");
        if let Some(key) = &set.key {
            request = request.header(header::AUTHORIZATION, format!("Bearer {}", key.expose()));
        }
        let broken = |error: String| EmbedFault { message: error, may_pass: false };
        let request = request.body(body.to_string().into_bytes()).map_err(|error| broken(error.to_string()))?;
        let answer = self.app.outbound.send("embeddings", request).await.map_err(|fault| {
            let may_pass = fault.code == Code::Upstream;
            EmbedFault { message: fault.message, may_pass }
        })?;
        let may_pass = answer.status().is_server_error() || matches!(answer.status().as_u16(), 408 | 429);
        let bytes = outbound::expect_success("embeddings", answer).map_err(|fault| EmbedFault { message: fault.message, may_pass })?;
        serde_json::from_slice(&bytes).map_err(|error| broken(format!("its answer is no JSON: {error}")))
    }

    async fn wait(&self, time: Duration) {
        tokio::time::sleep(time).await;
    }
}

/// The external part as `doctor` and the health page show it.
pub struct Embeddings;

#[async_trait]
impl providers::Provider for Embeddings {
    fn part(&self) -> &'static str {
        "embeddings"
    }

    fn external(&self, app: &App) -> Option<String> {
        let url = app.config.embeddings.url.as_ref()?;
        Some(format!("{} at {}", app.config.embeddings.model, url.host_str().unwrap_or("an unknown host")))
    }

    async fn check(&self, app: &App) -> Result<String, Fault> {
        if self.external(app).is_none() {
            return Ok(format!("{BUILT_IN}: {BUILTIN}."));
        }
        embedder(app).embed(&["Does it answer?".to_owned()]).await.map_err(fault)?;
        Ok("It answers.".to_owned())
    }
}
