//! Who owns an organization, who leaves it, and its end. One owner always remains: a trigger keeps that for every writer.
use super::{OrgDelete, OrgTransfer, service::read};
use crate::notifications::{NewNotice, NoticeType, notify};
use kernel::{Code, Fault, Perm, access::Role, audit::Audit, db::TenantTx, ids};
use serde_json::json;
use sqlx::PgConnection;
use uuid::Uuid;

/// Makes another member the owner; the acting owner stays as an admin.
pub async fn transfer(tx: &mut TenantTx, input: &OrgTransfer) -> Result<(), Fault> {
    tx.require(Perm::OrgSecurity)?;
    tx.require_reauth()?;
    let me = tx.actor().user()?;
    let org = tx.actor().org()?;
    let target = sqlx::query!(
        r#"select m.user_id, m.role as "role: Role", o.name as organization
           from core.memberships m join core.organizations o on o.id = m.org_id
           where m.id = $1 and m.org_id = $2 for no key update of m"#,
        input.member_id,
        org
    )
    .fetch_optional(tx.conn())
    .await?
    .ok_or_else(|| Fault::not_found("The member"))?;
    if target.user_id == me {
        return Err(Fault::field("member_id", "You own this organization already."));
    }
    // First the new owner, then the old one: at no time is there none.
    sqlx::query!("update core.memberships set role = 'owner' where id = $1 and role <> 'owner'", input.member_id)
        .execute(tx.conn())
        .await?;
    sqlx::query!("update core.memberships set role = 'admin' where user_id = $1 and org_id = $2", me, org).execute(tx.conn()).await?;
    let notice = NewNotice {
        href: Some("/settings/general".to_owned()),
        ..NewNotice::new(target.user_id, NoticeType::System, "core.ownership", format!("You now own {}", target.organization))
    };
    notify(tx, notice).await?;
    tx.audit(Audit::new("organization.transfer").critical().target("user", target.user_id)).await
}

/// Leaves the organization; its last owner cannot.
pub async fn leave(tx: &mut TenantTx) -> Result<(), Fault> {
    tx.require(Perm::Leave)?;
    let (me, org) = (tx.actor().user()?, tx.actor().org()?);
    keep_an_owner(tx.conn(), org, me).await?;
    let gone = sqlx::query!("delete from core.memberships where user_id = $1 and org_id = $2", me, org).execute(tx.conn()).await;
    if last_owner(gone)?.rows_affected() == 0 {
        return Err(Fault::not_found("The membership"));
    }
    let keys = end_access(tx, me).await?;
    tx.audit(Audit::new("member.leave").warning().target("user", me).meta(json!({ "keys_revoked": keys }))).await
}

/// Deletes the organization: nobody reaches it from now on, and after 30 days nothing of it is left.
pub async fn delete(tx: &mut TenantTx, input: &OrgDelete) -> Result<(), Fault> {
    tx.require(Perm::OrgSecurity)?;
    tx.require_reauth()?;
    let now = tx.now();
    let org = read(tx).await?;
    if input.name.trim() != org.name {
        return Err(Fault::field("name", format!("Type “{}” to delete this organization.", org.name)));
    }
    // The slug becomes free at once; the name stays for those who ask where it went.
    let slug = format!("deleted-{}", ids::random_text(b"0123456789abcdef", 8));
    sqlx::query!("update core.organizations set deleted_at = $2, slug = $3 where id = $1", org.id, now, slug).execute(tx.conn()).await?;
    sqlx::query!("update core.api_keys set revoked_at = $1 where revoked_at is null", now).execute(tx.conn()).await?;
    sqlx::query!("update core.invitations set status = 'revoked' where status = 'pending'").execute(tx.conn()).await?;
    let others = sqlx::query_scalar!(
        "select user_id from core.memberships where org_id = $1 and user_id is distinct from $2",
        org.id,
        tx.actor().user
    )
    .fetch_all(tx.conn())
    .await?;
    for user in others {
        let notice = NewNotice {
            body: Some("Its owner deleted it. Ask them if you need something from it within 30 days.".to_owned()),
            ..NewNotice::new(user, NoticeType::System, "core.organization_deleted", format!("{} was deleted", org.name))
        };
        notify(tx, notice).await?;
    }
    tx.audit(Audit::new("organization.delete").critical().target("organization", org.id)).await
}

/// 409 `last_owner` when this person is the only owner, before the trigger says so less kindly.
pub(crate) async fn keep_an_owner(conn: &mut PgConnection, org: Uuid, user: Uuid) -> Result<(), Fault> {
    let only = sqlx::query_scalar!(
        r#"select exists (select from core.memberships where org_id = $1 and user_id = $2 and role = 'owner')
              and not exists (select from core.memberships where org_id = $1 and user_id <> $2 and role = 'owner') as "only!""#,
        org,
        user
    )
    .fetch_one(conn)
    .await?;
    if only { Err(no_owner_left()) } else { Ok(()) }
}

/// The trigger `keep_an_owner` as a fault: two owners who go at the same moment meet there.
pub(crate) fn last_owner<T>(result: Result<T, sqlx::Error>) -> Result<T, Fault> {
    kernel::fault::OnConstraint::on_constraint(result, "last_owner", no_owner_left)
}

fn no_owner_left() -> Fault {
    Fault::new(Code::LastOwner, "An organization keeps at least one owner. Make somebody else an owner first, or delete the organization.")
}

/// Ends what a person who is no longer a member had here: the organization keys they made. Their personal tokens and
/// sessions reach an organization only through a membership, so those end with it. Answers how many keys.
pub(crate) async fn end_access(tx: &mut TenantTx, user: Uuid) -> Result<u64, Fault> {
    let now = tx.now();
    let keys = sqlx::query!("update core.api_keys set revoked_at = $2 where user_id = $1 and revoked_at is null", user, now)
        .execute(tx.conn())
        .await?;
    Ok(keys.rows_affected())
}
