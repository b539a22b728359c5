//! The built-in mailbox, and how the external parts are doing.
use super::{AdminQuery, AdminTx, HealthPart, MailRow, MailView};
use chrono::{DateTime, Utc};
use kernel::{
    Fault,
    audit::Audit,
    record::{Cursor, Paged},
    request::Request,
};
use uuid::Uuid;

/// Mails, the newest first; search looks at addresses and subjects.
pub async fn mailbox(request: &Request, query: &AdminQuery) -> Result<Paged<MailRow>, Fault> {
    let mut tx = AdminTx::begin(request).await?;
    let (at, id) = Cursor::<DateTime<Utc>>::of(&query.page)?.map(|c| (c.key, c.id)).unzip();
    let rows = sqlx::query_as!(
        MailRow,
        r#"select id, to_email, subject, template, status, provider, attempts, last_error, sent_at, created_at
           from core.mail_queue
           where ($1 = '' or position(lower($1) in lower(to_email)) > 0 or position(lower($1) in lower(subject)) > 0)
             and ($2::timestamptz is null or (created_at, id) < ($2, $3))
           order by created_at desc, id desc limit $4"#,
        query.search.trim(),
        at,
        id,
        query.page.fetch()
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(Paged::cut(rows, &query.page, |row| Cursor::new(row.created_at, row.id)))
}

/// One mail with its text. Mails carry links that sign people in: reading one is audited.
pub async fn mail(request: &Request, id: Uuid) -> Result<MailView, Fault> {
    let mut tx = AdminTx::begin(request).await?;
    let row = sqlx::query!(
        "select id, to_email, subject, template, status, provider, attempts, last_error, sent_at, created_at, text_body, html_body
         from core.mail_queue where id = $1",
        id
    )
    .fetch_optional(tx.conn())
    .await?
    .ok_or_else(|| Fault::not_found("The mail"))?;
    tx.audit(Audit::new("mail.read").warning().target("mail", id)).await?;
    tx.commit().await?;
    Ok(MailView {
        row: MailRow {
            id: row.id,
            to_email: row.to_email,
            subject: row.subject,
            template: row.template,
            status: row.status,
            provider: row.provider,
            attempts: row.attempts,
            last_error: row.last_error,
            sent_at: row.sent_at,
            created_at: row.created_at,
        },
        text: row.text_body,
        html: row.html_body.unwrap_or_default(),
    })
}

/// Every external part with its built-in, asked now.
pub async fn health(request: &Request) -> Result<Vec<HealthPart>, Fault> {
    // Only to check who asks: the parts are asked outside of any transaction.
    drop(AdminTx::begin(request).await?);
    let app = request.app();
    Ok(app.providers.check(app).await)
}
