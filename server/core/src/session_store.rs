//! The cookie session (tower-sessions on `core.tower_sessions`) and how a signed-in `core.sessions` row hangs on it.
//!
//! The cookie session is a small note pad that visitors have too (half-open sign-ins, OAuth states, passkey
//! challenges). What signs a person in is the row of `core.sessions` whose `token` is the SHA-256 of the cookie.
use chrono::{DateTime, Utc};
use kernel::{Code, Fault, app::App, db::TenantTx, ids::sha256_hex, request::Request};
use sqlx::PgPool;
use tower_sessions::{
    Expiry, Session, SessionManagerLayer, SessionStore,
    cookie::SameSite,
    session::{Id, Record},
    session_store,
};

/// The absolute life of a sign-in; the cookie and its note pad live as long.
pub const LIFE_DAYS: i64 = 30;

/// A visitor's request together with the cookie session behind it, which a sign-in rotates.
#[derive(Clone)]
pub struct Visitor {
    pub request: Request,
    pub cookie: Session,
}

impl Visitor {
    pub fn new(request: Request, cookie: Session) -> Self {
        Self { request, cookie }
    }

    pub fn app(&self) -> &App {
        self.request.app()
    }

    pub fn now(&self) -> DateTime<Utc> {
        self.app().clock.now()
    }
}

/// Is the cookie marked Secure? Always, except on plain HTTP of this machine.
pub fn is_secure(app: &App) -> bool {
    let Some(url) = &app.config.http.public_url else {
        return false;
    };
    let local = matches!(url.host_str(), Some("localhost" | "127.0.0.1" | "[::1]"));
    !(url.scheme() == "http" && local)
}

/// `__Host-sid`, or `sid` on plain HTTP of this machine, where browsers refuse the prefix.
pub fn cookie_name(app: &App) -> &'static str {
    if is_secure(app) { "__Host-sid" } else { "sid" }
}

/// The axum layer that gives each request its cookie session.
pub fn session_layer(app: &App) -> SessionManagerLayer<PgSessionStore> {
    SessionManagerLayer::new(PgSessionStore::new(app.db.pool().clone()))
        .with_name(cookie_name(app))
        .with_secure(is_secure(app))
        .with_http_only(true)
        .with_same_site(SameSite::Lax)
        .with_path("/")
        .with_expiry(expiry())
}

/// How long a cookie session is kept after its last change.
pub fn expiry() -> Expiry {
    Expiry::OnInactivity(time::Duration::days(LIFE_DAYS))
}

/// The token of a session cookie, as `core.sessions` holds it; `None` when the value is no session id.
pub fn token_of(cookie_value: &str) -> Option<String> {
    let id: Id = cookie_value.parse().ok()?;
    Some(token(id))
}

fn token(id: Id) -> String {
    sha256_hex(id.to_string())
}

/// Forgets the cookie session: the browser's cookie is cleared with the response.
pub async fn forget(cookie: &Session) {
    if let Err(error) = cookie.flush().await {
        tracing::warn!(%error, "a cookie session could not be removed");
    }
}

/// Gives the cookie session a new id (sign-in, second factor, password change) and answers its token.
/// What the visitor noted before stays.
pub(crate) async fn rotate(cookie: &Session) -> Result<String, Fault> {
    cookie.cycle_id().await.map_err(store_fault)?;
    cookie.save().await.map_err(store_fault)?;
    cookie.id().map(token).ok_or_else(Fault::internal)
}

/// Rotates the cookie of a signed-in person: the session of this transaction goes on under the new id.
pub(crate) async fn rotate_signed_in(tx: &mut TenantTx, cookie: &Session) -> Result<(), Fault> {
    let Some(session) = tx.actor().session else {
        return Err(Fault::new(Code::Unauthenticated, "Sign in to go on."));
    };
    let token = rotate(cookie).await?;
    sqlx::query!("update core.sessions set token = $2 where id = $1", session, token).execute(tx.conn()).await?;
    Ok(())
}

/// The session could not be read or kept.
pub fn store_fault(error: tower_sessions::session::Error) -> Fault {
    tracing::error!(error = &error as &dyn std::error::Error, "cookie session");
    Fault::new(Code::Unavailable, "The database does not answer. Try again in a moment.")
}

/// Drops sessions, links and counts of failures whose time is over; answers how many (job `sessions.gc`).
pub async fn gc(app: &App) -> Result<u64, Fault> {
    let dropped = sqlx::query_scalar!("select core.sessions_gc($1)", app.clock.now()).fetch_one(app.db.pool()).await?;
    let attempts = crate::lockout::forget_old(app).await?;
    Ok(attempts + dropped.and_then(|n| u64::try_from(n).ok()).unwrap_or_default())
}

/// `SessionStore` of tower-sessions on `core.tower_sessions`.
#[derive(Clone, Debug)]
pub struct PgSessionStore {
    pool: PgPool,
}

impl PgSessionStore {
    pub fn new(pool: PgPool) -> Self {
        Self { pool }
    }
}

fn expires(record: &Record) -> session_store::Result<DateTime<Utc>> {
    DateTime::from_timestamp(record.expiry_date.unix_timestamp(), 0)
        .ok_or_else(|| session_store::Error::Encode("the expiry date is out of range".into()))
}

fn encode(record: &Record) -> session_store::Result<Vec<u8>> {
    serde_json::to_vec(&record.data).map_err(|e| session_store::Error::Encode(e.to_string()))
}

fn backend(error: sqlx::Error) -> session_store::Error {
    session_store::Error::Backend(error.to_string())
}

#[async_trait::async_trait]
impl SessionStore for PgSessionStore {
    async fn create(&self, record: &mut Record) -> session_store::Result<()> {
        let (data, expires) = (encode(record)?, expires(record)?);
        loop {
            let made = sqlx::query!(
                "insert into core.tower_sessions (id, data, expiry_date) values ($1, $2, $3) on conflict (id) do nothing",
                token(record.id),
                data,
                expires
            )
            .execute(&self.pool)
            .await
            .map_err(backend)?;
            if made.rows_affected() == 1 {
                return Ok(());
            }
            record.id = Id::default();
        }
    }

    async fn save(&self, record: &Record) -> session_store::Result<()> {
        sqlx::query!(
            "insert into core.tower_sessions (id, data, expiry_date) values ($1, $2, $3)
             on conflict (id) do update set data = excluded.data, expiry_date = excluded.expiry_date",
            token(record.id),
            encode(record)?,
            expires(record)?
        )
        .execute(&self.pool)
        .await
        .map_err(backend)?;
        Ok(())
    }

    async fn load(&self, id: &Id) -> session_store::Result<Option<Record>> {
        let row = sqlx::query!("select data, expiry_date from core.tower_sessions where id = $1 and expiry_date > now()", token(*id))
            .fetch_optional(&self.pool)
            .await
            .map_err(backend)?;
        let Some(row) = row else { return Ok(None) };
        let expiry_date = time::OffsetDateTime::from_unix_timestamp(row.expiry_date.timestamp())
            .map_err(|e| session_store::Error::Decode(e.to_string()))?;
        let data = serde_json::from_slice(&row.data).map_err(|e| session_store::Error::Decode(e.to_string()))?;
        Ok(Some(Record { id: *id, data, expiry_date }))
    }

    async fn delete(&self, id: &Id) -> session_store::Result<()> {
        sqlx::query!("delete from core.tower_sessions where id = $1", token(*id)).execute(&self.pool).await.map_err(backend)?;
        Ok(())
    }
}
