use crate::{double::Double, item, receive, registry, run_jobs, says, shop};
use chrono::Duration;
use factory::{
    feedback::{self, FeedbackInput},
    integrations::{self, IntegrationInput, IntegrationType, Tracker},
    projects::Project,
};
use kernel::{
    Code,
    access::Role,
    jobs,
    testing::{Org, TestDb},
};
use serde_json::json;
use uuid::Uuid;

async fn connect(org: &Org, kind: IntegrationType, input: IntegrationInput) {
    let mut tx = org.tx(Role::Admin).await;
    integrations::save(&mut tx, "shop", kind, &IntegrationInput { enabled: true, ..input }).await.unwrap();
    tx.commit().await.unwrap();
}

async fn bug(db: &TestDb, org: &Org, shop: &Project) -> Uuid {
    let id = receive(
        org,
        shop,
        &FeedbackInput { title: Some("Total is wrong".into()), external_user_id: Some("u-7".into()), ..says("An error.\n\nAlways.") },
    )
    .await;
    run_jobs(db).await;
    id
}

async fn ask(org: &Org, id: Uuid) -> feedback::IssueBegun {
    let mut tx = org.tx(Role::Member).await;
    let begun = feedback::create_issue(&mut tx, id, None).await.unwrap();
    tx.commit().await.unwrap();
    begun
}

/// Drains until nothing is left, whatever fails on the way; the clock goes on a minute each time.
async fn all_tries(db: &TestDb) -> usize {
    let mut failed = 0;
    for _ in 0..8 {
        failed += jobs::drain(&db.app(), &registry()).await.unwrap().failed.len();
        db.app().clock.advance(Duration::minutes(2));
    }
    failed
}

#[tokio::test]
async fn a20_12_github_gets_the_issue_once_after_two_errors() {
    let (db, org, shop) = shop().await;
    let made = json!({ "number": 41, "html_url": "https://github.example/acme/shop/issues/41" });
    let github = Double::start(vec![(500, json!({})), (500, json!({})), (201, made)], vec![]).await;
    let input = IntegrationInput {
        repository: "acme/shop".into(),
        base_url: github.url.clone(),
        label: "openfactory".into(),
        secret: "ghp_secret1234".into(),
        ..Default::default()
    };
    connect(&org, IntegrationType::GithubIssues, input).await;
    let id = bug(&db, &org, &shop).await;
    assert_eq!(ask(&org, id).await.tracker, Tracker::Github);
    assert_eq!(all_tries(&db).await, 2);
    let posts = github.posts();
    assert_eq!(posts.len(), 3);
    let last = &posts[2];
    assert_eq!(last.path, "/repos/acme/shop/issues");
    assert_eq!(
        (last.headers["authorization"].to_str().unwrap(), last.headers["x-github-api-version"].to_str().unwrap()),
        ("Bearer ghp_secret1234", "2022-11-28")
    );
    assert_eq!((last.body["title"].clone(), last.body["labels"].clone()), (json!("Total is wrong"), json!(["bug", "openfactory"])));
    let body = last.body["body"].as_str().unwrap();
    assert!(body.starts_with("An error.\n\nAlways.") && body.contains(&format!("millrace-feedback-{id}")), "{body}");
    // Before each repetition it was looked for.
    assert_eq!(github.calls().len(), 5);
    let mut tx = org.tx(Role::Member).await;
    let now = item(&mut tx, id).await;
    assert_eq!((now.issue_id.as_deref(), now.issue_url.as_deref()), (Some("41"), Some("https://github.example/acme/shop/issues/41")));
    let fault = feedback::create_issue(&mut tx, id, None).await.unwrap_err();
    assert_eq!((fault.code, fault.details.unwrap()["url"].clone()), (Code::Conflict, json!("https://github.example/acme/shop/issues/41")));
}

#[tokio::test]
async fn a20_12_an_issue_whose_answer_was_lost_is_found_and_not_made_again() {
    let (db, org, shop) = shop().await;
    let id = bug(&db, &org, &shop).await;
    let there = json!([{ "number": 1, "html_url": "x", "body": "other" },
        { "number": 7, "html_url": "https://github.example/7", "body": format!("text <!-- millrace-feedback-{id} -->") }]);
    let github = Double::start(vec![(502, json!({}))], vec![(200, there)]).await;
    let input = IntegrationInput {
        repository: "acme/shop".into(),
        base_url: github.url.clone(),
        secret: "ghp_secret1234".into(),
        ..Default::default()
    };
    connect(&org, IntegrationType::GithubIssues, input).await;
    ask(&org, id).await;
    all_tries(&db).await;
    assert_eq!(github.posts().len(), 1);
    let mut tx = org.tx(Role::Member).await;
    assert_eq!(item(&mut tx, id).await.issue_id.as_deref(), Some("7"));
}

#[tokio::test]
async fn a20_12_jira_gets_type_labels_and_text_and_gitlab_its_issue() {
    let (db, org, shop) = shop().await;
    let jira = Double::start(
        vec![(500, json!({})), (500, json!({})), (201, json!({ "id": "10", "key": "SHOP-3" }))],
        vec![(200, json!({ "issues": [] })), (200, json!({ "issues": [] }))],
    )
    .await;
    let input = IntegrationInput {
        base_url: format!("{}/", jira.url),
        email: "a@b.test".into(),
        project_key: "shop".into(),
        label: "openfactory".into(),
        secret: "tok".into(),
        ..Default::default()
    };
    connect(&org, IntegrationType::Jira, input).await;
    let id = bug(&db, &org, &shop).await;
    assert_eq!(ask(&org, id).await.tracker, Tracker::Jira);
    all_tries(&db).await;
    let posts = jira.posts();
    assert_eq!((posts.len(), posts[2].path.as_str()), (3, "/rest/api/3/issue"));
    let fields = &posts[2].body["fields"];
    assert_eq!(
        (fields["issuetype"]["name"].clone(), fields["project"]["key"].clone(), fields["summary"].clone()),
        (json!("Bug"), json!("SHOP"), json!("Total is wrong"))
    );
    assert_eq!(fields["labels"], json!(["bug", "openfactory", format!("millrace-feedback-{id}")]));
    assert_eq!(fields["description"]["content"][1]["content"][0]["text"], "Always.");
    assert_eq!(posts[2].headers["authorization"], "Basic YUBiLnRlc3Q6dG9r");
    let mut tx = org.tx(Role::Member).await;
    assert_eq!(item(&mut tx, id).await.issue_url, Some(format!("{}/browse/SHOP-3", jira.url)));
    drop(tx);

    let gitlab = Double::start(vec![(201, json!({ "iid": 5, "web_url": "https://gitlab.example/5" }))], vec![]).await;
    let input = IntegrationInput {
        provider: "gitlab".into(),
        repository: "group/sub/shop".into(),
        base_url: gitlab.url.clone(),
        secret: "glpat-secret9876".into(),
        ..Default::default()
    };
    connect(&org, IntegrationType::GithubIssues, input).await;
    let id = bug(&db, &org, &shop).await;
    assert_eq!(ask(&org, id).await.tracker, Tracker::Gitlab);
    all_tries(&db).await;
    let call = &gitlab.posts()[0];
    assert_eq!(
        (call.path.as_str(), call.headers["private-token"].to_str().unwrap(), call.body["labels"].clone()),
        ("/api/v4/projects/group%2Fsub%2Fshop/issues", "glpat-secret9876", json!("bug"))
    );
}

#[tokio::test]
async fn what_cannot_get_better_ends_at_once_and_leaves_the_item_as_it_was() {
    let (db, org, shop) = shop().await;
    let id = bug(&db, &org, &shop).await;
    let mut tx = org.tx(Role::Member).await;
    let fault = feedback::create_issue(&mut tx, id, Some(Tracker::Github)).await.unwrap_err();
    assert_eq!((fault.code, fault.code.status()), (Code::BadRequest, 400));
    drop(tx);
    let github = Double::start(vec![(410, json!({ "message": "Issues are disabled" }))], vec![(200, json!({ "has_issues": false }))]).await;
    let input = IntegrationInput {
        repository: "acme/shop".into(),
        base_url: github.url.clone(),
        secret: "ghp_secret1234".into(),
        ..Default::default()
    };
    connect(&org, IntegrationType::GithubIssues, input).await;
    let tested = integrations::test(&db.app(), &org.actor(Role::Admin), "shop", IntegrationType::GithubIssues).await.unwrap();
    assert_eq!((tested.ok, tested.message.as_str()), (false, "Issues are turned off in acme/shop."));
    ask(&org, id).await;
    assert_eq!(all_tries(&db).await, 1);
    let mut tx = org.tx(Role::Member).await;
    let seen = feedback::detail(&mut tx, "shop", id).await.unwrap();
    assert_eq!(seen.item.issue_url, None);
    assert_eq!(seen.issue_run.unwrap().error.as_deref(), Some("Issues are turned off in this GitHub project."));
}

#[tokio::test]
async fn without_a_connection_an_issue_is_a_work_item_of_the_project() {
    let (db, org, shop) = shop().await;
    let id = bug(&db, &org, &shop).await;
    let begun = ask(&org, id).await;
    assert_eq!((begun.tracker, begun.job), (Tracker::Builtin, None));
    let (kind, title): (String, String) = sqlx::query_as("select type, title from factory.work_items").fetch_one(db.admin()).await.unwrap();
    assert_eq!((kind.as_str(), title.as_str()), ("bug", "Total is wrong"));
}

#[tokio::test]
async fn a_secret_is_sealed_and_shown_by_its_end_alone() {
    let (db, org, _shop) = shop().await;
    let input = IntegrationInput { enabled: true, repository: "acme/shop".into(), secret: "ghp_secret1234".into(), ..Default::default() };
    let mut tx = org.tx(Role::Admin).await;
    let kept = integrations::save(&mut tx, "shop", IntegrationType::GithubIssues, &input).await.unwrap();
    assert_eq!(kept.secret, "••••1234");
    // An empty secret keeps it; without one there is nothing to keep.
    let again = integrations::save(
        &mut tx,
        "shop",
        IntegrationType::GithubIssues,
        &IntegrationInput { secret: String::new(), label: "x".into(), ..input.clone() },
    )
    .await
    .unwrap();
    assert_eq!((again.secret.as_str(), again.id == kept.id), ("••••1234", true));
    let fault = integrations::save(&mut tx, "shop", IntegrationType::Slack, &IntegrationInput::default()).await.unwrap_err();
    assert_eq!(fault.fields["secret"], "is required");
    for repository in ["", "acme", "a/b/c", "../x", "a/b?x"] {
        let fault = integrations::save(
            &mut tx,
            "shop",
            IntegrationType::GithubIssues,
            &IntegrationInput { repository: repository.into(), ..input.clone() },
        )
        .await
        .unwrap_err();
        assert_eq!(fault.fields["repository"], "is written as owner/name", "{repository}");
    }
    tx.commit().await.unwrap();
    let raw: String = sqlx::query_scalar("select c::text from factory.integration_configs c").fetch_one(db.admin()).await.unwrap();
    assert!(!raw.contains("ghp_secret"), "{raw}");
    let mut tx = org.tx(Role::Member).await;
    assert_eq!(integrations::save(&mut tx, "shop", IntegrationType::GithubIssues, &input).await.unwrap_err().code, Code::Forbidden);
    let listed = integrations::list(&mut tx, "shop").await.unwrap();
    assert_eq!(listed.len(), 1);
    assert_eq!(integrations::remove(&mut tx, "shop", IntegrationType::GithubIssues).await.unwrap_err().code, Code::Forbidden);
}
