//! The second factor: codes of an authenticator app (RFC 6238) and recovery codes.
use chrono::{DateTime, Utc};
use garde::Validate;
use serde::{Deserialize, Serialize};
use std::fmt;

/// How many recovery codes there are, each good once.
pub const RECOVERY_CODES: usize = 10;

/// What of the second factor is set up.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct MfaStatus {
    pub totp: bool,
    pub totp_since: Option<DateTime<Utc>>,
    pub recovery_codes_left: i64,
    pub passkeys: i64,
    /// Names of the organizations that ask for a second factor.
    pub required_by: Vec<String>,
}

/// What an authenticator app is set up with.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct TotpSetup {
    /// Base32 in groups of four, to type.
    pub secret: String,
    /// `otpauth://totp/..`
    pub uri: String,
    /// The same as a picture: `<svg ..>`.
    pub qr_svg: String,
}

/// The first code of the app shows that it was set up right.
#[derive(Clone, Default, PartialEq, Serialize, Deserialize, Validate)]
pub struct TotpConfirm {
    #[garde(length(chars, min = 6, max = 10))]
    pub code: String,
}

/// Shown once, kept only as hashes.
#[derive(Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct RecoveryCodes {
    pub codes: Vec<String>,
}

impl fmt::Debug for TotpSetup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TotpSetup(***)")
    }
}

impl fmt::Debug for TotpConfirm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TotpConfirm(***)")
    }
}

impl fmt::Debug for RecoveryCodes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RecoveryCodes({} of them)", self.codes.len())
    }
}

#[cfg(feature = "ssr")]
pub use service::*;

#[cfg(feature = "ssr")]
mod service {
    use super::*;
    use crate::session_store;
    use kernel::{Code, Fault, audit::Audit, db::TenantTx, ids, keys::aad};
    use qrcode::{QrCode, render::svg};
    use totp_rs::{Builder, Secret, Totp};
    use tower_sessions::Session;
    use uuid::Uuid;

    const STEP_SECONDS: u64 = 30;

    fn secret_aad(user: Uuid) -> String {
        aad("core.mfa_factors", user, "totp")
    }

    /// SHA-1, 6 digits, 30 seconds, steps -1..+1: what every app can do.
    pub(crate) fn totp(secret: &[u8]) -> Result<Totp, Fault> {
        let built = Builder::new().with_secret(secret.to_vec()).with_skew(1).with_step_duration(STEP_SECONDS).with_digits(6).build();
        built.map_err(|error| {
            tracing::error!(%error, "a TOTP secret cannot be used");
            Fault::internal()
        })
    }

    /// The step whose code this is, if it is later than the last one used.
    pub(crate) fn matching_step(totp: &Totp, code: &str, now: DateTime<Utc>, last_used: Option<i64>) -> Option<i64> {
        let seconds = u64::try_from(now.timestamp()).ok()?;
        let step = i64::try_from(totp.check(code, seconds)?).ok()?;
        last_used.is_none_or(|last| step > last).then_some(step)
    }

    /// What of the second factor is set up.
    pub async fn status(tx: &mut TenantTx) -> Result<MfaStatus, Fault> {
        let user = tx.actor().user()?;
        let row = sqlx::query!(
            r#"select (select confirmed_at from core.mfa_factors where user_id = $1 and confirmed_at is not null) as since,
                 (select count(*) from core.mfa_recovery_codes where user_id = $1 and used_at is null) as "codes!",
                 (select count(*) from core.passkeys where user_id = $1) as "passkeys!""#,
            user
        )
        .fetch_one(tx.conn())
        .await?;
        Ok(MfaStatus {
            totp: row.since.is_some(),
            totp_since: row.since,
            recovery_codes_left: row.codes,
            passkeys: row.passkeys,
            required_by: required_by(tx, user).await?,
        })
    }

    async fn required_by(tx: &mut TenantTx, user: Uuid) -> Result<Vec<String>, Fault> {
        Ok(sqlx::query_scalar!(
            "select o.name from core.memberships m join core.organizations o on o.id = m.org_id
             where m.user_id = $1 and o.deleted_at is null and o.settings -> 'mfa_required' = 'true' order by o.name",
            user
        )
        .fetch_all(tx.conn())
        .await?)
    }

    /// Begins to set up an app; nothing counts until its first code is confirmed.
    pub async fn totp_begin(tx: &mut TenantTx) -> Result<TotpSetup, Fault> {
        tx.require_reauth()?;
        let user = tx.actor().user()?;
        let person = sqlx::query!("select email from core.users where id = $1", user).fetch_one(tx.conn()).await?;
        let secret: [u8; 20] = rand::random();
        let base32 = Secret::from(secret).to_base32();
        let sealed = tx.app().keys.seal_text(&secret_aad(user), &base32)?;
        sqlx::query!("delete from core.mfa_factors where user_id = $1 and confirmed_at is null", user).execute(tx.conn()).await?;
        sqlx::query!("insert into core.mfa_factors (user_id, kind, secret_sealed) values ($1, 'totp', $2)", user, sealed)
            .execute(tx.conn())
            .await?;
        setup(&base32, &person.email)
    }

    fn setup(base32: &str, email: &str) -> Result<TotpSetup, Fault> {
        let account: String = url::form_urlencoded::byte_serialize(email.as_bytes()).collect();
        let uri = format!("otpauth://totp/Millrace:{account}?secret={base32}&issuer=Millrace&algorithm=SHA1&digits=6&period=30");
        let qr_svg = QrCode::new(uri.as_bytes())
            .map_err(|error| {
                tracing::error!(%error, "a QR code could not be drawn");
                Fault::internal()
            })?
            .render::<svg::Color<'_>>()
            .min_dimensions(192, 192)
            // Readable on a dark page too: its own light ground and quiet zone.
            .dark_color(svg::Color("#000000"))
            .light_color(svg::Color("#ffffff"))
            .build();
        let qr_svg = qr_svg.trim_start_matches("<?xml version=\"1.0\" standalone=\"yes\"?>").to_owned();
        let groups: Vec<&str> = base32.as_bytes().chunks(4).filter_map(|group| std::str::from_utf8(group).ok()).collect();
        Ok(TotpSetup { secret: groups.join(" "), uri, qr_svg })
    }

    /// Confirms the app with its first code. The recovery codes are shown this once.
    pub async fn totp_confirm(tx: &mut TenantTx, cookie: &Session, input: TotpConfirm) -> Result<RecoveryCodes, Fault> {
        input.validate()?;
        let (user, now) = (tx.actor().user()?, tx.now());
        let factor = sqlx::query!(
            "select id, secret_sealed from core.mfa_factors where user_id = $1 and confirmed_at is null order by created_at desc limit 1 for update",
            user
        )
        .fetch_optional(tx.conn())
        .await?
        .ok_or_else(|| Fault::new(Code::InvalidTransition, "Start the set-up of the app again."))?;
        let totp = open(tx, user, &factor.secret_sealed)?;
        let step = matching_step(&totp, &plain(&input.code), now, None)
            .ok_or_else(|| Fault::field("code", "is not the code the app shows now"))?;
        // A new app takes the place of the one before.
        sqlx::query!("delete from core.mfa_factors where user_id = $1 and confirmed_at is not null", user).execute(tx.conn()).await?;
        sqlx::query!("update core.mfa_factors set confirmed_at = $2, last_used_step = $3 where id = $1", factor.id, now, step)
            .execute(tx.conn())
            .await?;
        let codes = new_codes(tx, user).await?;
        if tx.actor().session.is_some() {
            session_store::rotate_signed_in(tx, cookie).await?;
        }
        if let Some(session) = tx.actor().session {
            sqlx::query!("update core.sessions set mfa_at = $2 where id = $1", session, now).execute(tx.conn()).await?;
        }
        tx.audit(Audit::new("mfa.enable").target("user", user).warning()).await?;
        Ok(codes)
    }

    /// Takes the app back. Not while an organization asks for a second factor and no passkey is left.
    pub async fn totp_disable(tx: &mut TenantTx) -> Result<(), Fault> {
        tx.require_reauth()?;
        let user = tx.actor().user()?;
        let gone =
            sqlx::query!("delete from core.mfa_factors where user_id = $1 and confirmed_at is not null", user).execute(tx.conn()).await?;
        if gone.rows_affected() == 0 {
            return Err(Fault::new(Code::InvalidTransition, "No authenticator app is set up."));
        }
        removed(tx, user).await?;
        tx.audit(Audit::new("mfa.disable").target("user", user).warning()).await
    }

    /// After a factor went: refuses when it was needed, drops recovery codes that recover nothing.
    pub(crate) async fn removed(tx: &mut TenantTx, user: Uuid) -> Result<(), Fault> {
        let left = sqlx::query_scalar!(
            r#"select (exists (select from core.mfa_factors where user_id = $1 and confirmed_at is not null)
                 or exists (select from core.passkeys where user_id = $1)) as "left!""#,
            user
        )
        .fetch_one(tx.conn())
        .await?;
        if left {
            return Ok(());
        }
        if let Some(org) = required_by(tx, user).await?.first() {
            return Err(Fault::new(Code::Conflict, format!("{org} asks for a second factor. Set up another one first.")));
        }
        sqlx::query!("delete from core.mfa_recovery_codes where user_id = $1", user).execute(tx.conn()).await?;
        Ok(())
    }

    /// Ten new recovery codes; the old ones stop working.
    pub async fn regenerate_recovery_codes(tx: &mut TenantTx) -> Result<RecoveryCodes, Fault> {
        tx.require_reauth()?;
        let user = tx.actor().user()?;
        let status = status(tx).await?;
        if !status.totp && status.passkeys == 0 {
            return Err(Fault::new(Code::InvalidTransition, "Recovery codes stand in for a second factor. Set one up first."));
        }
        let codes = new_codes(tx, user).await?;
        tx.audit(Audit::new("mfa.recovery_codes").target("user", user).warning()).await?;
        Ok(codes)
    }

    /// Codes for the first factor of all; `None` when there are some already.
    pub(crate) async fn first_codes(tx: &mut TenantTx, user: Uuid) -> Result<Option<RecoveryCodes>, Fault> {
        let any = sqlx::query_scalar!(r#"select exists (select from core.mfa_recovery_codes where user_id = $1) as "any!""#, user)
            .fetch_one(tx.conn())
            .await?;
        if any { Ok(None) } else { Ok(Some(new_codes(tx, user).await?)) }
    }

    async fn new_codes(tx: &mut TenantTx, user: Uuid) -> Result<RecoveryCodes, Fault> {
        let codes: Vec<String> = (0..RECOVERY_CODES).map(|_| ids::random_text(ids::BASE32, 10)).collect();
        let hashes: Vec<String> = codes.iter().map(|code| hash(tx, user, code)).collect();
        sqlx::query!("delete from core.mfa_recovery_codes where user_id = $1", user).execute(tx.conn()).await?;
        sqlx::query!("insert into core.mfa_recovery_codes (user_id, code_hash) select $1, unnest($2::text[])", user, &hashes)
            .execute(tx.conn())
            .await?;
        Ok(RecoveryCodes { codes })
    }

    /// The person is part of what is hashed: the same code of two people has two hashes.
    fn hash(tx: &TenantTx, user: Uuid, code: &str) -> String {
        ids::hmac_hex(&tx.app().pepper, format!("recovery|{user}|{code}"))
    }

    fn open(tx: &TenantTx, user: Uuid, sealed: &str) -> Result<Totp, Fault> {
        let base32 = tx.app().keys.open_text(&secret_aad(user), sealed)?;
        let secret = Secret::try_from_base32(base32.as_str()).map_err(|_| Fault::internal())?;
        totp(secret.as_ref())
    }

    /// Codes are typed with spaces and dashes, and in either case.
    fn plain(code: &str) -> String {
        code.chars().filter(|c| c.is_ascii_alphanumeric()).collect::<String>().to_ascii_uppercase()
    }

    /// Takes a code as second factor and uses it up; answers which kind it was.
    pub(crate) async fn accept_code(tx: &mut TenantTx, code: &str) -> Result<Option<&'static str>, Fault> {
        let code = plain(code);
        if code.len() == 6 && code.bytes().all(|b| b.is_ascii_digit()) {
            return Ok(accept_totp(tx, &code).await?.then_some("totp"));
        }
        let (user, now) = (tx.actor().user()?, tx.now());
        let used = sqlx::query!(
            "update core.mfa_recovery_codes set used_at = $3 where user_id = $1 and code_hash = $2 and used_at is null",
            user,
            hash(tx, user, &code),
            now
        )
        .execute(tx.conn())
        .await?;
        if used.rows_affected() == 0 {
            return Ok(None);
        }
        tx.audit(Audit::new("mfa.recovery_code_used").target("user", user).warning()).await?;
        Ok(Some("recovery_code"))
    }

    /// Takes a code of the app; its step and all before it are used up.
    pub(crate) async fn accept_totp(tx: &mut TenantTx, code: &str) -> Result<bool, Fault> {
        let (user, now) = (tx.actor().user()?, tx.now());
        let factor = sqlx::query!(
            "select id, secret_sealed, last_used_step from core.mfa_factors where user_id = $1 and confirmed_at is not null for update",
            user
        )
        .fetch_optional(tx.conn())
        .await?;
        let Some(factor) = factor else {
            return Ok(false);
        };
        let totp = open(tx, user, &factor.secret_sealed)?;
        let Some(step) = matching_step(&totp, &plain(code), now, factor.last_used_step) else {
            return Ok(false);
        };
        sqlx::query!("update core.mfa_factors set last_used_step = $2 where id = $1", factor.id, step).execute(tx.conn()).await?;
        Ok(true)
    }

    #[cfg(test)]
    mod tests {
        use super::*;

        #[test]
        fn a10_05_totp_vectors_pass_and_a_repeat_is_refused() {
            let secret = Secret::try_from_base32("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ").unwrap();
            let totp = totp(secret.as_ref()).unwrap();
            let at = |seconds| DateTime::from_timestamp(seconds, 0).unwrap();
            assert_eq!(matching_step(&totp, "287082", at(59), None), Some(1));
            assert_eq!(matching_step(&totp, "081804", at(1_111_111_109), None), Some(37_037_036));
            assert_eq!(matching_step(&totp, "287082", at(59), Some(1)), None, "a repeat");
            // One step early or late, not two.
            assert_eq!(matching_step(&totp, "287082", at(59 + 30), None), Some(1));
            assert_eq!(matching_step(&totp, "287082", at(59 - 30), None), Some(1));
            assert_eq!(matching_step(&totp, "287082", at(59 + 60), None), None);
            assert_eq!(matching_step(&totp, "287083", at(59), None), None);
        }

        #[test]
        fn the_setup_can_be_scanned_and_typed() {
            let setup = setup("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ", "ada@a.io").unwrap();
            assert!(setup.uri.starts_with("otpauth://totp/Millrace:ada%40a.io?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Millrace"));
            assert!(setup.qr_svg.starts_with("<svg"), "{}", &setup.qr_svg[..40]);
            assert_eq!(setup.secret, "GEZD GNBV GY3T QOJQ GEZD GNBV GY3T QOJQ");
        }
    }
}
