//! Making, listing and editing organizations.
use super::{NewOrganization, OrgEdit, OrgListed, OrgProfile, OrgSecurityEdit, OrgSettings};
use garde::Validate;
use kernel::{Code, Fault, Perm, access::Role, audit::Audit, db::TenantTx, fault::OnConstraint, ids};
use serde_json::json;
use sqlx::PgConnection;
use uuid::Uuid;

/// Makes an organization; the acting person owns it.
pub async fn create(tx: &mut TenantTx, input: &NewOrganization) -> Result<OrgListed, Fault> {
    tx.require(Perm::SelfManage)?;
    input.validate()?;
    let user = tx.actor().user()?;
    if tx.actor().scopes.is_some() {
        return Err(Fault::new(Code::Forbidden, "Keys cannot create organizations."));
    }
    let slug = (!input.slug.is_empty()).then_some(input.slug.as_str());
    let (id, _) = create_for(tx.conn(), user, input.name.trim(), slug).await?;
    // The line belongs to the log of the new organization, which this transaction does not stand in.
    tx.audit(Audit::new("organization.create").target("organization", id)).await?;
    let mine = mine(tx).await?;
    mine.into_iter().find(|org| org.id == id).ok_or_else(Fault::internal)
}

/// Makes an organization for a person, for sign-up and set-up: with the slug asked for, or a free one made from the name.
pub async fn create_for(conn: &mut PgConnection, user: Uuid, name: &str, slug: Option<&str>) -> Result<(Uuid, String), Fault> {
    let slug = match slug {
        Some(slug) => slug.to_owned(),
        None => sqlx::query_scalar!(r#"select core.free_org_slug($1) as "slug!""#, ids::slug(name)).fetch_one(&mut *conn).await?,
    };
    let id = sqlx::query_scalar!(r#"select core.create_organization($1, $2, $3) as "id!""#, name, slug, user)
        .fetch_one(conn)
        .await
        .on_constraint("organizations_slug_key", || Fault::field("slug", "This address is taken. Choose another one."))?;
    Ok((id, slug))
}

/// The organizations of the acting person, by name.
pub async fn mine(tx: &mut TenantTx) -> Result<Vec<OrgListed>, Fault> {
    Ok(sqlx::query_as!(
        OrgListed,
        r#"select id as "id!", slug as "slug!", name as "name!", logo_url, role as "role!: Role", members as "members!",
                  suspended as "suspended!"
           from core.my_organizations()"#
    )
    .fetch_all(tx.conn())
    .await?)
}

/// The organization of the page with its settings.
pub async fn get(tx: &mut TenantTx) -> Result<OrgProfile, Fault> {
    tx.require(Perm::OrgRead)?;
    read(tx).await
}

pub(super) async fn read(tx: &mut TenantTx) -> Result<OrgProfile, Fault> {
    let org = tx.actor().org()?;
    let row = sqlx::query!(
        r#"select o.id, o.xmin::text as "rev!", o.name, o.slug, o.logo_url, o.plan, o.settings, o.created_at,
                  (select count(*) from core.memberships m where m.org_id = o.id) as "members!"
           from core.organizations o where o.id = $1 and o.deleted_at is null"#,
        org
    )
    .fetch_optional(tx.conn())
    .await?
    .ok_or_else(|| Fault::not_found("The organization"))?;
    Ok(OrgProfile {
        id: row.id,
        rev: row.rev,
        name: row.name,
        slug: row.slug,
        logo_url: row.logo_url,
        plan: row.plan,
        settings: settings(row.settings),
        members: row.members,
        created_at: row.created_at,
    })
}

/// The settings of an organization; what an older version wrote in another shape falls back to the default.
fn settings(stored: serde_json::Value) -> OrgSettings {
    serde_json::from_value(stored).unwrap_or_else(|error| {
        tracing::warn!(%error, "the settings of an organization cannot be read");
        OrgSettings::default()
    })
}

/// The settings of the organization of the transaction.
pub(crate) async fn settings_of(tx: &mut TenantTx) -> Result<OrgSettings, Fault> {
    let org = tx.actor().org()?;
    let stored = sqlx::query_scalar!("select settings from core.organizations where id = $1 and deleted_at is null", org)
        .fetch_optional(tx.conn())
        .await?
        .ok_or_else(|| Fault::not_found("The organization"))?;
    Ok(settings(stored))
}

/// Saves name, address, logo and general settings; 409 `stale` carries the present profile.
pub async fn save(tx: &mut TenantTx, input: &OrgEdit) -> Result<OrgProfile, Fault> {
    tx.require(Perm::OrgEdit)?;
    input.validate()?;
    check_zone(tx, &input.timezone).await?;
    let before = read(tx).await?;
    let patch = json!({
        "timezone": input.timezone,
        "sharing": input.sharing,
        "seat_limit": input.seat_limit,
        "allowed_email_domains": input.allowed_email_domains.iter().map(|d| d.to_lowercase()).collect::<Vec<_>>(),
        "member_grants": input.member_grants,
    });
    let logo = Some(input.logo_url.trim()).filter(|url| !url.is_empty());
    let saved = sqlx::query!(
        "update core.organizations set name = $3, slug = $4, logo_url = $5, settings = settings || $6
         where id = $1 and xmin::text = $2 and deleted_at is null",
        before.id,
        input.rev,
        input.name.trim(),
        input.slug,
        logo,
        patch
    )
    .execute(tx.conn())
    .await
    .on_constraint("organizations_slug_key", || Fault::field("slug", "This address is taken. Choose another one."))?;
    finish(tx, saved.rows_affected(), before, "organization.update").await
}

/// Saves what only owners decide: second factor for all, longest session.
pub async fn save_security(tx: &mut TenantTx, input: &OrgSecurityEdit) -> Result<OrgProfile, Fault> {
    tx.require(Perm::OrgSecurity)?;
    input.validate()?;
    tx.require_reauth()?;
    let before = read(tx).await?;
    let patch = json!({ "mfa_required": input.mfa_required, "session_max_days": input.session_max_days });
    let saved = sqlx::query!(
        "update core.organizations set settings = settings || $3 where id = $1 and xmin::text = $2 and deleted_at is null",
        before.id,
        input.rev,
        patch
    )
    .execute(tx.conn())
    .await?;
    finish(tx, saved.rows_affected(), before, "organization.security").await
}

/// Answers the saved profile and audits which fields changed, or 409 with the present one.
pub(super) async fn finish(tx: &mut TenantTx, saved: u64, before: OrgProfile, action: &'static str) -> Result<OrgProfile, Fault> {
    let now = read(tx).await?;
    if saved == 0 {
        return Err(Fault::stale("organization").with_details(json!({ "current": now })));
    }
    let changed = changed(&before, &now);
    if !changed.is_empty() {
        tx.audit(Audit::new(action).target("organization", now.id).warning().meta(json!({ "fields": changed }))).await?;
    }
    Ok(now)
}

/// The names of the fields that differ.
fn changed(before: &OrgProfile, now: &OrgProfile) -> Vec<String> {
    let flat = |profile: &OrgProfile| {
        let mut all = match json!(profile.settings) {
            serde_json::Value::Object(settings) => settings,
            _ => serde_json::Map::new(),
        };
        all.insert("name".into(), json!(profile.name));
        all.insert("slug".into(), json!(profile.slug));
        all.insert("logo_url".into(), json!(profile.logo_url));
        all
    };
    let (before, now) = (flat(before), flat(now));
    now.into_iter().filter(|(field, value)| before.get(field) != Some(value)).map(|(field, _)| field).collect()
}

/// Refuses a time zone Postgres does not know.
async fn check_zone(tx: &mut TenantTx, zone: &str) -> Result<(), Fault> {
    let known = sqlx::query_scalar!(r#"select exists (select from pg_timezone_names where name = $1) as "known!""#, zone)
        .fetch_one(tx.conn())
        .await?;
    match known {
        true => Ok(()),
        false => Err(Fault::field("timezone", "is not a time zone this server knows")),
    }
}
