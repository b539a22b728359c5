//! Registering the app of an organization, and the accounts it is installed on.
use super::{
    GithubApp, GithubAppInput, Installation,
    pass::{API, key_aad, seal},
};
use crate::code::{
    remote::app::{self, AppApi},
    source,
};
use garde::Validate;
use kernel::{Code, Fault, Perm, audit::Audit, db::TenantTx};
use serde_json::json;
use url::Url;
use uuid::Uuid;

const HOME: &str = "https://github.com";

/// The app of the organization, with the accounts it is installed on.
pub async fn of_org(tx: &mut TenantTx) -> Result<Option<GithubApp>, Fault> {
    tx.require(Perm::FactoryRead)?;
    let row = sqlx::query!("select id, app_id, name, api_base_url, created_at from factory.git_providers where provider = 'github' order by created_at desc limit 1")
        .fetch_optional(tx.conn())
        .await?;
    let Some(row) = row else { return Ok(None) };
    let installations = sqlx::query_as!(
        Installation,
        r#"select i.id, coalesce(i.account_name, i.installation_id) as "account!", coalesce(i.account_type, '') as "account_type!",
             i.suspended_at, i.created_at,
             (select count(*) from factory.repos r where r.installation_id = i.installation_id)
               + (select count(*) from factory.integration_configs c where c.config ->> 'installation' = i.id::text) as "used_by!"
           from factory.git_installations i where i.provider_id = $1 order by 2, i.id"#,
        row.id
    )
    .fetch_all(tx.conn())
    .await?;
    let server = server_of(row.api_base_url.as_deref());
    Ok(Some(GithubApp { id: row.id, app_id: row.app_id, name: row.name, server, created_at: row.created_at, installations }))
}

/// Registers the app of the organization, or gives the one it has another key. GitHub has to know it by this key.
pub async fn register(tx: &mut TenantTx, input: &GithubAppInput) -> Result<GithubApp, Fault> {
    tx.require(Perm::FactoryManage)?;
    input.validate()?;
    let base = base(&input.server)?;
    let app_id = input.app_id.trim();
    let org = tx.actor().org()?;
    let known = sqlx::query!(
        "select id, app_id, api_base_url, private_key_encrypted from factory.git_providers where provider = 'github' for update"
    )
    .fetch_optional(tx.conn())
    .await?;
    let same = known.as_ref().filter(|known| known.app_id == app_id && known.api_base_url == base);
    if let Some(known) = known.as_ref().filter(|_| same.is_none()) {
        let used = users(tx, known.id, None).await?;
        if used > 0 {
            return Err(Fault::new(
                Code::Conflict,
                format!("{used} repositories are read by the GitHub App that is registered. Connect them another way first."),
            ));
        }
    }
    let pem = match (input.private_key.trim(), same.and_then(|known| known.private_key_encrypted.as_deref().map(|key| (known.id, key)))) {
        ("", Some((id, sealed))) => tx.app().keys.open_text(&key_aad(org, id), sealed)?,
        ("", None) => return Err(Fault::field("privateKey", "is missing")),
        (pem, _) => pem.to_owned().into(),
    };
    app::key(&pem).map_err(|words| Fault::field("privateKey", words))?;
    let api = AppApi::new(tx.app(), base.as_deref().unwrap_or(API), app_id, &pem).map_err(source::fault)?;
    let about = api.about().await.map_err(|fault| Fault { code: Code::Validation, ..Fault::field("appId", fault.to_string()) })?;
    let id = same.map_or_else(Uuid::new_v4, |known| known.id);
    let sealed = tx.app().keys.seal_text(&key_aad(org, id), &pem)?;
    sqlx::query!("delete from factory.git_providers where provider = 'github' and id <> $1", id).execute(tx.conn()).await?;
    sqlx::query!(
        "insert into factory.git_providers (id, provider, app_id, name, api_base_url, private_key_encrypted) values ($1, 'github', $2, $3, $4, $5)
         on conflict (id) do update set name = excluded.name, private_key_encrypted = excluded.private_key_encrypted",
        id,
        app_id,
        about.name,
        base,
        sealed
    )
    .execute(tx.conn())
    .await?;
    tx.audit(
        Audit::new("github_app.register").target("github_app", id).meta(json!({ "appId": app_id, "server": server_of(base.as_deref()) })),
    )
    .await?;
    of_org(tx).await?.ok_or_else(missing)
}

/// Forgets the app. Refused while a project reads its repository by it.
pub async fn remove(tx: &mut TenantTx) -> Result<(), Fault> {
    tx.require(Perm::FactoryManage)?;
    let app = of_org(tx).await?.ok_or_else(missing)?;
    unused(users(tx, app.id, None).await?)?;
    sqlx::query!("delete from factory.git_providers where id = $1", app.id).execute(tx.conn()).await?;
    tx.audit(Audit::new("github_app.remove").target("github_app", app.id)).await
}

/// Forgets an installation. At GitHub it stays until its owner ends it there.
pub async fn uninstall(tx: &mut TenantTx, installation: Uuid) -> Result<(), Fault> {
    tx.require(Perm::FactoryManage)?;
    let app = of_org(tx).await?.ok_or_else(missing)?;
    unused(users(tx, app.id, Some(installation)).await?)?;
    let gone = sqlx::query!("delete from factory.git_installations where id = $1", installation).execute(tx.conn()).await?;
    if gone.rows_affected() == 0 {
        return Err(Fault::not_found("The installation"));
    }
    tx.audit(Audit::new("github_app.uninstall").target("github_app", app.id).meta(json!({ "installation": installation }))).await
}

/// The page of GitHub where the app is installed on an account; it comes back with this state.
pub async fn install_page(tx: &mut TenantTx, state: &str) -> Result<String, Fault> {
    tx.require(Perm::FactoryManage)?;
    let (_, api, server) = api(tx).await?;
    let page = api.about().await.map_err(source::fault)?.page;
    let page = Url::parse(&format!("{page}/installations/new")).ok();
    // Nobody is sent to where GitHub has no business.
    let mut page = page
        .filter(|page| page.origin().ascii_serialization() == server)
        .ok_or_else(|| Fault::new(Code::Upstream, "GitHub answered no page of the GitHub App."))?;
    page.query_pairs_mut().append_pair("state", state);
    Ok(page.into())
}

/// A person came back from GitHub: the app is installed on an account. GitHub itself is asked whether that is so.
pub async fn installed(tx: &mut TenantTx, number: u64) -> Result<String, Fault> {
    tx.require(Perm::FactoryManage)?;
    let (provider, api, _) = api(tx).await?;
    let account = api.installation(number).await.map_err(source::fault)?;
    let pass = api.pass(&account.number).await.map_err(source::fault)?;
    let person = tx.actor().user.ok_or_else(|| Fault::new(Code::Forbidden, "A person installs a GitHub App."))?;
    let known = sqlx::query_scalar!(
        "select id from factory.git_installations where provider_id = $1 and installation_id = $2 for update",
        provider,
        account.number
    )
    .fetch_optional(tx.conn())
    .await?;
    let id = known.unwrap_or_else(Uuid::new_v4);
    let sealed = seal(tx, id, &pass.token, pass.until)?;
    sqlx::query!(
        "insert into factory.git_installations (id, user_id, provider_id, installation_id, access_token, account_name, account_type, permissions, suspended_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
         on conflict (id) do update set access_token = excluded.access_token, account_name = excluded.account_name,
           account_type = excluded.account_type, permissions = excluded.permissions, suspended_at = excluded.suspended_at",
        id,
        person,
        provider,
        account.number,
        sealed,
        account.name,
        account.kind,
        account.permissions,
        account.suspended_at
    )
    .execute(tx.conn())
    .await?;
    tx.audit(Audit::new("github_app.install").target("github_app", provider).meta(json!({ "account": account.name }))).await?;
    Ok(account.name)
}

/// GitHub's number of an installation, for a repository on the server of its app.
pub(in crate::code) async fn number(tx: &mut TenantTx, installation: Uuid, location: &str) -> Result<String, Fault> {
    let row = sqlx::query!(
        "select i.installation_id, p.api_base_url from factory.git_installations i join factory.git_providers p on p.id = i.provider_id where i.id = $1",
        installation
    )
    .fetch_optional(tx.conn())
    .await?
    .ok_or_else(|| Fault::field("installation", "is not installed any more; choose another way in"))?;
    let server = server_of(row.api_base_url.as_deref());
    if !location.starts_with(&format!("{server}/")) {
        return Err(Fault::field("location", format!("is not on {server}, where the GitHub App is")));
    }
    Ok(row.installation_id)
}

fn missing() -> Fault {
    Fault::not_found("The GitHub App")
}

fn unused(users: i64) -> Result<(), Fault> {
    match users {
        0 => Ok(()),
        1 => Err(Fault::new(Code::Conflict, "One connection of a project goes by it. Connect it another way first.")),
        n => Err(Fault::new(Code::Conflict, format!("{n} connections of projects go by it. Connect them another way first."))),
    }
}

/// How many repositories are read, and in how many issues are made, by the installations of an app or by one of them.
async fn users(tx: &mut TenantTx, provider: Uuid, installation: Option<Uuid>) -> Result<i64, Fault> {
    Ok(sqlx::query_scalar!(
        r#"select coalesce(sum((select count(*) from factory.repos r where r.installation_id = i.installation_id)
             + (select count(*) from factory.integration_configs c where c.config ->> 'installation' = i.id::text)), 0)::bigint as "n!"
           from factory.git_installations i where i.provider_id = $1 and ($2::uuid is null or i.id = $2)"#,
        provider,
        installation
    )
    .fetch_one(tx.conn())
    .await?)
}

/// GitHub, asked by the app of the organization.
async fn api(tx: &mut TenantTx) -> Result<(Uuid, AppApi, String), Fault> {
    let row = sqlx::query!("select id, app_id, api_base_url, private_key_encrypted from factory.git_providers where provider = 'github' order by created_at desc limit 1")
        .fetch_optional(tx.conn())
        .await?
        .ok_or_else(missing)?;
    let sealed = row.private_key_encrypted.ok_or_else(missing)?;
    let pem = tx.app().keys.open_text(&key_aad(tx.actor().org()?, row.id), &sealed)?;
    let api = AppApi::new(tx.app(), row.api_base_url.as_deref().unwrap_or(API), &row.app_id, &pem).map_err(source::fault)?;
    Ok((row.id, api, server_of(row.api_base_url.as_deref())))
}

/// The address of the API of a server of one's own; `None` for github.com.
fn base(text: &str) -> Result<Option<String>, Fault> {
    let text = text.trim().trim_end_matches('/');
    if text.is_empty() || text == HOME {
        return Ok(None);
    }
    let url = Url::parse(text).ok().filter(|url| matches!(url.scheme(), "http" | "https") && url.host().is_some());
    let url = url.ok_or_else(|| Fault::field("server", "is no address of a server: https://git.acme.example"))?;
    Ok(Some(format!("{}/api/v3", url.origin().ascii_serialization())))
}

/// The server an API belongs to.
fn server_of(base: Option<&str>) -> String {
    base.map_or(HOME, |base| base.trim_end_matches("/api/v3")).to_owned()
}
