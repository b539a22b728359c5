//! Changing a document's head: its title, its place, the source of its diagram.
use super::{Document, DocumentPatch, store, text};
use crate::{
    activities::{self, Action, Changes, Entity},
    features, graph,
};
use kernel::{Fault, db::TenantTx};
use serde_json::json;
use uuid::Uuid;

/// Changes what the patch names. A new title of a feature's document renames the feature and its other document too.
/// 409 `stale` carries the current row in `details.current`.
pub async fn update(tx: &mut TenantTx, id: Uuid, rev: &str, patch: &DocumentPatch) -> Result<Document, Fault> {
    let (project, now) = store::lock(tx, id).await?;
    store::check_rev(&now, rev)?;
    let DocumentPatch { title, sort_order, diagram_source } = patch;
    let mut changes = Changes::default();
    if let Some(title) = title {
        let title = store::title(title)?;
        if title != now.title {
            match now.feature_id {
                Some(feature) => rename_feature(tx, project.id, feature, &title).await?,
                None => {
                    changes.note("title", &now.title, &title);
                    sqlx::query!("update factory.documents set title = $2 where id = $1", id, title).execute(tx.conn()).await?;
                }
            }
        }
    }
    if let Some(place) = *sort_order {
        sqlx::query!("update factory.documents set sort_order = $2 where id = $1", id, place).execute(tx.conn()).await?;
    }
    if let Some(source) = diagram_source {
        let said = text::current(tx, id).await?;
        let source = Some(source.trim_end()).filter(|s| !s.is_empty()).map(str::to_owned);
        if said.diagram != source {
            changes.note("diagram_source", &said.diagram, &source);
            text::change(tx, id, move |now| Ok(text::Text { diagram: source, ..now })).await?;
        }
    }
    if !changes.is_empty() {
        graph::keep_document(tx, id).await?;
        activities::record(tx, project.id, Entity::Document, id, Action::Updated, changes, json!({})).await?;
    }
    store::find(tx, id).await?.ok_or_else(store::missing)
}

/// The name goes from the feature to its documents.
async fn rename_feature(tx: &mut TenantTx, project: Uuid, feature: Uuid, title: &str) -> Result<(), Fault> {
    let name = features::store::name(title).map_err(|fault| match fault.fields.get("name") {
        Some(message) => Fault::field("title", format!("{message}: its feature has the same name")),
        None => fault,
    })?;
    let before = features::store::one(tx, project, feature).await?;
    let after = features::Feature { name, ..before.clone() };
    features::store::save(tx, project, vec![features::store::Write::new(before, after)]).await?;
    Ok(())
}
