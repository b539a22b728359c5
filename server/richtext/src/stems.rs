//! Texts as sets of stems, for telling whether they speak of the same.
use crate::words::{ratio, tokens};
use rust_stemmers::{Algorithm, Stemmer};
use std::collections::{BTreeSet, HashMap};

/// Words that say nothing about the subject.
const STOP: &[&str] = &[
    "a", "about", "above", "after", "all", "also", "an", "and", "any", "are", "as", "at", "be", "been", "before", "being", "below",
    "between", "both", "but", "by", "can", "could", "did", "do", "does", "each", "every", "for", "from", "had", "has", "have", "he", "her",
    "his", "i", "if", "in", "into", "is", "it", "its", "may", "me", "might", "must", "my", "no", "nor", "not", "of", "off", "on", "once",
    "only", "or", "other", "our", "out", "over", "own", "shall", "she", "should", "so", "some", "such", "than", "that", "the", "their",
    "them", "then", "there", "these", "they", "this", "those", "through", "to", "too", "under", "until", "up", "upon", "us", "very", "was",
    "we", "were", "what", "when", "where", "which", "while", "who", "whom", "why", "will", "with", "within", "without", "would", "you",
    "your",
];

/// The stems of the words that say something.
pub fn stems(text: &str) -> BTreeSet<String> {
    let stemmer = Stemmer::create(Algorithm::English);
    tokens(text).iter().filter(|word| !STOP.contains(&word.as_str())).map(|word| stemmer.stem(word).into_owned()).collect()
}

/// The stem of one lower-case word.
pub fn stem(word: &str) -> String {
    Stemmer::create(Algorithm::English).stem(word).into_owned()
}

/// |A∩B| / |A∪B|; nothing has nothing in common.
pub fn jaccard(a: &BTreeSet<String>, b: &BTreeSet<String>) -> f64 {
    let common = a.intersection(b).count();
    match a.len() + b.len() - common {
        0 => 0.0,
        union => common as f64 / union as f64,
    }
}

/// 2·|A∩B| / (|A|+|B|); nothing has nothing in common.
pub fn dice(a: &BTreeSet<String>, b: &BTreeSet<String>) -> f64 {
    if a.is_empty() && b.is_empty() { 0.0 } else { ratio(a.intersection(b).count(), a.len(), b.len()) }
}

/// Pairs of sets that may have a Jaccard index of `least`, `i < j`, without comparing each with each: two such sets
/// share one of their rarest words.
pub fn candidates(sets: &[BTreeSet<String>], least: f64) -> Vec<(usize, usize)> {
    let mut counts: HashMap<&str, usize> = HashMap::new();
    for word in sets.iter().flatten() {
        *counts.entry(word).or_default() += 1;
    }
    let mut seen: HashMap<&str, Vec<usize>> = HashMap::new();
    let mut pairs = vec![];
    for (j, set) in sets.iter().enumerate() {
        let mut rarest: Vec<&str> = set.iter().map(String::as_str).collect();
        rarest.sort_by_key(|word| (counts[word], *word));
        rarest.truncate(set.len() - (least * set.len() as f64).ceil() as usize + 1);
        let mut partners = BTreeSet::new();
        for word in rarest {
            let others = seen.entry(word).or_default();
            partners.extend(others.iter().copied());
            others.push(j);
        }
        pairs.extend(partners.into_iter().map(|i| (i, j)));
    }
    pairs.sort_unstable();
    pairs
}
