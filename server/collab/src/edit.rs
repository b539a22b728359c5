//! Changes that services make, and what a document says right now.
use crate::{
    Collab, Documents, doc, fold,
    store::{self, Stored},
};
use kernel::{Fault, db::TenantTx};
use std::sync::Arc;
use uuid::Uuid;
use yrs::{Doc, TransactionMut};

/// Changes a document in one Y transaction, inside of the caller's: both happen or neither. Open editors of every process see
/// it when the caller commits; the document's row shows it at once.
///
/// ```ignore
/// collab::edit(tx, &documents, id, |doc, txn| richtext::yjs::replace(txn, &content)).await?;
/// ```
pub async fn edit<T: Send + 'static>(
    tx: &mut TenantTx,
    documents: &Arc<dyn Documents>,
    document: Uuid,
    work: impl FnOnce(&Doc, &mut TransactionMut) -> Result<T, Fault> + Send + 'static,
) -> Result<T, Fault> {
    let stored = claimed(tx, documents, document).await?;
    let content = documents.clone();
    let build = doc::with(stored, move |doc| {
        // Roots are there before the transaction that may want them.
        doc.get_or_insert_xml_fragment(doc::CONTENT);
        doc.get_or_insert_text(doc::DIAGRAM);
        let (value, update) = doc::change(doc, |txn| work(doc, txn))?;
        Ok((value, update, content.content(doc)?))
    });
    let ((value, update, content), _) = build.await?;
    if let Some(update) = update {
        store::append(tx, document, &update).await?;
        let by: Vec<Uuid> = tx.actor().user.into_iter().collect();
        fold::show(tx, &**documents, document, content, &by).await?;
    }
    Ok(value)
}

/// Looks at a document as it is now, with what editors of this process typed a moment ago. What they typed elsewhere is
/// there within 250 ms; an editor that asks for a snapshot waits for the report that its frames are stored.
pub async fn current<T: Send + 'static>(
    tx: &mut TenantTx,
    documents: &Arc<dyn Documents>,
    document: Uuid,
    look: impl FnOnce(&Doc) -> Result<T, Fault> + Send + 'static,
) -> Result<T, Fault> {
    let stored = claimed(tx, documents, document).await?;
    Ok(doc::with(stored, look).await?.0)
}

/// The same without waiting for anybody and without writing: `None` for a document that nobody has edited live yet, whose
/// row is all there is.
pub async fn look<T: Send + 'static>(
    tx: &mut TenantTx,
    document: Uuid,
    look: impl FnOnce(&Doc) -> Result<T, Fault> + Send + 'static,
) -> Result<Option<T>, Fault> {
    save_unsaved(tx, document).await?;
    let stored = store::load(tx, document).await?;
    if stored.is_blank() {
        return Ok(None);
    }
    Ok(Some(doc::with(stored, look).await?.0))
}

/// What editors of this process typed a moment ago is stored before somebody asks what a document says.
async fn save_unsaved(tx: &TenantTx, document: Uuid) -> Result<(), Fault> {
    match Collab::of(tx.app()) {
        Some(collab) if collab.room(document).is_some_and(|room| room.has_unsaved()) => collab.save().await,
        _ => Ok(()),
    }
}

/// Everything stored of a document, which nobody else edits or folds until the transaction ends.
async fn claimed(tx: &mut TenantTx, documents: &Arc<dyn Documents>, document: Uuid) -> Result<Stored, Fault> {
    save_unsaved(tx, document).await?;
    store::wait_for_claim(tx, document).await?;
    store::load_or_seed_in(tx, document, &**documents).await
}
