use crate::{document, feature, save, shop, work_order};
use factory::{
    drift::{self, DriftAlert, DriftQuery, DriftStatus, DriftType, Severity},
    graph::{self, EdgeType, EntityKind, EntityRef},
    job_runs, suggestions, work_orders,
};
use kernel::{
    Code,
    access::Role,
    db::TenantTx,
    jobs::{self, JobRegistry},
    record::PageRequest,
    testing::{Org, TestDb},
};
use uuid::Uuid;

fn registry() -> JobRegistry {
    let mut registry = JobRegistry::new();
    factory::register(&mut registry);
    registry
}

/// Commits, lets the jobs run, and begins anew.
async fn after_jobs(db: &TestDb, org: &Org, tx: TenantTx) -> TenantTx {
    tx.commit().await.unwrap();
    let drained = jobs::drain(&db.app(), &registry()).await.unwrap();
    assert_eq!(drained.failed, []);
    org.tx(Role::Admin).await
}

async fn alerts(tx: &mut TenantTx) -> Vec<DriftAlert> {
    drift::list(tx, "shop", &DriftQuery::default(), &PageRequest::default()).await.unwrap().rows
}

/// Target, type and weight of the live alerts.
async fn live(tx: &mut TenantTx) -> Vec<(Uuid, DriftType, Severity)> {
    let mut list: Vec<_> = alerts(tx).await.into_iter().map(|a| (a.target.unwrap().entity_id, a.drift_type, a.severity)).collect();
    list.sort_by_key(|(_, _, severity)| std::cmp::Reverse(*severity));
    list
}

/// R, B, W1 (ready), W2 (done): B derives from R, both work orders from B.
async fn four(tx: &mut TenantTx, project: Uuid) -> [EntityRef; 4] {
    let login = feature(tx, "Login").await;
    let r = document(tx, project, "feature_requirements", Some(login.id), "R").await;
    let b = document(tx, project, "feature_blueprint", Some(login.id), "B").await;
    let w1 = work_order(tx, project, Some(login.id), "ready").await;
    let w2 = work_order(tx, project, Some(login.id), "done").await;
    [r, b, w1, w2]
}

#[tokio::test]
async fn a20_04_a_saved_requirement_raises_two_alerts_and_marking_in_sync_or_undoing_ends_them() {
    let (db, org, mut tx, shop) = shop().await;
    let [r, b, w1, _] = four(&mut tx, shop.id).await;
    save(&mut tx, r, "R v1").await;
    let mut tx = after_jobs(&db, &org, tx).await;
    let both = [(b.id, DriftType::RequirementsDrift, Severity::High), (w1.id, DriftType::WorkOrderDrift, Severity::Medium)];
    assert_eq!(live(&mut tx).await, both);
    // Saved again: the same two, refreshed.
    save(&mut tx, r, "R v2").await;
    let mut tx = after_jobs(&db, &org, tx).await;
    assert_eq!(live(&mut tx).await, both);
    let all: i64 = sqlx::query_scalar("select count(*) from factory.drift_alerts").fetch_one(tx.conn()).await.unwrap();
    assert_eq!(all, 2);
    // Mark in sync.
    let alert = alerts(&mut tx).await.into_iter().find(|a| a.drift_type == DriftType::RequirementsDrift).unwrap();
    let alert = drift::decide(&mut tx, alert.id, DriftStatus::Resolved).await.unwrap();
    assert!(alert.resolved_at.is_some());
    assert_eq!(alert.resolved_by.as_deref(), Some("Bea"));
    drift::start_scan(&mut tx, "shop").await.unwrap();
    let mut tx = after_jobs(&db, &org, tx).await;
    let all: i64 = sqlx::query_scalar("select count(*) from factory.drift_alerts").fetch_one(tx.conn()).await.unwrap();
    assert_eq!((all, live(&mut tx).await.len()), (2, 0));
}

#[tokio::test]
async fn a20_04_undoing_the_change_resolves_both_by_the_server() {
    let (db, org, mut tx, shop) = shop().await;
    let [r, ..] = four(&mut tx, shop.id).await;
    save(&mut tx, r, "Changed").await;
    let mut tx = after_jobs(&db, &org, tx).await;
    assert_eq!(live(&mut tx).await.len(), 2);
    save(&mut tx, r, "R").await;
    let mut tx = after_jobs(&db, &org, tx).await;
    let ended: Vec<(String, bool, Option<Uuid>)> =
        sqlx::query_as("select status, resolved_at is not null, resolved_by from factory.drift_alerts").fetch_all(tx.conn()).await.unwrap();
    assert_eq!(ended, vec![("resolved".to_owned(), true, None); 2]);
}

#[tokio::test]
async fn a_foundation_with_two_blueprints_is_two_medium_alerts_and_still_two() {
    let (db, org, mut tx, shop) = shop().await;
    let foundation = document(&mut tx, shop.id, "foundation_blueprint", None, "Foundation").await;
    for name in ["One", "Two"] {
        let f = feature(&mut tx, name).await;
        document(&mut tx, shop.id, "feature_blueprint", Some(f.id), &format!("Blueprint {name}")).await;
    }
    for words in ["v1", "v2"] {
        save(&mut tx, foundation, words).await;
        tx = after_jobs(&db, &org, tx).await;
        let list: Vec<_> = live(&mut tx).await.into_iter().map(|(_, kind, severity)| (kind, severity)).collect();
        assert_eq!(list, [(DriftType::FoundationDrift, Severity::Medium); 2]);
    }
}

#[tokio::test]
async fn a_scan_finds_what_no_job_told_and_an_acknowledged_alert_stays_until_it_is_decided() {
    let (db, org, mut tx, shop) = shop().await;
    let [r, b, ..] = four(&mut tx, shop.id).await;
    sqlx::query("update factory.graph_nodes set content_hash = 'other' where entity_id = $1").bind(r.id).execute(tx.conn()).await.unwrap();
    assert_eq!(drift::scan(&mut tx, shop.id).await.unwrap(), (1, 0));
    let found = live(&mut tx).await;
    assert_eq!(found, [(b.id, DriftType::RequirementsDrift, Severity::High)]);
    let id = alerts(&mut tx).await[0].id;
    drift::decide(&mut tx, id, DriftStatus::Acknowledged).await.unwrap();
    assert_eq!(drift::scan(&mut tx, shop.id).await.unwrap(), (0, 0));
    assert_eq!(alerts(&mut tx).await[0].status, DriftStatus::Acknowledged);
    let fault = drift::decide(&mut tx, id, DriftStatus::Open).await.unwrap_err();
    assert_eq!(
        (fault.code, fault.details.unwrap()["allowed"].clone()),
        (Code::InvalidTransition, serde_json::json!(["resolved", "dismissed"]))
    );
    drift::decide(&mut tx, id, DriftStatus::Dismissed).await.unwrap();
    assert_eq!(drift::scan(&mut tx, shop.id).await.unwrap(), (0, 0));
    assert_eq!(drift::decide(&mut tx, id, DriftStatus::Resolved).await.unwrap_err().code, Code::InvalidTransition);
    drop((db, org));
}

#[tokio::test]
async fn a20_14_changed_code_makes_its_blueprint_drift() {
    let (db, org, mut tx, shop) = shop().await;
    let [_, b, w1, _] = four(&mut tx, shop.id).await;
    let (connection,): (Uuid,) = sqlx::query_as(
        "insert into factory.codebase_connections (project_id, github_installation_id, repository_url, repository_owner, repository_name)
         values ($1, 0, 'file:///repo', 'local', 'repo') returning id",
    )
    .bind(shop.id)
    .fetch_one(tx.conn())
    .await
    .unwrap();
    let (file,): (Uuid,) = sqlx::query_as(
        "insert into factory.codebase_files (connection_id, file_path, file_hash) values ($1, 'src/login.rs', 'a') returning id",
    )
    .bind(connection)
    .fetch_one(tx.conn())
    .await
    .unwrap();
    graph::keep_files(&mut tx, shop.id, &[file]).await.unwrap();
    let code = EntityRef::new(EntityKind::CodebaseFile, file);
    graph::link(&mut tx, shop.id, code, EdgeType::Implements, b).await.unwrap();
    let mut tx = after_jobs(&db, &org, tx).await;
    assert_eq!(live(&mut tx).await, []);
    sqlx::query("update factory.codebase_files set file_hash = 'b'").execute(tx.conn()).await.unwrap();
    graph::keep_files(&mut tx, shop.id, &[file]).await.unwrap();
    let mut tx = after_jobs(&db, &org, tx).await;
    let expected = [(b.id, DriftType::CodeDrift, Severity::High), (w1.id, DriftType::WorkOrderDrift, Severity::Medium)];
    assert_eq!(live(&mut tx).await, expected);
    let of_blueprint = drift::of_entities(&mut tx, EntityKind::Document, &[b.id]).await.unwrap();
    assert_eq!((of_blueprint.len(), of_blueprint[0].0), (1, b));
    // The author of the blueprint is told once, however often it drifts.
    let told: i64 = sqlx::query_scalar("select count(*) from core.notifications where type = 'factory.drift_alert' and user_id = $1")
        .bind(org.user(Role::Admin).id)
        .fetch_one(db.admin())
        .await
        .unwrap();
    assert_eq!(told, 1);
}

#[tokio::test]
async fn the_nightly_job_scans_every_project_and_each_job_shows_how_it_ended() {
    let (db, org, mut tx, shop) = shop().await;
    let [r, ..] = four(&mut tx, shop.id).await;
    sqlx::query("update factory.graph_nodes set content_hash = 'other' where entity_id = $1").bind(r.id).execute(tx.conn()).await.unwrap();
    tx.commit().await.unwrap();
    let mut server = db.app().db.begin_server().await.unwrap();
    jobs::enqueue(&mut server, jobs::NewJob::new("factory.drift_nightly", serde_json::Value::Null)).await.unwrap();
    server.commit().await.unwrap();
    let drained = jobs::drain(&db.app(), &registry()).await.unwrap();
    let ran: Vec<_> = drained.ran.iter().filter(|kind| *kind != "factory.embedding").collect();
    assert_eq!(ran, ["factory.drift_nightly", "factory.drift_detection", "factory.notify_slack"]);
    let mut tx = org.tx(Role::Member).await;
    let runs = job_runs::list(&mut tx, shop.id, &PageRequest::default()).await.unwrap().rows;
    let shown: Vec<_> = runs.iter().map(|r| (r.job_type.as_str(), r.status, r.progress, r.attempts)).collect();
    assert_eq!(shown, [("drift_detection", job_runs::JobStatus::Completed, 100, 1)]);
    assert_eq!(runs[0].output, Some(serde_json::json!({ "alerts": 1, "resolved": 0 })));
    assert_eq!(job_runs::retry(&mut tx, runs[0].id).await.unwrap_err().code, Code::InvalidTransition);
}

#[tokio::test]
async fn a_failed_job_shows_why_and_is_tried_again_as_a_new_one() {
    let (db, org, mut tx, shop) = shop().await;
    let run = job_runs::start(&mut tx, job_runs::NewRun::new(shop.id, "drift_detection", "nonsense").unique("k")).await.unwrap();
    // The same key while it waits: the same row.
    let same = job_runs::start(&mut tx, job_runs::NewRun::new(shop.id, "drift_detection", "nonsense").unique("k")).await.unwrap();
    assert_eq!(run, same);
    tx.commit().await.unwrap();
    jobs::drain(&db.app(), &registry()).await.unwrap();
    let mut tx = org.tx(Role::Member).await;
    let failed = job_runs::get(&mut tx, run).await.unwrap();
    assert_eq!(failed.status, job_runs::JobStatus::Failed);
    assert!(failed.error.unwrap().starts_with("The payload was not understood"));
    let again = job_runs::retry(&mut tx, run).await.unwrap();
    assert_eq!((again.status, again.id == run), (job_runs::JobStatus::Pending, false));
    tx.commit().await.unwrap();
    let mut tx = db.org("globex").await.tx(Role::Owner).await;
    assert_eq!(job_runs::get(&mut tx, run).await.unwrap_err().code, Code::NotFound);
}

fn said(words: &str) -> serde_json::Value {
    richtext::markdown::parse(words).unwrap().to_value()
}

/// Saves a version of a document that was written in Markdown.
async fn write(tx: &mut TenantTx, document: EntityRef, words: &str) {
    sqlx::query("update factory.documents set content = $2 where id = $1")
        .bind(document.id)
        .bind(said(words))
        .execute(tx.conn())
        .await
        .unwrap();
    sqlx::query(
        "insert into factory.document_versions (document_id, version_number, content)
         select $1, coalesce(max(version_number), 0) + 1, $2 from factory.document_versions where document_id = $1",
    )
    .bind(document.id)
    .bind(said(words))
    .execute(tx.conn())
    .await
    .unwrap();
    graph::keep_document(tx, document.id).await.unwrap();
}

#[tokio::test]
async fn edits_are_proposed_for_what_rests_on_a_changed_text() {
    let (db, org, mut tx, shop) = shop().await;
    let login = feature(&mut tx, "Login").await;
    let r = document(&mut tx, shop.id, "feature_requirements", Some(login.id), "R").await;
    write(&mut tx, r, "# Reset\n\n- A reset mail arrives within 60 seconds.\n").await;
    let b = document(&mut tx, shop.id, "feature_blueprint", Some(login.id), "B").await;
    write(&mut tx, b, "# Mails\n\nThe reset mail arrives within 60 seconds.\n\n# Data\n\nOne table of tokens.\n").await;
    let w = work_order(&mut tx, shop.id, Some(login.id), "ready").await;
    sqlx::query("update factory.work_orders set acceptance_criteria = $2 where id = $1")
        .bind(w.id)
        .bind(said("- [x] The reset mail arrives within 60 seconds.\n- [x] It names the device.\n"))
        .execute(tx.conn())
        .await
        .unwrap();
    write(&mut tx, r, "# Reset\n\n- A reset mail arrives within 20 seconds.\n").await;
    let mut tx = after_jobs(&db, &org, tx).await;
    let all = alerts(&mut tx).await;
    let of = |id: Uuid| all.iter().find(|a| a.target.as_ref().unwrap().entity_id == id).unwrap().id;

    let made = drift::propose(&mut tx, of(b.id)).await.unwrap();
    assert_eq!((made.document.id, made.parts), (b.id, 1));
    let suggestion = suggestions::get(&mut tx, made.suggestion).await.unwrap();
    let part = &suggestion.diffs[0];
    assert_eq!((suggestion.summary.as_deref(), part.section_id.as_str()), (Some("After a change of “R”"), "mails"));
    assert_eq!(part.new_content.trim(), "# Mails\n\nThe reset mail arrives within 20 seconds.");
    assert_eq!(drift::propose(&mut tx, of(b.id)).await.unwrap().suggestion, made.suggestion, "it waits already");
    let decision = suggestions::Decision { accept: vec![part.id], ..Default::default() };
    suggestions::decide(&mut tx, suggestion.id, &decision).await.unwrap();
    // Taken: the blueprint says so, and asks for nothing more.
    assert_eq!(drift::propose(&mut tx, of(b.id)).await.unwrap_err().code, Code::Validation);

    let made = drift::propose(&mut tx, of(w.id)).await.unwrap();
    assert_eq!(made.document.id, b.id, "kept with the blueprint it derives from");
    let suggestion = suggestions::get(&mut tx, made.suggestion).await.unwrap();
    let proposal = suggestion.diffs[0].proposal.clone().unwrap();
    assert_eq!((proposal.updates, proposal.description.as_str()), (Some(w.id), ""));
    assert_eq!(proposal.criteria, ["The reset mail arrives within 20 seconds.", "It names the device."]);
    let decision = suggestions::Decision { accept: vec![suggestion.diffs[0].id], ..Default::default() };
    suggestions::decide(&mut tx, suggestion.id, &decision).await.unwrap();
    let order = work_orders::get(&mut tx, w.id).await.unwrap();
    let ticks: Vec<bool> = order.acceptance_criteria.unwrap()["content"][0]["content"]
        .as_array()
        .unwrap()
        .iter()
        .map(|task| task["attrs"]["checked"].as_bool().unwrap_or_default())
        .collect();
    assert_eq!(ticks, [false, true], "what is still asked for stays ticked");

    drift::decide(&mut tx, of(w.id), DriftStatus::Dismissed).await.unwrap();
    assert_eq!(drift::propose(&mut tx, of(w.id)).await.unwrap_err().code, Code::Conflict);
    tx.commit().await.unwrap();
    let mut tx = db.org("globex").await.tx(Role::Owner).await;
    assert_eq!(drift::propose(&mut tx, all[0].id).await.unwrap_err().code, Code::NotFound);
}
