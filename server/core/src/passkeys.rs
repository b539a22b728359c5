//! Passkeys (WebAuthn): a second factor, or the only login. The browser's part is plain JSON text both ways.
use crate::checks;
use chrono::{DateTime, Utc};
use garde::Validate;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// One passkey of the security page.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Passkey {
    pub id: Uuid,
    pub name: String,
    pub created_at: DateTime<Utc>,
    pub last_used_at: Option<DateTime<Utc>>,
}

/// A passkey that was just added. The first second factor of all comes with recovery codes, shown once.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PasskeyAdded {
    pub passkey: Passkey,
    /// Empty unless this is the first second factor.
    pub recovery_codes: Vec<String>,
}

/// What the browser made: `JSON.stringify(credential.toJSON())`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, Validate)]
pub struct PasskeyRegister {
    #[garde(custom(checks::name(100)))]
    pub name: String,
    #[garde(length(min = 2, max = 20000))]
    pub credential: String,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, Validate)]
pub struct PasskeyName {
    #[garde(custom(checks::name(100)))]
    pub name: String,
}

/// What the browser signed: `JSON.stringify(credential.toJSON())`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, Validate)]
pub struct PasskeyAnswer {
    #[garde(length(min = 2, max = 20000))]
    pub credential: String,
    #[serde(default)]
    #[garde(skip)]
    pub redirect_to: Option<String>,
}

#[cfg(feature = "ssr")]
pub use service::*;

#[cfg(feature = "ssr")]
mod service {
    use super::*;
    use crate::{
        lockout, mfa, reauth,
        session_store::{self, Visitor},
        signin::{self, SignedIn, as_person},
        signin_finish::{finish, person},
    };
    use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
    use kernel::{Code, Fault, app::App, audit::Audit, db::TenantTx, fault::OnConstraint};
    use serde::de::DeserializeOwned;
    use sqlx::types::Json;
    use tower_sessions::Session;
    use url::Url;
    use webauthn_rs::prelude::{
        AuthenticationResult, DiscoverableAuthentication, Passkey as Credential, PasskeyAuthentication, PasskeyRegistration,
        PublicKeyCredential, RegisterPublicKeyCredential, Webauthn, WebauthnBuilder, WebauthnError,
    };

    const REGISTER: &str = "passkey_register";
    const SIGN_IN: &str = "passkey_sign_in";
    const SECOND: &str = "passkey_second";
    const REAUTH: &str = "passkey_reauth";
    /// Nobody has more devices than this.
    const MOST: i64 = 20;

    /// Passkeys belong to the host of the public address.
    fn webauthn(app: &App) -> Result<Webauthn, Fault> {
        let failed =
            || Fault::new(Code::Unavailable, "Passkeys need the address of this installation to be a host name (http.public_url).");
        let origin = Url::parse(&app.config.public_url(app.config.http.port)).map_err(|_| failed())?;
        let host = origin.domain().ok_or_else(failed)?.to_owned();
        let builder = WebauthnBuilder::new(&host, &origin).map_err(|_| failed())?;
        // On this machine the port is whichever was free.
        builder.rp_name("Millrace").allow_any_port(host == "localhost").build().map_err(|_| failed())
    }

    fn refused(error: WebauthnError) -> Fault {
        tracing::info!(%error, "a passkey was refused");
        Fault::new(Code::InvalidCredentials, "This passkey was not accepted. Try again, or use another way.")
    }

    fn parse<T: DeserializeOwned>(credential: &str) -> Result<T, Fault> {
        serde_json::from_str(credential).map_err(|_| Fault::new(Code::BadRequest, "The answer of the browser was not understood."))
    }

    fn json(value: &impl Serialize) -> Result<String, Fault> {
        serde_json::to_string(value).map_err(|_| Fault::internal())
    }

    async fn keep(cookie: &Session, key: &str, state: &impl Serialize) -> Result<(), Fault> {
        cookie.insert(key, state).await.map_err(session_store::store_fault)?;
        cookie.save().await.map_err(session_store::store_fault)
    }

    /// A challenge is answered once.
    async fn take<T: DeserializeOwned>(cookie: &Session, key: &str) -> Result<T, Fault> {
        let missing = || Fault::new(Code::BadRequest, "This took too long, or was answered already. Start again.");
        if cookie.id().is_none() {
            return Err(missing());
        }
        let state: Option<T> = cookie.remove(key).await.map_err(session_store::store_fault)?;
        cookie.save().await.map_err(session_store::store_fault)?;
        state.ok_or_else(missing)
    }

    /// The passkeys of the acting person.
    pub async fn list(tx: &mut TenantTx) -> Result<Vec<Passkey>, Fault> {
        let user = tx.actor().user()?;
        Ok(sqlx::query_as!(
            Passkey,
            "select id, name, created_at, last_used_at from core.passkeys where user_id = $1 order by created_at, id limit 100",
            user
        )
        .fetch_all(tx.conn())
        .await?)
    }

    async fn credentials(tx: &mut TenantTx) -> Result<Vec<Credential>, Fault> {
        let user = tx.actor().user()?;
        let rows =
            sqlx::query_scalar!(r#"select credential as "credential: Json<Credential>" from core.passkeys where user_id = $1"#, user)
                .fetch_all(tx.conn())
                .await?;
        Ok(rows.into_iter().map(|row| row.0).collect())
    }

    /// Begins to add a passkey: the options for `navigator.credentials.create`.
    pub async fn register_begin(tx: &mut TenantTx, cookie: &Session) -> Result<String, Fault> {
        tx.require_reauth()?;
        let user = tx.actor().user()?;
        let person = sqlx::query!("select email, name from core.users where id = $1", user).fetch_one(tx.conn()).await?;
        let known = credentials(tx).await?.iter().map(|c| c.cred_id().clone()).collect();
        let (options, state) =
            webauthn(tx.app())?.start_passkey_registration(user, &person.email, &person.name, Some(known)).map_err(refused)?;
        keep(cookie, REGISTER, &state).await?;
        // Discoverable, so that it can be the only login.
        let mut options = serde_json::to_value(&options).map_err(|_| Fault::internal())?;
        let selection = &mut options["publicKey"]["authenticatorSelection"];
        selection["residentKey"] = "required".into();
        selection["requireResidentKey"] = true.into();
        json(&options)
    }

    /// Adds the passkey that the browser made.
    pub async fn register_finish(tx: &mut TenantTx, cookie: &Session, input: PasskeyRegister) -> Result<PasskeyAdded, Fault> {
        input.validate()?;
        tx.require_reauth()?;
        let (user, now) = (tx.actor().user()?, tx.now());
        let state: PasskeyRegistration = take(cookie, REGISTER).await?;
        let answer: RegisterPublicKeyCredential = parse(&input.credential)?;
        let credential = webauthn(tx.app())?.finish_passkey_registration(&answer, &state).map_err(refused)?;
        let id = BASE64_URL_SAFE_NO_PAD.encode(credential.cred_id());
        let added = sqlx::query_as!(
            Passkey,
            "insert into core.passkeys (user_id, name, credential_id, credential, created_at)
             select $1, $2, $3, $4, $5 where (select count(*) from core.passkeys where user_id = $1) < $6
             returning id, name, created_at, last_used_at",
            user,
            input.name.trim(),
            id,
            Json(&credential) as _,
            now,
            MOST
        )
        .fetch_optional(tx.conn())
        .await
        .on_constraint("passkeys_credential_id_key", || Fault::new(Code::Conflict, "This passkey is known already."))?;
        let passkey = added.ok_or_else(|| Fault::new(Code::Conflict, format!("You can have up to {MOST} passkeys.")))?;
        let codes = mfa::first_codes(tx, user).await?;
        if let Some(session) = tx.actor().session {
            sqlx::query!("update core.sessions set mfa_at = $2 where id = $1", session, now).execute(tx.conn()).await?;
            session_store::rotate_signed_in(tx, cookie).await?;
        }
        tx.audit(Audit::new("passkey.add").target("passkey", passkey.id).warning()).await?;
        Ok(PasskeyAdded { passkey, recovery_codes: codes.map(|c| c.codes).unwrap_or_default() })
    }

    /// Gives a passkey another name.
    pub async fn rename(tx: &mut TenantTx, id: Uuid, input: PasskeyName) -> Result<Passkey, Fault> {
        input.validate()?;
        let user = tx.actor().user()?;
        sqlx::query_as!(
            Passkey,
            "update core.passkeys set name = $3 where id = $1 and user_id = $2 returning id, name, created_at, last_used_at",
            id,
            user,
            input.name.trim()
        )
        .fetch_optional(tx.conn())
        .await?
        .ok_or_else(|| Fault::not_found("The passkey"))
    }

    /// Removes a passkey; never the last way to sign in, nor a second factor that an organization asks for.
    pub async fn remove(tx: &mut TenantTx, id: Uuid) -> Result<(), Fault> {
        tx.require_reauth()?;
        let user = tx.actor().user()?;
        let gone = sqlx::query!("delete from core.passkeys where id = $1 and user_id = $2", id, user).execute(tx.conn()).await?;
        if gone.rows_affected() == 0 {
            return Err(Fault::not_found("The passkey"));
        }
        reauth::keep_a_way_in(tx).await?;
        mfa::removed(tx, user).await?;
        tx.audit(Audit::new("passkey.remove").target("passkey", id).warning()).await
    }

    /// Begins a sign-in with nothing but a passkey: the options for `navigator.credentials.get`. They ask for
    /// conditional mediation; a button leaves `mediation` out.
    pub async fn signin_begin(v: &Visitor) -> Result<String, Fault> {
        let (options, state) = webauthn(v.app())?.start_discoverable_authentication().map_err(refused)?;
        keep(&v.cookie, SIGN_IN, &state).await?;
        json(&options)
    }

    /// Signs in with a passkey alone: it is two factors by itself.
    pub async fn signin_finish(v: &Visitor, input: PasskeyAnswer) -> Result<SignedIn, Fault> {
        input.validate()?;
        lockout::check_ip(&v.request).await?;
        let state: DiscoverableAuthentication = take(&v.cookie, SIGN_IN).await?;
        let answer: PublicKeyCredential = parse(&input.credential)?;
        let webauthn = webauthn(v.app())?;
        let (claimed, id) = webauthn.identify_discoverable_authentication(&answer).map_err(refused)?;
        let found = sqlx::query!(
            r#"select user_id as "user_id!", credential_json as "credential!: Json<Credential>" from core.passkey_owner($1)"#,
            BASE64_URL_SAFE_NO_PAD.encode(id)
        )
        .fetch_optional(v.app().db.pool())
        .await?
        .filter(|row| row.user_id == claimed);
        let Some(row) = found else {
            lockout::count_for_ip(&v.request).await;
            return Err(refused(WebauthnError::CredentialNotFound));
        };
        let result = webauthn.finish_discoverable_authentication_v2(&answer, state, &row.credential.0);
        let result = match result {
            Ok(result) => result,
            Err(error) => {
                lockout::count_for_ip(&v.request).await;
                return Err(refused(error));
            }
        };
        let mut tx = as_person(v, row.user_id).await?;
        used(&mut tx, &result).await?;
        tx.commit().await?;
        let found = person(v.app(), row.user_id).await?;
        finish(v, found.person, &["passkey"], true, input.redirect_to.as_deref()).await
    }

    /// Notes a use: the counter must grow, else the passkey may be a copy.
    async fn used(tx: &mut TenantTx, result: &AuthenticationResult) -> Result<(), Fault> {
        let (now, id) = (tx.now(), BASE64_URL_SAFE_NO_PAD.encode(result.cred_id()));
        let row = sqlx::query!(
            r#"select id, credential as "credential: Json<Credential>" from core.passkeys where credential_id = $1 for update"#,
            id
        )
        .fetch_optional(tx.conn())
        .await?
        .ok_or_else(|| refused(WebauthnError::CredentialNotFound))?;
        let mut credential = row.credential.0;
        credential.update_credential(result);
        sqlx::query!("update core.passkeys set last_used_at = $2, credential = $3 where id = $1", row.id, now, Json(&credential) as _)
            .execute(tx.conn())
            .await?;
        Ok(())
    }

    async fn challenge(tx: &mut TenantTx, cookie: &Session, key: &str) -> Result<String, Fault> {
        let known = credentials(tx).await?;
        if known.is_empty() {
            return Err(Fault::new(Code::InvalidTransition, "You have no passkey."));
        }
        let (options, state) = webauthn(tx.app())?.start_passkey_authentication(&known).map_err(refused)?;
        keep(cookie, key, &state).await?;
        json(&options)
    }

    async fn answer(tx: &mut TenantTx, state: &PasskeyAuthentication, credential: &str) -> Result<(), Fault> {
        let signed: PublicKeyCredential = parse(credential)?;
        let result = webauthn(tx.app())?.finish_passkey_authentication(&signed, state).map_err(refused)?;
        used(tx, &result).await
    }

    /// Begins the second factor by passkey.
    pub async fn mfa_begin(v: &Visitor) -> Result<String, Fault> {
        let note = signin::require_note(v).await?;
        let mut tx = as_person(v, note.user).await?;
        challenge(&mut tx, &v.cookie, SECOND).await
    }

    /// The second factor by passkey.
    pub async fn mfa_finish(v: &Visitor, input: PasskeyAnswer) -> Result<SignedIn, Fault> {
        input.validate()?;
        let note = signin::require_note(v).await?;
        let state: PasskeyAuthentication = take(&v.cookie, SECOND).await?;
        let mut tx = as_person(v, note.user).await?;
        if let Err(fault) = answer(&mut tx, &state, &input.credential).await {
            drop(tx);
            return Err(match fault.code {
                Code::InvalidCredentials => signin::wrong_code(v, note).await?,
                _ => fault,
            });
        }
        tx.commit().await?;
        signin::answered(v, note, "passkey").await
    }

    /// Begins to prove identity by passkey.
    pub async fn reauth_begin(tx: &mut TenantTx, cookie: &Session) -> Result<String, Fault> {
        challenge(tx, cookie, REAUTH).await
    }

    /// Proves identity by passkey.
    pub async fn reauth_finish(tx: &mut TenantTx, cookie: &Session, input: PasskeyAnswer) -> Result<(), Fault> {
        input.validate()?;
        let state: PasskeyAuthentication = take(cookie, REAUTH).await?;
        answer(tx, &state, &input.credential).await?;
        reauth::proven(tx, "passkey").await
    }
}
