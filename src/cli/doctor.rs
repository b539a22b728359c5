//! `millrace doctor`: every setting and its source, then whether each part answers.

use std::process::ExitCode;

use kernel::config::{Config, Setting};
use kernel::migrate;
use sqlx::{Connection, PgConnection};

use super::failure::Failure;
use super::process::{Database, app};

pub async fn run(mut config: Config) -> Result<ExitCode, Failure> {
    print_settings(config.settings());
    print_record(&config);
    println!("\nParts");
    let mut report = Report { failed: false };
    match Database::open(&mut config).await {
        Err(failure) => report.line("database", false, &failure.to_string()),
        Ok(database) => {
            check(&mut report, config, &database).await;
            database.close().await?;
        }
    }
    Ok(if report.failed { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

/// Asks what stands on the database; a failure is a line of the report, not its end.
async fn check(report: &mut Report, config: Config, database: &Database) {
    match pending(&database.urls.owner).await {
        Err(failure) => return report.line("schema", false, &failure.to_string()),
        Ok(0) => report.line("schema", true, "The database has the present schema."),
        Ok(n) => {
            let message = format!("{n} migrations are not applied yet: millrace migrate (a start does it too).");
            return report.line("schema", false, &message);
        }
    }
    match app(config, &database.urls).await {
        Err(failure) => report.line("process", false, &failure.to_string()),
        Ok(app) => {
            for health in app.providers.check(&app).await {
                report.line(&health.part, health.ok, &format!("{}: {} ({} ms)", health.label, health.message, health.duration_ms));
            }
            app.db.close().await;
        }
    }
}

/// How many migrations of this program the database does not have.
async fn pending(owner: &str) -> Result<usize, Failure> {
    let mut conn = PgConnection::connect(owner).await?;
    let begun: bool = sqlx::query_scalar("select to_regclass('_sqlx_migrations') is not null").fetch_one(&mut conn).await?;
    let applied: Vec<i64> = if begun {
        sqlx::query_scalar("select version from _sqlx_migrations where success").fetch_all(&mut conn).await?
    } else {
        Vec::new()
    };
    conn.close().await?;
    Ok(migrate::MIGRATIONS.iter().filter(|m| !applied.contains(&m.version)).count())
}

struct Report {
    failed: bool,
}

impl Report {
    fn line(&mut self, part: &str, ok: bool, message: &str) {
        self.failed |= !ok;
        let mut lines = message.lines();
        println!("  {} {part:<18} {}", if ok { "ok    " } else { "FAILED" }, lines.next().unwrap_or_default());
        for line in lines {
            println!("  {:<25} {line}", "");
        }
    }
}

fn print_settings(settings: &[Setting]) {
    println!("Settings (key of millrace.toml, value, where it came from)");
    let width = |text: fn(&Setting) -> &str, most: usize| settings.iter().map(|s| text(s).len()).max().unwrap_or(0).min(most);
    let (keys, values) = (width(|s| s.key, 40), width(|s| shown(s), 48));
    for setting in settings {
        println!("  {:<keys$}  {:<values$}  {}", setting.key, shown(setting), setting.source);
    }
}

/// What has to stand in the DNS for the signature of mails to be found.
fn print_record(config: &Config) {
    match config.mail.dkim.as_ref().map(kernel::mail::dkim_record) {
        Some(Ok((name, text))) => println!("\nDNS record for the signature of mails\n  {name} TXT\n  {text}"),
        Some(Err(why)) => println!("\nThe signature of mails: {why}"),
        None => {}
    }
}

fn shown(setting: &Setting) -> &str {
    if setting.value.is_empty() { "-" } else { &setting.value }
}
