//! A document in a Y.Doc: XmlFragment `default` and Text `diagram`, in the conventions of y-prosemirror (TipTap's
//! collaboration extension): an element is a node, its attributes are the node's with their JSON types, neighbouring
//! text nodes are one XmlText, whose formats are the marks. A mark that overlaps itself goes by its name and a hash of
//! what it says (`comment--NUJpvjOl`), so that two comments on one word are two formats.
//!
//! All functions work within the caller's transaction. They take any Y.Doc; one made here counts offsets in UTF-16,
//! as browsers do. A Y.Doc must be filled from stored content **once**: filled twice, by two processes at the same
//! time, it holds the text twice when they meet.

mod shape;
mod update;

use crate::model::Doc;
use crate::read::LeftOut;
use crate::{Error, yjs::shape::fragment_json};
use yrs::types::RootRef;
use yrs::{GetString, OffsetKind, Options, ReadTxn, StateVector, TextRef, Transact, TransactionMut, XmlFragmentRef};

/// The name of the XmlFragment with the document.
pub const CONTENT: &str = "default";
/// The name of the Text with the diagram's source.
pub const DIAGRAM: &str = "diagram";

/// An empty Y.Doc with both roots.
pub fn new_doc() -> yrs::Doc {
    let doc = yrs::Doc::with_options(Options { offset_kind: OffsetKind::Utf16, ..Options::default() });
    doc.get_or_insert_xml_fragment(CONTENT);
    doc.get_or_insert_text(DIAGRAM);
    doc
}

/// The document, without what breaks the schema: the editor shows the same.
pub fn read<T: ReadTxn>(txn: &T) -> (Doc, LeftOut) {
    Doc::salvage(&json(txn))
}

/// The document, if all of it keeps the schema.
pub fn check<T: ReadTxn>(txn: &T) -> Result<Doc, Error> {
    Doc::from_value(&json(txn))
}

/// The document as it stands, unchecked, as ProseMirror JSON.
pub fn json<T: ReadTxn>(txn: &T) -> serde_json::Value {
    fragment_json(txn, XmlFragmentRef::root(CONTENT).get(txn).as_ref())
}

/// The diagram's source.
pub fn diagram<T: ReadTxn>(txn: &T) -> String {
    TextRef::root(DIAGRAM).get(txn).map(|text| text.get_string(txn)).unwrap_or_default()
}

/// Makes the live document say what `target` says with as little as can be: blocks that stay keep their identity, in
/// changed ones only the words that differ are touched. What others type at the same time elsewhere survives.
pub fn write(txn: &mut TransactionMut, target: &Doc) {
    let fragment = XmlFragmentRef::root(CONTENT).get_or_create(txn);
    update::children(txn, &fragment, &shape::of_doc(target));
}

/// The same for the diagram's source.
pub fn write_diagram(txn: &mut TransactionMut, target: &str) {
    let text = TextRef::root(DIAGRAM).get_or_create(txn);
    update::plain_text(txn, &text, target);
}

/// The state of a new Y.Doc with this content, as an update (version 1).
pub fn state(content: &Doc, diagram: Option<&str>) -> Vec<u8> {
    let doc = new_doc();
    let mut txn = doc.transact_mut();
    write(&mut txn, content);
    write_diagram(&mut txn, diagram.unwrap_or_default());
    txn.encode_state_as_update_v1(&StateVector::default())
}
