//! `core.note_change`: one notice per statement, organization and person, when the transaction commits.
use kernel::{access::Role, testing::TestDb};
use serde_json::{Value, json};
use sqlx::postgres::PgListener;
use std::time::Duration;
use uuid::Uuid;

async fn heard(listener: &mut PgListener) -> Vec<Value> {
    let mut all = Vec::new();
    // Notices of a committed transaction are on their way already; silence ends them.
    while let Ok(notice) = tokio::time::timeout(Duration::from_millis(300), listener.recv()).await {
        all.push(serde_json::from_str(notice.unwrap().payload()).unwrap());
    }
    all
}

async fn listen(db: &TestDb) -> PgListener {
    let mut listener = PgListener::connect(&db.urls().app).await.unwrap();
    listener.listen("millrace_live").await.unwrap();
    listener
}

const INVITE: &str = "insert into core.invitations (email, role, token_hash, invited_by, expires_at)
    select n || '@x.io', 'member', n || '-' || core.tenant(), core.actor(), now() from generate_series(1, $1) n returning id";

#[tokio::test]
async fn a_statement_tells_once_with_the_ids_it_touched() {
    let db = TestDb::new().await;
    let acme = db.org("acme").await;
    let mut listener = listen(&db).await;
    let mut tx = acme.tx(Role::Owner).await;
    let mut ids: Vec<Uuid> = sqlx::query_scalar(INVITE).bind(3).fetch_all(tx.conn()).await.unwrap();
    assert!(heard(&mut listener).await.is_empty(), "nothing is told before the commit");
    tx.commit().await.unwrap();

    let [notice] = <[Value; 1]>::try_from(heard(&mut listener).await).unwrap();
    assert_eq!((&notice["topic"], &notice["org"], &notice["user"]), (&json!("core.invitations"), &json!(acme.id), &Value::Null));
    let mut told: Vec<Uuid> = serde_json::from_value(notice["ids"].clone()).unwrap();
    ids.sort();
    told.sort();
    assert_eq!(told, ids);
    let first = notice["n"].as_i64().unwrap();

    for statement in ["update core.invitations set status = 'revoked'", "delete from core.invitations"] {
        let mut tx = acme.tx(Role::Owner).await;
        sqlx::query(statement).execute(tx.conn()).await.unwrap();
        tx.commit().await.unwrap();
        let notices = heard(&mut listener).await;
        assert_eq!(notices.len(), 1, "{statement}");
        assert_eq!(notices[0]["ids"].as_array().map(Vec::len), Some(3));
        assert!(notices[0]["n"].as_i64().unwrap() > first);
    }
}

#[tokio::test]
async fn a_large_statement_tells_the_topic_without_ids_and_a_rollback_nothing() {
    let db = TestDb::new().await;
    let acme = db.org("acme").await;
    let mut listener = listen(&db).await;
    let mut tx = acme.tx(Role::Owner).await;
    sqlx::query(INVITE).bind(5).execute(tx.conn()).await.unwrap();
    tx.rollback().await.unwrap();
    let mut tx = acme.tx(Role::Owner).await;
    sqlx::query(INVITE).bind(500).execute(tx.conn()).await.unwrap();
    sqlx::query("update core.invitations set status = 'expired' where status = 'accepted'").execute(tx.conn()).await.unwrap();
    tx.commit().await.unwrap();
    let notices = heard(&mut listener).await;
    assert_eq!(notices.len(), 1, "a statement that touches nothing tells nothing: {notices:?}");
    assert_eq!(notices[0]["ids"], Value::Null);
}

#[tokio::test]
async fn personal_rows_tell_their_person_only() {
    let db = TestDb::new().await;
    let (acme, globex) = (db.org("acme").await, db.org("globex").await);
    let mut listener = listen(&db).await;
    sqlx::query("insert into core.notifications (user_id, type, title) select unnest($1::uuid[]), 'info', 'Hello'")
        .bind([acme.user(Role::Owner).id, acme.user(Role::Owner).id, globex.user(Role::Owner).id])
        .execute(db.admin())
        .await
        .unwrap();
    let mut notices: Vec<(String, usize)> = heard(&mut listener)
        .await
        .iter()
        .inspect(|n| assert_eq!((&n["topic"], &n["org"]), (&json!("core.notifications"), &Value::Null)))
        .map(|n| (n["user"].as_str().unwrap().to_owned(), n["ids"].as_array().unwrap().len()))
        .collect();
    notices.sort_by_key(|(_, ids)| *ids);
    assert_eq!(notices, [(globex.user(Role::Owner).id.to_string(), 1), (acme.user(Role::Owner).id.to_string(), 2)]);
}

#[tokio::test]
async fn a_session_in_use_is_no_news_but_its_end_is() {
    let db = TestDb::new().await;
    let person = db.person("ada@a.io").await;
    let token = db.session(&person).await;
    let app = db.app();
    let mut listener = listen(&db).await;
    sqlx::query("update core.sessions set last_seen_at = now()").execute(db.admin()).await.unwrap();
    assert!(heard(&mut listener).await.is_empty());
    sqlx::query("select core.session_revoke($1, now())").bind(token).execute(app.db.pool()).await.unwrap();
    let notices = heard(&mut listener).await;
    assert_eq!(notices.len(), 1);
    assert_eq!((&notices[0]["topic"], &notices[0]["user"]), (&json!("core.sessions"), &json!(person.id)));
}
