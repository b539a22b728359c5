//! The difference of two versions (chapter 20, "Diff").
use crate::lcs;
use crate::model::*;
use crate::wire::*;
use crate::words::{ratio, similarity, similarity_at_most, word_places, words};
use std::ops::Range;

/// From here on a removed and an added block are one block that changed.
pub const CHANGED: f64 = 0.5;

/// Compares two versions of a document and of its diagram.
pub fn documents(before: (&Doc, Option<&str>), after: (&Doc, Option<&str>)) -> Diff {
    let blocks = blocks(&before.0.without_annotations().blocks, &after.0.without_annotations().blocks);
    let mut counts = Counts::default();
    for block in &blocks {
        *match block {
            BlockChange::Same { .. } => &mut counts.same,
            BlockChange::Added { .. } => &mut counts.added,
            BlockChange::Removed { .. } => &mut counts.removed,
            BlockChange::Changed { .. } => &mut counts.changed,
        } += 1;
    }
    let diagram = lines(before.1.unwrap_or_default(), after.1.unwrap_or_default());
    Diff { blocks, diagram, counts }
}

fn blocks(before: &[Block], after: &[Block]) -> Vec<BlockChange> {
    let matched = lcs::pairs(before, after);
    let gaps = lcs::gaps(&matched, before.len(), after.len());
    let mut changes = Vec::with_capacity(before.len().max(after.len()));
    for (at, (old, new)) in gaps.into_iter().enumerate() {
        gap(&before[old], &after[new], &mut changes);
        if let Some(&(_, j)) = matched.get(at) {
            changes.push(BlockChange::Same { block: after[j].to_value() });
        }
    }
    changes
}

/// What stands between two blocks that stayed.
fn gap(old: &[Block], new: &[Block], changes: &mut Vec<BlockChange>) {
    let pairs = neighbours(old, new);
    let places: Vec<(usize, usize)> = pairs.iter().map(|&(i, j, _)| (i, j)).collect();
    for (at, (removed, added)) in lcs::gaps(&places, old.len(), new.len()).into_iter().enumerate() {
        changes.extend(old[removed].iter().map(|block| BlockChange::Removed { block: block.to_value() }));
        changes.extend(new[added].iter().map(|block| BlockChange::Added { block: block.to_value() }));
        if let Some(&(i, j, similarity)) = pairs.get(at) {
            let spans = spans(&old[i], &new[j]);
            changes.push(BlockChange::Changed { before: old[i].to_value(), after: new[j].to_value(), similarity, spans });
        }
    }
}

/// Pairs of removed and added blocks that are alike, in order, with the greatest similarity in total.
fn neighbours(old: &[Block], new: &[Block]) -> Vec<(usize, usize, f64)> {
    let old_texts: Vec<String> = old.iter().map(Block::plain_text).collect();
    let new_texts: Vec<String> = new.iter().map(Block::plain_text).collect();
    let old_words: Vec<Vec<&str>> = old_texts.iter().map(|t| words(t)).collect();
    let new_words: Vec<Vec<&str>> = new_texts.iter().map(|t| words(t)).collect();
    let alike = |i: usize, j: usize| {
        if std::mem::discriminant(&old[i]) != std::mem::discriminant(&new[j]) && (old_words[i].is_empty() || new_words[j].is_empty()) {
            return 0.0;
        }
        let (a, b) = (&old_words[i], &new_words[j]);
        let alike = if similarity_at_most(a, b) < CHANGED { 0.0 } else { similarity(a, b) };
        if alike < CHANGED { 0.0 } else { alike }
    };
    lcs::align(old.len(), new.len(), alike)
}

/// A block as text whose bytes know their look.
struct Styled {
    text: String,
    /// Runs with marks, in bytes.
    looks: Vec<(Range<usize>, Vec<Mark>)>,
}

impl Styled {
    fn of(block: &Block) -> Self {
        let mut styled = Self { text: String::new(), looks: vec![] };
        styled.block(block, "");
        styled
    }

    fn line(&mut self, prefix: &str) {
        if !self.text.is_empty() {
            self.text.push('\n');
        }
        self.text.push_str(prefix);
    }

    fn inlines(&mut self, content: &[Inline]) {
        for inline in content {
            let start = self.text.len();
            match inline {
                Inline::Text(run) => self.text.push_str(&run.text),
                Inline::Break => self.text.push('\n'),
                Inline::Mention(mention) => self.text.push_str(&format!("@{}", mention.label)),
            }
            if let Inline::Text(Text { marks, .. }) = inline
                && !marks.is_empty()
            {
                self.looks.push((start..self.text.len(), marks.clone()));
            }
        }
    }

    /// Items begin with their marker, what follows in an item is indented.
    fn block(&mut self, block: &Block, indent: &str) {
        match block {
            Block::Paragraph(content) | Block::Heading(Heading { content, .. }) => {
                self.line(indent);
                self.inlines(content);
            }
            Block::BulletList(items) => items.iter().for_each(|item| self.item("• ", &item.blocks, indent)),
            Block::OrderedList(list) => {
                for (number, item) in (list.start..).zip(&list.items) {
                    self.item(&format!("{number}. "), &item.blocks, indent);
                }
            }
            Block::TaskList(tasks) => {
                tasks.iter().for_each(|task| self.item(if task.checked { "☑ " } else { "☐ " }, &task.blocks, indent));
            }
            Block::Code(Code { text, .. }) | Block::Mermaid(text) => {
                for line in text.lines() {
                    self.line(indent);
                    self.text.push_str(line);
                }
            }
            Block::Quote(blocks) => blocks.iter().for_each(|b| self.block(b, &format!("{indent}│ "))),
            Block::Rule => self.line("―"),
            Block::Image(image) => {
                self.line(indent);
                self.text.push_str(image.alt.as_deref().unwrap_or("Picture"));
            }
            Block::Table(rows) => {
                for row in rows {
                    self.line(indent);
                    for (at, cell) in row.cells.iter().enumerate() {
                        self.text.push_str(if at > 0 { " | " } else { "" });
                        let mut inner = Self { text: String::new(), looks: vec![] };
                        cell.blocks.iter().for_each(|b| inner.block(b, ""));
                        let start = self.text.len();
                        // A row is one line; a blank has the length of the line feed it replaces.
                        self.text.push_str(&inner.text.replace('\n', " "));
                        self.looks.extend(inner.looks.into_iter().map(|(r, marks)| (r.start + start..r.end + start, marks)));
                    }
                }
            }
        }
    }

    fn item(&mut self, marker: &str, blocks: &[Block], indent: &str) {
        for (at, block) in blocks.iter().enumerate() {
            let prefix = if at == 0 { format!("{indent}{marker}") } else { format!("{indent}  ") };
            self.block(block, &prefix);
        }
    }

    /// The marks that touch a word.
    fn look(&self, place: &Range<usize>) -> Vec<&Mark> {
        let first = self.looks.partition_point(|(run, _)| run.end <= place.start);
        let mut marks: Vec<&Mark> =
            self.looks[first..].iter().take_while(|(run, _)| run.start < place.end).flat_map(|(_, marks)| marks).collect();
        marks.sort();
        marks.dedup();
        marks
    }
}

/// The words of a block that stayed, came and went; blanks belong to the word before them.
fn spans(before: &Block, after: &Block) -> Vec<Span> {
    let (old, new) = (Styled::of(before), Styled::of(after));
    let (old_places, new_places) = (word_places(&old.text), word_places(&new.text));
    let old_words: Vec<&str> = old_places.iter().map(|p| &old.text[p.clone()]).collect();
    let new_words: Vec<&str> = new_places.iter().map(|p| &new.text[p.clone()]).collect();
    let pairs = lcs::pairs(&old_words, &new_words);
    let mut spans = Spans::default();
    let until = |places: &[Range<usize>], text: &str, at: usize| places.get(at + 1).map_or(text.len(), |next| next.start);
    // What stands before the first word, an indent, is part of the new text.
    if let Some(first) = new_places.first() {
        spans.push(Change::Same, &new.text[..first.start]);
    }
    for (at, (removed, added)) in lcs::gaps(&pairs, old_words.len(), new_words.len()).into_iter().enumerate() {
        for i in removed {
            spans.push(Change::Removed, &old.text[old_places[i].start..until(&old_places, &old.text, i)]);
        }
        for j in added {
            spans.push(Change::Added, &new.text[new_places[j].start..until(&new_places, &new.text, j)]);
        }
        if let Some(&(i, j)) = pairs.get(at) {
            let same = old.look(&old_places[i]) == new.look(&new_places[j]);
            let change = if same { Change::Same } else { Change::Reformatted };
            spans.push(change, &new.text[new_places[j].start..until(&new_places, &new.text, j)]);
        }
    }
    spans.0
}

/// Spans, neighbours of one kind joined.
#[derive(Default)]
struct Spans(Vec<Span>);

impl Spans {
    fn push(&mut self, change: Change, text: &str) {
        match self.0.last_mut() {
            _ if text.is_empty() => {}
            Some(last) if last.change == change => last.text.push_str(text),
            _ => self.0.push(Span { change, text: text.to_owned() }),
        }
    }
}

/// The lines of two sources.
pub fn lines(before: &str, after: &str) -> Vec<Span> {
    let (old, new): (Vec<&str>, Vec<&str>) = (before.split_inclusive('\n').collect(), after.split_inclusive('\n').collect());
    let pairs = lcs::pairs(&old, &new);
    let mut spans = Spans::default();
    for (at, (removed, added)) in lcs::gaps(&pairs, old.len(), new.len()).into_iter().enumerate() {
        removed.for_each(|i| spans.push(Change::Removed, old[i]));
        added.for_each(|j| spans.push(Change::Added, new[j]));
        if let Some(&(_, j)) = pairs.get(at) {
            spans.push(Change::Same, new[j]);
        }
    }
    spans.0
}

/// The similarity of two texts by their words.
pub fn text_similarity(a: &str, b: &str) -> f64 {
    let (a, b) = (words(a), words(b));
    ratio(lcs::pairs(&a, &b).len(), a.len(), b.len())
}
