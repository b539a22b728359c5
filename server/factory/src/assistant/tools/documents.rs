//! Documents and artifacts: reading, finding, suggesting.
use super::{Outcome, look};
use crate::{
    artifacts,
    assistant::{ChatEvent, run::Talk},
    documents::{self, DocumentArea, text},
    search::{self, SearchType},
    suggestions::{self, Operation, SuggestedDiff, Suggestion},
};
use kernel::{Fault, db::TenantTx};
use richtext::suggest;
use serde::Deserialize;
use serde_json::{Value, json};
use uuid::Uuid;

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Nothing {}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Read {
    document: String,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Search {
    query: String,
    #[serde(default)]
    types: Vec<SearchType>,
    limit: Option<i64>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct List {
    area: Option<DocumentArea>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReadArtifact {
    artifact: String,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Suggest {
    document: String,
    summary: String,
    edits: Vec<Edit>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Edit {
    section_id: String,
    operation: Operation,
    #[serde(default)]
    new_content: String,
    explanation: String,
}

/// A document by its sections.
pub async fn read(tx: &mut TenantTx, talk: &Talk, args: &Read) -> Result<Outcome, Fault> {
    let document = look::document(tx, &talk.project, &args.document).await?;
    let now = text::current(tx, document.id).await?;
    // A section carries those below it: only what stands under its own heading is said here.
    let sections: Vec<Value> = now
        .doc
        .sections()
        .into_iter()
        .map(|s| {
            let body = richtext::markdown::blocks(&now.doc.blocks[s.body()]);
            json!({ "sectionId": s.id, "level": s.level, "heading": s.title, "text": body })
        })
        .collect();
    let link = document.path();
    Ok(Outcome {
        title: format!("Read “{}”", document.title),
        data: json!({
            "id": document.id, "title": document.title, "type": document.kind, "link": format!("{}{link}", talk.base),
            "sections": sections, "diagram": now.diagram,
        }),
        link: Some(link),
        ..Outcome::default()
    })
}

/// What answers a question, everywhere.
pub async fn search(tx: &mut TenantTx, talk: &Talk, args: &Search) -> Result<Outcome, Fault> {
    let limit = args.limit.unwrap_or(8);
    let hits = search::search(tx, talk.project.id, &args.query, &args.types, limit).await?;
    let items: Vec<Value> = hits
        .iter()
        .map(|h| json!({ "type": h.kind, "id": h.id, "title": h.title, "passage": h.snippet, "link": format!("{}{}", talk.base, h.link) }))
        .collect();
    Ok(Outcome {
        title: format!("Searched for “{}”: {}", args.query, count(items.len(), "hit", "hits")),
        data: json!({ "items": items }),
        ..Outcome::default()
    })
}

pub async fn list(tx: &mut TenantTx, talk: &Talk, args: &List) -> Result<Outcome, Fault> {
    let areas = args.area.map_or_else(|| vec![DocumentArea::Refinery, DocumentArea::Foundry], |area| vec![area]);
    let mut items = Vec::new();
    for area in areas {
        let tree = documents::tree(tx, &talk.project.slug, area).await?;
        items.extend(tree.documents.into_iter().map(|d| {
            let link = format!("{}/{}/{}", talk.base, area.as_str(), d.slug);
            json!({ "id": d.id, "title": d.title, "type": d.kind, "link": link, "stale": d.drifted })
        }));
    }
    Ok(Outcome {
        title: format!("Listed {}", count(items.len(), "document", "documents")),
        data: json!({ "items": items }),
        ..Outcome::default()
    })
}

pub async fn artifacts(tx: &mut TenantTx, talk: &Talk) -> Result<Outcome, Fault> {
    let found = artifacts::names(tx, talk.project.id).await?;
    let items: Vec<Value> = found
        .iter()
        .map(|a| {
            let link = format!("{}/artifacts?open={}", talk.base, a.id);
            json!({ "id": a.id, "name": a.name, "mimeType": a.mime_type, "hasText": a.has_text, "link": link })
        })
        .collect();
    Ok(Outcome {
        title: format!("Listed {}", count(items.len(), "artifact", "artifacts")),
        data: json!({ "items": items }),
        ..Outcome::default()
    })
}

pub async fn artifact(tx: &mut TenantTx, talk: &Talk, args: &ReadArtifact) -> Result<Outcome, Fault> {
    let found = artifacts::said(tx, talk.project.id, &args.artifact).await?;
    let link = format!("/artifacts?open={}", found.id);
    Ok(Outcome {
        title: format!("Read “{}”", found.name),
        data: json!({
            "id": found.id, "name": found.name, "mimeType": found.mime_type, "link": format!("{}{link}", talk.base),
            "text": found.text, "note": found.text.is_none().then_some("This file has no text that could be read."),
        }),
        link: Some(link),
        ..Outcome::default()
    })
}

/// Edits as a suggestion: what each replaces is taken from the text as it is now.
pub async fn suggest(tx: &mut TenantTx, talk: &Talk, args: &Suggest) -> Result<Outcome, Fault> {
    let document = look::document(tx, &talk.project, &args.document).await?;
    let now = text::current(tx, document.id).await?;
    let mut diffs = Vec::new();
    for edit in &args.edits {
        let old = suggest::section_markdown(&now.doc, &edit.section_id)
            .map_err(|_| Fault::field("sectionId", format!("{} is no section of “{}”", edit.section_id, document.title)))?;
        diffs.push(SuggestedDiff {
            section_id: edit.section_id.clone(),
            operation: edit.operation,
            old_content: if edit.operation == Operation::Insert { String::new() } else { old },
            new_content: edit.new_content.clone(),
            explanation: edit.explanation.chars().take(500).collect(),
            ..SuggestedDiff::default()
        });
    }
    let made = make(tx, talk, document.id, &args.summary, diffs).await?;
    Ok(suggested(talk, &made, &document.title, document.path()))
}

/// Stores a suggestion of this talk.
pub async fn make(tx: &mut TenantTx, talk: &Talk, document: Uuid, summary: &str, diffs: Vec<SuggestedDiff>) -> Result<Suggestion, Fault> {
    let talk = &talk.conversation;
    suggestions::make(tx, document, talk.agent_type, summary, diffs, Some(talk.id)).await
}

/// What is said of a suggestion that was made.
pub fn suggested(talk: &Talk, made: &Suggestion, title: &str, link: String) -> Outcome {
    let parts = made.diffs.len();
    Outcome {
        title: format!("Suggested {} for “{title}”", count(parts, "change", "changes")),
        data: json!({
            "suggestionId": made.id, "document": title, "parts": parts, "link": format!("{}{link}", talk.base),
            "note": "The person accepts or rejects each part beside the document. Nothing is applied yet.",
        }),
        suggestion: Some(ChatEvent::EditSuggestion {
            suggestion_id: made.id,
            document_id: made.document_id,
            title: title.to_owned(),
            link: link.clone(),
            parts,
        }),
        link: Some(link),
        ..Outcome::default()
    }
}

/// "1 hit", "2 hits".
pub fn count(n: usize, one: &str, many: &str) -> String {
    format!("{n} {}", if n == 1 { one } else { many })
}
