//! One HTTP request as services see it: where it came from, who signed in, which organization.
use crate::{
    access::{Actor, RequestInfo, Session},
    app::App,
    fault::{Code, Fault},
};
use std::sync::Arc;
use tokio::sync::OnceCell;

/// What is known of a request before its work begins. Cheap to clone.
#[derive(Clone)]
pub struct Request(Arc<Inner>);

struct Inner {
    app: App,
    info: RequestInfo,
    /// SHA-256 of the session cookie in hex; `None` for visitors.
    token: Option<String>,
    /// The slug of the organization: from the page's path, `X-Organization`, or the hidden field of a form.
    org: Option<String>,
    /// A key or token has been checked already: it acts instead of a session.
    key: Option<Actor>,
    session: OnceCell<Option<Arc<Session>>>,
}

impl Request {
    pub fn new(app: App, info: RequestInfo, token: Option<String>, org: Option<String>) -> Self {
        Self(Arc::new(Inner { app, info, token, org, key: None, session: OnceCell::new() }))
    }

    /// A request that a key or token makes.
    pub fn by_key(app: App, info: RequestInfo, actor: Actor) -> Self {
        let actor = Actor { request: info.clone(), ..actor };
        Self(Arc::new(Inner { app, info, token: None, org: None, key: Some(actor), session: OnceCell::new() }))
    }

    /// The same visitor in another organization (a form that names it in a hidden field).
    pub fn in_org(&self, slug: &str) -> Self {
        if self.0.org.as_deref() == Some(slug) {
            return self.clone();
        }
        Self::new(self.0.app.clone(), self.0.info.clone(), self.0.token.clone(), Some(slug.to_owned()))
    }

    /// The key or token that makes this request, if one does.
    pub fn key(&self) -> Option<&Actor> {
        self.0.key.as_ref()
    }

    pub fn app(&self) -> &App {
        &self.0.app
    }

    pub fn info(&self) -> &RequestInfo {
        &self.0.info
    }

    /// The slug asked for, whether or not the visitor may see it.
    pub fn org_slug(&self) -> Option<&str> {
        self.0.org.as_deref()
    }

    /// SHA-256 of the session cookie in hex.
    pub fn session_token(&self) -> Option<&str> {
        self.0.token.as_deref()
    }

    /// The live session, looked up once per request: one round trip.
    pub async fn session(&self) -> Result<Option<Arc<Session>>, Fault> {
        let found = self
            .0
            .session
            .get_or_try_init(|| async {
                let Some(token) = &self.0.token else { return Ok::<_, Fault>(None) };
                let row: Option<sqlx::types::Json<Session>> = sqlx::query_scalar("select core.session_open($1, $2, $3)")
                    .bind(token)
                    .bind(self.0.org.as_deref())
                    .bind(self.0.app.clock.now())
                    .fetch_one(self.0.app.db.pool())
                    .await?;
                Ok(row.map(|row| Arc::new(row.0)))
            })
            .await?;
        Ok(found.clone())
    }

    /// Was the session of the cookie looked up, and is it over? Then the browser need not keep the cookie.
    pub fn session_is_over(&self) -> bool {
        self.0.token.is_some() && matches!(self.0.session.get(), Some(None))
    }

    /// The signed-in person's session, or 401.
    pub async fn require_session(&self) -> Result<Arc<Session>, Fault> {
        self.session().await?.ok_or_else(|| Fault::new(Code::Unauthenticated, "Sign in to go on."))
    }

    /// Who acts in the organization of this request: 401 without a session, 404 when not a member of it.
    pub async fn member(&self) -> Result<Actor, Fault> {
        if let Some(actor) = &self.0.key {
            return Ok(actor.clone());
        }
        let session = self.require_session().await?;
        check_open(&session)?;
        let Some(org) = &session.org else { return Err(Fault::not_found("The organization")) };
        if org.suspended {
            return Err(Fault::new(Code::Forbidden, "This organization is suspended. Ask the administrator of this installation."));
        }
        if org.mfa_required && !session.has_mfa {
            return Err(Fault::new(Code::MfaRequired, "This organization asks for a second factor. Set one up to go on."));
        }
        Ok(session.actor(self.0.info.clone()))
    }

    /// Who acts on their own account, in no organization.
    pub async fn person(&self) -> Result<Actor, Fault> {
        if let Some(actor) = &self.0.key {
            return Ok(actor.clone());
        }
        Ok(self.require_session().await?.actor(self.0.info.clone()))
    }
}

/// While an account waits for its deletion, only cancelling is open.
fn check_open(session: &Session) -> Result<(), Fault> {
    match session.deletion_at {
        Some(_) => Err(Fault::new(Code::Forbidden, "This account is about to be deleted. Cancel the deletion to go on.")),
        None => Ok(()),
    }
}
