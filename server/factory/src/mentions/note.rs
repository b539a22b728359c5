//! Keeping what a text mentions, and telling those who are new in it.
use super::TargetType;
use crate::documents::Document;
use core_area::notifications::{NewNotice, NoticeType, notify};
use kernel::{Fault, db::TenantTx};
use richtext::{Doc, model::Target};
use std::collections::BTreeSet;
use uuid::Uuid;

/// The text that mentions.
#[derive(Clone, Debug)]
pub struct Source {
    pub project: Uuid,
    /// `document`, `work_order` or `comment`.
    pub kind: &'static str,
    pub id: Uuid,
    /// What the notice says: "the document Login".
    pub place: String,
    /// What the notice leads to.
    pub entity: (&'static str, Uuid),
    /// Below the project: `/refinery/login`.
    pub path: String,
}

impl Source {
    pub fn document(document: &Document) -> Self {
        Self {
            project: document.project_id,
            kind: "document",
            id: document.id,
            place: document.title.clone(),
            entity: ("document", document.id),
            path: document.path(),
        }
    }
}

/// Notes what a text mentions. A member mentioned there for the first time is told, unless they wrote it themselves; what
/// the text no longer mentions is forgotten, but nobody is told a second time. `by`: who wrote it, several where people
/// wrote together.
pub async fn note(tx: &mut TenantTx, source: &Source, text: &Doc, by: &[Uuid]) -> Result<(), Fault> {
    let named: BTreeSet<(&'static str, Uuid)> = text.mentions().into_iter().map(|m| (m.target.name(), m.id)).collect();
    let (types, ids): (Vec<String>, Vec<Uuid>) = named.iter().map(|(kind, id)| ((*kind).to_owned(), *id)).unzip();
    sqlx::query!(
        r#"delete from factory.mentions m
           where m.source_type = $1 and m.source_id = $2
             and not exists (select from unnest($3::text[], $4::uuid[]) x (kind, id) where x.kind = m.target_type and x.id = m.target_id)"#,
        source.kind,
        source.id,
        &types,
        &ids
    )
    .execute(tx.conn())
    .await?;
    if named.is_empty() {
        return Ok(());
    }
    // Only what is in this project (people: in this organization) counts.
    let new = sqlx::query!(
        r#"insert into factory.mentions (source_type, source_id, target_type, target_id)
           select $1, $2, x.kind, x.id from unnest($3::text[], $4::uuid[]) x (kind, id)
           where case x.kind
             when 'user' then exists (select from core.memberships m where m.org_id = core.tenant() and m.user_id = x.id)
             when 'document' then exists (select from factory.documents d where d.id = x.id and d.project_id = $5)
             when 'feature' then exists (select from factory.features f where f.id = x.id and f.project_id = $5)
             when 'work_order' then exists (select from factory.work_orders w where w.id = x.id and w.project_id = $5)
             when 'artifact' then exists (select from factory.artifacts a where a.id = x.id and a.project_id = $5)
           end
           on conflict do nothing
           returning target_type as "kind: TargetType", target_id as id"#,
        source.kind,
        source.id,
        &types,
        &ids,
        source.project
    )
    .fetch_all(tx.conn())
    .await?;
    let people: Vec<Uuid> = new.iter().filter(|m| m.kind == TargetType::User && by != [m.id]).map(|m| m.id).collect();
    if people.is_empty() {
        return Ok(());
    }
    let href = href(tx, source.project, &source.path).await?;
    for person in people {
        let who = names(tx, by, person).await?;
        let mut notice =
            NewNotice::new(person, NoticeType::FeatureUpdate, "factory.mention", format!("{who} mentioned you in {}", source.place));
        notice.body = excerpt(text, person);
        notice.entity_type = Some(source.entity.0);
        notice.entity_id = Some(source.entity.1);
        notice.project_id = Some(source.project);
        notice.href = Some(href.clone());
        notice.dedupe_key = Some(format!("factory.mention:{}:{}", source.kind, source.id));
        notify(tx, notice).await?;
    }
    Ok(())
}

/// Who wrote, as the one who is told reads it: "Ada", "Ada and Bea", "Ada and 3 others".
async fn names(tx: &mut TenantTx, by: &[Uuid], told: Uuid) -> Result<String, Fault> {
    let others: Vec<Uuid> = by.iter().copied().filter(|id| *id != told).collect();
    let mut names = Vec::new();
    for id in others.iter().take(2) {
        names.push(name_of(tx, Some(*id)).await?);
    }
    Ok(match (names.as_slice(), others.len()) {
        ([], _) => "Somebody".to_owned(),
        ([first, second], 2) => format!("{first} and {second}"),
        ([first, ..], n) if n > 2 => format!("{first} and {} others", n - 1),
        ([first, ..], _) => first.clone(),
    })
}

/// The line that mentions somebody, cut to what a notice shows.
fn excerpt(text: &Doc, person: Uuid) -> Option<String> {
    let label = text.mentions().into_iter().find(|m| m.target == Target::User && m.id == person)?.label.clone();
    let wanted = format!("@{label}");
    let plain = text.plain_text();
    let line = plain.lines().find(|line| line.contains(&wanted))?.trim();
    Some(if line.chars().count() > 200 { line.chars().take(199).chain(['…']).collect() } else { line.to_owned() })
}

/// The name of the person who acts; programs and the server have one too.
pub(crate) async fn name_of(tx: &mut TenantTx, user: Option<Uuid>) -> Result<String, Fault> {
    let name = match user {
        Some(user) => sqlx::query_scalar!("select name from core.users where id = $1", user).fetch_optional(tx.conn()).await?,
        None => None,
    };
    Ok(name.unwrap_or_else(|| "Millrace".to_owned()))
}

/// The address of a page of a project inside its organization.
pub(crate) async fn href(tx: &mut TenantTx, project: Uuid, path: &str) -> Result<String, Fault> {
    let slug = sqlx::query_scalar!("select slug from factory.projects where id = $1", project).fetch_one(tx.conn()).await?;
    Ok(format!("/factory/{slug}{path}"))
}
