//! Token buckets shared by all processes.
use chrono::Duration;
use kernel::{
    Code,
    limits::{self, Limit, Rule},
    testing::TestDb,
};

const KEY: Rule = Rule::per_minute("key", 100);

#[tokio::test]
async fn a10_12_after_an_idle_minute_103_calls_pass_in_two_seconds_and_the_104th_waits_one() {
    let db = TestDb::new().await;
    let app = db.app();
    for _ in 0..100 {
        limits::take(&app, KEY, "a").await.unwrap();
    }
    assert!(limits::take(&app, KEY, "a").await.is_err());
    app.clock.advance(Duration::seconds(60));
    for n in 0..100 {
        let limit = limits::take(&app, KEY, "a").await.unwrap();
        assert_eq!((limit.limit, limit.remaining), (100, 99 - n));
    }
    app.clock.advance(Duration::seconds(2));
    for _ in 0..3 {
        limits::take(&app, KEY, "a").await.unwrap();
    }
    let fault = limits::take(&app, KEY, "a").await.unwrap_err();
    assert_eq!((fault.code, fault.retry_after), (Code::RateLimited, Some(1)));
    assert_eq!(fault.details.unwrap()["limit"], serde_json::json!({ "limit": 100, "remaining": 0, "reset": 60 }));
    // Refused calls took nothing: a second later one and two thirds more are there.
    app.clock.advance(Duration::seconds(1));
    limits::take(&app, KEY, "a").await.unwrap();
    limits::take(&app, KEY, "a").await.unwrap();
    assert!(limits::take(&app, KEY, "a").await.is_err());
}

#[tokio::test]
async fn each_key_and_rule_has_its_own_bucket_that_never_overflows() {
    let db = TestDb::new().await;
    let app = db.app();
    let reset = Rule::per_hour("reset", 3);
    for _ in 0..3 {
        limits::take(&app, reset, "ada@a.io").await.unwrap();
    }
    let fault = limits::take(&app, reset, "ada@a.io").await.unwrap_err();
    assert_eq!((fault.retry_after, fault.message.as_str()), (Some(1200), "Too many tries. Try again in 20 minutes."));
    assert_eq!(limits::take(&app, reset, "bea@a.io").await.unwrap(), Limit { limit: 3, remaining: 2, reset: 1200 });
    limits::take(&app, Rule::per_quarter("signin", 5), "ada@a.io").await.unwrap();
    limits::take(&app, Rule::per_day("invite", 50), "ada@a.io").await.unwrap();
    app.clock.advance(Duration::days(1));
    for _ in 0..3 {
        limits::take(&app, reset, "ada@a.io").await.unwrap();
    }
    assert!(limits::take(&app, reset, "ada@a.io").await.is_err());
    // A clock behind that of another process neither fails nor gives anything away.
    app.clock.advance(Duration::seconds(-30));
    assert!(limits::take(&app, reset, "ada@a.io").await.is_err());
}

#[tokio::test]
async fn failures_are_counted_by_taking_and_asked_by_peeking() {
    let db = TestDb::new().await;
    let app = db.app();
    let failures = Rule::per_quarter("failure", 2);
    for _ in 0..5 {
        limits::peek(&app, failures, "203.0.113.7").await.unwrap();
    }
    limits::take(&app, failures, "203.0.113.7").await.unwrap();
    assert_eq!(limits::peek(&app, failures, "203.0.113.7").await.unwrap().remaining, 1);
    limits::take(&app, failures, "203.0.113.7").await.unwrap();
    let fault = limits::peek(&app, failures, "203.0.113.7").await.unwrap_err();
    assert_eq!((fault.code, fault.retry_after), (Code::RateLimited, Some(450)));
    limits::clear(&app, failures, "203.0.113.7").await.unwrap();
    limits::peek(&app, failures, "203.0.113.7").await.unwrap();
}

#[tokio::test]
async fn processes_at_the_same_time_never_share_a_token() {
    let db = TestDb::new().await;
    let (one, two) = (db.app(), db.another_app().await);
    let tasks: Vec<_> = (0..40)
        .map(|n| {
            let app = if n % 2 == 0 { one.clone() } else { two.clone() };
            tokio::spawn(async move { limits::take(&app, Rule::per_day("burst", 10), "a").await })
        })
        .collect();
    let mut passed = 0;
    for task in tasks {
        match task.await.unwrap() {
            Ok(_) => passed += 1,
            Err(fault) => assert_eq!(fault.code, Code::RateLimited),
        }
    }
    assert_eq!(passed, 10);
}

#[tokio::test]
async fn idle_buckets_are_forgotten() {
    let db = TestDb::new().await;
    let app = db.app();
    limits::take(&app, KEY, "old").await.unwrap();
    app.clock.advance(Duration::days(1));
    limits::take(&app, KEY, "new").await.unwrap();
    assert_eq!(limits::forget_idle(&app).await.unwrap(), 0);
    app.clock.advance(Duration::hours(25));
    assert_eq!(limits::forget_idle(&app).await.unwrap(), 1);
    let left: Vec<String> = sqlx::query_scalar("select key from core.rate_limits").fetch_all(db.admin()).await.unwrap();
    assert_eq!(left, ["key:new"]);
}
