//! Between the first and the second factor.
use super::{HalfOpen, MfaCode, MfaMethod, SignedIn, safe_redirect, session::as_person};
use crate::{
    lockout::{self, Target},
    mfa,
    session_store::{self, Visitor},
    signin_finish::{Person, finish},
};
use chrono::{DateTime, Duration, Utc};
use garde::Validate;
use kernel::{Code, Fault};
use serde::{Deserialize, Serialize};
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
