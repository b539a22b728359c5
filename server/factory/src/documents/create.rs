//! Adding a document, filled from a template.
use super::{Document, DocumentInput, DocumentType, store, text::Text};
use crate::{
    activities::{self, Action, Changes, Entity},
    features::{self, Feature},
    graph, projects, templates,
};
use kernel::{Code, Fault, audit::Audit, db::TenantTx};
use serde_json::json;
use uuid::Uuid;

/// Adds a document. One of a feature carries the feature's name; a feature has one of each type (409
/// `document_exists` says where it is).
pub async fn create(tx: &mut TenantTx, project: &str, input: &DocumentInput) -> Result<Document, Fault> {
    let project = projects::lock(tx, project).await?;
    let feature = match (input.kind.of_feature(), input.feature_id) {
        (true, None) => {
            let mut fault = Fault::field("feature_id", "is required: choose the feature this is about");
            fault.code = Code::FeatureRequired;
            fault.message = format!("{} belong to a feature. Choose one.", plural(input.kind));
            return Err(fault);
        }
        (true, Some(id)) => Some(features::store::one(tx, project.id, id).await?),
        (false, Some(_)) => return Err(Fault::field("feature_id", "only requirements and blueprints of features have one")),
        (false, None) => None,
    };
    let title = match &feature {
        Some(feature) => {
            store::one_of_feature(tx, input.kind, feature.id).await?;
            feature.name.clone()
        }
        None => store::title(&input.title)?,
    };
    let (template, text) = match input.blank {
        true => (None, Text::default()),
        false => templates::starting_text(tx, project.id, input.kind, input.template_id, feature.as_ref()).await?,
    };
    add(tx, project.id, input.kind, title, feature.as_ref(), template, &text).await
}

/// Writes the row; the caller holds the lock of the project and has checked everything.
pub(crate) async fn add(
    tx: &mut TenantTx,
    project: Uuid,
    kind: DocumentType,
    title: String,
    feature: Option<&Feature>,
    template: Option<Uuid>,
    text: &Text,
) -> Result<Document, Fault> {
    let slug = store::free_slug(tx, project, kind.area(), &title).await?;
    let place = store::next_place(tx, project, kind).await?;
    let author = tx.actor().user;
    let document = sqlx::query_as!(
        Document,
        r#"insert into factory.documents (project_id, feature_id, type, title, slug, content, diagram_source, template_id, sort_order, created_by)
           values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
           returning id, rev, project_id, feature_id, type as "kind: DocumentType", title, slug, template_id, sort_order, created_at, updated_at,
             false as "deleted!""#,
        project,
        feature.map(|f| f.id),
        kind as DocumentType,
        title,
        slug,
        text.doc.to_value(),
        text.diagram,
        template,
        place,
        author
    )
    .fetch_one(tx.conn())
    .await?;
    let mut changes = Changes::default();
    changes.note("title", &None, &Some(&document.title));
    activities::record(tx, project, Entity::Document, document.id, Action::Created, changes, json!({ "type": kind })).await?;
    graph::keep_document(tx, document.id).await?;
    tx.audit(Audit::new("document.create").target("document", document.id)).await?;
    Ok(document)
}

const fn plural(kind: DocumentType) -> &'static str {
    match kind {
        DocumentType::FeatureBlueprint => "Feature blueprints",
        _ => "Feature requirements",
    }
}
