//! Signing in and out: password, second factor, and what every way in ends with.
use crate::{checks, fields, identity::ProviderKind};
use garde::Validate;
use serde::{Deserialize, Serialize};
use std::fmt;

/// A second factor a person can answer with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MfaMethod {
    Totp,
    RecoveryCode,
    Passkey,
}

/// What every way in answers: where to go now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignedIn {
    /// A path of this installation.
    pub goto: String,
    /// Not empty: not signed in yet, one of these is asked for at `goto`.
    pub mfa: Vec<MfaMethod>,
}

impl SignedIn {
    pub fn needs_mfa(&self) -> bool {
        !self.mfa.is_empty()
    }
}

/// The sign-in form.
#[derive(Clone, Default, PartialEq, Serialize, Deserialize, Validate)]
pub struct SignIn {
    #[garde(custom(checks::email))]
    pub email: String,
    #[garde(custom(fields::typed_password))]
    pub password: String,
    #[serde(default)]
    #[garde(skip)]
    pub redirect_to: Option<String>,
}

/// The form of the second factor: six digits, or a recovery code.
#[derive(Clone, Default, PartialEq, Serialize, Deserialize, Validate)]
pub struct MfaCode {
    #[garde(length(chars, min = 6, max = 20))]
    pub code: String,
    #[serde(default)]
    #[garde(skip)]
    pub redirect_to: Option<String>,
}

impl fmt::Debug for SignIn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SignIn").field("email", &self.email).field("password", &"***").finish_non_exhaustive()
    }
}

impl fmt::Debug for MfaCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MfaCode").field("code", &"***").finish_non_exhaustive()
    }
}

/// Somebody whose password was right and whose second factor is still to come.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct HalfOpen {
    pub email: String,
    pub methods: Vec<MfaMethod>,
}

/// Another service to sign in with; its link is `/api/auth/oauth/{key}?redirect_to=..`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProviderChoice {
    pub key: String,
    pub kind: ProviderKind,
    pub name: String,
}

/// What the sign-in page offers.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct LoginOptions {
    pub providers: Vec<ProviderChoice>,
    pub signup_open: bool,
}

/// A path of this installation, or nothing: redirects never lead to another host.
pub fn safe_redirect(to: Option<&str>) -> Option<&str> {
    let to = to?.trim();
    let inside =
        to.starts_with('/') && !to.starts_with("//") && !to.contains('\\') && !to.chars().any(char::is_control) && to.len() <= 2000;
    // Pages of the way in would only lead around in a circle.
    let circle = ["/login", "/signup", "/setup", "/api/"].iter().any(|page| to.starts_with(page));
    (inside && !circle).then_some(to)
}

#[cfg(feature = "ssr")]
pub use service::*;

#[cfg(feature = "ssr")]
mod service {
    use super::*;
    use crate::{
        fields::{clean_email, domain_of},
        lockout::{self, Target},
        mfa, passwords,
        session_store::{self, Visitor},
        signin_finish::{Person, finish},
    };
    use chrono::{DateTime, Duration, Utc};
    use kernel::{Code, Fault, access::Actor, audit::Audit, db::TenantTx, request::Request};
    use uuid::Uuid;

    /// Wrong codes after which a half-open sign-in ends.
    const MOST_WRONG_CODES: u32 = 5;
    /// How long a half-open sign-in waits for its second factor.
    const HALF_OPEN_MINUTES: i64 = 10;
    const HALF_OPEN: &str = "half_open";

    /// The note a cookie session holds between password and second factor.
    #[derive(Clone, Debug, Serialize, Deserialize)]
    pub(crate) struct HalfOpenNote {
        pub user: Uuid,
        pub email: String,
        pub name: String,
        pub done: Vec<String>,
        pub methods: Vec<MfaMethod>,
        pub since: DateTime<Utc>,
        pub wrong: u32,
        pub redirect_to: Option<String>,
    }

    /// The one answer to whatever is wrong with an email and a password.
    fn invalid() -> Fault {
        Fault::new(Code::InvalidCredentials, "Email or password is wrong.")
    }

    /// What the sign-in page offers.
    pub async fn options(request: &Request) -> Result<LoginOptions, Fault> {
        let providers = crate::login_providers::for_everybody(request.app()).await?;
        Ok(LoginOptions { providers, signup_open: request.app().config.identity.signup_open })
    }

    /// The service that people of this address's mail domain sign in with.
    pub async fn provider_for(request: &Request, email: &str) -> Result<Option<ProviderChoice>, Fault> {
        let email = clean_email(email);
        let domain = domain_of(&email);
        if domain.is_empty() {
            return Ok(None);
        }
        let found = crate::login_providers::of_domain(request.app(), domain).await?;
        Ok(found.first().map(crate::login_providers::Provider::choice))
    }

    /// Signs in with a password. Whatever is wrong, the answer is the same 401.
    pub async fn sign_in(v: &Visitor, input: SignIn) -> Result<SignedIn, Fault> {
        let kept = [("email", input.email.as_str())];
        input.validate().map_err(|report| Fault::from(report).keeping(kept))?;
        attempt(v, &input).await.map_err(|fault| fault.keeping(kept))
    }

    async fn attempt(v: &Visitor, input: &SignIn) -> Result<SignedIn, Fault> {
        let (app, email) = (v.app(), clean_email(&input.email));
        lockout::check_ip(&v.request).await?;
        let locked = lockout::locked_until(app, &email).await?.is_some();
        let found = sqlx::query!(
            r#"select id as "id!", email as "email!", name as "name!", password_hash, has_totp as "has_totp!", has_passkey as "has_passkey!"
               from core.user_for_sign_in($1)"#,
            email
        )
        .fetch_optional(app.db.pool())
        .await?;
        // A locked or unknown address takes the same time and gives the same answer.
        let hash = found.as_ref().and_then(|u| u.password_hash.as_deref()).filter(|_| !locked);
        let right = passwords::verify(app, &input.password, hash).await?;
        let user = match (found, right) {
            (Some(user), true) => user,
            (found, _) => {
                let target = found.as_ref().map(|u| Target { user: u.id, name: &u.name });
                lockout::failed(&v.request, &email, target, "password").await?;
                return Err(with_provider(app, &email, invalid()).await);
            }
        };
        let person = Person { id: user.id, email: user.email, name: user.name };
        enforced(v, &person, user.has_totp || user.has_passkey).await?;
        if let Some(hash) = user.password_hash.filter(|hash| passwords::is_outdated(hash)) {
            rehash(v, &person, &input.password, &hash).await?;
        }
        go_on(v, person, (user.has_totp, user.has_passkey), &["password"], input.redirect_to.as_deref()).await
    }

    /// Names the service that this mail domain uses, for the form to offer it. It tells nothing of the person.
    async fn with_provider(app: &kernel::app::App, email: &str, fault: Fault) -> Fault {
        match crate::login_providers::of_domain(app, domain_of(email)).await {
            Ok(found) => match found.first() {
                Some(provider) => fault.with_details(serde_json::json!({ "provider": provider.choice() })),
                None => fault,
            },
            Err(_) => fault,
        }
    }

    /// An enforcing identity provider blocks passwords of its domains, except for owners with a second factor.
    async fn enforced(v: &Visitor, person: &Person, has_mfa: bool) -> Result<(), Fault> {
        for provider in crate::login_providers::of_domain(v.app(), domain_of(&person.email)).await? {
            if !provider.enforce || !provider.binds(v, person.id).await? {
                continue;
            }
            if has_mfa && provider.is_owner(v, person.id).await? {
                crate::login_providers::note_bypass(v, &provider, person).await?;
                continue;
            }
            let message = format!("Your organization asks you to sign in with {}.", provider.name);
            return Err(Fault::new(Code::Forbidden, message).with_details(serde_json::json!({ "provider": provider.choice() })));
        }
        Ok(())
    }

    /// Keeps the password under today's parameters.
    async fn rehash(v: &Visitor, person: &Person, password: &str, old: &str) -> Result<(), Fault> {
        let hash = passwords::hash(v.app(), password).await?;
        let mut tx = as_person(v, person.id).await?;
        // Only if nobody has set another one in the meantime.
        if sqlx::query_scalar!("select core.own_password_hash()").fetch_one(tx.conn()).await?.as_deref() == Some(old) {
            sqlx::query!("update core.users set password_hash = $2 where id = $1", person.id, hash).execute(tx.conn()).await?;
        }
        tx.commit().await
    }

    pub(crate) async fn as_person(v: &Visitor, user: Uuid) -> Result<TenantTx, Fault> {
        let actor = Actor { request: v.request.info().clone(), ..Actor::person(user) };
        TenantTx::begin(v.app(), actor).await
    }

    /// Asks for the second factor of those who have one; signs all others in.
    pub(crate) async fn go_on(
        v: &Visitor,
        person: Person,
        (totp, passkey): (bool, bool),
        done: &[&str],
        redirect_to: Option<&str>,
    ) -> Result<SignedIn, Fault> {
        if !totp && !passkey {
            return finish(v, person, done, false, redirect_to).await;
        }
        let mut methods = Vec::new();
        methods.extend(totp.then_some(MfaMethod::Totp));
        methods.extend(passkey.then_some(MfaMethod::Passkey));
        methods.push(MfaMethod::RecoveryCode);
        let note = HalfOpenNote {
            user: person.id,
            email: person.email,
            name: person.name,
            done: done.iter().map(|&s| s.to_owned()).collect(),
            methods: methods.clone(),
            since: v.now(),
            wrong: 0,
            redirect_to: safe_redirect(redirect_to).map(str::to_owned),
        };
        v.cookie.insert(HALF_OPEN, note).await.map_err(session_store::store_fault)?;
        // The id from before the password never carries what comes after it.
        session_store::rotate(&v.cookie).await?;
        Ok(SignedIn { goto: "/login/mfa".to_owned(), mfa: methods })
    }

    /// The half-open sign-in of this browser, for the page that asks for the second factor.
    pub async fn half_open(v: &Visitor) -> Result<Option<HalfOpen>, Fault> {
        Ok(note(v).await?.map(|note| HalfOpen { email: note.email, methods: note.methods }))
    }

    pub(crate) async fn note(v: &Visitor) -> Result<Option<HalfOpenNote>, Fault> {
        // A cookie session that is not there yet has no note: do not make one by looking.
        if v.cookie.id().is_none() {
            return Ok(None);
        }
        let note: Option<HalfOpenNote> = v.cookie.get(HALF_OPEN).await.map_err(session_store::store_fault)?;
        Ok(note.filter(|note| v.now() - note.since < Duration::minutes(HALF_OPEN_MINUTES)))
    }

    pub(crate) async fn require_note(v: &Visitor) -> Result<HalfOpenNote, Fault> {
        note(v).await?.ok_or_else(|| Fault::new(Code::Unauthenticated, "This sign-in has ended. Start again with your password."))
    }

    pub(crate) async fn drop_note(v: &Visitor) -> Result<(), Fault> {
        v.cookie.remove_value(HALF_OPEN).await.map_err(session_store::store_fault)?;
        Ok(())
    }

    /// The second factor: six digits of the app, or a recovery code.
    pub async fn mfa(v: &Visitor, input: MfaCode) -> Result<SignedIn, Fault> {
        lockout::check_ip(&v.request).await?;
        let note = require_note(v).await?;
        input.validate()?;
        // Wrong codes count as wrong passwords do: starting over does not buy further guesses.
        let locked = lockout::locked_until(v.app(), &note.email).await?.is_some();
        let mut tx = as_person(v, note.user).await?;
        let found = if locked { None } else { mfa::accept_code(&mut tx, &input.code).await? };
        let Some(method) = found else {
            drop(tx);
            return Err(wrong_code(v, note).await?);
        };
        tx.commit().await?;
        answered(v, note, method).await
    }

    /// Ends the sign-in after the second factor was right.
    pub(crate) async fn answered(v: &Visitor, note: HalfOpenNote, method: &str) -> Result<SignedIn, Fault> {
        drop_note(v).await?;
        let done: Vec<&str> = note.done.iter().map(String::as_str).chain([method]).collect();
        let person = Person { id: note.user, email: note.email.clone(), name: note.name.clone() };
        finish(v, person, &done, true, note.redirect_to.as_deref()).await
    }

    /// Counts a wrong second factor; the fifth ends the half-open sign-in.
    pub(crate) async fn wrong_code(v: &Visitor, mut note: HalfOpenNote) -> Result<Fault, Fault> {
        let target = Target { user: note.user, name: &note.name };
        lockout::failed(&v.request, &note.email, Some(target), "second_factor").await?;
        note.wrong += 1;
        if note.wrong >= MOST_WRONG_CODES {
            drop_note(v).await?;
            return Ok(Fault::new(Code::Unauthenticated, "Too many wrong codes. Start again with your password."));
        }
        v.cookie.insert(HALF_OPEN, &note).await.map_err(session_store::store_fault)?;
        Ok(Fault::new(Code::InvalidCredentials, "This code is wrong or has been used.").and_field("code", "is wrong or has been used"))
    }

    /// Signs in a person who has proven themselves otherwise (an accepted invitation, a confirmed address). A second
    /// factor is asked for all the same.
    pub async fn open_session(v: &Visitor, user: Uuid, methods: &[&str], redirect_to: Option<&str>) -> Result<SignedIn, Fault> {
        let found = crate::signin_finish::person(v.app(), user).await?;
        go_on(v, found.person, (found.has_totp, found.has_passkey), methods, redirect_to).await
    }

    /// Signs out: the session ends here and now, the cookie is cleared.
    pub async fn sign_out(v: &Visitor) -> Result<(), Fault> {
        if let (Some(token), Some(session)) = (v.request.session_token(), v.request.session().await?) {
            let actor = session.actor(v.request.info().clone());
            let mut tx = TenantTx::begin(v.app(), actor).await?;
            sqlx::query!("select core.session_revoke($1, $2)", token, v.now()).fetch_one(tx.conn()).await?;
            let entry = Audit::new("session.sign_out").target("session", session.id);
            tx.audit(entry).await?;
            tx.commit().await?;
        }
        session_store::forget(&v.cookie).await;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::safe_redirect;

    #[test]
    fn redirects_stay_on_this_host() {
        assert_eq!(safe_redirect(Some("/o/acme/factory?q=1")), Some("/o/acme/factory?q=1"));
        for bad in
            ["https://evil.example", "//evil.example", "/\\evil.example", "javascript:alert(1)", "", "/a\nb", "/login?redirect_to=/x"]
        {
            assert_eq!(safe_redirect(Some(bad)), None, "{bad}");
        }
        assert_eq!(safe_redirect(None), None);
    }
}
