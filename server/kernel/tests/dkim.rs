//! Signed mail: what the SMTP server gets is checked as a reader's server would, by RFC 6376 and the published key.
#[path = "support/smtp.rs"]
mod smtp_double;

use base64::{Engine, prelude::BASE64_STANDARD};
use kernel::{
    config::{Config, Dkim, Hidden, MailProvider, MailTls},
    mail::{self, Mail, Message, dkim_record},
    testing::TestDb,
};
use ring::signature::{ED25519, RSA_PKCS1_2048_8192_SHA256, UnparsedPublicKey};
use sha2::{Digest, Sha256};
use smtp_double::Double;
use std::collections::HashMap;

const RSA: &str = include_str!("data/dkim_rsa.pem");
const RSA_PKCS8: &str = include_str!("data/dkim_rsa_pkcs8.pem");
const ED25519_PKCS8: &str = include_str!("data/dkim_ed25519.pem");

fn dkim(key: &str) -> Dkim {
    Dkim { domain: "millrace.test".into(), selector: "m1".into(), key: Hidden::new(key) }
}

fn signing(port: u16, key: &'static str) -> impl FnOnce(&mut Config) {
    move |config| {
        config.mail.provider = MailProvider::Smtp;
        config.mail.host = "127.0.0.1".into();
        config.mail.port = port;
        config.mail.tls = MailTls::None;
        config.mail.from = "Millrace <noreply@millrace.test>".into();
        config.mail.dkim = Some(dkim(key));
    }
}

async fn sent(key: &'static str) -> String {
    let double = Double::answering(["250 ok"]).await;
    let db = TestDb::with(signing(double.port, key)).await;
    let mut tx = db.app().db.pool().begin().await.unwrap();
    let message = Message::Invite {
        inviter: "Zoë  Müller".into(),
        organization: "Ærø Works, whose name is long enough for the subject of the mail to be folded twice".into(),
        role: "member".into(),
        link: "https://millrace.test/invite/abc".into(),
        days: 7,
    };
    let id = mail::enqueue(&mut tx, Mail { org: None, to: "ada@a.io".into(), message }).await.unwrap();
    tx.commit().await.unwrap();
    mail::send(&db.app(), None, id, false).await.unwrap();
    // As it went over the wire, without the dots that are doubled there.
    let lines = double.taken()[0].data.lines().map(|line| line.strip_prefix('.').unwrap_or(line).to_owned()).collect::<Vec<_>>();
    lines.join("\r\n") + "\r\n"
}

/// A head line for the signature: lower-case name, unfolded, single spaces.
fn relaxed(line: &str) -> String {
    let (name, value) = line.split_once(':').unwrap();
    format!("{}:{}", name.trim().to_lowercase(), value.split_whitespace().collect::<Vec<_>>().join(" "))
}

/// The lines of a head, folded ones put together.
fn head_lines(head: &str) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for line in head.split("\r\n") {
        match lines.last_mut() {
            Some(last) if line.starts_with([' ', '\t']) => last.push_str(line),
            _ => lines.push(line.to_owned()),
        }
    }
    lines
}

fn relaxed_body(body: &str) -> String {
    let lines = body.split("\r\n").map(|line| {
        let mut out = String::new();
        for c in line.trim_end_matches([' ', '\t']).chars() {
            match c {
                ' ' | '\t' if out.ends_with(' ') => {}
                ' ' | '\t' => out.push(' '),
                _ => out.push(c),
            }
        }
        out
    });
    let body = lines.collect::<Vec<_>>().join("\r\n");
    format!("{}\r\n", body.trim_end_matches("\r\n"))
}

struct Signed {
    tags: HashMap<String, String>,
    /// What the signature is over.
    text: String,
    body_hash: String,
}

fn read(mail: &str) -> Signed {
    let (head, body) = mail.split_once("\r\n\r\n").unwrap();
    let lines = head_lines(head);
    let find = |name: &str| lines.iter().rev().map(|line| relaxed(line)).find(|line| line.starts_with(&format!("{name}:")));
    let signature = find("dkim-signature").expect("the mail is signed");
    let tags: HashMap<_, _> = signature["dkim-signature:".len()..]
        .split(';')
        .filter_map(|tag| tag.split_once('='))
        .map(|(name, value)| (name.trim().to_owned(), value.split_whitespace().collect::<String>()))
        .collect();
    let (before, _) = signature.rsplit_once("; b=").unwrap();
    let mut text: String = tags["h"].split(':').filter_map(find).map(|line| line + "\r\n").collect();
    text.push_str(&format!("{before}; b="));
    Signed { tags, text, body_hash: BASE64_STANDARD.encode(Sha256::digest(relaxed_body(body))) }
}

fn published(key: &str) -> Vec<u8> {
    let (name, record) = dkim_record(&dkim(key)).unwrap();
    assert_eq!(name, "m1._domainkey.millrace.test");
    BASE64_STANDARD.decode(record.rsplit_once("p=").unwrap().1).unwrap()
}

#[tokio::test]
async fn a_mail_is_signed_with_an_rsa_key_so_that_the_published_one_verifies_it() {
    for key in [RSA, RSA_PKCS8] {
        let mail = sent(key).await;
        let signed = read(&mail);
        let tag = |name: &str| signed.tags[name].as_str();
        assert_eq!((tag("a"), tag("d"), tag("s"), tag("c")), ("rsa-sha256", "millrace.test", "m1", "relaxed/relaxed"));
        assert_eq!(tag("h"), "from:to:subject:date:message-id:mime-version:auto-submitted");
        assert_eq!(tag("bh"), signed.body_hash);
        let signature = BASE64_STANDARD.decode(tag("b")).unwrap();
        let public = UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, include_bytes!("data/dkim_rsa_public.der"));
        public.verify(signed.text.as_bytes(), &signature).unwrap_or_else(|_| panic!("{}\n{mail}", signed.text));
        // The record holds the same key, in its wrapping (SubjectPublicKeyInfo).
        assert!(published(key).ends_with(include_bytes!("data/dkim_rsa_public.der")));
        // One letter of the head makes it another mail.
        let forged = signed.text.replacen("from:Millrace", "from:Nillrace", 1);
        assert!(forged != signed.text && public.verify(forged.as_bytes(), &signature).is_err());
    }
}

#[tokio::test]
async fn a_mail_is_signed_with_an_ed25519_key_so_that_the_published_one_verifies_it() {
    let mail = sent(ED25519_PKCS8).await;
    let signed = read(&mail);
    assert_eq!((signed.tags["a"].as_str(), signed.tags["bh"].as_str()), ("ed25519-sha256", signed.body_hash.as_str()));
    let signature = BASE64_STANDARD.decode(&signed.tags["b"]).unwrap();
    // RFC 8463: the signature is over the hash.
    let public = UnparsedPublicKey::new(&ED25519, published(ED25519_PKCS8));
    public.verify(&Sha256::digest(&signed.text), &signature).unwrap_or_else(|_| panic!("{}\n{mail}", signed.text));
}

#[tokio::test]
async fn a_key_that_cannot_be_used_is_named_and_the_mail_waits() {
    let double = Double::answering(["250 ok"]).await;
    let db = TestDb::with(signing(double.port, "hunter2")).await;
    let fault = mail::check(&db.app().config.mail).await.unwrap_err();
    assert!(fault.message.starts_with("mail.dkim_key cannot be used") && !fault.message.contains("hunter2"), "{}", fault.message);
    let mut tx = db.app().db.pool().begin().await.unwrap();
    let message = Message::Reset { name: "Ada".into(), link: "https://millrace.test/reset/abc".into(), minutes: 60 };
    let id = mail::enqueue(&mut tx, Mail { org: None, to: "ada@a.io".into(), message }).await.unwrap();
    tx.commit().await.unwrap();
    mail::send(&db.app(), None, id, false).await.unwrap_err();
    let status: String =
        sqlx::query_scalar("select status from core.mail_queue where id = $1").bind(id).fetch_one(db.admin()).await.unwrap();
    assert_eq!(status, "queued");
    assert!(double.taken().is_empty());
    for short in ["aGVsbG8=", "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----"] {
        assert!(dkim_record(&dkim(short)).is_err());
    }

    let signing = TestDb::with(signing(double.port, RSA)).await;
    let said = mail::check(&signing.app().config.mail).await.unwrap();
    assert!(said.ends_with("It is signed for millrace.test (DKIM, m1)."), "{said}");
}
