//! Signs what goes to the SMTP server (RFC 6376), so that readers' servers see which domain answers for it.
use crate::config::Dkim;
use base64::{Engine, prelude::BASE64_STANDARD};
use lettre::message::{
    dkim::{DkimCanonicalization, DkimCanonicalizationType, DkimConfig, DkimSigningAlgorithm, DkimSigningKey},
    header::HeaderName,
};
use ring::signature::{Ed25519KeyPair, KeyPair};
use rsa::{
    RsaPrivateKey,
    pkcs1::{DecodeRsaPrivateKey, EncodeRsaPrivateKey, LineEnding},
    pkcs8::{EncodePublicKey, ObjectIdentifier, PrivateKeyInfo, SecretDocument},
    traits::PublicKeyParts,
};

/// What is signed of the head. Not `Content-Type`: lettre keeps it with the body and would sign that there is none.
const HEADERS: &[&str] = &["From", "To", "Subject", "Date", "Message-ID", "MIME-Version", "Auto-Submitted"];
/// Readers' servers take no shorter RSA key (RFC 8301).
const LEAST_RSA_BYTES: usize = 128;
const ED25519: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.101.112");

enum Key {
    Rsa(Box<RsaPrivateKey>),
    Ed25519([u8; 32]),
}

/// What lettre signs with; the error says what is wrong with the key.
pub(super) fn signer(dkim: &Dkim) -> Result<DkimConfig, String> {
    let (text, algorithm) = match key(dkim.key.expose())? {
        Key::Rsa(key) => {
            let pem = key.to_pkcs1_pem(LineEnding::LF).map_err(|e| unusable(&e))?;
            (pem.to_string(), DkimSigningAlgorithm::Rsa)
        }
        Key::Ed25519(seed) => (BASE64_STANDARD.encode(seed), DkimSigningAlgorithm::Ed25519),
    };
    let key = DkimSigningKey::new(&text, algorithm).map_err(|e| unusable(&e))?;
    let headers = HEADERS.iter().map(|name| HeaderName::new_from_ascii_str(name)).collect();
    // Relaxed: relays fold lines and trim spaces.
    let canonical = DkimCanonicalization { header: DkimCanonicalizationType::Relaxed, body: DkimCanonicalizationType::Relaxed };
    Ok(DkimConfig::new(dkim.selector.clone(), dkim.domain.clone(), key, headers, canonical))
}

/// The DNS record to publish: its name and its text.
pub fn dkim_record(dkim: &Dkim) -> Result<(String, String), String> {
    let (kind, public) = match key(dkim.key.expose())? {
        Key::Rsa(key) => ("rsa", key.to_public_key().to_public_key_der().map_err(|e| unusable(&e))?.as_bytes().to_vec()),
        Key::Ed25519(seed) => {
            let pair = Ed25519KeyPair::from_seed_unchecked(&seed).map_err(|e| unusable(&e))?;
            ("ed25519", pair.public_key().as_ref().to_vec())
        }
    };
    let name = format!("{}._domainkey.{}", dkim.selector, dkim.domain);
    Ok((name, format!("v=DKIM1; k={kind}; p={}", BASE64_STANDARD.encode(public))))
}

fn unusable(error: &dyn std::fmt::Display) -> String {
    format!("mail.dkim_key cannot be used: {error}")
}

/// The key in one of the forms that tools write: PKCS#1 or PKCS#8 in PEM, or the bare Ed25519 seed in base64.
fn key(text: &str) -> Result<Key, String> {
    let text = text.trim();
    if !text.starts_with("-----BEGIN") {
        let seed = BASE64_STANDARD.decode(text).ok().and_then(|bytes| bytes.try_into().ok());
        return seed.map(Key::Ed25519).ok_or_else(|| unusable(&"it is neither PEM nor the base64 of 32 bytes"));
    }
    let (label, document) = SecretDocument::from_pem(text).map_err(|e| unusable(&e))?;
    let rsa = match label {
        "RSA PRIVATE KEY" => RsaPrivateKey::from_pkcs1_der(document.as_bytes()).map_err(|e| unusable(&e))?,
        "PRIVATE KEY" => {
            let info = PrivateKeyInfo::try_from(document.as_bytes()).map_err(|e| unusable(&e))?;
            if info.algorithm.oid == ED25519 {
                // An octet string in the octet string: tag, length, then the seed.
                let seed = info.private_key.strip_prefix(&[0x04, 0x20]).and_then(|seed| seed.try_into().ok());
                return seed.map(Key::Ed25519).ok_or_else(|| unusable(&"it is no Ed25519 key"));
            }
            RsaPrivateKey::try_from(info).map_err(|e| unusable(&e))?
        }
        other => return Err(unusable(&format!("\"{other}\" is not a private key that is understood"))),
    };
    if rsa.size() < LEAST_RSA_BYTES {
        return Err(unusable(&"an RSA key needs 1024 bits at least, better 2048"));
    }
    Ok(Key::Rsa(Box::new(rsa)))
}
