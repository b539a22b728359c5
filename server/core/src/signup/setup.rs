//! The first run: the first person, who administers the installation.
use super::{
    Setup,
    create::{create_organization, ip, system},
};
use crate::{
    fields::clean_email,
    passwords,
    session_store::Visitor,
    signin::{SignedIn, open_session},
};
use garde::Validate;
use kernel::{
    Fault,
    app::App,
    audit::Audit,
    ids::{sha256_hex, token},
    limits::{self, Rule},
};
use uuid::Uuid;

/// When nobody is signed up: a one-time token for `{public url}/setup?token=..`, to be printed to the log.
pub async fn prepare_setup(app: &App) -> Result<Option<String>, Fault> {
    let made = token();
    let offered =
        sqlx::query_scalar!("select core.setup_offer($1, $2)", sha256_hex(&made), app.clock.now()).fetch_one(app.db.pool()).await?;
    Ok(offered.unwrap_or(false).then_some(made))
}

/// Is the installation still without people? Then every page leads to `/setup`.
pub async fn setup_open(app: &App) -> Result<bool, Fault> {
    // People never become none again, so a yes is remembered.
    static SETTLED: std::sync::Mutex<Vec<String>> = std::sync::Mutex::new(Vec::new());
    let database = &app.db.urls.app;
    if SETTLED.lock().unwrap_or_else(|p| p.into_inner()).contains(database) {
        return Ok(false);
    }
    let any = sqlx::query_scalar!("select core.any_user()").fetch_one(app.db.pool()).await?.unwrap_or(false);
    if any {
        SETTLED.lock().unwrap_or_else(|p| p.into_inner()).push(database.clone());
    }
    Ok(!any)
}

/// First run: the platform admin, who owns the first organization, signed in. Later 404.
pub async fn setup(v: &Visitor, input: Setup) -> Result<SignedIn, Fault> {
    let app = v.app();
    if !setup_open(app).await? {
        return Err(Fault::not_found("This page"));
    }
    let kept = [("name", input.name.as_str()), ("email", &input.email), ("organization_name", &input.organization_name)];
    let done = run_setup(v, &input).await.map_err(|fault| fault.keeping(kept))?;
    let user = done.ok_or_else(|| Fault::not_found("This page"))?;
    open_session(v, user, &["password"], None).await
}

async fn run_setup(v: &Visitor, input: &Setup) -> Result<Option<Uuid>, Fault> {
    let app = v.app();
    limits::take(app, Rule::per_hour("setup", app.config.limits.signups_per_hour), &ip(&v.request)).await?;
    input.validate()?;
    let known = sqlx::query_scalar!("select core.setup_check($1)", sha256_hex(input.token.trim())).fetch_one(app.db.pool()).await?;
    if !known.unwrap_or(false) {
        return Err(Fault::field("token", "is not the token from the server's log"));
    }
    let email = clean_email(&input.email);
    passwords::check("password", &input.password, &email, &input.name)?;
    let hash = passwords::hash(app, &input.password).await?;
    let mut tx = system(v).await?;
    let user = sqlx::query_scalar!("select core.first_admin($1, $2, $3)", email, input.name.trim(), hash).fetch_one(tx.conn()).await?;
    let Some(user) = user else { return Ok(None) };
    create_organization(&mut tx, &input.organization_name, user).await?;
    sqlx::query!("select core.setup_done()").fetch_one(tx.conn()).await?;
    tx.audit(Audit::new("platform.setup").target("user", user).critical()).await?;
    tx.commit().await?;
    Ok(Some(user))
}
