//! The text of a changed node: as it was when it was last confirmed, and as it is.
use crate::graph::{EntityKind, Node, hash};
use kernel::{Fault, db::TenantTx};
use richtext::Doc;
use uuid::Uuid;

/// Versions looked through for the one that was confirmed.
const VERSIONS: i64 = 100;

/// One version of a document.
pub struct Said {
    pub number: i32,
    pub doc: Doc,
    pub diagram: Option<String>,
}

/// The newest version of a document, and the one that was confirmed last where there is one. `None`: no version yet.
pub async fn versions(tx: &mut TenantTx, source: &Node) -> Result<Option<(Option<Said>, Said)>, Fault> {
    let synced = synced(tx, source.id).await?;
    let rows = sqlx::query!(
        "select version_number, content, diagram_source from factory.document_versions where document_id = $1 order by version_number desc limit $2",
        source.entity_id,
        VERSIONS
    )
    .fetch_all(tx.conn())
    .await?;
    let mut all = rows.into_iter().map(|v| Said { number: v.version_number, doc: hash::read(&v.content), diagram: v.diagram_source });
    let Some(now) = all.next() else { return Ok(None) };
    let confirmed = all.find(|v| synced.contains(&richtext::hash::document(&v.doc, v.diagram.as_deref())));
    Ok(Some((confirmed, now)))
}

/// Both texts of a document that has versions, the earlier one empty where none was confirmed. `None`: it keeps none.
pub async fn texts(tx: &mut TenantTx, source: &Node) -> Result<Option<(Doc, Doc)>, Fault> {
    if source.kind != EntityKind::Document {
        return Ok(None);
    }
    let found = versions(tx, source).await?;
    Ok(found.map(|(confirmed, now)| (confirmed.map_or_else(|| Doc::new(Vec::new()), |v| v.doc), now.doc)))
}

/// The hashes that were confirmed at the edges on from a node. Of an alert further on, the first step of the way was
/// confirmed last.
async fn synced(tx: &mut TenantTx, node: Uuid) -> Result<Vec<String>, Fault> {
    Ok(sqlx::query_scalar!(
        r#"select distinct e.metadata ->> 'synced_hash' as "hash!" from factory.graph_edges e
           where (e.edge_type = 'derives_from' and e.target_node_id = $1 or e.edge_type in ('shared_context', 'implements') and e.source_node_id = $1)
             and e.metadata ? 'synced_hash'"#,
        node
    )
    .fetch_all(tx.conn())
    .await?)
}
