//! Colours of source text: which runs of a line are keywords, texts, comments and so on, by the grammar's own queries.
use crate::language::{self, Grammar};
use std::{collections::HashMap, sync::OnceLock};
use tree_sitter_highlight::{Highlight, HighlightConfiguration, HighlightEvent, Highlighter};

/// What a run of characters is. As a number on the wire: a file has thousands of runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Paint {
    Plain = 0,
    Keyword = 1,
    Text = 2,
    Comment = 3,
    Function = 4,
    Type = 5,
    Constant = 6,
    Attribute = 7,
}

/// A run: how many bytes of a line are painted how.
pub type Run = (u32, u8);

/// The names that queries give, most special last: a name is known by its first parts.
const NAMES: [(&str, Paint); 16] = [
    ("keyword", Paint::Keyword),
    ("string", Paint::Text),
    ("comment", Paint::Comment),
    ("function", Paint::Function),
    ("constructor", Paint::Type),
    ("type", Paint::Type),
    ("constant", Paint::Constant),
    ("number", Paint::Constant),
    ("escape", Paint::Constant),
    ("attribute", Paint::Attribute),
    ("tag", Paint::Keyword),
    ("label", Paint::Attribute),
    ("variable.builtin", Paint::Keyword),
    ("string.special", Paint::Text),
    ("function.macro", Paint::Function),
    ("module", Paint::Plain),
];

/// The runs of each line of a text; `None` for languages without a grammar, and where the query could not be run.
pub fn paint(path: &str, text: &str) -> Option<Vec<Vec<Run>>> {
    let set = configuration(language::of(path)?.grammar?)?;
    let mut highlighter = Highlighter::new();
    let mut lines = vec![Vec::new()];
    let mut open: Vec<Paint> = Vec::new();
    for event in highlighter.highlight(set, text.as_bytes(), None, None, |_| None).ok()? {
        match event.ok()? {
            HighlightEvent::HighlightStart(Highlight(at)) => open.push(NAMES.get(at).map_or(Paint::Plain, |(_, paint)| *paint)),
            HighlightEvent::HighlightEnd => {
                open.pop();
            }
            HighlightEvent::Source { start, end } => {
                let paint = open.last().copied().unwrap_or(Paint::Plain) as u8;
                for (at, part) in text.get(start..end)?.split('\n').enumerate() {
                    if at > 0 {
                        lines.push(Vec::new());
                    }
                    let line = lines.last_mut()?;
                    match line.last_mut() {
                        _ if part.is_empty() => {}
                        Some((bytes, last)) if *last == paint => *bytes += part.len() as u32,
                        _ => line.push((part.len() as u32, paint)),
                    }
                }
            }
        }
    }
    Some(lines)
}

fn configuration(grammar: Grammar) -> Option<&'static HighlightConfiguration> {
    static ALL: OnceLock<HashMap<&'static str, HighlightConfiguration>> = OnceLock::new();
    let all = ALL.get_or_init(|| Grammar::ALL.into_iter().filter_map(|grammar| Some((name(grammar), made(grammar)?))).collect());
    all.get(name(grammar))
}

fn made(grammar: Grammar) -> Option<HighlightConfiguration> {
    let mut made = HighlightConfiguration::new(grammar.parser(), name(grammar), &query(grammar), "", "").ok()?;
    made.configure(&NAMES.map(|(name, _)| name));
    Some(made)
}

const fn name(grammar: Grammar) -> &'static str {
    match grammar {
        Grammar::Rust => "rust",
        Grammar::TypeScript => "typescript",
        Grammar::Tsx => "tsx",
        Grammar::JavaScript => "javascript",
        Grammar::Python => "python",
        Grammar::Go => "go",
        Grammar::Java => "java",
        Grammar::C => "c",
        Grammar::Cpp => "cpp",
        Grammar::Ruby => "ruby",
    }
}

/// The queries of a language; one that extends another begins with that one's.
fn query(grammar: Grammar) -> String {
    let javascript = tree_sitter_javascript::HIGHLIGHT_QUERY;
    let jsx = tree_sitter_javascript::JSX_HIGHLIGHT_QUERY;
    let typescript = tree_sitter_typescript::HIGHLIGHTS_QUERY;
    let parts: &[&str] = match grammar {
        Grammar::Rust => &[tree_sitter_rust::HIGHLIGHTS_QUERY],
        Grammar::TypeScript => &[typescript, javascript],
        Grammar::Tsx => &[typescript, javascript, jsx],
        Grammar::JavaScript => &[javascript, jsx],
        Grammar::Python => &[tree_sitter_python::HIGHLIGHTS_QUERY],
        Grammar::Go => &[tree_sitter_go::HIGHLIGHTS_QUERY],
        Grammar::Java => &[tree_sitter_java::HIGHLIGHTS_QUERY],
        Grammar::C => &[tree_sitter_c::HIGHLIGHT_QUERY],
        Grammar::Cpp => &[tree_sitter_c::HIGHLIGHT_QUERY, tree_sitter_cpp::HIGHLIGHT_QUERY],
        Grammar::Ruby => &[tree_sitter_ruby::HIGHLIGHTS_QUERY],
    };
    parts.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(path: &str, text: &str, word: &str) -> u8 {
        let at = text.find(word).unwrap_or_else(|| panic!("{word} is not in the text"));
        let line = text[..at].matches('\n').count();
        let mut left = at - text[..at].rfind('\n').map_or(0, |n| n + 1);
        let painted = paint(path, text).unwrap_or_else(|| panic!("{path} is not painted"));
        for (bytes, paint) in &painted[line] {
            match left.checked_sub(*bytes as usize) {
                Some(rest) => left = rest,
                None => return *paint,
            }
        }
        panic!("{word} is past the end of its line")
    }

    #[test]
    fn every_grammar_paints_what_is_plain_to_see() {
        assert_eq!(of("a.rs", "// why\nfn open() -> u8 { 7 }", "fn"), Paint::Keyword as u8);
        assert_eq!(of("a.rs", "// why\nfn open() -> u8 { 7 }", "why"), Paint::Comment as u8);
        assert_eq!(of("a.rs", "// why\nfn open() -> u8 { 7 }", "open"), Paint::Function as u8);
        for (path, text, word, paint) in [
            ("a.ts", "const a: string = 'x';", "string", Paint::Type),
            ("a.tsx", "export const a = <b>x</b>;", "export", Paint::Keyword),
            ("a.js", "return 'x'", "'x'", Paint::Text),
            ("a.py", "def f():\n  return 1", "def", Paint::Keyword),
            ("a.go", "package a\nfunc f() {}", "func", Paint::Keyword),
            ("A.java", "class A { int b; }", "class", Paint::Keyword),
            ("a.c", "static int a = 1;", "static", Paint::Keyword),
            ("a.cpp", "class A { public: int b; };", "class", Paint::Keyword),
            ("a.rb", "def f\nend", "def", Paint::Keyword),
        ] {
            assert_eq!(of(path, text, word), paint as u8, "{path}: {word}");
        }
    }

    #[test]
    fn runs_are_as_long_as_their_lines() {
        let text = "/* ä\n b */ fn a() {}\n\nlet s = \"x\n y\";";
        let painted = paint("a.rs", text).unwrap();
        let lengths: Vec<usize> = painted.iter().map(|line| line.iter().map(|run| run.0 as usize).sum()).collect();
        assert_eq!(lengths, text.split('\n').map(str::len).collect::<Vec<_>>());
        assert_eq!(paint("a.md", "# a"), None);
    }
}
