//! Sessions opened by other proofs, and their end.
use super::{SignedIn, second::go_on};
use crate::session_store::{self, Visitor};
use kernel::{Fault, access::Actor, audit::Audit, db::TenantTx};
use uuid::Uuid;

pub(crate) async fn as_person(v: &Visitor, user: Uuid) -> Result<TenantTx, Fault> {
    let actor = Actor { request: v.request.info().clone(), ..Actor::person(user) };
    TenantTx::begin(v.app(), actor).await
}

/// Signs in a person who has proven themselves otherwise (an accepted invitation, a confirmed address). A second
/// factor is asked for all the same.
pub async fn open_session(v: &Visitor, user: Uuid, methods: &[&str], redirect_to: Option<&str>) -> Result<SignedIn, Fault> {
    let found = crate::signin_finish::person(v.app(), user).await?;
    go_on(v, found.person, (found.has_totp, found.has_passkey), methods, redirect_to).await
}

/// Signs out: the session ends here and now, the cookie is cleared.
pub async fn sign_out(v: &Visitor) -> Result<(), Fault> {
    if let (Some(token), Some(session)) = (v.request.session_token(), v.request.session().await?) {
        let actor = session.actor(v.request.info().clone());
        let mut tx = TenantTx::begin(v.app(), actor).await?;
        sqlx::query!("select core.session_revoke($1, $2)", token, v.now()).fetch_one(tx.conn()).await?;
        let entry = Audit::new("session.sign_out").target("session", session.id);
        tx.audit(entry).await?;
        tx.commit().await?;
    }
    session_store::forget(&v.cookie).await;
    Ok(())
}
