//! The list and the board, in one round trip each for the rows and what surrounds them.
use super::{Counts, Sort, WorkOrderPage, WorkOrderQuery, WorkOrderRow, WorkOrderStatus, get};
use crate::{features::ProjectHead, phases};
use kernel::{Code, Fault, Perm, db::TenantTx, record::Cursor};
use sqlx::types::Json;

/// Cards of a board.
const CARDS: usize = 5000;

#[derive(Debug, serde::Deserialize)]
struct Head {
    project: ProjectHead,
    counts: Counts,
    matching: i64,
    everything: i64,
}

/// One page of a project's work orders, filtered and sorted as the address says, with the counts for its filters.
pub async fn page(tx: &mut TenantTx, project: &str, query: &WorkOrderQuery) -> Result<WorkOrderPage, Fault> {
    let order = query.order()?;
    list(tx, project, query, order, query.rows()).await
}

/// All of them as a board shows them: filtered, in the order of work.
pub async fn board(tx: &mut TenantTx, project: &str, query: &WorkOrderQuery) -> Result<WorkOrderPage, Fault> {
    let query = WorkOrderQuery { after: String::new(), ..query.clone() };
    list(tx, project, &query, (Sort::Order, false), CARDS).await
}

async fn list(
    tx: &mut TenantTx,
    project: &str,
    query: &WorkOrderQuery,
    (sort, descending): (Sort, bool),
    size: usize,
) -> Result<WorkOrderPage, Fault> {
    tx.require(Perm::FactoryRead)?;
    let some = |list: Vec<String>| Some(list).filter(|l| !l.is_empty());
    let statuses = some(query.statuses()?.into_iter().map(|s| s.as_str().to_owned()).collect());
    let phases = some(query.phases()?);
    let features = some(query.features());
    let assignees = some(query.assignees(tx.actor().user)?);
    if query.q.chars().count() > 400 {
        return Err(Fault::field("q", "has more than 400 characters"));
    }
    let cursor = match query.after.as_str() {
        "" => None,
        after => Some(cursor(after, sort)?),
    };
    let rows = sqlx::query!(
        r#"select head as "head: Json<Head>", id, rev, number, title, status as "status: WorkOrderStatus", phase_id, feature_key, deliverable_type,
             assignee_ids, sort_order, blocked, items_open, items_total, created_at, updated_at, sort_key
           from factory.work_orders_page($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)"#,
        project,
        query.q.trim(),
        statuses.as_deref(),
        phases.as_deref(),
        features.as_deref(),
        assignees.as_deref(),
        query.blocked == "1",
        sort.as_str(),
        descending,
        cursor.as_ref().map(|c| c.key.1.as_str()),
        cursor.as_ref().map(|c| c.id),
        size as i32 + 1
    )
    .fetch_all(tx.conn())
    .await?;
    let mut rows = rows.into_iter();
    let head = rows.next().and_then(|row| row.head).ok_or_else(|| Fault::not_found("The project"))?.0;
    if tx.actor().project.is_some_and(|only| only != head.project.id) {
        return Err(Fault::not_found("The project"));
    }
    let (mut keys, mut found) = (Vec::new(), Vec::new());
    for row in rows {
        // Everything but the head has these; a row without them is none.
        let (Some(id), Some(rev), Some(number), Some(title), Some(status), Some(created_at), Some(updated_at)) =
            (row.id, row.rev, row.number, row.title, row.status, row.created_at, row.updated_at)
        else {
            continue;
        };
        keys.push((row.sort_key.unwrap_or_default(), id));
        found.push(WorkOrderRow {
            id,
            rev,
            number,
            title,
            status,
            phase_id: row.phase_id,
            feature: row.feature_key,
            deliverable_type: row.deliverable_type,
            assignee_ids: row.assignee_ids.unwrap_or_default(),
            sort_order: row.sort_order.unwrap_or(0),
            blocked: row.blocked.unwrap_or(false),
            items_open: row.items_open.unwrap_or(0),
            items_total: row.items_total.unwrap_or(0),
            created_at,
            updated_at,
        });
    }
    let more = found.len() > size;
    found.truncate(size);
    keys.truncate(size);
    let next = keys.last().filter(|_| more).map(|(key, id)| Cursor::new((sort, key.clone()), *id).encode());
    Ok(WorkOrderPage {
        phases: phases::all(tx, head.project.id).await?,
        people: get::people(tx).await?,
        project: head.project,
        counts: head.counts,
        matching: head.matching,
        everything: head.everything,
        rows: found,
        next,
    })
}

/// A position in this order. One of another order is a 400, as is a text nobody made here.
fn cursor(text: &str, sort: Sort) -> Result<Cursor<(Sort, String)>, Fault> {
    let cursor = Cursor::<(Sort, String)>::decode(text)?;
    let fits = match sort {
        Sort::Title => true,
        Sort::Status => cursor.key.1.parse::<i16>().is_ok(),
        Sort::Order | Sort::Number => cursor.key.1.parse::<i32>().is_ok(),
        Sort::Updated => chrono::DateTime::parse_from_str(&format!("{}:00", cursor.key.1), "%Y-%m-%d %H:%M:%S%.f%:z").is_ok(),
    };
    if cursor.key.0 == sort && fits && !cursor.key.1.contains('\0') {
        return Ok(cursor);
    }
    Err(Fault::new(Code::BadRequest, "This page of the list does not exist. Start at its beginning."))
}
