//! Writing comments, answering, resolving.
use super::{Anchor, CommentInput, ParentType, parent, text};
use crate::{
    activities::{self, Action, Changes, Entity},
    mentions::{self, Source},
    notices,
};
use core_area::notifications::{NewNotice, NoticeType};
use kernel::{Code, Fault, db::TenantTx};
use richtext::Doc;
use serde_json::json;
use sqlx::types::Json;
use std::collections::BTreeSet;
use uuid::Uuid;

/// Adds a comment: a thread of its own, or an answer. Whoever it mentions is told, and an answer the others of its
/// thread.
pub async fn add(tx: &mut TenantTx, kind: ParentType, id: Uuid, input: &CommentInput) -> Result<Uuid, Fault> {
    let parent = parent::write(tx, kind, id).await?;
    let doc = text::read(input)?;
    let thread = match input.thread_id {
        Some(thread) => Some(head(tx, kind, id, thread).await?),
        None => None,
    };
    let anchor = input.anchor.as_ref().filter(|_| thread.is_none()).map(checked).transpose()?;
    let author = tx.actor().user;
    let comment = sqlx::query_scalar!(
        "insert into factory.comments (project_id, parent_type, parent_id, thread_id, content, anchor_data, created_by)
         values ($1, $2, $3, $4, $5, $6, $7) returning id",
        parent.project.id,
        kind as ParentType,
        id,
        thread,
        doc.to_value(),
        anchor.as_ref().map(Json) as Option<Json<&Anchor>>,
        author
    )
    .fetch_one(tx.conn())
    .await?;
    if let Some(thread) = thread {
        // Somebody has more to say: the thread is open again.
        sqlx::query!(
            "update factory.comments set resolved = false, resolved_by = null, resolved_at = null where id = $1 and resolved",
            thread
        )
        .execute(tx.conn())
        .await?;
    }
    let metadata = json!({ "comment": comment, "thread": thread.unwrap_or(comment) });
    activities::record(tx, parent.project.id, entity(kind), id, Action::CommentAdded, Changes::default(), metadata).await?;
    let source = source(&parent, comment);
    mentions::note(tx, &source, &doc, author.as_slice()).await?;
    tell(tx, &parent, thread, &doc).await?;
    Ok(comment)
}

/// Tells the others of a thread of an answer, and those who work on the thing of a new thread. Whoever the comment
/// mentions was told already.
async fn tell(tx: &mut TenantTx, parent: &parent::Parent, thread: Option<Uuid>, doc: &Doc) -> Result<(), Fault> {
    let author = tx.actor().user;
    let mentioned: BTreeSet<Uuid> = doc.mentions().into_iter().map(|m| m.id).collect();
    let people: BTreeSet<Uuid> = match thread {
        Some(thread) => sqlx::query_scalar!(
            r#"select distinct created_by as "who!" from factory.comments
               where (id = $1 or thread_id = $1) and created_by is not null and deleted_at is null"#,
            thread
        )
        .fetch_all(tx.conn())
        .await?
        .into_iter()
        .collect(),
        None => parent.people.iter().copied().collect(),
    };
    let people: Vec<Uuid> = people.into_iter().filter(|p| Some(*p) != author && !mentioned.contains(p)).collect();
    if people.is_empty() {
        return Ok(());
    }
    let who = mentions::name_of(tx, author).await?;
    let href = mentions::href(tx, parent.project.id, &parent.path).await?;
    let said = if thread.is_some() { "replied in" } else { "commented on" };
    let mut notice =
        NewNotice::new(Uuid::nil(), NoticeType::FeatureUpdate, "factory.comment_reply", format!("{who} {said} {}", parent.name));
    notice.body = Some(doc.plain_text().chars().take(200).collect());
    notice.entity_type = Some(parent.kind.as_str());
    notice.entity_id = Some(parent.id);
    notice.project_id = Some(parent.project.id);
    notice.href = Some(href);
    notices::tell(tx, &people, &notice).await?;
    Ok(())
}

/// Changes one's own comment. Whoever it newly mentions is told.
pub async fn edit(tx: &mut TenantTx, comment: Uuid, input: &CommentInput) -> Result<(), Fault> {
    let parent = own(tx, comment).await?;
    let doc = text::read(input)?;
    sqlx::query!("update factory.comments set content = $2, edited_at = now() where id = $1", comment, doc.to_value())
        .execute(tx.conn())
        .await?;
    let source = source(&parent, comment);
    let author = tx.actor().user;
    mentions::note(tx, &source, &doc, author.as_slice()).await
}

/// Deletes one's own comment; with the one that opened a thread go its answers.
pub async fn remove(tx: &mut TenantTx, comment: Uuid) -> Result<(), Fault> {
    own(tx, comment).await?;
    sqlx::query!("update factory.comments set deleted_at = now() where (id = $1 or thread_id = $1) and deleted_at is null", comment)
        .execute(tx.conn())
        .await?;
    Ok(())
}

/// Resolves a thread, or opens it again.
pub async fn resolve(tx: &mut TenantTx, thread: Uuid, resolved: bool) -> Result<(), Fault> {
    let (kind, id) = place(tx, thread).await?;
    parent::write(tx, kind, id).await?;
    head(tx, kind, id, thread).await?;
    let (who, now) = (tx.actor().user, tx.now());
    sqlx::query!(
        "update factory.comments
         set resolved = $2, resolved_by = case when $2 then $3::uuid end, resolved_at = case when $2 then $4::timestamptz end
         where id = $1 and resolved <> $2",
        thread,
        resolved,
        who,
        now
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// What an agent found in a text.
pub(crate) struct Finding {
    pub text: Doc,
    pub anchor: Anchor,
}

/// Writes what a review found as anchored threads. Those of earlier reviews that nobody resolved go, except where the same
/// was found again: answers to it stay. Answers how many there are now.
pub(crate) async fn replace_findings(tx: &mut TenantTx, project: Uuid, document: Uuid, findings: Vec<Finding>) -> Result<usize, Fault> {
    let old = sqlx::query!(
        r#"select id, content, anchor_data as "anchor: Json<Anchor>" from factory.comments
           where parent_type = 'document' and parent_id = $1 and is_agent and agent_type = 'review' and thread_id is null
             and not resolved and deleted_at is null"#,
        document
    )
    .fetch_all(tx.conn())
    .await?;
    let count = findings.len();
    let mut kept = Vec::new();
    for Finding { text, anchor } in findings {
        let content = text.to_value();
        let same = old.iter().find(|o| !kept.contains(&o.id) && o.content == content && o.anchor.as_ref().is_some_and(|a| a.0 == anchor));
        if let Some(same) = same {
            kept.push(same.id);
            continue;
        }
        sqlx::query!(
            "insert into factory.comments (project_id, parent_type, parent_id, content, anchor_data, is_agent, agent_type)
             values ($1, 'document', $2, $3, $4, true, 'review')",
            project,
            document,
            content,
            Json(&anchor) as Json<&Anchor>
        )
        .execute(tx.conn())
        .await?;
    }
    let gone: Vec<Uuid> = old.iter().map(|o| o.id).filter(|id| !kept.contains(id)).collect();
    sqlx::query!("delete from factory.comments where id = any ($1)", &gone).execute(tx.conn()).await?;
    Ok(count)
}

fn source(parent: &parent::Parent, comment: Uuid) -> Source {
    Source {
        project: parent.project.id,
        kind: "comment",
        id: comment,
        place: format!("a comment on {}", parent.name),
        entity: (parent.kind.as_str(), parent.id),
        path: parent.path.clone(),
    }
}

const fn entity(kind: ParentType) -> Entity {
    match kind {
        ParentType::Document => Entity::Document,
        ParentType::WorkOrder => Entity::WorkOrder,
        ParentType::FeedbackItem => Entity::FeedbackItem,
    }
}

fn checked(anchor: &Anchor) -> Result<Anchor, Fault> {
    let long = |text: &Option<String>| text.as_ref().is_some_and(|t| t.len() > 200);
    if long(&anchor.section_id) || long(&anchor.comment_id) || long(&anchor.rule) {
        return Err(Fault::field("anchor", "is not a place in a text"));
    }
    Ok(Anchor { quote: anchor.quote.chars().take(500).collect(), ..anchor.clone() })
}

/// The comment that opened this thread, of this very parent.
async fn head(tx: &mut TenantTx, kind: ParentType, id: Uuid, thread: Uuid) -> Result<Uuid, Fault> {
    sqlx::query_scalar!(
        "select id from factory.comments
         where id = $1 and parent_type = $2 and parent_id = $3 and thread_id is null and deleted_at is null",
        thread,
        kind as ParentType,
        id
    )
    .fetch_optional(tx.conn())
    .await?
    .ok_or_else(|| Fault::not_found("The thread"))
}

/// What a live comment belongs to.
async fn place(tx: &mut TenantTx, comment: Uuid) -> Result<(ParentType, Uuid), Fault> {
    let row = sqlx::query!(
        r#"select parent_type as "kind: ParentType", parent_id from factory.comments where id = $1 and deleted_at is null"#,
        comment
    )
    .fetch_optional(tx.conn())
    .await?
    .ok_or_else(|| Fault::not_found("The comment"))?;
    Ok((row.kind, row.parent_id))
}

/// The parent of one's own comment; 403 for that of somebody else.
async fn own(tx: &mut TenantTx, comment: Uuid) -> Result<parent::Parent, Fault> {
    let (kind, id) = place(tx, comment).await?;
    let parent = parent::write(tx, kind, id).await?;
    let me = tx.actor().user;
    let author = sqlx::query_scalar!("select created_by from factory.comments where id = $1", comment).fetch_one(tx.conn()).await?;
    if author.is_none() || author != me {
        return Err(Fault::new(Code::Forbidden, "Only who wrote a comment can change or delete it."));
    }
    Ok(parent)
}
