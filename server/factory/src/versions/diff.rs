//! What became of a version.
use super::{VersionDiff, read::stored};
use crate::documents::{
    store,
    text::{self, Text},
};
use kernel::{Fault, db::TenantTx};
use uuid::Uuid;

/// Compares a version with another, or with what the document says now. The older one is the one before.
pub async fn diff(tx: &mut TenantTx, document: Uuid, number: i32, with: Option<i32>) -> Result<VersionDiff, Fault> {
    store::read(tx, document).await?;
    let (from, to) = match with {
        Some(other) if other < number => (other, Some(number)),
        other => (number, other),
    };
    let before = version(tx, document, from).await?;
    let after = match to {
        Some(to) => version(tx, document, to).await?,
        None => text::current(tx, document).await?,
    };
    // Long texts take a while: other requests of this thread go on.
    let diff = tokio::task::spawn_blocking(move || {
        richtext::diff::documents((&before.doc, before.diagram.as_deref()), (&after.doc, after.diagram.as_deref()))
    })
    .await
    .map_err(|_| Fault::internal())?;
    Ok(VersionDiff { from, to, diff })
}

async fn version(tx: &mut TenantTx, document: Uuid, number: i32) -> Result<Text, Fault> {
    let (_, content, diagram) = stored(tx, document, number).await?;
    Ok(Text::of(Some(&content), diagram))
}
