//! The transaction of the platform's pages: role `app_admin`, opened only for a platform admin.
use chrono::{DateTime, Utc};
use kernel::{
    Code, Fault, Perm,
    access::{Actor, ActorKind},
    app::App,
    audit::Audit,
    db::TenantTx,
    request::Request,
};
use sqlx::{PgConnection, Postgres, Transaction};
use uuid::Uuid;

/// A transaction of the platform admin; what is not committed is rolled back.
pub struct AdminTx {
    tx: Transaction<'static, Postgres>,
    app: App,
    actor: Actor,
}

impl AdminTx {
    /// 401 for visitors, 403 (audited) for everybody who does not administer the installation.
    pub async fn begin(request: &Request) -> Result<Self, Fault> {
        let app = request.app().clone();
        let session = request.require_session().await?;
        let person = Actor { org: None, role: None, grants: Vec::new(), ..session.actor(request.info().clone()) };
        if !session.is_platform_admin || session.deletion_at.is_some() {
            refuse(&app, person.clone()).await?;
            person.require(Perm::Platform)?;
            return Err(Fault::new(Code::Forbidden, "This account is about to be deleted. Cancel the deletion to go on."));
        }
        let tx = app.db.begin_admin().await?;
        Ok(Self { tx, app, actor: Actor { kind: ActorKind::PlatformAdmin, ..person } })
    }

    pub fn conn(&mut self) -> &mut PgConnection {
        &mut self.tx
    }

    pub fn app(&self) -> &App {
        &self.app
    }

    pub fn now(&self) -> DateTime<Utc> {
        self.app.clock.now()
    }

    /// The person who acts.
    pub fn user(&self) -> Result<Uuid, Fault> {
        self.actor.user()
    }

    /// 403 `reauth_required` unless the person proved who they are within 10 minutes.
    pub fn require_reauth(&self) -> Result<(), Fault> {
        self.actor.require_reauth(self.now())
    }

    /// Writes a line into the log of the installation.
    pub async fn audit(&mut self, entry: Audit) -> Result<(), Fault> {
        entry.write(&mut self.tx, &self.actor).await
    }

    /// Writes a line into the log of the organization concerned, whose owners read it there.
    pub async fn audit_in(&mut self, org: Uuid, entry: Audit) -> Result<(), Fault> {
        let actor = Actor { org: Some(org), ..self.actor.clone() };
        entry.write(&mut self.tx, &actor).await
    }

    pub async fn commit(self) -> Result<(), Fault> {
        Ok(self.tx.commit().await?)
    }
}

async fn refuse(app: &App, person: Actor) -> Result<(), Fault> {
    let mut tx = TenantTx::begin(app, person).await?;
    let meta = serde_json::json!({ "permission": Perm::Platform.name() });
    tx.audit(Audit::new("access.denied").failure().warning().meta(meta)).await?;
    tx.commit().await
}
