//! Who may open a document, and whether they still may.
use crate::{Collab, awareness::Person, frame::Mode};
use kernel::{
    Code, Fault,
    access::{Actor, Perm},
    app::App,
    db::TenantTx,
    request::Request,
};
use uuid::Uuid;

/// Whose rights may have changed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Recheck {
    Session(Uuid),
    Document(Uuid),
    All,
}

/// A person who may open a document.
#[derive(Clone)]
pub struct Seat {
    pub(crate) collab: Collab,
    pub(crate) actor: Actor,
    pub(crate) person: Person,
    pub(crate) org: Uuid,
    pub(crate) document: Uuid,
    pub(crate) mode: Mode,
}

impl Seat {
    /// The seat of whoever makes this request: 401 without a session, 404 for documents of others and for what is no id.
    pub async fn take(request: &Request, document: &str) -> Result<Self, Fault> {
        if request.key().is_some() {
            return Err(Fault::new(Code::Forbidden, "Live editing is for people. Sign in as a person."));
        }
        let session = request.require_session().await?;
        let nothing = || Fault::not_found("The document");
        let document: Uuid = document.parse().map_err(|_| nothing())?;
        let home = sqlx::query_scalar!("select factory.collab_home($1)", document).fetch_one(request.app().db.pool()).await?;
        let slug = session.organizations.iter().find(|org| Some(org.id) == home).map(|org| org.slug.clone()).ok_or_else(nothing)?;
        let actor = request.in_org(&slug).member().await?;
        actor.require(Perm::FactoryRead)?;
        let org = actor.org()?;
        let mode = match standing(request.app(), &actor, document).await? {
            Standing::May(mode) => mode,
            Standing::Deleted => return Err(Fault::new(Code::Gone, "The document was deleted.")),
            Standing::Nothing | Standing::SignedOut => return Err(nothing()),
        };
        let collab = Collab::of(request.app())
            .ok_or_else(|| Fault::new(Code::Unavailable, "Live editing is not running in this process. Try again in a moment."))?;
        let person = Person { id: session.user_id, name: session.name.clone() };
        Ok(Self { collab, actor, person, org, document, mode })
    }

    pub(crate) fn concerns(&self, whom: Recheck) -> bool {
        match whom {
            Recheck::Session(session) => self.actor.session == Some(session),
            Recheck::Document(document) => self.document == document,
            Recheck::All => true,
        }
    }

    /// What the person may do by now. Reading it does not count as a visit: an open page must not keep an
    /// idle session from ending.
    pub(crate) async fn again(&self) -> Result<Standing, Fault> {
        let app = &self.collab.0.app;
        let mut tx = TenantTx::read(app, self.actor.clone()).await?;
        let now = tx.now();
        let found = sqlx::query!(
            r#"select exists (select from core.sessions where id = $1 and revoked_at is null and expires_at > $2) as "signed_in!",
                 exists (select from core.memberships m where m.org_id = $3 and m.user_id = $4 and m.role = $5)
                 and exists (select from core.organizations o where o.id = $3 and o.suspended_at is null) as "member!""#,
            self.actor.session,
            now,
            self.org,
            self.actor.user,
            self.actor.role.map(|role| role.as_str())
        )
        .fetch_one(tx.conn())
        .await?;
        drop(tx);
        match (found.signed_in, found.member) {
            (false, _) => Ok(Standing::SignedOut),
            (_, false) => Ok(Standing::Nothing),
            _ => standing(app, &self.actor, self.document).await,
        }
    }
}

/// What somebody may do with a document.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Standing {
    May(Mode),
    Deleted,
    Nothing,
    SignedOut,
}

/// Read-only: without the right to write, and in an archived project.
async fn standing(app: &App, actor: &Actor, document: Uuid) -> Result<Standing, Fault> {
    let mut tx = TenantTx::read(app, actor.clone()).await?;
    let found = sqlx::query!(
        r#"select d.deleted_at is not null as "deleted!", p.archived_at is not null as "archived!"
           from factory.documents d join factory.projects p on p.id = d.project_id where d.id = $1"#,
        document
    )
    .fetch_optional(tx.conn())
    .await?;
    Ok(match found {
        None => Standing::Nothing,
        Some(found) if found.deleted => Standing::Deleted,
        Some(found) if found.archived || !actor.may(Perm::FactoryWrite) => Standing::May(Mode::ReadOnly),
        Some(_) => Standing::May(Mode::ReadWrite),
    })
}
