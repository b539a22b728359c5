//! The log as CSV, streamed: a page of rows at a time, each in a transaction of its own.
use super::{AuditQuery, AuditRow, service};
use crate::admin::AdminTx;
use bytes::Bytes;
use futures::{Stream, stream};
use kernel::{Fault, access::Actor, app::App, audit::Audit, db::TenantTx, request::Request};

/// Rows read at once.
const ROWS: i64 = 500;

const HEAD: [&str; 14] = [
    "id",
    "time",
    "actor_type",
    "actor_id",
    "actor",
    "action",
    "target_type",
    "target_id",
    "result",
    "severity",
    "ip",
    "user_agent",
    "request_id",
    "metadata",
];

enum Next {
    Head,
    Rows(service::Position),
}

/// Every line the filter finds, up to the moment of asking. What is refused is refused before the first byte.
pub async fn export_csv(
    app: &App,
    actor: Actor,
    mut query: AuditQuery,
) -> Result<impl Stream<Item = Result<Bytes, Fault>> + Send + use<>, Fault> {
    service::may_look(&actor)?;
    let mut tx = TenantTx::begin(app, actor.clone()).await?;
    query.to = Some(query.to.unwrap_or_else(|| tx.now()).min(tx.now()));
    // Refuses a bad filter, too.
    service::list(&mut tx, &query).await?;
    tx.audit(Audit::new("audit.export")).await?;
    tx.commit().await?;
    let app = app.clone();
    let state = Some((Next::Head, app, actor, query));
    Ok(stream::try_unfold(state, |state| async move {
        let Some((next, app, actor, query)) = state else {
            return Ok(None);
        };
        let after = match next {
            Next::Head => {
                return Ok(Some((line(&HEAD)?, Some((Next::Rows(None), app, actor, query)))));
            }
            Next::Rows(after) => after,
        };
        let mut tx = TenantTx::read(&app, actor.clone()).await?;
        let rows = service::select(&mut tx, &query, after, ROWS).await?;
        drop(tx);
        let Some(last) = rows.last().map(|row| (row.created_at, row.id)) else {
            return Ok(None);
        };
        let more = rows.len() as i64 == ROWS;
        let text = rows.iter().map(|row| line(&cells(row))).collect::<Result<Vec<_>, _>>()?.concat();
        Ok(Some((Bytes::from(text), more.then_some((Next::Rows(Some(last)), app, actor, query)))))
    }))
}

/// The same of the whole installation, with a column for the organization.
pub async fn export_all_csv(
    request: &Request,
    mut query: AuditQuery,
) -> Result<impl Stream<Item = Result<Bytes, Fault>> + Send + use<>, Fault> {
    service::all(request, &query).await?;
    let mut tx = AdminTx::begin(request).await?;
    query.to = Some(query.to.unwrap_or_else(|| tx.now()).min(tx.now()));
    tx.audit(Audit::new("audit.export")).await?;
    tx.commit().await?;
    let state = Some((Next::Head, request.clone(), query));
    Ok(stream::try_unfold(state, |state| async move {
        let Some((next, request, query)) = state else {
            return Ok(None);
        };
        let after = match next {
            Next::Head => {
                let head = [&HEAD[..], &["organization"]].concat();
                return Ok(Some((line(&head)?, Some((Next::Rows(None), request, query)))));
            }
            Next::Rows(after) => after,
        };
        let mut tx = AdminTx::begin(&request).await?;
        let rows = service::select_all(&mut tx, &query, after, ROWS).await?;
        drop(tx);
        let Some(last) = rows.last().map(|row| (row.created_at, row.id)) else {
            return Ok(None);
        };
        let more = rows.len() as i64 == ROWS;
        let with_organization = |row: &AuditRow| {
            let mut cells = cells(row).to_vec();
            cells.push(row.organization.clone().unwrap_or_default());
            line(&cells)
        };
        let text = rows.iter().map(with_organization).collect::<Result<Vec<_>, _>>()?.concat();
        Ok(Some((Bytes::from(text), more.then_some((Next::Rows(Some(last)), request, query)))))
    }))
}

fn cells(row: &AuditRow) -> [String; 14] {
    let text = |value: &Option<String>| value.clone().unwrap_or_default();
    [
        row.id.to_string(),
        row.created_at.to_rfc3339(),
        row.actor_type.clone(),
        row.actor_id.map(|id| id.to_string()).unwrap_or_default(),
        text(&row.actor),
        row.action.clone(),
        text(&row.target_type),
        text(&row.target_id),
        row.result.clone(),
        row.severity.clone(),
        text(&row.ip),
        text(&row.user_agent),
        text(&row.request_id),
        row.metadata.to_string(),
    ]
}

fn line<T: AsRef<str>>(cells: &[T]) -> Result<Bytes, Fault> {
    let mut writer = ::csv::Writer::from_writer(Vec::new());
    // A user agent that begins like a formula must not become one in a spreadsheet.
    let safe = |cell: &str| match cell.starts_with(['=', '+', '-', '@', '\t', '\r']) {
        true => format!("'{cell}"),
        false => cell.to_owned(),
    };
    writer.write_record(cells.iter().map(|cell| safe(cell.as_ref()))).map_err(|_| Fault::internal())?;
    writer.into_inner().map(Bytes::from).map_err(|_| Fault::internal())
}
