//! What the areas bring to a process: their jobs, their schedules, their external parts. A new area adds its lines here.

use std::sync::Arc;

use kernel::cron::Schedule;
use kernel::jobs::JobRegistry;
use kernel::providers::Providers;

/// The handlers of every job and of every outbox topic.
pub fn jobs() -> JobRegistry {
    let mut registry = JobRegistry::new();
    kernel::mail::register(&mut registry);
    kernel::secrets::register(&mut registry);
    core_area::register(&mut registry);
    factory::register(&mut registry);
    registry
}

/// When the jobs that nobody asks for are queued (UTC).
pub fn schedules() -> Vec<Schedule> {
    [core_area::SCHEDULES, factory::SCHEDULES].concat()
}

/// What live editing knows of documents.
pub fn documents() -> Arc<dyn collab::Documents> {
    Arc::new(factory::live::LiveDocuments)
}

/// External parts and the services that secrets belong to.
pub fn providers() -> Providers {
    use factory::assistant::{ModelKey, Models};
    use kernel::config::ModelProvider;
    Providers::default()
        .with(factory::embedding::Embeddings)
        .with(Models)
        .with_service(ModelKey(ModelProvider::OpenAi))
        .with_service(ModelKey(ModelProvider::Anthropic))
        .with_service(ModelKey(ModelProvider::Ollama))
        .with_service(ModelKey(ModelProvider::OpenRouter))
}
