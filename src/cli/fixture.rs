//! `millrace fixture`: people, organizations and mails for the browser tests. In debug builds only; it needs the data
//! folder, whose owner may do all of this anyway.

use clap::Subcommand;
use kernel::config::Config;
use serde_json::json;
use sqlx::{Connection, PgConnection};
use uuid::Uuid;

use super::failure::Failure;
use super::process::{Database, app};

#[derive(Subcommand)]
pub enum Fixture {
    /// Makes an organization and its people, whose addresses are confirmed and whose password is this one
    Organization {
        #[arg(long)]
        slug: String,
        #[arg(long)]
        password: String,
        /// NAME:ROLE, the address becomes name@slug.test
        #[arg(long = "person", required = true)]
        people: Vec<String>,
    },
    /// Prints the newest mail to an address as JSON, `null` when there is none
    Mail {
        #[arg(long)]
        to: String,
    },
}

pub async fn run(mut config: Config, fixture: Fixture) -> Result<(), Failure> {
    let database = Database::open(&mut config).await?;
    let mut conn = PgConnection::connect(&database.urls.owner).await?;
    let made = match fixture {
        Fixture::Organization { slug, password, people } => {
            let app = app(config, &database.urls).await?;
            let hash = core_area::passwords::hash(&app, &password).await?;
            organization(&mut conn, &slug, &hash, &people).await
        }
        Fixture::Mail { to } => newest_mail(&mut conn, &to).await,
    };
    conn.close().await?;
    database.close().await?;
    println!("{}", made?);
    Ok(())
}

async fn organization(conn: &mut PgConnection, slug: &str, hash: &str, people: &[String]) -> Result<serde_json::Value, Failure> {
    let mut tx = conn.begin().await?;
    let name = capital(slug);
    let org: Uuid = sqlx::query_scalar("insert into core.organizations (slug, name) values ($1, $2) returning id")
        .bind(slug)
        .bind(&name)
        .fetch_one(&mut *tx)
        .await?;
    let mut made = Vec::new();
    for person in people {
        let (first, role) = person.split_once(':').ok_or_else(|| Failure::new(format!("{person}: use NAME:ROLE")))?;
        let email = format!("{first}@{slug}.test");
        let user: Uuid = sqlx::query_scalar(
            "insert into core.users (email, name, email_verified, password_hash) values ($1, $2, true, $3) returning id",
        )
        .bind(&email)
        .bind(capital(first))
        .bind(hash)
        .fetch_one(&mut *tx)
        .await?;
        sqlx::query("insert into core.memberships (org_id, user_id, role) values ($1, $2, $3)")
            .bind(org)
            .bind(user)
            .bind(role)
            .execute(&mut *tx)
            .await?;
        made.push(json!({ "id": user, "name": capital(first), "email": email, "role": role }));
    }
    tx.commit().await?;
    Ok(json!({ "id": org, "slug": slug, "name": name, "people": made }))
}

async fn newest_mail(conn: &mut PgConnection, to: &str) -> Result<serde_json::Value, Failure> {
    let mail: Option<serde_json::Value> = sqlx::query_scalar(
        "select jsonb_build_object('to', to_email, 'template', template, 'subject', subject, 'text', text_body, 'status', status)
         from core.mail_queue where lower(to_email) = lower($1) order by created_at desc limit 1",
    )
    .bind(to)
    .fetch_optional(conn)
    .await?;
    Ok(mail.unwrap_or_default())
}

fn capital(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}
