use crate::{Shop, hub::Hub, lines};
use factory::code::{self, ConnectInput, Connection, IndexStatus, RepoProvider};
use kernel::{Code, Fault, access::Role, jobs::Drained};
use serde_json::Value;

async fn connect(shop: &Shop, hub: &Hub, provider: RepoProvider, branch: &str, token: &str) -> Result<Connection, Fault> {
    let input = ConnectInput { provider, location: hub.page(), branch: branch.into(), token: token.into(), installation: None };
    let mut tx = shop.org.tx(Role::Admin).await;
    let connection = code::connect(&mut tx, "shop", &input).await?;
    tx.commit().await?;
    Ok(connection)
}

async fn drain(shop: &Shop) -> Drained {
    let drained = shop.drain().await;
    assert_eq!(drained.failed, [], "{:?}", shop.connection().await.error);
    drained
}

async fn stock(shop: &mut Shop) {
    shop.repo.put("src/mailer.rs", lines(200)).put("web/cart.ts", lines(90)).put("README.md", "# Shop\n").put("big.bin", [0u8; 10]);
    shop.repo.commit("main", "First");
    shop.repo.put("docs/a/b.md", "# Deep\n").commit("main", "Second, for WO-1");
    shop.repo.put("x.md", "x\n").commit("main", "Third");
}

#[tokio::test]
async fn a_repository_at_github_is_indexed_like_a_local_one_and_followed() {
    let mut shop = Shop::new().await;
    stock(&mut shop).await;
    let hub = Hub::start(&shop.repo).await;
    let connection = connect(&shop, &hub, RepoProvider::Github, "", "ghp_0123456789abcd").await.unwrap();
    assert_eq!((connection.name.as_str(), connection.location.as_str()), ("shop", hub.page().as_str()));
    assert_eq!(connection.token.as_deref(), Some("••••abcd"));
    drain(&shop).await;
    assert_eq!(hub.tokens(), ["Bearer ghp_0123456789abcd"]);
    let report = shop.report().await;
    assert_eq!((report.files, report.processed, report.skipped, report.commits), (5, 6, 1, 3));
    let file = code::file(&mut shop.tx().await, "shop", "src/mailer.rs").await.unwrap();
    assert!(file.text.contains("line 200"));
    let commits = code::commits(&mut shop.tx().await, "shop", &Default::default()).await.unwrap().rows;
    assert_eq!(commits.iter().map(|c| c.message.as_str()).collect::<Vec<_>>(), ["Third", "Second, for WO-1", "First"]);
    assert_eq!((commits[0].files_changed, commits[0].additions), (1, 1));

    // Only what changed is fetched.
    shop.repo.put("x.md", "y\n").commit("main", "Fourth");
    hub.calls();
    shop.reindex().await;
    drain(&shop).await;
    let report = shop.report().await;
    assert_eq!((report.processed, report.commits), (1, 1));
    assert_eq!(hub.calls().iter().filter(|call| call.contains("/git/blobs/")).count(), 1);

    // The token is kept when the form leaves it empty, and sealed where it lies.
    connect(&shop, &hub, RepoProvider::Github, "main", "").await.unwrap();
    let sealed: String = sqlx::query_scalar("select access_token_encrypted from factory.repos").fetch_one(shop.db.admin()).await.unwrap();
    assert!(!sealed.contains("ghp_") && !sealed.contains("0123456789"));
    drain(&shop).await;
    assert_eq!(hub.tokens(), ["Bearer ghp_0123456789abcd"]);
}

#[tokio::test]
async fn a_tree_that_comes_cut_off_is_read_folder_by_folder() {
    let mut shop = Shop::new().await;
    stock(&mut shop).await;
    let hub = Hub::start(&shop.repo).await;
    hub.truncate();
    connect(&shop, &hub, RepoProvider::Github, "main", "").await.unwrap();
    drain(&shop).await;
    assert_eq!(shop.report().await.files, 5);
    assert!(code::file(&mut shop.tx().await, "shop", "docs/a/b.md").await.unwrap().text.contains("Deep"));
    assert!(hub.tokens().is_empty());
}

#[tokio::test]
async fn a_repository_at_gitlab_is_indexed_and_followed() {
    let mut shop = Shop::new().await;
    stock(&mut shop).await;
    let hub = Hub::start(&shop.repo).await;
    connect(&shop, &hub, RepoProvider::Gitlab, "main", "glpat-0123456789").await.unwrap();
    drain(&shop).await;
    assert_eq!(hub.tokens(), ["glpat-0123456789"]);
    let report = shop.report().await;
    assert_eq!((report.files, report.commits), (5, 3));
    shop.repo.put("x.md", "y\n").commit("main", "Fourth");
    shop.reindex().await;
    drain(&shop).await;
    let report = shop.report().await;
    assert_eq!((report.processed, report.commits), (1, 1));
    let commits = code::commits(&mut shop.tx().await, "shop", &Default::default()).await.unwrap().rows;
    assert_eq!((commits[0].message.as_str(), commits[0].files_changed, commits[0].deletions), ("Fourth", 1, 1));
}

#[tokio::test]
async fn a_branch_that_is_missing_and_a_repository_that_is_are_told_apart() {
    let mut shop = Shop::new().await;
    stock(&mut shop).await;
    shop.repo.commit("develop", "Other");
    let hub = Hub::start(&shop.repo).await;
    for provider in [RepoProvider::Github, RepoProvider::Gitlab] {
        let fault = connect(&shop, &hub, provider, "trunk", "").await.unwrap_err();
        assert_eq!(fault.fields["branch"], "is not there; there are: develop, main");
        hub.refuse(404, &[]);
        let fault = connect(&shop, &hub, provider, "main", "").await.unwrap_err();
        assert!(fault.fields["location"].contains("knows no such repository, or the token has no access"), "{fault:?}");
        hub.refuse(401, &[]);
        assert!(connect(&shop, &hub, provider, "main", "").await.unwrap_err().fields["location"].contains("refused the token"));
        hub.refuse(500, &[]);
        assert_eq!(connect(&shop, &hub, provider, "main", "").await.unwrap_err().code, Code::Upstream);
        hub.serve();
    }
}

#[tokio::test]
async fn a_rewritten_history_keeps_the_index_until_a_person_asks_and_a_repository_that_is_gone_says_so() {
    let mut shop = Shop::new().await;
    stock(&mut shop).await;
    let hub = Hub::start(&shop.repo).await;
    connect(&shop, &hub, RepoProvider::Github, "main", "").await.unwrap();
    drain(&shop).await;
    shop.repo.remove("x.md").rewrite("main", "Begun anew");
    let mut tx = shop.db.app().db.begin_server().await.unwrap();
    kernel::jobs::enqueue(&mut tx, kernel::jobs::NewJob::new(code::POLL, Value::Null)).await.unwrap();
    tx.commit().await.unwrap();
    shop.drain().await;
    let connection = shop.connection().await;
    assert_eq!((connection.status, connection.files), (IndexStatus::Failed, 5));
    assert!(connection.error.unwrap().contains("was rewritten"));
    shop.reindex().await;
    drain(&shop).await;
    assert_eq!(shop.connection().await.files, 4);
    hub.refuse(404, &[]);
    shop.reindex().await;
    shop.drain().await;
    let connection = shop.connection().await;
    assert_eq!((connection.status, connection.files), (IndexStatus::Failed, 4));
    assert!(connection.error.unwrap().contains("knows no such repository"));
}

#[tokio::test]
async fn a_run_waits_as_long_as_the_other_side_asks() {
    let mut shop = Shop::new().await;
    stock(&mut shop).await;
    let hub = Hub::start(&shop.repo).await;
    connect(&shop, &hub, RepoProvider::Github, "main", "").await.unwrap();
    hub.refuse(403, &[("x-ratelimit-remaining", "0"), ("retry-after", "900")]);
    shop.drain().await;
    let wait: f64 = sqlx::query_scalar(
        "select extract(epoch from run_at - $1)::float8 from core.jobs where kind = 'factory.codebase_index' and status <> 'succeeded'",
    )
    .bind(shop.db.app().clock.now())
    .fetch_one(shop.db.admin())
    .await
    .unwrap();
    assert!((800.0..=901.0).contains(&wait), "{wait}");
    assert_eq!(shop.connection().await.status, IndexStatus::Indexing);
}
