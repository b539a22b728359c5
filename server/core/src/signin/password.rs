//! Signing in with a password, and what the page offers instead.
use super::{LoginOptions, ProviderChoice, SignIn, SignedIn, second::go_on, session::as_person};
use crate::{
    fields::{clean_email, domain_of},
    lockout::{self, Target},
    passwords,
    session_store::Visitor,
    signin_finish::Person,
};
use garde::Validate;
use kernel::{Code, Fault, request::Request};

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
    if let Err(report) = input.validate() {
        return Err(address_alone(v.app(), &input, report.into()).await.keeping(kept));
    }
    attempt(v, &input).await.map_err(|fault| fault.keeping(kept))
}

/// An address without a password is how one asks for the service of its domain where no script can.
async fn address_alone(app: &kernel::app::App, input: &SignIn, fault: Fault) -> Fault {
    if !input.password.is_empty() || fault.fields.contains_key("email") {
        return fault;
    }
    let mut fault = with_provider(app, &clean_email(&input.email), fault).await;
    if let Some(provider) = ProviderChoice::named_in(&fault) {
        let words = format!("Continue with {}, or enter your password.", provider.name);
        fault.fields.insert("password".to_owned(), words);
    }
    fault
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

/// The one answer to whatever is wrong with an email and a password.
fn invalid() -> Fault {
    Fault::new(Code::InvalidCredentials, "Email or password is wrong.")
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
