//! Lists and the check of the chain.
use super::{AuditQuery, AuditRow, ChainReport, RESULTS, SEVERITIES};
use crate::admin::AdminTx;
use chrono::{DateTime, Utc};
use kernel::{
    Fault, Perm,
    access::Actor,
    db::TenantTx,
    record::{Cursor, Paged},
    request::Request,
};
use uuid::Uuid;

pub(super) type Position = Option<(DateTime<Utc>, i64)>;

fn position(query: &AuditQuery) -> Result<Position, Fault> {
    Ok(Cursor::<(DateTime<Utc>, i64)>::of(&query.page)?.map(|cursor| cursor.key))
}

fn cursor(row: &AuditRow) -> Cursor<(DateTime<Utc>, i64)> {
    Cursor::new((row.created_at, row.id), Uuid::nil())
}

/// Refuses filters that name nothing, so that a mistyped link does not look like an empty log.
fn check(query: &AuditQuery) -> Result<(), Fault> {
    let known = |field: &str, value: &str, of: &[&str]| match value.is_empty() || of.contains(&value) {
        true => Ok(()),
        false => Err(Fault::field(field, format!("must be one of {}", of.join(", ")))),
    };
    known("result", &query.result, RESULTS)?;
    known("severity", &query.severity, SEVERITIES)
}

/// Members see at least what they did themselves; a key needs its scope even for that.
pub(super) fn may_look(actor: &Actor) -> Result<(), Fault> {
    actor.require(Perm::AuditRead).or_else(|missing| match actor.scopes {
        Some(_) => Err(missing),
        None => actor.require(Perm::OrgRead),
    })
}

/// The log of the organization, the newest first; members see what they did themselves.
pub async fn list(tx: &mut TenantTx, query: &AuditQuery) -> Result<Paged<AuditRow>, Fault> {
    may_look(tx.actor())?;
    check(query)?;
    let rows = select(tx, query, position(query)?, query.page.fetch()).await?;
    Ok(Paged::cut(rows, &query.page, cursor))
}

pub(super) async fn select(tx: &mut TenantTx, query: &AuditQuery, after: Position, limit: i64) -> Result<Vec<AuditRow>, Fault> {
    let org = tx.actor().org()?;
    let only = if tx.actor().may(Perm::AuditRead) { None } else { Some(tx.actor().id.unwrap_or_default()) };
    let (at, id) = after.unzip();
    Ok(sqlx::query_as!(
        AuditRow,
        r#"select l.id, l.actor_type, l.actor_id, coalesce(u.name::text, k.name) as actor, l.action, l.target_type, l.target_id, l.result,
                  l.severity, l.metadata, host(l.ip) as ip, l.user_agent, l.request_id, l.created_at, null::text as organization
           from core.audit_log l
             left join core.users u on l.actor_type in ('user', 'platform_admin') and u.id = l.actor_id
             left join core.api_keys k on l.actor_type = 'api_key' and k.id = l.actor_id
           where l.organization_id = $1 and ($2::uuid is null or l.actor_id = $2) and ($3::uuid is null or l.actor_id = $3)
             and starts_with(l.action, $4) and ($5 = '' or l.result = $5) and ($6 = '' or l.severity = $6)
             and ($7::timestamptz is null or l.created_at >= $7) and ($8::timestamptz is null or l.created_at < $8)
             and ($9::timestamptz is null or (l.created_at, l.id) < ($9, $10))
           order by l.created_at desc, l.id desc limit $11"#,
        org,
        only,
        query.actor,
        query.action,
        query.result,
        query.severity,
        query.from,
        query.to,
        at,
        id,
        limit
    )
    .fetch_all(tx.conn())
    .await?)
}

/// The log of the whole installation.
pub async fn all(request: &Request, query: &AuditQuery) -> Result<Paged<AuditRow>, Fault> {
    let mut tx = AdminTx::begin(request).await?;
    check(query)?;
    let rows = select_all(&mut tx, query, position(query)?, query.page.fetch()).await?;
    Ok(Paged::cut(rows, &query.page, cursor))
}

pub(super) async fn select_all(tx: &mut AdminTx, query: &AuditQuery, after: Position, limit: i64) -> Result<Vec<AuditRow>, Fault> {
    let (at, id) = after.unzip();
    Ok(sqlx::query_as!(
        AuditRow,
        r#"select l.id, l.actor_type, l.actor_id, coalesce(u.name::text, k.name) as actor, l.action, l.target_type, l.target_id, l.result,
                  l.severity, l.metadata, host(l.ip) as ip, l.user_agent, l.request_id, l.created_at, o.name::text as organization
           from core.audit_log l
             left join core.users u on l.actor_type in ('user', 'platform_admin') and u.id = l.actor_id
             left join core.api_keys k on l.actor_type = 'api_key' and k.id = l.actor_id
             left join core.organizations o on o.id = l.organization_id
           where ($1::uuid is null or l.actor_id = $1) and starts_with(l.action, $2) and ($3 = '' or l.result = $3)
             and ($4 = '' or l.severity = $4) and ($5::timestamptz is null or l.created_at >= $5)
             and ($6::timestamptz is null or l.created_at < $6) and ($7::timestamptz is null or (l.created_at, l.id) < ($7, $8))
           order by l.created_at desc, l.id desc limit $9"#,
        query.actor,
        query.action,
        query.result,
        query.severity,
        query.from,
        query.to,
        at,
        id,
        limit
    )
    .fetch_all(tx.conn())
    .await?)
}

fn report(checked: i64, first_bad: Option<i64>) -> ChainReport {
    let message = match first_bad {
        None if checked == 1 => "The one line is as it was written.".to_owned(),
        None => format!("All {checked} lines are as they were written."),
        Some(seq) => format!("Line {seq} was changed, removed or put in after it was written."),
    };
    ChainReport { checked, ok: first_bad.is_none(), first_bad, message }
}

/// Checks every line of the organization's log against the chain of hashes.
pub async fn verify(tx: &mut TenantTx) -> Result<ChainReport, Fault> {
    tx.require(Perm::AuditRead)?;
    let org = tx.actor().org()?;
    let row = sqlx::query!(
        r#"select core.audit_verify($1) as bad, (select count(*) from core.audit_log where organization_id = $1) as "n!""#,
        org
    )
    .fetch_one(tx.conn())
    .await?;
    Ok(report(row.n, row.bad))
}

/// Checks the chains of all organizations and of the installation.
pub async fn verify_all(request: &Request) -> Result<ChainReport, Fault> {
    let mut tx = AdminTx::begin(request).await?;
    // Organizations that are gone left their lines behind.
    let chains = sqlx::query!(r#"select organization_id as org, count(*) as "n!" from core.audit_log group by 1 order by 1"#)
        .fetch_all(tx.conn())
        .await?;
    let mut checked = 0;
    for chain in chains {
        let bad = sqlx::query_scalar!("select core.audit_verify($1)", chain.org).fetch_one(tx.conn()).await?;
        checked += chain.n;
        if let Some(seq) = bad {
            let whose = chain.org.map_or("the installation".to_owned(), |org| format!("organization {org}"));
            let message = format!("In the log of {whose}, line {seq} was changed, removed or put in after it was written.");
            return Ok(ChainReport { message, ..report(checked, Some(seq)) });
        }
    }
    Ok(report(checked, None))
}
