//! How much two short texts say the same: the share of stems they have in common (chapter 20, section 3, "Extraction").
use rust_stemmers::{Algorithm, Stemmer};
use std::collections::BTreeSet;

/// Words that say nothing of what a text is about.
const STOP: [&str; 77] = [
    "a", "about", "after", "all", "also", "an", "and", "any", "are", "as", "at", "be", "been", "before", "but", "by", "can", "do", "does",
    "each", "every", "for", "from", "has", "have", "if", "in", "into", "is", "it", "its", "may", "more", "must", "no", "not", "of", "on",
    "one", "only", "or", "other", "our", "out", "over", "shall", "should", "so", "some", "such", "than", "that", "the", "their", "them",
    "then", "there", "these", "they", "this", "those", "to", "under", "until", "up", "via", "was", "we", "when", "where", "which", "while",
    "will", "with", "within", "without", "you",
];

/// The stems of a text, without stop words. Names of code are taken apart: `resetsPassword_by_email` is four words.
pub(crate) fn stems(text: &str) -> BTreeSet<String> {
    let stemmer = Stemmer::create(Algorithm::English);
    let mut words = vec![String::new()];
    let mut lower = false;
    for c in text.chars() {
        if !c.is_alphanumeric() || c.is_uppercase() && lower {
            words.push(String::new());
        }
        lower = c.is_lowercase();
        if c.is_alphanumeric()
            && let Some(word) = words.last_mut()
        {
            word.extend(c.to_lowercase());
        }
    }
    words.iter().filter(|w| !w.is_empty() && !STOP.contains(&w.as_str())).map(|w| stemmer.stem(w).into_owned()).collect()
}

/// What two sets have in common, as a share of all they hold; 0 when one is empty.
pub(crate) fn jaccard(a: &BTreeSet<String>, b: &BTreeSet<String>) -> f64 {
    let common = a.intersection(b).count();
    match a.len() + b.len() - common {
        0 => 0.0,
        all => common as f64 / all as f64,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_worked_example_is_three_eighths() {
        let a = stems("User resets password by email link");
        let b = stems("Password reset email arrives within 60 seconds");
        assert_eq!((jaccard(&a, &b), jaccard(&a, &stems(""))), (0.375, 0.0));
        assert_eq!(stems("resetsPassword_by_email"), stems("reset password, email"));
    }
}
