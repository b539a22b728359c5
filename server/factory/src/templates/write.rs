//! Writing templates: members those of projects, admins those of the organization. What ships with Millrace stays.
use super::{
    ExtractionContent, FoundryContent, PhaseContent, RefineryContent, Scope, Section, Template, TemplateInput, TemplateType,
    WorkOrderContent,
    read::{find, missing},
};
use crate::{features::store::text, projects};
use kernel::{Code, Fault, Perm, audit::Audit, db::TenantTx};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Value, json};
use uuid::Uuid;

/// Sections, blueprints, diagrams or phases of a template.
const MOST: usize = 60;

/// Adds a template to a project, or without one to the organization.
pub async fn create(tx: &mut TenantTx, project: Option<&str>, input: &TemplateInput) -> Result<Template, Fault> {
    let project = match project {
        Some(slug) => Some(projects::lock(tx, slug).await?.id),
        None => {
            tx.require(Perm::FactoryManage)?;
            None
        }
    };
    add(tx, project, input).await
}

async fn add(tx: &mut TenantTx, project: Option<Uuid>, input: &TemplateInput) -> Result<Template, Fault> {
    let name = text("name", &input.name, 255)?.ok_or_else(|| Fault::field("name", "is required"))?;
    let content = check(input.kind, &input.content)?;
    if input.is_default {
        clear_default(tx, project, input.kind, &content).await?;
    }
    let author = tx.actor().user;
    let id = sqlx::query_scalar!(
        "insert into factory.templates (project_id, type, name, description, content, is_default, created_by)
         values ($1, $2, $3, $4, $5, $6, $7) returning id",
        project,
        input.kind as TemplateType,
        name,
        text("description", &input.description, 2000)?,
        content,
        input.is_default,
        author
    )
    .fetch_one(tx.conn())
    .await?;
    tx.audit(Audit::new("template.create").target("template", id)).await?;
    Ok(find(tx, id).await?.0)
}

/// Changes a template; its type stays.
pub async fn update(tx: &mut TenantTx, id: Uuid, rev: &str, input: &TemplateInput) -> Result<Template, Fault> {
    let (now, project) = writable(tx, id, Some(rev)).await?;
    let name = text("name", &input.name, 255)?.ok_or_else(|| Fault::field("name", "is required"))?;
    let content = check(now.kind, &input.content)?;
    if input.is_default {
        clear_default(tx, project, now.kind, &content).await?;
    }
    sqlx::query!(
        "update factory.templates set name = $2, description = $3, content = $4, is_default = $5 where id = $1",
        id,
        name,
        text("description", &input.description, 2000)?,
        content,
        input.is_default
    )
    .execute(tx.conn())
    .await?;
    tx.audit(Audit::new("template.update").target("template", id)).await?;
    Ok(find(tx, id).await?.0)
}

/// Deletes a template. Documents made from it stay as they are.
pub async fn remove(tx: &mut TenantTx, id: Uuid, rev: &str) -> Result<(), Fault> {
    writable(tx, id, Some(rev)).await?;
    sqlx::query!("delete from factory.templates where id = $1", id).execute(tx.conn()).await?;
    tx.audit(Audit::new("template.delete").target("template", id)).await
}

/// Copies a project's template into the organization, for all its projects.
pub async fn promote(tx: &mut TenantTx, id: Uuid) -> Result<Template, Fault> {
    tx.require(Perm::FactoryManage)?;
    let (now, project) = writable(tx, id, None).await?;
    if project.is_none() {
        return Err(Fault::new(Code::Conflict, "This template belongs to the organization already."));
    }
    let input = TemplateInput {
        kind: now.kind,
        name: now.name,
        description: now.description.unwrap_or_default(),
        content: now.content,
        is_default: false,
    };
    add(tx, None, &input).await
}

/// A template this person may change.
async fn writable(tx: &mut TenantTx, id: Uuid, rev: Option<&str>) -> Result<(Template, Option<Uuid>), Fault> {
    tx.require(Perm::FactoryWrite)?;
    sqlx::query!("select from factory.templates where id = $1 and organization_id is not null for no key update", id)
        .fetch_optional(tx.conn())
        .await?;
    let (now, project) = find(tx, id).await?;
    match (now.scope, project) {
        (Scope::System, _) => return Err(Fault::new(Code::Forbidden, "This template ships with Millrace. Copy it to change it.")),
        (_, Some(project)) => {
            let project = projects::get(tx, project).await.map_err(|_| missing())?;
            projects::lock(tx, &project.slug).await?;
        }
        (_, None) => tx.require(Perm::FactoryManage)?,
    }
    match rev {
        Some(rev) if rev != now.rev => Err(Fault::stale("template").with_details(json!({ "current": now }))),
        _ => Ok((now, project)),
    }
}

/// One default for each scope and type (of documents, for requirements).
async fn clear_default(tx: &mut TenantTx, project: Option<Uuid>, kind: TemplateType, content: &Value) -> Result<(), Fault> {
    let doc_type = content.get("doc_type").and_then(Value::as_str).unwrap_or_default();
    sqlx::query!(
        "update factory.templates set is_default = false
         where organization_id is not null and project_id is not distinct from $1 and type = $2 and is_default
           and coalesce(content ->> 'doc_type', '') = $3",
        project,
        kind as TemplateType,
        doc_type
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// The content as its type wants it; what a type does not know is left out.
pub(super) fn check(kind: TemplateType, content: &Value) -> Result<Value, Fault> {
    match kind {
        TemplateType::Refinery => {
            let mut content: RefineryContent = read(content)?;
            if content.doc_type.area() != crate::documents::DocumentArea::Refinery {
                return Err(wrong("doc_type is a type of requirements"));
            }
            sections(&mut content.sections)?;
            write(&content)
        }
        TemplateType::Foundry => {
            let mut content: FoundryContent = read(content)?;
            at_most("blueprints", content.blueprints.len())?;
            at_most("diagrams", content.diagrams.len())?;
            for blueprint in &mut content.blueprints {
                blueprint.title = crate::documents::store::title(&blueprint.title)
                    .map_err(|_| wrong("every blueprint needs a title of at most 500 characters"))?;
                sections(&mut blueprint.sections)?;
            }
            for diagram in &mut content.diagrams {
                diagram.title = crate::documents::store::title(&diagram.title)
                    .map_err(|_| wrong("every diagram needs a title of at most 500 characters"))?;
                crate::documents::text::check_diagram(Some(&diagram.source))?;
            }
            sections(&mut content.feature_blueprint.sections)?;
            write(&content)
        }
        TemplateType::PlannerExtraction => write(&read::<ExtractionContent>(content)?),
        TemplateType::PlannerWorkOrder => {
            let mut content: WorkOrderContent = read(content)?;
            if content.title_pattern.trim().is_empty() || content.title_pattern.chars().count() > 500 {
                return Err(wrong("title_pattern is required, at most 500 characters"));
            }
            sections(&mut content.sections)?;
            write(&content)
        }
        TemplateType::PlannerPhase => {
            let content: PhaseContent = read(content)?;
            at_most("phases", content.phases.len())?;
            if content
                .phases
                .iter()
                .any(|p| p.name.trim().is_empty() || p.name.chars().count() > 255 || p.description.chars().count() > 2000)
            {
                return Err(wrong("every phase needs a name of at most 255 characters and a description of at most 2000"));
            }
            write(&content)
        }
    }
}

fn read<T: DeserializeOwned>(content: &Value) -> Result<T, Fault> {
    serde_json::from_value(content.clone()).map_err(|error| wrong(&error.to_string()))
}

fn write<T: Serialize>(content: &T) -> Result<Value, Fault> {
    let value = serde_json::to_value(content).map_err(|error| wrong(&error.to_string()))?;
    if value.to_string().len() > 256 * 1024 {
        return Err(wrong("it is larger than 256 KB"));
    }
    Ok(value)
}

fn wrong(why: &str) -> Fault {
    Fault::field("content", format!("is not a template: {why}"))
}

fn at_most(what: &str, n: usize) -> Result<(), Fault> {
    if n > MOST { Err(wrong(&format!("{n} {what}; the most is {MOST}"))) } else { Ok(()) }
}

fn sections(sections: &mut [Section]) -> Result<(), Fault> {
    at_most("sections", sections.len())?;
    for section in sections {
        section.heading = section.heading.trim().to_owned();
        if section.heading.is_empty() || section.heading.contains('\n') || section.heading.chars().count() > 255 {
            return Err(wrong("every section needs a heading of one line, at most 255 characters"));
        }
        section.level = section.level.clamp(1, 4);
    }
    Ok(())
}
