//! What the `@` menu offers.
use super::{MentionTarget, TargetType};
use crate::projects;
use kernel::{Fault, db::TenantTx};

/// Entries of each kind.
const MOST: i64 = 5;

/// People, documents, features, work orders and files of a project whose name holds what was typed; names that begin
/// with it first.
pub async fn search(tx: &mut TenantTx, project: &str, typed: &str) -> Result<Vec<MentionTarget>, Fault> {
    let project = projects::by_slug(tx, project).await?;
    let typed = typed.trim().to_lowercase();
    let rows = sqlx::query_as!(
        MentionTarget,
        r#"(select u.id as "id!", 'user' as "kind!: TargetType", u.name as "label!", u.email as "hint!"
            from core.memberships m join core.users u on u.id = m.user_id
            where m.org_id = core.tenant() and (strpos(lower(u.name), $2) > 0 or starts_with(lower(u.email), $2))
            order by starts_with(lower(u.name), $2) desc, lower(u.name), u.id limit $3)
           union all
           (select d.id, 'document', d.title, d.type from factory.documents d
            where d.project_id = $1 and d.deleted_at is null and strpos(lower(d.title), $2) > 0
            order by starts_with(lower(d.title), $2) desc, lower(d.title), d.id limit $3)
           union all
           (select f.id, 'feature', f.name, f.feature_id from factory.features f
            where f.project_id = $1 and f.deleted_at is null and (strpos(f.name_order, $2) > 0 or starts_with(lower(f.feature_id), $2))
            order by starts_with(f.name_order, $2) desc, f.name_order, f.id limit $3)
           union all
           (select w.id, 'work_order', w.title, 'WO-' || w.number from factory.work_orders w
            where w.project_id = $1 and w.deleted_at is null and (strpos(w.title_order, $2) > 0 or starts_with('wo-' || w.number, $2))
            order by starts_with(w.title_order, $2) desc, w.title_order, w.id limit $3)
           union all
           (select a.id, 'artifact', a.name, a.file_name from factory.artifacts a
            where a.project_id = $1 and a.deleted_at is null and strpos(lower(a.name), $2) > 0
            order by starts_with(lower(a.name), $2) desc, lower(a.name), a.id limit $3)"#,
        project.id,
        typed,
        MOST
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(rows
        .into_iter()
        .map(|target| match crate::documents::DocumentType::parse(&target.hint) {
            Some(kind) if target.kind == TargetType::Document => MentionTarget { hint: kind.words().to_owned(), ..target },
            _ => target,
        })
        .collect())
}
