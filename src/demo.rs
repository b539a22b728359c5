//! The demo organization: people, invitations, keys, notices and history of a team of six, and what its areas load on top.
//!
//! It acts as the owner of the tables, since services neither invite by the dozen nor write into the past.

mod cast;

use std::fmt;

use cast::{DOMAIN, HISTORY, INVITATIONS, KEYS, NAME, NOTICES, PASSWORD, PEOPLE, PLAN, SLUG};
use chrono::Duration;
use kernel::access::{Actor, Role};
use kernel::app::App;
use kernel::db::TenantTx;
use kernel::ids::{sha256_hex, token};
use kernel::{Code, Fault};
use serde_json::{Value, json};
use sqlx::{Connection, Executor, PgConnection};
use uuid::Uuid;

/// What was loaded, in words for the terminal.
pub struct Demo {
    projects: usize,
    features: usize,
    /// Nobody administers the installation otherwise, so the demo's owner does.
    administers: bool,
}

impl fmt::Display for Demo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{NAME}: {} people, {} projects, {} features.", PEOPLE.len(), self.projects, self.features)?;
        for (first, name, role, ..) in PEOPLE {
            let all = if self.administers && role == "owner" { " of everything here" } else { "" };
            writeln!(f, "  {:<26} {name}, {role}{all}", format!("{first}@{DOMAIN}"))?;
        }
        write!(f, "Everybody's password is {PASSWORD}\nIt is public: do not load the demo where strangers can sign in.")
    }
}

/// Loads the demo, or renews it. Refused where an organization that is not the demo has its address.
pub async fn load(app: &App) -> Result<Demo, Fault> {
    let password = core_area::passwords::hash(app, PASSWORD).await?;
    let mut conn = PgConnection::connect(&app.db.urls.owner).await?;
    conn.execute("set role app_owner").await?;
    let mut tx = conn.begin().await?;
    let org = organization(&mut tx, app).await?;
    let administers = people(&mut tx, app, org, &password).await?;
    invitations_and_keys(&mut tx, app, org).await?;
    notices(&mut tx, app, org).await?;
    tx.commit().await?;
    let owner: Uuid =
        sqlx::query_scalar("select user_id from core.memberships where org_id = $1 and role = 'owner' order by created_at limit 1")
            .bind(org)
            .fetch_one(&mut conn)
            .await?;

    let mut tx = TenantTx::begin(app, Actor::member(org, owner, Role::Owner)).await?;
    let factory = factory::demo::load(&mut tx).await?;
    tx.commit().await?;
    // The log names what is there by now.
    let mut tx = conn.begin().await?;
    history(&mut tx, app, org).await?;
    tx.commit().await?;
    conn.close().await?;
    Ok(Demo { projects: factory.projects, features: factory.features, administers })
}

async fn organization(conn: &mut PgConnection, app: &App) -> Result<Uuid, Fault> {
    let there: Option<(Uuid, String)> =
        sqlx::query_as("select id, plan from core.organizations where slug = $1 for update").bind(SLUG).fetch_optional(&mut *conn).await?;
    match there {
        Some((id, plan)) if plan == PLAN => Ok(id),
        Some(_) => Err(Fault::new(
            Code::Conflict,
            format!("An organization that is not the demo has the address /o/{SLUG}. Give it another one, then load the demo again."),
        )),
        None => {
            Ok(sqlx::query_scalar("insert into core.organizations (slug, name, plan, created_at) values ($1, $2, $3, $4) returning id")
                .bind(SLUG)
                .bind(NAME)
                .bind(PLAN)
                .bind(app.clock.now() - Duration::days(PEOPLE[0].3))
                .fetch_one(conn)
                .await?)
        }
    }
}

/// Makes people and memberships, or puts them back as they were. Answers whether the owner administers the installation.
async fn people(conn: &mut PgConnection, app: &App, org: Uuid, password: &str) -> Result<bool, Fault> {
    let now = app.clock.now();
    let administered: bool = sqlx::query_scalar(
        "select exists (select from core.users where is_platform_admin and deleted_at is null and lower(email) not like '%@' || $1)",
    )
    .bind(DOMAIN)
    .fetch_one(&mut *conn)
    .await?;
    for (first, name, role, joined, seen) in PEOPLE {
        let user: Uuid = sqlx::query_scalar(
            "insert into core.users (email, name, password_hash, email_verified, is_platform_admin, created_at, last_login_at)
             values ($1, $2, $3, true, $4, $5, $6)
             on conflict (lower(email)) do update
               set name = excluded.name, password_hash = excluded.password_hash, is_platform_admin = excluded.is_platform_admin,
                   locked_until = null, deleted_at = null
             returning id",
        )
        .bind(address(first))
        .bind(name)
        .bind(password)
        .bind(role == "owner" && !administered)
        .bind(now - Duration::days(joined))
        .bind(now - Duration::days(seen) - Duration::minutes(95))
        .fetch_one(&mut *conn)
        .await?;
        sqlx::query(
            "insert into core.memberships (org_id, user_id, role, created_at) values ($1, $2, $3, $4)
             on conflict (user_id, org_id) do update set role = excluded.role",
        )
        .bind(org)
        .bind(user)
        .bind(role)
        .bind(now - Duration::days(joined))
        .execute(&mut *conn)
        .await?;
    }
    Ok(!administered)
}

async fn invitations_and_keys(conn: &mut PgConnection, app: &App, org: Uuid) -> Result<(), Fault> {
    let now = app.clock.now();
    let marcus = person(conn, "marcus").await?;
    for (first, role, ends, status) in INVITATIONS {
        // The link was never mailed: nobody is there to read it.
        sqlx::query(
            "insert into core.invitations (organization_id, email, role, token_hash, invited_by, status, created_at, expires_at, accepted_by,
                accepted_at)
             select $1, $2, $3, $4, $5, $6, $7 - interval '7 days', $7, u.id, case when $6 = 'accepted' then u.created_at end
             from (select) one left join core.users u on $6 = 'accepted' and lower(u.email) = $2
             where not exists (select from core.invitations i where i.organization_id = $1 and lower(i.email) = $2)",
        )
        .bind(org)
        .bind(address(first))
        .bind(role)
        .bind(sha256_hex(token()))
        .bind(marcus)
        .bind(status)
        .bind(now + Duration::days(ends))
        .execute(&mut *conn)
        .await?;
    }
    for (name, scopes, maker, made, ends, used) in KEYS {
        let maker = person(conn, maker).await?;
        // Nobody knows these keys: what is stored is the hash of something that was thrown away.
        sqlx::query(
            "insert into core.api_keys (organization_id, user_id, name, key_prefix, key_hash, scopes, created_at, expires_at, last_used_at)
             select $1, $2, $3, $4, $5, $6, $7, $8, $9
             where not exists (select from core.api_keys k where k.organization_id = $1 and k.name = $3)",
        )
        .bind(org)
        .bind(maker)
        .bind(name)
        .bind(&sha256_hex(name)[..8])
        .bind(sha256_hex(token()))
        .bind(scopes)
        .bind(now - Duration::days(made))
        .bind((ends > 0).then(|| now + Duration::days(ends)))
        .bind((used >= 0).then(|| now - Duration::days(used) - Duration::minutes(12)))
        .execute(&mut *conn)
        .await?;
    }
    Ok(())
}

async fn notices(conn: &mut PgConnection, app: &App, org: Uuid) -> Result<(), Fault> {
    sqlx::query("delete from core.notifications where org_id = $1 and dedupe_key like 'demo:%'").bind(org).execute(&mut *conn).await?;
    for (n, (reader, kind, topic, title, body, href, hours, read)) in NOTICES.into_iter().enumerate() {
        let reader = person(conn, reader).await?;
        let at = app.clock.now() - Duration::hours(hours);
        sqlx::query(
            "insert into core.notifications (user_id, org_id, type, title, body, data, dedupe_key, created_at, read_at)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        )
        .bind(reader)
        .bind(org)
        .bind(topic)
        .bind(title)
        .bind(body)
        .bind(json!({ "kind": kind, "href": href }))
        .bind(format!("demo:{n}"))
        .bind(at)
        .bind(read.then_some(at + Duration::hours(2)))
        .execute(&mut *conn)
        .await?;
    }
    Ok(())
}

/// What happened before today. The log only grows, so it is written once.
async fn history(conn: &mut PgConnection, app: &App, org: Uuid) -> Result<(), Fault> {
    let begun: bool =
        sqlx::query_scalar("select exists (select from core.audit_log where organization_id = $1 and request_id like 'demo-%')")
            .bind(org)
            .fetch_one(&mut *conn)
            .await?;
    if begun {
        return Ok(());
    }
    let now = app.clock.now();
    for (n, (who, action, kind, target, severity, days)) in (0..).zip(HISTORY) {
        let metadata: Value = match action {
            "member.role" => json!({ "from": "member", "to": "admin" }),
            "member.invite" => json!({ "role": "member" }),
            _ => json!({}),
        };
        let actor = person(conn, who).await?;
        let id = target_of(conn, org, kind, target).await?;
        sqlx::query(
            "insert into core.audit_log (organization_id, actor_type, actor_id, action, target_type, target_id, severity, metadata, ip, user_agent,
                request_id, created_at)
             values ($1, 'user', $2, $3, $4, $5, $6, $7, '198.51.100.24', $8, $9, $10)",
        )
        .bind(org)
        .bind(actor)
        .bind(action)
        .bind(id.map(|_| kind))
        .bind(id.map(|id| id.to_string()))
        .bind(severity)
        .bind(metadata)
        .bind("Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0")
        .bind(format!("demo-{n:04}"))
        .bind(now - Duration::days(days) - Duration::minutes(40 + 7 * n))
        .execute(&mut *conn)
        .await?;
    }
    Ok(())
}

/// What a line is about, by its id as real lines are.
async fn target_of(conn: &mut PgConnection, org: Uuid, kind: &str, name: &str) -> Result<Option<Uuid>, Fault> {
    let query = match kind {
        "organization" => return Ok(Some(org)),
        "user" => return person(conn, name).await.map(Some),
        "invitation" => {
            let query = sqlx::query_scalar("select id from core.invitations where organization_id = $1 and lower(email) = $2");
            query.bind(org).bind(address(name))
        }
        "api_key" => sqlx::query_scalar("select id from core.api_keys where organization_id = $1 and name = $2").bind(org).bind(name),
        "project" => sqlx::query_scalar("select id from factory.projects where organization_id = $1 and slug = $2").bind(org).bind(name),
        _ => return Ok(None),
    };
    Ok(query.fetch_optional(conn).await?)
}

fn address(first: &str) -> String {
    format!("{first}@{DOMAIN}")
}

async fn person(conn: &mut PgConnection, first: &str) -> Result<Uuid, Fault> {
    Ok(sqlx::query_scalar("select id from core.users where lower(email) = $1").bind(address(first)).fetch_one(conn).await?)
}
