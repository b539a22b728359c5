//! Suggested changes of sections: whether they still fit, and what they make of the document.
use crate::error::Error;
use crate::markdown;
use crate::model::*;
use crate::section::{ROOT, Section};
use crate::text::inline_text;
use crate::wire::Operation;

/// A suggested change. Texts are Markdown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SectionEdit<'a> {
    pub section_id: &'a str,
    pub operation: Operation,
    /// What the section said when the change was suggested; not looked at for an insert.
    pub old: &'a str,
    pub new: &'a str,
}

/// The section as Markdown, heading and sections below it included: what a suggestion notes as its old content.
pub fn section_markdown(doc: &Doc, section_id: &str) -> Result<String, Error> {
    let section = doc.section(section_id).ok_or_else(|| Error::NoSection(section_id.to_owned()))?;
    Ok(markdown::blocks(&doc.settled().blocks[section.blocks]))
}

/// The document after the change. A section that says something else than the suggestion thought is
/// [`Error::SectionChanged`], unless `force`; a section that is gone is then written at the end.
pub fn apply(doc: &Doc, edit: &SectionEdit, force: bool) -> Result<Doc, Error> {
    let new = if edit.operation == Operation::Delete { vec![] } else { content(edit.new)? };
    let Some(section) = doc.section(edit.section_id) else {
        return if force { Ok(Doc::new([doc.blocks.clone(), new].concat())) } else { Err(Error::NoSection(edit.section_id.to_owned())) };
    };
    if edit.operation != Operation::Insert && !force {
        let found = section_markdown(doc, edit.section_id)?;
        if !same(&found, edit.old) {
            return Err(Error::SectionChanged { expected: edit.old.to_owned(), found });
        }
    }
    let mut blocks = doc.blocks.clone();
    match edit.operation {
        Operation::Insert => drop(blocks.splice(section.blocks.end..section.blocks.end, new)),
        Operation::Replace => {
            let new = with_section_ids(new, &doc.blocks[section.blocks.clone()], &section);
            drop(blocks.splice(section.blocks, new));
        }
        Operation::Delete => drop(blocks.drain(section.blocks)),
    }
    let changed = Doc::new(blocks);
    Doc::from_value(&changed.to_value())
}

fn content(new: &str) -> Result<Vec<Block>, Error> {
    let doc = markdown::parse(new)?;
    Ok(if doc.is_empty() { vec![] } else { doc.blocks })
}

/// Blanks do not count, nor does how Markdown is written.
fn same(a: &str, b: &str) -> bool {
    let squeezed = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    squeezed(a) == squeezed(b) || matches!((markdown::parse(a), markdown::parse(b)), (Ok(a), Ok(b)) if a == b)
}

/// New headings keep the ids of the old ones: the first that of the section, the others by their titles.
fn with_section_ids(mut new: Vec<Block>, old: &[Block], section: &Section) -> Vec<Block> {
    let title = |heading: &Heading| inline_text(&heading.content).trim().to_lowercase();
    let mut known: Vec<(String, String)> = old
        .iter()
        .filter_map(|block| match block {
            Block::Heading(heading) => Some((title(heading), heading.section_id.clone()?)),
            _ => None,
        })
        .collect();
    let mut first = section.id != ROOT;
    for block in &mut new {
        let Block::Heading(heading) = block else { continue };
        if std::mem::take(&mut first) && heading.level == section.level {
            known.retain(|(_, id)| *id != section.id);
            heading.section_id = Some(section.id.clone());
        } else if let Some(at) = known.iter().position(|(known, _)| *known == title(heading)) {
            heading.section_id = Some(known.remove(at).1);
        }
    }
    new
}
