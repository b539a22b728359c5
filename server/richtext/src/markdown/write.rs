//! Blocks as Markdown.
use super::inline::{Place, label, line};
use crate::model::*;
use crate::text::blocks_text;

/// A document as Markdown. Talk about the text is left out, and what is only suggested is not yet there.
pub fn document(doc: &Doc) -> String {
    blocks(&doc.settled().blocks)
}

/// Blocks as Markdown, with a line feed at the end.
pub fn blocks(blocks: &[Block]) -> String {
    let text = joined(blocks, false);
    if text.is_empty() { text } else { text + "\n" }
}

/// Blocks below each other. Two lists in a row would be read as one: the second gets another bullet.
fn joined(blocks: &[Block], item: bool) -> String {
    let mut out = String::new();
    let mut last: Option<(&Block, bool)> = None;
    for block in blocks {
        let other = last.is_some_and(|(before, other)| same_kind_of_list(before, block) && !other);
        let text = written(block, other);
        if text.is_empty() && !(item && last.is_none()) {
            continue;
        }
        if let Some((before, _)) = last {
            out.push_str(if item && follows_closely(before, block, &out) { "\n" } else { "\n\n" });
        }
        out.push_str(&text);
        last = Some((block, other));
    }
    out
}

fn same_kind_of_list(a: &Block, b: &Block) -> bool {
    let bullets = |b: &Block| matches!(b, Block::BulletList(_) | Block::TaskList(_));
    let numbers = |b: &Block| matches!(b, Block::OrderedList(_));
    (bullets(a) && bullets(b)) || (numbers(a) && numbers(b))
}

/// A list directly below the first line of its item, as people write it. A list that is empty at first or does not
/// begin with 1 would be read as part of the line.
fn follows_closely(before: &Block, block: &Block, out: &str) -> bool {
    let first = match block {
        Block::BulletList(items) => items.first().map(|i| &i.blocks),
        Block::OrderedList(list) if list.start == 1 => list.items.first().map(|i| &i.blocks),
        Block::TaskList(tasks) => tasks.first().map(|t| &t.blocks),
        _ => None,
    };
    let says_something = first.is_some_and(|blocks| matches!(&blocks[..], [first, ..] if !written(first, false).is_empty()));
    // A line that is nothing but a tag is read as HTML up to the next empty line.
    matches!(before, Block::Paragraph(_)) && says_something && !out.is_empty() && !out.starts_with('<')
}

fn written(block: &Block, other_bullet: bool) -> String {
    match block {
        Block::Paragraph(content) => line(content, Place::Paragraph),
        Block::Heading(heading) => {
            format!("{} {}", "#".repeat(heading.level.into()), line(&heading.content, Place::Heading)).trim_end().to_owned()
        }
        Block::BulletList(items) => {
            let bullet = if other_bullet { "* " } else { "- " };
            items.iter().map(|i| item(bullet, &i.blocks)).collect::<Vec<_>>().join("\n")
        }
        Block::TaskList(tasks) => {
            let bullet = if other_bullet { '*' } else { '-' };
            let task = |t: &Task| item_after(&format!("{bullet} "), if t.checked { "[x] " } else { "[ ] " }, &with_line(&t.blocks));
            tasks.iter().map(task).collect::<Vec<_>>().join("\n")
        }
        Block::OrderedList(list) => {
            let after = if other_bullet { ')' } else { '.' };
            let items = (list.start..).zip(&list.items).map(|(n, i)| item(&format!("{n}{after} "), &i.blocks));
            items.collect::<Vec<_>>().join("\n")
        }
        Block::Code(code) => fence(code.language.as_deref().unwrap_or_default(), &code.text),
        Block::Mermaid(code) => fence("mermaid", code),
        Block::Quote(inner) => {
            joined(inner, false).split('\n').map(|l| format!("> {l}").trim_end().to_owned()).collect::<Vec<_>>().join("\n")
        }
        Block::Rule => "---".into(),
        Block::Image(image) => format!("![{}]({})", label(image.alt.as_deref().unwrap_or_default()), image.src()),
        Block::Table(rows) => table(rows),
    }
}

/// A box to tick is read as one only where a line follows it.
fn with_line(blocks: &[Block]) -> Vec<Block> {
    let mut blocks = blocks.to_vec();
    if let Some(Block::Paragraph(content)) = blocks.first_mut()
        && line(content, Place::Paragraph).is_empty()
    {
        *content = vec![Inline::Break];
    }
    blocks
}

fn item(marker: &str, blocks: &[Block]) -> String {
    item_after(marker, "", blocks)
}

/// An item: its marker, then its blocks indented by the marker's width.
fn item_after(marker: &str, checkbox: &str, blocks: &[Block]) -> String {
    let indent = " ".repeat(marker.len());
    let text = joined(blocks, true);
    // An item may begin with one empty line, not with two.
    let text = text.strip_prefix("\n\n").map(|rest| format!("\n{rest}")).unwrap_or(text);
    let mut out = format!("{marker}{checkbox}");
    for (at, line) in text.split('\n').enumerate() {
        if at > 0 {
            out.push('\n');
            out.push_str(if line.is_empty() { "" } else { &indent });
        }
        out.push_str(line);
    }
    if checkbox.is_empty() { out.trim_end_matches(' ').to_owned() } else { out }
}

fn fence(language: &str, text: &str) -> String {
    let language = language.split_whitespace().next().unwrap_or_default().replace('`', "");
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or_default();
    let fence = "`".repeat(longest.max(2) + 1);
    if text.is_empty() { format!("{fence}{language}\n{fence}") } else { format!("{fence}{language}\n{text}\n{fence}") }
}

/// A table; its first row is the head, as Markdown demands. A joined cell stands in its first place.
fn table(rows: &[Row]) -> String {
    let texts: Vec<Vec<String>> = rows
        .iter()
        .map(|row| {
            let cells = row.cells.iter().flat_map(|cell| {
                let empty = (1..cell.colspan.min(100)).map(|_| String::new());
                std::iter::once(line(&one_line(&cell.blocks), Place::Cell)).chain(empty)
            });
            cells.collect()
        })
        .collect();
    let columns = texts.iter().map(Vec::len).max().unwrap_or_default();
    if columns == 0 {
        return String::new();
    }
    let row = |cells: &[String]| {
        let cells = (0..columns).map(|at| cells.get(at).map_or("", String::as_str));
        format!("| {} |", cells.collect::<Vec<_>>().join(" | "))
    };
    let align = |at: usize| match rows.iter().find_map(|row| row.cells.get(at)).and_then(|cell| cell.align) {
        None => "---",
        Some(Align::Left) => ":--",
        Some(Align::Center) => ":-:",
        Some(Align::Right) => "--:",
    };
    let rule = format!("| {} |", (0..columns).map(align).collect::<Vec<_>>().join(" | "));
    let (head, rest) = (row(&texts[0]), texts[1..].iter().map(|cells| row(cells)));
    [head, rule].into_iter().chain(rest).collect::<Vec<_>>().join("\n")
}

/// The blocks of a cell in one line, breaks between them.
fn one_line(blocks: &[Block]) -> Vec<Inline> {
    let mut content: Vec<Inline> = vec![];
    let mut add = |more: Vec<Inline>| {
        if !content.is_empty() && !more.is_empty() {
            content.push(Inline::Break);
        }
        content.extend(more);
    };
    for block in blocks {
        match block {
            Block::Paragraph(line) | Block::Heading(Heading { content: line, .. }) => add(line.clone()),
            Block::Code(Code { text, .. }) | Block::Mermaid(text) => {
                text.lines().for_each(|l| add(vec![Inline::marked(l, vec![Mark::Code])]));
            }
            other => blocks_text(std::slice::from_ref(other)).lines().for_each(|l| add(vec![Inline::text(format!("• {l}"))])),
        }
    }
    content.retain(|inline| !matches!(inline, Inline::Text(run) if run.text.is_empty()));
    content
}
