//! Words, and how similar two texts are by them.
use crate::lcs;
use std::collections::HashMap;

/// The words of a text with their places: runs without blanks; of scripts that do not part words, each character.
pub fn words(text: &str) -> Vec<&str> {
    word_places(text).into_iter().map(|place| &text[place]).collect()
}

/// The places of the words, in bytes.
pub fn word_places(text: &str) -> Vec<std::ops::Range<usize>> {
    let mut places = vec![];
    let mut began = None;
    for (at, c) in text.char_indices() {
        let alone = is_unparted(c);
        if (c.is_whitespace() || alone)
            && let Some(start) = began.take()
        {
            places.push(start..at);
        }
        if alone {
            places.push(at..at + c.len_utf8());
        } else if !c.is_whitespace() && began.is_none() {
            began = Some(at);
        }
    }
    places.extend(began.map(|start| start..text.len()));
    places
}

/// Chinese, Japanese, Thai, Lao and Khmer are written without blanks between words.
fn is_unparted(c: char) -> bool {
    matches!(c as u32, 0x0E00..=0x0EFF | 0x1780..=0x17FF | 0x2E80..=0x9FFF | 0xF900..=0xFAFF | 0xFF66..=0xFF9F | 0x20000..=0x3FFFF)
}

/// 2·LCS / (n₁ + n₂); two empty texts are alike.
pub fn similarity(a: &[&str], b: &[&str]) -> f64 {
    ratio(lcs::pairs(a, b).len(), a.len(), b.len())
}

/// A bound of [`similarity`] from above that costs little: the order of words left aside.
pub fn similarity_at_most(a: &[&str], b: &[&str]) -> f64 {
    let mut counts: HashMap<&str, usize> = HashMap::new();
    for word in a {
        *counts.entry(word).or_default() += 1;
    }
    let common = b
        .iter()
        .filter(|word| {
            counts.get_mut(*word).is_some_and(|n| {
                let there = *n > 0;
                *n = n.saturating_sub(1);
                there
            })
        })
        .count();
    ratio(common, a.len(), b.len())
}

/// 2·common / (n₁ + n₂).
pub fn ratio(common: usize, a: usize, b: usize) -> f64 {
    if a + b == 0 { 1.0 } else { 2.0 * common as f64 / (a + b) as f64 }
}

/// Dice of the two sets of lower-case words without punctuation: 2·|A∩B| / (|A| + |B|).
pub fn dice(a: &str, b: &str) -> f64 {
    let (a, b) = (tokens(a), tokens(b));
    let (a, b): (std::collections::BTreeSet<_>, std::collections::BTreeSet<_>) = (a.iter().collect(), b.iter().collect());
    if a.is_empty() && b.is_empty() { 0.0 } else { ratio(a.intersection(&b).count(), a.len(), b.len()) }
}

/// Lower-case words: runs of letters and digits.
pub fn tokens(text: &str) -> Vec<String> {
    let parts = text.split(|c: char| !c.is_alphanumeric()).filter(|part| !part.is_empty());
    parts.flat_map(words).map(str::to_lowercase).collect()
}
