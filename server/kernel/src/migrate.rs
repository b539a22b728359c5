//! Brings a database to the present schema: roles, migrations, the job queue's own schema.
use crate::{db::DbUrls, fault::Fault};
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection, PgPool, postgres::PgPoolOptions};

/// The migrations of every area, in the order of their UTC times.
pub static MIGRATIONS: sqlx::migrate::Migrator = sqlx::migrate!("../../migrations");

const ROLES: &str = include_str!("../sql/roles.sql");

/// What a database lacks to carry Millrace; empty when it is fit. Each line says what to do about it.
///
/// # Errors
/// What the database said when it cannot be reached or asked.
pub async fn missing(owner_url: &str) -> Result<Vec<String>, sqlx::Error> {
    let mut conn = PgConnection::connect(owner_url).await?;
    let (version, vector, may_create_vector, can_create_roles, user): (i32, bool, bool, bool, String) = sqlx::query_as(
        "select current_setting('server_version_num')::int,
                exists (select from pg_available_extensions where name = 'vector'),
                rolsuper or exists (select from pg_extension where extname = 'vector')
                    or exists (select from pg_available_extension_versions where name = 'vector' and trusted),
                rolsuper or rolcreaterole,
                rolname::text
         from pg_roles where rolname = current_user",
    )
    .fetch_one(&mut conn)
    .await?;
    // Another installation on the same server may have made them.
    let foreign_roles: Vec<String> = sqlx::query_scalar(
        "select rolname::text from pg_roles
         where rolname in ('app_owner', 'app_definer', 'app_user', 'app_admin')
           and not pg_has_role(current_user, oid, 'member with admin option')
         order by 1",
    )
    .fetch_all(&mut conn)
    .await?;
    let mut lacks = Vec::new();
    if version < 160_000 {
        lacks.push(format!("Postgres 16 or later (this one is {})", version / 10_000));
    }
    if !vector {
        lacks.push("the extension pgvector (package postgresql-NN-pgvector)".to_owned());
    } else if !may_create_vector {
        lacks.push("the extension pgvector in this database, which only an administrator may add (create extension vector)".to_owned());
    }
    if !can_create_roles {
        lacks.push(format!("the right of {user} to create roles (alter role {user} createrole)"));
    } else if !foreign_roles.is_empty() {
        let roles = foreign_roles.join(", ");
        lacks.push(format!("the right of {user} to grant the roles that are there already (grant {roles} to {user} with admin option)"));
    }
    conn.close().await?;
    Ok(lacks)
}

/// Creates roles, runs what is new, and sets the passwords of the application's roles when given.
/// Safe to run from several processes at once and to repeat.
pub async fn run(urls: &DbUrls) -> Result<(), Fault> {
    roles(urls).await?;
    let owner = owner_pool(&urls.owner).await?;
    MIGRATIONS.run(&owner).await.map_err(|error| {
        tracing::error!(error = &error as &dyn std::error::Error, "migration failed");
        Fault::new(crate::Code::Unavailable, format!("The database could not be migrated: {error}"))
    })?;
    queue(&owner).await?;
    owner.close().await;
    Ok(())
}

/// The roles alone and their passwords: what must be there before a backup can be restored.
pub async fn roles(urls: &DbUrls) -> Result<(), Fault> {
    let mut conn = PgConnection::connect(&urls.owner).await?;
    conn.execute(ROLES).await?;
    for (role, url) in [("app_user", &urls.app), ("app_admin", &urls.admin)] {
        let password = url::Url::parse(url).ok().and_then(|u| u.password().map(str::to_owned));
        if let Some(password) = password {
            // Passwords are generated hex; DDL takes no parameters.
            if !password.chars().all(|c| c.is_ascii_alphanumeric()) {
                return Err(Fault::field("DATABASE_URL", "has a password for app_user that is not letters and digits"));
            }
            conn.execute(AssertSqlSafe(format!("alter role {role} password '{password}'"))).await?;
        }
    }
    Ok(conn.close().await?)
}

/// Connections that act as `app_owner`, so that it owns every object.
async fn owner_pool(url: &str) -> Result<PgPool, Fault> {
    Ok(PgPoolOptions::new()
        .max_connections(2)
        .after_connect(|conn, _| {
            Box::pin(async move {
                conn.execute("set role app_owner").await?;
                Ok(())
            })
        })
        .connect(url)
        .await?)
}

/// The schema of the job queue, and the rights of the web and worker role on it.
async fn queue(owner: &PgPool) -> Result<(), Fault> {
    crate::jobs::install(owner).await?;
    owner
        .execute(
            "grant usage on schema graphile_worker to app_user, app_definer;
             grant select, insert, update, delete on all tables in schema graphile_worker to app_user, app_definer;
             grant usage on all sequences in schema graphile_worker to app_user, app_definer;
             grant execute on all functions in schema graphile_worker to app_user, app_definer",
        )
        .await?;
    Ok(())
}
