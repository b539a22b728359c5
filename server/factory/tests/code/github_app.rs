//! The GitHub App of an organization against a double of GitHub.
use crate::{Shop, hub::Hub};
use base64::{
    Engine,
    prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD},
};
use chrono::Duration;
use factory::{
    code::{
        self, ConnectInput, IndexStatus, RepoProvider,
        github_app::{self, GithubApp, GithubAppInput},
        webhook::{Incoming, receive},
    },
    feedback::{self, FeedbackInput},
    integrations::{self, IntegrationInput, IntegrationType},
};
use kernel::{Code, Fault, access::Role, ids::hmac_hex};
use ring::signature::{KeyPair, RSA_PKCS1_2048_8192_SHA256, RsaKeyPair, UnparsedPublicKey};
use serde_json::{Value, json};

/// Made for these tests: it opens nothing.
const KEY: &str = include_str!("app.pem");

async fn register(shop: &Shop, hub: &Hub, app_id: &str, private_key: &str) -> Result<GithubApp, Fault> {
    let mut tx = shop.org.tx(Role::Admin).await;
    let input = GithubAppInput { app_id: app_id.into(), private_key: private_key.into(), server: hub.url.clone() };
    let app = github_app::register(&mut tx, &input).await?;
    tx.commit().await?;
    Ok(app)
}

/// Installed on the account of the double, and the project connected by it.
async fn installed(shop: &mut Shop, hub: &Hub) -> uuid::Uuid {
    register(shop, hub, "123", KEY).await.unwrap();
    let mut tx = shop.org.tx(Role::Admin).await;
    assert_eq!(github_app::installed(&mut tx, 7).await.unwrap(), "acme");
    let id = github_app::of_org(&mut tx).await.unwrap().unwrap().installations[0].id;
    tx.commit().await.unwrap();
    let mut tx = shop.org.tx(Role::Admin).await;
    let input = ConnectInput { provider: RepoProvider::Github, location: hub.page(), installation: Some(id), ..Default::default() };
    code::connect(&mut tx, "shop", &input).await.unwrap();
    tx.commit().await.unwrap();
    id
}

/// What a proof says, once its signature is checked.
fn said(proof: &str) -> Value {
    let (text, signature) = proof.rsplit_once('.').unwrap();
    let der = BASE64_STANDARD.decode(KEY.lines().filter(|l| !l.starts_with('-')).collect::<String>()).unwrap();
    let key = RsaKeyPair::from_der(&der).unwrap();
    let signature = BASE64_URL_SAFE_NO_PAD.decode(signature).unwrap();
    UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, key.public_key().as_ref()).verify(text.as_bytes(), &signature).unwrap();
    let (head, said) = text.split_once('.').unwrap();
    assert_eq!(BASE64_URL_SAFE_NO_PAD.decode(head).unwrap(), br#"{"alg":"RS256","typ":"JWT"}"#);
    serde_json::from_slice(&BASE64_URL_SAFE_NO_PAD.decode(said).unwrap()).unwrap()
}

async fn hear(shop: &Shop, delivery: &str, action: &str) -> Result<&'static str, Fault> {
    let body = json!({ "action": action, "installation": { "id": 7 } }).to_string();
    let signature = format!("sha256={}", hmac_hex(b"s3cret", &body));
    receive(&shop.db.app(), Incoming { delivery, event: "installation", signature: &signature, body: body.as_bytes() }).await
}

#[tokio::test]
async fn an_app_is_registered_with_the_key_that_github_knows_it_by() {
    let shop = Shop::new().await;
    let hub = Hub::start(&shop.repo).await;
    let fault = register(&shop, &hub, "123", "no key").await.unwrap_err();
    assert!(serde_json::to_string(&fault).unwrap().contains("privateKey"), "{fault:?}");
    assert_eq!(register(&shop, &hub, "123", "").await.unwrap_err().code, Code::Validation);
    hub.refuse(401, &[]);
    let fault = register(&shop, &hub, "123", KEY).await.unwrap_err();
    assert_eq!(fault.code, Code::Validation);
    hub.serve();
    let app = register(&shop, &hub, "123", KEY).await.unwrap();
    assert_eq!((app.name.as_str(), app.app_id.as_str(), app.server.as_str()), ("Millrace of Acme", "123", hub.url.as_str()));
    let now = shop.db.app().clock.now().timestamp();
    assert_eq!(said(hub.proofs().last().unwrap()), json!({ "iat": now - 60, "exp": now + 540, "iss": "123" }));
    let sealed: String =
        sqlx::query_scalar("select private_key_encrypted from factory.git_providers").fetch_one(shop.db.admin()).await.unwrap();
    assert!(!sealed.contains("PRIVATE") && !sealed.contains("MII"), "{sealed}");
    // The key is kept where the form leaves it empty.
    register(&shop, &hub, "123", "").await.unwrap();

    let mut tx = shop.org.tx(Role::Member).await;
    let input = GithubAppInput { app_id: "123".into(), ..Default::default() };
    assert_eq!(github_app::register(&mut tx, &input).await.unwrap_err().code, Code::Forbidden);
    assert_eq!(github_app::install_page(&mut tx, "x").await.unwrap_err().code, Code::Forbidden);
    let mut tx = shop.org.tx(Role::Admin).await;
    let page = github_app::install_page(&mut tx, "a state").await.unwrap();
    assert_eq!(page, format!("{}/apps/millrace-of-acme/installations/new?state=a+state", hub.url));
    let mut other = shop.db.org("globex").await.tx(Role::Owner).await;
    assert_eq!(github_app::of_org(&mut other).await.unwrap(), None);
    assert_eq!(github_app::installed(&mut other, 7).await.unwrap_err().code, Code::NotFound);
}

#[tokio::test]
async fn a_repository_is_read_with_passes_that_are_kept_until_five_minutes_before_their_end() {
    let mut shop = Shop::new().await;
    shop.repo.put("a.md", "# A\n").commit("main", "First");
    let hub = Hub::start(&shop.repo).await;
    hub.pass_until(shop.db.app().clock.now() + Duration::minutes(60));
    installed(&mut shop, &hub).await;
    assert_eq!(shop.drain().await.failed, []);
    let connection = shop.connection().await;
    assert_eq!((connection.status, connection.files, connection.account.unwrap().1.as_str()), (IndexStatus::Completed, 1, "acme"));
    let opened = |hub: &Hub| hub.tokens().into_iter().filter(|t| t.contains("ghs_")).collect::<Vec<_>>();
    assert_eq!(opened(&hub), ["Bearer ghs_pass1"], "one pass for everything");
    let numbers: (String, i64) = sqlx::query_as(
        "select r.installation_id, c.github_installation_id from factory.repos r join factory.codebase_connections c on c.repo_id = r.id",
    )
    .fetch_one(shop.db.admin())
    .await
    .unwrap();
    assert_eq!(numbers, ("7".to_owned(), 7));
    let kept: String = sqlx::query_scalar("select access_token from factory.git_installations").fetch_one(shop.db.admin()).await.unwrap();
    assert!(!kept.contains("ghs_"), "{kept}");

    shop.db.app().clock.advance(Duration::minutes(54));
    shop.reindex().await;
    assert_eq!(shop.drain().await.failed, []);
    assert_eq!(opened(&hub), ["Bearer ghs_pass1"]);
    shop.db.app().clock.advance(Duration::minutes(2));
    hub.pass_until(shop.db.app().clock.now() + Duration::minutes(60));
    shop.reindex().await;
    assert_eq!(shop.drain().await.failed, []);
    assert_eq!(opened(&hub), ["Bearer ghs_pass1", "Bearer ghs_pass2"]);
}

#[tokio::test]
async fn what_the_account_does_with_the_app_is_followed_by_webhook() {
    let mut shop = Shop::new().await;
    shop.repo.put("a.md", "# A\n").commit("main", "First");
    let hub = Hub::start(&shop.repo).await;
    hub.pass_until(shop.db.app().clock.now() + Duration::minutes(60));
    let id = installed(&mut shop, &hub).await;
    shop.drain().await;
    assert_eq!(hear(&shop, "d-1", "suspend").await.unwrap(), "the installation is followed");
    assert_eq!(hear(&shop, "d-1", "suspend").await.unwrap(), "ignored: known already");
    shop.reindex().await;
    shop.drain().await;
    let connection = shop.connection().await;
    assert_eq!((connection.status, connection.files), (IndexStatus::Failed, 1), "the last good index is kept");
    assert!(connection.error.as_deref().unwrap().contains("suspended the GitHub App"), "{connection:?}");
    hear(&shop, "d-2", "unsuspend").await.unwrap();
    shop.reindex().await;
    shop.drain().await;
    assert_eq!(shop.connection().await.status, IndexStatus::Completed);

    // While it is used, neither it nor the app is forgotten by hand.
    let mut tx = shop.org.tx(Role::Admin).await;
    assert_eq!(github_app::remove(&mut tx).await.unwrap_err().code, Code::Conflict);
    assert_eq!(github_app::uninstall(&mut tx, id).await.unwrap_err().code, Code::Conflict);
    drop(tx);
    hear(&shop, "d-3", "deleted").await.unwrap();
    assert_eq!(hear(&shop, "d-4", "suspend").await.unwrap(), "ignored: unknown installation");
    shop.reindex().await;
    shop.drain().await;
    assert!(shop.connection().await.error.unwrap().contains("not installed on this account any more"));
    let mut tx = shop.org.tx(Role::Admin).await;
    github_app::remove(&mut tx).await.unwrap();
    assert_eq!(github_app::of_org(&mut tx).await.unwrap(), None);
}

#[tokio::test]
async fn a_repository_elsewhere_is_not_opened_by_the_app() {
    let mut shop = Shop::new().await;
    shop.repo.put("a.md", "# A\n").commit("main", "First");
    let hub = Hub::start(&shop.repo).await;
    let id = installed(&mut shop, &hub).await;
    let mut tx = shop.org.tx(Role::Admin).await;
    let input = ConnectInput { provider: RepoProvider::Github, location: "acme/shop".into(), installation: Some(id), ..Default::default() };
    assert_eq!(code::connect(&mut tx, "shop", &input).await.unwrap_err().code, Code::Validation);
    let input = ConnectInput { installation: Some(uuid::Uuid::new_v4()), location: hub.page(), ..input };
    assert_eq!(code::connect(&mut tx, "shop", &input).await.unwrap_err().code, Code::Validation);
    assert_eq!(github_app::installed(&mut tx, 8).await.unwrap_err().code, Code::Validation);
}

#[tokio::test]
async fn issues_are_made_with_passes_of_the_app() {
    let mut shop = Shop::new().await;
    shop.repo.put("a.md", "# A\n").commit("main", "First");
    let hub = Hub::start(&shop.repo).await;
    hub.pass_until(shop.db.app().clock.now() + Duration::minutes(60));
    let id = installed(&mut shop, &hub).await;
    let mut tx = shop.org.tx(Role::Admin).await;
    let input = IntegrationInput { enabled: true, repository: "acme/shop".into(), installation: Some(id), ..Default::default() };
    let stranger = IntegrationInput { installation: Some(uuid::Uuid::new_v4()), ..input.clone() };
    let fault = integrations::save(&mut tx, "shop", IntegrationType::GithubIssues, &stranger).await.unwrap_err();
    assert!(fault.fields.contains_key("installation"), "{fault:?}");
    let saved = integrations::save(&mut tx, "shop", IntegrationType::GithubIssues, &input).await.unwrap();
    assert_eq!((saved.secret.as_str(), saved.config.installation), ("", Some(id)), "it needs no token");
    let project = factory::projects::by_slug(&mut tx, "shop").await.unwrap().id;
    let said = FeedbackInput { description: "The cart is empty".into(), category: Some("bug".into()), ..Default::default() };
    let item = feedback::receive(&mut tx, project, &said, None).await.unwrap().id;
    tx.commit().await.unwrap();
    let mut tx = shop.org.tx(Role::Member).await;
    assert!(feedback::create_issue(&mut tx, item, None).await.unwrap().job.is_some());
    tx.commit().await.unwrap();
    assert_eq!(shop.drain().await.failed, []);
    let issues = hub.issues();
    assert_eq!((issues.len(), &issues[0]["labels"]), (1, &json!(["bug"])));
    let mut tx = shop.org.tx(Role::Admin).await;
    let url = feedback::detail(&mut tx, "shop", item).await.unwrap().item.issue_url;
    assert_eq!(url, Some(format!("{}/issues/12", hub.page())));
    // Both the repository and the issues go by it.
    assert_eq!(github_app::of_org(&mut tx).await.unwrap().unwrap().installations[0].used_by, 2);
    let fault = github_app::uninstall(&mut tx, id).await.unwrap_err();
    assert_eq!((fault.code, fault.message.starts_with("2 connections")), (Code::Conflict, true), "{fault}");
}
