//! The document itself, built only where somebody wants to know what it says.
//!
//! It is built in a thread of its own: what people send passed `update::Update::read`, but the library can still be led
//! astray by updates that contradict each other, and it descends as deep as elements nest. A row it cannot take is left out and
//! named; the document of everybody else stays whole.
use crate::store::Stored;
use kernel::Fault;
use std::{
    mem::ManuallyDrop,
    panic::{AssertUnwindSafe, catch_unwind},
};
use yrs::{Doc, OffsetKind, Options, Transact, TransactionMut, Update, updates::decoder::Decode};

/// Address space for the descent into nested elements; memory is only taken where the stack grows.
const STACK: usize = 256 * 1024 * 1024;

/// The name of the rich text in every document.
pub const CONTENT: &str = "default";

/// The name of a diagram's source.
pub const DIAGRAM: &str = "diagram";

/// An empty document that counts text as browsers do.
pub fn blank() -> Doc {
    Doc::with_options(Options { offset_kind: OffsetKind::Utf16, ..Options::default() })
}

/// Builds a document and lets `work` look at it or change it. Answers also the rows that had to be left out.
pub async fn with<T: Send + 'static>(
    stored: Stored,
    work: impl FnOnce(&Doc) -> Result<T, Fault> + Send + 'static,
) -> Result<(T, Vec<i64>), Fault> {
    let (tell, told) = tokio::sync::oneshot::channel();
    let run = move || {
        let (doc, left_out) = build(&stored);
        let done = catch_unwind(AssertUnwindSafe(|| work(&doc)));
        // Whoever asked may be gone.
        let _ = tell.send(done.unwrap_or_else(|_| Err(Fault::internal())).map(|value| (value, left_out)));
    };
    std::thread::Builder::new().name("collab".to_owned()).stack_size(STACK).spawn(run).map_err(|error| {
        tracing::error!(error = &error as &dyn std::error::Error, "no thread to build a document in");
        Fault::internal()
    })?;
    told.await.map_err(|_| Fault::internal())?
}

/// Builds a document out of its state and the rows since, without those that break it.
fn build(stored: &Stored) -> (Doc, Vec<i64>) {
    let mut left_out = Vec::new();
    loop {
        let doc = blank();
        let parts = stored.state.iter().map(|state| (0, state)).chain(stored.rows.iter().map(|(id, row)| (*id, row)));
        let broken = parts.filter(|(id, _)| !left_out.contains(id)).find(|(_, update)| !apply(&doc, update)).map(|(id, _)| id);
        match broken {
            None => return (doc, left_out),
            Some(id) => {
                tracing::error!(document = %stored.document, row = id, "an update cannot be taken into its document and is left out");
                left_out.push(id);
                // Nobody knows what state it is in; it is not even taken apart.
                std::mem::forget(doc);
            }
        }
    }
}

/// Takes an update in, or says that it cannot be.
fn apply(doc: &Doc, update: &[u8]) -> bool {
    let Ok(update) = Update::decode_v1(update) else { return false };
    let taken = catch_unwind(AssertUnwindSafe(|| {
        // A panic must not end the transaction as well: that would be a second one.
        let mut txn = ManuallyDrop::new(doc.transact_mut());
        let taken = txn.apply_update(update).is_ok();
        if taken {
            drop(ManuallyDrop::into_inner(txn));
        }
        taken
    }));
    taken.unwrap_or(false)
}

/// Runs a change in one transaction; answers the update that carries it, `None` when nothing changed.
pub fn change<T>(doc: &Doc, work: impl FnOnce(&mut TransactionMut) -> Result<T, Fault>) -> Result<(T, Option<Vec<u8>>), Fault> {
    let mut txn = doc.transact_mut();
    let value = work(&mut txn)?;
    let update = txn.encode_update_v1();
    drop(txn);
    Ok((value, (update != crate::update::NOTHING).then_some(update)))
}
