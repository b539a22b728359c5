//! Deleting one's account: the preview, the wish, the mailed code, the fourteen days, and the way back.
use super::{DeletionAsk, DeletionConfirm, DeletionPreview, DeletionRequest, RequestStatus, consents::note, tables::counts};
use crate::{
    links::url,
    organizations::{self, OrgListed},
};
use chrono::Duration;
use kernel::{
    Code, Fault, Perm,
    access::Role,
    audit::Audit,
    db::TenantTx,
    ids::{BASE32, hmac_hex, random_text},
    limits::{self, Rule},
    mail::{self, Mail, Message},
};
use serde_json::json;
use uuid::Uuid;

/// Between the confirmation and the end.
const WAIT_DAYS: i64 = 14;
const CODE_MINUTES: i64 = 30;

/// What a deletion would do, before anything is asked.
pub async fn deletion_preview(tx: &mut TenantTx) -> Result<DeletionPreview, Fault> {
    tx.require(Perm::SelfManage)?;
    let user = tx.actor().user()?;
    let email = sqlx::query_scalar!("select email from core.users where id = $1", user).fetch_one(tx.conn()).await?;
    let (mut goes, mut stays) = (Vec::new(), Vec::new());
    for (table, n, keep) in counts(tx.conn(), user, &email).await? {
        (if keep { &mut stays } else { &mut goes }).push((words(&table), n));
    }
    let owned = owned(tx).await?;
    Ok(DeletionPreview { email, goes, stays, organizations: owned.alone, blocked_by: owned.with_others })
}

/// "core.user_secrets" as "User secrets".
fn words(table: &str) -> String {
    let mut words = table.rsplit('.').next().unwrap_or(table).replace('_', " ");
    if let Some(first) = words.get_mut(0..1) {
        first.make_ascii_uppercase();
    }
    words
}

/// The organizations nobody else owns.
struct Owned {
    alone: Vec<OrgListed>,
    with_others: Vec<OrgListed>,
}

async fn owned(tx: &mut TenantTx) -> Result<Owned, Fault> {
    let sole = sqlx::query_scalar!(r#"select id as "id!" from core.my_organizations() where role = 'owner' and owners = 1"#)
        .fetch_all(tx.conn())
        .await?;
    let mine = organizations::mine(tx).await?.into_iter().filter(|org| org.role == Role::Owner && sole.contains(&org.id));
    let (alone, with_others) = mine.partition(|org| org.members == 1);
    Ok(Owned { alone, with_others })
}

/// The deletion that waits or has ended last.
pub async fn deletion(tx: &mut TenantTx) -> Result<Option<DeletionRequest>, Fault> {
    tx.require(Perm::SelfManage)?;
    let user = tx.actor().user()?;
    Ok(sqlx::query_as!(
        DeletionRequest,
        r#"select id, status as "status: RequestStatus", requested_at, confirmed_at, execute_after, result ->> 'error' as error
           from core.data_deletion_requests where user_id = $1 order by requested_at desc limit 1"#,
        user
    )
    .fetch_optional(tx.conn())
    .await?)
}

/// Begins a deletion and mails the code that confirms it. Asking again mails a new code.
pub async fn request_deletion(tx: &mut TenantTx, input: &DeletionAsk) -> Result<DeletionRequest, Fault> {
    tx.require(Perm::SelfManage)?;
    proven(tx).await?;
    let (user, now) = (tx.actor().user()?, tx.now());
    let me = sqlx::query!("select email, name, is_platform_admin from core.users where id = $1 for no key update", user)
        .fetch_one(tx.conn())
        .await?;
    if !input.email.trim().eq_ignore_ascii_case(&me.email) {
        return Err(Fault::field("email", "Type your email address as it stands above."));
    }
    if me.is_platform_admin {
        return Err(Fault::new(
            Code::Conflict,
            "You administer this installation. Let another administrator take this role from you first.",
        ));
    }
    may_go(tx, input.with_organizations).await?;
    let app = tx.app().clone();
    limits::take(&app, Rule::per_hour("deletion", 5), &user.to_string()).await?;
    let open = sqlx::query!(
        "select id, confirmed_at from core.data_deletion_requests where user_id = $1 and status in ('pending', 'processing')",
        user
    )
    .fetch_optional(tx.conn())
    .await?;
    if open.as_ref().is_some_and(|open| open.confirmed_at.is_some()) {
        return Err(Fault::new(Code::Conflict, "The deletion of your account is under way already."));
    }
    let options = json!({ "with_organizations": input.with_organizations });
    match open {
        Some(open) => {
            sqlx::query!("update core.data_deletion_requests set result = $2 where id = $1", open.id, options).execute(tx.conn()).await?
        }
        None => {
            sqlx::query!("insert into core.data_deletion_requests (user_id, requested_at, result) values ($1, $2, $3)", user, now, options)
                .execute(tx.conn())
                .await?
        }
    };
    let code = random_text(BASE32, 8);
    sqlx::query!(
        "update core.one_time_tokens set used_at = $2 where user_id = $1 and purpose = 'account_deletion' and used_at is null",
        user,
        now
    )
    .execute(tx.conn())
    .await?;
    sqlx::query!(
        "insert into core.one_time_tokens (user_id, purpose, token_hash, expires_at) values ($1, 'account_deletion', $2, $3)",
        user,
        hash(tx, user, &code),
        now + Duration::minutes(CODE_MINUTES)
    )
    .execute(tx.conn())
    .await?;
    let message = Message::DeletionCode { name: me.name, code, minutes: CODE_MINUTES as u32 };
    mail::enqueue(tx.conn(), Mail { org: None, to: me.email, message }).await?;
    note(tx, "deletion.requested", json!({})).await?;
    tx.audit(Audit::new("privacy.deletion_request").warning().target("user", user)).await?;
    deletion(tx).await?.ok_or_else(Fault::internal)
}

fn hash(tx: &TenantTx, user: Uuid, code: &str) -> String {
    hmac_hex(&tx.app().pepper, format!("account deletion|{user}|{}", code.trim().to_ascii_uppercase()))
}

/// A fresh proof, and the second factor where there is one.
async fn proven(tx: &mut TenantTx) -> Result<(), Fault> {
    tx.require_reauth()?;
    let (user, session) = (tx.actor().user()?, tx.actor().session);
    let half = sqlx::query_scalar!(
        r#"select exists (select from core.mfa_factors where user_id = $1 and confirmed_at is not null)
             and exists (select from core.sessions where id = $2 and mfa_at is null) as "half!""#,
        user,
        session
    )
    .fetch_one(tx.conn())
    .await?;
    match half {
        true => Err(Fault::new(Code::ReauthRequired, "Please confirm with your second factor to go on.")),
        false => Ok(()),
    }
}

/// 409 while organizations would lose their last owner, 422 without the tick for those that go too.
async fn may_go(tx: &mut TenantTx, with_organizations: bool) -> Result<(), Fault> {
    let owned = owned(tx).await?;
    let names = |orgs: &[OrgListed]| orgs.iter().map(|org| org.name.as_str()).collect::<Vec<_>>().join(", ");
    if !owned.with_others.is_empty() {
        let said = format!("You are the only owner of {}. Make somebody else an owner first.", names(&owned.with_others));
        return Err(Fault::new(Code::SoleOwner, said).with_details(json!({ "organizations": owned.with_others })));
    }
    if !owned.alone.is_empty() && !with_organizations {
        let said = format!("Nobody else is in {}. Tick that it goes too, or invite somebody.", names(&owned.alone));
        return Err(Fault::field("with_organizations", said));
    }
    Ok(())
}

/// The code from the mail: sessions and keys end now, the account in fourteen days.
pub async fn confirm_deletion(tx: &mut TenantTx, input: &DeletionConfirm) -> Result<DeletionRequest, Fault> {
    tx.require(Perm::SelfManage)?;
    proven(tx).await?;
    let (user, now) = (tx.actor().user()?, tx.now());
    let app = tx.app().clone();
    // 40 bits of code: ten tries an hour are no help.
    limits::take(&app, Rule::per_hour("deletion_code", 10), &user.to_string()).await?;
    let used = sqlx::query!(
        "update core.one_time_tokens set used_at = $3
         where user_id = $1 and purpose = 'account_deletion' and token_hash = $2 and used_at is null and expires_at > $3",
        user,
        hash(tx, user, &input.code),
        now
    )
    .execute(tx.conn())
    .await?;
    if used.rows_affected() == 0 {
        return Err(Fault::field("code", "This code is wrong or too old. Ask for a new one."));
    }
    let after = now + Duration::days(WAIT_DAYS);
    let confirmed = sqlx::query!(
        r#"update core.data_deletion_requests set confirmed_at = $2, execute_after = $3, confirmation_required = false
           where user_id = $1 and status = 'pending' and confirmed_at is null
           returning coalesce(result -> 'with_organizations' = 'true', false) as "with_organizations!""#,
        user,
        now,
        after
    )
    .fetch_optional(tx.conn())
    .await?
    .ok_or_else(|| Fault::new(Code::InvalidTransition, "There is no deletion to confirm."))?;
    // Members may have come or gone since the wish.
    may_go(tx, confirmed.with_organizations).await?;
    want(tx, true).await?;
    let person = sqlx::query!("select email, name from core.users where id = $1", user).fetch_one(tx.conn()).await?;
    let message = Message::DeletionScheduled { name: person.name, on: after, link: url(&app, "/login") };
    mail::enqueue(tx.conn(), Mail { org: None, to: person.email, message }).await?;
    let keys = sqlx::query!(r#"select tokens as "tokens!", keys as "keys!" from core.end_keys($1)"#, now).fetch_one(tx.conn()).await?;
    note(tx, "deletion.confirmed", json!({ "execute_after": after })).await?;
    let meta = json!({ "tokens_revoked": keys.tokens, "keys_revoked": keys.keys });
    tx.audit(Audit::new("privacy.deletion_confirm").critical().target("user", user).meta(meta)).await?;
    let request = deletion(tx).await?.ok_or_else(Fault::internal)?;
    sqlx::query!("update core.sessions set revoked_at = $2 where user_id = $1 and revoked_at is null", user, now)
        .execute(tx.conn())
        .await?;
    Ok(request)
}

/// Keeps the account. Sessions and keys that ended stay ended.
pub async fn cancel_deletion(tx: &mut TenantTx) -> Result<(), Fault> {
    tx.require(Perm::SelfManage)?;
    let (user, now) = (tx.actor().user()?, tx.now());
    let cancelled = sqlx::query!(
        "update core.data_deletion_requests set status = 'cancelled', completed_at = $2 where user_id = $1 and status = 'pending'",
        user,
        now
    )
    .execute(tx.conn())
    .await?;
    if cancelled.rows_affected() == 0 {
        return Err(Fault::new(Code::InvalidTransition, "There is no deletion that could be cancelled."));
    }
    want(tx, false).await?;
    note(tx, "deletion.cancelled", json!({})).await?;
    tx.audit(Audit::new("privacy.deletion_cancel").warning().target("user", user)).await
}

async fn want(tx: &mut TenantTx, deleted: bool) -> Result<(), Fault> {
    let user = tx.actor().user()?;
    sqlx::query!(
        "insert into core.user_privacy_settings (user_id, right_to_be_deleted_requested) values ($1, $2)
         on conflict (user_id) do update set right_to_be_deleted_requested = excluded.right_to_be_deleted_requested",
        user,
        deleted
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}
