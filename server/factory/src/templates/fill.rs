//! What a template makes of a new document.
use super::{FoundryContent, RefineryContent, Section, TemplateType, read::resolve};
use crate::{
    documents::{
        Document, DocumentType, Guide,
        text::{Text, refused},
    },
    features::Feature,
};
use kernel::{Fault, db::TenantTx};
use richtext::{
    Doc,
    model::{Block, Inline, Mention, Target},
};
use serde::de::DeserializeOwned;
use uuid::Uuid;

/// What a new document says, and the template that made it.
pub(crate) async fn starting_text(
    tx: &mut TenantTx,
    project: Uuid,
    kind: DocumentType,
    asked: Option<Uuid>,
    feature: Option<&Feature>,
) -> Result<(Option<Uuid>, Text), Fault> {
    if kind == DocumentType::SystemDiagram {
        return Ok((None, Text { diagram: Some("flowchart LR\n  a[First part] --> b[Second part]\n".to_owned()), ..Text::default() }));
    }
    let Some((template, mut sections)) = sections_of(tx, project, kind, asked).await? else {
        return Ok((None, Text::default()));
    };
    if let Some(feature) = feature {
        tell(&mut sections, feature);
    }
    let mut doc = filled(&sections)?;
    if let (DocumentType::FeatureBlueprint, Some(feature)) = (kind, feature) {
        link_requirements(tx, feature.id, &mut doc).await?;
    }
    Ok((Some(template), Text { doc, diagram: None }))
}

/// The sections that hold for a type of document, and the template they are of.
pub(crate) async fn sections_of(
    tx: &mut TenantTx,
    project: Uuid,
    kind: DocumentType,
    asked: Option<Uuid>,
) -> Result<Option<(Uuid, Vec<Section>)>, Fault> {
    let (of, doc_type) = match kind {
        DocumentType::SystemDiagram | DocumentType::FoundationBlueprint if asked.is_none() => return Ok(None),
        DocumentType::SystemDiagram | DocumentType::FoundationBlueprint | DocumentType::FeatureBlueprint => (TemplateType::Foundry, None),
        kind => (TemplateType::Refinery, Some(kind)),
    };
    let Some(template) = resolve(tx, project, of, doc_type, asked).await? else {
        return Ok(None);
    };
    let sections = match of {
        TemplateType::Foundry => content::<FoundryContent>(&template.content)?.feature_blueprint.sections,
        _ => content::<RefineryContent>(&template.content)?.sections,
    };
    Ok(Some((template.id, sections)))
}

/// The foundry template that holds.
pub(crate) async fn foundry(tx: &mut TenantTx, project: Uuid, asked: Option<Uuid>) -> Result<(Uuid, FoundryContent), Fault> {
    let template = resolve(tx, project, TemplateType::Foundry, None, asked).await?.ok_or_else(super::read::missing)?;
    Ok((template.id, content(&template.content)?))
}

/// What the template says should stand in the sections of a document.
pub(crate) async fn guide(tx: &mut TenantTx, project: Uuid, document: &Document) -> Result<Vec<Guide>, Fault> {
    let sections = match (document.kind, document.template_id) {
        (_, None) => return Ok(Vec::new()),
        (DocumentType::FoundationBlueprint, Some(template)) => {
            let plan = foundry(tx, project, Some(template)).await.map(|(_, plan)| plan).unwrap_or_default();
            plan.blueprints.into_iter().find(|b| b.title == document.title).map(|b| b.sections).unwrap_or_default()
        }
        (kind, template) => match sections_of(tx, project, kind, template).await {
            Ok(found) => found.map(|(_, sections)| sections).unwrap_or_default(),
            // The template was deleted since.
            Err(_) => Vec::new(),
        },
    };
    Ok(sections
        .into_iter()
        .filter(|s| !s.guidance.trim().is_empty())
        .map(|Section { heading, guidance, required, .. }| Guide { heading, guidance, required })
        .collect())
}

/// Sections as a text: headings with their bodies.
pub(crate) fn filled(sections: &[Section]) -> Result<Doc, Fault> {
    let mut markdown = String::new();
    for section in sections {
        markdown.push_str(&"#".repeat(section.level.clamp(1, 4).into()));
        markdown.push(' ');
        markdown.push_str(&section.heading);
        markdown.push_str("\n\n");
        markdown.push_str(section.body.trim());
        markdown.push_str("\n\n");
    }
    let mut doc = richtext::markdown::parse(&markdown).map_err(refused)?;
    doc.name_sections();
    Ok(doc)
}

/// Puts what is known of a feature where it belongs: its description into the first section, its criteria into the one
/// about acceptance.
fn tell(sections: &mut [Section], feature: &Feature) {
    if let (Some(first), Some(description)) = (sections.first_mut(), &feature.description)
        && first.body.trim().is_empty()
    {
        first.body = escaped(description);
    }
    if let Some(section) = sections.iter_mut().find(|s| s.heading.to_lowercase().contains("acceptance"))
        && !feature.criteria.is_empty()
    {
        let lines = feature.criteria.iter().map(|c| format!("- [{}] {}", if c.met { "x" } else { " " }, escaped(&c.text)));
        section.body = lines.collect::<Vec<_>>().join("\n");
    }
}

/// A plain text as Markdown that says the same: nothing in it begins a list, a heading or a link.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for line in text.lines() {
        if !out.is_empty() {
            out.push_str("\n\n");
        }
        for c in line.trim().chars() {
            if c.is_ascii_punctuation() {
                out.push('\\');
            }
            out.push(c);
        }
    }
    out
}

/// A blueprint begins with where its requirements are.
async fn link_requirements(tx: &mut TenantTx, feature: Uuid, doc: &mut Doc) -> Result<(), Fault> {
    let found = sqlx::query!(
        "select id, title from factory.documents where feature_id = $1 and type = 'feature_requirements' and deleted_at is null",
        feature
    )
    .fetch_optional(tx.conn())
    .await?;
    if let Some(found) = found {
        let mention = Inline::Mention(Mention { id: found.id, label: found.title, target: Target::Document });
        doc.blocks.insert(0, Block::Paragraph(vec![Inline::text("Requirements: "), mention]));
    }
    Ok(())
}

/// What is stored was checked when it was written.
fn content<T: DeserializeOwned>(value: &serde_json::Value) -> Result<T, Fault> {
    serde_json::from_value(value.clone()).map_err(|error| {
        tracing::error!(error = &error as &dyn std::error::Error, "a stored template cannot be read");
        Fault::internal()
    })
}
