use crate::{
    issuer::{Double, Wrong},
    support::*,
};
use chrono::Duration;
use core_area::{
    identity::{self, ProviderInput, ProviderKind},
    mfa,
    oauth::{self, Intent, OAuthReturn},
    reauth,
    signin::{self, SignedIn},
};
use kernel::{Code, Fault, access::Role, config::Hidden, testing::TestDb};

/// Goes to the service with this intent and comes back.
async fn round_trip(browser: &Browser, double: &Double, provider: &str, intent: Intent) -> Result<SignedIn, Fault> {
    let address = browser.visit(async |v| oauth::begin(v, provider, intent, None).await).await?;
    let (code, state) = double.agree(&address);
    let back = OAuthReturn { code: Some(code), state: Some(state), ..OAuthReturn::default() };
    browser.visit(async |v| oauth::callback(v, provider, back).await).await
}

/// Google of the configuration, played by the double.
async fn with_google() -> (TestDb, Double) {
    let double = Double::start().await;
    let url: url::Url = double.url.parse().unwrap();
    let db = TestDb::with(|config| {
        for client in [&mut config.identity.google, &mut config.identity.github] {
            client.client_id = Some("client-1".into());
            client.client_secret = Some(Hidden::new("secret"));
            client.url = url.clone();
            client.api_url = url.clone();
        }
    })
    .await;
    double.follow(db.app().clock.clone());
    (db, double)
}

#[tokio::test]
async fn a10_15_a_good_login_links_and_bad_tokens_are_refused() {
    let (db, double) = with_google().await;
    ada(&db).await;

    for wrong in [
        Wrong::Nonce,
        Wrong::Expired,
        Wrong::UnknownKid,
        Wrong::Signature,
        Wrong::Unsigned,
        Wrong::Audience,
        Wrong::Issuer,
        Wrong::OldIssueTime,
    ] {
        double.wrong(wrong);
        let browser = Browser::new(&db);
        let fault = round_trip(&browser, &double, "google", Intent::SignIn).await.unwrap_err();
        assert_eq!(fault.code, Code::Unauthenticated, "{wrong:?}");
        assert!(browser.session().await.is_none());
    }
    double.wrong(Wrong::TokenEndpoint500);
    let fault = round_trip(&Browser::new(&db), &double, "google", Intent::SignIn).await.unwrap_err();
    assert_eq!(fault.code, Code::Upstream);
    let linked: i64 = sqlx::query_scalar("select count(*) from core.accounts").fetch_one(db.admin()).await.unwrap();
    assert_eq!(linked, 0, "nothing linked");
    assert_eq!(audited(&db, "signin.oauth_failure").await, 8);

    double.wrong(Wrong::Nothing);
    let browser = Browser::new(&db);
    assert_eq!(round_trip(&browser, &double, "google", Intent::SignIn).await.unwrap().goto, "/o/acme");
    assert_eq!(browser.session().await.unwrap().email, "ada@a.io");
    let linked = browser.personal(async |tx, _| oauth::linked(tx).await).await.unwrap();
    assert_eq!((linked.len(), linked[0].name.as_str()), (1, "Google"));
    // The known pair signs in although the address there has changed.
    double.person("sub-1", "changed@elsewhere.io", true);
    let again = Browser::new(&db);
    round_trip(&again, &double, "google", Intent::SignIn).await.unwrap();
    assert_eq!(again.session().await.unwrap().email, "ada@a.io");
}

#[tokio::test]
async fn keys_are_cached_and_fetched_again_once_when_the_issuer_changes_them() {
    let (db, double) = with_google().await;
    ada(&db).await;
    round_trip(&Browser::new(&db), &double, "google", Intent::SignIn).await.unwrap();
    round_trip(&Browser::new(&db), &double, "google", Intent::SignIn).await.unwrap();
    assert_eq!(double.jwks_fetches(), 1);
    double.rotate("key-2");
    round_trip(&Browser::new(&db), &double, "google", Intent::SignIn).await.unwrap();
    assert_eq!(double.jwks_fetches(), 2);
    double.wrong(Wrong::UnknownKid);
    round_trip(&Browser::new(&db), &double, "google", Intent::SignIn).await.unwrap_err();
    assert_eq!(double.jwks_fetches(), 3, "once, not in a loop");
}

#[tokio::test]
async fn rs256_is_taken_too() {
    let (db, double) = with_google().await;
    ada(&db).await;
    double.use_rsa();
    round_trip(&Browser::new(&db), &double, "google", Intent::SignIn).await.unwrap();
}

#[tokio::test]
async fn state_is_good_once_for_ten_minutes_and_in_its_browser() {
    let (db, double) = with_google().await;
    ada(&db).await;
    let browser = Browser::new(&db);
    let address = browser.visit(async |v| oauth::begin(v, "google", Intent::SignIn, None).await).await.unwrap();
    let (code, state) = double.agree(&address);
    let back = |state: &str| OAuthReturn { code: Some(code.clone()), state: Some(state.into()), ..OAuthReturn::default() };
    let other = Browser::new(&db);
    for (browser, state) in [(&other, state.as_str()), (&browser, "forged")] {
        let fault = browser.visit(async |v| oauth::callback(v, "google", back(state)).await).await.unwrap_err();
        assert_eq!(fault.code, Code::Unauthenticated);
    }
    browser.visit(async |v| oauth::callback(v, "google", back(&state)).await).await.unwrap();
    let again = browser.visit(async |v| oauth::callback(v, "google", back(&state)).await).await.unwrap_err();
    assert_eq!(again.code, Code::Unauthenticated);

    let late = Browser::new(&db);
    let address = late.visit(async |v| oauth::begin(v, "google", Intent::SignIn, None).await).await.unwrap();
    let (code, state) = double.agree(&address);
    db.app().clock.advance(Duration::minutes(11));
    let back = OAuthReturn { code: Some(code), state: Some(state), ..OAuthReturn::default() };
    assert_eq!(late.visit(async |v| oauth::callback(v, "google", back).await).await.unwrap_err().code, Code::Unauthenticated);
}

#[tokio::test]
async fn an_unconfirmed_address_is_linked_only_by_who_knows_the_password() {
    let (db, double) = with_google().await;
    let browser = Browser::new(&db);
    browser.sign_up("ada@a.io", "Ada", "Acme").await.unwrap();
    let fault = round_trip(&Browser::new(&db), &double, "google", Intent::SignIn).await.unwrap_err();
    assert_eq!(fault.code, Code::LinkRequiresPassword);
    double.person("sub-1", "ada@a.io", false);
    let fault = round_trip(&Browser::new(&db), &double, "google", Intent::SignIn).await.unwrap_err();
    assert_eq!(fault.code, Code::Forbidden, "the service does not confirm the address");

    // Signed in by password, the person links it; it then opens the account.
    browser.sign_in("ada@a.io", PASSWORD).await.unwrap();
    round_trip(&browser, &double, "google", Intent::Link).await.unwrap();
    let fresh = Browser::new(&db);
    round_trip(&fresh, &double, "google", Intent::SignIn).await.unwrap();
    assert_eq!(fresh.session().await.unwrap().email, "ada@a.io");

    // Somebody else cannot link the same login.
    let bea = Browser::new(&db);
    bea.sign_up("bea@b.io", "Bea", "Beta").await.unwrap();
    bea.sign_in("bea@b.io", PASSWORD).await.unwrap();
    assert_eq!(round_trip(&bea, &double, "google", Intent::Link).await.unwrap_err().code, Code::Conflict);
}

#[tokio::test]
async fn github_signs_somebody_new_up_with_the_confirmed_primary_address() {
    let (db, double) = with_google().await;
    double.person("unused", "grace@navy.io", true);
    let browser = Browser::new(&db);
    assert_eq!(round_trip(&browser, &double, "github", Intent::SignIn).await.unwrap().goto, "/orgs");
    let session = browser.session().await.unwrap();
    assert_eq!((session.email.as_str(), session.name.as_str(), session.email_verified), ("grace@navy.io", "Ada Lovelace", true));
    // It is the only way in: it stays.
    let id = browser.personal(async |tx, _| oauth::linked(tx).await).await.unwrap()[0].id;
    let last = browser.personal(async |tx, _| oauth::unlink(tx, id).await).await.unwrap_err();
    assert_eq!(last.code, Code::Conflict);
    let form = core_area::account::ChangePassword { current_password: String::new(), new_password: PASSWORD.into() };
    browser.personal(async |tx, cookie| core_area::account::change_password(tx, cookie, form).await).await.unwrap();
    browser.personal(async |tx, _| oauth::unlink(tx, id).await).await.unwrap();
    double.wrong(Wrong::TokenEndpoint500);
    assert_eq!(round_trip(&Browser::new(&db), &double, "github", Intent::SignIn).await.unwrap_err().code, Code::Upstream);
}

#[tokio::test]
async fn a_linked_login_proves_identity() {
    let (db, double) = with_google().await;
    let home = ada(&db).await;
    round_trip(&home, &double, "google", Intent::Link).await.unwrap();
    db.app().clock.advance(Duration::minutes(11));
    assert_eq!(home.personal(async |tx, _| mfa::totp_begin(tx).await).await.unwrap_err().code, Code::ReauthRequired);
    let options = home.personal(async |tx, _| reauth::options(tx).await).await.unwrap();
    assert_eq!(options.providers[0].key, "google");
    round_trip(&home, &double, "google", Intent::Reauth).await.unwrap();
    home.personal(async |tx, _| mfa::totp_begin(tx).await).await.unwrap();
    // With the login of somebody else it does not.
    double.person("sub-2", "bea@b.io", true);
    assert_eq!(round_trip(&home, &double, "google", Intent::Reauth).await.unwrap_err().code, Code::WrongAccount);
}

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
    assert_eq!(choice.name, "Okta");
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
    for domain in ["gmail.com", "beta.test"] {
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
