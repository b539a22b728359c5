//! The hourly job `notify.digest`: one mail with all that is due for a person.
use super::{
    NoticeType,
    send::{path, rules},
};
use crate::links::url;
use kernel::{
    Fault,
    access::Actor,
    app::App,
    db::TenantTx,
    mail::{self, DigestItem, Mail, Message},
};

/// Notices in one mail; the rest is counted.
const ITEMS: usize = 50;

/// Sends the digests that are due; a second run at the same time finds nothing left. Answers how many mails.
pub async fn send_due(app: &App) -> Result<usize, Fault> {
    let now = app.clock.now();
    let people = sqlx::query_scalar!(r#"select user_id as "user_id!" from core.digests_due($1)"#, now).fetch_all(app.db.pool()).await?;
    let mut sent = 0;
    for user in people {
        let mut tx = TenantTx::begin(app, Actor { user: Some(user), ..Actor::system(None) }).await?;
        sent += usize::from(send_one(&mut tx).await?);
        tx.commit().await?;
    }
    Ok(sent)
}

/// The database itself tells of a job that gave up, and knows no hours: its mail waits for those its reader chose.
async fn put_off(tx: &mut TenantTx) -> Result<(), Fault> {
    let (user, now) = (tx.actor().user()?, tx.now());
    let told = sqlx::query!(
        "select id, created_at from core.notifications
         where user_id = $1 and data ? 'mail_at' and type = 'core.job_dead' and not data ? 'put_off' and (data ->> 'mail_at')::timestamptz <= $2",
        user,
        now
    )
    .fetch_all(tx.conn())
    .await?;
    if told.is_empty() {
        return Ok(());
    }
    let Some(rules) = rules(tx, user, NoticeType::Error).await? else { return Ok(()) };
    for notice in told {
        sqlx::query!(
            "update core.notifications set data = data || jsonb_build_object('put_off', true, 'mail_at', $2::timestamptz) where id = $1",
            notice.id,
            rules.mail_due(notice.created_at).unwrap_or(notice.created_at)
        )
        .execute(tx.conn())
        .await?;
    }
    Ok(())
}

async fn send_one(tx: &mut TenantTx) -> Result<bool, Fault> {
    put_off(tx).await?;
    let (user, now) = (tx.actor().user()?, tx.now());
    // Marked in the transaction that queues the mail: the row lock keeps a second run away until then.
    let notices = sqlx::query!(
        r#"with due as (
             update core.notifications set data = data - 'mail_at'
             where user_id = $1 and data ? 'mail_at' and (data ->> 'mail_at')::timestamptz <= $2
             returning id, title, body, data ->> 'href' as href, org_id, read_at, created_at)
           select d.title as "title!", d.body, d.href, o.slug as "slug?"
           from due d left join core.organizations o on o.id = d.org_id
           where d.read_at is null order by d.created_at, d.id"#,
        user,
        now
    )
    .fetch_all(tx.conn())
    .await?;
    let person = sqlx::query!("select email, name, email_verified from core.users where id = $1 and deleted_at is null", user)
        .fetch_optional(tx.conn())
        .await?;
    // What was read in the meantime needs no mail.
    let Some(person) = person.filter(|person| person.email_verified && !notices.is_empty()) else {
        return Ok(false);
    };
    let more = notices.len().saturating_sub(ITEMS);
    let mut items: Vec<DigestItem> = Vec::with_capacity(notices.len().min(ITEMS + 1));
    for notice in notices.into_iter().take(ITEMS) {
        let link = url(tx.app(), &path(notice.slug.as_deref(), notice.href.as_deref()));
        items.push(DigestItem { title: notice.title, body: notice.body.unwrap_or_default(), link });
    }
    if more > 0 {
        items.push(DigestItem { title: format!("and {more} more"), body: String::new(), link: url(tx.app(), "/account/notifications") });
    }
    let settings_link = url(tx.app(), "/account/notifications");
    let message = Message::Digest { name: person.name, items, settings_link };
    mail::enqueue(tx.conn(), Mail { org: None, to: person.email, message }).await?;
    Ok(true)
}
