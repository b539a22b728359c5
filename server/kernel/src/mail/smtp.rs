//! Handing mail to an SMTP server.
use super::{Rendered, dkim};
use crate::{
    config::{self, MailProvider, MailTls},
    fault::{Code, Fault},
};
use lettre::{
    Address, AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor,
    address::AddressError,
    message::{Mailbox, MultiPart, header},
    transport::smtp::{Error, authentication::Credentials},
};
use std::time::Duration;
use uuid::Uuid;

/// Longest wait for each answer of the server.
const PATIENCE: Duration = Duration::from_secs(20);

/// How a mail fared.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Outcome {
    Sent,
    /// 4xx, or no connection: try again.
    Later(String),
    /// 5xx, or an address that is none.
    Refused(String),
}

/// The server in words; `None` for the built-in mailbox.
pub fn smtp_label(config: &config::Mail) -> Option<String> {
    (config.provider == MailProvider::Smtp).then(|| format!("SMTP {}:{}", config.host, config.port))
}

/// Does the mail server answer?
pub async fn check(config: &config::Mail) -> Result<String, Fault> {
    let Some(server) = smtp_label(config) else {
        return Ok("Mail is kept in the built-in mailbox and not sent outside this machine.".to_owned());
    };
    let down = |why: String| Fault::new(Code::Upstream, format!("{server} does not take mail: {why}"));
    if let Some(dkim) = &config.dkim {
        dkim::signer(dkim).map_err(|why| Fault::new(Code::Upstream, why))?;
    }
    let signed = config.dkim.as_ref().map(|d| format!(" It is signed for {} (DKIM, {}).", d.domain, d.selector)).unwrap_or_default();
    match transport(config).map_err(|e| down(e.to_string()))?.test_connection().await {
        Ok(true) => Ok(format!("{server} takes mail.{signed}")),
        Ok(false) => Err(down("it closed the connection".to_owned())),
        Err(error) => Err(down(words(&error))),
    }
}

pub(super) async fn send(config: &config::Mail, id: Uuid, to: &str, mail: Rendered) -> Outcome {
    let mut message = match message(config, id, to, mail) {
        Ok(message) => message,
        Err(why) => return Outcome::Refused(why),
    };
    // A key that cannot be used is put right by who runs the installation: the mail waits for that.
    match config.dkim.as_ref().map(dkim::signer) {
        Some(Ok(signer)) => message.sign(&signer),
        Some(Err(why)) => return Outcome::Later(why),
        None => {}
    }
    let transport = match transport(config) {
        Ok(transport) => transport,
        Err(error) => return Outcome::Later(words(&error)),
    };
    match transport.send(message).await {
        Ok(_) => Outcome::Sent,
        Err(error) if error.is_permanent() => Outcome::Refused(words(&error)),
        Err(error) => Outcome::Later(words(&error)),
    }
}

fn transport(config: &config::Mail) -> Result<AsyncSmtpTransport<Tokio1Executor>, Error> {
    let builder = match config.tls {
        MailTls::Starttls => AsyncSmtpTransport::<Tokio1Executor>::starttls_relay(&config.host)?,
        MailTls::Tls => AsyncSmtpTransport::<Tokio1Executor>::relay(&config.host)?,
        MailTls::None => AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(&config.host),
    };
    let builder = builder.port(config.port).timeout(Some(PATIENCE));
    Ok(match (&config.user, &config.password) {
        (Some(user), Some(password)) => builder.credentials(Credentials::new(user.clone(), password.expose().to_owned())),
        _ => builder,
    }
    .build())
}

fn message(config: &config::Mail, id: Uuid, to: &str, mail: Rendered) -> Result<Message, String> {
    let from: Mailbox = config.from.parse().map_err(|e: AddressError| format!("mail.from is not an address: {e}"))?;
    let to: Address = to.parse().map_err(|e: AddressError| format!("{to} is not an address: {e}"))?;
    // The same mail keeps its id when it is sent twice, so that a reader's server can tell.
    let message_id = format!("<{id}@{}>", from.email.domain());
    Message::builder()
        .from(from)
        .to(Mailbox::new(None, to))
        .subject(mail.subject)
        .message_id(Some(message_id))
        .header(AutoSubmitted)
        .multipart(MultiPart::alternative_plain_html(mail.text, mail.html))
        .map_err(|e| e.to_string())
}

/// Tells holiday replies to stay silent (RFC 3834).
#[derive(Clone)]
struct AutoSubmitted;

impl header::Header for AutoSubmitted {
    fn name() -> header::HeaderName {
        header::HeaderName::new_from_ascii_str("Auto-Submitted")
    }

    fn parse(_: &str) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        Ok(Self)
    }

    fn display(&self) -> header::HeaderValue {
        header::HeaderValue::new(Self::name(), "auto-generated".to_owned())
    }
}

/// The error with its cause: "permanent error (550): no such user".
fn words(error: &Error) -> String {
    error.to_string()
}
