//! The code of the project.
use super::{Outcome, documents::count, look};
use crate::{
    assistant::run::Talk,
    code::{self, CodeQuery},
};
use kernel::{Fault, db::TenantTx};
use serde::Deserialize;
use serde_json::{Value, json};

/// Lines of a file that are read at once.
const LINES: usize = 400;

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Search {
    query: String,
    glob: String,
    language: String,
    symbol: String,
    limit: Option<u32>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Read {
    path: String,
    start_line: Option<usize>,
    end_line: Option<usize>,
}

pub async fn search(tx: &mut TenantTx, talk: &Talk, args: &Search) -> Result<Outcome, Fault> {
    let Search { query, glob, language, symbol, limit } = args.clone();
    let title = if query.is_empty() { symbol.clone() } else { query.clone() };
    let asked = CodeQuery { q: query, glob, language, symbol, limit };
    let found = code::search(tx, &talk.project.slug, &asked).await?;
    let items: Vec<Value> = found
        .hits
        .iter()
        .map(|h| {
            json!({
                "path": h.path, "name": h.name, "kind": h.kind, "startLine": h.start_line, "endLine": h.end_line,
                "code": h.content.chars().take(1500).collect::<String>(),
                "link": format!("{}/code?path={}", talk.base, look::escaped(&h.path)),
            })
        })
        .collect();
    Ok(Outcome {
        title: format!("Searched the code for “{title}”: {}", count(items.len(), "place", "places")),
        data: json!({ "items": items }),
        ..Outcome::default()
    })
}

pub async fn read(tx: &mut TenantTx, talk: &Talk, args: &Read) -> Result<Outcome, Fault> {
    let file = code::file(tx, &talk.project.slug, &args.path).await?;
    let first = args.start_line.unwrap_or(1).max(1);
    let last = args.end_line.unwrap_or(usize::MAX).min(first + LINES - 1);
    let lines: Vec<&str> = file.text.lines().collect();
    let text: String = lines
        .iter()
        .enumerate()
        .skip(first - 1)
        .take_while(|(n, _)| *n < last)
        .map(|(n, line)| format!("{:>5}  {line}\n", n + 1))
        .collect();
    let link = format!("/code?path={}", look::escaped(&file.path));
    Ok(Outcome {
        title: format!("Read {}", file.path),
        data: json!({ "path": file.path, "language": file.language, "lines": lines.len(), "text": text, "link": format!("{}{link}", talk.base) }),
        link: Some(link),
        ..Outcome::default()
    })
}
