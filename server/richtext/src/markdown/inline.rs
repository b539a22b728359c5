//! A line as Markdown. Marks become delimiters where CommonMark reads them as such, HTML tags elsewhere: whether `**`
//! begins strong text depends on the characters around it.
use super::MENTION;
use crate::model::*;

/// Where a line stands decides what has to be escaped and how a break is written.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Place {
    Paragraph,
    Heading,
    Cell,
}

/// A line as Markdown, without line feeds in headings and cells.
pub fn line(content: &[Inline], place: Place) -> String {
    let parts = parts(content);
    let mut html = vec![false; parts.len()];
    loop {
        let texts: Vec<String> = render(&parts, &html, place);
        let misread: Vec<usize> = (0..parts.len()).filter(|&at| !html[at] && !reads(&parts, &texts, at)).collect();
        if misread.is_empty() {
            return texts.concat();
        }
        for at in misread {
            let Part::Mark { id, .. } = parts[at] else { continue };
            for (other, part) in parts.iter().enumerate() {
                html[other] |= matches!(part, Part::Mark { id: same, .. } if *same == id);
            }
        }
    }
}

/// A mark as far as Markdown has it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Style {
    Link(String),
    Bold,
    Italic,
    Strike,
}

/// What a line is written of.
#[derive(Debug)]
enum Part {
    Text(String),
    Code(String),
    Break,
    Mention(Mention),
    Mark { style: Style, opens: bool, id: usize },
}

fn styles(marks: &[Mark]) -> Vec<Style> {
    let style = |mark: &Mark| match mark {
        Mark::Link { href } => Some(Style::Link(href.clone())),
        Mark::Bold => Some(Style::Bold),
        Mark::Italic => Some(Style::Italic),
        Mark::Strike => Some(Style::Strike),
        _ => None,
    };
    marks.iter().filter_map(style).collect()
}

/// The line in order, marks opened and closed like brackets. Blanks at the ends of marked text move out of the marks.
fn parts(content: &[Inline]) -> Vec<Part> {
    let mut atoms: Vec<(Part, Option<Vec<Style>>)> = vec![];
    for inline in content {
        match inline {
            Inline::Break => atoms.push((Part::Break, None)),
            Inline::Mention(mention) => atoms.push((Part::Mention(mention.clone()), Some(vec![]))),
            Inline::Text(run) => {
                let text = run.text.replace(['\n', '\r', '\t'], " ");
                let styles = styles(&run.marks);
                let core = text.trim();
                if core.is_empty() {
                    atoms.push((Part::Text(text), None));
                } else if run.marks.contains(&Mark::Code) {
                    atoms.push((Part::Code(text), Some(styles)));
                } else {
                    let start = text.len() - text.trim_start().len();
                    let ends = [&text[..start], core, &text[start + core.len()..]];
                    for (n, piece) in ends.into_iter().enumerate().filter(|(_, piece)| !piece.is_empty()) {
                        atoms.push((Part::Text(piece.to_owned()), (n == 1).then(|| styles.clone())));
                    }
                }
            }
        }
    }
    // A blank or a break carries what both of its neighbours carry.
    let wanted: Vec<Vec<Style>> = (0..atoms.len())
        .map(|at| match &atoms[at].1 {
            Some(styles) => styles.clone(),
            None => {
                let before = atoms[..at].iter().rev().find_map(|(_, styles)| styles.clone()).unwrap_or_default();
                let after = atoms[at..].iter().find_map(|(_, styles)| styles.clone()).unwrap_or_default();
                before.into_iter().filter(|style| after.contains(style)).collect()
            }
        })
        .collect();
    let (mut parts, mut open, mut ids) = (vec![], Vec::<(Style, usize)>::new(), 0);
    for ((part, _), styles) in atoms.into_iter().zip(wanted) {
        close(&mut parts, &mut open, &styles);
        for style in styles {
            if open.iter().all(|(there, _)| *there != style) {
                parts.push(Part::Mark { style: style.clone(), opens: true, id: ids });
                open.push((style, ids));
                ids += 1;
            }
        }
        parts.push(part);
    }
    close(&mut parts, &mut open, &[]);
    parts
}

/// Closes marks until only wanted ones are open.
fn close(parts: &mut Vec<Part>, open: &mut Vec<(Style, usize)>, wanted: &[Style]) {
    while open.iter().any(|(style, _)| !wanted.contains(style)) {
        if let Some((style, id)) = open.pop() {
            parts.push(Part::Mark { style, opens: false, id });
        }
    }
}

fn render(parts: &[Part], html: &[bool], place: Place) -> Vec<String> {
    let mut texts: Vec<String> = Vec::with_capacity(parts.len());
    for (at, part) in parts.iter().enumerate() {
        let written: usize = texts.iter().map(String::len).sum();
        let begins = written == 0 || texts.last().is_some_and(|t| t.ends_with('\n'));
        texts.push(match part {
            Part::Text(text) => {
                let text = if begins { text.trim_start() } else { text };
                let last = parts[at + 1..].iter().all(|p| matches!(p, Part::Mark { .. }));
                escape(if last { text.trim_end() } else { text }, begins, place)
            }
            Part::Code(text) => code(text, place),
            Part::Break => {
                let last = parts[at + 1..]
                    .iter()
                    .all(|p| !matches!(p, Part::Text(t) if !t.trim().is_empty()) && !matches!(p, Part::Code(_) | Part::Mention(_)));
                if begins || last || place != Place::Paragraph { "<br>".into() } else { "\\\n".into() }
            }
            Part::Mention(m) => {
                format!("[@{}]({MENTION}{}/{})", escape(m.label.trim(), false, place), m.target.name(), m.id)
            }
            Part::Mark { style, opens, .. } => mark(style, *opens, html[at], place),
        });
    }
    texts
}

fn mark(style: &Style, opens: bool, html: bool, place: Place) -> String {
    let tag = |name: &str| if opens { format!("<{name}>") } else { format!("</{name}>") };
    match style {
        Style::Link(_) if opens => "[".into(),
        Style::Link(href) => format!("]({})", destination(href, place)),
        Style::Bold if html => tag("strong"),
        Style::Italic if html => tag("em"),
        Style::Strike if html => tag("del"),
        Style::Bold => "**".into(),
        Style::Italic => "_".into(),
        Style::Strike => "~~".into(),
    }
}

/// Whether the delimiter at this place is read as the one it is meant to be; in doubt it is not.
fn reads(parts: &[Part], texts: &[String], at: usize) -> bool {
    let Part::Mark { style, opens, .. } = &parts[at] else { return true };
    if matches!(style, Style::Link(_)) {
        return true;
    }
    // GitHub's readers look through tildes at what stands behind them, others do not.
    [false, true].into_iter().all(|through| {
        let seen = |c: &char| !(through && *c == '~');
        let before = texts[..at].iter().rev().find_map(|t| t.chars().rev().find(seen));
        let after = texts[at + 1..].iter().find_map(|t| t.chars().find(seen));
        reads_between(style, *opens, before, after)
    })
}

fn reads_between(style: &Style, opens: bool, before: Option<char>, after: Option<char>) -> bool {
    let (outer, inner) = if opens { (before, after) } else { (after, before) };
    let outside = outer.is_none_or(|c| c.is_whitespace() || c.is_ascii_punctuation());
    match inner {
        Some(c) if c.is_whitespace() => false,
        Some(c) if c.is_alphanumeric() => outside || *style != Style::Italic,
        Some(_) => outside,
        None => false,
    }
}

/// A code span; its fence is longer than every run of backticks in it.
fn code(text: &str, place: Place) -> String {
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or_default();
    let fence = "`".repeat(longest + 1);
    let pad = if text.starts_with('`') || text.ends_with('`') || (text.starts_with(' ') && text.ends_with(' ')) { " " } else { "" };
    let text = if place == Place::Cell { text.replace('|', "\\|") } else { text.to_owned() };
    format!("{fence}{pad}{text}{pad}{fence}")
}

/// Text in which nothing is read as Markdown.
fn escape(text: &str, begins: bool, place: Place) -> String {
    let mut out = String::with_capacity(text.len() + 8);
    let chars: Vec<char> = text.chars().collect();
    let digits = chars.iter().take_while(|c| c.is_ascii_digit()).count();
    for (at, &c) in chars.iter().enumerate() {
        let next = chars.get(at + 1);
        let special = match c {
            '\\' | '`' | '*' | '[' | ']' | '<' | '~' | '|' => true,
            '_' => !(at > 0 && chars[at - 1].is_alphanumeric() && next.is_some_and(|c| c.is_alphanumeric())),
            '#' => place == Place::Heading || (begins && at == 0),
            '-' | '+' | '=' | '>' => begins && at == 0,
            '.' | ')' => begins && digits > 0 && at == digits,
            '&' => next.is_none_or(|c| c.is_alphanumeric() || *c == '#'),
            '!' => next.is_none(),
            _ => false,
        };
        if special {
            out.push('\\');
        }
        out.push(c);
    }
    out
}

/// The address of a link.
fn destination(href: &str, place: Place) -> String {
    let plain = |c: char| c.is_alphanumeric() || "-._~:/?#@!$'*+,;=%&".contains(c);
    let escaped: String = href
        .chars()
        .flat_map(|c| {
            let special = matches!(c, '<' | '>' | '\\' | '&') || (c == '|' && place == Place::Cell);
            special.then_some('\\').into_iter().chain([c])
        })
        .collect();
    if href.chars().all(plain) { escaped } else { format!("<{escaped}>") }
}

/// The label of a picture.
pub fn label(text: &str) -> String {
    escape(text.trim().replace(['\n', '\r'], " ").as_str(), false, Place::Heading)
}
