//! The definitions of a file, as its grammar sees them: what chunks are cut by and symbols are read from.
use crate::{chunks::ChunkType, language::Grammar};
use std::{
    ops::{ControlFlow, Range},
    time::{Duration, Instant},
};
use tree_sitter::{Node, ParseOptions, Parser, Tree};

mod names;
mod roles;

use roles::Role;

/// Text above this size is not parsed (the index leaves such files out anyway).
const MOST_BYTES: usize = 4 * 1024 * 1024;
/// Parsing is given up after this time: generated or hostile text can take a parser very long.
const PATIENCE: Duration = Duration::from_secs(2);
/// Definitions nested deeper than this are part of what they are in.
const DEPTH: usize = 40;

/// A definition. Rows count from 0; the last is not included.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Item {
    pub kind: ChunkType,
    pub name: Option<String>,
    /// With the comments and attributes directly above.
    pub rows: Range<usize>,
    /// Where the definition itself begins.
    pub row: usize,
    pub members: Vec<Item>,
}

/// The syntax tree of a text; `None` when it takes too long.
pub(crate) fn parse(grammar: Grammar, text: &str) -> Option<Tree> {
    if text.len() > MOST_BYTES {
        return None;
    }
    let mut parser = Parser::new();
    parser.set_language(&grammar.parser()).ok()?;
    let begun = Instant::now();
    let mut patience =
        |_: &tree_sitter::ParseState| if begun.elapsed() > PATIENCE { ControlFlow::Break(()) } else { ControlFlow::Continue(()) };
    let options = ParseOptions::new().progress_callback(&mut patience);
    let bytes = text.as_bytes();
    parser.parse_with_options(&mut |at, _| bytes.get(at..).unwrap_or_default(), None, Some(options))
}

/// The definitions of a file, in their order.
pub(crate) fn outline(grammar: Grammar, text: &str) -> Option<Vec<Item>> {
    let tree = parse(grammar, text)?;
    let mut reader = Reader { grammar, text };
    let mut items = Vec::new();
    reader.collect(tree.root_node(), None, DEPTH, &mut items);
    Some(items)
}

struct Reader<'a> {
    grammar: Grammar,
    text: &'a str,
}

impl Reader<'_> {
    /// Adds the definitions directly inside of a node. `of` names the class they are members of.
    fn collect(&mut self, node: Node, of: Option<&str>, depth: usize, found: &mut Vec<Item>) {
        let Some(depth) = depth.checked_sub(1) else { return };
        let mut cursor = node.walk();
        // The row where comments and attributes above the next definition begin, and the row after what was last seen.
        let mut lead: Option<usize> = None;
        let mut seen = node.start_position().row;
        let mut first = true;
        for child in node.named_children(&mut cursor) {
            let rows = rows(child);
            let role = roles::role(self.grammar, child, self.text);
            if matches!(role, Role::Lead) {
                // A comment at the end of a line belongs to that line; a blank line parts what follows.
                let own_line = first || rows.start >= seen;
                lead = if own_line { lead.filter(|_| rows.start <= seen).or(Some(rows.start)) } else { None };
                seen = seen.max(rows.end);
                first = false;
                continue;
            }
            let start = lead.take().filter(|_| rows.start <= seen).unwrap_or(rows.start);
            let before = found.len();
            match role {
                Role::Def { kind, members } => self.define(child, kind, members, of, depth, found),
                Role::Wrap => {
                    self.collect(child, of, depth, found);
                    // The wrapper's own lines (`export`, decorators, `template <..>`) are its one definition's.
                    if let [item] = &mut found[before..] {
                        item.rows = rows.clone();
                    }
                }
                Role::Pass => {
                    self.collect(child, of, depth, found);
                    seen = rows.end;
                    first = false;
                    continue;
                }
                Role::Lead | Role::Other => {}
            }
            // What stands above the imports is said of the whole file.
            if let Some(item) = found.get_mut(before).filter(|item| item.kind != ChunkType::Import) {
                item.rows.start = item.rows.start.min(start);
            }
            join_imports(found, before);
            seen = rows.end;
            first = false;
        }
    }

    fn define(&mut self, node: Node, kind: ChunkType, members: bool, of: Option<&str>, depth: usize, found: &mut Vec<Item>) {
        let kind = if kind == ChunkType::Function && of.is_some() { ChunkType::Method } else { kind };
        let own = names::of(self.grammar, node, self.text);
        let name = match (of, own) {
            (Some(of), Some(own)) => Some(format!("{of}.{own}")),
            (_, own) => own,
        };
        // `Window::open` outside of its class, and Go's receivers.
        let kind =
            if kind == ChunkType::Function && name.as_deref().is_some_and(|name| name.contains('.')) { ChunkType::Method } else { kind };
        let mut item = Item { kind, name, rows: rows(node), row: node.start_position().row, members: Vec::new() };
        if members {
            let name = item.name.clone();
            self.collect(node, name.as_deref(), depth, &mut item.members);
        }
        found.push(item);
    }
}

/// Imports that follow each other are one.
fn join_imports(found: &mut Vec<Item>, before: usize) {
    let Some([above, item]) = before.checked_sub(1).and_then(|last| found.get(last..)) else { return };
    if above.kind == ChunkType::Import && item.kind == ChunkType::Import && item.rows.start <= above.rows.end + 1 {
        let end = item.rows.end;
        found.truncate(before);
        found[before - 1].rows.end = end.max(found[before - 1].rows.end);
    }
}

/// The rows of a node. One that ends at the very beginning of a row does not cover it.
fn rows(node: Node) -> Range<usize> {
    let (start, end) = (node.start_position(), node.end_position());
    let last = if end.column == 0 && end.row > start.row { end.row } else { end.row + 1 };
    start.row..last
}
