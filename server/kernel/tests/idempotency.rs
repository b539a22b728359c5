//! Idempotency keys: the first answer, again.
use chrono::Duration;
use kernel::{
    Code, Fault,
    access::Role,
    db::TenantTx,
    idempotency::{Answer, Call, once},
    testing::{Org, TestDb},
};
use std::sync::atomic::{AtomicU32, Ordering};

fn call<'a>(key: &'a str, body: &'a str) -> Call<'a> {
    Call { key, path: "POST /api/v1/things", body: body.as_bytes(), status: 201 }
}

/// Counts how often the work is done; its answer is the count.
struct Work(AtomicU32);

impl Work {
    fn new() -> Self {
        Self(AtomicU32::new(0))
    }

    async fn run(&self, tx: &mut TenantTx, call: Call<'_>) -> Result<Answer<u32>, Fault> {
        once(tx, call, async |_| Ok(self.0.fetch_add(1, Ordering::SeqCst) + 1)).await
    }

    async fn commit(&self, org: &Org, role: Role, call: Call<'_>) -> Result<Answer<u32>, Fault> {
        let mut tx = org.tx(role).await;
        let answer = self.run(&mut tx, call).await?;
        tx.commit().await?;
        Ok(answer)
    }
}

#[tokio::test]
async fn a_repeated_call_is_answered_as_the_first() {
    let db = TestDb::new().await;
    let acme = db.org("acme").await;
    let work = Work::new();
    let first = work.commit(&acme, Role::Admin, call("k1", "a")).await.unwrap();
    assert_eq!(first, Answer { value: 1, status: 201, repeated: false });
    assert_eq!(work.commit(&acme, Role::Admin, call("k1", "a")).await.unwrap(), Answer { repeated: true, ..first });
    assert_eq!(work.commit(&acme, Role::Admin, call("k2", "a")).await.unwrap().value, 2);
    for other in [call("k1", "b"), Call { path: "DELETE /api/v1/things", ..call("k1", "a") }] {
        assert_eq!(work.commit(&acme, Role::Admin, other).await.unwrap_err().code, Code::Conflict);
    }
    for bad in ["", &"x".repeat(256)] {
        assert_eq!(work.commit(&acme, Role::Admin, call(bad, "a")).await.unwrap_err().code, Code::BadRequest);
    }
    assert_eq!(work.0.into_inner(), 2);
}

#[tokio::test]
async fn keys_belong_to_who_uses_them() {
    let db = TestDb::new().await;
    let (acme, globex) = (db.org("acme").await, db.org("globex").await);
    let work = Work::new();
    assert_eq!(work.commit(&acme, Role::Admin, call("k", "a")).await.unwrap().value, 1);
    assert_eq!(work.commit(&acme, Role::Owner, call("k", "b")).await.unwrap().value, 2);
    assert_eq!(work.commit(&globex, Role::Admin, call("k", "c")).await.unwrap().value, 3);
    // One person, in an organization and on their own pages.
    let bea = acme.user(Role::Admin);
    let mut tx = bea.tx(&db.app()).await;
    assert_eq!(work.run(&mut tx, call("k", "d")).await.unwrap().value, 4);
}

#[tokio::test]
async fn a_failed_call_may_be_tried_again() {
    let db = TestDb::new().await;
    let acme = db.org("acme").await;
    let mut tx = acme.tx(Role::Admin).await;
    let failed: Result<Answer<u32>, Fault> = once(&mut tx, call("k", "a"), async |_| Err(Fault::field("name", "is missing"))).await;
    assert_eq!(failed.unwrap_err().code, Code::Validation);
    drop(tx);
    assert_eq!(Work::new().commit(&acme, Role::Admin, call("k", "a")).await.unwrap(), Answer { value: 1, status: 201, repeated: false });
}

#[tokio::test]
async fn after_a_day_a_key_is_new() {
    let db = TestDb::new().await;
    let acme = db.org("acme").await;
    let work = Work::new();
    work.commit(&acme, Role::Admin, call("k", "a")).await.unwrap();
    db.app().clock.advance(Duration::hours(23));
    assert!(work.commit(&acme, Role::Admin, call("k", "a")).await.unwrap().repeated);
    db.app().clock.advance(Duration::hours(1));
    assert_eq!(work.commit(&acme, Role::Admin, call("k", "b")).await.unwrap(), Answer { value: 2, status: 201, repeated: false });
    assert!(work.commit(&acme, Role::Admin, call("k", "b")).await.unwrap().repeated);
}

/// Until a statement of this database waits for a lock.
async fn until_one_waits(db: &TestDb) {
    loop {
        let waiting: bool = sqlx::query_scalar(
            "select exists (select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock')",
        )
        .fetch_one(db.admin())
        .await
        .unwrap();
        if waiting {
            return;
        }
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn a_call_at_the_same_time_waits_for_the_first_ones_answer() {
    let db = TestDb::new().await;
    let acme = db.org("acme").await;
    let work = Work::new();
    let mut tx = acme.tx(Role::Admin).await;
    work.run(&mut tx, call("k", "a")).await.unwrap();
    let finish = async {
        until_one_waits(&db).await;
        tx.commit().await.unwrap();
    };
    let (second, ()) = tokio::join!(work.commit(&acme, Role::Admin, call("k", "a")), finish);
    assert_eq!(second.unwrap(), Answer { value: 1, status: 201, repeated: true });

    let mut tx = acme.tx(Role::Admin).await;
    work.run(&mut tx, call("k2", "a")).await.unwrap();
    let fail = async {
        until_one_waits(&db).await;
        tx.rollback().await.unwrap();
    };
    let (second, ()) = tokio::join!(work.commit(&acme, Role::Admin, call("k2", "a")), fail);
    assert_eq!(second.unwrap(), Answer { value: 3, status: 201, repeated: false });
}
