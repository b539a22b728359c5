//! Personal tokens: `upat_..`, acting as a person with scopes, in the organization that `X-Organization` names.
#[cfg(feature = "ssr")]
pub use service::*;

#[cfg(feature = "ssr")]
mod service {
    use crate::api_keys::{ApiKey, CreatedKey, KeyState, Made, NewApiKey, check_expiry, networks};
    use garde::Validate;
    use kernel::{Code, Fault, Perm, audit::Audit, db::TenantTx};
    use serde_json::json;
    use uuid::Uuid;

    /// A person's own pages; a token may not make further tokens.
    fn own(tx: &TenantTx) -> Result<Uuid, Fault> {
        tx.require(Perm::SelfManage)?;
        tx.actor().user()
    }

    /// Makes a token of the acting person.
    pub async fn create(tx: &mut TenantTx, input: &NewApiKey) -> Result<CreatedKey, Fault> {
        let user = own(tx)?;
        input.validate()?;
        check_expiry(tx, input.expires_at)?;
        let active = sqlx::query_scalar!(r#"select count(*) as "n!" from core.api_tokens where user_id = $1 and revoked_at is null"#, user)
            .fetch_one(tx.conn())
            .await?;
        if active >= 100 {
            return Err(Fault::new(Code::Conflict, "You have 100 tokens. Revoke those you do not use."));
        }
        let made = Made::new(&tx.app().pepper, "upat");
        let now = tx.now();
        let id = sqlx::query_scalar!(
            "insert into core.api_tokens (user_id, name, token_prefix, token_hash, scopes, expires_at, rate_limit_per_min, ip_allow, created_at)
             values ($1, $2, $3, $4, $5, $6, $7, $8::text[]::cidr[], $9) returning id",
            user,
            input.name.trim(),
            made.prefix,
            made.hash,
            json!(input.scopes),
            input.expires_at,
            input.rate_limit_per_min.unwrap_or(200) as i32,
            &networks(&input.allowed_ips),
            now
        )
        .fetch_one(tx.conn())
        .await?;
        let meta = json!({ "scopes": input.scopes, "expires_at": input.expires_at });
        tx.audit(Audit::new("api_token.create").target("api_token", id).meta(meta)).await?;
        let key = list(tx).await?.into_iter().find(|key| key.id == id).ok_or_else(Fault::internal)?;
        Ok(CreatedKey { key, secret: made.secret })
    }

    /// The tokens of the acting person, the newest first; those revoked more than 90 days ago are left out.
    pub async fn list(tx: &mut TenantTx) -> Result<Vec<ApiKey>, Fault> {
        let user = own(tx)?;
        let now = tx.now();
        let rows = sqlx::query!(
            r#"select id, name, token_prefix, array(select jsonb_array_elements_text(scopes)) as "scopes!", created_at, last_used_at, expires_at,
                      revoked_at, rate_limit_per_min, ip_allow::text[] as "ip_allow!"
               from core.api_tokens
               where user_id = $1 and (revoked_at is null or revoked_at > $2::timestamptz - interval '90 days')
               order by created_at desc, id desc limit 500"#,
            user,
            now
        )
        .fetch_all(tx.conn())
        .await?;
        let tokens = rows.into_iter().map(|row| ApiKey {
            id: row.id,
            name: row.name,
            prefix: format!("upat_{}", row.token_prefix),
            scopes: row.scopes,
            project_id: None,
            created_by: None,
            created_at: row.created_at,
            last_used_at: row.last_used_at,
            expires_at: row.expires_at,
            revoked_at: row.revoked_at,
            rate_limit_per_min: row.rate_limit_per_min,
            allowed_ips: row.ip_allow,
            state: KeyState::of(now, row.created_at, row.last_used_at, row.expires_at, row.revoked_at.is_some()),
        });
        Ok(tokens.collect())
    }

    /// Ends a token: its next call is refused.
    pub async fn revoke(tx: &mut TenantTx, id: Uuid) -> Result<(), Fault> {
        let user = own(tx)?;
        let now = tx.now();
        let revoked =
            sqlx::query!("update core.api_tokens set revoked_at = coalesce(revoked_at, $3) where id = $1 and user_id = $2", id, user, now)
                .execute(tx.conn())
                .await?;
        if revoked.rows_affected() == 0 {
            return Err(Fault::not_found("The token"));
        }
        tx.audit(Audit::new("api_token.revoke").target("api_token", id)).await
    }
}
