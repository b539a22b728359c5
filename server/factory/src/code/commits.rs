//! The commits of a project's repository, linked with the work orders and features their messages name.
use super::CommitRow;
use crate::projects;
use chrono::{DateTime, Utc};
use indexing::Commit;
use kernel::{
    Fault,
    db::TenantTx,
    jobs::JobCtx,
    record::{Cursor, PageRequest, Paged},
};
use serde_json::json;
use std::collections::BTreeSet;
use uuid::Uuid;

/// The commits of a project, newest first.
pub async fn commits(tx: &mut TenantTx, project: &str, page: &PageRequest) -> Result<Paged<CommitRow>, Fault> {
    let project = projects::by_slug(tx, project).await?;
    let after = Cursor::<DateTime<Utc>>::of(page)?;
    let rows = sqlx::query_as!(
        CommitRow,
        r#"select c.id, c.sha, c.message, c.author, c."timestamp" as at, c.files_changed, c.additions, c.deletions, c.metadata ->> 'branch' as branch,
             array(select x::uuid from jsonb_array_elements_text(coalesce(c.metadata -> 'work_order_ids', '[]')) x) as "work_order_ids!",
             array(select x::uuid from jsonb_array_elements_text(coalesce(c.metadata -> 'feature_ids', '[]')) x) as "feature_ids!"
           from factory.commits c
           where c.project_id = $1 and ($3::uuid is null or c."timestamp" < $2 or c."timestamp" = $2 and c.id > $3)
           order by c."timestamp" desc, c.id limit $4"#,
        project.id,
        after.as_ref().map(|c| c.key),
        after.as_ref().map(|c| c.id),
        page.fetch()
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(Paged::cut(rows, page, |c| Cursor::new(c.at, c.id)))
}

/// How many commits are known, on all pages.
pub async fn commit_count(tx: &mut TenantTx, project: &str) -> Result<i64, Fault> {
    let project = projects::by_slug(tx, project).await?;
    let count = sqlx::query_scalar!(r#"select count(*) as "n!" from factory.commits where project_id = $1"#, project.id);
    Ok(count.fetch_one(tx.conn()).await?)
}

/// The latest commits whose message names a work order.
pub async fn of_work_order(tx: &mut TenantTx, project: Uuid, order: Uuid) -> Result<Vec<CommitRow>, Fault> {
    Ok(sqlx::query_as!(
        CommitRow,
        r#"select c.id, c.sha, c.message, c.author, c."timestamp" as at, c.files_changed, c.additions, c.deletions, c.metadata ->> 'branch' as branch,
             array[$2::uuid] as "work_order_ids!", '{}'::uuid[] as "feature_ids!"
           from factory.commits c
           where c.project_id = $1 and coalesce(c.metadata -> 'work_order_ids', '[]') ? $2::uuid::text
           order by c."timestamp" desc, c.id limit 20"#,
        project,
        order
    )
    .fetch_all(tx.conn())
    .await?)
}

/// Keeps commits that are not known yet; answers how many those are.
pub(super) async fn keep(ctx: &JobCtx, project: Uuid, branch: &str, commits: &[Commit]) -> Result<usize, Fault> {
    let mut kept = 0;
    for some in commits.chunks(500) {
        let mut tx = ctx.tx().await?;
        let named: Vec<BTreeSet<String>> = some.iter().map(|commit| keys(&commit.message)).collect();
        let links = Links::find(&mut tx, project, &named).await?;
        let rows: Vec<_> = some
            .iter()
            .zip(&named)
            .map(|(commit, named)| {
                let metadata = json!({
                    "branch": branch, "author_type": author_type(commit), "work_order_ids": links.of(&links.work_orders, named),
                    "feature_ids": links.of(&links.features, named),
                });
                json!({
                    "sha": commit.sha, "message": commit.message.replace('\0', ""), "author": cut(&commit.author.replace('\0', "")), "at": commit.time,
                    "files": commit.files_changed, "added": commit.additions, "removed": commit.deletions, "metadata": metadata,
                })
            })
            .collect();
        let new = sqlx::query!(
            r#"insert into factory.commits (project_id, sha, message, author, "timestamp", files_changed, additions, deletions, metadata)
               select $1, x.sha, x.message, x.author, x.at, x.files, x.added, x.removed, x.metadata
               from jsonb_to_recordset($2) x (sha text, message text, author text, at timestamptz, files int, added int, removed int, metadata jsonb)
               on conflict (project_id, sha) do nothing"#,
            project,
            serde_json::Value::Array(rows)
        )
        .execute(tx.conn())
        .await?;
        tx.commit().await?;
        kept += new.rows_affected() as usize;
    }
    Ok(kept)
}

fn cut(author: &str) -> String {
    author.chars().take(255).collect()
}

fn author_type(commit: &Commit) -> &'static str {
    if commit.author.ends_with("[bot]") || commit.author_email.contains("[bot]@") { "agent" } else { "user" }
}

/// What keys mean in a project.
struct Links {
    work_orders: Vec<(String, Uuid)>,
    features: Vec<(String, Uuid)>,
}

impl Links {
    async fn find(tx: &mut TenantTx, project: Uuid, named: &[BTreeSet<String>]) -> Result<Self, Fault> {
        let all: BTreeSet<&str> = named.iter().flatten().map(String::as_str).collect();
        let numbers: Vec<i32> = all.iter().filter_map(|key| key.strip_prefix("WO-")?.parse().ok()).collect();
        let keys: Vec<String> = all.iter().map(|key| (*key).to_owned()).collect();
        let work_orders = sqlx::query!(
            "select number, id from factory.work_orders where project_id = $1 and number = any ($2) and deleted_at is null",
            project,
            &numbers
        )
        .fetch_all(tx.conn())
        .await?;
        let features = sqlx::query!(
            r#"select upper(feature_id) as "key!", id from factory.features
               where project_id = $1 and upper(feature_id) = any ($2) and deleted_at is null"#,
            project,
            &keys
        )
        .fetch_all(tx.conn())
        .await?;
        Ok(Self {
            work_orders: work_orders.into_iter().map(|row| (format!("WO-{}", row.number), row.id)).collect(),
            features: features.into_iter().map(|row| (row.key, row.id)).collect(),
        })
    }

    fn of(&self, known: &[(String, Uuid)], named: &BTreeSet<String>) -> Vec<Uuid> {
        known.iter().filter(|(key, _)| named.contains(key)).map(|(_, id)| *id).collect()
    }
}

/// The keys a message names, in capitals: letters, a dash, a number (`WO-12`, `F-012`, `pct-7`).
pub(super) fn keys(message: &str) -> BTreeSet<String> {
    message
        .split(|c: char| !(c.is_alphanumeric() || c == '-' || c == '_'))
        .filter_map(|word| {
            let (name, number) = word.trim_matches('-').rsplit_once('-')?;
            let fits =
                name.starts_with(|c: char| c.is_ascii_alphabetic()) && !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit());
            fits.then(|| format!("{}-{number}", name.to_uppercase()))
        })
        .map(|key| {
            key.strip_prefix("WO-").and_then(|number| number.parse::<u32>().ok()).map_or(key.clone(), |number| format!("WO-{number}"))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::keys;

    #[test]
    fn a_message_names_keys() {
        let found: Vec<_> = keys("Closes WO-012, wo-7: F-012 (see pct-3) utf-8x a-b-9 -1 x-").into_iter().collect();
        assert_eq!(found, ["A-B-9", "F-012", "PCT-3", "WO-12", "WO-7"]);
    }
}
