//! The text of a document as it is now: what people type at this moment, or what was stored last.
use kernel::{Code, Fault, db::TenantTx};
use richtext::Doc;
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
}

/// What the document says now.
pub async fn current(tx: &mut TenantTx, document: Uuid) -> Result<Text, Fault> {
    let row = sqlx::query!("select content, diagram_source from factory.documents where id = $1", document)
        .fetch_optional(tx.conn())
        .await?
        .ok_or_else(super::store::missing)?;
    Ok(Text::of(row.content.as_ref(), row.diagram_source))
}

/// Makes the document say this, in one step that everybody who has it open sees.
pub async fn replace(tx: &mut TenantTx, document: Uuid, text: &Text) -> Result<(), Fault> {
    check_diagram(text.diagram.as_deref())?;
    sqlx::query!(
        "update factory.documents set content = $2, diagram_source = $3 where id = $1",
        document,
        text.doc.to_value(),
        text.diagram
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Writes a text that came from outside of the editor: checked against the schema (422 names the place) and put into the
/// document in one step.
pub async fn write(tx: &mut TenantTx, document: Uuid, content: &Value, diagram: Option<&str>) -> Result<(), Fault> {
    let (_, document) = super::store::lock(tx, document).await?;
    let doc = Doc::from_value(content).map_err(refused)?;
    replace(tx, document.id, &Text { doc, diagram: diagram.map(str::to_owned) }).await
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
