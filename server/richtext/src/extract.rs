//! Work orders cut out of a blueprint by rules (chapter 20, "Extraction").
use crate::anchor::lines;
use crate::model::*;
use crate::review::{criteria, is_about_criteria};
use crate::section::Section;
use crate::stems::{jaccard, stem, stems};
use crate::text::blocks_text;
use crate::wire::{Bucket, Proposal, Strategy};
use crate::words::{dice, tokens};
use crate::{markdown, section};
use std::collections::BTreeSet;

/// A criterion belongs to a slice from here on.
pub const ATTACHED: f64 = 0.25;
/// A proposal is an update of a work order whose title is this similar.
pub const SAME_TITLE: f64 = 0.85;

/// What work orders are made of.
pub struct Source<'a> {
    /// What the blueprint is called.
    pub title: &'a str,
    pub blueprint: &'a Doc,
    /// The acceptance criteria to deal out, from requirements and feature. Empty: those of the blueprint.
    pub criteria: &'a [String],
    /// The work orders there are: id and title.
    pub existing: &'a [(String, String)],
    /// From the template: `{title}` is the slice, `{document}` the blueprint.
    pub title_pattern: Option<&'a str>,
}

/// Proposes work orders.
pub fn extract(source: &Source, strategy: Strategy) -> Vec<Proposal> {
    let doc = source.blueprint.settled();
    let sections = source.blueprint.sections();
    let slices = match strategy {
        Strategy::FeatureSlice => feature_slices(&doc, &sections, source.title),
        Strategy::Specialist => specialist_slices(&doc, &sections),
    };
    let own = criteria(&doc);
    let criteria: &[String] = if source.criteria.is_empty() { &own } else { source.criteria };
    let assigned = assign(criteria, &slices.iter().map(|slice| slice.lines.clone()).collect::<Vec<_>>());
    let out_of_scope = out_of_scope(&doc, &sections);
    let count = slices.len();
    let pattern = source.title_pattern.unwrap_or(if strategy == Strategy::Specialist { "{document}: {title}" } else { "{title}" });
    let propose = |(at, (slice, criteria)): (usize, (Slice, Vec<String>))| {
        let title = shortened(&pattern.replace("{title}", &slice.title).replace("{document}", source.title), 200);
        Proposal {
            updates: same_title(&title, source.existing),
            title,
            description: slice.description,
            acceptance_criteria: criteria,
            out_of_scope: out_of_scope.clone(),
            bucket: slice.bucket,
            section_ids: slice.section_ids,
            blocks: (slice.bucket.is_some() && at + 1 < count).then_some(at + 1),
        }
    };
    slices.into_iter().zip(assigned).enumerate().map(propose).collect()
}

/// The work order that already has nearly this title, of those given by id and title.
pub fn same_title(title: &str, existing: &[(String, String)]) -> Option<String> {
    let alike = existing.iter().map(|(id, other)| (dice(title, other), id)).filter(|(alike, _)| *alike >= SAME_TITLE);
    alike.max_by(|(a, _), (b, _)| a.total_cmp(b)).map(|(_, id)| id.clone())
}

/// Deals criteria out to slices, each given as its lines: to the one with the line it has most in common with, or to
/// the last.
pub fn assign(criteria: &[String], slices: &[Vec<String>]) -> Vec<Vec<String>> {
    let sets: Vec<Vec<BTreeSet<String>>> = slices.iter().map(|lines| lines.iter().map(|l| stems(l)).collect()).collect();
    let mut assigned = vec![vec![]; slices.len()];
    for criterion in criteria {
        let words = stems(criterion);
        let score = |lines: &[BTreeSet<String>]| lines.iter().map(|line| jaccard(&words, line)).fold(0.0, f64::max);
        let mut best: Option<(usize, f64)> = None;
        for (at, lines) in sets.iter().enumerate() {
            let score = score(lines);
            if score >= ATTACHED && best.is_none_or(|(_, most)| score > most) {
                best = Some((at, score));
            }
        }
        if let Some(slice) = best.map(|(at, _)| at).or(slices.len().checked_sub(1)) {
            assigned[slice].push(criterion.clone());
        }
    }
    assigned
}

/// A piece of a blueprint.
struct Slice {
    title: String,
    description: String,
    /// Its lines, for dealing out criteria.
    lines: Vec<String>,
    bucket: Option<Bucket>,
    section_ids: Vec<String>,
}

/// Headings of what a user does.
fn tells_a_story(title: &str) -> bool {
    const WORDS: &[&str] = &["story", "behaviour", "behavior", "flow", "scenario", "workflow"];
    let words: Vec<String> = WORDS.iter().map(|w| stem(w)).collect();
    tokens(title).iter().any(|word| words.contains(&stem(word)))
}

/// The kind of specialist a heading names; the last word that names one decides: "API tests" are tests.
pub fn bucket_of(title: &str) -> Option<Bucket> {
    const WORDS: &[(Bucket, &[&str])] = &[
        (Bucket::Data, &["data", "database", "schema", "table", "migration"]),
        (Bucket::Api, &["api", "endpoint", "server"]),
        (Bucket::Ui, &["ui", "screen", "page", "component"]),
        (Bucket::Test, &["test", "testing", "acceptance"]),
        (Bucket::Ops, &["ops", "operations", "deploy", "deployment", "security", "monitoring"]),
    ];
    let named = |word: &str| {
        let word = stem(word);
        WORDS.iter().find(|(_, names)| names.iter().any(|name| stem(name) == word)).map(|(bucket, _)| *bucket)
    };
    tokens(title).iter().rev().find_map(|word| named(word))
}

fn is_out_of_scope(title: &str) -> bool {
    let title = tokens(title).join(" ");
    ["out of scope", "non goals", "not in scope"].iter().any(|words| title.contains(words))
}

fn out_of_scope(doc: &Doc, sections: &[Section]) -> String {
    let bodies =
        sections.iter().filter(|s| is_out_of_scope(&s.title)).map(|s| markdown::blocks(&doc.blocks[s.blocks.start + 1..s.blocks.end]));
    bodies.collect::<Vec<_>>().join("\n").trim().to_owned()
}

/// Whether one of the sections around this one has a title of a kind.
fn within(sections: &[Section], section: &Section, kind: impl Fn(&str) -> bool) -> bool {
    sections
        .iter()
        .any(|s| s.level > 0 && s.blocks.start < section.blocks.start && s.blocks.contains(&section.blocks.start) && kind(&s.title))
}

fn feature_slices(doc: &Doc, sections: &[Section], title: &str) -> Vec<Slice> {
    let stories = sections.iter().filter(|s| s.level > 0 && tells_a_story(&s.title) && !within(sections, s, tells_a_story));
    let slices: Vec<Slice> = stories.flat_map(|s| story_slices(doc, sections, s)).collect();
    if !slices.is_empty() {
        return slices;
    }
    let visible = |title: &str| matches!(bucket_of(title), Some(Bucket::Ui | Bucket::Api));
    let parts = sections.iter().filter(|s| s.level > 0 && visible(&s.title) && !within(sections, s, visible));
    let slices: Vec<Slice> = parts.map(|s| section_slice(doc, s, None)).filter(|slice| !slice.lines.is_empty()).collect();
    if !slices.is_empty() {
        return slices;
    }
    let whole = Slice {
        title: title.to_owned(),
        description: markdown::blocks(&doc.blocks),
        lines: lines_of(&doc.blocks),
        bucket: None,
        section_ids: vec![section::ROOT.to_owned()],
    };
    if whole.lines.is_empty() { vec![] } else { vec![whole] }
}

/// The items below a heading; where there are none, the sections below it; else it is one slice itself.
fn story_slices(doc: &Doc, sections: &[Section], story: &Section) -> Vec<Slice> {
    let mut slices = vec![];
    for at in story.blocks.clone().skip(1) {
        let holder = sections.iter().rev().find(|s| s.blocks.contains(&at)).map_or(section::ROOT, |s| s.id.as_str());
        if sections.iter().any(|s| s.id == holder && is_about_criteria(&s.title)) {
            continue;
        }
        let items: Vec<&[Block]> = match &doc.blocks[at] {
            Block::BulletList(items) | Block::OrderedList(OrderedList { items, .. }) => items.iter().map(|i| &i.blocks[..]).collect(),
            Block::TaskList(tasks) => tasks.iter().map(|t| &t.blocks[..]).collect(),
            _ => continue,
        };
        slices.extend(items.into_iter().filter_map(|blocks| item_slice(blocks, holder)));
    }
    if !slices.is_empty() {
        return slices;
    }
    let below = sections.iter().filter(|s| s.level > story.level && story.blocks.contains(&s.blocks.start) && !is_about_criteria(&s.title));
    let parts: Vec<Slice> =
        below.filter(|s| s.own_end == s.blocks.end || !s.body().is_empty()).map(|s| section_slice(doc, s, None)).collect();
    let parts: Vec<Slice> = parts.into_iter().filter(|slice| !slice.lines.is_empty()).collect();
    if !parts.is_empty() {
        return parts;
    }
    let whole = section_slice(doc, story, None);
    if whole.lines.is_empty() { vec![] } else { vec![whole] }
}

fn item_slice(blocks: &[Block], section: &str) -> Option<Slice> {
    let lines = lines_of(blocks);
    // The first sentence names it.
    let first = lines.first()?;
    let title = first.split_once(". ").map_or(first.as_str(), |(sentence, _)| sentence).trim_end_matches(['.', ':', ';']).to_owned();
    Some(Slice {
        title: shortened(&title, 120),
        description: markdown::blocks(blocks),
        lines,
        bucket: None,
        section_ids: vec![section.to_owned()],
    })
}

/// A section as a slice; its title is part of what it says, not of its lines.
fn section_slice(doc: &Doc, section: &Section, bucket: Option<Bucket>) -> Slice {
    let body = &doc.blocks[section.blocks.start + 1..section.blocks.end];
    Slice {
        title: section.title.clone(),
        description: markdown::blocks(body),
        lines: lines_of(body),
        bucket,
        section_ids: vec![section.id.clone()],
    }
}

/// One slice for each kind of specialist that has something to do.
fn specialist_slices(doc: &Doc, sections: &[Section]) -> Vec<Slice> {
    let mut slices: Vec<Slice> = vec![];
    for section in sections.iter().filter(|s| s.level > 0) {
        // A section without a kind of its own belongs to the one it stands in.
        let around = sections
            .iter()
            .rev()
            .filter(|s| s.level > 0 && s.blocks.start < section.blocks.start && s.blocks.contains(&section.blocks.start));
        let named = bucket_of(&section.title);
        let Some(bucket) = named.or_else(|| around.clone().find_map(|s| bucket_of(&s.title))) else { continue };
        let body = &doc.blocks[section.body()];
        if lines_of(body).is_empty() {
            continue;
        }
        let (title, text) = match named {
            Some(_) => (section.title.clone(), markdown::blocks(body)),
            None => (String::new(), markdown::blocks(&doc.blocks[section.blocks.start..section.own_end])),
        };
        match slices.iter_mut().find(|slice| slice.bucket == Some(bucket)) {
            Some(slice) => {
                if !title.is_empty() && slice.title.is_empty() {
                    slice.title = title.clone();
                }
                let heading = if title.is_empty() { String::new() } else { format!("## {title}\n\n") };
                slice.description = format!("{}\n{heading}{text}", slice.description);
                slice.lines.extend(lines_of(body));
                slice.section_ids.push(section.id.clone());
            }
            None => slices.push(Slice {
                title,
                description: text,
                lines: lines_of(body),
                bucket: Some(bucket),
                section_ids: vec![section.id.clone()],
            }),
        }
    }
    for slice in &mut slices {
        if let (true, Some(bucket)) = (slice.title.is_empty(), slice.bucket) {
            slice.title = bucket.words().to_owned();
        }
    }
    slices.sort_by_key(|slice| slice.bucket);
    slices
}

impl Bucket {
    /// The kind on screen.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Data => "Data",
            Self::Api => "API",
            Self::Ui => "Screens",
            Self::Test => "Tests",
            Self::Ops => "Operations",
        }
    }
}

/// The lines that say something, code included.
fn lines_of(blocks: &[Block]) -> Vec<String> {
    let doc = Doc { blocks: blocks.to_vec() };
    let said: Vec<String> = lines(&doc).into_iter().map(|l| l.words.trim().to_owned()).filter(|l| !l.is_empty()).collect();
    if said.is_empty() { blocks_text(blocks).lines().map(|l| l.trim().to_owned()).filter(|l| !l.is_empty()).collect() } else { said }
}

fn shortened(text: &str, max: usize) -> String {
    match text.char_indices().nth(max) {
        None => text.to_owned(),
        Some((at, _)) => {
            let cut = &text[..at];
            format!("{}…", cut.rsplit_once(' ').map_or(cut, |(head, _)| head))
        }
    }
}
