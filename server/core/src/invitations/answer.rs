//! What the invited person does with the link: look, join with a new account, accept with one they have, ask again.
use super::{InvitationJoin, InvitationLook, InvitationStatus, InviteRole, Joined, service::no_seat};
use crate::{
    notifications::{NewNotice, NoticeType, notify},
    organizations::settings_of,
    passwords,
};
use chrono::{DateTime, Utc};
use garde::Validate;
use kernel::{
    Code, Fault,
    access::{Actor, Role},
    app::App,
    audit::Audit,
    db::TenantTx,
    fault::OnConstraint,
    ids::sha256_hex,
    limits::{self, Rule},
    request::Request,
};
use uuid::Uuid;

/// An invitation that is still good.
struct Open {
    id: Uuid,
    organization_id: Uuid,
    organization_name: String,
    organization_slug: String,
    logo_url: Option<String>,
    email: String,
    role: InviteRole,
    status: InvitationStatus,
    expires_at: DateTime<Utc>,
    inviter_name: String,
    has_account: bool,
}

/// 404 for a link that never was; 410 for one that was used, revoked or has expired.
async fn open(app: &App, token: &str) -> Result<Open, Fault> {
    let found = sqlx::query_as!(
        Open,
        r#"select id as "id!", organization_id as "organization_id!", organization_name as "organization_name!",
                  organization_slug as "organization_slug!", logo_url, email as "email!", role as "role!: InviteRole",
                  status as "status!: InvitationStatus", expires_at as "expires_at!", inviter_name as "inviter_name!",
                  has_account as "has_account!" from core.invitation($1)"#,
        sha256_hex(token)
    )
    .fetch_optional(app.db.pool())
    .await?
    .ok_or_else(|| Fault::not_found("The invitation"))?;
    let over = match found.status {
        InvitationStatus::Accepted => "This invitation was accepted already. Sign in to go on.",
        InvitationStatus::Revoked => "This invitation was taken back. Ask for a new one.",
        InvitationStatus::Expired => "This invitation has expired. Ask for a new one.",
        InvitationStatus::Pending if found.expires_at <= app.clock.now() => "This invitation has expired. Ask for a new one.",
        InvitationStatus::Pending => return Ok(found),
    };
    Err(Fault::new(Code::Gone, over))
}

/// What the page of the link shows.
pub async fn look(request: &Request, token: &str) -> Result<InvitationLook, Fault> {
    let found = open(request.app(), token).await?;
    let signed_in_as = request.session().await?.map(|session| session.email.clone());
    let wrong_account = signed_in_as.as_ref().is_some_and(|email| !email.eq_ignore_ascii_case(&found.email));
    Ok(InvitationLook {
        organization: found.organization_name,
        slug: found.organization_slug,
        logo_url: found.logo_url,
        inviter: Some(found.inviter_name),
        role: found.role,
        email: found.email,
        expires_at: found.expires_at,
        has_account: found.has_account,
        signed_in_as,
        wrong_account,
    })
}

/// "Send a new one" on a dead link: tells who had sent it. Answers the same whatever the link was.
pub async fn ask_again(request: &Request, token: &str) -> Result<(), Fault> {
    let app = request.app();
    let hash = sha256_hex(token);
    limits::take(app, Rule::per_hour("invite_again", 3), &hash).await?;
    let inviter = sqlx::query!(
        r#"select user_id as "user_id!", organization_id as "organization_id!", invitation_id as "invitation_id!" from core.inviter($1)"#,
        hash
    )
    .fetch_optional(app.db.pool())
    .await?;
    let Some(inviter) = inviter else {
        return Ok(());
    };
    let actor = Actor { request: request.info().clone(), ..Actor::system(Some(inviter.organization_id)) };
    let mut tx = TenantTx::begin(app, actor).await?;
    let notice = NewNotice {
        body: Some("The link you sent does not work any more. Invite them again if they are still welcome.".to_owned()),
        href: Some("/settings/members".to_owned()),
        dedupe_key: Some(format!("invite_again:{}", inviter.invitation_id)),
        ..NewNotice::new(inviter.user_id, NoticeType::Info, "core.invite_again", "Somebody you invited asks for a new link".to_owned())
    };
    notify(&mut tx, notice).await?;
    tx.commit().await
}

/// Makes an account for the invited address and joins. The link was mailed there, so the address counts as confirmed.
/// The caller then opens a session for the person.
pub async fn join(request: &Request, input: &InvitationJoin) -> Result<Joined, Fault> {
    let keep = |fault: Fault| fault.keeping([("token", input.token.as_str()), ("name", input.name.as_str())]);
    input.validate().map_err(|report| keep(report.into()))?;
    let app = request.app();
    let found = open(app, &input.token).await?;
    let exists = || Fault::new(Code::Conflict, "This address has an account already. Sign in to accept the invitation.");
    if found.has_account {
        return Err(exists());
    }
    let name = input.name.trim();
    passwords::check("password", &input.password, &found.email, name).map_err(keep)?;
    let hash = passwords::hash(app, &input.password).await?;
    let actor = Actor { request: request.info().clone(), ..Actor::system(Some(found.organization_id)) };
    let mut tx = TenantTx::begin(app, actor).await?;
    let user = sqlx::query_scalar!(r#"select core.create_user($1, $2, $3, true) as "id!""#, found.email, name, hash)
        .fetch_one(tx.conn())
        .await
        .on_constraint("users_email_key", exists)?;
    let joined = enter(&mut tx, &found, user, name).await?;
    tx.commit().await?;
    Ok(joined)
}

/// The signed-in person joins; 403 `wrong_account` when the invitation is for another address.
pub async fn accept(request: &Request, token: &str) -> Result<Joined, Fault> {
    let session = request.require_session().await?;
    let found = open(request.app(), token).await?;
    if !session.email.eq_ignore_ascii_case(&found.email) {
        let said = format!("This invitation is for another address. You are signed in as {}.", session.email);
        return Err(Fault::new(Code::WrongAccount, said));
    }
    // An address that was never confirmed proves nothing about who reads the mails that go there.
    if !session.email_verified {
        return Err(Fault::new(Code::Forbidden, "Confirm your email address first: the link is in your mail."));
    }
    let actor = Actor { request: request.info().clone(), ..Actor::system(Some(found.organization_id)) };
    let mut tx = TenantTx::begin(request.app(), actor).await?;
    let joined = enter(&mut tx, &found, session.user_id, &session.name).await?;
    tx.commit().await?;
    Ok(joined)
}

/// Uses the invitation up and makes the membership. Of two who use the link at once, one gets 410.
async fn enter(tx: &mut TenantTx, found: &Open, user: Uuid, name: &str) -> Result<Joined, Fault> {
    let now = tx.now();
    let used = sqlx::query!(
        "update core.invitations set status = 'accepted', accepted_by = $2, accepted_at = $3 where id = $1 and status = 'pending'
         returning invited_by",
        found.id,
        user,
        now
    )
    .fetch_optional(tx.conn())
    .await?
    .ok_or_else(|| Fault::new(Code::Gone, "This invitation was used already."))?;
    seat(tx, found.organization_id).await?;
    sqlx::query!(
        "insert into core.memberships (user_id, org_id, role) values ($1, $2, $3)",
        user,
        found.organization_id,
        Role::from(found.role).as_str()
    )
    .execute(tx.conn())
    .await
    .on_constraint("memberships_user_id_org_id_key", || Fault::new(Code::Conflict, "You are a member of this organization already."))?;
    let notice = NewNotice {
        href: Some("/settings/members".to_owned()),
        ..NewNotice::new(used.invited_by, NoticeType::Info, "core.joined", format!("{name} joined {}", found.organization_name))
    };
    notify(tx, notice).await?;
    tx.audit(Audit::new("member.join").target("user", user).meta(serde_json::json!({ "role": found.role, "invitation": found.id })))
        .await?;
    Ok(Joined { user_id: user, organization_id: found.organization_id, slug: found.organization_slug.clone() })
}

/// 402 when no seat is left. Whoever enters at the same moment queues at the lock.
async fn seat(tx: &mut TenantTx, org: Uuid) -> Result<(), Fault> {
    let Some(limit) = settings_of(tx).await?.seat_limit else {
        return Ok(());
    };
    sqlx::query!("select pg_advisory_xact_lock(hashtextextended('core.seats:' || $1::text, 0))", org.to_string())
        .fetch_one(tx.conn())
        .await?;
    let taken = sqlx::query_scalar!(r#"select count(*) as "n!" from core.memberships where org_id = $1"#, org).fetch_one(tx.conn()).await?;
    if taken >= i64::from(limit) { Err(no_seat(limit)) } else { Ok(()) }
}
