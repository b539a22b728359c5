//! One struct for each concern.
use super::Hidden;
use std::{path::PathBuf, str::FromStr, time::Duration};

/// The web server.
#[derive(Clone, Debug)]
pub struct Http {
    /// Address to listen on.
    pub bind: std::net::IpAddr,
    /// Port to listen on; 0 takes any free one.
    pub port: u16,
    /// When the port is taken, listen on the next free one instead of stopping.
    pub port_fallback: bool,
    /// What people type into the browser, without a trailing slash. `None`: `http://localhost:<port>`.
    pub public_url: Option<url::Url>,
    /// The built pages, scripts and styles.
    pub site: Option<PathBuf>,
    /// Trust `X-Forwarded-For` and `-Proto` of a proxy in front.
    pub behind_proxy: bool,
    /// Pages for developers, such as `/kit`.
    pub development: bool,
    /// Largest request body.
    pub body_limit: usize,
    /// Largest upload.
    pub upload_limit: usize,
    /// How long open requests and running jobs may take to end on a stop.
    pub shutdown: Duration,
    /// Bearer token that may read `/metrics`; `None`: only this machine may.
    pub metrics_secret: Option<Hidden>,
}

/// The database.
#[derive(Clone, Debug)]
pub struct Database {
    /// The administrator's URL of another Postgres; `None`: the embedded one.
    pub url: Option<Hidden>,
    /// Password of `app_user`, where the default (derived from the pepper) is not wanted.
    pub app_password: Option<Hidden>,
    /// Password of `app_admin`, likewise.
    pub admin_password: Option<Hidden>,
    /// Connections of the pool that pages and jobs share.
    pub pool: u32,
    /// Folder of the Postgres programs; `None`: found by [`crate::postgres::locate`].
    pub bin: Option<PathBuf>,
    /// Port of the embedded Postgres; `None`: a free one, chosen once.
    pub port: Option<u16>,
    /// Off for tests only: a power cut may then lose the cluster.
    pub durable: bool,
}

/// The data folder.
#[derive(Clone, Debug)]
pub struct Data {
    /// Holds `postgres/`, `files/` and the generated keys.
    pub dir: PathBuf,
}

/// Who carries mail away.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MailProvider {
    /// Kept and shown at `/admin/mailbox`, sent nowhere.
    Builtin,
    /// An SMTP server.
    Smtp,
}

/// How a connection to the mail server is protected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MailTls {
    /// Plain first, then upgraded; refused when it cannot be.
    Starttls,
    /// TLS from the first byte.
    Tls,
    /// None: only for a server on the same machine.
    None,
}

/// Outgoing mail.
#[derive(Clone, Debug)]
pub struct Mail {
    /// The built-in mailbox unless a host is set.
    pub provider: MailProvider,
    /// Host of the SMTP server, empty for the built-in mailbox.
    pub host: String,
    /// Port of the SMTP server.
    pub port: u16,
    /// Protection of the connection.
    pub tls: MailTls,
    /// Account at the server.
    pub user: Option<String>,
    /// Its password.
    pub password: Option<Hidden>,
    /// Sender of every mail.
    pub from: String,
    /// Signs what goes to the SMTP server.
    pub dkim: Option<Dkim>,
}

/// A signature that readers' servers check against a key in the DNS (RFC 6376).
#[derive(Clone, Debug)]
pub struct Dkim {
    /// The domain that answers for the mail: the sender's unless set.
    pub domain: String,
    /// Names the key below `_domainkey` of the domain.
    pub selector: String,
    /// An RSA key (PEM), or an Ed25519 key (PEM, or base64 of 32 bytes).
    pub key: Hidden,
}

/// Keys that seal secrets.
#[derive(Clone, Debug)]
pub struct Secrets {
    /// `kid:base64,kid2:base64`: the first seals, all open. `None` until [`Config::prepare`].
    pub ring: Option<Hidden>,
    /// Key of the HMACs under which API keys are stored, base64. `None` until [`Config::prepare`].
    pub pepper: Option<Hidden>,
}

/// One service to sign in with that is not described by an issuer of its own.
#[derive(Clone, Debug)]
pub struct OAuthClient {
    /// Client id given by the service.
    pub client_id: Option<String>,
    /// Client secret given by the service.
    pub client_secret: Option<Hidden>,
    /// Issuer (Google) or site (GitHub).
    pub url: url::Url,
    /// Base URL of the API (GitHub); the same as `url` elsewhere.
    pub api_url: url::Url,
}

/// Sign-up and sign-in with other services.
#[derive(Clone, Debug)]
pub struct Identity {
    /// May anyone sign up, or only those invited?
    pub signup_open: bool,
    /// Sign-in with GitHub.
    pub github: OAuthClient,
    /// Sign-in with Google.
    pub google: OAuthClient,
}

/// How often a caller may do what (chapter 10, section 3).
#[derive(Clone, Debug)]
pub struct Limits {
    /// Sign-ups an hour per address.
    pub signups_per_hour: u32,
    /// Sign-ins per 15 minutes per email.
    pub signins_per_quarter: u32,
    /// Failed sign-ins per 15 minutes per address.
    pub failures_per_quarter: u32,
    /// Password resets an hour per email.
    pub resets_per_hour: u32,
    /// Invitations a day per organization.
    pub invitations_per_day: u32,
    /// Requests a minute per signed-in person.
    pub web_per_minute: u32,
    /// Passwords hashed at the same time.
    pub hashes: usize,
    /// Passwords waiting to be hashed before the answer is 503.
    pub hash_queue: usize,
}

/// Where uploaded bytes are kept.
#[derive(Clone, Debug)]
pub enum Store {
    /// A folder of this machine.
    Folder(PathBuf),
    /// A bucket.
    S3(S3),
}

/// A bucket that speaks S3.
#[derive(Clone, Debug)]
pub struct S3 {
    /// Name of the bucket.
    pub bucket: String,
    /// Region of the bucket.
    pub region: String,
    /// Base URL, for services other than Amazon's.
    pub endpoint: Option<url::Url>,
    /// Access key id; `None`: from the machine's own credentials.
    pub access_key: Option<String>,
    /// Secret access key.
    pub secret_key: Option<Hidden>,
    /// Prefix of every key.
    pub prefix: String,
}

/// Where uploaded bytes are kept.
#[derive(Clone, Debug)]
pub struct Files {
    /// A folder or a bucket.
    pub store: Store,
}

/// Background work.
#[derive(Clone, Debug)]
pub struct Worker {
    /// Does `serve` run jobs too?
    pub enabled: bool,
    /// Jobs at the same time.
    pub concurrency: usize,
}

/// How log lines look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogFormat {
    /// For people.
    Text,
    /// For machines, one object a line.
    Json,
}

/// What is written to the log.
#[derive(Clone, Debug)]
pub struct Log {
    /// A filter such as `info` or `info,sqlx=debug`.
    pub filter: String,
    /// For people or for machines.
    pub format: LogFormat,
}

/// Traces for a collector.
#[derive(Clone, Debug)]
pub struct Telemetry {
    /// Base URL of a collector that speaks OTLP over HTTP; `None`: nothing is traced.
    pub otlp_endpoint: Option<url::Url>,
    /// Headers of every call, `name=value,name2=value2`: most services want a key here.
    pub otlp_headers: Option<Hidden>,
    /// The share of requests that are traced, 0 to 1.
    pub sample: f64,
}

/// Calls to other hosts.
#[derive(Clone, Debug)]
pub struct Outbound {
    /// Longest time for a whole answer.
    pub timeout: Duration,
    /// Longest time to reach the host.
    pub connect_timeout: Duration,
    /// Tries after the first.
    pub retries: u32,
    /// Hosts (or `host:port`) on private addresses that may be called all the same.
    pub allow_private: Vec<String>,
}

macro_rules! words {
    ($type:ty { $($word:literal => $value:expr),+ }) => {
        impl FromStr for $type {
            type Err = String;
            fn from_str(text: &str) -> Result<Self, String> {
                match text {
                    $($word => Ok($value),)+
                    _ => Err(format!("use one of {}", [$($word),+].join(", "))),
                }
            }
        }
    };
}
words!(MailProvider { "builtin" => Self::Builtin, "smtp" => Self::Smtp });
words!(MailTls { "starttls" => Self::Starttls, "tls" => Self::Tls, "none" => Self::None });
words!(ModelProvider {
    "builtin" => Self::Builtin, "openai" => Self::OpenAi, "anthropic" => Self::Anthropic, "ollama" => Self::Ollama,
    "openrouter" => Self::OpenRouter
});
words!(LogFormat { "text" => Self::Text, "json" => Self::Json });

impl Data {
    /// Folder of the embedded Postgres.
    pub fn postgres(&self) -> PathBuf {
        self.dir.join("postgres")
    }

    /// Folder of uploaded files.
    pub fn files(&self) -> PathBuf {
        self.dir.join("files")
    }
}

/// Repositories on this machine.
#[derive(Clone, Debug)]
pub struct Git {
    /// The folder that repositories have to lie in to be connected; nothing outside of it is ever read.
    pub root: PathBuf,
    /// What one GitHub app of the whole installation signs its webhooks with; projects have secrets of their own.
    pub webhook_secret: Option<Hidden>,
}

/// Who turns texts into vectors.
#[derive(Clone, Debug)]
pub struct Embeddings {
    /// The address that `/embeddings` is added to; `None`: the built-in embedding.
    pub url: Option<url::Url>,
    pub model: String,
    pub key: Option<Hidden>,
    /// Numbers of a vector to ask for; 0 for models that cannot be asked.
    pub dimensions: usize,
}

/// Who answers in conversations.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ModelProvider {
    /// Rules, offline.
    Builtin,
    /// `/chat/completions` of OpenAI or of whatever speaks like it.
    OpenAi,
    /// `/v1/messages`.
    Anthropic,
    /// `/api/chat`.
    Ollama,
    /// As OpenAI, at OpenRouter.
    OpenRouter,
}

impl ModelProvider {
    /// The name of its secrets.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Builtin => "builtin",
            Self::OpenAi => "openai",
            Self::Anthropic => "anthropic",
            Self::Ollama => "ollama",
            Self::OpenRouter => "openrouter",
        }
    }

    /// The name on screen.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Builtin => "Built-in",
            Self::OpenAi => "OpenAI",
            Self::Anthropic => "Anthropic",
            Self::Ollama => "Ollama",
            Self::OpenRouter => "OpenRouter",
        }
    }

    /// Where it is unless told otherwise; the paths of its protocol are added.
    pub const fn base(self) -> &'static str {
        match self {
            Self::Builtin => "",
            Self::OpenAi => "https://api.openai.com/v1",
            Self::Anthropic => "https://api.anthropic.com",
            Self::Ollama => "http://localhost:11434",
            Self::OpenRouter => "https://openrouter.ai/api/v1",
        }
    }
}

/// The model of the installation.
#[derive(Clone, Debug)]
pub struct Models {
    pub provider: ModelProvider,
    /// In place of the provider's own address.
    pub url: Option<url::Url>,
    /// Its name at the provider.
    pub model: String,
    /// Used where neither the person nor the organization has a key of its own.
    pub key: Option<Hidden>,
}
