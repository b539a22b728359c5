//! Markdown as blocks. Everything becomes what the schema has: headings of level 5 and 6 become 4, foreign pictures
//! become links to them, HTML its text.
use super::{MAX_FILE, MENTION};
use crate::error::{Error, MAX_LEVELS};
use crate::model::*;
use crate::read::is_allowed_link;
use comrak::nodes::{ListType, Node, NodeList, NodeValue, TableAlignment};
use comrak::{Arena, Options, parse_document};

/// Deeper than this the text of nested blocks is kept and their nesting is not.
const NESTED: usize = MAX_LEVELS - 4;
/// The same for marks within marks.
const MARKED: usize = 50;

/// A document from Markdown; at most 10 MiB of it.
pub fn parse(markdown: &str) -> Result<Doc, Error> {
    if markdown.len() > MAX_FILE {
        return Err(Error::FileTooLarge { limit_mib: MAX_FILE / 1024 / 1024 });
    }
    let mut options = Options::default();
    options.extension.table = true;
    options.extension.strikethrough = true;
    options.extension.tasklist = true;
    options.extension.autolink = true;
    let arena = Arena::new();
    // Postgres keeps no NUL in JSON, and neither does the schema.
    let markdown = markdown.replace('\0', "\u{fffd}");
    let root = parse_document(&arena, &markdown, &options);
    let doc = Doc::new(blocks(root, 1));
    // What came of it has to keep the schema's limits too.
    Doc::from_value(&doc.to_value())
}

fn blocks<'a>(parent: Node<'a>, level: usize) -> Vec<Block> {
    if level > NESTED {
        return text_only(parent);
    }
    parent.children().flat_map(|node| block(node, level)).collect()
}

/// The lines below a node, without recursion.
fn text_only<'a>(parent: Node<'a>) -> Vec<Block> {
    let lines = parent.descendants().filter_map(|node| match &node.data().value {
        NodeValue::Paragraph | NodeValue::Heading(_) | NodeValue::TableCell => Some(Block::Paragraph(vec![Inline::text(plain(node))])),
        NodeValue::CodeBlock(code) => Some(code_block(&code.info, &code.literal)),
        _ => None,
    });
    lines
        .map(|block| match block {
            Block::Paragraph(content) => Block::Paragraph(join(content)),
            other => other,
        })
        .collect()
}

/// At least one block, for where the schema wants one.
fn some(blocks: Vec<Block>) -> Vec<Block> {
    if blocks.is_empty() { vec![Block::Paragraph(vec![])] } else { blocks }
}

/// `paragraph block*`
fn item_blocks(mut blocks: Vec<Block>) -> Vec<Block> {
    if !matches!(blocks.first(), Some(Block::Paragraph(_))) {
        blocks.insert(0, Block::Paragraph(vec![]));
    }
    blocks
}

fn block<'a>(node: Node<'a>, level: usize) -> Vec<Block> {
    let value = node.data().value.clone();
    match value {
        NodeValue::Paragraph => paragraph(node),
        NodeValue::Heading(heading) => {
            let content = inlines(node).into_iter().filter_map(|part| if let Part::Inline(i) = part { Some(i) } else { None }).collect();
            vec![Block::Heading(Heading { level: heading.level.min(4), section_id: None, content: join(content) })]
        }
        NodeValue::ThematicBreak => vec![Block::Rule],
        NodeValue::CodeBlock(code) => vec![code_block(&code.info, &code.literal)],
        NodeValue::HtmlBlock(html) => html_block(&html.literal),
        NodeValue::BlockQuote => vec![Block::Quote(some(blocks(node, level + 1)))],
        NodeValue::List(list) => lists(node, &list, level),
        NodeValue::Table(table) => table_block(node, &table.alignments, level),
        _ => blocks(node, level),
    }
}

fn code_block(info: &str, literal: &str) -> Block {
    let text = literal.strip_suffix('\n').unwrap_or(literal).to_owned();
    match info.split_whitespace().next() {
        Some("mermaid") => Block::Mermaid(text),
        language => Block::Code(Code { language: language.map(|l| l.chars().take(100).collect()), text }),
    }
}

/// A list of Markdown may mix tasks with plain items; here each run of one kind is a list.
fn lists<'a>(node: Node<'a>, list: &NodeList, level: usize) -> Vec<Block> {
    let mut lists: Vec<Block> = vec![];
    for (number, child) in node.children().enumerate() {
        let checked = match &child.data().value {
            NodeValue::TaskItem(task) => Some(task.symbol.is_some()),
            _ => None,
        };
        let inner = item_blocks(blocks(child, level + 2));
        match (checked, lists.last_mut()) {
            (Some(checked), Some(Block::TaskList(tasks))) => tasks.push(Task { checked, blocks: inner }),
            (Some(checked), _) => lists.push(Block::TaskList(vec![Task { checked, blocks: inner }])),
            (None, Some(Block::BulletList(items) | Block::OrderedList(OrderedList { items, .. }))) => items.push(Item { blocks: inner }),
            (None, _) => {
                let items = vec![Item { blocks: inner }];
                lists.push(match list.list_type {
                    ListType::Bullet => Block::BulletList(items),
                    ListType::Ordered => Block::OrderedList(OrderedList { start: (list.start + number) as u32, style: None, items }),
                });
            }
        }
    }
    lists
}

fn table_block<'a>(node: Node<'a>, alignments: &[TableAlignment], level: usize) -> Vec<Block> {
    let cell = |head: bool, column: usize, node: Node<'a>| {
        let mut cell = Cell::new(head, some(split(inlines(node), level)));
        cell.align = match alignments.get(column) {
            Some(TableAlignment::Left) => Some(Align::Left),
            Some(TableAlignment::Center) => Some(Align::Center),
            Some(TableAlignment::Right) => Some(Align::Right),
            _ => None,
        };
        cell
    };
    let rows = node.children().map(|row| {
        let head = matches!(row.data().value, NodeValue::TableRow(true));
        Row { cells: row.children().enumerate().map(|(column, node)| cell(head, column, node)).collect() }
    });
    vec![Block::Table(rows.collect())]
}

fn paragraph<'a>(node: Node<'a>) -> Vec<Block> {
    split(inlines(node), 1)
}

/// Pictures stand in a line of their own: a paragraph is split around them.
fn split(parts: Vec<Part>, _level: usize) -> Vec<Block> {
    let mut blocks = vec![];
    let mut line = vec![];
    let mut pictures = false;
    let flush = |line: &mut Vec<Inline>, blocks: &mut Vec<Block>| {
        let content = trimmed(join(std::mem::take(line)));
        if !content.is_empty() {
            blocks.push(Block::Paragraph(content));
        }
    };
    for part in parts {
        match part {
            Part::Inline(inline) => line.push(inline),
            Part::Picture(image) => {
                pictures = true;
                flush(&mut line, &mut blocks);
                blocks.push(Block::Image(image));
            }
        }
    }
    match pictures {
        true => flush(&mut line, &mut blocks),
        false => blocks.push(Block::Paragraph(join(line))),
    }
    blocks
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

/// What a line is read into.
enum Part {
    Inline(Inline),
    Picture(Image),
}

fn inlines<'a>(node: Node<'a>) -> Vec<Part> {
    let mut reader = Line { parts: vec![], html: vec![] };
    reader.children(node, &[], 0);
    reader.parts
}

struct Line {
    parts: Vec<Part>,
    /// Marks opened by HTML tags.
    html: Vec<Mark>,
}

impl Line {
    fn children<'a>(&mut self, node: Node<'a>, marks: &[Mark], depth: usize) {
        if depth > MARKED {
            return self.text(&plain(node), marks);
        }
        for child in node.children() {
            self.child(child, marks, depth);
        }
    }

    fn child<'a>(&mut self, node: Node<'a>, marks: &[Mark], depth: usize) {
        let with = |mark: Mark| [marks, &[mark]].concat();
        let value = node.data().value.clone();
        match value {
            NodeValue::Text(text) => self.text(&text, marks),
            NodeValue::SoftBreak => self.text(" ", marks),
            NodeValue::LineBreak => self.parts.push(Part::Inline(Inline::Break)),
            NodeValue::Code(code) => self.text(&code.literal, &with(Mark::Code)),
            NodeValue::HtmlInline(tag) => self.tag(&tag),
            NodeValue::Emph => self.children(node, &with(Mark::Italic), depth + 1),
            NodeValue::Strong => self.children(node, &with(Mark::Bold), depth + 1),
            NodeValue::Strikethrough => self.children(node, &with(Mark::Strike), depth + 1),
            NodeValue::Link(link) => match mention(&link.url, node) {
                Some(mention) => self.parts.push(Part::Inline(Inline::Mention(mention))),
                None if is_allowed_link(&link.url) && link.url.chars().count() <= 2000 => {
                    self.children(node, &with(Mark::Link { href: link.url.clone() }), depth + 1);
                }
                None => self.children(node, marks, depth + 1),
            },
            NodeValue::Image(link) => self.picture(&link.url, &plain(node), marks),
            _ => self.children(node, marks, depth + 1),
        }
    }

    /// An artifact is a picture, everything else a link to it.
    fn picture(&mut self, url: &str, alt: &str, marks: &[Mark]) {
        let artifact = url.strip_prefix("artifact:").and_then(|id| uuid::Uuid::try_parse(id).ok());
        let alt = Some(alt.to_owned()).filter(|alt| !alt.is_empty());
        match artifact {
            Some(artifact) => {
                let alt = alt.map(|alt| alt.chars().take(2000).collect());
                self.parts.push(Part::Picture(Image { artifact, alt, width: None }));
            }
            None if is_allowed_link(url) && url.chars().count() <= 2000 => {
                let link = Mark::Link { href: url.to_owned() };
                self.text(alt.as_deref().unwrap_or(url), &[marks, &[link]].concat());
            }
            None => self.text(&alt.unwrap_or_default(), marks),
        }
    }

    fn text(&mut self, text: &str, marks: &[Mark]) {
        let mut all: Vec<Mark> = marks.iter().chain(&self.html).cloned().collect();
        // One link at a time: the inner one.
        if let Some(inner) = all.iter().rposition(|m| matches!(m, Mark::Link { .. })) {
            let kept = all[inner].clone();
            all.retain(|m| !matches!(m, Mark::Link { .. }) || *m == kept);
        }
        if !text.is_empty() {
            self.parts.push(Part::Inline(Inline::marked(text.replace('\0', ""), all)));
        }
    }

    /// The few HTML tags people write within Markdown.
    fn tag(&mut self, tag: &str) {
        let closes = tag.starts_with("</");
        let name: String = tag.trim_start_matches(['<', '/']).chars().take_while(char::is_ascii_alphanumeric).collect();
        let mark = match name.to_ascii_lowercase().as_str() {
            "br" => return self.parts.push(Part::Inline(Inline::Break)),
            "strong" | "b" => Mark::Bold,
            "em" | "i" => Mark::Italic,
            "del" | "s" | "strike" => Mark::Strike,
            "code" | "kbd" | "tt" => Mark::Code,
            _ => return,
        };
        match closes {
            false => self.html.push(mark),
            true => {
                if let Some(at) = self.html.iter().rposition(|open| *open == mark) {
                    self.html.remove(at);
                }
            }
        }
    }
}

/// The text below a node, without recursion.
fn plain<'a>(node: Node<'a>) -> String {
    let mut text = String::new();
    for node in node.descendants() {
        match &node.data().value {
            NodeValue::Text(part) => text.push_str(part),
            NodeValue::Code(code) => text.push_str(&code.literal),
            NodeValue::SoftBreak | NodeValue::LineBreak => text.push(' '),
            _ => {}
        }
    }
    text
}

/// `mention:user/<id>`
fn mention<'a>(url: &str, node: Node<'a>) -> Option<Mention> {
    let (target, id) = url.strip_prefix(MENTION)?.split_once('/')?;
    let label = plain(node);
    let label = label.strip_prefix('@').unwrap_or(&label).chars().take(500).collect();
    Some(Mention { id: uuid::Uuid::try_parse(id).ok()?, label, target: Target::parse(target)? })
}

/// A block of HTML: its text, line by line; comments, styles and scripts say nothing.
fn html_block(html: &str) -> Vec<Block> {
    let mut line = Line { parts: vec![], html: vec![] };
    let mut rest = html;
    while let Some(at) = rest.find('<') {
        line.text(&decoded(&rest[..at]), &[]);
        rest = &rest[at..];
        let end = if rest.starts_with("<!--") { rest.find("-->").map(|end| end + 3) } else { None };
        let lower = rest.get(..8).unwrap_or_default().to_ascii_lowercase();
        let hidden = ["script", "style"].iter().find(|name| lower.get(1..).is_some_and(|l| l.starts_with(*name)));
        let end = end
            .or_else(|| hidden.and_then(|name| rest.to_ascii_lowercase().find(&format!("</{name}"))))
            .or_else(|| rest.find('>').map(|end| end + 1));
        let Some(end) = end.filter(|end| *end > 0) else { break };
        line.tag(&rest[..end]);
        rest = &rest[end..];
    }
    if !rest.starts_with('<') {
        line.text(&decoded(rest), &[]);
    }
    let mut blocks = split(line.parts, 1);
    blocks.retain(
        |block| !matches!(block, Block::Paragraph(content) if trimmed(content.clone()).is_empty() && !content.contains(&Inline::Break)),
    );
    for block in &mut blocks {
        if let Block::Paragraph(content) = block {
            let said = trimmed(content.clone());
            *content = if said.is_empty() { content.iter().filter(|i| **i == Inline::Break).cloned().collect() } else { said };
        }
    }
    blocks
}

/// The entities that stand in plain HTML text; line feeds are blanks there.
fn decoded(text: &str) -> String {
    let text = text.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&nbsp;", " ").replace("&amp;", "&");
    let words: Vec<&str> = text.split_whitespace().collect();
    let (head, tail) = (text.starts_with(char::is_whitespace), text.ends_with(char::is_whitespace));
    match words.is_empty() {
        true => {
            if text.is_empty() {
                "".into()
            } else {
                " ".into()
            }
        }
        false => format!("{}{}{}", if head { " " } else { "" }, words.join(" "), if tail { " " } else { "" }),
    }
}
