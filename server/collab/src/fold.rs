//! Folding: the updates of a document become its state, and its row shows what it says.
use crate::{
    Collab, doc,
    store::{self, Folded},
};
use kernel::{Fault, db::TenantTx};
use serde_json::Value;
use uuid::Uuid;

/// What is done with a document once it is built.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Wanted {
    /// Replace the rows by a state that holds them.
    pub fold: bool,
    /// It counts as settled.
    pub settle: bool,
}

/// What a built document says.
struct Built {
    content: Option<(Value, Option<String>)>,
    folded: Option<Folded>,
}

impl Collab {
    /// Builds a document once, shows it in its row, and folds its updates where that is wanted: one transaction.
    pub(crate) async fn work(&self, org: Uuid, document: Uuid, wanted: Wanted, by: &[Uuid]) -> Result<(), Fault> {
        let mut tx = store::begin(&self.0.app, org).await?;
        // Another process at the same document does the same.
        if !store::claim(&mut tx, document).await? {
            return Ok(());
        }
        let stored = store::load(&mut tx, document).await?;
        let rows: Vec<i64> = stored.rows.iter().map(|(id, _)| *id).collect();
        let (fold, documents) = (wanted.fold && !rows.is_empty(), self.0.documents.clone());
        let build = doc::with(stored, move |doc| {
            let content = documents.content(doc)?;
            let folded = fold.then(|| {
                let (state, clocks) = store::encode(doc);
                Folded { document, state, clocks, rows }
            });
            Ok(Built { content, folded })
        });
        let (built, left_out) = build.await?;
        if left_out.contains(&0) {
            // The state itself cannot be read: nothing is written over it.
            return Err(Fault::internal());
        }
        if let Some(folded) = &built.folded {
            store::fold(&mut tx, folded).await?;
        }
        show(&mut tx, &*self.0.documents, document, built.content, by).await?;
        if wanted.settle {
            self.0.documents.settled(&mut tx, document).await?;
        }
        tx.commit().await
    }
}

/// Writes what a document says into its row, and tells whoever hangs on it.
pub(crate) async fn show(
    tx: &mut TenantTx,
    documents: &dyn crate::Documents,
    document: Uuid,
    content: Option<(Value, Option<String>)>,
    by: &[Uuid],
) -> Result<(), Fault> {
    if let Some((content, diagram)) = content
        && store::write_content(tx, document, &content, diagram.as_deref()).await?
    {
        documents.changed(tx, document, by).await?;
    }
    Ok(())
}
