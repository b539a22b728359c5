//! Lines of a document and stretches of them: where comments are anchored.
use crate::model::*;
use crate::text::{each_block_mut, inline_text};
use crate::wire::Anchor;

/// A paragraph or heading with what is around it.
#[derive(Clone, Debug)]
pub struct Line {
    /// Its number in the document, through lists, quotes and tables.
    pub number: usize,
    /// The block on the top level it stands in.
    pub block: usize,
    /// Its text as anchors count it: a break is a line feed, a mention and a character of code is one that is no word.
    pub text: String,
    /// Its text as people read it.
    pub words: String,
    pub kind: LineKind,
}

/// What a line is part of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LineKind {
    Heading,
    /// A paragraph on the top level or in a quote.
    Paragraph,
    /// The first line of an item.
    Item,
    /// A further line of an item.
    InItem,
    Cell,
}

/// Stands for a mention; for code, as often as the code has characters.
const OBJECT: char = '\u{fffc}';

/// The lines of a document in order.
pub fn lines(doc: &Doc) -> Vec<Line> {
    let mut lines = vec![];
    for (at, block) in doc.blocks.iter().enumerate() {
        walk(block, at, LineKind::Paragraph, &mut lines);
    }
    lines
}

fn walk(block: &Block, top: usize, kind: LineKind, lines: &mut Vec<Line>) {
    let mut add = |content: &[Inline], kind| {
        lines.push(Line { number: lines.len(), block: top, text: flat(content), words: inline_text(content), kind })
    };
    match block {
        Block::Paragraph(content) => add(content, kind),
        Block::Heading(heading) => add(&heading.content, LineKind::Heading),
        Block::BulletList(items) | Block::OrderedList(OrderedList { items, .. }) => {
            items.iter().for_each(|item| walk_item(&item.blocks, top, lines));
        }
        Block::TaskList(tasks) => tasks.iter().for_each(|task| walk_item(&task.blocks, top, lines)),
        Block::Quote(inner) => inner.iter().for_each(|b| walk(b, top, kind, lines)),
        Block::Table(rows) => {
            rows.iter().flat_map(|r| &r.cells).flat_map(|c| &c.blocks).for_each(|b| walk(b, top, LineKind::Cell, lines));
        }
        Block::Code(_) | Block::Rule | Block::Image(_) | Block::Mermaid(_) => {}
    }
}

fn walk_item(blocks: &[Block], top: usize, lines: &mut Vec<Line>) {
    for (at, block) in blocks.iter().enumerate() {
        walk(block, top, if at == 0 { LineKind::Item } else { LineKind::InItem }, lines);
    }
}

fn flat(content: &[Inline]) -> String {
    let mut text = String::new();
    for inline in content {
        match inline {
            Inline::Text(run) if run.marks.contains(&Mark::Code) => text.extend(run.text.chars().map(|_| OBJECT)),
            Inline::Text(run) => text.push_str(&run.text),
            Inline::Break => text.push('\n'),
            Inline::Mention(_) => text.push(OBJECT),
        }
    }
    text
}

/// The document with a mark on the anchored words. Nothing changes where the words are not there any more.
pub fn with_mark(doc: &Doc, anchor: &Anchor, mark: &Mark) -> Doc {
    let found = lines(doc).get(anchor.line).is_some_and(|line| {
        anchor.from < anchor.to && line.text.chars().skip(anchor.from).take(anchor.to - anchor.from).collect::<String>() == anchor.quote
    });
    let mut doc = doc.clone();
    if !found {
        return doc;
    }
    let mut number = 0;
    each_block_mut(&mut doc.blocks, &mut |block| {
        if let Block::Paragraph(content) | Block::Heading(Heading { content, .. }) = block {
            if number == anchor.line {
                *content = marked(content, anchor.from, anchor.to, mark);
            }
            number += 1;
        }
    });
    doc
}

fn marked(content: &[Inline], from: usize, to: usize, mark: &Mark) -> Vec<Inline> {
    let mut out = vec![];
    let mut at = 0;
    for inline in content {
        let Inline::Text(run) = inline else {
            at += 1;
            out.push(inline.clone());
            continue;
        };
        let chars: Vec<char> = run.text.chars().collect();
        let (start, end) = (from.saturating_sub(at).min(chars.len()), to.saturating_sub(at).min(chars.len()));
        for (part, inside) in [(&chars[..start], false), (&chars[start..end], true), (&chars[end..], false)] {
            let mut marks = run.marks.clone();
            if inside {
                marks.retain(|m| Mark::overlaps(m.name()) || m.name() != mark.name());
                marks.push(mark.clone());
            }
            if !part.is_empty() {
                out.push(Inline::marked(part.iter().collect::<String>(), marks));
            }
        }
        at += chars.len();
    }
    join(out)
}
