//! What a text is about and how much it weighs (chapter 20, section 3 "Triage"). Pure rules.
use super::{Category, Facts};

/// From this score on an item is critical.
pub const CRITICAL: f64 = 0.80;
/// From here on two items are similar, and are proposed to be merged.
pub const SIMILAR: f64 = 0.6;
pub const SAME: f64 = 0.85;

const BUG: &[&str] = &["crash", "error", "broken", "fails", "exception", "wrong", "cannot"];
const PERFORMANCE: &[&str] = &["slow", "lag", "timeout", "freeze", "memory"];
const FEATURE: &[&str] = &["would be nice", "please add", "wish", "support for", "need a way"];

/// The signs of each weight, heaviest first; nothing of it: 0.2.
const SEVERITY: &[(f64, &[&str])] = &[
    (1.0, &["crash", "data loss", "security", "outage", "cannot log in"]),
    (0.7, &["error", "broken", "fails", "timeout"]),
    (0.4, &["slow", "wrong", "confusing"]),
];

/// Lower case, one blank between words, one spelling of "cannot".
fn plain(text: &str) -> String {
    let words: Vec<&str> = text.split_whitespace().collect();
    words.join(" ").to_lowercase().replace('’', "'").replace("can't", "cannot").replace("can not", "cannot")
}

/// Does a word of the text begin with the sign? ("crash" in "crashes", "lag" not in "flag".)
fn has(text: &str, sign: &str) -> bool {
    text.match_indices(sign).any(|(at, _)| !text[..at].chars().next_back().is_some_and(char::is_alphanumeric))
}

/// The category with the most different signs; bug before performance before feature request; none: other.
pub fn category(title: &str, description: &str) -> Category {
    let text = plain(&format!("{title} {description}"));
    let hits = |signs: &[&str]| signs.iter().filter(|sign| has(&text, sign)).count();
    let ranked = [(Category::Bug, hits(BUG)), (Category::Performance, hits(PERFORMANCE)), (Category::FeatureRequest, hits(FEATURE))];
    let most = ranked.iter().map(|(_, n)| *n).max().unwrap_or(0);
    match ranked.into_iter().find(|(_, n)| *n == most && most > 0) {
        Some((category, _)) => category,
        None => Category::Other,
    }
}

/// How bad it sounds.
pub fn severity(title: &str, description: &str) -> f64 {
    let text = plain(&format!("{title} {description}"));
    SEVERITY.iter().find(|(_, signs)| signs.iter().any(|sign| has(&text, sign))).map_or(0.2, |(weight, _)| *weight)
}

/// The score: 0.45 severity, 0.20 frequency, 0.20 reach, 0.15 alignment.
pub fn score(facts: &Facts) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "counts of items")]
    let (similar, users) = (facts.similar as f64, facts.users as f64);
    let frequency = ((1.0 + similar).ln() / 11_f64.ln()).min(1.0);
    let reach = (users / 10.0).min(1.0);
    0.45 * facts.severity + 0.20 * frequency + 0.20 * reach + 0.15 * facts.alignment
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str, similar: i64, users: i64, alignment: f64) -> String {
        format!("{:.2}", score(&Facts { severity: severity("", text), similar, users, alignment }))
    }

    #[test]
    fn a20_10_the_worked_examples_of_triage() {
        assert_eq!(of("The app crashes on start", 0, 1, 1.0), "0.62");
        assert_eq!(of("Crash when saving", 10, 8, 1.0), "0.96");
        assert_eq!(of("I wish there was a dark theme", 0, 1, 0.0), "0.11");
        assert_eq!(of("An error appears", 3, 4, 0.5), "0.59");
    }

    #[test]
    fn the_category_with_the_most_different_signs_wins_and_ties_go_in_order() {
        assert_eq!(category("", "It crashes with an error"), Category::Bug);
        assert_eq!(category("", "Slow, then a timeout, then an error"), Category::Performance);
        assert_eq!(category("", "slow and wrong"), Category::Bug);
        assert_eq!(category("", "Please add support for dark mode"), Category::FeatureRequest);
        assert_eq!(category("Broken", "I wish it was not"), Category::Bug);
        assert_eq!(category("", "The flag is red"), Category::Other);
        assert_eq!(category("Hello", "Thank you"), Category::Other);
        assert_eq!(category("", "I can’t open it"), Category::Bug);
    }

    #[test]
    fn the_heaviest_sign_counts() {
        assert_eq!(severity("", "slow, wrong, and then data  loss"), 1.0);
        assert_eq!(severity("", "We can't log in"), 1.0);
        assert_eq!(severity("Security", "hole"), 1.0);
        assert_eq!(severity("", "confusing"), 0.4);
        assert_eq!(severity("", "insecurity"), 0.2);
    }

    proptest::proptest! {
        #[test]
        fn a_score_lies_between_none_and_one(s in 0.0..=1.0_f64, n in 0..100_000_i64, u in 0..100_000_i64, a in 0.0..=1.0_f64) {
            let score = score(&Facts { severity: s, similar: n, users: u, alignment: a });
            proptest::prop_assert!((0.0..=1.0 + 1e-9).contains(&score));
        }

        #[test]
        fn any_text_has_a_category(text in ".*") {
            category(&text, &text);
            severity(&text, &text);
        }
    }
}
