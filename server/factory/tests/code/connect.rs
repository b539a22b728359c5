use crate::{Shop, input};
use factory::code::{self, ConnectInput, IndexStatus, RepoProvider};
use indexing::testing::TestRepo;
use kernel::{Code, access::Role};

#[tokio::test]
async fn an_admin_connects_and_a_member_reads() {
    let mut shop = Shop::new().await;
    shop.repo.put("a.txt", "a").commit("main", "First");
    let fault = code::connect(&mut shop.tx().await, "shop", &input("main")).await.unwrap_err();
    assert_eq!(fault.code, Code::Forbidden);
    assert_eq!(code::connection(&mut shop.tx().await, "shop").await.unwrap(), None);
    let connection = shop.connect().await;
    assert_eq!((connection.name.as_str(), connection.branch.as_str(), connection.status), ("shop", "main", IndexStatus::Pending));
    assert_eq!(shop.drain().await.failed, []);
    let connection = shop.connection().await;
    assert_eq!((connection.status, connection.files, connection.chunks), (IndexStatus::Completed, 1, 1));
    let fault = code::disconnect(&mut shop.tx().await, "shop").await.unwrap_err();
    assert_eq!(fault.code, Code::Forbidden);
    let mut tx = shop.org.tx(Role::Admin).await;
    code::disconnect(&mut tx, "shop").await.unwrap();
    assert_eq!(code::connection(&mut tx, "shop").await.unwrap(), None);
    assert_eq!(code::disconnect(&mut tx, "shop").await.unwrap_err().code, Code::NotFound);
}

#[tokio::test]
async fn another_organization_sees_nothing_of_it() {
    let shop = Shop::indexed(|repo| {
        repo.put("a.rs", "pub fn secret_recipe() -> u32 { 42 + 7 * 3 - 1 + 0 }\n");
    })
    .await;
    let mut rival = shop.db.org("rival").await.tx(Role::Owner).await;
    for fault in [
        code::connection(&mut rival, "shop").await.map(|_| ()).unwrap_err(),
        code::file(&mut rival, "shop", "a.rs").await.map(|_| ()).unwrap_err(),
        code::reindex(&mut rival, "shop").await.map(|_| ()).unwrap_err(),
    ] {
        assert_eq!(fault.code, Code::NotFound);
    }
}

#[tokio::test]
async fn a_missing_branch_is_refused_with_those_there_are() {
    let mut shop = Shop::new().await;
    shop.repo.put("a", "a").commit("trunk", "First");
    let mut tx = shop.org.tx(Role::Admin).await;
    let fault = code::connect(&mut tx, "shop", &input("main")).await.unwrap_err();
    assert_eq!(fault.code, Code::Validation);
    assert_eq!(fault.fields["branch"], "is not there; there are: trunk");
    assert_eq!(fault.details.unwrap()["branches"][0], "trunk");
}

#[tokio::test]
async fn what_lies_outside_of_the_allowed_folder_and_what_is_not_set_up_is_refused() {
    let shop = Shop::new().await;
    let mut tx = shop.org.tx(Role::Admin).await;
    for location in ["../elsewhere", "nothing", "/etc"] {
        let wrong = ConnectInput { location: location.into(), ..input("main") };
        let fault = code::connect(&mut tx, "shop", &wrong).await.unwrap_err();
        assert!(fault.fields.contains_key("location"), "{location}: {fault:?}");
    }
    // No address of a repository; one that the operator keeps nobody from calling; one that nobody can read.
    for (provider, location) in [
        (RepoProvider::Github, "shop.git"),
        (RepoProvider::Gitlab, "https://me:word@gitlab.com/acme/shop"),
        (RepoProvider::Github, "http://10.255.0.1:9/acme/shop"),
        (RepoProvider::Bitbucket, "acme/shop"),
    ] {
        let wrong = ConnectInput { provider, location: location.into(), ..input("main") };
        let fault = code::connect(&mut tx, "shop", &wrong).await.unwrap_err();
        assert!(fault.fields.contains_key("location"), "{location}: {fault:?}");
    }
}

#[tokio::test]
async fn an_empty_repository_is_indexed_with_no_files() {
    let shop = Shop::new().await;
    shop.connect().await;
    assert_eq!(shop.drain().await.failed, []);
    let connection = shop.connection().await;
    assert_eq!((connection.status, connection.files), (IndexStatus::Completed, 0));
}

#[tokio::test]
async fn another_branch_keeps_what_is_the_same() {
    let mut shop = Shop::indexed(|repo| {
        repo.put("same.txt", "same").put("old.txt", "old");
    })
    .await;
    shop.repo.remove("old.txt").put("new.txt", "new").commit("develop", "Other");
    let mut tx = shop.org.tx(Role::Admin).await;
    code::connect(&mut tx, "shop", &input("develop")).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(shop.drain().await.failed, []);
    let report = shop.report().await;
    assert_eq!((report.files, report.processed, report.removed), (2, 1, 1));
}

#[tokio::test]
async fn a_repository_that_moves_is_indexed_by_the_poll_and_one_that_does_not_is_left_alone() {
    let mut shop = Shop::indexed(|repo| {
        repo.put("a.txt", "a");
    })
    .await;
    let poll = async || {
        let mut tx = shop.db.app().db.begin_server().await.unwrap();
        kernel::jobs::enqueue(&mut tx, kernel::jobs::NewJob::new(code::POLL, serde_json::Value::Null)).await.unwrap();
        tx.commit().await.unwrap();
        shop.drain().await.ran
    };
    assert_eq!(poll().await, [code::POLL]);
    shop.repo.put("a.txt", "b").commit("main", "Second");
    let shop = shop;
    let mut tx = shop.db.app().db.begin_server().await.unwrap();
    kernel::jobs::enqueue(&mut tx, kernel::jobs::NewJob::new(code::POLL, serde_json::Value::Null)).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(shop.drain().await.ran, [code::POLL, "factory.codebase_index"]);
    assert_eq!(shop.report().await.processed, 1);
    assert_eq!(shop.connection().await.location, TestRepo::NAME);
}
