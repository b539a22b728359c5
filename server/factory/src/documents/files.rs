//! Documents as files: Markdown and Word, both ways.
use super::{
    Document, DocumentType, FileFormat, MAX_IMPORT, diagrams, store,
    text::{self, Text, refused},
};
use crate::{
    artifacts,
    versions::{self, VersionRow},
};
use kernel::{Code, Fault, audit::Audit, db::TenantTx};
use richtext::{
    Doc, docx,
    export::{Book, Pictures},
    markdown,
    model::Block,
};
use std::collections::HashMap;
use uuid::Uuid;

/// A file that was written.
#[derive(Clone, Debug)]
pub struct File {
    pub name: String,
    pub mime: &'static str,
    pub bytes: Vec<u8>,
}

/// Lets a document say what a file says, as its next version; what it said until now becomes one too. Headings that stay keep
/// their section.
pub async fn import(tx: &mut TenantTx, document: Uuid, name: &str, bytes: Vec<u8>) -> Result<VersionRow, Fault> {
    let (_, document) = store::lock(tx, document).await?;
    let name: String = name.rsplit(['/', '\\']).next().unwrap_or_default().chars().filter(|c| !c.is_control()).take(200).collect();
    let read = parse(&name, bytes).await?;
    versions::before(tx, &document).await?;
    let kind = document.kind;
    let after = text::change(tx, document.id, move |now| Ok(instead(kind, now, read))).await?;
    tx.audit(Audit::new("document.import").target("document", document.id)).await?;
    let author = tx.actor().user;
    versions::record(tx, &document, &after, Some(&format!("Imported {name}")), author).await
}

async fn parse(name: &str, bytes: Vec<u8>) -> Result<Doc, Fault> {
    if bytes.len() > MAX_IMPORT {
        return Err(Fault::new(Code::TooLarge, format!("The file is larger than {} MB.", MAX_IMPORT / (1024 * 1024)))
            .and_field("file", "is too large"));
    }
    let extension = name.rsplit_once('.').map(|(_, e)| e.to_lowercase()).unwrap_or_default();
    let read = move || match extension.as_str() {
        "md" | "markdown" => {
            let text = String::from_utf8(bytes).map_err(|_| Fault::new(Code::Validation, "The file is no text in UTF-8."))?;
            markdown::parse(text.trim_start_matches('\u{feff}')).map_err(refused)
        }
        "docx" => docx::read(&bytes).map(|read| read.content).map_err(refused),
        _ => Err(Fault::new(Code::UnsupportedMedia, "Choose a Markdown (.md) or Word (.docx) file.")),
    };
    // A large file takes a while: other requests of this thread go on.
    tokio::task::spawn_blocking(read).await.map_err(|_| Fault::internal())?
}

/// What a document says after an import. The diagram a file of a system diagram begins with is the diagram.
fn instead(kind: DocumentType, now: Text, mut doc: Doc) -> Text {
    let mut diagram = now.diagram;
    if kind == DocumentType::SystemDiagram
        && let Some(Block::Mermaid(source)) = doc.blocks.first()
    {
        diagram = Some(source.trim_end().to_owned()).filter(|s| !s.is_empty());
        doc = Doc::new(doc.blocks.split_off(1));
    }
    let mut known: Vec<(String, String)> =
        now.doc.sections().into_iter().filter(|s| s.level > 0).map(|s| (s.title.to_lowercase(), s.id)).collect();
    let titles: HashMap<usize, String> =
        doc.sections().into_iter().filter(|s| s.level > 0).map(|s| (s.blocks.start, s.title.to_lowercase())).collect();
    for (at, block) in doc.blocks.iter_mut().enumerate() {
        let (Block::Heading(heading), Some(title)) = (block, titles.get(&at)) else { continue };
        if let Some(found) = known.iter().position(|(known, _)| known == title) {
            heading.section_id = Some(known.remove(found).1);
        }
    }
    doc.name_sections();
    Text { doc, diagram }
}

/// A document as a file. `drawn`: pictures of its diagrams as SVG, by their source; what is not drawn stands there as its
/// source.
pub async fn export(tx: &mut TenantTx, document: Uuid, format: FileFormat, drawn: HashMap<String, String>) -> Result<File, Fault> {
    let document = store::read(tx, document).await?;
    let now = text::current(tx, document.id).await?;
    let bytes = match format {
        FileFormat::Md => whole(&now).into_bytes(),
        FileFormat::Docx | FileFormat::Pdf => {
            let images = artifacts::bytes_of(tx, document.project_id, &now.doc.images()).await?;
            let (title, pictures) = (document.title.clone(), Pictures { diagrams: drawn, images });
            let mut pictures = pictures;
            let write = move || {
                diagrams::draw([&now], &mut pictures);
                let book = Book::of_document(&title, &now.doc, now.diagram.as_deref(), &pictures);
                if format == FileFormat::Pdf { pdf::write(&book) } else { docx::write(&book) }.map_err(refused)
            };
            tokio::task::spawn_blocking(write).await.map_err(|_| Fault::internal())??
        }
    };
    Ok(File { name: file_name(&document, format), mime: format.mime(), bytes })
}

/// All of it as Markdown; a system diagram stands first.
pub(crate) fn whole(text: &Text) -> String {
    let diagram = text.diagram.as_ref().map(|source| Block::Mermaid(source.clone()));
    let doc = Doc::new(diagram.into_iter().chain(text.doc.settled().blocks).collect());
    markdown::document(&doc)
}

/// The title as a name of a file, in whatever script it is written.
fn file_name(document: &Document, format: FileFormat) -> String {
    let forbidden = |c: char| c.is_control() || matches!(c, '/' | '\\' | ':' | '*' | '?' | '"' | '<' | '>' | '|');
    let stem: String = document.title.chars().map(|c| if forbidden(c) { '-' } else { c }).take(120).collect();
    let stem = stem.trim_matches(|c: char| c == '.' || c.is_whitespace());
    format!("{}.{}", if stem.is_empty() { document.slug.as_str() } else { stem }, format.extension())
}
