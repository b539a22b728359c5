//! Devices: their names, and the mail about a sign-in from one not seen before.
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// What the page behind "This wasn't me" shows before anything is done.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct NotMeInfo {
    pub device: String,
    pub ip_address: Option<String>,
    pub at: DateTime<Utc>,
}

/// A browser on a system, as people name it: "Firefox on Windows".
pub fn describe(user_agent: Option<&str>) -> String {
    let Some(agent) = user_agent.filter(|agent| !agent.trim().is_empty()) else {
        return "Unknown device".to_owned();
    };
    match (browser(agent), system(agent)) {
        (Some(browser), Some(system)) => format!("{browser} on {system}"),
        (Some(one), None) | (None, Some(one)) => one.to_owned(),
        // Scripts and tools: the product's own name.
        (None, None) => agent.split(['/', ' ']).next().unwrap_or("Unknown device").chars().take(40).collect(),
    }
}

/// The first mark that fits wins: almost every browser also names those it descends from.
fn browser(agent: &str) -> Option<&'static str> {
    const MARKS: &[(&str, &str)] = &[
        ("Edg/", "Edge"),
        ("EdgA/", "Edge"),
        ("EdgiOS/", "Edge"),
        ("OPR/", "Opera"),
        ("Vivaldi/", "Vivaldi"),
        ("SamsungBrowser/", "Samsung Internet"),
        ("Firefox/", "Firefox"),
        ("FxiOS/", "Firefox"),
        ("CriOS/", "Chrome"),
        ("HeadlessChrome/", "Chrome"),
        ("Chrome/", "Chrome"),
        ("Chromium/", "Chromium"),
        ("Safari/", "Safari"),
        ("curl/", "curl"),
    ];
    MARKS.iter().find(|(mark, _)| agent.contains(mark)).map(|(_, name)| *name)
}

fn system(agent: &str) -> Option<&'static str> {
    const MARKS: &[(&str, &str)] = &[
        ("iPhone", "iPhone"),
        ("iPad", "iPad"),
        ("Android", "Android"),
        ("Windows", "Windows"),
        ("CrOS", "ChromeOS"),
        ("Macintosh", "macOS"),
        ("Mac OS X", "macOS"),
        ("Linux", "Linux"),
    ];
    MARKS.iter().find(|(mark, _)| agent.contains(mark)).map(|(_, name)| *name)
}

#[cfg(feature = "ssr")]
pub use service::*;

#[cfg(feature = "ssr")]
mod service {
    use super::*;
    use crate::{
        links::{self, Purpose},
        session_store::Visitor,
    };
    use chrono::Duration;
    use kernel::{
        Fault,
        access::{Actor, RequestInfo},
        audit::Audit,
        db::TenantTx,
        ids::sha256_hex,
        mail::Message,
        request::Request,
    };
    use std::net::IpAddr;
    use uuid::Uuid;

    /// How long the link of the mail works.
    const LINK_DAYS: i64 = 7;
    /// How long the reset works that it starts.
    const RESET_MINUTES: i64 = 60;

    /// The same browser on the same system in the same part of the net is the same device: versions change
    /// weekly and addresses daily, neither is news.
    pub(crate) fn device_hash(info: &RequestInfo) -> String {
        let place = match info.ip {
            Some(IpAddr::V4(ip)) => format!("{}.{}", ip.octets()[0], ip.octets()[1]),
            Some(IpAddr::V6(ip)) => ip.segments()[..3].iter().map(|s| format!("{s:x}")).collect::<Vec<_>>().join(":"),
            None => String::new(),
        };
        sha256_hex(format!("{}|{place}", describe(info.user_agent.as_deref())))
    }

    /// Notes the device of a sign-in and mails the person when it is new. The first device of all is no news.
    pub(crate) async fn note(tx: &mut TenantTx, session: Uuid, email: &str, name: &str) -> Result<(), Fault> {
        let (info, user, now) = (tx.actor().request.clone(), tx.actor().user()?, tx.now());
        let hash = device_hash(&info);
        let ip = info.ip.map(|ip| ip.to_string());
        let seen = sqlx::query!(
            r#"with before as (select count(*) as known, bool_or(device_hash = $2) as this from core.known_devices where user_id = $1),
                    noted as (
                      insert into core.known_devices (user_id, device_hash, first_seen_at, last_seen_at, ip_address, user_agent)
                      values ($1, $2, $3, $3, $4, $5)
                      on conflict (user_id, device_hash) do update set last_seen_at = $3, ip_address = $4, user_agent = $5
                      returning 1)
               select b.known as "known!", coalesce(b.this, false) as "this!" from before b, noted"#,
            user,
            hash,
            now,
            ip,
            info.user_agent
        )
        .fetch_one(tx.conn())
        .await?;
        if seen.known == 0 || seen.this {
            return Ok(());
        }
        let device = describe(info.user_agent.as_deref());
        let payload = serde_json::json!({ "not_me": session, "device": device, "ip": ip, "at": now, "device_hash": hash });
        let token = links::make(tx, Purpose::PasswordReset, payload, Duration::days(LINK_DAYS)).await?;
        let link = links::url(tx.app(), &format!("/not-me/{token}"));
        links::mail(tx.conn(), email, Message::NewDevice { name: name.to_owned(), device, ip, at: now, link }).await
    }

    /// The link of a new-device mail.
    async fn look(request: &Request, token: &str) -> Result<(links::Link, NotMeLink), Fault> {
        let link = links::look(request.app(), token).await?;
        let found = serde_json::from_value(link.payload.clone()).ok().filter(|_| link.purpose == Purpose::PasswordReset);
        let not_me: NotMeLink = found.ok_or_else(|| links::gone("This link belongs elsewhere."))?;
        Ok((link, not_me))
    }

    #[derive(Deserialize)]
    struct NotMeLink {
        not_me: Uuid,
        device: String,
        ip: Option<String>,
        at: DateTime<Utc>,
        device_hash: String,
    }

    /// Which sign-in the link is about; changes nothing, so that a mail scanner may follow it.
    pub async fn not_me_info(request: &Request, token: &str) -> Result<NotMeInfo, Fault> {
        let (_, link) = look(request, token).await?;
        Ok(NotMeInfo { device: link.device, ip_address: link.ip, at: link.at })
    }

    /// "This wasn't me": ends that session, forgets the device and starts a password reset, whose page is answered.
    pub async fn not_me(v: &Visitor, token: &str) -> Result<String, Fault> {
        let (link, not_me) = look(&v.request, token).await?;
        let actor = Actor { request: v.request.info().clone(), ..Actor::person(link.user_id) };
        let mut tx = TenantTx::begin(v.app(), actor).await?;
        links::consume(&mut tx, &link).await?;
        let now = tx.now();
        sqlx::query!("update core.sessions set revoked_at = $2 where id = $1 and revoked_at is null", not_me.not_me, now)
            .execute(tx.conn())
            .await?;
        sqlx::query!("delete from core.known_devices where user_id = $1 and device_hash = $2", link.user_id, not_me.device_hash)
            .execute(tx.conn())
            .await?;
        links::revoke_all(&mut tx, Purpose::PasswordReset).await?;
        let reset = links::make(&mut tx, Purpose::PasswordReset, serde_json::json!({}), Duration::minutes(RESET_MINUTES)).await?;
        tx.audit(Audit::new("session.not_me").target("session", not_me.not_me).critical()).await?;
        tx.commit().await?;
        Ok(format!("/reset/{reset}"))
    }
}

#[cfg(test)]
mod tests {
    use super::describe;

    #[test]
    fn devices_have_names() {
        let names = [
            ("Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:130.0) Gecko/20100101 Firefox/130.0", "Firefox on Windows"),
            (
                "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Safari/605.1.15",
                "Safari on macOS",
            ),
            (
                "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/128.0.0.0 Safari/537.36 Edg/128.0",
                "Edge on Linux",
            ),
            (
                "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 CriOS/128.0 Mobile/15E148 Safari/604.1",
                "Chrome on iPhone",
            ),
            (
                "Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/128.0 Mobile Safari/537.36",
                "Chrome on Android",
            ),
            ("python-requests/2.32", "python-requests"),
            ("", "Unknown device"),
        ];
        for (agent, name) in names {
            assert_eq!(describe(Some(agent)), name);
        }
        assert_eq!(describe(None), "Unknown device");
    }
}
