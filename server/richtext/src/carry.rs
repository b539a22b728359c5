//! What a change of one text asks of another that rests on it (chapter 20, "Drift": *Propose edits*). By rules: lines that
//! say the same are changed the same way, new ones are put where the other text speaks of their subject, what went is
//! taken out. A person takes or leaves each section.
use crate::anchor::{Line, LineKind, lines};
use crate::lcs;
use crate::markdown;
use crate::model::*;
use crate::section::Section;
use crate::stems::{jaccard, stems};
use crate::text::{blocks_text, each_block_mut, inline_text};
use crate::words::{similarity, word_places, words};
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

/// From here on two lines say the same.
const SAME: f64 = 0.5;
/// From here on two lines speak of the same: the change may fit, word by word.
const NEAR: f64 = 0.2;
/// A section speaks of the subject of a new line.
const SUBJECT: f64 = 0.08;
/// Stands in for a line that is taken out.
const GONE: &str = "\u{0}";

/// A section as it should become. Texts are Markdown, heading and sections below it included.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Carried {
    pub section_id: String,
    pub title: String,
    pub old: String,
    pub new: String,
    /// Why, a sentence for each line that was changed.
    pub why: Vec<String>,
}

/// What became of a line of the text above.
enum Change<'a> {
    Changed { old: &'a str, new: &'a Line },
    Added(&'a Line),
    Removed(&'a str),
}

/// The sections of `target` that the step from `before` to `after` asks to change.
pub fn carry(before: &Doc, after: &Doc, target: &Doc) -> Vec<Carried> {
    let (before, after, settled) = (before.settled(), after.settled(), target.settled());
    let (old, new) = (lines(&before), lines(&after));
    let after_sections = after.sections();
    // Only the text itself knows the ids of its sections.
    let mut edit = Edit::of(&settled, target.sections());
    for change in changes(&old, &new) {
        match change {
            Change::Changed { old, new } => {
                if !edit.change(old, &new.words) && new.kind != LineKind::Heading {
                    edit.add(new, title_at(&after_sections, new.block));
                }
            }
            Change::Added(line) if line.kind == LineKind::Heading => {}
            Change::Added(line) => edit.add(line, title_at(&after_sections, line.block)),
            Change::Removed(text) => edit.remove(text),
        }
    }
    edit.sections()
}

/// The lines that differ, in the order of the text.
fn changes<'a>(old: &'a [Line], new: &'a [Line]) -> Vec<Change<'a>> {
    let texts = |lines: &'a [Line]| lines.iter().map(|l| l.words.trim()).collect::<Vec<_>>();
    let (old_texts, new_texts) = (texts(old), texts(new));
    let same = lcs::pairs(&old_texts, &new_texts);
    let mut found = vec![];
    for (removed, added) in lcs::gaps(&same, old.len(), new.len()) {
        let split = |texts: &[&'a str]| texts.iter().map(|t| words(t)).collect::<Vec<_>>();
        let (gone, came) = (split(&old_texts[removed.clone()]), split(&new_texts[added.clone()]));
        let alike = |i: usize, j: usize| {
            let alike = similarity(&gone[i], &came[j]);
            if gone[i].is_empty() || came[j].is_empty() || alike < SAME { 0.0 } else { alike }
        };
        let pairs: Vec<(usize, usize)> = lcs::align(gone.len(), came.len(), alike).into_iter().map(|(i, j, _)| (i, j)).collect();
        for (at, (i, j)) in lcs::gaps(&pairs, gone.len(), came.len()).into_iter().enumerate() {
            found.extend(i.map(|i| Change::Removed(old_texts[removed.start + i])));
            found.extend(j.map(|j| Change::Added(&new[added.start + j])));
            if let Some(&(i, j)) = pairs.get(at) {
                found.push(Change::Changed { old: old_texts[removed.start + i], new: &new[added.start + j] });
            }
        }
    }
    found.retain(|change| match change {
        Change::Added(line) => !line.words.trim().is_empty(),
        Change::Removed(text) => !text.is_empty(),
        Change::Changed { .. } => true,
    });
    found
}

fn title_at(sections: &[Section], block: usize) -> &str {
    sections.iter().find(|s| own(s).contains(&block)).map_or("", |s| &s.title)
}

/// A section's heading and own text, without the sections below it.
fn own(section: &Section) -> Range<usize> {
    section.blocks.start..section.own_end
}

/// What stands in a range, and what comes in its place.
type Replacement = (Range<usize>, String);

/// The text that rests on the other, and what is to be done with it.
struct Edit<'a> {
    target: &'a Doc,
    lines: Vec<Line>,
    sections: Vec<Section>,
    /// New text by line: places in bytes and what stands there instead. `None`: the line goes.
    changed: BTreeMap<usize, Option<Vec<Replacement>>>,
    /// What comes behind a block.
    added: BTreeMap<usize, Vec<(String, LineKind)>>,
    why: BTreeMap<usize, Vec<String>>,
}

impl<'a> Edit<'a> {
    fn of(target: &'a Doc, sections: Vec<Section>) -> Self {
        Self { target, lines: lines(target), sections, changed: BTreeMap::new(), added: BTreeMap::new(), why: BTreeMap::new() }
    }

    /// The lines that are not touched yet, the most alike first.
    fn alike(&self, text: &str) -> Vec<(usize, f64, f64)> {
        let (said, subject) = (words(text), stems(text));
        let mut found: Vec<(usize, f64, f64)> = self
            .lines
            .iter()
            .enumerate()
            .filter(|(at, _)| !self.changed.contains_key(at))
            .map(|(at, line)| (at, similarity(&said, &words(&line.words)), jaccard(&subject, &stems(&line.words))))
            .filter(|(_, same, near)| *same >= SAME || *near >= NEAR)
            .collect();
        found.sort_by(|a, b| (b.1 + b.2).total_cmp(&(a.1 + a.2)).then(a.0.cmp(&b.0)));
        found
    }

    /// Changes the line that says what `old` said. False: none of them can be changed that way.
    fn change(&mut self, old: &str, new: &str) -> bool {
        // It says so already.
        if self.lines.iter().any(|line| line.words.trim() == new.trim()) {
            return true;
        }
        for (at, ..) in self.alike(old) {
            let line = &self.lines[at];
            if let Some(places) = replacements(old, new, &line.words) {
                let block = line.block;
                self.changed.insert(at, Some(places));
                self.because(block, format!("“{}” became “{}”.", short(old), short(new)));
                return true;
            }
        }
        // In its own words it may say so already.
        let (was, is) = (words(old), words(new));
        self.lines.iter().map(|line| words(&line.words)).any(|said| {
            let now = similarity(&is, &said);
            now >= SAME && now > similarity(&was, &said)
        })
    }

    fn remove(&mut self, text: &str) {
        let Some((at, ..)) = self.alike(text).into_iter().find(|(_, same, _)| *same >= SAME) else { return };
        let block = self.lines[at].block;
        if self.lines[at].kind != LineKind::Heading {
            self.changed.insert(at, None);
            self.because(block, format!("“{}” is no longer asked for.", short(text)));
        }
    }

    /// Puts a new line at the end of the section that speaks of its subject.
    fn add(&mut self, line: &Line, above: &str) {
        let text = line.words.trim().to_owned();
        if self.lines.iter().any(|l| l.words.trim() == text) {
            return;
        }
        let (subject, title) = (stems(&text), stems(above));
        let score = |s: &Section| {
            let body = format!("{} {}", s.title, blocks_text(&self.target.blocks[own(s)]));
            jaccard(&subject, &stems(&body)) + 0.3 * jaccard(&title, &stems(&s.title))
        };
        let place = self
            .sections
            .iter()
            .filter(|s| !own(s).is_empty())
            .map(|s| (score(s), s))
            .filter(|(score, _)| *score >= SUBJECT)
            .reduce(|best, next| if next.0 > best.0 { next } else { best })
            .map(|(_, s)| s)
            .or_else(|| self.sections.iter().rfind(|s| !own(s).is_empty()));
        let Some(block) = place.map(|s| s.own_end - 1) else { return };
        self.because(block, format!("“{}” is new.", short(&text)));
        self.added.entry(block).or_default().push((text, line.kind));
    }

    fn because(&mut self, block: usize, why: String) {
        self.why.entry(block).or_default().push(why);
    }

    /// The text with all of it done, block by block.
    fn done(&self) -> Vec<Vec<Block>> {
        let mut number = 0;
        let mut all = Vec::with_capacity(self.target.blocks.len());
        for (at, block) in self.target.blocks.iter().enumerate() {
            let mut one = vec![block.clone()];
            each_block_mut(&mut one, &mut |block| {
                if let Block::Paragraph(content) | Block::Heading(Heading { content, .. }) = block {
                    match self.changed.get(&number) {
                        None => {}
                        Some(None) => *content = vec![Inline::text(GONE)],
                        Some(Some(places)) => {
                            for (place, text) in places.iter().rev() {
                                *content = spliced(content, place, text);
                            }
                        }
                    }
                    number += 1;
                }
            });
            let mut one = pruned(one);
            for (text, kind) in self.added.get(&at).into_iter().flatten() {
                append(&mut one, text, *kind);
            }
            all.push(one);
        }
        all
    }

    /// What is to be changed, by section. A section inside another that is changed too goes with it: each part can be
    /// taken without the others.
    fn sections(&self) -> Vec<Carried> {
        let now = self.done();
        let touched: BTreeSet<usize> = self.why.keys().copied().collect();
        let changed = |range: &Range<usize>| touched.iter().any(|at| range.contains(at));
        let mut found: Vec<(Range<usize>, Carried)> = vec![];
        for section in &self.sections {
            let inside = found.iter().any(|(range, _)| range.start <= section.blocks.start && section.blocks.end <= range.end);
            if inside || !changed(&own(section)) {
                continue;
            }
            let range = section.blocks.clone();
            let old = markdown::blocks(&self.target.blocks[range.clone()]);
            let new = markdown::blocks(&now[range.clone()].concat());
            let why = self.why.range(range.clone()).flat_map(|(_, why)| why.clone()).collect();
            if old != new {
                found.push((range, Carried { section_id: section.id.clone(), title: section.title.clone(), old, new, why }));
            }
        }
        found.into_iter().map(|(_, carried)| carried).collect()
    }
}

/// What has to be replaced in `target` for the step from `old` to `new`: places in bytes, in order. `None`: a step does
/// not fit.
fn replacements(old: &str, new: &str, target: &str) -> Option<Vec<(Range<usize>, String)>> {
    let places = word_places(target);
    let (from, to): (Vec<&str>, Vec<&str>) = (words(old), words(new));
    let there: Vec<String> = places.iter().map(|p| bare(&target[p.clone()])).collect();
    let (was, is): (Vec<String>, Vec<String>) = (from.iter().map(|w| bare(w)).collect(), to.iter().map(|w| bare(w)).collect());
    let pairs = lcs::pairs(&was, &is);
    let mut found: Vec<(Range<usize>, String)> = vec![];
    for (removed, added) in lcs::gaps(&pairs, was.len(), is.len()) {
        if removed.is_empty() && added.is_empty() {
            continue;
        }
        let before = removed.start.checked_sub(1).map(|at| &was[at]);
        let after = was.get(removed.end);
        let text = to[added].join(" ");
        if removed.is_empty() {
            let fits = |at: &usize| {
                let left = at.checked_sub(1).map(|at| &there[at]);
                left == before
                    && (there.get(*at) == after
                        || before.is_some() && at.checked_sub(2).map(|at| &there[at]) == removed.start.checked_sub(2).map(|at| &was[at]))
            };
            let at = (0..=there.len()).find(fits)?;
            let place = places.get(at).map_or(target.len(), |p| p.start);
            found.push(match places.get(at) {
                Some(_) => (place..place, format!("{text} ")),
                // Before the full stop that ends the line.
                None => (place..place, format!(" {text}")),
            });
            continue;
        }
        let wanted = &was[removed.clone()];
        let fits: Vec<usize> =
            (0..(there.len() + 1).saturating_sub(wanted.len())).filter(|at| &there[*at..at + wanted.len()] == wanted).collect();
        let left = |at: &&usize| at.checked_sub(1).map(|at| &there[at]) == before;
        let at = *fits.iter().find(left).or(fits.first())?;
        let (first, last) = (&places[at], &places[at + wanted.len() - 1]);
        if text.is_empty() {
            // The blank behind it goes too.
            let end = places.get(at + wanted.len()).map_or(last.end, |next| next.start);
            found.push((first.start..end, String::new()));
        } else {
            let tail = |word: &str| word[word.trim_end_matches(is_mark).len()..].to_owned();
            let text = format!("{}{}", text.trim_end_matches(is_mark), tail(&target[last.clone()]));
            found.push((first.start..last.end, text));
        }
    }
    found.sort_by_key(|(place, _)| place.start);
    let apart = found.windows(2).all(|two| two[0].0.end <= two[1].0.start);
    (apart && !found.is_empty()).then_some(found)
}

const fn is_mark(c: char) -> bool {
    matches!(c, '.' | ',' | ';' | ':' | '!' | '?' | ')')
}

/// A word without case and the marks around it.
fn bare(word: &str) -> String {
    let bare = word.trim_matches(|c: char| is_mark(c) || matches!(c, '(' | '"' | '“' | '”' | '’' | '\''));
    if bare.is_empty() { word.to_owned() } else { bare.to_lowercase() }
}

/// The content with another text at a place, in the look of what stood there.
fn spliced(content: &[Inline], place: &Range<usize>, text: &str) -> Vec<Inline> {
    let (mut out, mut at, mut written) = (vec![], 0, false);
    for inline in content {
        let length = inline_text(std::slice::from_ref(inline)).len();
        let (start, end) = (place.start.saturating_sub(at).min(length), place.end.saturating_sub(at).min(length));
        let here = !written && (place.start < at + length || place.is_empty() && place.start == at + length);
        match inline {
            Inline::Text(run) => {
                out.push(Inline::marked(&run.text[..start], run.marks.clone()));
                if here {
                    out.push(Inline::marked(text, run.marks.clone()));
                    written = true;
                }
                out.push(Inline::marked(&run.text[end..], run.marks.clone()));
            }
            _ if end > start => {}
            other => out.push(other.clone()),
        }
        at += length;
    }
    if !written {
        out.push(Inline::text(text));
    }
    join(out)
}

/// Without the lines that were taken out.
fn pruned(blocks: Vec<Block>) -> Vec<Block> {
    let gone = |block: &Block| matches!(block, Block::Paragraph(content) if inline_text(content) == GONE);
    let kept = |blocks: Vec<Block>| {
        let blocks = pruned(blocks);
        // An item begins with a paragraph.
        (!blocks.is_empty()).then_some(blocks)
    };
    let items =
        |items: Vec<Item>| -> Vec<Item> { items.into_iter().filter_map(|i| kept(i.blocks).map(|blocks| Item { blocks })).collect() };
    let mut out = vec![];
    for block in blocks {
        match block {
            block if gone(&block) => {}
            Block::BulletList(list) => out.extend(Some(items(list)).filter(|l| !l.is_empty()).map(Block::BulletList)),
            Block::OrderedList(list) => {
                let OrderedList { start, style, items: inner } = list;
                let inner = items(inner);
                if !inner.is_empty() {
                    out.push(Block::OrderedList(OrderedList { start, style, items: inner }));
                }
            }
            Block::TaskList(tasks) => {
                let tasks: Vec<Task> =
                    tasks.into_iter().filter_map(|t| kept(t.blocks).map(|blocks| Task { checked: t.checked, blocks })).collect();
                if !tasks.is_empty() {
                    out.push(Block::TaskList(tasks));
                }
            }
            Block::Quote(inner) => out.extend(kept(inner).map(Block::Quote)),
            Block::Table(mut rows) => {
                for cell in rows.iter_mut().flat_map(|row| &mut row.cells) {
                    let blocks = pruned(std::mem::take(&mut cell.blocks));
                    cell.blocks = if blocks.is_empty() { vec![Block::Paragraph(vec![])] } else { blocks };
                }
                out.push(Block::Table(rows));
            }
            other => out.push(other),
        }
    }
    out
}

/// Behind these blocks: as an item where they end with a list.
fn append(blocks: &mut Vec<Block>, text: &str, kind: LineKind) {
    let paragraph = || vec![Block::Paragraph(vec![Inline::text(text)])];
    match blocks.last_mut() {
        Some(Block::BulletList(items)) => items.push(Item { blocks: paragraph() }),
        Some(Block::OrderedList(list)) => list.items.push(Item { blocks: paragraph() }),
        Some(Block::TaskList(tasks)) => tasks.push(Task { checked: false, blocks: paragraph() }),
        _ if kind == LineKind::Item => blocks.push(Block::BulletList(vec![Item { blocks: paragraph() }])),
        _ => blocks.extend(paragraph()),
    }
}

fn short(text: &str) -> String {
    let text = text.trim();
    match text.char_indices().nth(80) {
        None => text.to_owned(),
        Some((at, _)) => format!("{}…", text[..at].trim_end()),
    }
}
