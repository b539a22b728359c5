//! Slugs, random tokens and the hashes under which tokens are stored.
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use hmac::{Hmac, KeyInit, Mac};
use rand::RngExt;
use sha2::{Digest, Sha256};

/// The slug of a name: lower case, runs outside a-z0-9 become "-", empty becomes "item" (chapter 20, section 3).
pub fn slug(name: &str) -> String {
    let mut out = String::with_capacity(name.len());
    for c in name.chars().flat_map(char::to_lowercase) {
        if c.is_ascii_alphanumeric() {
            out.push(c);
        } else if !out.is_empty() && !out.ends_with('-') {
            out.push('-');
        }
    }
    let mut trimmed = out.trim_end_matches('-').to_owned();
    trimmed.truncate(60);
    let trimmed = trimmed.trim_end_matches('-');
    if trimmed.is_empty() { "item".to_owned() } else { trimmed.to_owned() }
}

/// The first of `base`, `base-2`, `base-3`.. that is not taken.
pub fn free_slug(base: &str, taken: &[String]) -> String {
    if !taken.iter().any(|t| t == base) {
        return base.to_owned();
    }
    (2u32..).map(|n| format!("{base}-{n}")).find(|candidate| !taken.contains(candidate)).unwrap_or_else(|| base.to_owned())
}

/// 32 random bytes as 43 URL-safe characters: a link token nobody guesses.
pub fn token() -> String {
    BASE64_URL_SAFE_NO_PAD.encode(rand::random::<[u8; 32]>())
}

/// `len` characters of `alphabet`, each equally likely.
pub fn random_text(alphabet: &[u8], len: usize) -> String {
    let mut rng = rand::rng();
    (0..len).map(|_| alphabet[rng.random_range(0..alphabet.len())] as char).collect()
}

/// The characters of API keys.
pub const BASE62: &[u8] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
/// The characters of recovery codes (RFC 4648 base32).
pub const BASE32: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/// Lower-case hex SHA-256: how one-time tokens and session ids are stored.
pub fn sha256_hex(bytes: impl AsRef<[u8]>) -> String {
    hex::encode(Sha256::digest(bytes.as_ref()))
}

/// HMAC-SHA-256 in lower-case hex: how API keys and recovery codes are stored.
pub fn hmac_hex(pepper: &[u8], bytes: impl AsRef<[u8]>) -> String {
    hex::encode(hmac_sha256(pepper, bytes.as_ref()))
}

/// HMAC-SHA-256 (RFC 2104).
pub fn hmac_sha256(key: &[u8], bytes: &[u8]) -> [u8; 32] {
    // A key of any length is fine for HMAC.
    let mut mac = match Hmac::<Sha256>::new_from_slice(key) {
        Ok(mac) => mac,
        Err(_) => return [0; 32],
    };
    mac.update(bytes);
    mac.finalize().into_bytes().into()
}

/// Compares without telling by its time where two secrets differ.
pub fn same_secret(a: &[u8], b: &[u8]) -> bool {
    a.len() == b.len() && a.iter().zip(b).fold(0u8, |diff, (x, y)| diff | (x ^ y)) == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slugs_are_plain_and_never_empty() {
        assert_eq!(slug("  Über den Wolken! 2 "), "ber-den-wolken-2");
        assert_eq!(slug("日本"), "item");
        assert_eq!(free_slug("item", &["item".into(), "item-2".into()]), "item-3");
    }

    #[test]
    fn tokens_are_long_and_differ() {
        assert_eq!(token().len(), 43);
        assert_ne!(token(), token());
        assert!(random_text(BASE32, 10).bytes().all(|b| BASE32.contains(&b)));
    }

    #[test]
    fn hmac_matches_rfc_4231_case_2() {
        assert_eq!(hmac_hex(b"Jefe", "what do ya want for nothing?"), "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
    }
}
