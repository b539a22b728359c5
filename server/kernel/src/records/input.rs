//! What people type, checked against the descriptor before it reaches Postgres.
use crate::{
    fault::{Code, Fault},
    record::{Col, Fields, Kind, RecordDef},
};
use chrono::{DateTime, NaiveDate};
use serde_json::{Map, Value};
use uuid::Uuid;

/// The values of a write, ready for `jsonb_populate_record`. All wrong fields are reported at once.
pub(super) fn check(def: &RecordDef, fields: &Fields, creating: bool) -> Result<Map<String, Value>, Fault> {
    let mut fault = Fault::new(Code::Validation, "Please check the marked fields.");
    let mut data = Map::new();
    for (name, raw) in fields {
        let Some(col) = def.col(name).filter(|col| col.edit) else {
            fault = fault.and_field(name, "cannot be set");
            continue;
        };
        match value(col, raw.trim()) {
            // An empty field of a new row takes the column's default.
            Ok(Value::Null) if creating => {}
            Ok(value) => {
                data.insert(name.clone(), value);
            }
            Err(message) => fault = fault.and_field(name, message),
        }
    }
    if creating {
        for col in def.cols.iter().filter(|col| col.required && col.edit && !fields.contains_key(col.name)) {
            fault = fault.and_field(col.name, "is required");
        }
    }
    if fault.fields.is_empty() { Ok(data) } else { Err(fault) }
}

fn value(col: &Col, raw: &str) -> Result<Value, String> {
    if raw.is_empty() {
        return if col.required { Err("is required".to_owned()) } else { Ok(Value::Null) };
    }
    if raw.contains('\0') {
        return Err("contains a character that cannot be stored".to_owned());
    }
    let value = match col.kind {
        Kind::Tags => Value::from(words(raw).collect::<Vec<_>>()),
        Kind::Json => serde_json::from_str(raw).map_err(|error| format!("is not JSON: {error}"))?,
        Kind::Bool => Value::Bool(boolean(raw).ok_or("is neither yes nor no")?),
        kind => {
            well_formed(kind, raw)?;
            Value::String(raw.to_owned())
        }
    };
    if matches!(col.kind, Kind::Text | Kind::Tags) && raw.chars().count() > col.max {
        return Err(format!("has more than {} characters", col.max));
    }
    if let (Some((least, greatest)), Ok(number)) = (col.range, raw.parse::<f64>())
        && !(least as f64..=greatest as f64).contains(&number)
    {
        return Err(format!("is not between {least} and {greatest}"));
    }
    Ok(value)
}

/// Would Postgres take this text as this kind? The message says why not.
pub(super) fn well_formed(kind: Kind, raw: &str) -> Result<(), String> {
    let good = match kind {
        Kind::Text | Kind::Tags | Kind::Json => true,
        Kind::Choice(of) => of.contains(&raw),
        Kind::Date => raw.parse::<NaiveDate>().is_ok(),
        Kind::Time => DateTime::parse_from_rfc3339(raw).is_ok(),
        Kind::Bool => boolean(raw).is_some(),
        Kind::Int => raw.parse::<i64>().is_ok(),
        Kind::Number => decimal(raw),
        Kind::Ref(_) | Kind::Id => raw.parse::<Uuid>().is_ok(),
    };
    if good {
        return Ok(());
    }
    Err(match kind {
        Kind::Choice(of) => format!("is none of {}", of.join(", ")),
        Kind::Date => "is not a date such as 2026-11-21".to_owned(),
        Kind::Time => "is not a time such as 2026-11-21T04:01:00Z".to_owned(),
        Kind::Int => "is not a whole number".to_owned(),
        Kind::Number => "is not a number such as 12.50".to_owned(),
        Kind::Ref(_) | Kind::Id => "does not exist".to_owned(),
        _ => "is neither yes nor no".to_owned(),
    })
}

/// The words of a list separated by commas.
pub(super) fn words(raw: &str) -> impl Iterator<Item = &str> {
    raw.split(',').map(str::trim).filter(|word| !word.is_empty())
}

/// Forms send "on" for a ticked box.
fn boolean(raw: &str) -> Option<bool> {
    match raw {
        "true" | "on" | "yes" | "1" => Some(true),
        "false" | "off" | "no" | "0" => Some(false),
        _ => None,
    }
}

/// Plain decimals only: no exponent, no NaN, no more digits than money or rates have.
fn decimal(raw: &str) -> bool {
    let digits = raw.strip_prefix('-').unwrap_or(raw);
    let (whole, part) = digits.split_once('.').unwrap_or((digits, "0"));
    let all_digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    all_digits(whole) && all_digits(part) && digits.len() <= 40
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Perm, record::*};

    static TASK: RecordDef = RecordDef {
        name: "task",
        table: "core.tasks",
        order: ("created_at", Desc),
        hide: None,
        writes: Writes::Plain,
        read: Perm::OrgRead,
        write: Perm::OrgEdit,
        cols: &[
            Col::text("title").required().max(5),
            Col::int("points").range(0, 10),
            Col::number("cost"),
            Col::date("due"),
            Col::bool("done"),
            Col::tags("labels"),
            Col::choice("size", &["s", "m"]),
            Col::time("created_at").locked(),
        ],
    };

    fn fields(pairs: &[(&str, &str)]) -> Fields {
        pairs.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect()
    }

    #[test]
    fn every_wrong_field_is_named_at_once() {
        let typed = [
            ("title", "too long"),
            ("points", "11"),
            ("cost", "1e3"),
            ("due", "2026-02-30"),
            ("done", "maybe"),
            ("size", "xl"),
            ("created_at", "2026-01-01T00:00:00Z"),
            ("secret", "x"),
        ];
        let fault = check(&TASK, &fields(&typed), true).unwrap_err();
        assert_eq!(fault.code, Code::Validation);
        assert_eq!(fault.fields.len(), typed.len(), "{:?}", fault.fields);
        assert_eq!(fault.fields["points"], "is not between 0 and 10");
        assert_eq!(fault.fields["secret"], "cannot be set");
    }

    #[test]
    fn a_new_row_needs_what_is_required_and_an_old_one_keeps_it() {
        assert_eq!(check(&TASK, &fields(&[]), true).unwrap_err().fields["title"], "is required");
        assert!(check(&TASK, &fields(&[]), false).unwrap().is_empty());
        assert_eq!(check(&TASK, &fields(&[("title", " ")]), false).unwrap_err().fields["title"], "is required");
    }

    #[test]
    fn empty_means_default_in_a_new_row_and_null_in_an_old_one() {
        let typed = fields(&[("title", " a "), ("due", ""), ("labels", "x, y,,"), ("done", "on")]);
        let data = check(&TASK, &typed, true).unwrap();
        assert_eq!(Value::Object(data), serde_json::json!({ "title": "a", "labels": ["x", "y"], "done": true }));
        assert_eq!(check(&TASK, &fields(&[("due", "")]), false).unwrap()["due"], Value::Null);
    }
}
