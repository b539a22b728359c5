//! A GitHub App: it proves who it is by a signed token and opens the repositories of the accounts it is installed on.
use super::{Api, Miss, text};
use base64::{
    Engine,
    prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD},
};
use chrono::{DateTime, Utc};
use indexing::SourceFault;
use kernel::app::App;
use ring::{
    rand::SystemRandom,
    signature::{RSA_PKCS1_SHA256, RsaKeyPair},
};
use serde_json::{Value, json};
use zeroize::Zeroizing;

const PART: &str = "GitHub";
/// How long before now a token was made, for clocks that differ, and how long it is good for; GitHub takes ten minutes at most.
const BEFORE: i64 = 60;
const GOOD_FOR: i64 = 540;

/// The private key of an app, as GitHub gives it out: PEM of PKCS#1 or PKCS#8.
pub fn key(pem: &str) -> Result<RsaKeyPair, &'static str> {
    let wrong = "is no private key of a GitHub App: paste the whole .pem file";
    let body: String = pem.lines().map(str::trim).filter(|line| !line.starts_with("-----")).collect();
    let der = Zeroizing::new(BASE64_STANDARD.decode(body).map_err(|_| wrong)?);
    let key = if pem.contains("BEGIN RSA PRIVATE KEY") { RsaKeyPair::from_der(&der) } else { RsaKeyPair::from_pkcs8(&der) };
    key.map_err(|_| wrong)
}

/// What an app shows to GitHub (RFC 7519, RS256): made a minute ago, good for nine.
pub fn token(app_id: &str, key: &RsaKeyPair, now: DateTime<Utc>) -> Result<String, SourceFault> {
    let part = |value: Value| BASE64_URL_SAFE_NO_PAD.encode(value.to_string());
    let now = now.timestamp();
    let head = part(json!({ "alg": "RS256", "typ": "JWT" }));
    let said = part(json!({ "iat": now - BEFORE, "exp": now + GOOD_FOR, "iss": app_id }));
    let text = format!("{head}.{said}");
    let mut signature = vec![0; key.public().modulus_len()];
    key.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), text.as_bytes(), &mut signature)
        .map_err(|_| SourceFault::Refused("The private key of the GitHub App cannot sign.".to_owned()))?;
    Ok(format!("{text}.{}", BASE64_URL_SAFE_NO_PAD.encode(signature)))
}

/// An app as GitHub knows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct About {
    pub name: String,
    /// Its page; `/installations/new` below it installs it.
    pub page: String,
}

/// An account an app is installed on.
#[derive(Clone, Debug, PartialEq)]
pub struct Account {
    pub number: String,
    pub name: String,
    /// `Organization` or `User`.
    pub kind: String,
    pub permissions: Value,
    pub suspended_at: Option<DateTime<Utc>>,
}

/// What opens the repositories of an account, and until when.
pub struct Pass {
    pub token: Zeroizing<String>,
    pub until: DateTime<Utc>,
}

/// GitHub, asked by an app.
pub struct AppApi {
    api: Api,
    base: String,
}

impl AppApi {
    /// `base`: the address of the API.
    pub fn new(app: &App, base: &str, app_id: &str, pem: &str) -> Result<Self, SourceFault> {
        let key = key(pem).map_err(|words| SourceFault::Refused(format!("The private key of the GitHub App {words}.")))?;
        let token = token(app_id, &key, app.clock.now())?;
        let headers = vec![("x-github-api-version", "2022-11-28".to_owned()), ("authorization", format!("Bearer {token}"))];
        Ok(Self { api: Api { app: app.clone(), part: PART, headers }, base: base.to_owned() })
    }

    /// The app itself.
    pub async fn about(&self) -> Result<About, SourceFault> {
        let got = self.api.get(&format!("{}/app", self.base)).await.map_err(|miss| unknown(miss, "app"))?.json;
        Ok(About { name: text(&got["name"]), page: text(&got["html_url"]) })
    }

    /// One of its installations.
    pub async fn installation(&self, number: u64) -> Result<Account, SourceFault> {
        let url = format!("{}/app/installations/{number}", self.base);
        let got = self.api.get(&url).await.map_err(|miss| unknown(miss, "installation"))?.json;
        Ok(Account {
            number: number.to_string(),
            name: text(&got["account"]["login"]),
            kind: text(&got["account"]["type"]),
            permissions: got["permissions"].clone(),
            suspended_at: got["suspended_at"].as_str().and_then(|at| at.parse().ok()),
        })
    }

    /// A pass for the repositories of an installation.
    pub async fn pass(&self, number: &str) -> Result<Pass, SourceFault> {
        let url = format!("{}/app/installations/{number}/access_tokens", self.base);
        let got = self.api.post(&url).await.map_err(|miss| unknown(miss, "installation"))?.json;
        let token = Zeroizing::new(text(&got["token"]));
        let until = got["expires_at"].as_str().and_then(|at| at.parse().ok());
        match until.filter(|_| !token.is_empty()) {
            Some(until) => Ok(Pass { token, until }),
            None => Err(SourceFault::Unreadable("GitHub gave no token for the installation.".to_owned())),
        }
    }
}

fn unknown(miss: Miss, what: &str) -> SourceFault {
    match miss {
        Miss::Fault(fault) => fault,
        Miss::Absent | Miss::Empty => SourceFault::Refused(format!("GitHub knows no such {what} of this GitHub App.")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_key_is_said_so() {
        for wrong in ["", "secret", "-----BEGIN RSA PRIVATE KEY-----\nAAAA\n-----END RSA PRIVATE KEY-----"] {
            assert!(key(wrong).unwrap_err().contains("private key"), "{wrong}");
        }
    }
}
