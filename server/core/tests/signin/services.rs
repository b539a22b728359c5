//! Services that an organization, or the whole installation, adds for its people.
use crate::{issuer::Double, oidc::round_trip, support::*};
use core_area::{
    admin,
    identity::{self, ProviderInput, ProviderKind},
    oauth::{self, Intent},
    signin::{self, ProviderChoice, SignIn},
};
use kernel::{Code, access::Role, request::Request, testing::TestDb};

fn okta(issuer: &str) -> ProviderInput {
    ProviderInput {
        kind: ProviderKind::Oidc,
        name: "Okta".into(),
        issuer: issuer.into(),
        client_id: "client-1".into(),
        client_secret: "secret".into(),
        email_domains: "acme.test".into(),
        auto_join_role: "member".into(),
        enabled: true,
        ..ProviderInput::default()
    }
}

async fn set_password(db: &TestDb, email: &str) {
    let hash = core_area::passwords::hash(&db.app(), PASSWORD).await.unwrap();
    sqlx::query("update core.users set password_hash = $1 where email = $2").bind(hash).bind(email).execute(db.admin()).await.unwrap();
}

#[tokio::test]
async fn an_organization_has_its_own_service_which_lets_its_people_in_and_can_be_enforced() {
    let db = TestDb::new().await;
    let double = Double::start().await;
    double.follow(db.app().clock.clone());
    let acme = db.org("acme").await;
    let mut tx = acme.tx(Role::Owner).await;
    let made = identity::create(&mut tx, okta(&double.url)).await.unwrap();
    tx.commit().await.unwrap();
    assert!(made.callback_url.ends_with(&format!("/api/auth/oauth/{}/callback", made.id)));
    let key = made.id.to_string();
    let sealed: String =
        sqlx::query_scalar("select client_secret_sealed from core.identity_providers").fetch_one(db.admin()).await.unwrap();
    assert!(sealed.starts_with("v1."));

    // Somebody new of the domain becomes a member.
    double.person("dora", "dora@acme.test", true);
    let dora = Browser::new(&db);
    assert_eq!(round_trip(&dora, &double, &key, Intent::SignIn).await.unwrap().goto, "/o/acme");
    assert_eq!(dora.session().await.unwrap().organizations[0].role, Role::Member);
    // Somebody of another domain does not get in through it.
    double.person("eve", "eve@evil.test", true);
    assert_eq!(round_trip(&Browser::new(&db), &double, &key, Intent::SignIn).await.unwrap_err().code, Code::Forbidden);
    // A member who also belongs elsewhere links with the password only: this issuer must not speak for other organizations.
    let bea = acme.user(Role::Admin).clone();
    let beta = db.org("beta").await;
    db.join(beta.id, &bea, Role::Member).await;
    double.person("bea", &bea.email, true);
    assert_eq!(round_trip(&Browser::new(&db), &double, &key, Intent::SignIn).await.unwrap_err().code, Code::LinkRequiresPassword);

    // Enforced: passwords of its people are refused, except for owners with a second factor.
    let mut tx = acme.tx(Role::Owner).await;
    let enforced = ProviderInput { enforce: true, client_secret: String::new(), ..okta(&double.url) };
    let updated = identity::update(&mut tx, made.id, &made.rev, enforced.clone()).await.unwrap();
    tx.commit().await.unwrap();
    let mut tx = acme.tx(Role::Owner).await;
    let stale = identity::update(&mut tx, made.id, &made.rev, enforced).await.unwrap_err();
    assert_eq!(stale.code, Code::Stale);
    assert_eq!(stale.details.unwrap()["current"]["rev"], updated.rev);
    drop(tx);
    for email in [&acme.user(Role::Member).email, &acme.user(Role::Owner).email] {
        set_password(&db, email).await;
        let fault = Browser::new(&db).sign_in(email, PASSWORD).await.unwrap_err();
        assert_eq!(fault.code, Code::Forbidden);
        assert_eq!(fault.details.unwrap()["provider"]["key"], key);
    }
    let choice = signin::provider_for(&Browser::new(&db).request(), "Anyone@Acme.test").await.unwrap().unwrap();
    assert_eq!((choice.name.as_str(), choice.enforced), ("Okta", true));
    let owner = acme.user(Role::Owner);
    sqlx::query("insert into core.mfa_factors (user_id, secret_sealed, confirmed_at) values ($1, 'v1.x.y.z', now())")
        .bind(owner.id)
        .execute(db.admin())
        .await
        .unwrap();
    assert!(Browser::new(&db).sign_in(&owner.email, PASSWORD).await.unwrap().needs_mfa());
    assert_eq!(audited(&db, "signin.enforce_bypass").await, 1);
}

#[tokio::test]
async fn only_owners_manage_services_and_a_domain_must_be_theirs() {
    let db = TestDb::new().await;
    let acme = db.org("acme").await;
    for role in [Role::Admin, Role::Member] {
        let mut tx = acme.tx(role).await;
        assert_eq!(identity::create(&mut tx, okta("http://127.0.0.1:9")).await.unwrap_err().code, Code::Forbidden);
        assert_eq!(identity::list(&mut tx).await.unwrap_err().code, Code::Forbidden);
    }
    let mut tx = acme.tx(Role::Owner).await;
    for domain in ["", "gmail.com", "beta.test"] {
        let input = ProviderInput { email_domains: domain.into(), ..okta("http://127.0.0.1:9") };
        assert!(identity::create(&mut tx, input).await.unwrap_err().fields.contains_key("email_domains"), "{domain}");
    }
    let made = identity::create(&mut tx, okta("http://127.0.0.1:9")).await.unwrap();
    assert_eq!(identity::list(&mut tx).await.unwrap().len(), 1);
    tx.commit().await.unwrap();
    // Another organization neither sees nor removes it.
    let beta = db.org("beta").await;
    let mut other = beta.tx(Role::Owner).await;
    assert!(identity::list(&mut other).await.unwrap().is_empty());
    assert_eq!(identity::delete(&mut other, made.id).await.unwrap_err().code, Code::NotFound);
    let mut tx = acme.tx(Role::Owner).await;
    identity::delete(&mut tx, made.id).await.unwrap();
}

#[tokio::test]
async fn an_address_alone_is_answered_with_the_service_of_its_domain() {
    let db = TestDb::new().await;
    let acme = db.org("acme").await;
    let mut tx = acme.tx(Role::Owner).await;
    let made = identity::create(&mut tx, okta("http://127.0.0.1:9")).await.unwrap();
    tx.commit().await.unwrap();
    let alone = async |email: &str| {
        let input = SignIn { email: email.into(), password: String::new(), redirect_to: None };
        Browser::new(&db).visit(async |v| signin::sign_in(v, input).await).await.unwrap_err()
    };
    // Also for somebody who has no account: it tells of the domain, not of the person.
    for email in [acme.user(Role::Member).email.as_str(), "nobody@ACME.test"] {
        let fault = alone(email).await;
        assert_eq!((fault.code, fault.kept["email"].as_str()), (Code::Validation, email));
        assert_eq!(fault.fields["password"], "Continue with Okta, or enter your password.");
        let named = ProviderChoice::named_in(&fault).unwrap();
        assert_eq!((named.key, named.enforced), (made.id.to_string(), false));
    }
    assert_eq!(ProviderChoice::named_in(&alone("ada@elsewhere.test").await), None);
    assert!(alone("no address").await.fields.contains_key("email"));

    // Switched off, it is offered to nobody.
    let mut tx = acme.tx(Role::Owner).await;
    identity::update(&mut tx, made.id, &made.rev, ProviderInput { enabled: false, ..okta("http://127.0.0.1:9") }).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(ProviderChoice::named_in(&alone("ada@acme.test").await), None);
}

#[tokio::test]
async fn the_address_typed_here_is_handed_to_the_service() {
    let db = TestDb::new().await;
    let double = Double::start().await;
    let acme = db.org("acme").await;
    let mut tx = acme.tx(Role::Owner).await;
    let key = identity::create(&mut tx, okta(&double.url)).await.unwrap().id.to_string();
    tx.commit().await.unwrap();
    let begin = async |hint: &str| {
        let address = Browser::new(&db).visit(async |v| oauth::begin(v, &key, Intent::SignIn, None, Some(hint)).await).await.unwrap();
        let url = url::Url::parse(&address).unwrap();
        url.query_pairs().find(|(name, _)| name == "login_hint").map(|(_, value)| value.into_owned())
    };
    assert_eq!(begin("ada+x@acme.test").await.as_deref(), Some("ada+x@acme.test"));
    assert_eq!(begin("not an address").await, None);
}

async fn root(db: &TestDb) -> Request {
    let root = db.person("root@x.io").await;
    sqlx::query("update core.users set is_platform_admin = true where id = $1").bind(root.id).execute(db.admin()).await.unwrap();
    db.request(&root, None).await
}

/// A service for everybody: no domains, nobody joins anything by it.
fn company(issuer: &str) -> ProviderInput {
    ProviderInput { name: "Company login".into(), email_domains: String::new(), auto_join_role: String::new(), ..okta(issuer) }
}

#[tokio::test]
async fn a_service_of_the_installation_signs_everybody_in_and_can_be_required_for_domains() {
    let db = TestDb::new().await;
    let double = Double::start().await;
    double.follow(db.app().clock.clone());
    let acme = db.org("acme").await;
    let root = root(&db).await;
    let made = admin::provider_create(&root, company(&double.url)).await.unwrap();
    assert_eq!(admin::provider_test(&root, &double.url).await.unwrap(), "The issuer answers and publishes its keys.");
    // A button for everybody; organizations neither see nor reach the row.
    let offered = signin::options(&Browser::new(&db).request()).await.unwrap().providers;
    assert_eq!(offered.iter().map(|p| p.name.as_str()).collect::<Vec<_>>(), ["Company login"]);
    let mut tx = acme.tx(Role::Owner).await;
    assert!(identity::list(&mut tx).await.unwrap().is_empty());
    assert_eq!(identity::delete(&mut tx, made.id).await.unwrap_err().code, Code::NotFound);
    drop(tx);
    let bea = acme.user(Role::Admin).clone();
    double.person("bea", &bea.email, true);
    let browser = Browser::new(&db);
    assert_eq!(round_trip(&browser, &double, &made.id.to_string(), Intent::SignIn).await.unwrap().goto, "/o/acme");
    assert_eq!(browser.session().await.unwrap().email, bea.email);

    // Required for a domain: its people lose the password, the button for everybody goes.
    let required = ProviderInput { email_domains: "acme.test".into(), enforce: true, client_secret: String::new(), ..company(&double.url) };
    let now = admin::provider_update(&root, made.id, &made.rev, required.clone()).await.unwrap();
    assert_eq!(admin::provider_update(&root, made.id, &made.rev, required).await.unwrap_err().code, Code::Stale);
    assert!(signin::options(&Browser::new(&db).request()).await.unwrap().providers.is_empty());
    set_password(&db, &bea.email).await;
    assert_eq!(Browser::new(&db).sign_in(&bea.email, PASSWORD).await.unwrap_err().code, Code::Forbidden);
    admin::provider_delete(&root, now.id).await.unwrap();
    assert!(Browser::new(&db).sign_in(&bea.email, PASSWORD).await.is_ok());
    assert_eq!(admin::provider_delete(&root, now.id).await.unwrap_err().code, Code::NotFound);
    let lines: Vec<(String, Option<uuid::Uuid>, String)> = sqlx::query_as(
        "select action, organization_id, actor_type from core.audit_log where action like 'identity_provider.%' order by id",
    )
    .fetch_all(db.admin())
    .await
    .unwrap();
    let of = |verb: &str| (format!("identity_provider.{verb}"), None, "platform_admin".to_owned());
    assert_eq!(lines, [of("create"), of("update"), of("delete")]);
}

#[tokio::test]
async fn only_administrators_of_the_installation_add_services_for_it() {
    let db = TestDb::new().await;
    let acme = db.org("acme").await;
    let owner = db.request(acme.user(Role::Owner), Some("acme")).await;
    let input = company("http://127.0.0.1:9");
    assert_eq!(admin::providers(&owner).await.unwrap_err().code, Code::Forbidden);
    assert_eq!(admin::provider_create(&owner, input.clone()).await.unwrap_err().code, Code::Forbidden);
    assert_eq!(admin::provider_test(&owner, "http://127.0.0.1:9").await.unwrap_err().code, Code::Forbidden);
    let root = root(&db).await;
    for (wrong, field) in [
        (ProviderInput { auto_join_role: "member".into(), email_domains: "a.test".into(), ..input.clone() }, "auto_join_role"),
        (ProviderInput { enforce: true, ..input.clone() }, "email_domains"),
        (ProviderInput { client_secret: " ".into(), ..input.clone() }, "client_secret"),
        (ProviderInput { issuer: String::new(), ..input.clone() }, "issuer"),
    ] {
        let fault = admin::provider_create(&root, wrong).await.unwrap_err();
        assert!(fault.fields.contains_key(field), "{field}: {fault:?}");
    }
    // Only the people of this organization: nobody else's providers are listed.
    let mut tx = acme.tx(Role::Owner).await;
    identity::create(&mut tx, okta("http://127.0.0.1:9")).await.unwrap();
    tx.commit().await.unwrap();
    assert!(admin::providers(&root).await.unwrap().is_empty());
    // An old proof is not enough.
    db.app().clock.advance(chrono::Duration::minutes(11));
    assert_eq!(admin::provider_create(&root, input).await.unwrap_err().code, Code::ReauthRequired);
}
