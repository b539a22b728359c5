//! What the built-in rules do beside the tools: review, drafts from templates, work orders from blueprints, the interview.
use super::{
    Outcome,
    documents::{count, make, suggested},
    look,
};
use crate::{
    assistant::run::Talk,
    documents::text,
    review::{self, Answers, Suggested},
    suggestions::{self, Operation, SuggestedDiff},
    templates::{self, Strategy},
};
use kernel::{Code, Fault, db::TenantTx};
use richtext::review::{Expected, review as by_rules};
use serde::Deserialize;
use serde_json::{Value, json};

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OfDocument {
    document: String,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Extract {
    document: String,
    strategy: Option<Strategy>,
}

/// What the rules say to a document; the comments themselves are made by its Review button.
pub async fn review(tx: &mut TenantTx, talk: &Talk, args: &OfDocument) -> Result<Outcome, Fault> {
    let document = look::document(tx, &talk.project, &args.document).await?;
    let now = text::current(tx, document.id).await?;
    let sections = templates::sections_of(tx, talk.project.id, document.kind, document.template_id).await;
    let sections = sections.ok().flatten().map(|(_, sections)| sections).unwrap_or_default();
    let expected: Vec<Expected> =
        sections.into_iter().map(|s| Expected { heading: s.heading, required: s.required, body: s.body }).collect();
    let needs_criteria = document.kind == crate::documents::DocumentType::FeatureRequirements;
    let doc = now.doc;
    let found = tokio::task::spawn_blocking(move || by_rules(&doc, &expected, needs_criteria)).await.map_err(|_| Fault::internal())?;
    let items: Vec<Value> = found.iter().map(|f| json!({ "kind": f.kind.words(), "message": f.message })).collect();
    let link = document.path();
    Ok(Outcome {
        title: format!("Reviewed “{}”: {}", document.title, count(items.len(), "finding", "findings")),
        data: json!({ "title": document.title, "items": items, "link": format!("{}{link}", talk.base) }),
        link: Some(link),
        ..Outcome::default()
    })
}

/// Suggests the sections of the template that a document does not have.
pub async fn draft(tx: &mut TenantTx, talk: &Talk, args: &OfDocument) -> Result<Outcome, Fault> {
    let document = look::document(tx, &talk.project, &args.document).await?;
    let now = text::current(tx, document.id).await?;
    let found = templates::sections_of(tx, talk.project.id, document.kind, document.template_id).await?;
    let have = now.doc.sections();
    let last = have.last().map(|s| s.id.clone()).unwrap_or_else(|| richtext::section::ROOT.to_owned());
    let diffs: Vec<SuggestedDiff> = found
        .map(|(_, sections)| sections)
        .unwrap_or_default()
        .into_iter()
        .filter(|s| !have.iter().any(|h| h.title.trim().eq_ignore_ascii_case(s.heading.trim())))
        .map(|s| {
            let body = if s.body.trim().is_empty() { s.guidance.trim() } else { s.body.trim() };
            SuggestedDiff {
                section_id: last.clone(),
                operation: Operation::Insert,
                new_content: format!("{} {}\n\n{body}", "#".repeat(s.level.clamp(1, 4).into()), s.heading),
                explanation: format!("{}: from the template", s.heading),
                ..SuggestedDiff::default()
            }
        })
        .collect();
    if diffs.is_empty() {
        return Err(Fault::new(Code::Validation, format!("“{}” has every section of its template.", document.title)));
    }
    let made = make(tx, talk, document.id, "Sections of the template", diffs).await?;
    Ok(suggested(talk, &made, &document.title, document.path()))
}

/// Draws work orders from a blueprint, as a suggestion.
pub async fn extract(tx: &mut TenantTx, talk: &Talk, args: &Extract) -> Result<Outcome, Fault> {
    let document = look::document(tx, &talk.project, &args.document).await?;
    let made = review::extract(tx, document.id, args.strategy).await?;
    shown(tx, talk, made).await
}

/// Four answers become a draft of the overview and proposed features, as a suggestion.
pub async fn interview(tx: &mut TenantTx, talk: &Talk, answers: &Answers) -> Result<Outcome, Fault> {
    let made = review::interview(tx, &talk.project.slug, answers).await?;
    shown(tx, talk, made).await
}

async fn shown(tx: &mut TenantTx, talk: &Talk, made: Suggested) -> Result<Outcome, Fault> {
    let suggestion = suggestions::get(tx, made.suggestion).await?;
    Ok(suggested(talk, &suggestion, &made.document.title, made.document.path()))
}
