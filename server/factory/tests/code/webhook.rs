use crate::{Shop, hub::Hub};
use factory::code::{
    self, ConnectInput, RepoProvider,
    webhook::{Incoming, receive},
};
use kernel::{Code, Fault, access::Role, ids::hmac_hex};
use serde_json::json;

struct Hooked {
    shop: Shop,
    secret: String,
}

async fn hooked() -> Hooked {
    let mut shop = Shop::new().await;
    shop.repo.put("a.md", "# A\n").commit("main", "First");
    let hub = Hub::start(&shop.repo).await;
    let mut tx = shop.org.tx(Role::Admin).await;
    let input = ConnectInput { provider: RepoProvider::Github, location: hub.page(), ..Default::default() };
    code::connect(&mut tx, "shop", &input).await.unwrap();
    let setup = code::renew_webhook(&mut tx, "shop").await.unwrap();
    tx.commit().await.unwrap();
    assert!(setup.address.ends_with("/api/integrations/github/webhooks"));
    assert_eq!(shop.drain().await.failed, []);
    Hooked { shop, secret: setup.secret }
}

impl Hooked {
    async fn send(&self, delivery: &str, event: &str, secret: &str, body: &str) -> Result<&'static str, Fault> {
        let signature = format!("sha256={}", hmac_hex(secret.as_bytes(), body));
        receive(&self.shop.db.app(), Incoming { delivery, event, signature: &signature, body: body.as_bytes() }).await
    }

    fn push(branch: &str) -> String {
        json!({ "ref": format!("refs/heads/{branch}"), "repository": { "full_name": "Acme/Shop" } }).to_string()
    }
}

#[tokio::test]
async fn a20_15_a_push_is_taken_once_and_indexed() {
    let mut h = hooked().await;
    h.shop.repo.put("b.md", "# B\n").commit("main", "Second");
    let body = Hooked::push("main");
    assert_eq!(h.send("d-1", "push", &h.secret, &body).await.unwrap(), "indexing");
    assert_eq!(h.shop.drain().await.ran, ["factory.codebase_index"]);
    assert_eq!(h.shop.connection().await.files, 2);
    let last = h.shop.connection().await.webhook.unwrap();
    assert_eq!((last.event.as_str(), last.outcome.as_str()), ("push", "indexing"));
    assert_eq!(h.send("d-1", "push", &h.secret, &body).await.unwrap(), "ignored: known already");
    assert_eq!(h.shop.drain().await.ran, Vec::<String>::new());
}

#[tokio::test]
async fn a20_15_one_byte_off_is_401_and_what_is_of_no_use_is_ignored() {
    let h = hooked().await;
    let body = Hooked::push("main");
    let app = h.shop.db.app();
    let signature = format!("sha256={}", hmac_hex(h.secret.as_bytes(), &body));
    let wrong = body.replace("heads/main", "heads/mair");
    let off = Incoming { delivery: "d-2", event: "push", signature: &signature, body: wrong.as_bytes() };
    assert_eq!(receive(&app, off).await.unwrap_err().code, Code::Unauthenticated);
    assert_eq!(h.send("d-3", "push", "another secret", &body).await.unwrap_err().code, Code::Unauthenticated);
    assert_eq!(h.send("", "push", &h.secret, &body).await.unwrap_err().code, Code::Validation);
    assert_eq!(h.send("d-4", "push", &h.secret, &Hooked::push("develop")).await.unwrap(), "ignored: another branch");
    assert_eq!(h.send("d-5", "star", &h.secret, &body).await.unwrap(), "ignored: another event");
    assert_eq!(h.send("d-6", "ping", &h.secret, &body).await.unwrap(), "the webhook works");
    // The installation's own secret opens what names no repository that is connected.
    assert_eq!(h.send("d-7", "ping", "s3cret", r#"{"zen":"ok"}"#).await.unwrap(), "ignored: unknown repository");
    assert_eq!(h.send("d-7", "ping", "s3cret", r#"{"zen":"ok"}"#).await.unwrap(), "ignored: known already");
    assert_eq!(h.shop.drain().await.ran, Vec::<String>::new());
    // Refused deliveries leave nothing behind that would keep the right one out.
    assert_eq!(h.send("d-2", "push", &h.secret, &body).await.unwrap(), "indexing");
}

#[tokio::test]
async fn a_new_secret_ends_the_one_before_and_only_admins_of_the_organization_make_one() {
    let h = hooked().await;
    let body = Hooked::push("main");
    let fault = code::renew_webhook(&mut h.shop.tx().await, "shop").await.unwrap_err();
    assert_eq!(fault.code, Code::Forbidden);
    let mut rival = h.shop.db.org("rival").await.tx(Role::Owner).await;
    assert_eq!(code::renew_webhook(&mut rival, "shop").await.unwrap_err().code, Code::NotFound);
    let mut tx = h.shop.org.tx(Role::Admin).await;
    let setup = code::renew_webhook(&mut tx, "shop").await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(h.send("d-1", "push", &h.secret, &body).await.unwrap_err().code, Code::Unauthenticated);
    assert_eq!(h.send("d-1", "push", &setup.secret, &body).await.unwrap(), "indexing");
}
