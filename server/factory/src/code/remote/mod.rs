//! Repositories that lie with GitHub or GitLab, read over their HTTP API. Nothing is cloned: the tree says what changed,
//! and only that is fetched.
use super::RepoProvider;
use crate::integrations::answers;
use futures::{StreamExt, stream};
use http::{HeaderMap, Request, header};
use indexing::{SourceFault, skip};
use kernel::{Code, app::App};
use serde_json::Value;
use url::Url;

pub mod app;
mod github;
mod gitlab;

pub use self::{github::Github, gitlab::Gitlab};

/// Calls that are under way at once.
const AT_ONCE: usize = 8;
/// Pages of a list that are read at most: 100 entries each.
const MOST_PAGES: usize = 1_000;
/// Of so many new commits the other side is asked what they changed.
const MOST_LOOKED_AT: usize = 100;

/// Where a repository lies: `owner/name` at the provider itself, or the address of its page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Address {
    /// What paths of the API are added to.
    pub api: String,
    /// `owner/name`, at GitLab with all its groups.
    pub path: String,
    /// Its page.
    pub page: String,
}

impl Address {
    /// The error says what is wrong with it, as a sentence about the address goes on.
    pub fn parse(provider: RepoProvider, text: &str) -> Result<Self, &'static str> {
        let home = if provider == RepoProvider::Gitlab { "https://gitlab.com" } else { "https://github.com" };
        let text = text.trim();
        let url = if text.contains("://") { Url::parse(text) } else { Url::parse(&format!("{home}/{text}")) };
        let url = url.ok().filter(|url| matches!(url.scheme(), "http" | "https")).ok_or("is no address of a repository")?;
        if !url.username().is_empty() || url.password().is_some() {
            return Err("holds a name or a password; the token has a field of its own");
        }
        let path = url.path().trim_matches('/').trim_end_matches(".git").to_owned();
        let parts: Vec<&str> = path.split('/').collect();
        let enough = if provider == RepoProvider::Gitlab { parts.len() >= 2 } else { parts.len() == 2 };
        let plain = parts.iter().all(|part| {
            !part.is_empty() && !matches!(*part, "." | "..") && part.chars().all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c))
        });
        if !enough || !plain {
            return Err("has to be owner/name, or the address of the repository's page");
        }
        let origin = url.origin().ascii_serialization();
        let api = match provider {
            RepoProvider::Gitlab => format!("{origin}/api/v4"),
            _ if origin == home => "https://api.github.com".to_owned(),
            _ => format!("{origin}/api/v3"),
        };
        Ok(Self { api, page: format!("{origin}/{path}"), path })
    }
}

/// A provider's API.
struct Api {
    app: App,
    part: &'static str,
    headers: Vec<(&'static str, String)>,
}

/// What one call brought.
struct Got {
    json: Value,
    /// The address of the page behind this one.
    next: Option<String>,
}

/// Why a call brought nothing.
enum Miss {
    /// There is no such thing, or not for this token.
    Absent,
    /// The repository has no commits yet.
    Empty,
    Fault(SourceFault),
}

impl Miss {
    /// The fault, where the thing had to be there.
    fn fault(self, part: &str) -> SourceFault {
        match self {
            Self::Fault(fault) => fault,
            Self::Absent | Self::Empty => {
                SourceFault::Refused(format!("{part} knows no such repository, or the token has no access to it."))
            }
        }
    }
}

impl Api {
    async fn get(&self, url: &str) -> Result<Got, Miss> {
        self.call(Request::get(url)).await
    }

    /// A call without a body.
    async fn post(&self, url: &str) -> Result<Got, Miss> {
        self.call(Request::post(url)).await
    }

    async fn call(&self, request: http::request::Builder) -> Result<Got, Miss> {
        let broken = |words: String| Miss::Fault(SourceFault::Unreadable(words));
        let mut request = request.header(header::ACCEPT, "application/json");
        for (name, value) in &self.headers {
            request = request.header(*name, value);
        }
        let request =
            request.body(Vec::new()).map_err(|_| Miss::Fault(SourceFault::Refused("This address cannot be called.".to_owned())))?;
        let answer = self.app.outbound.send(self.part, request).await.map_err(|fault| match fault.code {
            // The guard refuses it: nothing gets better by itself.
            Code::Validation => Miss::Fault(SourceFault::Refused(fault.message)),
            _ => broken(fault.message),
        })?;
        if let Some(seconds) = answers::wait(&answer, self.app.clock.now().timestamp()) {
            return Err(Miss::Fault(SourceFault::Busy { part: self.part, seconds }));
        }
        match answer.status().as_u16() {
            200..=299 => {
                let json = serde_json::from_slice(answer.body())
                    .map_err(|_| broken(format!("{} answered something that is not JSON.", self.part)))?;
                Ok(Got { json, next: next(answer.headers()) })
            }
            404 | 422 => Err(Miss::Absent),
            409 => Err(Miss::Empty),
            401 | 403 => Err(Miss::Fault(SourceFault::Refused(format!(
                "{} refused the token ({}). {}",
                self.part,
                answer.status().as_u16(),
                answers::said(answer.body())
            )))),
            status => Err(broken(format!("{} answered {status}. {}", self.part, answers::said(answer.body())))),
        }
    }

    /// Every entry of a list, page by page; at most so many.
    async fn list(&self, url: String, most: usize) -> Result<Vec<Value>, Miss> {
        let (mut found, mut url) = (Vec::new(), Some(url));
        for _ in 0..MOST_PAGES {
            let Some(page) = url.take() else { break };
            let Got { json, next } = self.get(&page).await?;
            let Value::Array(entries) = json else {
                return Err(Miss::Fault(SourceFault::Unreadable(format!("{} answered no list.", self.part))));
            };
            found.extend(entries);
            // The token goes to nobody else.
            url = next.filter(|next| found.len() < most && same_origin(&page, next));
        }
        found.truncate(most);
        Ok(found)
    }

    /// The files of blobs; an error of one is that one's alone, unless the other side wants to be left alone.
    async fn blobs(&self, urls: Vec<String>) -> Result<Vec<Result<Option<Vec<u8>>, SourceFault>>, SourceFault> {
        let read =
            stream::iter(urls).map(async |url| self.get(&url).await.map_err(|miss| miss.fault(self.part)).and_then(|got| bytes(&got.json)));
        let found: Vec<_> = read.buffered(AT_ONCE).collect().await;
        match found
            .iter()
            .find_map(|one| one.as_ref().err().filter(|fault| matches!(fault, SourceFault::Busy { .. } | SourceFault::Refused(_))))
        {
            Some(fault) => Err(fault.clone()),
            None => Ok(found),
        }
    }
}

fn same_origin(a: &str, b: &str) -> bool {
    let origin = |text: &str| Url::parse(text).ok().map(|url| url.origin());
    origin(a).is_some_and(|a| origin(b) == Some(a))
}

/// The address that the `link` header calls next.
fn next(headers: &HeaderMap) -> Option<String> {
    let links = headers.get(header::LINK)?.to_str().ok()?;
    links.split(',').find_map(|link| {
        let (address, rel) = link.split_once(';')?;
        rel.contains("rel=\"next\"").then(|| address.trim().trim_start_matches('<').trim_end_matches('>').to_owned())
    })
}

/// The bytes of a blob as both providers send it; `None` when it is larger than the index wants.
fn bytes(blob: &Value) -> Result<Option<Vec<u8>>, SourceFault> {
    use base64::{Engine, prelude::BASE64_STANDARD};
    if blob["size"].as_u64().is_some_and(|size| size > skip::MOST_BYTES) {
        return Ok(None);
    }
    let text = blob["content"].as_str().unwrap_or_default();
    if blob["encoding"] != "base64" {
        return Ok(Some(text.as_bytes().to_vec()));
    }
    let packed: String = text.split_ascii_whitespace().collect();
    BASE64_STANDARD.decode(packed).map(Some).map_err(|error| SourceFault::Unreadable(format!("a file came damaged: {error}")))
}

/// A part of a path, whatever it holds.
fn encode(text: &str) -> String {
    url::form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>().replace('+', "%20")
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

fn count(value: &Value) -> u32 {
    value.as_u64().and_then(|n| n.try_into().ok()).unwrap_or(0)
}

/// When something happened; the beginning of time where it is not said.
fn time(value: &Value) -> chrono::DateTime<chrono::Utc> {
    value.as_str().and_then(|text| chrono::DateTime::parse_from_rfc3339(text).ok()).map(|at| at.to_utc()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(provider: RepoProvider, text: &str) -> Result<(String, String, String), &'static str> {
        Address::parse(provider, text).map(|a| (a.api, a.path, a.page))
    }

    #[test]
    fn addresses_are_read_as_people_copy_them() {
        use RepoProvider::{Github, Gitlab};
        let shop = ("https://api.github.com".to_owned(), "acme/shop".to_owned(), "https://github.com/acme/shop".to_owned());
        for text in ["acme/shop", " https://github.com/acme/shop.git ", "https://github.com/acme/shop/"] {
            assert_eq!(parse(Github, text).unwrap(), shop, "{text}");
        }
        let own = parse(Github, "https://git.acme.example:8443/acme/shop").unwrap();
        assert_eq!(own.0, "https://git.acme.example:8443/api/v3");
        let groups = parse(Gitlab, "acme/web/shop").unwrap();
        assert_eq!(groups, ("https://gitlab.com/api/v4".into(), "acme/web/shop".into(), "https://gitlab.com/acme/web/shop".into()));
        for wrong in ["shop", "acme/web/shop", "ftp://github.com/acme/shop", "https://me:word@github.com/acme/shop", "acme/..", "a b/c"] {
            assert!(Address::parse(Github, wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn the_next_page_is_found_and_strangers_are_not_followed() {
        let mut headers = HeaderMap::new();
        let link = "<https://api.github.com/a?page=1>; rel=\"prev\", <https://api.github.com/a?page=3>; rel=\"next\"";
        headers.insert(header::LINK, link.parse().unwrap());
        assert_eq!(next(&headers).as_deref(), Some("https://api.github.com/a?page=3"));
        assert!(same_origin("https://api.github.com/a", "https://api.github.com/b"));
        assert!(!same_origin("https://api.github.com/a", "https://evil.example/b"));
    }
}
