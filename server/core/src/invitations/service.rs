//! Inviting, sending again, revoking.
use super::{Invitation, InvitationStatus, InviteRole, Invited, NewInvitation};
use crate::{
    fields::{clean_email, domain_of},
    links::url,
    members::seats,
    organizations::settings_of,
};
use chrono::{DateTime, Duration, Utc};
use garde::Validate;
use kernel::{
    Code, Fault, Perm,
    audit::Audit,
    db::TenantTx,
    ids::{sha256_hex, token},
    limits::{self, Rule},
    mail::{self, Mail, Message},
    record::{Cursor, PageRequest, Paged},
};
use uuid::Uuid;

/// Invitations live this many days.
const DAYS: i64 = 7;

/// Invites an address; one that waits already is sent again with a new link.
pub async fn invite(tx: &mut TenantTx, input: &NewInvitation) -> Result<Invited, Fault> {
    tx.require(Perm::MembersManage)?;
    input.validate()?;
    let email = clean_email(&input.email);
    let (inviter, org) = (verified(tx).await?, tx.actor().org()?);
    let settings = settings_of(tx).await?;
    let domain = domain_of(&email);
    if !settings.allowed_email_domains.is_empty() && !settings.allowed_email_domains.iter().any(|d| d.eq_ignore_ascii_case(domain)) {
        let allowed = settings.allowed_email_domains.join(", ");
        return Err(Fault::field("email", format!("This organization invites only addresses of {allowed}.")));
    }
    let state = sqlx::query!(
        r#"select exists (select from core.memberships m join core.users u on u.id = m.user_id
                    where m.org_id = $1 and lower(u.email) = $2) as "member!",
                  exists (select from core.invitations where status = 'pending' and lower(email) = $2) as "pending!""#,
        org,
        email
    )
    .fetch_one(tx.conn())
    .await?;
    if state.member {
        let said = "This person is a member already.";
        return Err(Fault::new(Code::Conflict, said).and_field("email", said));
    }
    let seats = seats(tx).await?;
    if !state.pending && seats.limit.is_some_and(|limit| seats.members + seats.pending >= i64::from(limit)) {
        return Err(no_seat(seats.limit.unwrap_or_default()));
    }
    limit(tx, org).await?;
    let (link, expires) = (token(), tx.now() + Duration::days(DAYS));
    let id = sqlx::query_scalar!(
        "insert into core.invitations (email, role, token_hash, invited_by, expires_at) values ($1, $2, $3, $4, $5)
         on conflict (organization_id, lower(email)) where status = 'pending' do update
           set role = excluded.role, token_hash = excluded.token_hash, invited_by = excluded.invited_by, expires_at = excluded.expires_at
         returning id",
        email,
        input.role.as_str(),
        sha256_hex(&link),
        inviter.id,
        expires
    )
    .fetch_one(tx.conn())
    .await?;
    send(tx, &inviter.name, &email, input.role, &link).await?;
    let action = if state.pending { "invitation.resend" } else { "member.invite" };
    let meta = serde_json::json!({ "role": input.role });
    tx.audit(Audit::new(action).target("invitation", id).meta(meta)).await?;
    Ok(Invited { invitation: one(tx, id).await?, resent: state.pending })
}

pub(super) fn no_seat(limit: u32) -> Fault {
    let seats = if limit == 1 { "seat is" } else { "seats are" };
    Fault::new(Code::SeatLimit, format!("All {limit} {seats} taken. Remove a member or raise the limit in the settings."))
}

struct Inviter {
    id: Uuid,
    name: String,
}

/// Only people who confirmed their own address may write to others in the organization's name.
async fn verified(tx: &mut TenantTx) -> Result<Inviter, Fault> {
    let id = tx.actor().user()?;
    let me = sqlx::query!("select name, email_verified from core.users where id = $1", id).fetch_one(tx.conn()).await?;
    match me.email_verified {
        true => Ok(Inviter { id, name: me.name }),
        false => Err(Fault::new(Code::Forbidden, "Confirm your own email address first: the link is in your mail.")),
    }
}

/// 50 a day in an organization, sent again or not.
async fn limit(tx: &TenantTx, org: Uuid) -> Result<(), Fault> {
    let app = tx.app();
    limits::take(app, Rule::per_day("invite", app.config.limits.invitations_per_day), &org.to_string()).await?;
    Ok(())
}

async fn send(tx: &mut TenantTx, inviter: &str, email: &str, role: InviteRole, link: &str) -> Result<(), Fault> {
    let org = tx.actor().org()?;
    let organization = sqlx::query_scalar!("select name from core.organizations where id = $1", org).fetch_one(tx.conn()).await?;
    let message = Message::Invite {
        inviter: inviter.to_owned(),
        organization,
        role: role.as_str().to_owned(),
        link: url(tx.app(), &format!("/invite/{link}")),
        days: DAYS as u32,
    };
    mail::enqueue(tx.conn(), Mail { org: Some(org), to: email.to_owned(), message }).await?;
    Ok(())
}

/// Invitations of one state, the newest first; pending unless asked otherwise.
pub async fn list(tx: &mut TenantTx, status: Option<InvitationStatus>, page: &PageRequest) -> Result<Paged<Invitation>, Fault> {
    tx.require(Perm::MembersManage)?;
    let after = Cursor::<DateTime<Utc>>::of(page)?;
    let (at, id) = after.map(|c| (c.key, c.id)).unzip();
    let rows = sqlx::query_as!(
        Invitation,
        r#"select i.id, i.email, i.role as "role: InviteRole", i.status as "status: InvitationStatus", u.name as "invited_by?",
                  i.expires_at, i.created_at
           from core.invitations i left join core.users u on u.id = i.invited_by
           where i.status = $1 and ($2::timestamptz is null or (i.created_at, i.id) < ($2, $3))
           order by i.created_at desc, i.id desc limit $4"#,
        status.unwrap_or(InvitationStatus::Pending).as_str(),
        at,
        id,
        page.fetch()
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(Paged::cut(rows, page, |row| Cursor::new(row.created_at, row.id)))
}

async fn one(tx: &mut TenantTx, id: Uuid) -> Result<Invitation, Fault> {
    sqlx::query_as!(
        Invitation,
        r#"select i.id, i.email, i.role as "role: InviteRole", i.status as "status: InvitationStatus", u.name as "invited_by?",
                  i.expires_at, i.created_at
           from core.invitations i left join core.users u on u.id = i.invited_by where i.id = $1"#,
        id
    )
    .fetch_optional(tx.conn())
    .await?
    .ok_or_else(|| Fault::not_found("The invitation"))
}

/// The invitation, locked, if it may become `next`.
async fn lock(tx: &mut TenantTx, id: Uuid, next: InvitationStatus) -> Result<(String, InviteRole), Fault> {
    let row = sqlx::query!(
        r#"select email, role as "role: InviteRole", status as "status: InvitationStatus" from core.invitations
           where id = $1 for no key update"#,
        id
    )
    .fetch_optional(tx.conn())
    .await?
    .ok_or_else(|| Fault::not_found("The invitation"))?;
    match row.status.may_become(next) {
        true => Ok((row.email, row.role)),
        false => Err(Fault::new(Code::InvalidTransition, format!("This invitation is {} already.", row.status.as_str()))),
    }
}

/// Sends a pending invitation again: a new link for seven more days, the old one ends.
pub async fn resend(tx: &mut TenantTx, id: Uuid) -> Result<Invitation, Fault> {
    tx.require(Perm::MembersManage)?;
    let inviter = verified(tx).await?;
    let org = tx.actor().org()?;
    let (email, role) = lock(tx, id, InvitationStatus::Accepted).await?;
    limit(tx, org).await?;
    let (link, expires) = (token(), tx.now() + Duration::days(DAYS));
    sqlx::query!(
        "update core.invitations set token_hash = $2, expires_at = $3, invited_by = $4 where id = $1",
        id,
        sha256_hex(&link),
        expires,
        inviter.id
    )
    .execute(tx.conn())
    .await?;
    send(tx, &inviter.name, &email, role, &link).await?;
    tx.audit(Audit::new("invitation.resend").target("invitation", id)).await?;
    one(tx, id).await
}

/// Takes a pending invitation back: its link is dead from now on.
pub async fn revoke(tx: &mut TenantTx, id: Uuid) -> Result<(), Fault> {
    tx.require(Perm::MembersManage)?;
    lock(tx, id, InvitationStatus::Revoked).await?;
    sqlx::query!("update core.invitations set status = 'revoked' where id = $1", id).execute(tx.conn()).await?;
    tx.audit(Audit::new("invitation.revoke").target("invitation", id)).await
}
