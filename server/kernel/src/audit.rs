//! The audit log: who did what to what, from where (chapter 10, section 2.2).
use crate::{
    access::Actor,
    app::App,
    db::TenantTx,
    fault::{Code, Fault},
};
use serde_json::{Value, json};
use sqlx::PgConnection;

/// One line to be written. Metadata holds field names, never secret values.
#[derive(Clone, Debug)]
#[must_use = "an audit line is written by `tx.audit(..)`"]
pub struct Audit {
    action: &'static str,
    target: Option<(&'static str, String)>,
    success: bool,
    severity: &'static str,
    metadata: Value,
}

impl Audit {
    /// A successful action of severity `info`, such as `member.invite`.
    pub fn new(action: &'static str) -> Self {
        Self { action, target: None, success: true, severity: "info", metadata: json!({}) }
    }

    pub fn target(mut self, kind: &'static str, id: impl ToString) -> Self {
        self.target = Some((kind, id.to_string()));
        self
    }

    pub fn failure(mut self) -> Self {
        self.success = false;
        self
    }

    pub fn warning(mut self) -> Self {
        self.severity = "warning";
        self
    }

    pub fn critical(mut self) -> Self {
        self.severity = "critical";
        self
    }

    pub fn meta(mut self, metadata: Value) -> Self {
        self.metadata = metadata;
        self
    }

    /// Writes the line with the given actor; inside a tenant transaction use `tx.audit(..)`.
    pub async fn write(self, conn: &mut PgConnection, actor: &Actor) -> Result<(), Fault> {
        let (target_type, target_id) = self.target.unzip();
        sqlx::query(
            "insert into core.audit_log (organization_id, actor_type, actor_id, action, target_type, target_id, result, severity,
                metadata, ip, user_agent, request_id)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10::inet, $11, $12)",
        )
        .bind(actor.org)
        .bind(actor.kind.as_str())
        .bind(actor.id)
        .bind(self.action)
        .bind(target_type)
        .bind(target_id)
        .bind(if self.success { "success" } else { "failure" })
        .bind(self.severity)
        .bind(self.metadata)
        .bind(actor.request.ip.map(|ip| ip.to_string()))
        .bind(&actor.request.user_agent)
        .bind(&actor.request.id)
        .execute(conn)
        .await?;
        Ok(())
    }
}

/// Hands on what work came to; a refusal is noted on the way. Called when the work's own transaction has ended.
pub async fn outcome<T>(app: &App, actor: &Actor, done: Result<T, Fault>) -> Result<T, Fault> {
    if let Err(fault) = &done
        && fault.code == Code::Forbidden
    {
        note_refusal(app, actor.clone(), fault).await;
    }
    done
}

/// Notes that somebody was refused; the refused work itself was rolled back (chapter 10, section 8). A note that cannot
/// be written does not change the answer.
async fn note_refusal(app: &App, actor: Actor, fault: &Fault) {
    let entry = Audit::new("access.denied").failure().warning().meta(json!({ "permission": fault.missing_permission() }));
    let written = async {
        let mut tx = TenantTx::begin(app, actor).await?;
        tx.audit(entry).await?;
        tx.commit().await
    };
    if let Err(error) = written.await {
        tracing::warn!(%error, "a refusal could not be audited");
    }
}
