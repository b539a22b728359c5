//! Finding templates, and which one holds.
use super::{Scope, Template, TemplateType};
use crate::{documents::DocumentType, projects};
use chrono::{DateTime, Utc};
use kernel::{Fault, Perm, db::TenantTx};
use serde_json::Value;
use uuid::Uuid;

struct Row {
    id: Uuid,
    rev: String,
    kind: TemplateType,
    organization_id: Option<Uuid>,
    project_id: Option<Uuid>,
    name: String,
    description: Option<String>,
    content: Value,
    is_default: bool,
    updated_at: DateTime<Utc>,
}

impl From<Row> for Template {
    fn from(row: Row) -> Self {
        let Row { id, rev, kind, organization_id, project_id, name, description, content, is_default, updated_at } = row;
        let scope = match (organization_id, project_id) {
            (_, Some(_)) => Scope::Project,
            (Some(_), None) => Scope::Organization,
            (None, None) => Scope::System,
        };
        Self { id, rev, kind, scope, name, description, content, is_default, updated_at }
    }
}

/// The templates that may be used in a project (or, without one, in every project), nearest scope first.
pub async fn list(tx: &mut TenantTx, project: Option<&str>) -> Result<Vec<Template>, Fault> {
    tx.require(Perm::FactoryRead)?;
    let project = match project {
        Some(slug) => Some(projects::by_slug(tx, slug).await?.id),
        None => None,
    };
    within(tx, project).await
}

pub(super) async fn within(tx: &mut TenantTx, project: Option<Uuid>) -> Result<Vec<Template>, Fault> {
    let rows = sqlx::query_as!(
        Row,
        r#"select id, xmin::text as "rev!", type as "kind: TemplateType", organization_id, project_id, name, description, content, is_default,
             updated_at
           from factory.templates
           where project_id is null or project_id = $1
           order by type, project_id nulls last, organization_id nulls last, is_default desc, lower(name), id limit 500"#,
        project
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(rows.into_iter().map(Template::from).collect())
}

/// One template, or 404.
pub async fn get(tx: &mut TenantTx, id: Uuid) -> Result<Template, Fault> {
    tx.require(Perm::FactoryRead)?;
    let (template, project) = find(tx, id).await?;
    if let Some(project) = project {
        projects::get(tx, project).await.map_err(|_| missing())?;
    }
    Ok(template)
}

/// The template and the project it belongs to.
pub(super) async fn find(tx: &mut TenantTx, id: Uuid) -> Result<(Template, Option<Uuid>), Fault> {
    let row = sqlx::query_as!(
        Row,
        r#"select id, xmin::text as "rev!", type as "kind: TemplateType", organization_id, project_id, name, description, content, is_default,
             updated_at
           from factory.templates where id = $1"#,
        id
    )
    .fetch_optional(tx.conn())
    .await?
    .ok_or_else(missing)?;
    let project = row.project_id;
    Ok((row.into(), project))
}

pub(super) fn missing() -> Fault {
    Fault::not_found("The template")
}

/// The template that holds in a project: the one asked for, else the default of the project, of the organization, of
/// Millrace. For requirements the type of document counts too.
pub async fn resolve(
    tx: &mut TenantTx,
    project: Uuid,
    kind: TemplateType,
    doc_type: Option<DocumentType>,
    asked: Option<Uuid>,
) -> Result<Option<Template>, Fault> {
    let all = within(tx, Some(project)).await?;
    let fits = |t: &&Template| t.kind == kind && (doc_type.is_none() || t.doc_type() == doc_type);
    match asked {
        Some(id) => all.iter().filter(fits).find(|t| t.id == id).cloned().map(Some).ok_or_else(missing),
        // They come nearest scope first.
        None => Ok(all.iter().filter(fits).find(|t| t.is_default).cloned()),
    }
}
