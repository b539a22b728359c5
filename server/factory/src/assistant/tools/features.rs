//! Proposals about features.
use super::{Outcome, look};
use crate::{
    assistant::{FieldChange, Seen},
    features::{self, FeatureInput, FeaturePatch},
    projects::Project,
};
use kernel::{Code, Fault, db::TenantTx};
use serde::Deserialize;
use serde_json::json;

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Create {
    name: String,
    #[serde(default)]
    description: String,
    #[serde(default)]
    category: String,
    #[serde(default)]
    priority: String,
    #[serde(default)]
    criteria: Vec<String>,
    parent: Option<String>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Update {
    feature: String,
    name: Option<String>,
    description: Option<String>,
    category: Option<String>,
    priority: Option<String>,
    criteria: Option<Vec<String>>,
}

/// A field that would get a value.
pub fn set(changes: &mut Vec<FieldChange>, field: &str, old: Option<String>, new: &str) {
    let old = old.filter(|old| !old.is_empty());
    if old.as_deref().unwrap_or_default() != new {
        changes.push(FieldChange { field: field.to_owned(), old, new: new.to_owned() });
    }
}

pub async fn create(tx: &mut TenantTx, project: &Project, args: &Create) -> Result<Outcome, Fault> {
    let name = features::store::name(&args.name)?;
    features::store::priority(&args.priority)?;
    let mut changes = Vec::new();
    for (field, value) in [("Name", &name), ("Description", &args.description), ("Category", &args.category), ("Priority", &args.priority)]
    {
        set(&mut changes, field, None, value);
    }
    set(&mut changes, "Criteria", None, &args.criteria.join("\n"));
    if let Some(parent) = &args.parent {
        let parent = look::feature(tx, project, parent).await?;
        set(&mut changes, "Part of", None, &format!("{} {}", parent.key, parent.name));
    }
    Ok(Outcome { title: format!("Create feature “{name}”"), changes, ..Outcome::default() })
}

pub async fn created(tx: &mut TenantTx, project: &Project, args: &Create) -> Result<Outcome, Fault> {
    let parent_id = match &args.parent {
        Some(parent) => Some(look::feature(tx, project, parent).await?.id),
        None => None,
    };
    let input = FeatureInput {
        name: args.name.clone(),
        description: args.description.clone(),
        category: args.category.clone(),
        priority: args.priority.clone(),
        criteria: args.criteria.join("\n"),
        parent_id,
        ..FeatureInput::default()
    };
    let made = features::create(tx, &project.slug, &input).await?;
    Ok(Outcome {
        title: format!("Created {} “{}”", made.key, made.name),
        link: Some(format!("/features/{}", made.key)),
        data: json!({ "feature": made.key, "id": made.id }),
        ..Outcome::default()
    })
}

pub async fn update(tx: &mut TenantTx, project: &Project, args: &Update) -> Result<Outcome, Fault> {
    let now = look::feature(tx, project, &args.feature).await?;
    if let Some(name) = &args.name {
        features::store::name(name)?;
    }
    if let Some(priority) = &args.priority {
        features::store::priority(priority)?;
    }
    let mut changes = Vec::new();
    let criteria: Vec<&str> = now.criteria.iter().map(|c| c.text.as_str()).collect();
    for (field, old, new) in [
        ("Name", Some(now.name.clone()), args.name.clone()),
        ("Description", now.description.clone(), args.description.clone()),
        ("Category", now.category.clone(), args.category.clone()),
        ("Priority", now.priority.map(|p| p.as_str().to_owned()), args.priority.clone()),
        ("Criteria", Some(criteria.join("\n")), args.criteria.as_ref().map(|c| c.join("\n"))),
    ] {
        if let Some(new) = new {
            set(&mut changes, field, old, &new);
        }
    }
    if changes.is_empty() {
        return Err(Fault::new(Code::Validation, format!("{} is like that already.", now.key)));
    }
    Ok(Outcome {
        title: format!("Change {} “{}”", now.key, now.name),
        link: Some(format!("/features/{}", now.key)),
        changes,
        targets: vec![Seen { id: now.id, rev: now.rev }],
        ..Outcome::default()
    })
}

pub async fn updated(tx: &mut TenantTx, args: &Update, seen: &[Seen]) -> Result<Outcome, Fault> {
    let seen = seen.first().ok_or_else(|| Fault::stale("feature"))?;
    let patch = FeaturePatch {
        name: args.name.clone(),
        description: args.description.clone(),
        category: args.category.clone(),
        priority: args.priority.clone(),
        criteria: args.criteria.as_ref().map(|c| c.join("\n")),
        ..FeaturePatch::default()
    };
    let now = features::update(tx, seen.id, &seen.rev, &patch).await?;
    Ok(Outcome {
        title: format!("Changed {} “{}”", now.key, now.name),
        link: Some(format!("/features/{}", now.key)),
        data: json!({ "feature": now.key }),
        ..Outcome::default()
    })
}
