//! The text of a document as it is now: what people type at this moment, or what was stored last.
use crate::live;
use collab::yrs::{ReadTxn, Transact};
use kernel::{Code, Fault, db::TenantTx};
use richtext::{Doc, yjs};
use serde_json::{Value, json};
use uuid::Uuid;

/// The longest source of a diagram.
pub const MAX_DIAGRAM: usize = 100 * 1024;

/// What a document says: its text and, for diagrams, their source.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Text {
    pub doc: Doc,
    pub diagram: Option<String>,
}

impl Text {
    /// Its content hash.
    pub fn hash(&self) -> String {
        richtext::hash::document(&self.doc, self.diagram.as_deref())
    }

    /// From the columns of a row. What is stored was checked when it was written; a node that breaks the schema, which
    /// two people typing at once may have left, is left out.
    pub fn of(content: Option<&Value>, diagram: Option<String>) -> Self {
        Self { doc: content.map(|content| Doc::salvage(content).0).unwrap_or_default(), diagram }
    }

    /// What a live document says.
    pub fn live<T: ReadTxn>(txn: &T) -> Self {
        // What two people typing at once made invalid is left out, as the editor leaves it out of the page.
        let (doc, _) = yjs::read(txn);
        Self { doc, diagram: Some(yjs::diagram(txn)).filter(|source| !source.is_empty()) }
    }
}

/// What the document says now, with what was typed a moment ago.
pub async fn current(tx: &mut TenantTx, document: Uuid) -> Result<Text, Fault> {
    match collab::look(tx, document, |doc| Ok(Text::live(&doc.transact()))).await? {
        Some(text) => Ok(text),
        None => shown(tx, document).await,
    }
}

/// What its row says: seconds behind those who type.
pub async fn shown(tx: &mut TenantTx, document: Uuid) -> Result<Text, Fault> {
    let row = sqlx::query!("select content, diagram_source from factory.documents where id = $1", document)
        .fetch_optional(tx.conn())
        .await?
        .ok_or_else(super::store::missing)?;
    Ok(Text::of(row.content.as_ref(), row.diagram_source))
}

/// What a document says, for programs.
#[derive(Clone, Debug)]
pub struct Content {
    /// ProseMirror JSON.
    pub content: Value,
    pub diagram: Option<String>,
    pub hash: String,
}

/// What a live document says now.
pub async fn content(tx: &mut TenantTx, document: Uuid) -> Result<Content, Fault> {
    super::store::read(tx, document).await?;
    let now = current(tx, document).await?;
    Ok(Content { content: now.doc.to_value(), hash: now.hash(), diagram: now.diagram })
}

/// Changes what the document says, in one step that everybody who has it open sees; answers what it says then. `work` sees
/// it as it is in this moment.
pub async fn change(
    tx: &mut TenantTx,
    document: Uuid,
    work: impl FnOnce(Text) -> Result<Text, Fault> + Send + 'static,
) -> Result<Text, Fault> {
    collab::edit(tx, &live::documents(), document, |_, txn| {
        let then = work(Text::live(txn))?;
        check_diagram(then.diagram.as_deref())?;
        yjs::write(txn, &then.doc);
        yjs::write_diagram(txn, then.diagram.as_deref().unwrap_or_default());
        Ok(Text::live(txn))
    })
    .await
}

/// Makes the document say this.
pub async fn replace(tx: &mut TenantTx, document: Uuid, text: Text) -> Result<Text, Fault> {
    change(tx, document, |_| Ok(text)).await
}

/// Writes a text that came from outside of the editor: checked against the schema (422 names the place) and put into the
/// document in one step.
pub async fn write(tx: &mut TenantTx, document: Uuid, content: &Value, diagram: Option<&str>) -> Result<(), Fault> {
    let (_, document) = super::store::lock(tx, document).await?;
    let doc = Doc::from_value(content).map_err(refused)?;
    replace(tx, document.id, Text { doc, diagram: diagram.map(str::to_owned) }).await.map(drop)
}

/// 422 when the source of a diagram is too long.
pub fn check_diagram(source: Option<&str>) -> Result<(), Fault> {
    match source.map(str::len) {
        Some(n) if n > MAX_DIAGRAM => Err(Fault::field("diagram_source", format!("has {} KB; the most is 100 KB", n.div_ceil(1024)))),
        _ => Ok(()),
    }
}

/// A text that breaks the rules, as people and programs are told.
pub fn refused(error: richtext::Error) -> Fault {
    use richtext::Error;
    let message = error.to_string();
    match error {
        Error::Invalid { path, .. } => Fault::new(Code::Validation, message).with_details(json!({ "path": path })),
        Error::TooLarge | Error::FileTooLarge { .. } | Error::ExpandsTooMuch => Fault::new(Code::TooLarge, message),
        Error::Export(_) => {
            tracing::error!(error = message, "a document could not be exported");
            Fault::internal()
        }
        _ => Fault::new(Code::Validation, message),
    }
}
