//! A review by rules, written as anchored comments.
use crate::{
    comments::{self, Anchor, Finding},
    documents::{DocumentType, store, text},
    templates,
};
use kernel::{Fault, audit::Audit, db::TenantTx};
use richtext::{
    Doc,
    model::{Block, Inline},
    review::{Expected, review as by_rules},
};
use uuid::Uuid;

/// Reviews a document and answers how many findings there are now. Those of earlier reviews that nobody resolved are
/// replaced.
pub async fn review(tx: &mut TenantTx, document: Uuid) -> Result<usize, Fault> {
    let (project, document) = store::lock(tx, document).await?;
    let now = text::current(tx, document.id).await?;
    let sections = match templates::sections_of(tx, project.id, document.kind, document.template_id).await {
        Ok(found) => found.map(|(_, sections)| sections).unwrap_or_default(),
        // Its template was deleted since: the default says what belongs in it.
        Err(_) => templates::sections_of(tx, project.id, document.kind, None).await?.map(|(_, sections)| sections).unwrap_or_default(),
    };
    let expected: Vec<Expected> =
        sections.into_iter().map(|s| Expected { heading: s.heading, required: s.required, body: s.body }).collect();
    let needs_criteria = document.kind == DocumentType::FeatureRequirements;
    let doc = now.doc;
    let found = tokio::task::spawn_blocking(move || by_rules(&doc, &expected, needs_criteria)).await.map_err(|_| Fault::internal())?;
    let findings = found
        .into_iter()
        .map(|f| {
            let other = f.other.map(|o| o.quote).filter(|quote| !quote.is_empty());
            let lines = [Some(f.message), other.map(|quote| format!("The other place: “{quote}”"))];
            let text = Doc::new(lines.into_iter().flatten().map(|line| Block::Paragraph(vec![Inline::text(line)])).collect());
            let rule = Some(f.kind.words().to_owned());
            let anchor = match f.anchor {
                Some(a) => Anchor { quote: a.quote.chars().take(500).collect(), section_id: Some(a.section_id), comment_id: None, rule },
                None => Anchor { rule, ..Anchor::default() },
            };
            Finding { text, anchor }
        })
        .collect();
    tx.audit(Audit::new("document.review").target("document", document.id)).await?;
    comments::replace_findings(tx, project.id, document.id, findings).await
}
