//! A Word document as a document.
use super::lists::{Marker, last_item, push};
use super::package::Package;
use super::style::{Meaning, Numberings, Styles, apply, attr, child, is, numbering, val};
use super::table::table;
use crate::error::{Error, MAX_LEVELS};
use crate::model::*;
use crate::read::is_allowed_link;
use crate::text::inline_text;
use roxmltree::{Document, Node, ParsingOptions};
use std::collections::HashMap;

/// More nodes than this are no text of a person.
const MAX_NODES: u32 = 4_000_000;
/// How deep content controls and revisions may nest.
const MAX_NESTED: usize = 60;

/// What was read.
#[derive(Clone, Debug, PartialEq)]
pub struct Imported {
    /// The paragraph of style "Title" it begins with.
    pub title: Option<String>,
    pub content: Doc,
}

/// Reads a Word document of at most 10 MiB.
pub fn read(bytes: &[u8]) -> Result<Imported, Error> {
    let mut package = Package::open(bytes)?;
    let main = main_part(&mut package)?;
    let (folder, file) = main.rsplit_once('/').unwrap_or(("", &main));
    let beside = |name: &str| if folder.is_empty() { name.to_owned() } else { format!("{folder}/{name}") };
    let document = package.text(&main)?.ok_or_else(|| Error::Unreadable("The file has no document in it.".into()))?;
    let styles = package.text(&beside("styles.xml"))?.unwrap_or_default();
    let numberings = package.text(&beside("numbering.xml"))?.unwrap_or_default();
    let relations = package.text(&beside(&format!("_rels/{file}.rels")))?.unwrap_or_default();
    let xml = parsed(&document)?;
    let mut reader = Reader {
        styles: if styles.is_empty() { Styles::default() } else { Styles::read(&parsed(&styles)?) },
        numberings: if numberings.is_empty() { Numberings::default() } else { Numberings::read(&parsed(&numberings)?) },
        links: if relations.is_empty() { HashMap::new() } else { links(&parsed(&relations)?) },
        title: None,
    };
    let body = xml.descendants().find(|n| is(n, "body")).ok_or_else(|| Error::Unreadable("The file has no document in it.".into()))?;
    let doc = Doc::new(reader.blocks(&body, 1));
    Ok(Imported { title: reader.title, content: Doc::from_value(&doc.to_value())? })
}

/// The XML of a part. Entities are never resolved: there is none in a Word document.
fn parsed(xml: &str) -> Result<Document<'_>, Error> {
    let options = ParsingOptions { allow_dtd: false, nodes_limit: MAX_NODES, ..ParsingOptions::default() };
    Document::parse_with_options(xml, options).map_err(|error| match error {
        roxmltree::Error::NodesLimitReached => Error::ExpandsTooMuch,
        _ => Error::Unreadable("The file is damaged: its XML cannot be read.".into()),
    })
}

/// Where the document is, as the package says.
fn main_part(package: &mut Package) -> Result<String, Error> {
    let relations = package.text("_rels/.rels")?.unwrap_or_default();
    let named = parsed(&relations).ok().and_then(|xml| {
        let main = xml.descendants().find(|n| is(n, "Relationship") && attr(n, "Type").is_some_and(|t| t.ends_with("/officeDocument")))?;
        attr(&main, "Target").map(|target| target.trim_start_matches('/').to_owned())
    });
    Ok(named.unwrap_or_else(|| "word/document.xml".to_owned()))
}

/// The external addresses by their ids.
fn links(xml: &Document) -> HashMap<String, String> {
    let relations = xml.descendants().filter(|n| is(n, "Relationship") && attr(n, "TargetMode") == Some("External"));
    relations.filter_map(|n| Some((attr(&n, "Id")?.to_owned(), attr(&n, "Target")?.to_owned()))).collect()
}

pub(super) struct Reader {
    styles: Styles,
    numberings: Numberings,
    links: HashMap<String, String>,
    title: Option<String>,
}

/// A paragraph as it was read.
enum Paragraph {
    Title(String),
    Heading(u8, Vec<Inline>),
    Item { id: String, level: usize, marker: Marker, content: Vec<Inline> },
    Code(String),
    Quote(Vec<Inline>),
    Rule,
    Plain(Vec<Inline>),
    Empty,
}

impl Reader {
    /// The blocks of a body or a cell, whose paragraphs stand on `level`.
    pub(super) fn blocks(&mut self, parent: &Node, level: usize) -> Vec<Block> {
        let mut blocks = vec![];
        // The numberings of the list the last block is, from the outermost level in.
        let mut list: Vec<String> = vec![];
        for node in content_of(parent, 0) {
            if is(&node, "tbl") {
                list.clear();
                if level + 4 < MAX_LEVELS {
                    blocks.extend(table(self, &node, level + 3));
                } else {
                    let text: Vec<&str> = node.descendants().filter(|n| is(n, "t")).filter_map(|n| n.text()).collect();
                    blocks.push(Block::Paragraph(join(vec![Inline::text(text.join(" "))])));
                }
                continue;
            }
            let paragraph = self.paragraph(&node);
            let headed = self.title.is_some() || blocks.iter().any(|b| matches!(b, Block::Heading(_)));
            match (paragraph, blocks.last_mut()) {
                // People leave lines empty between items.
                (Paragraph::Empty, _) => continue,
                (Paragraph::Title(text), _) if self.title.is_none() && level == 1 && !headed => {
                    self.title = Some(text);
                }
                (Paragraph::Title(text), _) => {
                    blocks.push(Block::Heading(Heading { level: 1, section_id: None, content: vec![Inline::text(text)] }));
                }
                (Paragraph::Heading(level, content), _) => blocks.push(Block::Heading(Heading { level, section_id: None, content })),
                (Paragraph::Item { id, level: depth, marker, content }, _) => {
                    // Each level of a list takes two of the schema's.
                    let deepest = (MAX_LEVELS - 2).saturating_sub(level) / 2;
                    let depth = depth.min(deepest.saturating_sub(1)).min(list.len());
                    let joins = list.get(depth) == Some(&id);
                    push(&mut blocks, depth, &marker, joins, content);
                    list.truncate(depth);
                    list.push(id);
                    continue;
                }
                (Paragraph::Code(text), Some(Block::Code(code))) => {
                    code.text.push('\n');
                    code.text.push_str(&text);
                }
                (Paragraph::Code(text), _) => blocks.push(Block::Code(Code { language: None, text })),
                (Paragraph::Quote(content), Some(Block::Quote(lines))) => lines.push(Block::Paragraph(content)),
                (Paragraph::Quote(content), _) => blocks.push(Block::Quote(vec![Block::Paragraph(content)])),
                (Paragraph::Rule, _) => blocks.push(Block::Rule),
                // An indented paragraph below an item belongs to it.
                (Paragraph::Plain(content), Some(last)) if !list.is_empty() && is_list_text(&node) => match last_item(last) {
                    Some(inner) => {
                        inner.push(Block::Paragraph(content));
                        continue;
                    }
                    None => blocks.push(Block::Paragraph(content)),
                },
                (Paragraph::Plain(content), _) => blocks.push(Block::Paragraph(content)),
            }
            list.clear();
        }
        blocks
    }

    fn paragraph(&self, node: &Node) -> Paragraph {
        let properties = child(node, "pPr");
        let style = properties.and_then(|p| child(&p, "pStyle")).and_then(|n| val(&n));
        let mut meaning = style.map(|id| self.styles.get(id)).unwrap_or_default();
        if let Some(properties) = properties {
            if let Some(level) = child(&properties, "outlineLvl").and_then(|n| val(&n)?.parse::<u8>().ok()) {
                meaning.heading = (level < 9).then_some(level + 1);
            }
            meaning.numbering = numbering(&properties).or(meaning.numbering);
        }
        let mut line = Line { reader: self, parts: vec![], field: None, code: meaning.code };
        line.children(node, None, 0);
        let parts = join(line.parts);
        if meaning.code {
            return Paragraph::Code(inline_text(&parts));
        }
        let content = trimmed(parts);
        if meaning.contents {
            return Paragraph::Empty;
        }
        if meaning.title && !content.is_empty() {
            return Paragraph::Title(inline_text(&content));
        }
        if let Some(level) = meaning.heading.filter(|_| !content.is_empty()) {
            return Paragraph::Heading(level.min(4), content);
        }
        let item = meaning.numbering.and_then(|(id, level)| Some((self.numberings.get(&id, level)?, id, level)));
        let boxed = checkbox(&content);
        match (item, boxed) {
            (Some((_, id, level)), Some((checked, content))) => Paragraph::Item { id, level, marker: Marker::Box { checked }, content },
            (None, Some((checked, content))) => {
                Paragraph::Item { id: "boxes".into(), level: indent(node), marker: Marker::Box { checked }, content }
            }
            (Some((counting, id, level)), None) => Paragraph::Item { id, level, marker: Marker::Counted(counting), content },
            (None, None) if content.is_empty() => {
                let border = properties.and_then(|p| child(&p, "pBdr")).is_some_and(|b| child(&b, "bottom").is_some());
                if border { Paragraph::Rule } else { Paragraph::Empty }
            }
            (None, None) if meaning.quote => Paragraph::Quote(content),
            (None, None) => Paragraph::Plain(content),
        }
    }
}

/// The paragraphs and tables below a node, through content controls, without what was deleted.
fn content_of<'a, 'i>(parent: &Node<'a, 'i>, depth: usize) -> Vec<Node<'a, 'i>> {
    let mut found = vec![];
    for node in parent.children().filter(Node::is_element) {
        match node.tag_name().name() {
            "p" | "tbl" => found.push(node),
            "sdt" | "sdtContent" | "ins" | "moveTo" | "smartTag" | "customXml" if depth < MAX_NESTED => {
                found.extend(content_of(&node, depth + 1));
            }
            _ => {}
        }
    }
    found
}

/// Word's own style for further paragraphs of an item.
fn is_list_text(node: &Node) -> bool {
    let style = child(node, "pPr").and_then(|p| child(&p, "pStyle")).and_then(|n| val(&n)).unwrap_or_default();
    ["ListParagraph", "ListContinue", "ListContinue2", "ListContinue3"].contains(&style)
}

/// The level an indent stands for, half an inch each.
fn indent(node: &Node) -> usize {
    let left =
        child(node, "pPr").and_then(|p| child(&p, "ind")).and_then(|n| attr(&n, "left").or(attr(&n, "start"))?.parse::<usize>().ok());
    (left.unwrap_or(0) / 720).saturating_sub(1)
}

/// A line that begins with a box to tick.
fn checkbox(content: &[Inline]) -> Option<(bool, Vec<Inline>)> {
    let Some(Inline::Text(run)) = content.first() else { return None };
    let checked = match run.text.chars().next()? {
        '☐' | '⬜' => false,
        '☑' | '☒' | '✅' => true,
        _ => return None,
    };
    let mut rest = content.to_vec();
    if let Some(Inline::Text(run)) = rest.first_mut() {
        run.text = run.text.chars().skip(1).collect::<String>().trim_start().to_owned();
    }
    Some((checked, trimmed(join(rest))))
}

/// Without blanks and breaks at the ends.
fn trimmed(mut content: Vec<Inline>) -> Vec<Inline> {
    let blank = |inline: &Inline| matches!(inline, Inline::Break) || matches!(inline, Inline::Text(run) if run.text.trim().is_empty());
    while content.last().is_some_and(blank) {
        content.pop();
    }
    let from = content.iter().take_while(|inline| blank(inline)).count();
    content.split_off(from)
}

/// The runs of a paragraph.
struct Line<'r> {
    reader: &'r Reader,
    parts: Vec<Inline>,
    /// Within a field: its instruction so far, and whether its result has begun.
    field: Option<(String, bool)>,
    /// The whole paragraph is code: its runs carry no marks.
    code: bool,
}

impl Line<'_> {
    fn children(&mut self, parent: &Node, link: Option<&str>, depth: usize) {
        for node in parent.children().filter(Node::is_element) {
            match node.tag_name().name() {
                "r" => self.run(&node, link),
                "hyperlink" => {
                    let target = attr(&node, "id").and_then(|id| self.reader.links.get(id)).cloned();
                    self.children(&node, target.as_deref().or(link), depth + 1);
                }
                "ins" | "moveTo" | "smartTag" | "sdt" | "sdtContent" | "fldSimple" | "customXml" | "dir" | "bdo" if depth < MAX_NESTED => {
                    self.children(&node, link, depth + 1);
                }
                _ => {}
            }
        }
    }

    fn run(&mut self, node: &Node, link: Option<&str>) {
        let mut meaning = Meaning::default();
        if let Some(properties) = child(node, "rPr") {
            if let Some(style) = child(&properties, "rStyle").and_then(|n| val(&n)) {
                meaning = self.reader.styles.get(style);
            }
            apply(&properties, &mut meaning);
        }
        let field_link = self.field.as_ref().filter(|(_, shows)| *shows).and_then(|(instruction, _)| hyperlink(instruction));
        let href = field_link.or_else(|| link.map(str::to_owned)).filter(|href| is_allowed_link(href) && href.chars().count() <= 2000);
        let wanted = [
            (href.is_some(), Mark::Link { href: href.clone().unwrap_or_default() }),
            (meaning.bold, Mark::Bold),
            (meaning.italic, Mark::Italic),
            (meaning.strike, Mark::Strike),
            (meaning.code, Mark::Code),
        ];
        let marks: Vec<Mark> = wanted.into_iter().filter(|(is_so, _)| *is_so && !self.code).map(|(_, mark)| mark).collect();
        for part in node.children().filter(Node::is_element) {
            match part.tag_name().name() {
                "t" => self.text(part.text().unwrap_or_default(), &marks),
                "tab" | "ptab" => self.text("\t", &marks),
                "noBreakHyphen" => self.text("-", &marks),
                "cr" => self.parts.push(Inline::Break),
                "br" if attr(&part, "type").is_none_or(|kind| kind == "textWrapping") => self.parts.push(Inline::Break),
                "fldChar" => match attr(&part, "fldCharType") {
                    Some("begin") => self.field = Some((String::new(), false)),
                    Some("separate") => {
                        if let Some((_, shows)) = &mut self.field {
                            *shows = true;
                        }
                    }
                    _ => self.field = None,
                },
                "instrText" => {
                    if let Some((instruction, false)) = &mut self.field {
                        instruction.push_str(part.text().unwrap_or_default());
                    }
                }
                // A picture is no artifact of the project; its description is kept.
                "drawing" | "pict" => {
                    let described = part.descendants().find(|n| is(n, "docPr")).and_then(|n| attr(&n, "descr")).unwrap_or_default().trim();
                    if !described.is_empty() {
                        self.text(&format!("[{described}]"), &marks);
                    }
                }
                _ => {}
            }
        }
    }

    fn text(&mut self, text: &str, marks: &[Mark]) {
        self.parts.push(Inline::marked(text.replace('\0', ""), marks.to_vec()));
    }
}

/// `HYPERLINK "https://example.org"`
fn hyperlink(instruction: &str) -> Option<String> {
    let rest = instruction.trim().strip_prefix("HYPERLINK")?.trim_start();
    let quoted = rest.strip_prefix('"')?;
    quoted.split_once('"').map(|(address, _)| address.to_owned())
}
