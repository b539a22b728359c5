//! The tables that hold rows of a person, as their catalog comments say (`privacy:user=`, `privacy:email=`, `erase=keep`).
use kernel::{Fault, access::Actor, app::App, db::TenantTx};
use sqlx::PgConnection;
use uuid::Uuid;

/// One marked table.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Marked {
    pub table: String,
    pub user_column: Option<String>,
    pub email_column: Option<String>,
    /// Its rows outlive the account.
    pub keep: bool,
}

pub(super) async fn marked(conn: &mut PgConnection) -> Result<Vec<Marked>, Fault> {
    Ok(sqlx::query_as!(
        Marked,
        r#"select table_name as "table!", user_column, email_column, keep as "keep!" from core.privacy_tables() order by 1"#
    )
    .fetch_all(conn)
    .await?)
}

/// How many rows of the person each marked table shows in this transaction; tables without any are left out, and in
/// an organization those that show the same outside of any.
pub(super) async fn counts(conn: &mut PgConnection, user: Uuid, email: &str) -> Result<Vec<(String, i64, bool)>, Fault> {
    let rows = sqlx::query!(
        r#"select p.table_name as "table!", p.keep as "keep!",
                  core.privacy_count(p.table_name::regclass, p.user_column, p.email_column, $1, $2) as "n!"
           from core.privacy_tables() p
           where core.tenant() is null or not core.privacy_everywhere(p.table_name::regclass) order by 1"#,
        user,
        email
    )
    .fetch_all(conn)
    .await?;
    Ok(rows.into_iter().filter(|row| row.n > 0).map(|row| (row.table, row.n, row.keep)).collect())
}

/// The server, working on the data of one person in one organization, or outside of any.
pub(super) async fn on_behalf(app: &App, user: Uuid, org: Option<Uuid>) -> Result<TenantTx, Fault> {
    TenantTx::begin(app, Actor { user: Some(user), ..Actor::system(org) }).await
}

/// The next organizations in order: a person may have left traces where they are no member any more.
pub(super) async fn organizations(app: &App, after: Option<Uuid>) -> Result<Vec<Uuid>, Fault> {
    Ok(sqlx::query_scalar!(r#"select core.organization_ids($1, 500) as "id!""#, after).fetch_all(app.db.pool()).await?)
}
