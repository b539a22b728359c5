//! The external parts the kernel itself stands on.
use super::registry::Provider;
use crate::{
    app::App,
    config::{OAuthClient, Store},
    fault::Fault,
    mail, outbound,
};
use async_trait::async_trait;
use http::Request;
use std::sync::Arc;

pub(super) fn parts() -> Vec<Arc<dyn Provider>> {
    vec![Arc::new(Database), Arc::new(Files), Arc::new(Mail), Arc::new(GitHub), Arc::new(Google)]
}

struct Database;

#[async_trait]
impl Provider for Database {
    fn part(&self) -> &'static str {
        "database"
    }

    fn external(&self, app: &App) -> Option<String> {
        app.config.database.url.as_ref()?;
        let url = url::Url::parse(&app.db.urls.app).ok()?;
        Some(format!("Postgres at {}{}", url.host_str().unwrap_or("localhost"), url.path()))
    }

    async fn check(&self, app: &App) -> Result<String, Fault> {
        let version: String = sqlx::query_scalar("select current_setting('server_version')").fetch_one(app.db.pool()).await?;
        Ok(format!("Postgres {version} answers."))
    }
}

struct Files;

#[async_trait]
impl Provider for Files {
    fn part(&self) -> &'static str {
        "files"
    }

    fn external(&self, app: &App) -> Option<String> {
        match &app.config.files.store {
            Store::Folder(_) => None,
            Store::S3(s3) => Some(format!("S3 bucket {}", s3.bucket)),
        }
    }

    async fn check(&self, app: &App) -> Result<String, Fault> {
        app.files.check().await?;
        Ok(format!("The {} answers.", app.files.place()))
    }
}

struct Mail;

#[async_trait]
impl Provider for Mail {
    fn part(&self) -> &'static str {
        "mail"
    }

    fn external(&self, app: &App) -> Option<String> {
        mail::smtp_label(&app.config.mail)
    }

    async fn check(&self, app: &App) -> Result<String, Fault> {
        mail::check(&app.config.mail).await
    }
}

struct GitHub;

#[async_trait]
impl Provider for GitHub {
    fn part(&self) -> &'static str {
        "identity.github"
    }

    fn external(&self, app: &App) -> Option<String> {
        service("GitHub", &app.config.identity.github)
    }

    async fn check(&self, app: &App) -> Result<String, Fault> {
        let client = &app.config.identity.github;
        if self.external(app).is_none() {
            return Ok("People sign in with passwords and passkeys.".to_owned());
        }
        let url = format!("{}/zen", client.api_url.as_str().trim_end_matches('/'));
        reach(app, "github", &url).await
    }
}

struct Google;

#[async_trait]
impl Provider for Google {
    fn part(&self) -> &'static str {
        "identity.google"
    }

    fn external(&self, app: &App) -> Option<String> {
        service("Google", &app.config.identity.google)
    }

    async fn check(&self, app: &App) -> Result<String, Fault> {
        let client = &app.config.identity.google;
        if self.external(app).is_none() {
            return Ok("People sign in with passwords and passkeys.".to_owned());
        }
        let url = format!("{}/.well-known/openid-configuration", client.url.as_str().trim_end_matches('/'));
        reach(app, "google", &url).await
    }
}

fn service(name: &str, client: &OAuthClient) -> Option<String> {
    (client.client_id.is_some() && client.client_secret.is_some())
        .then(|| format!("{name} at {}", client.url.host_str().unwrap_or("an unknown host")))
}

async fn reach(app: &App, part: &'static str, url: &str) -> Result<String, Fault> {
    let request = Request::get(url).body(bytes::Bytes::new()).map_err(|e| Fault::field("url", e.to_string()))?;
    let answer = app.outbound.send(part, request).await?;
    outbound::expect_success(part, answer)?;
    Ok("It answers.".to_owned())
}
