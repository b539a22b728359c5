//! What the mails of core say: one variant a template, its data typed.
use super::{Rendered, body::Body};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A mail by its template. Links are complete (`https://..`).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "template", content = "data", rename_all = "snake_case")]
pub enum Message {
    /// Confirms an address at sign-up.
    Verify { name: String, link: String, hours: u32 },
    /// Somebody with an account signed up again with the same address.
    KnownEmailSignup { name: String, login_link: String, reset_link: String },
    /// Invites to an organization.
    Invite { inviter: String, organization: String, role: String, link: String, days: u32 },
    /// A link to set a new password.
    Reset { name: String, link: String, minutes: u32 },
    /// To the new address of an account: confirm it.
    EmailChange { name: String, new_email: String, link: String, hours: u32 },
    /// To the old address of an account: confirm that it changes.
    EmailChangeOld { name: String, new_email: String, link: String, hours: u32 },
    /// The account is locked after wrong passwords.
    Locked { name: String, minutes: u32, ip: Option<String>, reset_link: String },
    /// A sign-in from a device not seen before, with "This wasn't me".
    NewDevice { name: String, device: String, ip: Option<String>, at: DateTime<Utc>, link: String },
    /// The code that confirms the deletion of an account.
    DeletionCode { name: String, code: String, minutes: u32 },
    /// The account goes on that day unless the deletion is cancelled.
    DeletionScheduled { name: String, on: DateTime<Utc>, link: String },
    /// The export of one's data waits.
    ExportReady { name: String, link: String, until: DateTime<Utc> },
    /// To the owners: an owner signed in past the enforced single sign-on, with password and second factor.
    OwnerMfaBypass { name: String, organization: String, who: String, ip: Option<String>, at: DateTime<Utc> },
    /// To somebody who voted for a feature: it is there.
    Shipped { feature: String, project: String, link: String },
    /// Notices, one or many.
    Digest { name: String, items: Vec<DigestItem>, settings_link: String },
}

/// One notice of a digest.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DigestItem {
    pub title: String,
    pub body: String,
    pub link: String,
}

impl Message {
    /// The name of the template, as the queue and the mailbox show it.
    pub fn template(&self) -> String {
        self.parts().0
    }

    /// What fills the template.
    pub fn data(&self) -> Value {
        self.parts().1
    }

    fn parts(&self) -> (String, Value) {
        match serde_json::to_value(self) {
            Ok(Value::Object(mut map)) => {
                let name = map.get("template").and_then(Value::as_str).unwrap_or_default().to_owned();
                (name, map.remove("data").unwrap_or_default())
            }
            _ => (String::new(), Value::Null),
        }
    }

    /// Subject, text and HTML.
    pub fn render(&self) -> Rendered {
        use Message::*;
        match self {
            Verify { .. } | KnownEmailSignup { .. } | Invite { .. } | Reset { .. } | EmailChange { .. } | EmailChangeOld { .. } => {
                self.entry().done()
            }
            Locked { .. } | NewDevice { .. } | OwnerMfaBypass { .. } => self.warning().done(),
            DeletionCode { .. } | DeletionScheduled { .. } | ExportReady { .. } => self.privacy().done(),
            Shipped { feature, project, link } => Body::new(format!("{feature} has shipped"))
                .line("Hello,")
                .line(&format!("you voted for “{feature}” in {project}. It is there now."))
                .button("See what else is planned", link)
                .small("You asked to be told. No other mail follows for this vote.")
                .done(),
            Digest { name, items, settings_link } => digest(name, items, settings_link).done(),
        }
    }

    /// Ways into an account.
    fn entry(&self) -> Body {
        use Message::*;
        match self {
            Verify { name, link, hours } => Body::new("Confirm your email address")
                .hello(name)
                .line("Welcome to Millrace. Confirm your address to open your organization.")
                .button("Confirm address", link)
                .small(&format!("The link works once, for {hours} hours. If you did not sign up, ignore this mail: nothing happens.")),
            KnownEmailSignup { name, login_link, reset_link } => Body::new("You already have an account")
                .hello(name)
                .line("Somebody, probably you, signed up with this address. It already has an account, so no new one was made.")
                .button("Sign in", login_link)
                .button("Set a new password", reset_link)
                .small("If this was not you, ignore this mail: nothing was changed."),
            Invite { inviter, organization, role, link, days } => Body::new(format!("{inviter} invites you to {organization}"))
                .line("Hello,")
                .line(&format!("{inviter} invites you to work in {organization} on Millrace as {}.", article(role)))
                .button("Accept the invitation", link)
                .small(&format!("The invitation is for this address and ends in {days} days.")),
            Reset { name, link, minutes } => Body::new("Set a new password")
                .hello(name)
                .line("You asked for a new password. Setting it ends all other sessions.")
                .button("Set a new password", link)
                .small(&format!("The link works once, for {minutes} minutes. If you did not ask, ignore this mail: your password stays.")),
            EmailChange { name, new_email, link, hours } => Body::new("Confirm your new email address")
                .hello(name)
                .line(&format!("You want to use {new_email} for your account. It changes once both addresses have confirmed."))
                .button("Confirm this address", link)
                .small(&format!("The link works once, for {hours} hours. If you did not ask, ignore this mail.")),
            EmailChangeOld { name, new_email, link, hours } => Body::new("Your email address is about to change")
                .hello(name)
                .line(&format!("You want to use {new_email} for your account instead of this address. It changes once both have confirmed."))
                .button("Confirm the change", link)
                .small(&format!(
                    "The link works once, for {hours} hours. If you did not ask, do not confirm, and set a new password: somebody may know yours."
                )),
            _ => Body::new(""),
        }
    }

    /// What may be somebody else.
    fn warning(&self) -> Body {
        use Message::*;
        match self {
            Locked { name, minutes, ip, reset_link } => Body::new("Your account is locked for a while")
                .hello(name)
                .line(&format!("There were too many wrong passwords for your account{}. It is locked for {minutes} minutes.", from(ip)))
                .line("If that was you, wait, or set a new password now. If not, your password still protects you.")
                .button("Set a new password", reset_link),
            NewDevice { name, device, ip, at, link } => Body::new("A new device signed in")
                .hello(name)
                .line(&format!("{device}{} signed in to your account on {}.", from(ip), moment(at)))
                .line("If that was you, there is nothing to do.")
                .button("This wasn't me", link)
                .small("The link ends that session and asks for a new password."),
            OwnerMfaBypass { name, organization, who, ip, at } => Body::new(format!("{who} signed in to {organization} with a password"))
                .hello(name)
                .line(&format!(
                    "{organization} requires single sign-on. {who}, an owner, signed in with password and second factor instead{} on {}.",
                    from(ip),
                    moment(at)
                ))
                .small("Owners keep this way in for the day single sign-on fails. It is in the audit log."),
            _ => Body::new(""),
        }
    }

    /// What becomes of somebody's data.
    fn privacy(&self) -> Body {
        use Message::*;
        match self {
            DeletionCode { name, code, minutes } => Body::new("Your code to delete your account")
                .hello(name)
                .line("Type this code to confirm that your account is to be deleted:")
                .code(code)
                .small(&format!("The code works for {minutes} minutes. If you did not ask, set a new password: somebody may know yours.")),
            DeletionScheduled { name, on, link } => Body::new("Your account will be deleted")
                .hello(name)
                .line(&format!("Your account will be deleted on {}. All sessions and keys have ended.", moment(on)))
                .line("Until then you can sign in and cancel.")
                .button("Keep my account", link),
            ExportReady { name, link, until } => Body::new("Your data is ready")
                .hello(name)
                .line("The export of your data is ready to download.")
                .button("Download", link)
                .small(&format!("The link works until {}; it asks for your password.", moment(until))),
            _ => Body::new(""),
        }
    }
}

fn digest(name: &str, items: &[DigestItem], settings_link: &str) -> Body {
    let subject = match items {
        [one] => one.title.clone(),
        _ => format!("{} notices", items.len()),
    };
    let body = items.iter().fold(Body::new(subject).hello(name), |body, item| body.item(&item.title, &item.body, &item.link));
    body.small(&format!("Choose what you are mailed: {settings_link}"))
}

fn from(ip: &Option<String>) -> String {
    ip.as_ref().map(|ip| format!(" (from {ip})")).unwrap_or_default()
}

fn moment(at: &DateTime<Utc>) -> String {
    at.format("%-d %B %Y at %H:%M UTC").to_string()
}

fn article(role: &str) -> String {
    let an = role.starts_with(['a', 'e', 'i', 'o', 'u']);
    format!("{} {role}", if an { "an" } else { "a" })
}
