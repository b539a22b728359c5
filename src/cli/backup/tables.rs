//! Counts and hashes of every table, to compare what was read with what was written.

use std::collections::BTreeMap;

use sqlx::{AssertSqlSafe, Executor, PgConnection};

use super::Content;
use crate::cli::failure::Failure;

/// Every ordinary table that a backup carries. Unlogged ones hold nothing worth keeping.
const TABLES: &str = "select format('%I.%I', n.nspname, c.relname)
    from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where c.relkind = 'r' and c.relpersistence = 'p'
      and n.nspname not in ('pg_catalog', 'information_schema') and n.nspname !~ '^pg_toast'
    order by 1";

/// Reads every table as text whose form does not depend on the settings of the server.
#[expect(clippy::disallowed_methods, reason = "the names of tables come from the catalog, quoted by Postgres")]
pub async fn contents(conn: &mut PgConnection) -> Result<BTreeMap<String, Content>, Failure> {
    conn.execute(
        "set timezone = 'UTC'; set datestyle = 'ISO'; set intervalstyle = 'postgres'; set extra_float_digits = 1; set bytea_output = 'hex'",
    )
    .await?;
    let names: Vec<String> = sqlx::query_scalar(TABLES).fetch_all(&mut *conn).await?;
    let mut contents = BTreeMap::new();
    for name in names {
        // The name was quoted by Postgres itself.
        let statement = format!("select count(*), coalesce(sum(hashtextextended(t::text, 0)::numeric), 0)::text from only {name} t");
        let (rows, hash) = sqlx::query_as(AssertSqlSafe(statement)).fetch_one(&mut *conn).await?;
        contents.insert(name, Content { rows, hash });
    }
    Ok(contents)
}

/// Is there any table at all?
pub async fn any(conn: &mut PgConnection) -> Result<bool, Failure> {
    let names: Vec<String> = sqlx::query_scalar(TABLES).fetch_all(conn).await?;
    Ok(!names.is_empty())
}
