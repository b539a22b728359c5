//! What GitHub reports: a push to the branch that is indexed asks for a run. A delivery counts when its signature was made
//! with the secret of a connection to that repository, or with the installation's.
use super::{github_app, index};
use kernel::{
    Code, Fault,
    access::Actor,
    app::App,
    db::TenantTx,
    ids::{hmac_hex, same_secret},
    keys,
};
use serde::Deserialize;
use uuid::Uuid;

/// Where webhooks are taken.
pub const PATH: &str = "/api/integrations/github/webhooks";

/// One webhook as it came.
#[derive(Clone, Copy, Debug)]
pub struct Incoming<'a> {
    /// `X-GitHub-Delivery`
    pub delivery: &'a str,
    /// `X-GitHub-Event`
    pub event: &'a str,
    /// `X-Hub-Signature-256`: `sha256=` and the HMAC in hex.
    pub signature: &'a str,
    /// The raw bytes: they are what is signed.
    pub body: &'a [u8],
}

/// What is read of a body.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Body {
    #[serde(rename = "ref")]
    reference: String,
    repository: Repository,
    /// What happened to an installation of a GitHub App.
    action: String,
    installation: Installation,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Installation {
    id: u64,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Repository {
    full_name: String,
}

/// A connection whose secret the signature was made with.
struct Target {
    org: Uuid,
    connection: Uuid,
    project: Uuid,
    branch: String,
}

pub(super) fn aad(org: Uuid, connection: Uuid) -> String {
    keys::aad("factory.codebase_connections", org, &connection.to_string())
}

/// Is this the signature of these bytes? Takes as long whatever is wrong with it.
pub fn signed(secret: &str, body: &[u8], signature: &str) -> bool {
    let made = format!("sha256={}", hmac_hex(secret.as_bytes(), body));
    same_secret(made.as_bytes(), signature.trim().as_bytes())
}

/// Takes a webhook; answers what came of it. 401 when nobody's secret made its signature.
pub async fn receive(app: &App, hook: Incoming<'_>) -> Result<&'static str, Fault> {
    if hook.delivery.is_empty() || hook.delivery.len() > 255 || hook.event.is_empty() || hook.event.len() > 100 {
        return Err(Fault::new(Code::Validation, "The headers X-GitHub-Delivery and X-GitHub-Event are missing."));
    }
    // What cannot be read names no repository: then only the installation's secret can have signed it.
    let body: Body = serde_json::from_slice(hook.body).unwrap_or_default();
    let everybody = app.config.git.webhook_secret.as_ref().is_some_and(|secret| signed(secret.expose(), hook.body, hook.signature));
    if hook.event == "installation" && everybody {
        let known = github_app::changed(app, body.installation.id, &body.action).await?;
        let outcome = if known { "the installation is followed" } else { "ignored: unknown installation" };
        let taken = take(app.db.pool(), &hook, None, outcome).await?;
        return Ok(if taken { outcome } else { "ignored: known already" });
    }
    let targets = targets(app, &hook, &body.repository.full_name, everybody).await?;
    if targets.is_empty() && !everybody {
        return Err(Fault::new(Code::Unauthenticated, "The signature of this webhook does not fit."));
    }
    let pushed = if hook.event == "push" { body.reference.strip_prefix("refs/heads/") } else { None };
    if targets.is_empty() {
        let taken = take(app.db.pool(), &hook, None, "ignored: unknown repository").await?;
        return Ok(if taken { "ignored: unknown repository" } else { "ignored: known already" });
    }
    let mut outcome = "ignored: known already";
    for (n, target) in targets.iter().enumerate() {
        let wanted = pushed == Some(target.branch.as_str());
        let what = match hook.event {
            "push" if wanted => "indexing",
            "push" => "ignored: another branch",
            "ping" => "the webhook works",
            _ => "ignored: another event",
        };
        let mut tx = TenantTx::begin(app, Actor::system(Some(target.org))).await?;
        // Noted and acted on at once: a delivery whose run was lost would never come again.
        if n == 0 && !take(tx.conn(), &hook, Some(target), what).await? {
            break;
        }
        if wanted {
            index::request(&mut tx, target.connection).await?;
        }
        tx.commit().await?;
        if n == 0 || wanted {
            outcome = what;
        }
    }
    Ok(outcome)
}

async fn targets(app: &App, hook: &Incoming<'_>, repository: &str, everybody: bool) -> Result<Vec<Target>, Fault> {
    if repository.is_empty() {
        return Ok(Vec::new());
    }
    let rows = sqlx::query!(
        r#"select organization_id as "org!", connection_id as "connection!", project_id as "project!", branch as "branch!", secret
           from factory.webhook_targets($1)"#,
        repository
    )
    .fetch_all(app.db.pool())
    .await?;
    let mut found = Vec::new();
    for row in rows {
        let own = match &row.secret {
            Some(sealed) => signed(&app.keys.open_text(&aad(row.org, row.connection), sealed)?, hook.body, hook.signature),
            None => false,
        };
        if own || everybody {
            found.push(Target { org: row.org, connection: row.connection, project: row.project, branch: row.branch });
        }
    }
    Ok(found)
}

/// Notes a delivery; false when it was noted before.
async fn take(on: impl sqlx::PgExecutor<'_>, hook: &Incoming<'_>, target: Option<&Target>, outcome: &str) -> Result<bool, Fault> {
    Ok(sqlx::query_scalar!(
        r#"select factory.webhook_take($1, $2, $3, $4, $5) as "taken!""#,
        hook.delivery,
        hook.event,
        target.map(|t| t.org),
        target.map(|t| t.project),
        outcome
    )
    .fetch_one(on)
    .await?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a20_15_a_signature_is_checked_over_the_raw_bytes() {
        let (secret, body) = ("s3cret", br#"{"zen":"ok"}"#);
        let signature = "sha256=e783d601aedcf89273a3ee81436eb2a40ed376765bd34c7a7e40d0cecba9a6c3";
        assert!(signed(secret, body, signature));
        assert!(!signed(secret, body, &signature.replace("e783", "e784")));
        assert!(!signed(secret, br#"{"zen":"oK"}"#, signature));
        assert!(!signed(secret, br#"{"zen": "ok"}"#, signature));
        assert!(!signed(secret, body, signature.trim_start_matches("sha256=")));
        assert!(!signed(secret, body, ""));
    }
}
