//! The symbols of a file, and where one is used.
use crate::{
    chunks::ChunkType,
    language::{self, Grammar},
    outline::{self, Item},
};

/// A definition in a file. Lines count from 1, the last is included.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Symbol {
    pub kind: ChunkType,
    /// `open`, `Window.open`.
    pub name: String,
    pub start_line: usize,
    pub end_line: usize,
}

/// The definitions of a file in their order, members after what they are in. None for languages without a grammar.
pub fn symbols(path: &str, text: &str) -> Vec<Symbol> {
    let mut found = Vec::new();
    if let Some(items) = grammar(path).and_then(|grammar| outline::outline(grammar, text)) {
        flatten(items, &mut found);
    }
    found
}

fn flatten(items: Vec<Item>, found: &mut Vec<Symbol>) {
    for Item { kind, name, rows, row, members } in items {
        if let Some(name) = name {
            found.push(Symbol { kind, name, start_line: row + 1, end_line: rows.end });
        }
        flatten(members, found);
    }
}

/// The lines of a file on which an identifier of this name stands (comments and texts do not count). `Window.open` is
/// looked for as `open`.
pub fn references(path: &str, text: &str, symbol: &str) -> Vec<usize> {
    let name = symbol.rsplit('.').next().unwrap_or(symbol);
    let Some(tree) = grammar(path).and_then(|grammar| outline::parse(grammar, text)) else { return Vec::new() };
    let mut lines = Vec::new();
    let mut cursor = tree.walk();
    loop {
        let node = cursor.node();
        let named = node.child_count() == 0 && (node.kind().contains("identifier") || node.kind() == "constant");
        if named && text.get(node.byte_range()) == Some(name) {
            lines.push(node.start_position().row + 1);
        }
        if cursor.goto_first_child() {
            continue;
        }
        while !cursor.goto_next_sibling() {
            if !cursor.goto_parent() {
                lines.dedup();
                return lines;
            }
        }
    }
}

fn grammar(path: &str) -> Option<Grammar> {
    language::of(path)?.grammar
}
