//! Review by rules (chapter 20, "Review"): what a careful reader would ask about.
use crate::anchor::{Line, LineKind, lines};
use crate::model::Doc;
use crate::section::Section;
use crate::stems::{candidates, dice, jaccard, stem, stems};
use crate::wire::{Anchor, Finding, FindingKind};
use crate::words::tokens;
use std::collections::BTreeSet;
use std::ops::Range;

/// A section the template of the document has.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Expected {
    pub heading: String,
    #[serde(default)]
    pub required: bool,
    /// The text it was made with, which says nothing yet.
    #[serde(default)]
    pub body: String,
}

/// Two sentences are the same from here on.
const SAME: f64 = 0.8;
/// Two sentences speak of the same subject from here on.
const SUBJECT: f64 = 0.6;
/// No reader wants more at once.
const MOST: usize = 200;

/// Words nobody can test, and what to do about them. A number in the same sentence settles those marked so.
const VAGUE: &[(&str, bool, &str)] = &[
    ("fast", true, "say how fast"),
    ("quick", true, "say how quick"),
    ("quickly", true, "say how quickly"),
    ("slow", true, "say how slow"),
    ("soon", true, "say when"),
    ("large", true, "say how large"),
    ("scalable", true, "say up to what"),
    ("efficient", true, "say how it is measured"),
    ("several", true, "say how many"),
    ("many", true, "say how many"),
    ("various", true, "name them"),
    ("easy", false, "say what a user has to do"),
    ("easily", false, "say what a user has to do"),
    ("simple", false, "say what a user has to do"),
    ("simply", false, "say what a user has to do"),
    ("intuitive", false, "say what a user has to do"),
    ("user-friendly", false, "say what a user has to do"),
    ("seamless", false, "say what happens"),
    ("seamlessly", false, "say what happens"),
    ("appropriate", false, "say which"),
    ("appropriately", false, "say how"),
    ("adequate", true, "say how much is enough"),
    ("sufficient", true, "say how much is enough"),
    ("reasonable", true, "say how much"),
    ("flexible", false, "say what can be changed"),
    ("robust", false, "say which failures it survives"),
    ("modern", false, "say what it has to have"),
    ("as needed", false, "say when"),
    ("if possible", false, "decide whether"),
    ("if necessary", false, "say when it is"),
    ("as soon as possible", true, "say when"),
    ("and so on", false, "name the rest"),
    ("etc", false, "name the rest"),
    ("tbd", false, "decide it, or ask somebody"),
    ("tbc", false, "decide it, or ask somebody"),
    ("to be defined", false, "decide it, or ask somebody"),
    ("to be decided", false, "decide it, or ask somebody"),
];

/// Reviews a document against the sections of its template; `needs_criteria`: it has to have acceptance criteria.
pub fn review(doc: &Doc, template: &[Expected], needs_criteria: bool) -> Vec<Finding> {
    let text = Text::of(doc);
    let mut findings = ambiguities(&text);
    findings.extend(gaps(doc, &text, template, needs_criteria));
    let conflicts = conflicts(&text);
    findings.extend(duplicates(&text, &conflicts));
    findings.extend(conflicts);
    findings.sort_by_key(|f| (f.anchor.as_ref().map(|a| (a.line, a.from)), f.kind));
    findings.truncate(MOST);
    findings
}

/// The acceptance criteria of a document: items (or else paragraphs) below a heading that speaks of criteria or
/// acceptance, and lines that begin with "Given".
pub fn criteria(doc: &Doc) -> Vec<String> {
    let text = Text::of(doc);
    text.lines.iter().filter(|line| text.is_criterion(line)).map(|line| line.words.trim().to_owned()).collect()
}

/// Whether a heading announces acceptance criteria.
pub fn is_about_criteria(title: &str) -> bool {
    tokens(title).iter().any(|word| ["criteria", "criterion", "acceptance"].contains(&word.as_str()))
}

/// A document as its sentences.
struct Text {
    sections: Vec<Section>,
    lines: Vec<Line>,
    sentences: Vec<Sentence>,
    /// For each block on the top level: whether it stands below a heading about criteria, and whether that has items.
    about_criteria: Vec<(bool, bool)>,
}

struct Sentence {
    line: usize,
    /// In characters of the line.
    place: Range<usize>,
    text: String,
    kind: LineKind,
}

impl Text {
    fn of(doc: &Doc) -> Self {
        let (sections, lines) = (doc.sections(), lines(doc));
        let mut about_criteria = vec![(false, false); doc.blocks.len()];
        for section in sections.iter().filter(|s| is_about_criteria(&s.title)) {
            let items = lines.iter().any(|l| section.blocks.contains(&l.block) && l.kind == LineKind::Item);
            about_criteria[section.blocks.clone()].fill((true, items));
        }
        let sentences = lines.iter().filter(|l| l.kind != LineKind::Heading).flat_map(sentences).collect();
        Self { sections, lines, sentences, about_criteria }
    }

    fn is_criterion(&self, line: &Line) -> bool {
        let says = !line.text.trim().is_empty();
        let (about, items) = self.about_criteria[line.block];
        let given = line.text.trim_start().to_lowercase().starts_with("given ");
        says && match line.kind {
            LineKind::Item => about || given,
            LineKind::Paragraph => (about && !items) || given,
            _ => false,
        }
    }

    fn anchor(&self, sentence: &Sentence, place: Range<usize>) -> Anchor {
        let line = &self.lines[sentence.line];
        let quote = line.text.chars().skip(place.start).take(place.len()).collect();
        Anchor { section_id: self.section_of(line.block), line: line.number, from: place.start, to: place.end, quote }
    }

    /// The innermost section of a block.
    fn section_of(&self, block: usize) -> String {
        self.sections.iter().rev().find(|s| s.blocks.contains(&block)).map_or_else(|| crate::section::ROOT.to_owned(), |s| s.id.clone())
    }
}

/// The sentences of a line. A full stop ends one where a blank follows, unless it belongs to an abbreviation.
fn sentences(line: &Line) -> Vec<Sentence> {
    let chars: Vec<char> = line.text.chars().collect();
    let mut found = vec![];
    let mut start = 0;
    for at in 0..=chars.len() {
        let ends = match chars.get(at) {
            None => true,
            Some('。' | '！' | '？' | '\n') => true,
            Some('.' | '!' | '?') => {
                let word: String =
                    chars[start..at].iter().rev().take_while(|c| !c.is_whitespace()).collect::<Vec<_>>().into_iter().rev().collect();
                let abbreviation = ["e.g", "i.e", "etc", "cf", "vs", "approx", "no"].contains(&word.to_lowercase().as_str());
                chars.get(at + 1).is_none_or(|c| c.is_whitespace()) && (!abbreviation || at + 1 == chars.len())
            }
            Some(_) => false,
        };
        if !ends {
            continue;
        }
        let end = (at + 1).min(chars.len());
        let (mut from, mut to) = (start, end);
        while from < to && chars[from].is_whitespace() {
            from += 1;
        }
        while to > from && chars[to - 1].is_whitespace() {
            to -= 1;
        }
        if from < to {
            found.push(Sentence { line: line.number, place: from..to, text: chars[from..to].iter().collect(), kind: line.kind });
        }
        start = end;
    }
    found
}

fn ambiguities(text: &Text) -> Vec<Finding> {
    let mut findings = vec![];
    for sentence in &text.sentences {
        let lower: Vec<char> = sentence.text.chars().map(|c| c.to_lowercase().next().unwrap_or(c)).collect();
        let measured = sentence.text.chars().any(|c| c.is_ascii_digit());
        let mut taken: Vec<Range<usize>> = vec![];
        let mut terms: Vec<_> = VAGUE.iter().filter(|(_, settled, _)| !(*settled && measured)).collect();
        // "as soon as possible" before "soon".
        terms.sort_by_key(|(term, ..)| std::cmp::Reverse(term.len()));
        for (term, _, advice) in terms {
            for at in places(&lower, term) {
                let place = at..at + term.chars().count();
                if taken.iter().any(|other| other.start < place.end && place.start < other.end) {
                    continue;
                }
                taken.push(place.clone());
                let anchor = text.anchor(sentence, sentence.place.start + place.start..sentence.place.start + place.end);
                let message = format!("\"{}\" can be read in several ways: {advice}.", anchor.quote);
                findings.push(Finding { kind: FindingKind::Ambiguity, message, anchor: Some(anchor), other: None });
            }
        }
        if text.is_criterion(&text.lines[sentence.line]) {
            for at in places(&lower, "should") {
                let anchor = text.anchor(sentence, sentence.place.start + at..sentence.place.start + at + 6);
                let message = "\"should\" leaves open whether it is required: a criterion says what is the case.".to_owned();
                findings.push(Finding { kind: FindingKind::Ambiguity, message, anchor: Some(anchor), other: None });
            }
        }
    }
    findings
}

/// Where a term stands as whole words.
fn places(text: &[char], term: &str) -> Vec<usize> {
    let term: Vec<char> = term.chars().collect();
    let joins = |c: Option<&char>| c.is_some_and(|c| c.is_alphanumeric() || *c == '-' || *c == '_');
    let hits = text.windows(term.len()).enumerate().filter(|(_, window)| *window == &term[..]).map(|(at, _)| at);
    hits.filter(|&at| !joins(at.checked_sub(1).and_then(|before| text.get(before))) && !joins(text.get(at + term.len()))).collect()
}

fn gaps(doc: &Doc, text: &Text, template: &[Expected], needs_criteria: bool) -> Vec<Finding> {
    let gap = |message: String, anchor| Finding { kind: FindingKind::Gap, message, anchor, other: None };
    let name = |title: &str| tokens(title).join(" ");
    let squeezed = |text: &str| tokens(text).join(" ");
    let mut findings = vec![];
    for expected in template {
        let there = text.sections.iter().find(|s| s.level > 0 && name(&s.title) == name(&expected.heading));
        match there {
            None if expected.required => findings.push(gap(format!("The section \"{}\" is missing.", expected.heading), None)),
            None => {}
            Some(section) => {
                let body = crate::text::blocks_text(&doc.blocks[section.blocks.start + 1..section.blocks.end]);
                let says_nothing = squeezed(&body).is_empty() || (!expected.body.is_empty() && squeezed(&body) == squeezed(&expected.body));
                if says_nothing {
                    findings.push(gap(format!("The section \"{}\" says nothing yet.", section.title), heading_anchor(text, section)));
                }
            }
        }
    }
    for section in text.sections.iter().filter(|s| template.is_empty() && s.level > 0) {
        let body = &doc.blocks[section.blocks.start + 1..section.blocks.end];
        let shows = body.iter().any(|b| matches!(b, crate::model::Block::Image(_) | crate::model::Block::Mermaid(_)));
        if !shows && squeezed(&crate::text::blocks_text(body)).is_empty() {
            findings.push(gap(format!("The section \"{}\" says nothing yet.", section.title), heading_anchor(text, section)));
        }
    }
    if needs_criteria && !text.lines.iter().any(|line| text.is_criterion(line)) {
        findings.push(gap("There are no acceptance criteria: nobody can say when it is done.".into(), None));
    }
    findings
}

fn heading_anchor(text: &Text, section: &Section) -> Option<Anchor> {
    let line = text.lines.iter().find(|line| line.block == section.blocks.start)?;
    let (from, to) = (0, line.text.chars().count());
    (to > 0).then(|| Anchor { section_id: section.id.clone(), line: line.number, from, to, quote: line.text.clone() })
}

/// A number that measures something: its value in the base unit, the unit, its place.
struct Measure {
    value: f64,
    unit: String,
}

/// Units and what they are of the base unit of their kind.
const UNITS: &[(&str, &str, f64)] = &[
    ("ms", "second", 0.001),
    ("millisecond", "second", 0.001),
    ("milliseconds", "second", 0.001),
    ("s", "second", 1.0),
    ("sec", "second", 1.0),
    ("second", "second", 1.0),
    ("seconds", "second", 1.0),
    ("min", "second", 60.0),
    ("minute", "second", 60.0),
    ("minutes", "second", 60.0),
    ("h", "second", 3600.0),
    ("hour", "second", 3600.0),
    ("hours", "second", 3600.0),
    ("day", "second", 86_400.0),
    ("days", "second", 86_400.0),
    ("week", "second", 604_800.0),
    ("weeks", "second", 604_800.0),
    ("month", "month", 1.0),
    ("months", "month", 1.0),
    ("year", "month", 12.0),
    ("years", "month", 12.0),
    ("byte", "byte", 1.0),
    ("bytes", "byte", 1.0),
    ("kb", "byte", 1e3),
    ("kib", "byte", 1024.0),
    ("mb", "byte", 1e6),
    ("mib", "byte", 1_048_576.0),
    ("gb", "byte", 1e9),
    ("gib", "byte", 1_073_741_824.0),
    ("tb", "byte", 1e12),
    ("percent", "%", 1.0),
    ("px", "pixel", 1.0),
    ("pixel", "pixel", 1.0),
    ("pixels", "pixel", 1.0),
    ("eur", "€", 1.0),
    ("euro", "€", 1.0),
    ("euros", "€", 1.0),
    ("usd", "$", 1.0),
    ("dollar", "$", 1.0),
    ("dollars", "$", 1.0),
];

/// What is told apart by a number (stems): the number is a name there.
const NAMED: &[&str] = &[
    "step", "phase", "version", "level", "chapter", "section", "item", "tabl", "figur", "part", "releas", "sprint", "tier", "stage",
    "option",
];

/// What a sentence measures, and the stems of the rest: its subject.
fn measures(sentence: &str) -> (Vec<Measure>, BTreeSet<String>) {
    let mut spaced = String::with_capacity(sentence.len() + 8);
    let chars: Vec<char> = sentence.chars().collect();
    for (at, &c) in chars.iter().enumerate() {
        // "200ms" and "5%" are a number and its unit; "1,000" is one number.
        let before = at.checked_sub(1).map(|b| chars[b]);
        let digit = |c: Option<&char>| c.is_some_and(char::is_ascii_digit);
        if c == ',' && before.is_some_and(|b| b.is_ascii_digit()) && digit(chars.get(at + 1)) {
            continue;
        }
        let starts_unit = before.is_some_and(|b| b.is_ascii_digit()) && !c.is_ascii_digit() && c != '.';
        let starts_number = c.is_ascii_digit() && before.is_some_and(|b| matches!(b, '€' | '$' | '£'));
        if starts_unit || starts_number {
            spaced.push(' ');
        }
        spaced.push(c);
    }
    let words: Vec<String> = spaced
        .split_whitespace()
        .map(|w| w.trim_matches(|c: char| !c.is_alphanumeric() && !matches!(c, '%' | '€' | '$' | '£')).to_lowercase())
        .filter(|w| !w.is_empty())
        .collect();
    let (mut found, mut rest, mut at) = (vec![], vec![], 0);
    while at < words.len() {
        let word = &words[at];
        let Ok(value) = word.parse::<f64>() else {
            rest.push(word.clone());
            at += 1;
            continue;
        };
        let next = words.get(at + 1).map(String::as_str).unwrap_or_default();
        let last = rest.last().map(String::as_str).unwrap_or_default().to_owned();
        if let Some((_, unit, factor)) = UNITS.iter().find(|(name, ..)| *name == next) {
            found.push(Measure { value: value * factor, unit: (*unit).to_owned() });
            at += 2;
        } else if next == "%" {
            found.push(Measure { value, unit: "%".into() });
            at += 2;
        } else if matches!(last.as_str(), "€" | "$" | "£") {
            let unit = rest.pop().unwrap_or_default();
            found.push(Measure { value, unit });
            at += 1;
        } else if NAMED.contains(&stem(&last).as_str()) {
            rest.push(word.clone());
            at += 1;
        } else if next.len() > 2 && next.ends_with('s') && next.chars().all(char::is_alphabetic) && value != 1.0 {
            // "5 attempts": what is counted is part of the subject too.
            found.push(Measure { value, unit: stem(next) });
            at += 1;
        } else {
            // A number that counts nothing is a name: "step 2".
            rest.push(word.clone());
            at += 1;
        }
    }
    (found, stems(&rest.join(" ")))
}

fn conflicts(text: &Text) -> Vec<Finding> {
    let measured: Vec<(&Sentence, Vec<Measure>, BTreeSet<String>)> = text
        .sentences
        .iter()
        .filter(|s| s.text.chars().any(|c| c.is_ascii_digit()))
        .map(|s| {
            let (found, subject) = measures(&s.text);
            (s, found, subject)
        })
        .filter(|(_, found, subject)| !found.is_empty() && subject.len() > 1)
        .collect();
    let subjects: Vec<BTreeSet<String>> = measured.iter().map(|(.., subject)| subject.clone()).collect();
    let mut findings = vec![];
    for (i, j) in candidates(&subjects, SUBJECT) {
        if jaccard(&subjects[i], &subjects[j]) < SUBJECT || subjects[i].intersection(&subjects[j]).count() < 2 {
            continue;
        }
        let ((first, a, _), (second, b, _)) = (&measured[i], &measured[j]);
        let differs = a.iter().any(|x| {
            let only = |all: &[Measure]| all.iter().filter(|m| m.unit == x.unit).count() == 1;
            only(a) && only(b) && b.iter().any(|y| y.unit == x.unit && (x.value - y.value).abs() > 1e-9 * x.value.abs().max(1.0))
        });
        if differs {
            let (other, anchor) = (text.anchor(first, first.place.clone()), text.anchor(second, second.place.clone()));
            let message = format!("This says another number than \"{}\": which one holds?", shortened(&other.quote));
            findings.push(Finding { kind: FindingKind::Conflict, message, anchor: Some(anchor), other: Some(other) });
        }
    }
    findings
}

fn duplicates(text: &Text, conflicts: &[Finding]) -> Vec<Finding> {
    let sentences: Vec<&Sentence> = text.sentences.iter().filter(|s| s.kind != LineKind::Cell).collect();
    let sets: Vec<BTreeSet<String>> = sentences.iter().map(|s| tokens(&s.text).into_iter().collect()).collect();
    let mut told: BTreeSet<usize> = BTreeSet::new();
    let mut findings = vec![];
    // A Dice of 0.8 is a Jaccard of 0.8 / (2 - 0.8).
    for (i, j) in candidates(&sets, SAME / (2.0 - SAME)) {
        if sets[i].len() < 4 || sets[j].len() < 4 || dice(&sets[i], &sets[j]) < SAME || told.contains(&j) {
            continue;
        }
        let (other, anchor) =
            (text.anchor(sentences[i], sentences[i].place.clone()), text.anchor(sentences[j], sentences[j].place.clone()));
        let in_conflict = conflicts.iter().any(|c| c.anchor.as_ref() == Some(&anchor) && c.other.as_ref() == Some(&other));
        if !in_conflict {
            told.insert(j);
            let message = format!("This was said before: \"{}\". Say it once.", shortened(&other.quote));
            findings.push(Finding { kind: FindingKind::Duplication, message, anchor: Some(anchor), other: Some(other) });
        }
    }
    findings
}

fn shortened(text: &str) -> String {
    match text.char_indices().nth(80) {
        None => text.to_owned(),
        Some((at, _)) => format!("{}…", text[..at].trim_end()),
    }
}
