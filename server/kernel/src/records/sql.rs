//! The SQL of plain records. Identifiers come from the descriptor only; every value is bound.
use super::{Cursor, input};
use crate::{
    fault::{Code, Fault},
    record::{Col, Desc, Kind, Query, RecordDef, Row, Writes},
};
use serde_json::{Map, Value};
use sqlx::{Postgres, QueryBuilder, postgres::PgDatabaseError, types::Json};
use uuid::Uuid;

/// One row as the statements below return it: id, version, columns, archived, sort key.
pub(super) type Read = (Uuid, String, Json<Map<String, Value>>, bool, String);

pub(super) fn row((id, rev, Json(data), archived, _): Read) -> Row {
    Row { id, rev, data, archived }
}

/// The order of a page, as the reader asked for it.
pub(super) struct Order {
    pub sort: &'static str,
    pub kind: Kind,
    pub desc: bool,
}

/// A cursor of plain records carries its order: it cannot be used with another one.
type Key = (String, bool, String);

impl Order {
    pub fn of(def: &RecordDef, query: &Query) -> Result<Self, Fault> {
        let (sort, kind) = match query.sort.as_deref() {
            None => (def.order.0, def.col(def.order.0).map_or(Kind::Time, |col| col.kind)),
            Some(name) => def
                .col(name)
                .filter(|col| col.sort)
                .map(|col| (col.name, col.kind))
                .ok_or_else(|| Fault::new(Code::BadRequest, format!("This list cannot be sorted by {name}.")))?,
        };
        Ok(Self { sort, kind, desc: query.desc.unwrap_or(def.order.1 == Desc) })
    }

    pub fn cursor(&self, last: &Read) -> Cursor<Key> {
        Cursor::new((self.sort.to_owned(), self.desc, last.4.clone()), last.0)
    }

    fn check(&self, cursor: &Cursor<Key>) -> Result<(), Fault> {
        let (sort, desc, key) = &cursor.key;
        let same = sort == self.sort && *desc == self.desc;
        // The key was written by Postgres; a forged one must not become a server error.
        let plausible = match self.kind {
            Kind::Time | Kind::Text => !key.contains('\0'),
            kind => input::well_formed(kind, key).is_ok(),
        };
        if same && plausible && (self.kind != Kind::Time || looks_like_time(key)) {
            return Ok(());
        }
        Err(Fault::new(Code::BadRequest, "This page belongs to another order of the list. Start at its beginning."))
    }
}

/// `timestamptz::text` is not RFC 3339 ("2026-11-21 04:01:00.5+00").
fn looks_like_time(key: &str) -> bool {
    chrono::DateTime::parse_from_str(key, "%Y-%m-%d %H:%M:%S%.f%#z").is_ok()
}

/// How a bound text becomes a value of this kind.
const fn cast(kind: Kind) -> &'static str {
    match kind {
        Kind::Text | Kind::Choice(_) => "text",
        Kind::Date => "date",
        Kind::Time => "timestamptz",
        Kind::Bool => "bool",
        Kind::Int => "bigint",
        Kind::Number => "numeric",
        Kind::Ref(_) | Kind::Id => "uuid",
        Kind::Tags => "text[]",
        Kind::Json => "jsonb",
    }
}

/// `id, rev, data, archived, key`: only the listed columns become JSON.
pub(super) fn reads(def: &RecordDef, sort: &str) -> String {
    let pair = |col: &Col| {
        // JSON floats lose cents.
        let text = if col.kind == Kind::Number { "::text" } else { "" };
        format!("'{0}', t.{0}{text}", col.name)
    };
    // A function takes at most 100 arguments.
    let objects: Vec<String> =
        def.cols.chunks(40).map(|cols| format!("jsonb_build_object({})", cols.iter().map(pair).collect::<Vec<_>>().join(", "))).collect();
    let data = if objects.is_empty() { "'{}'::jsonb".to_owned() } else { objects.join(" || ") };
    let rev = if def.writes == Writes::View { "''" } else { "t.xmin::text" };
    let archived = def.hide.map_or("false".to_owned(), |hide| format!("t.{hide} is not null"));
    format!("t.id, {rev}, {data}, {archived}, t.{sort}::text")
}

/// The statement of one page.
pub(super) fn page(def: &RecordDef, query: &Query, order: &Order) -> Result<QueryBuilder<Postgres>, Fault> {
    let mut sql = QueryBuilder::new(format!("select {} from {} t where true", reads(def, order.sort), def.table));
    match (def.hide, query.archived) {
        (Some(hide), false) => _ = sql.push(format!(" and t.{hide} is null")),
        (Some(hide), true) => _ = sql.push(format!(" and t.{hide} is not null")),
        (None, false) => {}
        (None, true) => return Err(Fault::new(Code::BadRequest, "This list has no archive.")),
    }
    for (name, value) in &query.filter {
        filter(&mut sql, def, name, value.trim())?;
    }
    search(&mut sql, def, query.search.trim())?;
    let Order { sort, kind, desc } = *order;
    if let Some(cursor) = Cursor::<Key>::of(&query.request())? {
        order.check(&cursor)?;
        sql.push(format!(" and (t.{sort}, t.id) {} (", if desc { "<" } else { ">" }));
        sql.push_bind(cursor.key.2).push(format!("::{}, ", cast(kind))).push_bind(cursor.id).push(")");
    }
    let dir = if desc { "desc" } else { "asc" };
    sql.push(format!(" order by t.{sort} {dir}, t.id {dir} limit ")).push_bind(query.request().fetch());
    Ok(sql)
}

fn filter(sql: &mut QueryBuilder<Postgres>, def: &RecordDef, name: &str, value: &str) -> Result<(), Fault> {
    let unknown = || Fault::new(Code::BadRequest, format!("This list cannot be filtered by {name}."));
    let (column, bound) = match name.split_once('.') {
        None => (name, None),
        Some((column, "from")) => (column, Some(">=")),
        Some((column, "to")) => (column, Some("<=")),
        Some(_) => return Err(unknown()),
    };
    let col = def.col(column).filter(|col| col.filter).ok_or_else(unknown)?;
    let check = |value: &str| {
        let bad = |message| Fault::new(Code::BadRequest, format!("The filter {name} {message}."));
        if value.contains('\0') {
            return Err(bad("contains a character that cannot be stored".to_owned()));
        }
        input::well_formed(col.kind, value).map_err(bad)
    };
    let is_choice = matches!(col.kind, Kind::Choice(of) if of.contains(&value));
    sql.push(format!(" and t.{} ", col.name));
    match (bound, col.kind) {
        (Some(_), kind) if !kind.ranged() => return Err(unknown()),
        (Some(operator), kind) => {
            check(value)?;
            sql.push(operator).push(" ").push_bind(value.to_owned()).push(format!("::{}", cast(kind)));
        }
        (None, _) if value == "none" && !is_choice => _ = sql.push("is null"),
        (None, Kind::Json) => return Err(unknown()),
        (None, kind @ (Kind::Choice(_) | Kind::Ref(_) | Kind::Id | Kind::Tags)) => {
            let values: Vec<String> = input::words(value).map(str::to_owned).collect();
            values.iter().try_for_each(|value| check(value))?;
            match kind {
                Kind::Tags => sql.push("&& ").push_bind(values).push("::text[]"),
                _ => sql.push("= any(").push_bind(values).push(format!("::text[]::{}[])", cast(kind))),
            };
        }
        (None, kind) => {
            check(value)?;
            sql.push("= ").push_bind(value.to_owned()).push(format!("::{}", cast(kind)));
        }
    }
    Ok(())
}

/// Substrings in the searchable columns. `ilike` is not leakproof, so behind a policy it reads the tenant's rows;
/// lists that must search a million rows go through a definer function of their area.
fn search(sql: &mut QueryBuilder<Postgres>, def: &RecordDef, words: &str) -> Result<(), Fault> {
    if words.is_empty() {
        return Ok(());
    }
    let bad = |message: &str| Err(Fault::new(Code::BadRequest, message));
    if words.chars().count() > 200 || words.contains('\0') {
        return bad("Search for fewer words.");
    }
    let pattern = format!("%{}%", words.replace('\\', r"\\").replace('%', r"\%").replace('_', r"\_"));
    let mut any = false;
    for col in def.cols.iter().filter(|col| col.search) {
        sql.push(if any { " or " } else { " and (" });
        sql.push(format!("t.{} ilike ", col.name)).push_bind(pattern.clone());
        any = true;
    }
    if !any {
        return bad("This list cannot be searched.");
    }
    sql.push(")");
    Ok(())
}

/// The columns of a write, in the descriptor's order.
pub(super) fn names(def: &RecordDef, data: &Map<String, Value>) -> Vec<&'static str> {
    def.cols.iter().map(|col| col.name).filter(|name| data.contains_key(*name)).collect()
}

/// Postgres' own checks (lengths, CHECKs, unique keys) as messages beside fields.
pub(super) fn refused(def: &RecordDef, error: sqlx::Error) -> Fault {
    let Some(db) = error.as_database_error().and_then(|db| db.try_downcast_ref::<PgDatabaseError>()) else {
        return error.into();
    };
    let message = match db.code() {
        "23502" => "is required",
        "23503" => "does not exist",
        "23505" => "is already used",
        "23514" => "is not allowed",
        code if code.starts_with("22") => "is too long or out of range",
        _ => return error.into(),
    };
    // The longest column name within the constraint's name: `campaigns_organization_id_name_key` is `name`.
    let named = |name: &str| {
        let fits = |col: &&Col| name.contains(&format!("_{}_", col.name));
        def.cols.iter().filter(fits).max_by_key(|col| col.name.len()).map(|col| col.name)
    };
    match db.column().and_then(|column| def.col(column)).map(|col| col.name).or_else(|| db.constraint().and_then(named)) {
        Some(column) => Fault::field(column, message),
        None if db.code() == "23505" => error.into(),
        None => Fault::new(Code::Validation, format!("A value {message}.")),
    }
}
