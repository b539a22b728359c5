//! The logo of an organization.
use super::{OrgProfile, service};
use crate::pictures;
use kernel::{Fault, Perm, db::TenantTx, request::Request};

const LOGOS: &str = "/api/logos/";

/// Sets the logo; 409 `stale` when the settings changed since the form was filled.
pub async fn set_logo(tx: &mut TenantTx, rev: &str, bytes: Vec<u8>) -> Result<OrgProfile, Fault> {
    tx.require(Perm::OrgEdit)?;
    let app = tx.app().clone();
    let sha256 = pictures::keep(&app, "logo", bytes).await?;
    write(tx, rev, Some(format!("{LOGOS}{sha256}"))).await
}

/// Takes the logo away.
pub async fn remove_logo(tx: &mut TenantTx, rev: &str) -> Result<OrgProfile, Fault> {
    tx.require(Perm::OrgEdit)?;
    write(tx, rev, None).await
}

async fn write(tx: &mut TenantTx, rev: &str, url: Option<String>) -> Result<OrgProfile, Fault> {
    let before = service::read(tx).await?;
    let saved = sqlx::query!(
        "update core.organizations set logo_url = $3 where id = $1 and xmin::text = $2 and deleted_at is null",
        before.id,
        rev,
        url
    )
    .execute(tx.conn())
    .await?;
    service::finish(tx, saved.rows_affected(), before, "organization.update").await
}

/// The logo of an address, with its content type.
pub async fn logo(request: &Request, sha256: &str) -> Result<(&'static str, bytes::Bytes), Fault> {
    let app = request.app();
    let shown = sqlx::query_scalar!("select core.logo_exists($1)", format!("{LOGOS}{sha256}")).fetch_one(app.db.pool()).await?;
    pictures::open(app, sha256, shown.unwrap_or(false)).await
}
