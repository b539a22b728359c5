//! The foundry from a template: foundations and diagrams, those that are missing.
use super::{DocumentRef, DocumentType, Initialised, create, text::Text};
use crate::{projects, templates};
use kernel::{Fault, db::TenantTx};
use uuid::Uuid;

/// Adds the foundations and diagrams a template lists (`None`: the default). What has its title already stays as it is:
/// a second call adds nothing.
pub async fn initialise(tx: &mut TenantTx, project: &str, template: Option<Uuid>) -> Result<Initialised, Fault> {
    let project = projects::lock(tx, project).await?;
    let (template, plan) = templates::foundry(tx, project.id, template).await?;
    let present = sqlx::query!(
        r#"select id, type as "kind: DocumentType", title, slug from factory.documents
           where project_id = $1 and type in ('foundation_blueprint', 'system_diagram') and deleted_at is null"#,
        project.id
    )
    .fetch_all(tx.conn())
    .await?;
    let mut wanted = Vec::new();
    for blueprint in &plan.blueprints {
        wanted.push((
            DocumentType::FoundationBlueprint,
            &blueprint.title,
            Text { doc: templates::filled(&blueprint.sections)?, diagram: None },
        ));
    }
    for diagram in &plan.diagrams {
        wanted.push((DocumentType::SystemDiagram, &diagram.title, Text { diagram: Some(diagram.source.clone()), ..Text::default() }));
    }
    let mut made = Initialised { blueprints_created: 0, blueprints: Vec::new() };
    for (kind, title, text) in wanted {
        let there = present.iter().find(|d| d.kind == kind && d.title.to_lowercase() == title.to_lowercase());
        if let Some(d) = there {
            made.blueprints.push(DocumentRef { id: d.id, kind, title: d.title.clone(), slug: d.slug.clone() });
            continue;
        }
        let document = create::add(tx, project.id, kind, title.clone(), None, Some(template), &text).await?;
        made.blueprints_created += 1;
        made.blueprints.push(DocumentRef { id: document.id, kind, title: document.title, slug: document.slug });
    }
    Ok(made)
}
