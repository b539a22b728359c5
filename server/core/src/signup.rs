//! First run, sign-up and the links that confirm addresses.
use crate::checks;
use garde::Validate;
use serde::{Deserialize, Serialize};
use std::fmt;

/// The form of the first run: it makes the platform admin and the first organization.
#[derive(Clone, Default, PartialEq, Serialize, Deserialize, Validate)]
pub struct Setup {
    /// From the server's log.
    #[garde(custom(checks::name(200)))]
    pub token: String,
    #[garde(custom(checks::name(255)))]
    pub name: String,
    #[garde(custom(checks::email))]
    pub email: String,
    #[garde(skip)]
    pub password: String,
    #[garde(custom(checks::name(255)))]
    pub organization_name: String,
}

/// The sign-up form.
#[derive(Clone, Default, PartialEq, Serialize, Deserialize, Validate)]
pub struct SignUp {
    #[garde(custom(checks::email))]
    pub email: String,
    #[garde(skip)]
    pub password: String,
    #[garde(custom(checks::name(255)))]
    pub name: String,
    #[garde(custom(checks::name(255)))]
    pub organization_name: String,
}

/// "Send a new link".
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, Validate)]
pub struct Resend {
    #[garde(custom(checks::email))]
    pub email: String,
}

impl fmt::Debug for Setup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Setup").field("email", &self.email).finish_non_exhaustive()
    }
}

impl fmt::Debug for SignUp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SignUp").field("email", &self.email).finish_non_exhaustive()
    }
}

/// What a mailed link does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LinkPurpose {
    EmailVerify,
    EmailChange,
    PasswordReset,
}

/// A mailed link that still works.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LinkInfo {
    /// The address it is about.
    pub email: String,
    pub purpose: LinkPurpose,
}

/// What a confirmed link led to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Verified {
    pub goto: String,
    /// One sentence for people.
    pub message: String,
}

#[cfg(feature = "ssr")]
pub use service::*;

#[cfg(feature = "ssr")]
mod service {
    use super::*;
    use crate::{
        account,
        fields::clean_email,
        links::{self, Purpose},
        passwords,
        session_store::Visitor,
        signin::{SignedIn, as_person, open_session},
    };
    use chrono::Duration;
    use kernel::{
        Code, Fault,
        access::Actor,
        app::App,
        audit::Audit,
        db::TenantTx,
        fault::OnConstraint,
        ids::{sha256_hex, slug, token},
        limits::{self, Rule},
        mail::Message,
        request::Request,
    };
    use uuid::Uuid;

    const VERIFY_HOURS: i64 = 24;

    /// When nobody is signed up: a one-time token for `{public url}/setup?token=..`, to be printed to the log.
    pub async fn prepare_setup(app: &App) -> Result<Option<String>, Fault> {
        let made = token();
        let offered =
            sqlx::query_scalar!("select core.setup_offer($1, $2)", sha256_hex(&made), app.clock.now()).fetch_one(app.db.pool()).await?;
        Ok(offered.unwrap_or(false).then_some(made))
    }

    /// Is the installation still without people? Then every page leads to `/setup`.
    pub async fn setup_open(app: &App) -> Result<bool, Fault> {
        // People never become none again, so a yes is remembered.
        static SETTLED: std::sync::Mutex<Vec<String>> = std::sync::Mutex::new(Vec::new());
        let database = &app.db.urls.app;
        if SETTLED.lock().unwrap_or_else(|p| p.into_inner()).contains(database) {
            return Ok(false);
        }
        let any = sqlx::query_scalar!("select core.any_user()").fetch_one(app.db.pool()).await?.unwrap_or(false);
        if any {
            SETTLED.lock().unwrap_or_else(|p| p.into_inner()).push(database.clone());
        }
        Ok(!any)
    }

    /// First run: the platform admin, who owns the first organization, signed in. Later 404.
    pub async fn setup(v: &Visitor, input: Setup) -> Result<SignedIn, Fault> {
        let app = v.app();
        if !setup_open(app).await? {
            return Err(Fault::not_found("This page"));
        }
        let kept = [("name", input.name.as_str()), ("email", &input.email), ("organization_name", &input.organization_name)];
        let done = run_setup(v, &input).await.map_err(|fault| fault.keeping(kept))?;
        let user = done.ok_or_else(|| Fault::not_found("This page"))?;
        open_session(v, user, &["password"], None).await
    }

    async fn run_setup(v: &Visitor, input: &Setup) -> Result<Option<Uuid>, Fault> {
        let app = v.app();
        limits::take(app, Rule::per_hour("setup", app.config.limits.signups_per_hour), &ip(&v.request)).await?;
        input.validate()?;
        let known = sqlx::query_scalar!("select core.setup_check($1)", sha256_hex(input.token.trim())).fetch_one(app.db.pool()).await?;
        if !known.unwrap_or(false) {
            return Err(Fault::field("token", "is not the token from the server's log"));
        }
        let email = clean_email(&input.email);
        passwords::check("password", &input.password, &email, &input.name)?;
        let hash = passwords::hash(app, &input.password).await?;
        let mut tx = system(v).await?;
        let user = sqlx::query_scalar!("select core.first_admin($1, $2, $3)", email, input.name.trim(), hash).fetch_one(tx.conn()).await?;
        let Some(user) = user else { return Ok(None) };
        create_organization(&mut tx, &input.organization_name, user).await?;
        sqlx::query!("select core.setup_done()").fetch_one(tx.conn()).await?;
        tx.audit(Audit::new("platform.setup").target("user", user).critical()).await?;
        tx.commit().await?;
        Ok(Some(user))
    }

    async fn system(v: &Visitor) -> Result<TenantTx, Fault> {
        let actor = Actor { request: v.request.info().clone(), ..Actor::system(None) };
        TenantTx::begin(v.app(), actor).await
    }

    fn ip(request: &Request) -> String {
        request.info().ip.map(|ip| ip.to_string()).unwrap_or_default()
    }

    async fn create_organization(tx: &mut TenantTx, name: &str, owner: Uuid) -> Result<Uuid, Fault> {
        let org = sqlx::query_scalar!(
            r#"select core.create_organization($1, core.free_org_slug($2), $3) as "id!""#,
            name.trim(),
            slug(name),
            owner
        )
        .fetch_one(tx.conn())
        .await
        // Two organizations of one name at the same moment: the second tries again.
        .on_constraint("organizations_slug_key", || Fault::new(Code::Conflict, "Please try again."))?;
        Ok(org)
    }

    /// Lets a transaction that has just made a person go on in that person's name.
    pub(crate) async fn become_person(tx: &mut TenantTx, user: Uuid) -> Result<(), Fault> {
        sqlx::query!("select set_config('app.current_user_id', $1, true)", user.to_string()).fetch_one(tx.conn()).await?;
        Ok(())
    }

    /// Signs somebody up and mails the link that confirms the address. A known address gets the same answer, and
    /// its owner a mail that says so.
    pub async fn sign_up(v: &Visitor, input: SignUp) -> Result<(), Fault> {
        let kept = [("email", input.email.as_str()), ("name", &input.name), ("organization_name", &input.organization_name)];
        match create(v, &input).await {
            Ok(Some(_)) => Ok(()),
            Ok(None) => mail_owner(v, &clean_email(&input.email)).await,
            Err(fault) => Err(fault.keeping(kept)),
        }
    }

    /// The same for programs: a known address is 409 (seed 002's contract).
    pub async fn sign_up_api(v: &Visitor, input: SignUp) -> Result<Uuid, Fault> {
        match create(v, &input).await? {
            Some(user) => Ok(user),
            None => {
                mail_owner(v, &clean_email(&input.email)).await?;
                Err(Fault::new(Code::Conflict, "This address has an account.").and_field("email", "has an account"))
            }
        }
    }

    async fn create(v: &Visitor, input: &SignUp) -> Result<Option<Uuid>, Fault> {
        let app = v.app();
        if !app.config.identity.signup_open {
            return Err(Fault::new(Code::Forbidden, "Sign-up is closed here. Ask a member for an invitation."));
        }
        input.validate()?;
        let email = clean_email(&input.email);
        passwords::check("password", &input.password, &email, &input.name)?;
        limits::take(app, Rule::per_hour("signup", app.config.limits.signups_per_hour), &ip(&v.request)).await?;
        // Hashed before the address is looked up, so that time does not tell either.
        let hash = passwords::hash(app, &input.password).await?;
        let known =
            sqlx::query_scalar!(r#"select id as "id!" from core.user_for_sign_in($1)"#, email).fetch_optional(app.db.pool()).await?;
        if known.is_some() {
            return Ok(None);
        }
        let mut tx = system(v).await?;
        let made = sqlx::query_scalar!(r#"select core.create_user($1, $2, $3, false) as "id!""#, email, input.name.trim(), hash)
            .fetch_one(tx.conn())
            .await;
        let user = match made {
            // Signed up in another window a moment ago.
            Err(sqlx::Error::Database(error)) if error.constraint() == Some("users_email_key") => {
                return Ok(None);
            }
            other => other?,
        };
        let org = create_organization(&mut tx, &input.organization_name, user).await?;
        become_person(&mut tx, user).await?;
        mail_verification(&mut tx, user, &email, input.name.trim()).await?;
        let meta = serde_json::json!({ "organization": org });
        tx.audit(Audit::new("account.sign_up").target("user", user).meta(meta)).await?;
        tx.commit().await?;
        Ok(Some(user))
    }

    /// A new link for the person this transaction acts for; earlier ones stop working.
    async fn mail_verification(tx: &mut TenantTx, user: Uuid, email: &str, name: &str) -> Result<(), Fault> {
        let link =
            links::make_for(tx, user, Purpose::EmailVerify, serde_json::json!({ "email": email }), Duration::hours(VERIFY_HOURS)).await?;
        let link = links::url(tx.app(), &format!("/verify/{link}"));
        links::mail(tx.conn(), email, Message::Verify { name: name.to_owned(), link, hours: VERIFY_HOURS as u32 }).await
    }

    /// Tells the owner of an address that somebody signed up with it again.
    async fn mail_owner(v: &Visitor, email: &str) -> Result<(), Fault> {
        let Some(user) = find(v.app(), email).await? else {
            return Ok(());
        };
        let mut tx = as_person(v, user.id).await?;
        if user.verified {
            let (login_link, reset_link) = (links::url(v.app(), "/login"), links::url(v.app(), "/forgot"));
            links::mail(tx.conn(), email, Message::KnownEmailSignup { name: user.name, login_link, reset_link }).await?;
        } else {
            // Most likely the same person, whose first mail was lost.
            links::revoke_all(&mut tx, Purpose::EmailVerify).await?;
            mail_verification(&mut tx, user.id, email, &user.name).await?;
        }
        tx.audit(Audit::new("account.sign_up_known").target("user", user.id)).await?;
        tx.commit().await
    }

    struct Found {
        id: Uuid,
        name: String,
        verified: bool,
    }

    async fn find(app: &App, email: &str) -> Result<Option<Found>, Fault> {
        Ok(sqlx::query_as!(
            Found,
            r#"select id as "id!", name as "name!", email_verified as "verified!" from core.user_for_sign_in($1)"#,
            email
        )
        .fetch_optional(app.db.pool())
        .await?)
    }

    /// Sends a new confirmation link, if the address has an account that waits for one. The answer is always the same.
    pub async fn resend(request: &Request, input: Resend) -> Result<(), Fault> {
        let kept = [("email", input.email.as_str())];
        input.validate().map_err(|report| Fault::from(report).keeping(kept))?;
        let (app, email) = (request.app(), clean_email(&input.email));
        limits::take(app, Rule::per_hour("verify.resend", app.config.limits.resets_per_hour), &email)
            .await
            .map_err(|fault| fault.keeping(kept))?;
        let Some(user) = find(app, &email).await?.filter(|user| !user.verified) else {
            return Ok(());
        };
        let actor = Actor { request: request.info().clone(), ..Actor::person(user.id) };
        let mut tx = TenantTx::begin(app, actor).await?;
        links::revoke_all(&mut tx, Purpose::EmailVerify).await?;
        mail_verification(&mut tx, user.id, &email, &user.name).await?;
        tx.commit().await
    }

    /// What the link on `/verify/:t` would do; changes nothing, so that mail scanners may follow it.
    pub async fn link(request: &Request, token: &str) -> Result<LinkInfo, Fault> {
        let link = links::look(request.app(), token).await?;
        let email = link.payload.get("email").and_then(|e| e.as_str()).unwrap_or(&link.email).to_owned();
        let purpose = match link.purpose {
            Purpose::EmailVerify => LinkPurpose::EmailVerify,
            Purpose::EmailChange => LinkPurpose::EmailChange,
            Purpose::PasswordReset => return Err(links::gone("This link belongs elsewhere.")),
        };
        Ok(LinkInfo { email, purpose })
    }

    /// Confirms an address: at sign-up it also signs in; for a change of address it confirms one of the two sides.
    pub async fn verify(v: &Visitor, token: &str) -> Result<Verified, Fault> {
        let link = links::look(v.app(), token).await?;
        match link.purpose {
            Purpose::EmailVerify => {}
            Purpose::EmailChange => return account::confirm_side(v, link).await,
            Purpose::PasswordReset => return Err(links::gone("This link belongs elsewhere.")),
        }
        let mut tx = as_person(v, link.user_id).await?;
        links::consume(&mut tx, &link).await?;
        links::revoke_all(&mut tx, Purpose::EmailVerify).await?;
        let confirmed = sqlx::query!(
            "update core.users set email_verified = true where id = $1 and lower(email) = lower($2)",
            link.user_id,
            link.payload.get("email").and_then(|e| e.as_str()).unwrap_or_default()
        )
        .execute(tx.conn())
        .await?;
        if confirmed.rows_affected() == 0 {
            return Err(links::gone("The address of the account has changed since. Ask for a new link."));
        }
        tx.audit(Audit::new("account.verify_email").target("user", link.user_id)).await?;
        tx.commit().await?;
        let message = "Your address is confirmed.".to_owned();
        // Whoever is signed in here already stays so.
        let here = v.request.session().await?.filter(|session| session.user_id == link.user_id);
        let goto = match here {
            Some(session) => session.organizations.first().map_or_else(|| "/orgs".to_owned(), |org| format!("/o/{}", org.slug)),
            None => open_session(v, link.user_id, &["email_link"], None).await?.goto,
        };
        Ok(Verified { goto, message })
    }
}
