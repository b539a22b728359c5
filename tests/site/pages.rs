//! Pages and server functions inside of the whole site.
use crate::support::*;
use core_area::signup;
use kernel::access::Role;
use reqwest::{Method, header};

#[tokio::test]
async fn a10_01_a_fresh_installation_leads_to_the_set_up_once() {
    let site = Site::new().await;
    let token = signup::prepare_setup(&site.app).await.unwrap().unwrap();
    for path in ["/", "/login", "/o/acme"] {
        let answer = Answer::of(site.page(path)).await;
        assert_eq!((answer.status / 100, answer.header("location")), (3, "/setup"), "{path}");
    }
    assert_eq!(Answer::of(site.page("/setup")).await.status, 200);
    // Monitors and the API do not follow.
    assert_eq!(Answer::of(site.page("/healthz")).await.status, 200);
    assert_eq!(Answer::of(site.page("/api/auth/session")).await.status, 401);

    let set_up = async |token: &str| {
        let form = [
            ("token", token),
            ("name", "Ada"),
            ("email", "ada@a.io"),
            ("password", "wander violet harness 42"),
            ("organization_name", "Acme"),
        ];
        let path = function("set_up");
        Answer::of(site.call(Method::POST, &path).form(&form)).await
    };
    let wrong = set_up("wrong").await;
    assert_eq!(wrong.status, 422, "{wrong:?}");
    assert!(wrong.fault()["fields"]["token"].is_string());
    let done = set_up(&token).await;
    assert_eq!(done.status, 200, "{done:?}");
    assert!(done.header("set-cookie").starts_with("sid="));
    assert_eq!(Answer::of(site.page("/setup")).await.status, 404);
    let again = set_up(&token).await;
    assert_eq!(again.status, 404, "{again:?}");
    let cookie = done.header("set-cookie").split(';').next().unwrap().to_owned();
    let home = Answer::of(site.page("/o/acme").header(header::COOKIE, cookie)).await;
    assert_eq!(home.status, 200, "{}", home.text);
}

/// The path of a server function by its name.
fn function(name: &str) -> String {
    leptos::server_fn::axum::server_fn_paths()
        .map(|(path, _)| path)
        .find(|path| path.rsplit('/').next() == Some(name))
        .unwrap_or_else(|| panic!("no server function {name}"))
        .to_owned()
}

#[tokio::test]
async fn a10_13_the_next_click_of_a_revoked_session_goes_to_sign_in() {
    let site = Site::new().await;
    let acme = site.db.org("acme").await;
    let cookie = site.cookie(acme.user(Role::Member)).await;
    let visit = async || Answer::of(site.page("/o/acme").header(header::COOKIE, &cookie)).await;
    let answer = visit().await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    sqlx::query("update core.sessions set revoked_at = now()").execute(site.db.admin()).await.unwrap();
    let answer = visit().await;
    assert_eq!(answer.status / 100, 3, "{answer:?}");
    assert!(answer.header("location").starts_with("/login"), "{answer:?}");
    let taken_back = answer.header("set-cookie");
    assert!(taken_back.starts_with("sid=;") && taken_back.contains("Max-Age=0"), "{answer:?}");
}

#[tokio::test]
async fn a10_06_a_page_of_another_organization_is_404() {
    let site = Site::new().await;
    let (acme, _) = (site.db.org("acme").await, site.db.org("globex").await);
    let cookie = site.cookie(acme.user(Role::Owner)).await;
    for path in ["/o/globex", "/o/globex/settings/members", "/o/nowhere"] {
        let answer = Answer::of(site.page(path).header(header::COOKIE, &cookie)).await;
        assert_eq!(answer.status, 404, "{path}");
        assert!(!answer.text.contains("Globex"), "{path}");
    }
}

#[tokio::test]
async fn a_page_is_sent_with_all_it_shows() {
    let site = Site::new().await;
    let acme = site.db.org("acme").await;
    let cookie = site.cookie(acme.user(Role::Owner)).await;
    let own = leptos_axum::generate_route_list(shell::App).into_iter().map(|route| route.path().replace("{org}", "acme"));
    let mut seen = 0;
    for path in own.filter(|path| !path.contains(['{', '*'])) {
        // Whatever is random about what comes first.
        for _ in 0..3 {
            let answer = Answer::of(site.page(&path).header(header::COOKIE, &cookie)).await;
            assert!(answer.status != 200 || is_whole(&answer), "{path} leaves something for later");
            seen += u32::from(answer.status == 200);
        }
    }
    assert!(seen > 30, "{seen}");
}

#[tokio::test]
async fn every_page_runs_only_scripts_with_its_nonce() {
    let site = Site::new().await;
    site.db.org("acme").await;
    for (path, status) in [("/login", 200), ("/no/such/page", 404)] {
        let answer = Answer::of(site.page(path)).await;
        assert_eq!(answer.status, status, "{path}");
        let policy = answer.header("content-security-policy");
        let nonce = policy
            .split("'nonce-")
            .nth(1)
            .and_then(|rest| rest.split('\'').next())
            .unwrap_or_else(|| panic!("{path} has no nonce: {policy}"));
        assert!(policy.contains("frame-ancestors 'none'") && policy.contains("default-src 'self'"), "{policy}");
        for script in answer.text.split("<script").skip(1) {
            let tag = script.split('>').next().unwrap_or("");
            assert!(tag.contains(nonce), "{path}: <script{tag}> has no nonce");
        }
        assert_eq!(answer.header("cache-control"), "no-store");
        assert!(!answer.header("x-request-id").is_empty());
    }
}

#[tokio::test]
async fn the_components_are_shown_in_development_only() {
    for (development, status) in [(false, 404), (true, 200)] {
        let site = Site::with(|config| config.http.development = development).await;
        site.db.org("acme").await;
        let answer = Answer::of(site.page("/kit")).await;
        assert_eq!(answer.status, status);
        assert_eq!(answer.text.contains("Everything screens are made of"), development);
    }
}

#[tokio::test]
async fn what_is_no_server_function_is_404_in_the_envelope() {
    let site = Site::new().await;
    site.db.org("acme").await;
    let answer = Answer::of(site.call(Method::POST, "/fn/nothing")).await;
    assert_eq!((answer.status, answer.fault()["code"].as_str()), (404, Some("not_found")), "{answer:?}");
    let foreign = reqwest::Client::new()
        .post(format!("{}{}", site.origin, function("sign_in")))
        .header(header::ORIGIN, "https://evil.example")
        .form(&[("email", "a@b.c"), ("password", "x")]);
    let answer = Answer::of(foreign).await;
    assert_eq!((answer.status, answer.fault()["code"].as_str()), (403, Some("csrf")), "{answer:?}");
}

#[tokio::test]
async fn a10_without_postgres_a_page_is_503() {
    let site = Site::new().await;
    let acme = site.db.org("acme").await;
    let cookie = site.cookie(acme.user(Role::Member)).await;
    // One page before, so that the set-up is known to be done.
    Answer::of(site.page("/login")).await;
    site.app.db.close().await;
    let answer = Answer::of(site.page("/o/acme").header(header::COOKIE, &cookie)).await;
    assert_eq!(answer.status, 503, "{}", answer.text);
    assert!(answer.header("set-cookie").is_empty(), "an outage signs nobody out");
}

/// Posts a form as a browser without script does, from the page it stands on; answers where that leads.
async fn post(site: &Site, page: &str, name: &str, form: &[(&str, &str)]) -> Answer {
    let shown = Answer::of(site.page(page)).await;
    let action = function(name);
    assert!(shown.text.contains(&format!("action=\"{action}\"")), "{page} has a form for {name}: {}", shown.text);
    let call = site
        .call(Method::POST, &action)
        .header(header::ACCEPT, "text/html,*/*;q=0.8")
        .header(header::REFERER, format!("{}{page}", site.origin));
    let answer = Answer::of(call.form(form)).await;
    assert_eq!(answer.status, 302, "{answer:?}");
    answer
}

#[tokio::test]
async fn a10_19_signing_up_and_in_needs_no_script() {
    let site = Site::new().await;
    site.db.org("globex").await;
    let password = "wander violet harness 42";
    let form = [("email", "ada@a.io"), ("password", password), ("name", "Ada"), ("organization_name", "Acme")];
    let sent = post(&site, "/signup", "sign_up", &form).await;
    assert!(sent.header("location").starts_with("/signup?sent="), "{sent:?}");
    let told = Answer::of(site.page(sent.header("location"))).await;
    assert!(told.text.contains("ada@a.io"), "{}", told.text);

    let data: serde_json::Value =
        sqlx::query_scalar("select data from core.mail_queue where to_email = 'ada@a.io'").fetch_one(site.db.admin()).await.unwrap();
    let link = data["link"].as_str().unwrap();
    let path = &link[link.find("/verify/").unwrap()..];
    let token = path.rsplit('/').next().unwrap();
    let verified = post(&site, path, "verify_email", &[("token", token)]).await;
    assert!(verified.header("set-cookie").starts_with("sid="), "{verified:?}");

    // A wrong password comes back to the form, which says so and has kept the address.
    let wrong = [("email", "ada@a.io"), ("password", "not the password")];
    let back = post(&site, "/login", "sign_in", &wrong).await;
    let place = back.header("location").replace(&site.origin, "");
    assert!(place.starts_with("/login?"), "{back:?}");
    let shown = Answer::of(site.page(&place)).await;
    assert!(shown.text.contains("Email or password is wrong."), "{}", shown.text);
    assert!(shown.text.contains("value=\"ada@a.io\""), "{}", shown.text);
    assert!(!place.contains("not%20the") && !place.contains("not+the"), "passwords are not kept");

    let right = [("email", "ada@a.io"), ("password", password)];
    let done = post(&site, "/login", "sign_in", &right).await;
    assert_eq!(done.header("location"), "/o/acme", "{done:?}");
    let cookie = done.header("set-cookie").split(';').next().unwrap().to_owned();
    let home = Answer::of(site.page("/o/acme").header(header::COOKIE, &cookie)).await;
    assert_eq!(home.status, 200, "{}", home.text);
}

#[tokio::test]
async fn the_editor_is_served_packed_and_only_its_index_is_asked_for_again() {
    let folder = std::env::temp_dir().join(format!("millrace-site-{}", std::process::id()));
    std::fs::create_dir_all(folder.join("editor")).unwrap();
    for (name, text) in [("index.js", "import('./open-AB12.js')"), ("open-AB12.js", "export {}"), ("open-AB12.js.br", "packed")] {
        std::fs::write(folder.join("editor").join(name), text).unwrap();
    }
    let site = Site::with(|config| config.http.site = Some(folder.clone())).await;
    let index = Answer::of(site.call(Method::GET, "/editor/index.js")).await;
    assert_eq!((index.status, index.header("cache-control")), (200, "no-cache"));
    assert!(index.header("content-type").starts_with("text/javascript"), "{index:?}");
    let piece = Answer::of(site.call(Method::GET, "/editor/open-AB12.js").header(header::ACCEPT_ENCODING, "br")).await;
    assert_eq!((piece.status, piece.header("content-encoding"), piece.text.as_str()), (200, "br", "packed"));
    assert_eq!(Answer::of(site.call(Method::GET, "/editor/open-CD34.js")).await.status, 404);
    std::fs::remove_dir_all(folder).unwrap();
}
