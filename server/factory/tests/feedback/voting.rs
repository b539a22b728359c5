use crate::{feature, run_jobs, shop};
use factory::voting::{self, Ballot, Settings};
use kernel::{
    Code,
    access::{RequestInfo, Role},
    jobs,
    request::Request,
    testing::TestDb,
};
use uuid::Uuid;

/// Somebody who has never been here.
fn visitor(db: &TestDb) -> Request {
    Request::new(db.app(), RequestInfo::default(), None, None)
}

fn wants(feature: Uuid, email: &str) -> Ballot {
    Ballot { feature, wanted: true, email: email.into() }
}

async fn ship(db: &TestDb, feature: Uuid) {
    sqlx::query("update factory.features set status = 'passing' where id = $1").bind(feature).execute(db.admin()).await.unwrap();
    let mut server = db.app().db.begin_server().await.unwrap();
    jobs::enqueue(&mut server, jobs::NewJob::new("factory.voting_shipped", serde_json::Value::Null)).await.unwrap();
    server.commit().await.unwrap();
    run_jobs(db).await;
}

#[tokio::test]
async fn b20_04_visitors_vote_for_what_the_team_shows_and_are_told_once_that_it_shipped() {
    let (db, org, _shop) = shop().await;
    let [gift, dark, secret] =
        [feature(&org, "Gift wrapping", "P2").await, feature(&org, "Dark theme", "P2").await, feature(&org, "Secret", "P0").await];
    let mut tx = org.tx(Role::Admin).await;
    let closed = voting::show(&mut tx, "shop", gift.id, true).await.unwrap();
    assert_eq!((closed.enabled, closed.path), (false, None), "a page is opened by an admin, not by putting features on it");
    tx.commit().await.unwrap();
    let mut tx = org.tx(Role::Admin).await;
    voting::show(&mut tx, "shop", dark.id, true).await.unwrap();
    let team = voting::settings(&mut tx, "shop", &Settings { enabled: true, intro: "What next?".into() }).await.unwrap();
    tx.commit().await.unwrap();
    let token = team.path.unwrap().trim_start_matches("/vote/").to_owned();

    let page = voting::look(&visitor(&db), &token, None).await.unwrap();
    assert_eq!((page.project.as_str(), page.intro.as_deref()), ("Shop", Some("What next?")));
    let names: Vec<_> = page.open.iter().map(|f| f.name.as_str()).collect();
    assert_eq!(names, ["Gift wrapping", "Dark theme"], "nothing else of the project is shown");

    for (voter, email) in [("ines", ""), ("ines", "ines@example.org"), ("tom", "")] {
        voting::vote(&visitor(&db), &token, voter, &wants(dark.id, email)).await.unwrap();
    }
    let page = voting::vote(&visitor(&db), &token, "ines", &wants(gift.id, "")).await.unwrap();
    let seen: Vec<_> = page.open.iter().map(|f| (f.name.as_str(), f.votes, f.voted)).collect();
    assert_eq!(seen, [("Dark theme", 2, true), ("Gift wrapping", 1, true)], "voting twice is voting once, the most wanted first");
    assert_eq!(page.email.as_deref(), Some("ines@example.org"));
    let page = voting::vote(&visitor(&db), &token, "ines", &Ballot { wanted: false, ..wants(gift.id, "") }).await.unwrap();
    assert_eq!((page.open[1].votes, page.open[1].voted), (0, false), "a vote is taken back");
    assert_eq!(voting::vote(&visitor(&db), &token, "tom", &wants(secret.id, "")).await.unwrap_err().code, Code::NotFound);
    assert_eq!(voting::vote(&visitor(&db), &token, "tom", &wants(dark.id, "nonsense")).await.unwrap_err().code, Code::Validation);

    ship(&db, dark.id).await;
    ship(&db, dark.id).await;
    let told: Vec<(String, String)> =
        sqlx::query_as("select to_email, subject from core.mail_queue where template = 'shipped'").fetch_all(db.admin()).await.unwrap();
    assert_eq!(told, [("ines@example.org".to_owned(), "Dark theme has shipped".to_owned())]);
    let page = voting::look(&visitor(&db), &token, Some("tom")).await.unwrap();
    assert_eq!((page.open.len(), page.shipped[0].name.as_str(), page.shipped[0].voted), (1, "Dark theme", true));
    assert_eq!(voting::vote(&visitor(&db), &token, "eve", &wants(dark.id, "")).await.unwrap_err().code, Code::Conflict);
    let mut tx = org.tx(Role::Member).await;
    let team = voting::team(&mut tx, "shop").await.unwrap();
    let seen: Vec<_> = team.features.iter().map(|f| (f.feature.name.as_str(), f.votes, f.listening, f.told)).collect();
    assert_eq!(seen, [("Gift wrapping", 0, 0, 0), ("Dark theme", 2, 0, 1)]);
}

#[tokio::test]
async fn a_page_is_opened_renewed_and_closed_by_admins_alone() {
    let (db, org, _shop) = shop().await;
    let mut tx = org.tx(Role::Member).await;
    let open = Settings { enabled: true, intro: String::new() };
    assert_eq!(voting::settings(&mut tx, "shop", &open).await.unwrap_err().code, Code::Forbidden);
    assert_eq!(voting::renew(&mut tx, "shop").await.unwrap_err().code, Code::Forbidden);
    drop(tx);
    let mut tx = org.tx(Role::Admin).await;
    let first = voting::settings(&mut tx, "shop", &open).await.unwrap().path.unwrap();
    let second = voting::renew(&mut tx, "shop").await.unwrap().path.unwrap();
    tx.commit().await.unwrap();
    assert_ne!(first, second);
    let look = async |path: &str| voting::look(&visitor(&db), path.trim_start_matches("/vote/"), None).await.map(|p| p.project);
    assert_eq!(look(&first).await.unwrap_err().code, Code::NotFound);
    assert_eq!(look(&second).await.unwrap(), "Shop");
    let mut tx = org.tx(Role::Admin).await;
    voting::settings(&mut tx, "shop", &Settings::default()).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(look(&second).await.unwrap_err().code, Code::NotFound);
    let mut tx = db.org("globex").await.tx(Role::Owner).await;
    assert_eq!(voting::team(&mut tx, "shop").await.unwrap_err().code, Code::NotFound);
}
