//! Cutting a file into the pieces that are searched: by definitions where a grammar knows them, by lines otherwise.
use crate::{
    language,
    outline::{self, Item},
    windows::{pieces, windows},
};
use serde::{Deserialize, Serialize};
use std::ops::Range;

/// Chunks of a definition have at least and at most so many characters.
const LEAST: usize = 50;
const MOST: usize = 4_000;
/// Code between definitions that is longer is cut by lines.
const MOST_LINES: usize = 80;

/// What a chunk holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChunkType {
    Function,
    Class,
    Method,
    Interface,
    TypeAlias,
    Enum,
    Import,
    Block,
}

impl ChunkType {
    pub const ALL: [Self; 8] =
        [Self::Function, Self::Class, Self::Method, Self::Interface, Self::TypeAlias, Self::Enum, Self::Import, Self::Block];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Function => "function",
            Self::Class => "class",
            Self::Method => "method",
            Self::Interface => "interface",
            Self::TypeAlias => "type_alias",
            Self::Enum => "enum",
            Self::Import => "import",
            Self::Block => "block",
        }
    }
}

/// A piece of a file. Lines count from 1, the last is included.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chunk {
    pub kind: ChunkType,
    /// `open`, `Window.open`.
    pub name: Option<String>,
    pub start_line: usize,
    pub end_line: usize,
    pub content: String,
}

/// The chunks of a file, in their order.
pub fn chunks(path: &str, text: &str) -> Vec<Chunk> {
    let mut cutter = Cutter::new(text);
    let all = 0..cutter.lines.len();
    let items = language::of(path).and_then(|language| language.grammar).and_then(|grammar| outline::outline(grammar, text));
    if let Some(items) = items {
        cutter.region(all.clone(), &items, ChunkType::Block, None);
    }
    if cutter.found.is_empty() {
        cutter.by_lines(all, ChunkType::Block, None);
    }
    cutter.found
}

struct Cutter<'a> {
    text: &'a str,
    lines: Vec<&'a str>,
    /// Where each line begins, and the end.
    starts: Vec<usize>,
    found: Vec<Chunk>,
}

impl<'a> Cutter<'a> {
    fn new(text: &'a str) -> Self {
        let lines: Vec<_> = text.split_inclusive('\n').collect();
        let mut starts = vec![0];
        starts.extend(lines.iter().scan(0, |at, line| {
            *at += line.len();
            Some(*at)
        }));
        Self { text, lines, starts, found: Vec::new() }
    }

    fn slice(&self, rows: &Range<usize>) -> &'a str {
        &self.text[self.starts[rows.start]..self.starts[rows.end]]
    }

    /// Definitions, and what stands between them under the name of what is around it.
    fn region(&mut self, rows: Range<usize>, items: &[Item], kind: ChunkType, name: Option<&str>) {
        let mut at = rows.start;
        for item in items {
            // Two on one line: the line is taken once.
            let own = item.rows.start.clamp(at, rows.end)..item.rows.end.min(rows.end);
            if own.is_empty() || self.chars(&own) < LEAST {
                continue;
            }
            self.rest(at..own.start, kind, name);
            at = own.end;
            let name = item.name.as_deref();
            if self.chars(&own) <= MOST {
                self.push(own, item.kind, name);
            } else if item.members.is_empty() {
                self.by_lines(own, item.kind, name);
            } else {
                self.region(own, &item.members, item.kind, name);
            }
        }
        self.rest(at..rows.end, kind, name);
    }

    fn rest(&mut self, rows: Range<usize>, kind: ChunkType, name: Option<&str>) {
        let rows = self.trimmed(rows);
        let chars = self.chars(&rows);
        if chars < LEAST {
            return;
        }
        if rows.len() > MOST_LINES || chars > MOST { self.by_lines(rows, kind, name) } else { self.push(rows, kind, name) }
    }

    fn by_lines(&mut self, rows: Range<usize>, kind: ChunkType, name: Option<&str>) {
        for window in windows(rows) {
            let (text, starts) = (self.text, &self.starts);
            let found = pieces(&self.lines, window, |rows| &text[starts[rows.start]..starts[rows.end]]);
            self.found.extend(found.into_iter().filter_map(|(rows, content)| chunk(rows, kind, name, content)));
        }
    }

    fn push(&mut self, rows: Range<usize>, kind: ChunkType, name: Option<&str>) {
        self.found.extend(chunk(rows.clone(), kind, name, self.slice(&rows)));
    }

    fn trimmed(&self, mut rows: Range<usize>) -> Range<usize> {
        while !rows.is_empty() && self.lines[rows.start].trim().is_empty() {
            rows.start += 1;
        }
        while !rows.is_empty() && self.lines[rows.end - 1].trim().is_empty() {
            rows.end -= 1;
        }
        rows
    }

    fn chars(&self, rows: &Range<usize>) -> usize {
        self.slice(rows).trim().chars().count()
    }
}

fn chunk(rows: Range<usize>, kind: ChunkType, name: Option<&str>, content: &str) -> Option<Chunk> {
    let content = content.trim_end_matches(['\n', '\r']);
    (!content.trim().is_empty()).then(|| Chunk {
        kind,
        name: name.map(str::to_owned),
        start_line: rows.start + 1,
        end_line: rows.end,
        content: content.to_owned(),
    })
}
