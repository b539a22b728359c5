//! The embedding that needs no model: words and pairs of words, hashed to places of a vector.
use super::{DIMENSIONS, EmbedFault, Embedder};
use async_trait::async_trait;
use rayon::prelude::*;
use std::collections::HashMap;

/// The name of the built-in embedding.
pub const BUILTIN: &str = "builtin-hash-1536";

/// The built-in embedding as a provider.
#[derive(Clone, Copy, Debug, Default)]
pub struct Builtin;

#[async_trait]
impl Embedder for Builtin {
    fn model(&self) -> &str {
        BUILTIN
    }

    async fn embed(&self, texts: &[String]) -> Result<Vec<Vec<f32>>, EmbedFault> {
        let texts = texts.to_vec();
        let work = tokio::task::spawn_blocking(move || texts.par_iter().map(|text| builtin(text)).collect());
        work.await.map_err(|error| EmbedFault { message: error.to_string(), may_pass: true })
    }
}

/// The vector of a text, of length 1; all zeros for a text without a word.
pub fn builtin(text: &str) -> Vec<f32> {
    let tokens = tokens(text);
    let mut counts: HashMap<u64, (f32, u32)> = HashMap::new();
    for token in &tokens {
        counts.entry(hash([token])).or_insert((1.0, 0)).1 += 1;
    }
    for pair in tokens.windows(2) {
        counts.entry(hash([&pair[0], &pair[1]])).or_insert((0.5, 0)).1 += 1;
    }
    let mut vector = vec![0.0_f32; DIMENSIONS];
    // In the order of the hashes: sums of floats depend on it, and equal texts are to have equal vectors.
    let mut counts: Vec<_> = counts.into_iter().collect();
    counts.sort_unstable_by_key(|(hash, _)| *hash);
    for (hash, (weight, count)) in counts {
        let sign = if hash >> 63 == 0 { 1.0 } else { -1.0 };
        #[expect(clippy::cast_precision_loss, reason = "counts are small")]
        let frequency = 1.0 + (count as f32).ln();
        #[expect(clippy::cast_possible_truncation, reason = "below 1,536")]
        let place = (hash % DIMENSIONS as u64) as usize;
        vector[place] += sign * weight * frequency;
    }
    let length = vector.iter().map(|x| x * x).sum::<f32>().sqrt();
    if length > 0.0 {
        vector.iter_mut().for_each(|x| *x /= length);
    }
    vector
}

/// Lower-case words: runs of letters and digits, parted where case says a new word begins (`parseHTTPRequest`: parse,
/// http, request) and at everything else, `_` too.
pub fn tokens(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut token = String::new();
    let mut before = ' ';
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        let next_lower = chars.peek().is_some_and(|next| next.is_lowercase());
        let parts = !c.is_alphanumeric()
            || c.is_uppercase() && (before.is_lowercase() || before.is_numeric() || before.is_uppercase() && next_lower);
        if parts && !token.is_empty() {
            found.push(std::mem::take(&mut token));
        }
        if c.is_alphanumeric() {
            token.extend(c.to_lowercase());
        }
        before = c;
    }
    if !token.is_empty() {
        found.push(token);
    }
    found
}

/// FNV-1a, 64 bits, of words with a space between.
fn hash<'a>(words: impl IntoIterator<Item = &'a String>) -> u64 {
    let mut state = 0xcbf2_9ce4_8422_2325_u64;
    let mut step = |byte: u8| state = (state ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    for (n, word) in words.into_iter().enumerate() {
        if n > 0 {
            step(b' ');
        }
        word.bytes().for_each(&mut step);
    }
    state
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cosine(a: &str, b: &str) -> f32 {
        builtin(a).iter().zip(builtin(b)).map(|(x, y)| x * y).sum()
    }

    #[test]
    fn words_part_at_case_and_underscores() {
        assert_eq!(
            tokens("parseHTTPRequest max_retry_count sha256Sum"),
            ["parse", "http", "request", "max", "retry", "count", "sha256", "sum"]
        );
        assert_eq!(tokens("GrößeÄndern, naïve—Δx"), ["größe", "ändern", "naïve", "δx"]);
        assert_eq!(tokens(" _ -- "), [] as [&str; 0]);
    }

    #[test]
    fn fnv_is_fnv() {
        // The test vectors of its authors.
        assert_eq!(hash([&"a".to_owned()]), 0xaf63_dc4c_8601_ec8c);
        assert_eq!(hash([&"foobar".to_owned()]), 0x8594_4171_f739_67e8);
    }

    #[test]
    fn a_vector_has_length_one_and_each_word_its_place() {
        let one = builtin("foobar Foobar");
        let place = (0x8594_4171_f739_67e8_u64 % 1536) as usize;
        let pair = (hash([&"foobar".to_owned(), &"foobar".to_owned()]) % 1536) as usize;
        // Twice the word: 1 + ln 2, its highest bit set; the pair once at half weight.
        let (word, both) = (1.0 + 2.0_f32.ln(), 0.5_f32);
        let length = (word * word + both * both).sqrt();
        assert!((one[place] + word / length).abs() < 1e-6);
        assert!((one[pair].abs() - both / length).abs() < 1e-6);
        assert_eq!(one.iter().filter(|x| **x != 0.0).count(), 2);
        assert!((one.iter().map(|x| x * x).sum::<f32>() - 1.0).abs() < 1e-5);
        assert!(builtin("...").iter().all(|x| *x == 0.0));
    }

    #[test]
    fn near_in_words_is_near_in_space() {
        let asked = "reset a password by email";
        let near = cosine(asked, "fn resetPassword(email: &str) { send_email(email, reset_link()) }");
        let far = cosine(asked, "fn draw_chart(points: &[Point]) -> Svg { axes(points).lines(points) }");
        assert!(near > 0.3 && far < 0.12, "{near} {far}");
        assert!((cosine(asked, asked) - 1.0).abs() < 1e-5);
    }
}
