//! The engine behind plain records (STYLE.md, section d): page, get, create, update, archive, restore, once for
//! every table. It knows no table by name; the descriptors of the areas say everything.
//!
//! Writes are safe to repeat: an update that finds its own values answers the row, archiving an archived row too;
//! a create goes through `idempotency` when its caller brings a key.
use crate::{
    audit::Audit,
    db::TenantTx,
    fault::{Code, Fault},
    record::*,
};
use serde_json::{Map, Value, json};
use sqlx::{Postgres, QueryBuilder, types::Json};
use uuid::Uuid;

mod cursor;
mod input;
mod sql;

pub use cursor::Cursor;

/// One page of a list: filtered, searched and sorted as the query says, 400 for what the descriptor does not offer.
pub async fn page(tx: &mut TenantTx, def: &RecordDef, query: &Query) -> Result<Page, Fault> {
    tx.require(def.read)?;
    let order = sql::Order::of(def, query)?;
    let rows: Vec<sql::Read> = sql::page(def, query, &order)?.build_query_as().fetch_all(tx.conn()).await?;
    let Paged { rows, next } = Paged::cut(rows, &query.request(), |last| order.cursor(last));
    Ok(Page { rows: rows.into_iter().map(sql::row).collect(), next })
}

/// One row, archived or not; 404 when it is not this organization's.
pub async fn get(tx: &mut TenantTx, def: &RecordDef, id: Uuid) -> Result<Row, Fault> {
    tx.require(def.read)?;
    let mut sql = QueryBuilder::<Postgres>::new(format!("select {} from {} t where t.id = ", sql::reads(def, def.order.0), def.table));
    let found: Option<sql::Read> = sql.push_bind(id).build_query_as().fetch_optional(tx.conn()).await?;
    found.map(sql::row).ok_or_else(|| Fault::not_found(&format!("This {}", lower(def))))
}

/// Adds a row; unknown and locked fields are a 422.
pub async fn create(tx: &mut TenantTx, def: &RecordDef, fields: &Fields) -> Result<Row, Fault> {
    writable(tx, def)?;
    let data = input::check(def, fields, true)?;
    references_exist(tx, def, &data).await?;
    let names = sql::names(def, &data);
    let list = names.join(", ");
    let mut sql = QueryBuilder::<Postgres>::new(format!("insert into {} as t ", def.table));
    if names.is_empty() {
        sql.push("default values");
    } else {
        sql.push(format!("({list}) select {list} from jsonb_populate_record(null::{}, ", def.table));
        sql.push_bind(Json(&data)).push(")");
    }
    sql.push(format!(" returning {}", sql::reads(def, def.order.0)));
    let created: sql::Read = sql.build_query_as().fetch_one(tx.conn()).await.map_err(|error| sql::refused(def, error))?;
    let row = sql::row(created);
    audit(tx, def, "record.create", row.id, &names).await?;
    Ok(row)
}

/// Changes a row of the given version. 409 `stale` carries the current row in `details.current`.
pub async fn update(tx: &mut TenantTx, def: &RecordDef, id: Uuid, rev: &str, fields: &Fields) -> Result<Row, Fault> {
    writable(tx, def)?;
    let data = input::check(def, fields, false)?;
    references_exist(tx, def, &data).await?;
    let names = sql::names(def, &data);
    if names.is_empty() {
        return get(tx, def, id).await;
    }
    let list = names.join(", ");
    let mut sql = QueryBuilder::<Postgres>::new(format!(
        "update {0} t set ({list}) = (select {list} from jsonb_populate_record(null::{0}, ",
        def.table
    ));
    sql.push_bind(Json(&data)).push(")) where t.id = ").push_bind(id);
    sql.push(" and t.xmin::text = ").push_bind(rev.to_owned());
    if let Some(hide) = def.hide {
        sql.push(format!(" and t.{hide} is null"));
    }
    sql.push(format!(" returning {}", sql::reads(def, def.order.0)));
    let changed: Option<sql::Read> = sql.build_query_as().fetch_optional(tx.conn()).await.map_err(|error| sql::refused(def, error))?;
    match changed {
        Some(changed) => {
            audit(tx, def, "record.update", id, &names).await?;
            Ok(sql::row(changed))
        }
        None => not_updated(tx, def, id, &data, &names).await,
    }
}

/// Why did an update meet no row? The same update sent twice is none of the reasons.
async fn not_updated(
    tx: &mut TenantTx,
    def: &RecordDef,
    id: Uuid,
    data: &Map<String, Value>,
    names: &[&'static str],
) -> Result<Row, Fault> {
    let current = get(tx, def, id).await?;
    if current.archived {
        return Err(Fault::new(Code::InvalidTransition, format!("This {} is archived. Restore it first.", lower(def))));
    }
    let of = |alias: &str| names.iter().map(|name| format!("{alias}.{name}")).collect::<Vec<_>>().join(", ");
    let mut sql = QueryBuilder::<Postgres>::new(format!(
        "select row({}) is not distinct from row({}) from {table} t, jsonb_populate_record(null::{table}, ",
        of("t"),
        of("n"),
        table = def.table,
    ));
    sql.push_bind(Json(data)).push(") n where t.id = ").push_bind(id);
    if sql.build_query_scalar::<bool>().fetch_one(tx.conn()).await? { Ok(current) } else { Err(stale(def, &current)) }
}

/// Takes a row out of its lists; `restore` brings it back.
pub async fn archive(tx: &mut TenantTx, def: &RecordDef, id: Uuid, rev: &str) -> Result<Row, Fault> {
    hide(tx, def, id, rev, true).await
}

/// Brings an archived row back.
pub async fn restore(tx: &mut TenantTx, def: &RecordDef, id: Uuid, rev: &str) -> Result<Row, Fault> {
    hide(tx, def, id, rev, false).await
}

async fn hide(tx: &mut TenantTx, def: &RecordDef, id: Uuid, rev: &str, archived: bool) -> Result<Row, Fault> {
    writable(tx, def)?;
    let Some(hide) = def.hide else {
        return Err(Fault::new(Code::BadRequest, format!("A {} cannot be archived.", lower(def))));
    };
    let mut sql = QueryBuilder::<Postgres>::new(format!("update {} t set {hide} = ", def.table));
    sql.push_bind(archived.then(|| tx.now())).push(" where t.id = ").push_bind(id);
    sql.push(" and t.xmin::text = ").push_bind(rev.to_owned());
    sql.push(format!(" and t.{hide} is {}", if archived { "null" } else { "not null" }));
    sql.push(format!(" returning {}", sql::reads(def, def.order.0)));
    let changed: Option<sql::Read> = sql.build_query_as().fetch_optional(tx.conn()).await.map_err(|error| sql::refused(def, error))?;
    match changed {
        Some(changed) => {
            audit(tx, def, if archived { "record.archive" } else { "record.restore" }, id, &[hide]).await?;
            Ok(sql::row(changed))
        }
        None => {
            let current = get(tx, def, id).await?;
            if current.archived == archived { Ok(current) } else { Err(stale(def, &current)) }
        }
    }
}

/// Only `Plain` tables are written here; the others have services with rules of their own.
fn writable(tx: &TenantTx, def: &RecordDef) -> Result<(), Fault> {
    tx.require(def.write)?;
    match def.writes {
        Writes::Plain => Ok(()),
        Writes::ByService | Writes::View => {
            Err(Fault::new(Code::Forbidden, format!("A {} cannot be edited as a plain record.", lower(def))))
        }
    }
}

/// Foreign keys see past row security: what a row refers to must be visible under the policy.
async fn references_exist(tx: &mut TenantTx, def: &RecordDef, data: &Map<String, Value>) -> Result<(), Fault> {
    let refs: Vec<(&'static str, &'static str, &str)> = def
        .cols
        .iter()
        .filter_map(|col| match (col.kind, data.get(col.name)?.as_str()) {
            (Kind::Ref(table), Some(id)) => Some((col.name, table, id)),
            _ => None,
        })
        .collect();
    if refs.is_empty() {
        return Ok(());
    }
    let mut sql = QueryBuilder::<Postgres>::new("select array[");
    for (i, (_, table, id)) in refs.iter().enumerate() {
        sql.push(if i == 0 { "" } else { ", " });
        sql.push(format!("exists (select from {table} r where r.id = ")).push_bind((*id).to_owned()).push("::uuid)");
    }
    let exist: Vec<bool> = sql.push("]").build_query_scalar().fetch_one(tx.conn()).await?;
    match refs.iter().zip(exist).find(|(_, exists)| !exists) {
        Some(((name, ..), _)) => Err(Fault::field(name, "does not exist")),
        None => Ok(()),
    }
}

async fn audit(tx: &mut TenantTx, def: &RecordDef, action: &'static str, id: Uuid, names: &[&str]) -> Result<(), Fault> {
    tx.audit(Audit::new(action).target(def.name, id).meta(json!({ "fields": names }))).await
}

fn stale(def: &RecordDef, current: &Row) -> Fault {
    Fault::stale(&lower(def)).with_details(json!({ "current": current }))
}

fn lower(def: &RecordDef) -> String {
    def.name.replace('_', " ")
}
