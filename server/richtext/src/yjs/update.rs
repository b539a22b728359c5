//! The smallest change from a live document to another: what is equal stays, what is alike is changed inside.
use super::shape::{Element, Run, Shape, any, chunks, formats, mark_of, of_live};
use crate::lcs;
use crate::words::{similarity, similarity_at_most, word_places, words};
use std::ops::Range;
use std::sync::Arc;
use yrs::types::xml::{XmlDeltaPrelim, XmlIn};
use yrs::types::{Attrs, Delta};
use yrs::{Any, GetString, In, Text, TextRef, TransactionMut, Xml, XmlElementPrelim, XmlElementRef, XmlFragment, XmlOut, XmlTextRef};

/// Brings the children of a live node to their target.
pub fn children<F: XmlFragment>(txn: &mut TransactionMut, parent: &F, target: &[Shape]) {
    let nodes: Vec<XmlOut> = parent.children(txn).collect();
    let shapes: Vec<Shape> = nodes.iter().map(|node| of_live(txn, node)).collect();
    let live: Vec<(XmlOut, Shape)> = nodes.into_iter().zip(shapes).collect();
    let matched = lcs::pairs(&live.iter().map(|(_, shape)| shape).collect::<Vec<_>>(), &target.iter().collect::<Vec<_>>());
    let mut at = 0;
    for (n, (old, new)) in lcs::gaps(&matched, live.len(), target.len()).into_iter().enumerate() {
        at = gap(txn, parent, at, &live[old], &target[new]);
        at += u32::from(n < matched.len());
    }
}

/// Brings what stands between two children that stay to its target; `at` is its index, the answer the one behind it.
fn gap<F: XmlFragment>(txn: &mut TransactionMut, parent: &F, mut at: u32, old: &[(XmlOut, Shape)], new: &[Shape]) -> u32 {
    let texts = |shapes: &[&Shape]| shapes.iter().map(|shape| text_of(shape)).collect::<Vec<_>>();
    let (old_texts, new_texts) = (texts(&old.iter().map(|(_, s)| s).collect::<Vec<_>>()), texts(&new.iter().collect::<Vec<_>>()));
    let pairs = lcs::align(old.len(), new.len(), |i, j| match (&old[i].1, &new[j]) {
        (Shape::Text(_), Shape::Text(_)) => 1.0,
        // Nodes of one kind keep their identity even where their words differ; the more alike, the rather.
        (Shape::Element(a), Shape::Element(b)) if a.name == b.name => {
            let (a, b) = (words(&old_texts[i]), words(&new_texts[j]));
            0.01 + if similarity_at_most(&a, &b) < 0.1 { 0.0 } else { similarity(&a, &b) }
        }
        _ => 0.0,
    });
    let places: Vec<(usize, usize)> = pairs.iter().map(|&(i, j, _)| (i, j)).collect();
    for (n, (removed, added)) in lcs::gaps(&places, old.len(), new.len()).into_iter().enumerate() {
        if !removed.is_empty() {
            parent.remove_range(txn, at, removed.len() as u32);
        }
        for shape in &new[added] {
            insert(txn, parent, at, shape);
            at += 1;
        }
        if let Some(&(i, j)) = places.get(n) {
            match (&old[i].0, &old[i].1, &new[j]) {
                (XmlOut::Element(live), Shape::Element(now), Shape::Element(target)) => element(txn, live, now, target),
                (XmlOut::Text(live), _, Shape::Text(target)) => text(txn, live, target),
                _ => {}
            }
            at += 1;
        }
    }
    at
}

/// The words of a node, for comparing.
fn text_of(shape: &Shape) -> String {
    match shape {
        Shape::Text(runs) => runs.iter().map(|run| run.text.as_str()).collect(),
        Shape::Element(element) => {
            let attrs = element.attrs.values().filter_map(|v| v.as_str()).map(str::to_owned);
            attrs.chain(element.children.iter().map(text_of)).collect::<Vec<_>>().join(" ")
        }
        Shape::Foreign => String::new(),
    }
}

fn insert<F: XmlFragment>(txn: &mut TransactionMut, parent: &F, at: u32, shape: &Shape) {
    match shape {
        Shape::Element(target) => {
            let live = parent.insert(txn, at, XmlElementPrelim::empty(target.name.as_str()));
            for (key, value) in &target.attrs {
                live.insert_attribute(txn, key.as_str(), any(value));
            }
            for (at, child) in (0..).zip(&target.children) {
                insert(txn, &live, at, child);
            }
        }
        Shape::Text(runs) => {
            let delta = runs.iter().map(|run| Delta::Inserted(In::Any(Any::from(run.text.as_str())), format(formats(run)))).collect();
            parent.insert(txn, at, XmlIn::Text(XmlDeltaPrelim { attributes: Default::default(), delta }));
        }
        Shape::Foreign => {}
    }
}

fn element(txn: &mut TransactionMut, live: &XmlElementRef, now: &Element, target: &Element) {
    for key in now.attrs.keys().filter(|key| !target.attrs.contains_key(*key)) {
        live.remove_attribute(txn, key);
    }
    for (key, value) in target.attrs.iter().filter(|(key, value)| now.attrs.get(*key) != Some(value)) {
        live.insert_attribute(txn, key.as_str(), any(value));
    }
    if now.children != target.children {
        children(txn, live, &target.children);
    }
}

/// Brings a live text and its formats to their target.
fn text(txn: &mut TransactionMut, live: &XmlTextRef, target: &[Run]) {
    let old = chunks(txn, live).unwrap_or_default();
    let old_text: String = old.iter().map(|(text, _)| text.as_str()).collect();
    let new_text: String = target.iter().map(|run| run.text.as_str()).collect();
    let unit = Unit::of(&old_text, live.len(txn));
    let mut old_runs = Cursor::new(old.iter().map(|(text, _)| text.len()));
    let mut new_runs = Cursor::new(target.iter().map(|run| run.text.len()));
    // Each step looks its place up anew: yrs 0.28 loses track of formats within one delta that changes a format and
    // inserts behind it.
    let mut place = 0;
    for edit in edits(&old_text, &new_text) {
        match edit {
            Edit::Keep(mut kept, mut says) => {
                while !kept.is_empty() {
                    let (i, old_left) = old_runs.at(kept.start);
                    let (j, new_left) = new_runs.at(says.start);
                    let len = old_left.min(new_left).min(kept.len());
                    let units = unit.len(&old_text[kept.start..kept.start + len]);
                    let change = reformat(&old[i].1, &target[j]);
                    if !change.is_empty() {
                        live.format(txn, place, units, change);
                    }
                    place += units;
                    (kept.start, says.start) = (kept.start + len, says.start + len);
                }
            }
            Edit::Remove(range) => live.remove_range(txn, place, unit.len(&old_text[range])),
            Edit::Insert(mut range) => {
                while !range.is_empty() {
                    let (j, left) = new_runs.at(range.start);
                    let end = range.end.min(range.start + left);
                    let part = &new_text[range.start..end];
                    // Old text says how the document counts; of new text only the document itself knows.
                    let before = live.len(txn);
                    live.insert_with_attributes(txn, place, part, formats(&target[j]));
                    place += live.len(txn) - before;
                    range.start = end;
                }
            }
        }
    }
}

/// The same for a text without formats.
pub fn plain_text(txn: &mut TransactionMut, live: &TextRef, target: &str) {
    let old = live.get_string(txn);
    let unit = Unit::of(&old, live.len(txn));
    let mut delta: Vec<Delta<In>> = vec![];
    for edit in edits(&old, target) {
        delta.push(match edit {
            Edit::Keep(range, _) => Delta::Retain(unit.len(&old[range]), None),
            Edit::Remove(range) => Delta::Deleted(unit.len(&old[range])),
            Edit::Insert(range) => Delta::Inserted(In::Any(Any::from(&target[range])), None),
        });
    }
    if delta.iter().any(|d| !matches!(d, Delta::Retain(..))) {
        live.apply_delta(txn, delta);
    }
}

fn format(attrs: Attrs) -> Option<Box<Attrs>> {
    (!attrs.is_empty()).then(|| Box::new(attrs))
}

/// The formats to set and to take away (null) where text stays.
fn reformat(stored: &Attrs, target: &Run) -> Attrs {
    let said: Vec<_> = stored.iter().map(|(key, value)| (key, mark_of(key, value))).collect();
    let mut change: Attrs =
        said.iter().filter(|(_, mark)| !target.marks.contains(mark)).map(|(key, _)| (Arc::clone(key), Any::Null)).collect();
    let missing: Vec<_> = target.marks.iter().filter(|mark| said.iter().all(|(_, there)| there != *mark)).cloned().collect();
    change.extend(formats(&Run { text: String::new(), marks: missing }));
    change
}

/// How a Y.Doc counts: browsers in UTF-16, some servers in bytes.
#[derive(Clone, Copy)]
enum Unit {
    Bytes,
    Utf16,
}

impl Unit {
    /// Only this text itself says it; where both agree, either will do.
    fn of(text: &str, len: u32) -> Self {
        if text.len() == len as usize { Self::Bytes } else { Self::Utf16 }
    }

    fn len(self, text: &str) -> u32 {
        match self {
            Self::Bytes => text.len() as u32,
            Self::Utf16 => text.encode_utf16().count() as u32,
        }
    }
}

/// Walks over runs by byte positions that only grow.
struct Cursor {
    ends: Vec<usize>,
    run: usize,
}

impl Cursor {
    fn new(lens: impl Iterator<Item = usize>) -> Self {
        let mut end = 0;
        Self {
            ends: lens
                .map(|len| {
                    end += len;
                    end
                })
                .collect(),
            run: 0,
        }
    }

    /// The run at a position, and how much of it is left.
    fn at(&mut self, position: usize) -> (usize, usize) {
        while self.ends[self.run] <= position {
            self.run += 1;
        }
        (self.run, self.ends[self.run] - position)
    }
}

/// A step from an old text to a new one, in bytes.
enum Edit {
    Keep(Range<usize>, Range<usize>),
    Remove(Range<usize>),
    Insert(Range<usize>),
}

/// The steps: by words, then by characters at both ends of what differs.
fn edits(old: &str, new: &str) -> Vec<Edit> {
    let (old_places, new_places) = (pieces(old), pieces(new));
    let old_pieces: Vec<&str> = old_places.iter().map(|p| &old[p.clone()]).collect();
    let new_pieces: Vec<&str> = new_places.iter().map(|p| &new[p.clone()]).collect();
    let pairs = lcs::pairs(&old_pieces, &new_pieces);
    let span = |places: &[Range<usize>], range: Range<usize>, text: &str| {
        let start = places.get(range.start).map_or(text.len(), |p| p.start);
        start..if range.is_empty() { start } else { places[range.end - 1].end }
    };
    let mut edits = vec![];
    for (at, (removed, added)) in lcs::gaps(&pairs, old_pieces.len(), new_pieces.len()).into_iter().enumerate() {
        differ(old, span(&old_places, removed, old), new, span(&new_places, added, new), &mut edits);
        if let Some(&(i, j)) = pairs.get(at) {
            keep(old_places[i].clone(), new_places[j].clone(), &mut edits);
        }
    }
    edits
}

fn differ(old: &str, mut a: Range<usize>, new: &str, mut b: Range<usize>, edits: &mut Vec<Edit>) {
    let head: usize = old[a.clone()].chars().zip(new[b.clone()].chars()).take_while(|(x, y)| x == y).map(|(x, _)| x.len_utf8()).sum();
    keep(a.start..a.start + head, b.start..b.start + head, edits);
    (a.start, b.start) = (a.start + head, b.start + head);
    let (ends, other) = (old[a.clone()].chars().rev(), new[b.clone()].chars().rev());
    let tail: usize = ends.zip(other).take_while(|(x, y)| x == y).map(|(x, _)| x.len_utf8()).sum();
    (a.end, b.end) = (a.end - tail, b.end - tail);
    if !a.is_empty() {
        edits.push(Edit::Remove(a.clone()));
    }
    if !b.is_empty() {
        edits.push(Edit::Insert(b.clone()));
    }
    keep(a.end..a.end + tail, b.end..b.end + tail, edits);
}

fn keep(a: Range<usize>, b: Range<usize>, edits: &mut Vec<Edit>) {
    match edits.last_mut() {
        _ if a.is_empty() => {}
        Some(Edit::Keep(x, y)) if x.end == a.start && y.end == b.start => (x.end, y.end) = (a.end, b.end),
        _ => edits.push(Edit::Keep(a, b)),
    }
}

/// Words and what stands between them.
fn pieces(text: &str) -> Vec<Range<usize>> {
    let mut pieces = vec![];
    let mut at = 0;
    for word in word_places(text) {
        if at < word.start {
            pieces.push(at..word.start);
        }
        at = word.end;
        pieces.push(word);
    }
    if at < text.len() {
        pieces.push(at..text.len());
    }
    pieces
}
