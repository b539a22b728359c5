//! The configuration: plain data, read once in `main` from `MILLRACE_*` and one TOML file, a struct per concern.
//! It knows where each value came from, so that `millrace doctor` can say so.

mod folder;
mod load;
mod parts;
mod reader;
#[cfg(test)]
mod tests;

use std::path::PathBuf;

pub(crate) use folder::write_once;
pub use parts::*;
use reader::Reader;
pub use reader::{ConfigError, Hidden, Setting, Source};

/// Everything a process of Millrace can be told from outside.
#[derive(Clone, Debug)]
pub struct Config {
    /// The web server.
    pub http: Http,
    /// The database.
    pub database: Database,
    /// The data folder.
    pub data: Data,
    /// Outgoing mail.
    pub mail: Mail,
    /// Keys that seal secrets.
    pub secrets: Secrets,
    /// Sign-up and sign-in with other services.
    pub identity: Identity,
    /// How often a caller may do what.
    pub limits: Limits,
    /// Where uploaded bytes are kept.
    pub files: Files,
    /// Background work.
    pub worker: Worker,
    /// What is written to the log.
    pub log: Log,
    /// Traces for a collector.
    pub telemetry: Telemetry,
    /// Calls to other hosts.
    pub outbound: Outbound,
    /// Repositories on this machine.
    pub git: Git,
    /// Who turns texts into vectors.
    pub embeddings: Embeddings,
    /// Who answers in conversations.
    pub models: Models,
    settings: Vec<Setting>,
}

impl Config {
    /// Reads the environment and the file it names. Nothing is written: see [`Config::prepare`].
    pub fn load() -> Result<Self, ConfigError> {
        let env = |name: &str| std::env::var(name).ok();
        let dir = env("MILLRACE_DATA").map_or_else(folder::default_data, PathBuf::from);
        let named = env("MILLRACE_CONFIG").map(PathBuf::from);
        let path = named.clone().unwrap_or_else(|| dir.join("millrace.toml"));
        let text = match std::fs::read_to_string(&path) {
            Ok(text) => text,
            Err(e) if named.is_none() && e.kind() == std::io::ErrorKind::NotFound => String::new(),
            Err(e) => {
                return Err(ConfigError(format!("{} cannot be read: {e}", path.display())));
            }
        };
        let mut config = Self::from_sources(&env, Some((&path.display().to_string(), &text)))?;
        folder::read_keys(&mut config)?;
        Ok(config)
    }

    /// The configuration that these sources describe.
    pub fn from_sources(env: &dyn Fn(&str) -> Option<String>, file: Option<(&str, &str)>) -> Result<Self, ConfigError> {
        let mut r = Reader::new(env, file)?;
        let data = load::data(&mut r)?;
        let mut config = Self {
            http: load::http(&mut r)?,
            database: load::database(&mut r)?,
            mail: load::mail(&mut r)?,
            secrets: Secrets {
                ring: r.maybe("secrets.ring", &["MILLRACE_KEYS"])?,
                pepper: r.maybe("secrets.pepper", &["MILLRACE_PEPPER"])?,
            },
            identity: load::identity(&mut r)?,
            limits: load::limits(&mut r)?,
            files: load::files(&mut r, &data)?,
            worker: Worker { enabled: r.flag("worker.enabled", &[], "true")?, concurrency: r.value("worker.concurrency", &[], "4")? },
            log: Log {
                filter: r.value("log.filter", &["MILLRACE_LOG"], "info,sqlx=warn,graphile_worker=warn")?,
                format: r.value("log.format", &[], "text")?,
            },
            telemetry: load::telemetry(&mut r)?,
            outbound: load::outbound(&mut r)?,
            git: load::git(&mut r, &data)?,
            embeddings: load::embeddings(&mut r)?,
            models: load::models(&mut r)?,
            data,
            settings: Vec::new(),
        };
        config.settings = r.finish()?;
        Ok(config)
    }

    /// A configuration for tests: defaults, this data folder, throw-away keys.
    #[cfg(any(test, feature = "testing"))]
    pub fn for_tests(dir: &std::path::Path) -> Result<Self, ConfigError> {
        let dir = dir.display().to_string();
        let mut config = Self::from_sources(&|name| (name == "MILLRACE_DATA").then(|| dir.clone()), None)?;
        folder::fresh_keys(&mut config);
        Ok(config)
    }

    /// Creates the data folder and, where none are set, the keys. Safe from several processes at once.
    pub fn prepare(&mut self) -> Result<(), ConfigError> {
        folder::create(&self.data.dir)?;
        folder::ensure_keys(self)
    }

    /// The same with keys from a backup, kept unless there are some already.
    pub fn prepare_with(&mut self, ring: &Hidden, pepper: &Hidden) -> Result<(), ConfigError> {
        folder::create(&self.data.dir)?;
        folder::adopt_keys(self, ring, pepper)
    }

    /// Every setting, its value and its source, for `millrace doctor`.
    pub fn settings(&self) -> &[Setting] {
        &self.settings
    }

    /// Base of links in mails and of redirects, without a trailing slash; `port` is the one listened on.
    pub fn public_url(&self, port: u16) -> String {
        match &self.http.public_url {
            Some(url) => url.as_str().trim_end_matches('/').to_owned(),
            None => format!("http://localhost:{port}"),
        }
    }

    /// The pepper's bytes.
    pub fn pepper(&self) -> Result<Vec<u8>, ConfigError> {
        folder::pepper_bytes(self)
    }

    /// Password of a database role: the one set, else one derived from the pepper, so that every process agrees.
    pub fn role_password(&self, role: &str) -> Result<String, ConfigError> {
        let set = match role {
            "app_user" => &self.database.app_password,
            "app_admin" => &self.database.admin_password,
            _ => &None,
        };
        match set {
            Some(password) => Ok(password.expose().to_owned()),
            None => folder::derive(self, &format!("database role {role}")),
        }
    }
}
