//! The rows of `core.identity_providers`: an organization's, or those of the whole installation (`org` is none). Row
//! security shows each side only its own.
use super::{IdentityProvider, ProviderInput, check::Checked};
use crate::login_providers;
use kernel::{Fault, app::App};
use sqlx::PgConnection;
use uuid::Uuid;

struct Row {
    id: Uuid,
    rev: String,
    kind: String,
    name: String,
    issuer: Option<String>,
    client_id: String,
    scopes: Vec<String>,
    email_domains: Vec<String>,
    auto_join_role: Option<String>,
    enforce: bool,
    enabled: bool,
}

fn shown(app: &App, row: Row) -> Result<IdentityProvider, Fault> {
    Ok(IdentityProvider {
        callback_url: login_providers::callback_url(app, &row.id.to_string()),
        id: row.id,
        rev: row.rev,
        kind: row.kind.parse()?,
        name: row.name,
        issuer: row.issuer,
        client_id: row.client_id,
        scopes: row.scopes,
        email_domains: row.email_domains,
        auto_join_role: row.auto_join_role.and_then(|role| role.parse().ok()),
        enforce: row.enforce,
        enabled: row.enabled,
    })
}

/// By name.
pub(crate) async fn list(conn: &mut PgConnection, app: &App, org: Option<Uuid>) -> Result<Vec<IdentityProvider>, Fault> {
    let rows = sqlx::query_as!(
        Row,
        r#"select id, xmin::text as "rev!", kind, name, issuer, client_id, scopes, email_domains, auto_join_role, enforce, enabled
           from core.identity_providers where organization_id is not distinct from $1 order by name, id limit 100"#,
        org
    )
    .fetch_all(conn)
    .await?;
    rows.into_iter().map(|row| shown(app, row)).collect()
}

async fn get(conn: &mut PgConnection, app: &App, org: Option<Uuid>, id: Uuid) -> Result<IdentityProvider, Fault> {
    let row = sqlx::query_as!(
        Row,
        r#"select id, xmin::text as "rev!", kind, name, issuer, client_id, scopes, email_domains, auto_join_role, enforce, enabled
           from core.identity_providers where id = $1 and organization_id is not distinct from $2"#,
        id,
        org
    )
    .fetch_optional(conn)
    .await?
    .ok_or_else(missing)?;
    shown(app, row)
}

fn missing() -> Fault {
    Fault::not_found("The identity provider")
}

/// Writes a new one; its secret is asked for.
pub(crate) async fn insert(
    conn: &mut PgConnection,
    app: &App,
    org: Option<Uuid>,
    input: &ProviderInput,
    checked: &Checked,
) -> Result<IdentityProvider, Fault> {
    if input.client_secret.trim().is_empty() {
        return Err(Fault::field("client_secret", "Enter the secret that the service gave you."));
    }
    // The id is part of what the secret is sealed for, so it is made first.
    let id = sqlx::query_scalar!(r#"select gen_random_uuid() as "id!""#).fetch_one(&mut *conn).await?;
    let sealed = app.keys.seal_text(&login_providers::secret_aad(org, id), input.client_secret.trim())?;
    sqlx::query!(
        "insert into core.identity_providers (id, organization_id, kind, name, issuer, client_id, client_secret_sealed, scopes,
            email_domains, auto_join_role, enforce, enabled)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
        id,
        org,
        input.kind.as_str(),
        input.name.trim(),
        checked.issuer,
        input.client_id.trim(),
        sealed,
        &checked.scopes,
        &checked.domains,
        checked.join,
        input.enforce,
        input.enabled
    )
    .execute(&mut *conn)
    .await?;
    get(conn, app, org, id).await
}

/// Changes one; 409 with the present row when somebody else did meanwhile.
pub(crate) async fn update(
    conn: &mut PgConnection,
    app: &App,
    org: Option<Uuid>,
    (id, rev): (Uuid, &str),
    input: &ProviderInput,
    checked: &Checked,
) -> Result<IdentityProvider, Fault> {
    let sealed = match input.client_secret.trim() {
        "" => None,
        secret => Some(app.keys.seal_text(&login_providers::secret_aad(org, id), secret)?),
    };
    let changed = sqlx::query!(
        "update core.identity_providers set kind = $4, name = $5, issuer = $6, client_id = $7,
            client_secret_sealed = coalesce($8, client_secret_sealed), scopes = $9, email_domains = $10, auto_join_role = $11,
            enforce = $12, enabled = $13
         where id = $1 and organization_id is not distinct from $2 and xmin::text = $3",
        id,
        org,
        rev,
        input.kind.as_str(),
        input.name.trim(),
        checked.issuer,
        input.client_id.trim(),
        sealed,
        &checked.scopes,
        &checked.domains,
        checked.join,
        input.enforce,
        input.enabled
    )
    .execute(&mut *conn)
    .await?;
    let now = get(conn, app, org, id).await?;
    if changed.rows_affected() == 0 {
        let current = serde_json::to_value(&now).unwrap_or_default();
        return Err(Fault::stale("identity provider").with_details(serde_json::json!({ "current": current })));
    }
    Ok(now)
}

/// Removes one; answers its name.
pub(crate) async fn delete(conn: &mut PgConnection, org: Option<Uuid>, id: Uuid) -> Result<String, Fault> {
    sqlx::query_scalar!(
        "delete from core.identity_providers where id = $1 and organization_id is not distinct from $2 returning name",
        id,
        org
    )
    .fetch_optional(conn)
    .await?
    .ok_or_else(missing)
}
