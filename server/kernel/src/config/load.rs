//! One function per concern: its settings, their environment names and their defaults.

use std::path::PathBuf;
use std::time::Duration;

use super::reader::{ConfigError, Hidden, Reader, Source};
use super::{
    Data, Database, Dkim, Embeddings, Files, Git, Http, Identity, Limits, Mail, MailProvider, ModelProvider, Models, OAuthClient, Outbound,
    S3, Store, Telemetry, folder,
};

pub(super) fn data(r: &mut Reader<'_>) -> Result<Data, ConfigError> {
    let set: Option<PathBuf> = r.maybe("data.dir", &["MILLRACE_DATA"])?;
    let dir = set.unwrap_or_else(|| {
        let dir = folder::default_data();
        r.note(dir.display().to_string(), Source::Default);
        dir
    });
    let dir = std::path::absolute(&dir).map_err(|e| ConfigError(format!("{} cannot be used: {e}", dir.display())))?;
    Ok(Data { dir })
}

pub(super) fn http(r: &mut Reader<'_>) -> Result<Http, ConfigError> {
    Ok(Http {
        bind: r.value("http.bind", &[], "127.0.0.1")?,
        port: r.value("http.port", &["PORT"], "3000")?,
        port_fallback: r.flag("http.port_fallback", &["MILLRACE_PORT_FALLBACK"], "false")?,
        public_url: r.maybe("http.public_url", &["MILLRACE_URL"])?,
        site: r.maybe("http.site", &["MILLRACE_SITE"])?,
        behind_proxy: r.flag("http.behind_proxy", &[], "false")?,
        development: r.flag("http.development", &[], "false")?,
        body_limit: r.value("http.body_limit", &[], "2097152")?,
        upload_limit: r.value("http.upload_limit", &[], "20971520")?,
        shutdown: seconds(r, "http.shutdown_seconds", "30")?,
        metrics_secret: r.maybe("http.metrics_secret", &[])?,
    })
}

pub(super) fn database(r: &mut Reader<'_>) -> Result<Database, ConfigError> {
    Ok(Database {
        url: r.maybe("database.url", &["DATABASE_URL"])?,
        app_password: r.maybe("database.app_password", &[])?,
        admin_password: r.maybe("database.admin_password", &[])?,
        pool: r.value("database.pool", &[], "16")?,
        bin: r.maybe("database.bin", &["MILLRACE_PG_BIN"])?,
        port: r.maybe("database.port", &[])?,
        durable: r.flag("database.durable", &[], "true")?,
    })
}

pub(super) fn mail(r: &mut Reader<'_>) -> Result<Mail, ConfigError> {
    let host: String = r.value("mail.host", &[], "")?;
    let provider = r.value("mail.provider", &[], if host.is_empty() { "builtin" } else { "smtp" })?;
    if provider == MailProvider::Smtp && host.is_empty() {
        return Err(ConfigError("mail.provider is smtp, but mail.host (MILLRACE_MAIL_HOST) is not set".into()));
    }
    let (port, tls) = (r.value("mail.port", &[], "587")?, r.value("mail.tls", &[], "starttls")?);
    let (user, password) = (r.maybe("mail.user", &[])?, r.maybe("mail.password", &[])?);
    let from: String = r.value("mail.from", &[], "Millrace <millrace@localhost>")?;
    let dkim = dkim(r, &from)?;
    Ok(Mail { provider, host, port, tls, user, password, from, dkim })
}

/// A selector and a key, or neither.
fn dkim(r: &mut Reader<'_>, from: &str) -> Result<Option<Dkim>, ConfigError> {
    let selector: Option<String> = r.maybe("mail.dkim_selector", &[])?;
    let domain: Option<String> = r.maybe("mail.dkim_domain", &[])?;
    let written: Option<Hidden> = r.maybe("mail.dkim_key", &[])?;
    let file: Option<PathBuf> = r.maybe("mail.dkim_key_file", &[])?;
    let key = match (written, file) {
        (Some(_), Some(_)) => return Err(ConfigError("Set mail.dkim_key or mail.dkim_key_file, not both.".into())),
        (None, Some(path)) => {
            let text = std::fs::read_to_string(&path)
                .map_err(|e| ConfigError(format!("mail.dkim_key_file: {} cannot be read: {e}", path.display())))?;
            Some(Hidden::new(text.trim()))
        }
        (key, None) => key,
    };
    let of_sender = || from.rsplit_once('@').map(|(_, domain)| domain.trim_end_matches('>').trim().to_owned());
    match (selector, key, domain.or_else(of_sender)) {
        (Some(selector), Some(key), Some(domain)) => Ok(Some(Dkim { domain, selector, key })),
        (None, None, _) => Ok(None),
        (None, ..) => Err(ConfigError("mail.dkim_key is set, but mail.dkim_selector is not: it names the key in the DNS.".into())),
        (_, None, _) => Err(ConfigError("mail.dkim_selector is set, but neither mail.dkim_key nor mail.dkim_key_file is.".into())),
        (.., None) => Err(ConfigError("mail.dkim_domain is not set, and mail.from has no domain.".into())),
    }
}

pub(super) fn telemetry(r: &mut Reader<'_>) -> Result<Telemetry, ConfigError> {
    let telemetry = Telemetry {
        otlp_endpoint: r.maybe("telemetry.otlp_endpoint", &["OTEL_EXPORTER_OTLP_ENDPOINT"])?,
        otlp_headers: r.maybe("telemetry.otlp_headers", &["OTEL_EXPORTER_OTLP_HEADERS"])?,
        sample: r.value("telemetry.sample", &[], "1")?,
    };
    if !(0.0..=1.0).contains(&telemetry.sample) {
        return Err(ConfigError("telemetry.sample must lie between 0 and 1.".into()));
    }
    Ok(telemetry)
}

pub(super) fn identity(r: &mut Reader<'_>) -> Result<Identity, ConfigError> {
    let google: url::Url = r.value("identity.google_url", &[], "https://accounts.google.com")?;
    Ok(Identity {
        signup_open: r.flag("identity.signup_open", &[], "true")?,
        google: OAuthClient {
            client_id: r.maybe("identity.google_client_id", &[])?,
            client_secret: r.maybe("identity.google_client_secret", &[])?,
            api_url: google.clone(),
            url: google,
        },
        github: OAuthClient {
            client_id: r.maybe("identity.github_client_id", &[])?,
            client_secret: r.maybe("identity.github_client_secret", &[])?,
            url: r.value("identity.github_url", &[], "https://github.com")?,
            api_url: r.value("identity.github_api_url", &[], "https://api.github.com")?,
        },
    })
}

pub(super) fn limits(r: &mut Reader<'_>) -> Result<Limits, ConfigError> {
    Ok(Limits {
        signups_per_hour: r.value("limits.signups_per_hour", &[], "10")?,
        signins_per_quarter: r.value("limits.signins_per_quarter", &[], "5")?,
        failures_per_quarter: r.value("limits.failures_per_quarter", &[], "30")?,
        resets_per_hour: r.value("limits.resets_per_hour", &[], "3")?,
        invitations_per_day: r.value("limits.invitations_per_day", &[], "50")?,
        web_per_minute: r.value("limits.web_per_minute", &[], "600")?,
        hashes: r.value("limits.hashes", &[], "4")?,
        hash_queue: r.value("limits.hash_queue", &[], "32")?,
    })
}

pub(super) fn files(r: &mut Reader<'_>, data: &Data) -> Result<Files, ConfigError> {
    let bucket: Option<String> = r.maybe("files.s3_bucket", &[])?;
    let folder: Option<PathBuf> = r.maybe("files.folder", &[])?;
    if folder.is_none() && bucket.is_none() {
        r.note(data.files().display().to_string(), Source::Default);
    }
    let region = r.value("files.s3_region", &[], "us-east-1")?;
    let endpoint = r.maybe("files.s3_endpoint", &[])?;
    let access_key = r.maybe("files.s3_access_key", &[])?;
    let secret_key = r.maybe("files.s3_secret_key", &[])?;
    let prefix = r.value("files.s3_prefix", &[], "")?;
    let store = match (bucket, folder) {
        (Some(_), Some(_)) => {
            return Err(ConfigError("Set files.folder or files.s3_bucket, not both.".into()));
        }
        (Some(bucket), None) => Store::S3(S3 { bucket, region, endpoint, access_key, secret_key, prefix }),
        (None, folder) => Store::Folder(folder.unwrap_or_else(|| data.files())),
    };
    Ok(Files { store })
}

pub(super) fn outbound(r: &mut Reader<'_>) -> Result<Outbound, ConfigError> {
    Ok(Outbound {
        timeout: seconds(r, "outbound.timeout_seconds", "30")?,
        connect_timeout: seconds(r, "outbound.connect_timeout_seconds", "5")?,
        retries: r.value("outbound.retries", &[], "3")?,
        allow_private: r.list("outbound.allow_private")?,
    })
}

pub(super) fn git(r: &mut Reader<'_>, data: &Data) -> Result<Git, ConfigError> {
    let set: Option<PathBuf> = r.maybe("git.root", &["MILLRACE_GIT_ROOT"])?;
    let root = set.unwrap_or_else(|| {
        let root = data.dir.join("repositories");
        r.note(root.display().to_string(), Source::Default);
        root
    });
    Ok(Git { root, webhook_secret: r.maybe("git.webhook_secret", &[])? })
}

pub(super) fn embeddings(r: &mut Reader<'_>) -> Result<Embeddings, ConfigError> {
    Ok(Embeddings {
        url: r.maybe("embeddings.url", &[])?,
        model: r.value("embeddings.model", &[], "text-embedding-3-small")?,
        key: r.maybe("embeddings.key", &[])?,
        dimensions: r.value("embeddings.dimensions", &[], "1536")?,
    })
}

pub(super) fn models(r: &mut Reader<'_>) -> Result<Models, ConfigError> {
    let set = Models {
        provider: r.value("models.provider", &[], "builtin")?,
        url: r.maybe("models.url", &[])?,
        model: r.value("models.model", &[], "")?,
        key: r.maybe("models.key", &[])?,
    };
    if set.provider != ModelProvider::Builtin && set.model.trim().is_empty() {
        return Err(ConfigError(format!("models.model is missing: name the model of {} that shall answer", set.provider.words())));
    }
    Ok(set)
}

fn seconds(r: &mut Reader<'_>, key: &'static str, default: &str) -> Result<Duration, ConfigError> {
    Ok(Duration::from_secs(r.value(key, &[], default)?))
}
