//! What live editing knows of documents: how their text becomes what their rows show, and the other way round.
use kernel::{Fault, fault::unexpected};
use richtext::{Doc, yjs};
use serde_json::Value;

/// The documents of the factory, for `collab`.
pub struct LiveDocuments;

impl collab::Documents for LiveDocuments {
    fn content(&self, doc: &collab::yrs::Doc) -> Result<Option<(Value, Option<String>)>, Fault> {
        use collab::yrs::Transact;
        let txn = doc.transact();
        // What two people typing at once made invalid is left out of the row as the editor leaves it out of the page.
        let (content, _) = yjs::read(&txn);
        let diagram = Some(yjs::diagram(&txn)).filter(|source| !source.is_empty());
        Ok(Some((content.to_value(), diagram)))
    }

    fn first_state(&self, content: Option<&Value>, diagram: Option<&str>) -> Result<Option<Vec<u8>>, Fault> {
        let content = match content {
            Some(content) => {
                Doc::from_value(content).map_err(|error| unexpected("a stored document breaks the schema")(Box::new(error)))?
            }
            None => Doc { blocks: Vec::new() },
        };
        Ok(Some(yjs::state(&content, diagram)))
    }
}
