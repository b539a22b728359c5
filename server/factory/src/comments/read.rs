//! The threads of something.
use super::{Anchor, Comment, ParentType, Thread, Threads, parent, text};
use crate::{documents::html, projects::ProjectStatus};
use kernel::{Fault, Perm, db::TenantTx};
use richtext::Doc;
use sqlx::types::Json;
use uuid::Uuid;

/// Threads of one answer.
const MOST: i64 = 300;

/// The threads of a document, work order or feedback item: the open ones first, each with its answers.
pub async fn threads(tx: &mut TenantTx, kind: ParentType, id: Uuid) -> Result<Threads, Fault> {
    let parent = parent::read(tx, kind, id).await?;
    let me = tx.actor().user;
    let rows = sqlx::query!(
        r#"with heads as (
             select c.id, c.resolved, c.created_at from factory.comments c
             where c.parent_type = $1 and c.parent_id = $2 and c.thread_id is null and c.deleted_at is null
             order by c.resolved, c.created_at, c.id limit $3
           )
           select c.id, coalesce(c.thread_id, c.id) as "thread!", c.thread_id is null as "head!", c.content, c.anchor_data as "anchor: Json<Anchor>",
             c.is_agent, c.agent_type, c.resolved, r.name as "resolved_by?", u.name as "author?", c.created_by, c.created_at,
             (c.edited_at is not null) as "edited!"
           from heads h
             join factory.comments c on (c.id = h.id or c.thread_id = h.id) and c.deleted_at is null
             left join core.users u on u.id = c.created_by
             left join core.users r on r.id = c.resolved_by
           order by h.resolved, h.created_at, h.id, c.created_at, c.id"#,
        kind as ParentType,
        id,
        MOST
    )
    .fetch_all(tx.conn())
    .await?;
    let docs: Vec<Doc> = rows.iter().map(|row| Doc::salvage(&row.content).0).collect();
    let links = html::Links::of(tx, parent.project.id, &docs.iter().collect::<Vec<_>>()).await?;
    let may_write = parent.project.status != ProjectStatus::Archived && tx.actor().may(Perm::FactoryWrite);
    let mut threads: Vec<Thread> = Vec::new();
    for (row, doc) in rows.into_iter().zip(docs) {
        let comment = Comment {
            id: row.id,
            author: row.author,
            author_id: row.created_by,
            is_agent: row.is_agent,
            text: doc.plain_text(),
            named: text::named(&doc),
            html: html::render(&doc, &links),
            created_at: row.created_at,
            edited: row.edited,
            own: may_write && row.created_by.is_some() && row.created_by == me,
        };
        match threads.last_mut().filter(|t| t.id == row.thread && !row.head) {
            Some(thread) => thread.comments.push(comment),
            None => threads.push(Thread {
                id: row.thread,
                anchor: row.anchor.map(|a| a.0),
                resolved: row.resolved,
                resolved_by: row.resolved_by,
                agent_type: row.agent_type,
                comments: vec![comment],
            }),
        }
    }
    let open = threads.iter().filter(|t| !t.resolved).count() as i64;
    Ok(Threads { open, resolved: threads.len() as i64 - open, threads, may_write })
}
