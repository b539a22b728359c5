//! Listing members, changing roles, removing.
use super::{Member, MemberMay, MemberQuery, RoleChange, Seats};
use crate::{
    notifications::{NewNotice, NoticeType, notify},
    organizations::{end_access, keep_an_owner, last_owner, settings_of},
};
use kernel::{
    Code, Fault, Perm,
    access::Role,
    audit::Audit,
    db::TenantTx,
    record::{Cursor, Paged},
};
use serde_json::json;
use uuid::Uuid;

/// The members by name; their addresses, factors and last visits only for those who manage them.
pub async fn list(tx: &mut TenantTx, query: &MemberQuery) -> Result<Paged<Member>, Fault> {
    tx.require(Perm::OrgRead)?;
    let after = Cursor::<String>::of(&query.page)?;
    let (after_name, after_id) = after.map(|c| (c.key, c.id)).unzip();
    let members = select(tx, None, &query.search, query.role, after_name.as_deref(), after_id, query.page.fetch()).await?;
    Ok(Paged::cut(members, &query.page, |m| Cursor::new(m.name.to_lowercase(), m.id)))
}

async fn select(
    tx: &mut TenantTx,
    one: Option<Uuid>,
    search: &str,
    role: Option<Role>,
    after_name: Option<&str>,
    after_id: Option<Uuid>,
    limit: i64,
) -> Result<Vec<Member>, Fault> {
    let (org, me) = (tx.actor().org()?, tx.actor().user);
    let manages = tx.actor().may(Perm::MembersManage);
    let viewer = tx.actor().role.filter(|_| manages).unwrap_or(Role::Member);
    let rows = sqlx::query!(
        r#"select m.id, m.user_id, u.name, u.email, u.avatar_url, m.role as "role: Role", m.created_at,
                  s.last_seen_at as "last_seen_at?", s.has_mfa as "has_mfa?",
                  (m.role = 'owner' and not exists (select from core.memberships x
                     where x.org_id = m.org_id and x.role = 'owner' and x.id <> m.id)) as "last_owner!"
           from core.memberships m join core.users u on u.id = m.user_id
             left join core.member_security() s on s.user_id = m.user_id
           where m.org_id = $1 and ($2::uuid is null or m.id = $2)
             and ($3 = '' or position(lower($3) in lower(u.name)) > 0 or $8 and position(lower($3) in lower(u.email)) > 0)
             and ($4::text is null or m.role = $4)
             and ($5::text is null or (lower(u.name), m.id) > ($5, $6))
           order by lower(u.name), m.id limit $7"#,
        org,
        one,
        search.trim(),
        role.map(Role::as_str),
        after_name,
        after_id,
        limit,
        manages
    )
    .fetch_all(tx.conn())
    .await?;
    let members = rows.into_iter().map(|row| {
        let is_you = Some(row.user_id) == me;
        Member {
            id: row.id,
            user_id: row.user_id,
            name: row.name,
            email: (manages || is_you).then_some(row.email),
            avatar_url: row.avatar_url,
            role: row.role,
            joined_at: row.created_at,
            last_seen_at: row.last_seen_at.filter(|_| manages),
            has_mfa: row.has_mfa.filter(|_| manages),
            is_you,
            may: MemberMay::of(viewer, row.role, is_you, row.last_owner),
        }
    });
    Ok(members.collect())
}

/// How many seats are taken.
pub async fn seats(tx: &mut TenantTx) -> Result<Seats, Fault> {
    tx.require(Perm::OrgRead)?;
    let limit = settings_of(tx).await?.seat_limit;
    let org = tx.actor().org()?;
    let now = tx.now();
    let row = sqlx::query!(
        r#"select (select count(*) from core.memberships where org_id = $1) as "members!",
                  (select count(*) from core.invitations where status = 'pending' and expires_at > $2) as "pending!""#,
        org,
        now
    )
    .fetch_one(tx.conn())
    .await?;
    Ok(Seats { members: row.members, pending: row.pending, limit })
}

/// A membership, locked until the work ends.
struct Locked {
    user_id: Uuid,
    role: Role,
}

async fn lock(tx: &mut TenantTx, id: Uuid) -> Result<Locked, Fault> {
    let org = tx.actor().org()?;
    sqlx::query_as!(
        Locked,
        // Without "for update": row security hides owners from the locks of admins, and they need a better answer than 404.
        r#"select user_id, role as "role: Role" from core.memberships where id = $1 and org_id = $2"#,
        id,
        org
    )
    .fetch_optional(tx.conn())
    .await?
    .ok_or_else(|| Fault::not_found("The member"))
}

/// Gives a member another role: admins between member and admin, owners also owner.
pub async fn change_role(tx: &mut TenantTx, input: &RoleChange) -> Result<Member, Fault> {
    tx.require(Perm::MembersManage)?;
    let org = tx.actor().org()?;
    let target = lock(tx, input.member_id).await?;
    if input.role == Role::Owner || target.role == Role::Owner {
        tx.require(Perm::OrgSecurity)?;
    }
    if Some(target.user_id) == tx.actor().user && tx.actor().role != Some(Role::Owner) {
        return Err(Fault::new(Code::Forbidden, "You cannot change your own role. Ask another admin or an owner."));
    }
    if input.role == Role::Owner {
        tx.require_reauth()?;
    }
    if target.role == Role::Owner && input.role != Role::Owner {
        keep_an_owner(tx.conn(), org, target.user_id).await?;
    }
    if target.role != input.role {
        let changed =
            sqlx::query!("update core.memberships set role = $3 where id = $1 and org_id = $2", input.member_id, org, input.role.as_str())
                .execute(tx.conn())
                .await;
        if last_owner(changed)?.rows_affected() == 0 {
            return Err(Fault::not_found("The member"));
        }
        if Some(target.user_id) != tx.actor().user {
            let notice =
                NewNotice::new(target.user_id, NoticeType::System, "core.role", format!("Your role is now {}", input.role.as_str()));
            notify(tx, notice).await?;
        }
        let meta = json!({ "from": target.role, "to": input.role });
        tx.audit(Audit::new("member.role").warning().target("user", target.user_id).meta(meta)).await?;
    }
    let found = select(tx, Some(input.member_id), "", None, None, None, 1).await?;
    found.into_iter().next().ok_or_else(|| Fault::not_found("The member"))
}

/// Takes a member out: their organization keys end, and no session or token of theirs reaches this organization any more.
pub async fn remove(tx: &mut TenantTx, member_id: Uuid) -> Result<(), Fault> {
    tx.require(Perm::MembersManage)?;
    let org = tx.actor().org()?;
    let target = lock(tx, member_id).await?;
    if Some(target.user_id) == tx.actor().user {
        return Err(Fault::new(Code::Forbidden, "To take yourself out, leave the organization."));
    }
    if target.role == Role::Owner {
        tx.require(Perm::OrgSecurity)?;
        keep_an_owner(tx.conn(), org, target.user_id).await?;
    }
    let name = sqlx::query_scalar!("select name from core.organizations where id = $1", org).fetch_one(tx.conn()).await?;
    let notice = NewNotice::new(target.user_id, NoticeType::System, "core.removed", format!("You are no longer a member of {name}"));
    // While still a member: later nobody of the organization could reach them.
    notify(tx, notice).await?;
    let gone = sqlx::query!("delete from core.memberships where id = $1 and org_id = $2", member_id, org).execute(tx.conn()).await;
    if last_owner(gone)?.rows_affected() == 0 {
        return Err(Fault::not_found("The member"));
    }
    let keys = end_access(tx, target.user_id).await?;
    tx.audit(Audit::new("member.remove").warning().target("user", target.user_id).meta(json!({ "keys_revoked": keys }))).await
}
