//! The list, in one round trip.
use super::{FeaturePage, FeatureQuery, FeatureRow, FeatureStatus, Priority, Sort, store};
use kernel::{Code, Fault, Perm, db::TenantTx, record::Cursor};
use sqlx::types::Json;
use uuid::Uuid;

/// Rows of a page.
const ROWS: usize = 50;

#[derive(Debug, serde::Deserialize)]
struct Head {
    project: super::ProjectHead,
    facets: super::Facets,
    matching: Option<i64>,
    everything: i64,
}

/// One page of a project's features, filtered, searched and sorted as the address says, with the counts for its filters.
pub async fn page(tx: &mut TenantTx, project: &str, query: &FeatureQuery) -> Result<FeaturePage, Fault> {
    tx.require(Perm::FactoryRead)?;
    let (sort, descending) = query.order()?;
    let some = |list: Vec<String>| Some(list).filter(|l| !l.is_empty());
    let statuses = some(query.statuses()?.into_iter().map(|s| s.as_str().to_owned()).collect());
    let priorities = some(query.priorities()?);
    let categories = some(query.categories());
    if query.q.chars().count() > 400 {
        return Err(Fault::field("q", "has more than 400 characters"));
    }
    let parent = match query.parent.trim() {
        "" => None,
        key => Some(parent(tx, project, key).await?),
    };
    let back = !query.before.is_empty();
    let cursor = match (query.before.as_str(), query.after.as_str()) {
        ("", "") => None,
        ("", after) => Some(cursor(after, sort)?),
        (before, _) => Some(cursor(before, sort)?),
    };
    let rows = sqlx::query!(
        r#"select head as "head: Json<Head>", id, rev, feature_id as key, name, status as "status: FeatureStatus", priority as "priority: Priority",
             category, criteria_met, criteria_total, depends, updated_at, sort_key
           from factory.features_page($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)"#,
        project,
        query.q.trim(),
        statuses.as_deref(),
        priorities.as_deref(),
        categories.as_deref(),
        parent,
        sort.as_str(),
        descending != back,
        cursor.as_ref().map(|c| c.key.1.as_str()),
        cursor.as_ref().map(|c| c.id),
        ROWS as i32 + 1
    )
    .fetch_all(tx.conn())
    .await?;
    let mut rows = rows.into_iter();
    let head = rows.next().and_then(|row| row.head).ok_or_else(|| Fault::not_found("The project"))?.0;
    if tx.actor().project.is_some_and(|only| only != head.project.id) {
        return Err(Fault::not_found("The project"));
    }
    let mut keys = Vec::with_capacity(ROWS + 1);
    let mut list = Vec::with_capacity(ROWS + 1);
    for row in rows {
        // Everything but the head has these; a row without them is none.
        let (Some(id), Some(rev), Some(key), Some(name), Some(status), Some(updated_at)) =
            (row.id, row.rev, row.key, row.name, row.status, row.updated_at)
        else {
            continue;
        };
        keys.push((row.sort_key.unwrap_or_default(), id));
        list.push(FeatureRow {
            id,
            rev,
            key,
            name,
            status,
            priority: row.priority,
            category: row.category,
            criteria_met: row.criteria_met.unwrap_or(0),
            criteria_total: row.criteria_total.unwrap_or(0),
            depends: row.depends.map_or(0, |n| i16::try_from(n).unwrap_or(i16::MAX)),
            updated_at,
        });
    }
    let more = list.len() > ROWS;
    list.truncate(ROWS);
    keys.truncate(ROWS);
    if back {
        list.reverse();
        keys.reverse();
    }
    let at = |key: Option<&(String, Uuid)>| key.map(|(key, id)| Cursor::new((sort, key.clone()), *id).encode());
    let (has_prev, has_next) = if back { (more, true) } else { (cursor.is_some(), more) };
    Ok(FeaturePage {
        project: head.project,
        facets: head.facets,
        matching: head.matching,
        everything: head.everything,
        next: at(keys.last()).filter(|_| has_next),
        prev: at(keys.first()).filter(|_| has_prev),
        rows: list,
    })
}

/// A position in this order. One of another order is a 400, as is a text nobody made here.
fn cursor(text: &str, sort: Sort) -> Result<Cursor<(Sort, String)>, Fault> {
    let cursor = Cursor::<(Sort, String)>::decode(text)?;
    let fits = match sort {
        Sort::Key | Sort::Name => true,
        Sort::Status | Sort::Priority => cursor.key.1.parse::<i16>().is_ok(),
        Sort::Order => cursor.key.1.parse::<i32>().is_ok(),
        Sort::Updated => chrono::DateTime::parse_from_str(&format!("{}:00", cursor.key.1), "%Y-%m-%d %H:%M:%S%.f%:z").is_ok(),
    };
    if cursor.key.0 == sort && fits && !cursor.key.1.contains('\0') {
        return Ok(cursor);
    }
    Err(Fault::new(Code::BadRequest, "This page of the list does not exist. Start at its beginning."))
}

async fn parent(tx: &mut TenantTx, project: &str, key: &str) -> Result<Uuid, Fault> {
    let project = crate::projects::by_slug(tx, project).await?;
    let found = store::find(tx, project.id, &[], &[key.to_owned()]).await?;
    found.into_iter().find(|f| !f.deleted).map(|f| f.id).ok_or_else(|| Fault::not_found("The parent feature"))
}
