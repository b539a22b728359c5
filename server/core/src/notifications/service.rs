//! The bell: listing, reading, putting off. A person sees their own notices of all organizations.
use super::{Notice, NoticeQuery, NoticeType, Snooze, send::path};
use chrono::{DateTime, Duration, Utc};
use kernel::{
    Fault, Perm,
    db::TenantTx,
    record::{Cursor, Paged},
};
use uuid::Uuid;

/// The notices of the acting person, the newest first; those put off are not among them.
pub async fn list(tx: &mut TenantTx, query: &NoticeQuery) -> Result<Paged<Notice>, Fault> {
    tx.require(Perm::SelfManage)?;
    let (user, now) = (tx.actor().user()?, tx.now());
    let (at, id) = Cursor::<DateTime<Utc>>::of(&query.page)?.map(|c| (c.key, c.id)).unzip();
    let rows = sqlx::query!(
        r#"select n.id, n.type as topic, n.title, n.body, n.data ->> 'kind' as kind, n.data ->> 'href' as href, n.read_at, n.snoozed_until,
                  n.created_at, o.slug as "slug?"
           from core.notifications n left join core.organizations o on o.id = n.org_id and o.deleted_at is null
           where n.user_id = $1 and n.channel = 'in_app' and (n.snoozed_until is null or n.snoozed_until <= $2)
             and ($3 = false or n.read_at is null)
             and ($4::timestamptz is null or (n.created_at, n.id) < ($4, $5))
           order by n.created_at desc, n.id desc limit $6"#,
        user,
        now,
        query.unread,
        at,
        id,
        query.page.fetch()
    )
    .fetch_all(tx.conn())
    .await?;
    let notices = rows.into_iter().map(|row| Notice {
        id: row.id,
        kind: row.kind.as_deref().and_then(NoticeType::parse).unwrap_or(NoticeType::Info),
        topic: row.topic,
        title: row.title,
        body: row.body,
        href: row.href.map(|href| path(row.slug.as_deref(), Some(&href))),
        org_slug: row.slug,
        read_at: row.read_at,
        snoozed_until: row.snoozed_until,
        created_at: row.created_at,
    });
    Ok(Paged::cut(notices.collect(), &query.page, |n| Cursor::new(n.created_at, n.id)))
}

/// How many notices wait to be read: the number on the bell.
pub async fn unread(tx: &mut TenantTx) -> Result<i64, Fault> {
    tx.require(Perm::SelfManage)?;
    let (user, now) = (tx.actor().user()?, tx.now());
    Ok(sqlx::query_scalar!(
        r#"select count(*) as "n!" from core.notifications
           where user_id = $1 and read_at is null and channel = 'in_app' and (snoozed_until is null or snoozed_until <= $2)"#,
        user,
        now
    )
    .fetch_one(tx.conn())
    .await?)
}

/// Marks these as read; what is read already stays as it was.
pub async fn mark_read(tx: &mut TenantTx, ids: &[Uuid]) -> Result<(), Fault> {
    tx.require(Perm::SelfManage)?;
    let (user, now) = (tx.actor().user()?, tx.now());
    sqlx::query!("update core.notifications set read_at = $3 where user_id = $1 and id = any ($2) and read_at is null", user, ids, now)
        .execute(tx.conn())
        .await?;
    Ok(())
}

/// Marks everything shown as read; answers how many.
pub async fn mark_all_read(tx: &mut TenantTx) -> Result<u64, Fault> {
    tx.require(Perm::SelfManage)?;
    let (user, now) = (tx.actor().user()?, tx.now());
    let read = sqlx::query!(
        "update core.notifications set read_at = $2
         where user_id = $1 and read_at is null and channel = 'in_app' and (snoozed_until is null or snoozed_until <= $2)",
        user,
        now
    )
    .execute(tx.conn())
    .await?;
    Ok(read.rows_affected())
}

/// Puts a notice off: it comes back unread after an hour or a day.
pub async fn snooze(tx: &mut TenantTx, id: Uuid, how_long: Snooze) -> Result<(), Fault> {
    tx.require(Perm::SelfManage)?;
    let until = tx.now()
        + match how_long {
            Snooze::Hour => Duration::hours(1),
            Snooze::Day => Duration::days(1),
        };
    let user = tx.actor().user()?;
    let put_off =
        sqlx::query!("update core.notifications set snoozed_until = $3, read_at = null where id = $1 and user_id = $2", id, user, until)
            .execute(tx.conn())
            .await?;
    match put_off.rows_affected() {
        0 => Err(Fault::not_found("The notice")),
        _ => Ok(()),
    }
}
