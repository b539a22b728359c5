//! The key ring that seals secrets: XChaCha20-Poly1305, bound to the row they belong to (chapter 10, section 3).
use crate::fault::{Code, Fault};
use base64::{Engine, prelude::BASE64_STANDARD, prelude::BASE64_URL_SAFE_NO_PAD};
use chacha20poly1305::{
    KeyInit, XChaCha20Poly1305, XNonce,
    aead::{Aead, Payload},
};
use std::{fmt, sync::Arc};
use uuid::Uuid;
use zeroize::{Zeroize, Zeroizing};

/// The keys of this installation, in order: the first seals, all of them open.
#[derive(Clone, Default)]
pub struct KeyRing(Arc<[Key]>);

struct Key {
    id: String,
    cipher: XChaCha20Poly1305,
}

/// A sealed secret as three columns hold it; nonce and ciphertext are base64.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sealed {
    pub key_id: String,
    pub nonce: String,
    pub ciphertext: String,
}

/// What a secret is bound to: moved to another row, owner or service it no longer opens.
pub fn aad(table: &str, owner: impl fmt::Display, service: &str) -> String {
    format!("{table}|{owner}|{service}")
}

/// What the TOTP secret of a person is bound to (`core.mfa_factors.secret_sealed`).
pub fn totp_aad(user: Uuid) -> String {
    aad("core.mfa_factors", user, "totp")
}

/// What a token of a linked login is bound to; `column` is `access_token` or `refresh_token` of `core.accounts`.
pub fn account_aad(user: Uuid, provider: &str, column: &str) -> String {
    aad("core.accounts", user, &format!("{provider}.{column}"))
}

/// What the client secret of an identity provider is bound to; `None` stands for the whole installation.
pub fn identity_provider_aad(org: Option<Uuid>, id: Uuid) -> String {
    let owner = org.map_or_else(|| "installation".to_owned(), |org| org.to_string());
    aad("core.identity_providers", owner, &id.to_string())
}

/// A new key in the form of the ring's setting: `kid:base64(32 bytes)`.
pub fn generate(id: &str) -> String {
    let mut key: [u8; 32] = rand::random();
    let text = format!("{id}:{}", BASE64_STANDARD.encode(key));
    key.zeroize();
    text
}

impl KeyRing {
    /// Reads `kid:base64(32 bytes)` entries, separated by commas or white space. An empty text is a ring without keys.
    pub fn parse(text: &str) -> Result<Self, Fault> {
        let bad = |what: String| Fault::field("secrets.ring", what);
        let mut keys: Vec<Key> = Vec::new();
        for entry in text.split([',', ' ', '\n', '\t']).filter(|entry| !entry.is_empty()) {
            let (id, key) = entry.split_once(':').ok_or_else(|| bad("needs entries of the form id:base64".into()))?;
            if id.is_empty() || id.len() > 32 || !id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_') {
                return Err(bad("has a key id that is not 1-32 letters, digits, - or _".into()));
            }
            if keys.iter().any(|k| k.id == id) {
                return Err(bad(format!("names the key {id} twice")));
            }
            let bytes = Zeroizing::new(BASE64_STANDARD.decode(key).map_err(|_| bad(format!("has a key {id} that is not base64")))?);
            let cipher = XChaCha20Poly1305::new_from_slice(&bytes).map_err(|_| bad(format!("has a key {id} that is not 32 bytes long")))?;
            keys.push(Key { id: id.to_owned(), cipher });
        }
        Ok(Self(keys.into()))
    }

    /// The id of the key that seals.
    pub fn current(&self) -> Option<&str> {
        self.0.first().map(|key| key.id.as_str())
    }

    /// The ids of all keys, in order.
    pub fn ids(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|key| key.id.as_str())
    }

    pub fn has(&self, key_id: &str) -> bool {
        self.0.iter().any(|key| key.id == key_id)
    }

    /// Seals under the first key.
    pub fn seal(&self, aad: &str, plaintext: &[u8]) -> Result<Sealed, Fault> {
        let key = self.0.first().ok_or_else(unavailable)?;
        // 192 random bits never repeat in practice, so no counter has to be kept.
        let nonce: [u8; 24] = rand::random();
        let ciphertext = key
            .cipher
            .encrypt(&XNonce::from(nonce), Payload { msg: plaintext, aad: aad.as_bytes() })
            .map_err(|_| Fault::new(Code::TooLarge, "This secret is too long to be sealed."))?;
        Ok(Sealed { key_id: key.id.clone(), nonce: BASE64_STANDARD.encode(nonce), ciphertext: BASE64_STANDARD.encode(ciphertext) })
    }

    /// Opens what was sealed for exactly this `aad`. The plaintext is wiped when dropped.
    pub fn open(&self, aad: &str, sealed: &Sealed) -> Result<Zeroizing<Vec<u8>>, Fault> {
        let key = self.0.iter().find(|key| key.id == sealed.key_id).ok_or_else(unavailable)?;
        let nonce: [u8; 24] = BASE64_STANDARD.decode(&sealed.nonce).ok().and_then(|n| n.try_into().ok()).ok_or_else(broken)?;
        let ciphertext = BASE64_STANDARD.decode(&sealed.ciphertext).map_err(|_| broken())?;
        let plaintext =
            key.cipher.decrypt(&XNonce::from(nonce), Payload { msg: &ciphertext, aad: aad.as_bytes() }).map_err(|_| broken())?;
        Ok(Zeroizing::new(plaintext))
    }

    /// Seals into one string, `v1.kid.nonce.ciphertext`, for columns such as OAuth tokens and TOTP secrets.
    pub fn seal_text(&self, aad: &str, plaintext: &str) -> Result<String, Fault> {
        let sealed = self.seal(aad, plaintext.as_bytes())?;
        Ok(sealed.to_string())
    }

    /// Opens the one-string form.
    pub fn open_text(&self, aad: &str, sealed: &str) -> Result<Zeroizing<String>, Fault> {
        text(self.open(aad, &sealed.parse()?)?)
    }

    /// Does this one-string form wait to be sealed under the first key?
    pub fn is_stale(&self, sealed: &str) -> bool {
        sealed.parse::<Sealed>().is_ok_and(|sealed| Some(sealed.key_id.as_str()) != self.current())
    }
}

/// The plaintext as text.
pub fn text(plaintext: Zeroizing<Vec<u8>>) -> Result<Zeroizing<String>, Fault> {
    let text = std::str::from_utf8(&plaintext).map_err(|_| broken())?;
    Ok(Zeroizing::new(text.to_owned()))
}

impl fmt::Display for Sealed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Dots separate, so the parts use the URL-safe alphabet without padding.
        let url_safe = |text: &str| BASE64_STANDARD.decode(text).map(|bytes| BASE64_URL_SAFE_NO_PAD.encode(bytes)).map_err(|_| fmt::Error);
        write!(f, "v1.{}.{}.{}", self.key_id, url_safe(&self.nonce)?, url_safe(&self.ciphertext)?)
    }
}

impl std::str::FromStr for Sealed {
    type Err = Fault;
    fn from_str(text: &str) -> Result<Self, Fault> {
        let standard = |part: &str| BASE64_URL_SAFE_NO_PAD.decode(part).map(|bytes| BASE64_STANDARD.encode(bytes)).map_err(|_| broken());
        match text.split('.').collect::<Vec<_>>()[..] {
            ["v1", key_id, nonce, ciphertext] => {
                Ok(Self { key_id: key_id.to_owned(), nonce: standard(nonce)?, ciphertext: standard(ciphertext)? })
            }
            _ => Err(broken()),
        }
    }
}

impl fmt::Debug for KeyRing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.ids().map(|id| format!("{id}:***"))).finish()
    }
}

/// The fault of a secret whose key is not in the ring; nothing is deleted, so the key can come back.
fn unavailable() -> Fault {
    Fault::new(Code::Unavailable, "Key unavailable").with_details(serde_json::json!({ "secret": "key_unavailable" }))
}

/// The fault of a secret that was altered or moved.
fn broken() -> Fault {
    Fault::new(Code::Unavailable, "This secret cannot be opened. Set it again.")
        .with_details(serde_json::json!({ "secret": "cannot_be_opened" }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_opens_only_for_what_it_was_sealed_for() {
        let ring = KeyRing::parse(&generate("k1")).unwrap();
        let mine = aad("core.user_secrets", 1, "openai");
        let sealed = ring.seal(&mine, b"sk-1234").unwrap();
        assert_eq!(ring.open(&mine, &sealed).unwrap().as_slice(), b"sk-1234");
        assert!(ring.open(&aad("core.user_secrets", 2, "openai"), &sealed).is_err());
        assert!(ring.open(&aad("core.org_secrets", 1, "openai"), &sealed).is_err());
        assert_eq!(BASE64_STANDARD.decode(&sealed.nonce).unwrap().len(), 24);
        assert_ne!(ring.seal(&mine, b"sk-1234").unwrap(), sealed);
    }

    #[test]
    fn the_first_key_seals_and_every_key_opens() {
        let old = generate("2025");
        let sealed = KeyRing::parse(&old).unwrap().seal_text("a", "secret").unwrap();
        let ring = KeyRing::parse(&format!("{},{old}", generate("2026"))).unwrap();
        assert_eq!(ring.open_text("a", &sealed).unwrap().as_str(), "secret");
        assert!(ring.is_stale(&sealed));
        assert!(ring.seal_text("a", "secret").unwrap().starts_with("v1.2026."));
        let without = KeyRing::parse(&generate("2027")).unwrap();
        assert_eq!(without.open_text("a", &sealed).unwrap_err().message, "Key unavailable");
        assert_eq!(KeyRing::default().seal("a", b"").unwrap_err().message, "Key unavailable");
    }

    #[test]
    fn a_bad_ring_is_refused_and_debug_shows_no_key() {
        for bad in ["k1", "k1:!!", "k1:QUJD", ":QUJD", "k.1:QUJD"] {
            assert!(KeyRing::parse(bad).is_err(), "{bad}");
        }
        let one = generate("k1");
        assert!(KeyRing::parse(&format!("{one} {one}")).is_err());
        assert_eq!(format!("{:?}", KeyRing::parse(&one).unwrap()), "[\"k1:***\"]");
    }
}
