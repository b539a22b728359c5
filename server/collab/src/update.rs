//! Updates as bytes: checked, cut and joined without building a document.
//!
//! A server that only passes on what people type need not know the document. This walks an update (lib0, encoding 1)
//! from block to block: it refuses whatever a Yjs reader could stumble over, says which clocks of which clients an
//! update brings, joins the updates of a moment into one, and leaves out what a reader has already. The library
//! `yrs` reads updates only where the document itself is wanted; it allocates by the lengths an update claims and descends
//! as deep as one nests, so it gets to see only what passed here.
use crate::lib0::{CLOCK_MAX, Malformed, Reader, put_uint};
use serde::de::IgnoredAny;
use std::cmp::Reverse;
use std::collections::{BTreeMap, HashMap, HashSet};

/// The update that changes nothing.
pub const NOTHING: &[u8] = &[0, 0];

/// How deep values (objects in attributes) may nest.
const DEPTH: usize = 16;

const HAS_LEFT: u8 = 0x80;
const HAS_RIGHT: u8 = 0x40;
const HAS_KEY: u8 = 0x20;

/// What one client wrote, as one update carries it: blocks one after the other.
#[derive(Clone, Copy, Debug)]
struct Section<'a> {
    client: u64,
    start: u32,
    end: u32,
    blocks: usize,
    body: &'a [u8],
}

/// One block: how many clocks it takes, and whether it only leaves them out.
struct Block {
    length: u32,
    skip: bool,
}

/// Clocks `start..end` of a client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Range {
    pub client: u64,
    pub start: u32,
    pub end: u32,
}

/// An update that was checked. Borrows its bytes.
#[derive(Clone, Debug)]
pub struct Update<'a> {
    bytes: &'a [u8],
    sections: Vec<Section<'a>>,
    deletes: Vec<Range>,
}

impl<'a> Update<'a> {
    /// Reads an update to its last byte.
    pub fn read(bytes: &'a [u8]) -> Result<Self, Malformed> {
        let mut reader = Reader::new(bytes);
        let clients = reader.count()?;
        let mut sections: Vec<Section> = Vec::with_capacity(clients.min(16));
        for _ in 0..clients {
            sections.push(section(&mut reader)?);
        }
        // Readers keep the last of two sections of a client: it would hide the first.
        let mut seen = HashSet::with_capacity(sections.len());
        if !sections.iter().all(|section| seen.insert(section.client)) {
            return Err(Malformed);
        }
        let deletes = deletes(&mut reader)?;
        if !reader.is_empty() {
            return Err(Malformed);
        }
        Ok(Self { bytes, sections, deletes })
    }

    pub fn is_empty(&self) -> bool {
        self.sections.is_empty() && self.deletes.is_empty()
    }

    /// The clocks it brings; what its `skip` blocks leave out is not among them.
    pub fn inserts(&self) -> Vec<Range> {
        let mut ranges: Vec<Range> = Vec::new();
        for section in &self.sections {
            let begin = ranges.len();
            section.walk(|clock, block, _| {
                if block.skip {
                    return;
                }
                match ranges[begin..].last_mut() {
                    Some(last) if last.end == clock => last.end += block.length,
                    _ => ranges.push(Range { client: section.client, start: clock, end: clock + block.length }),
                }
            });
        }
        ranges
    }

    /// The clocks it deletes.
    pub fn deletes(&self) -> &[Range] {
        &self.deletes
    }

    /// The part of it that somebody with these clocks and deletions lacks; `None` when that is nothing.
    pub fn without(&self, known: &Clocks, deleted: &Deleted) -> Option<Vec<u8>> {
        let mut sections = Vec::new();
        for section in &self.sections {
            let have = known.get(section.client);
            let mut rest: Option<Section> = None;
            section.walk(|clock, block, at| match &mut rest {
                Some(rest) => rest.blocks += 1,
                // A block that is known in part goes whole: readers cut it.
                None if !block.skip && clock + block.length > have => {
                    rest = Some(Section { start: clock, blocks: 1, body: &section.body[at..], ..*section });
                }
                None => {}
            });
            sections.extend(rest);
        }
        let deletes: Vec<Range> = self.deletes.iter().filter(|range| !deleted.covers(range)).copied().collect();
        if sections.is_empty() && deletes.is_empty() {
            return None;
        }
        Some(write(sections.into_iter().map(|section| vec![section]).collect(), deletes))
    }
}

/// Joins updates into as few as possible, in their order. Blocks of a client that follow each other become one section;
/// what does not fit (a client's clocks begin again, or with a gap) begins another update.
pub fn join<'a>(updates: impl IntoIterator<Item = &'a [u8]>) -> Vec<Vec<u8>> {
    let mut joined = Vec::new();
    let mut part = Part::default();
    for bytes in updates {
        // Only checked updates come here; one that cannot be read must not be lost either.
        let Ok(update) = Update::read(bytes) else {
            part.end(&mut joined);
            joined.push(bytes.to_vec());
            continue;
        };
        if update.is_empty() {
            continue;
        }
        if !part.fits(&update) {
            part.end(&mut joined);
        }
        part.add(update);
    }
    part.end(&mut joined);
    joined
}

/// Updates that become one.
#[derive(Default)]
struct Part<'a> {
    /// The only update so far, as it came.
    whole: Option<&'a [u8]>,
    /// By client: pieces that follow each other.
    sections: HashMap<u64, Vec<Section<'a>>>,
    deletes: Vec<Range>,
}

impl<'a> Part<'a> {
    fn fits(&self, update: &Update<'a>) -> bool {
        let last = |client| self.sections.get(&client).and_then(|pieces| pieces.last());
        update.sections.iter().all(|section| last(section.client).is_none_or(|last| last.end == section.start))
    }

    fn add(&mut self, update: Update<'a>) {
        let first = self.sections.is_empty() && self.deletes.is_empty();
        self.whole = first.then_some(update.bytes);
        for section in update.sections {
            self.sections.entry(section.client).or_default().push(section);
        }
        self.deletes.extend(update.deletes);
    }

    fn end(&mut self, joined: &mut Vec<Vec<u8>>) {
        let Part { whole, sections, mut deletes } = std::mem::take(self);
        match whole {
            Some(bytes) => joined.push(bytes.to_vec()),
            None if sections.is_empty() && deletes.is_empty() => {}
            None => {
                tidy(&mut deletes);
                joined.push(write(sections.into_values().collect(), deletes));
            }
        }
    }
}

/// Writes sections (each in pieces that follow each other) and deletions as one update.
fn write(mut sections: Vec<Vec<Section<'_>>>, mut deletes: Vec<Range>) -> Vec<u8> {
    // Higher clients first, as Yjs writes them: it speeds up its search for the place of a block.
    sections.sort_unstable_by_key(|pieces| Reverse(pieces[0].client));
    let size: usize = sections.iter().flatten().map(|piece| piece.body.len() + 16).sum();
    let mut out = Vec::with_capacity(size + deletes.len() * 12 + 8);
    put_uint(&mut out, sections.len() as u64);
    for pieces in &sections {
        put_uint(&mut out, pieces.iter().map(|piece| piece.blocks as u64).sum());
        put_uint(&mut out, pieces[0].client);
        put_uint(&mut out, u64::from(pieces[0].start));
        for piece in pieces {
            out.extend_from_slice(piece.body);
        }
    }
    deletes.sort_unstable_by_key(|range| (Reverse(range.client), range.start));
    let clients = || deletes.chunk_by(|a, b| a.client == b.client);
    put_uint(&mut out, clients().count() as u64);
    for ranges in clients() {
        put_uint(&mut out, ranges[0].client);
        put_uint(&mut out, ranges.len() as u64);
        for range in ranges {
            put_uint(&mut out, u64::from(range.start));
            put_uint(&mut out, u64::from(range.end - range.start));
        }
    }
    out
}

/// Sorts ranges and joins those that touch.
fn tidy(ranges: &mut Vec<Range>) {
    ranges.sort_unstable_by_key(|range| (range.client, range.start, range.end));
    ranges.dedup_by(|next, last| {
        let touch = next.client == last.client && next.start <= last.end;
        if touch {
            last.end = last.end.max(next.end);
        }
        touch
    });
}

impl<'a> Section<'a> {
    /// Calls back with clock, block and place of each block.
    fn walk(&self, mut each: impl FnMut(u32, Block, usize)) {
        let mut reader = Reader::new(self.body);
        let mut clock = self.start;
        while !reader.is_empty() {
            let at = reader.at();
            // It was read once already.
            let Ok(block) = block(&mut reader, clock) else { return };
            let length = block.length;
            each(clock, block, at);
            clock += length;
        }
    }
}

fn section<'a>(reader: &mut Reader<'a>) -> Result<Section<'a>, Malformed> {
    let blocks = reader.count()?;
    let (client, start) = (reader.client()?, reader.clock()?);
    let (begin, mut end) = (reader.at(), start);
    for _ in 0..blocks {
        end += block(reader, end)?.length;
    }
    if blocks == 0 {
        return Err(Malformed);
    }
    Ok(Section { client, start, end, blocks, body: reader.since(begin) })
}

fn block(reader: &mut Reader, clock: u32) -> Result<Block, Malformed> {
    let info = reader.u8()?;
    let (length, skip) = match info {
        0 => (reader.u32()?, false),
        10 => (reader.u32()?, true),
        _ => (item(reader, info)?, false),
    };
    match clock.checked_add(length) {
        Some(end) if length > 0 && end <= CLOCK_MAX => Ok(Block { length, skip }),
        _ => Err(Malformed),
    }
}

fn id(reader: &mut Reader) -> Result<(), Malformed> {
    reader.client()?;
    reader.clock().map(drop)
}

/// An inserted block; answers how many clocks it takes.
fn item(reader: &mut Reader, info: u8) -> Result<u32, Malformed> {
    if info & HAS_LEFT != 0 {
        id(reader)?;
    }
    if info & HAS_RIGHT != 0 {
        id(reader)?;
    }
    if info & (HAS_LEFT | HAS_RIGHT) == 0 {
        match reader.uint()? {
            1 => reader.text().map(drop)?,
            0 => id(reader)?,
            _ => return Err(Malformed),
        }
        if info & HAS_KEY != 0 {
            reader.text()?;
        }
    }
    match info & 0x1f {
        // Deleted content: only its length is left.
        1 => reader.u32(),
        3 => reader.buffer().map(|_| 1),
        4 => utf16(reader.text()?),
        5 => json(reader.text()?).map(|()| 1),
        6 => {
            reader.text()?;
            json(reader.text()?).map(|()| 1)
        }
        7 => kind(reader).map(|()| 1),
        8 => {
            let count = reader.count()?;
            for _ in 0..count {
                value(reader, DEPTH)?;
            }
            u32::try_from(count).map_err(|_| Malformed)
        }
        // 2 was JSON before Yjs 13, 9 is a document inside of the document: no editor of ours writes either.
        _ => Err(Malformed),
    }
}

/// Yjs counts text as JavaScript does.
fn utf16(text: &str) -> Result<u32, Malformed> {
    u32::try_from(text.encode_utf16().count()).map_err(|_| Malformed)
}

fn json(text: &str) -> Result<(), Malformed> {
    serde_json::from_str::<IgnoredAny>(text).map(drop).map_err(|_| Malformed)
}

/// A nested type: array, map, text, XML element with its name, fragment, XML text.
fn kind(reader: &mut Reader) -> Result<(), Malformed> {
    match reader.u8()? {
        0 | 1 | 2 | 4 | 6 => Ok(()),
        3 => reader.text().map(drop),
        _ => Err(Malformed),
    }
}

/// A value of an attribute.
fn value(reader: &mut Reader, depth: usize) -> Result<(), Malformed> {
    let depth = depth.checked_sub(1).ok_or(Malformed)?;
    match reader.u8()? {
        127 | 126 | 121 | 120 => Ok(()),
        125 => reader.int(),
        124 => reader.take(4).map(drop),
        123 | 122 => reader.take(8).map(drop),
        119 => reader.text().map(drop),
        118 => {
            for _ in 0..reader.count()? {
                reader.text()?;
                value(reader, depth)?;
            }
            Ok(())
        }
        117 => {
            for _ in 0..reader.count()? {
                value(reader, depth)?;
            }
            Ok(())
        }
        116 => reader.buffer().map(drop),
        _ => Err(Malformed),
    }
}

fn deletes(reader: &mut Reader) -> Result<Vec<Range>, Malformed> {
    let mut ranges = Vec::new();
    for _ in 0..reader.count()? {
        let client = reader.client()?;
        for _ in 0..reader.count()? {
            let (start, length) = (reader.clock()?, reader.u32()?);
            let end = start.checked_add(length).filter(|end| *end <= CLOCK_MAX).ok_or(Malformed)?;
            if length > 0 {
                ranges.push(Range { client, start, end });
            }
        }
    }
    Ok(ranges)
}

/// A state vector: how far each client's clocks are known, without a gap.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Clocks(BTreeMap<u64, u32>);

impl Clocks {
    pub fn read(bytes: &[u8]) -> Result<Self, Malformed> {
        let mut reader = Reader::new(bytes);
        let mut clocks = BTreeMap::new();
        for _ in 0..reader.count()? {
            clocks.insert(reader.client()?, reader.clock()?);
        }
        if reader.is_empty() { Ok(Self(clocks)) } else { Err(Malformed) }
    }

    pub fn write(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(self.0.len() * 9 + 4);
        put_uint(&mut out, self.0.len() as u64);
        for (client, clock) in self.0.iter().rev() {
            put_uint(&mut out, *client);
            put_uint(&mut out, u64::from(*clock));
        }
        out
    }

    /// The ends of ranges, whether or not there are gaps before them.
    pub fn reached(ranges: &[Range]) -> Self {
        let mut clocks = BTreeMap::new();
        for range in ranges {
            let end: &mut u32 = clocks.entry(range.client).or_default();
            *end = range.end.max(*end);
        }
        Self(clocks)
    }

    pub fn get(&self, client: u64) -> u32 {
        self.0.get(&client).copied().unwrap_or(0)
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Goes on as far as these ranges reach without a gap.
    pub fn extend(&mut self, mut ranges: Vec<Range>) {
        ranges.sort_unstable_by_key(|range| (range.client, range.start));
        for range in ranges {
            let known = self.get(range.client);
            if range.start <= known && range.end > known {
                self.0.insert(range.client, range.end);
            }
        }
    }
}

/// What is known to be deleted.
#[derive(Clone, Debug, Default)]
pub struct Deleted(Vec<Range>);

impl Deleted {
    pub fn new(mut ranges: Vec<Range>) -> Self {
        tidy(&mut ranges);
        Self(ranges)
    }

    fn covers(&self, wanted: &Range) -> bool {
        let after = self.0.partition_point(|range| (range.client, range.start) <= (wanted.client, wanted.start));
        after.checked_sub(1).is_some_and(|at| {
            let range = self.0[at];
            range.client == wanted.client && range.end >= wanted.end
        })
    }
}

#[cfg(test)]
mod tests;
