//! What live editing knows of documents: what their Y.Doc says, how it begins, and what hangs on what was typed.
use crate::{
    documents::{store, text::Text},
    graph, mentions, versions,
};
use collab::yrs::Transact;
use kernel::{Fault, db::TenantTx};
use serde_json::Value;
use std::sync::Arc;
use uuid::Uuid;

/// The documents of the factory, for `collab`.
pub struct LiveDocuments;

/// The same as live editing holds them.
pub fn documents() -> Arc<dyn collab::Documents> {
    Arc::new(LiveDocuments)
}

#[async_trait::async_trait]
impl collab::Documents for LiveDocuments {
    fn content(&self, doc: &collab::yrs::Doc) -> Result<Option<(Value, Option<String>)>, Fault> {
        let text = Text::live(&doc.transact());
        Ok(Some((text.doc.to_value(), text.diagram)))
    }

    fn first_state(&self, content: Option<&Value>, diagram: Option<&str>) -> Result<Option<Vec<u8>>, Fault> {
        let text = Text::of(content, diagram.map(str::to_owned));
        Ok(Some(richtext::yjs::state(&text.doc, text.diagram.as_deref())))
    }

    /// Who is mentioned hears of it while the others still write; drift waits for a version.
    async fn changed(&self, tx: &mut TenantTx, document: Uuid, by: &[Uuid]) -> Result<(), Fault> {
        let Some(document) = store::find(tx, document).await?.filter(|d| !d.deleted) else { return Ok(()) };
        let text = crate::documents::text::shown(tx, document.id).await?;
        mentions::note(tx, &mentions::Source::document(&document), &text.doc, by).await?;
        graph::keep_document(tx, document.id).await
    }

    async fn settled(&self, tx: &mut TenantTx, document: Uuid) -> Result<(), Fault> {
        versions::automatic(tx, document).await.map(drop)
    }
}
