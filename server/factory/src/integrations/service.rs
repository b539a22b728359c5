//! Connections of a project: kept by admins, their secrets sealed.
use super::{Integration, IntegrationConfig, IntegrationInput, IntegrationTest, IntegrationType, Tracker, slack, tracker as trackers};
use crate::projects;
use chrono::{DateTime, Utc};
use kernel::{Code, Fault, Perm, access::Actor, app::App, audit::Audit, db::TenantTx, keys};
use sqlx::types::Json;
use uuid::Uuid;
use zeroize::Zeroizing;

struct Row {
    id: Uuid,
    kind: IntegrationType,
    enabled: bool,
    config: Json<IntegrationConfig>,
    secret_sealed: Option<String>,
    tested_at: Option<DateTime<Utc>>,
    last_error: Option<String>,
    updated_at: DateTime<Utc>,
}

impl From<Row> for Integration {
    fn from(r: Row) -> Self {
        let secret = if r.secret_sealed.is_some() { format!("••••{}", r.config.hint) } else { String::new() };
        Self {
            id: r.id,
            kind: r.kind,
            enabled: r.enabled,
            config: r.config.0,
            secret,
            tested_at: r.tested_at,
            last_error: r.last_error,
            updated_at: r.updated_at,
        }
    }
}

/// A connection ready to be used, outside of any transaction.
pub struct Open {
    pub id: Uuid,
    pub org: Uuid,
    pub kind: IntegrationType,
    pub enabled: bool,
    pub config: IntegrationConfig,
    /// Empty where an installation of the GitHub App stands for it.
    pub secret: Zeroizing<String>,
}

impl Open {
    /// Is this connection the one to that tracker?
    pub fn serves(&self, tracker: Tracker) -> bool {
        match tracker {
            Tracker::Builtin => false,
            Tracker::Jira => self.kind == IntegrationType::Jira,
            Tracker::Gitlab => self.kind == IntegrationType::GithubIssues && self.config.provider == "gitlab",
            Tracker::Github => self.kind == IntegrationType::GithubIssues && self.config.provider != "gitlab",
        }
    }
}

fn aad(org: Uuid, id: Uuid) -> String {
    keys::aad("factory.integration_configs", org, &id.to_string())
}

/// The connections of a project.
pub async fn list(tx: &mut TenantTx, project: &str) -> Result<Vec<Integration>, Fault> {
    let project = projects::by_slug(tx, project).await?;
    let rows = sqlx::query_as!(
        Row,
        r#"select id, type as "kind: IntegrationType", enabled, config as "config: Json<IntegrationConfig>", secret_sealed, tested_at, last_error, updated_at
           from factory.integration_configs where project_id = $1 order by type"#,
        project.id
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(rows.into_iter().map(Integration::from).collect())
}

/// Where issues of the project go unless somebody says otherwise.
pub async fn tracker(tx: &mut TenantTx, project: Uuid) -> Result<Tracker, Fault> {
    let rows = sqlx::query!(
        r#"select type as "kind: IntegrationType", config ->> 'provider' as provider from factory.integration_configs
           where project_id = $1 and enabled and type in ('github_issues', 'jira') order by type"#,
        project
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(rows.first().map_or(Tracker::Builtin, |r| match (r.kind, r.provider.as_deref()) {
        (IntegrationType::Jira, _) => Tracker::Jira,
        (_, Some("gitlab")) => Tracker::Gitlab,
        _ => Tracker::Github,
    }))
}

/// The connection of this kind with its secret, if there is one.
pub(crate) async fn open(tx: &mut TenantTx, project: Uuid, kind: IntegrationType) -> Result<Option<Open>, Fault> {
    let org = tx.actor().org()?;
    let row = sqlx::query!(
        r#"select id, enabled, config as "config: Json<IntegrationConfig>", secret_sealed from factory.integration_configs
           where project_id = $1 and type = $2"#,
        project,
        kind as IntegrationType
    )
    .fetch_optional(tx.conn())
    .await?;
    let Some(row) = row else { return Ok(None) };
    let secret = match &row.secret_sealed {
        Some(sealed) => tx.app().keys.open_text(&aad(org, row.id), sealed)?,
        None => Zeroizing::new(String::new()),
    };
    Ok(Some(Open { id: row.id, org, kind, enabled: row.enabled, config: row.config.0, secret }))
}

/// Keeps a connection; an empty secret keeps the stored one, an installation of the GitHub App needs none. 422 names what is
/// missing.
pub async fn save(tx: &mut TenantTx, project: &str, kind: IntegrationType, input: &IntegrationInput) -> Result<Integration, Fault> {
    tx.require(Perm::FactoryManage)?;
    let project = projects::lock(tx, project).await?;
    let org = tx.actor().org()?;
    let known = sqlx::query!(
        r#"select id, config as "config: Json<IntegrationConfig>", secret_sealed from factory.integration_configs
           where project_id = $1 and type = $2 for update"#,
        project.id,
        kind as IntegrationType
    )
    .fetch_optional(tx.conn())
    .await?;
    let mut config = check(kind, input)?;
    let id = known.as_ref().map_or_else(Uuid::new_v4, |k| k.id);
    let secret = input.secret.trim();
    if let Some(installation) = config.installation {
        let known = sqlx::query_scalar!(r#"select count(*) as "n!" from factory.git_installations where id = $1"#, installation);
        if known.fetch_one(tx.conn()).await? == 0 {
            return Err(Fault::field("installation", "is not installed any more; choose another way in"));
        }
    }
    let sealed = match (secret.is_empty(), &known) {
        _ if config.installation.is_some() => None,
        (false, _) => {
            if kind == IntegrationType::Slack {
                address("secret", secret)?;
            }
            let from = secret.char_indices().rev().nth(3).map_or(0, |(at, _)| at);
            config.hint = if secret.chars().count() > 8 { secret[from..].to_owned() } else { String::new() };
            Some(tx.app().keys.seal_text(&aad(org, id), secret)?)
        }
        (true, Some(known)) if known.secret_sealed.is_some() => {
            config.hint.clone_from(&known.config.hint);
            known.secret_sealed.clone()
        }
        _ => return Err(Fault::field("secret", "is required")),
    };
    let saved = sqlx::query_as!(
        Row,
        r#"insert into factory.integration_configs as c (id, project_id, type, config, enabled, secret_sealed) values ($1, $2, $3, $4, $5, $6)
           on conflict (project_id, type) do update set config = excluded.config, enabled = excluded.enabled, secret_sealed = excluded.secret_sealed,
             last_error = null
           returning id, type as "kind: IntegrationType", enabled, config as "config: Json<IntegrationConfig>", secret_sealed, tested_at, last_error,
             updated_at"#,
        id,
        project.id,
        kind as IntegrationType,
        Json(config) as Json<IntegrationConfig>,
        input.enabled,
        sealed
    )
    .fetch_one(tx.conn())
    .await?;
    tx.audit(Audit::new("integration.save").warning().target("integration", kind.as_str())).await?;
    Ok(saved.into())
}

/// Forgets a connection with its secret.
pub async fn remove(tx: &mut TenantTx, project: &str, kind: IntegrationType) -> Result<(), Fault> {
    tx.require(Perm::FactoryManage)?;
    let project = projects::lock(tx, project).await?;
    let gone =
        sqlx::query!("delete from factory.integration_configs where project_id = $1 and type = $2", project.id, kind as IntegrationType)
            .execute(tx.conn())
            .await?;
    if gone.rows_affected() == 0 {
        return Err(Fault::not_found("The integration"));
    }
    tx.audit(Audit::new("integration.remove").warning().target("integration", kind.as_str())).await
}

/// Tries a connection, outside of any transaction. What the other side refuses is an answer, not a fault.
pub async fn test(app: &App, actor: &Actor, project: &str, kind: IntegrationType) -> Result<IntegrationTest, Fault> {
    let mut tx = TenantTx::begin(app, actor.clone()).await?;
    tx.require(Perm::FactoryManage)?;
    let project = projects::by_slug(&mut tx, project).await?;
    let open = open(&mut tx, project.id, kind).await?;
    tx.commit().await?;
    let open = open.ok_or_else(|| Fault::new(Code::BadRequest, format!("{} is not connected yet.", kind.words())))?;
    let said = match kind {
        IntegrationType::Slack => slack::hello(app, &open, &project.name).await,
        _ => trackers::hello(app, &open).await,
    };
    let (answer, error) = match said {
        Ok(message) => (IntegrationTest { ok: true, message }, None),
        Err(fault) => (IntegrationTest { ok: false, message: fault.message.clone() }, Some(fault.message)),
    };
    let mut tx = TenantTx::begin(app, actor.clone()).await?;
    sqlx::query!("update factory.integration_configs set tested_at = $2, last_error = $3 where id = $1", open.id, app.clock.now(), error)
        .execute(tx.conn())
        .await?;
    tx.commit().await?;
    Ok(answer)
}

fn address(field: &str, text: &str) -> Result<(), Fault> {
    match url::Url::parse(text) {
        Ok(url) if matches!(url.scheme(), "http" | "https") && url.has_host() => Ok(()),
        _ => Err(Fault::field(field, "is not a web address: it begins with https:// or http://")),
    }
}

/// The fields of the kind, trimmed; 422 for what is missing.
fn check(kind: IntegrationType, input: &IntegrationInput) -> Result<IntegrationConfig, Fault> {
    let IntegrationInput { provider, repository, base_url, label, email, project_key, muted, .. } = input;
    let (repository, base, label, email, key) =
        (repository.trim(), base_url.trim().trim_end_matches('/'), label.trim(), email.trim(), project_key.trim());
    if [repository, base, label, email, key].iter().any(|text| text.chars().count() > 500) {
        return Err(Fault::new(Code::Validation, "A field has more than 500 characters."));
    }
    if !base.is_empty() {
        address("base_url", base)?;
    }
    match kind {
        IntegrationType::Slack => Ok(IntegrationConfig { muted: muted.clone(), ..IntegrationConfig::default() }),
        IntegrationType::GithubIssues => {
            let provider = if provider == "gitlab" { "gitlab" } else { "github" };
            let parts: Vec<&str> = repository.split('/').collect();
            let plain = |part: &&str| {
                !part.is_empty() && part.chars().all(|c| c.is_alphanumeric() || "-_.".contains(c)) && !matches!(*part, "." | "..")
            };
            if parts.len() < 2 || provider == "github" && parts.len() != 2 || !parts.iter().all(plain) {
                return Err(Fault::field("repository", "is written as owner/name"));
            }
            let installation = input.installation.filter(|_| provider == "github");
            Ok(IntegrationConfig {
                provider: provider.into(),
                repository: repository.into(),
                // The app knows on which server it is.
                base_url: if installation.is_some() { String::new() } else { base.into() },
                installation,
                label: label.into(),
                ..IntegrationConfig::default()
            })
        }
        IntegrationType::Jira => {
            let mut fault = Fault::new(Code::Validation, "Please check the marked fields.");
            for (field, value) in [("base_url", base), ("email", email), ("project_key", key)] {
                if value.is_empty() {
                    fault.fields.insert(field.into(), "is required".into());
                }
            }
            if !key.chars().all(|c| c.is_ascii_alphanumeric() || c == '_') {
                fault.fields.insert("project_key".into(), "has letters, digits and _ only".into());
            }
            if !fault.fields.is_empty() {
                return Err(fault);
            }
            Ok(IntegrationConfig {
                base_url: base.into(),
                email: email.into(),
                project_key: key.to_uppercase(),
                label: label.into(),
                ..IntegrationConfig::default()
            })
        }
    }
}
