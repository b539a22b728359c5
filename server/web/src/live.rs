//! `GET /api/live?org=&topics=`: what changes, as server-sent events (chapter 10, section 3 "Live updates").
use crate::{ApiFault, extract::Query};
use axum::{
    Extension,
    http::{HeaderMap, header},
    response::{
        IntoResponse, Response,
        sse::{Event, Sse},
    },
};
use futures::StreamExt;
use kernel::{
    Fault,
    access::{Actor, ActorKind},
    app::App,
    db::TenantTx,
    live::LiveFilter,
    request::Request,
};
use serde::Deserialize;
use std::convert::Infallible;

#[derive(Deserialize)]
pub struct Asked {
    /// The slug of the organization; empty on pages of a person's own.
    #[serde(default)]
    org: String,
    #[serde(default)]
    topics: String,
    last_event_id: Option<String>,
}

/// Streams the events the caller may see. A browser that comes back says where it stopped. The hub itself beats every
/// 25 seconds, so that a proxy does not close a quiet stream.
pub async fn events(Extension(request): Extension<Request>, Query(asked): Query<Asked>, headers: HeaderMap) -> Result<Response, ApiFault> {
    let actor = match asked.org.as_str() {
        _ if request.key().is_some() => request.member().await?,
        "" => request.person().await?,
        slug => request.in_org(slug).member().await?,
    };
    let topics: Vec<String> = asked.topics.split(',').filter(|t| !t.is_empty()).map(str::to_owned).collect();
    // On the pages of the installation, whoever administers it hears of what belongs to no organization.
    let platform = asked.org.is_empty() && request.key().is_none() && administers(&request).await?;
    let reader = Actor { kind: if platform { ActorKind::PlatformAdmin } else { actor.kind }, ..actor.clone() };
    let filter = LiveFilter::new(&reader, topics)?;
    let last = headers.get("last-event-id").and_then(|v| v.to_str().ok()).map(str::to_owned).or(asked.last_event_id);
    let app = request.app().clone();
    let stream = app.live.subscribe(filter, last.as_deref()).take_until(Box::pin(ended(app.clone(), actor, platform))).map(|event| {
        let sent = Event::default()
            .id(event.n().to_string())
            .event(event.name())
            .json_data(&event)
            .unwrap_or_else(|_| Event::default().event("reset").data("{}"));
        Ok::<_, Infallible>(sent)
    });
    let unbuffered = [(header::CACHE_CONTROL.as_str(), "no-store"), ("x-accel-buffering", "no")];
    Ok((unbuffered, Sse::new(stream)).into_response())
}

async fn administers(request: &Request) -> Result<bool, Fault> {
    Ok(request.session().await?.is_some_and(|session| session.is_platform_admin && session.deletion_at.is_none()))
}

/// Waits until the reader may not read any more, asking once a heartbeat. The browser opens a stream that ended again, and
/// meets the refusal. A database that does not answer ends nothing.
async fn ended(app: App, actor: Actor, platform: bool) {
    loop {
        tokio::time::sleep(app.live.heartbeat()).await;
        match still(&app, &actor, platform).await {
            Ok(true) => {}
            Ok(false) => return,
            Err(fault) => tracing::debug!(%fault, "a live stream could not be checked"),
        }
    }
}

/// Is the session alive and the role the same? Reading it does not count as a visit: an open page must not keep an idle
/// session from ending.
async fn still(app: &App, actor: &Actor, platform: bool) -> Result<bool, Fault> {
    let Some(session) = actor.session else {
        // A key is checked again when its program opens the stream again.
        return Ok(false);
    };
    let mut tx = TenantTx::read(app, actor.clone()).await?;
    let now = tx.now();
    let alive = sqlx::query_scalar!(
        r#"select exists (select from core.sessions where id = $1 and revoked_at is null and expires_at > $2)
             and ($3::uuid is null or exists (select from core.memberships m where m.org_id = $3 and m.user_id = $4 and m.role = $5))
             and (not $6::bool or exists (select from core.users u where u.id = $4 and u.is_platform_admin)) as "alive!""#,
        session,
        now,
        actor.org,
        actor.user,
        actor.role.map(|role| role.as_str()),
        platform
    )
    .fetch_one(tx.conn())
    .await?;
    Ok(alive)
}
