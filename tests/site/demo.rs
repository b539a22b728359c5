use kernel::testing::TestDb;

#[tokio::test]
async fn the_demo_loads_again_and_its_log_names_by_id_what_it_is_about() {
    let db = TestDb::new().await;
    let first = millrace::demo::load(&db.app()).await.unwrap().to_string();
    assert_eq!(millrace::demo::load(&db.app()).await.unwrap().to_string(), first);
    let lines: Vec<(String, Option<String>, Option<String>)> =
        sqlx::query_as("select action, target_type, target_id from core.audit_log where request_id like 'demo-%' order by id")
            .fetch_all(db.admin())
            .await
            .unwrap();
    assert_eq!(lines.len(), 22);
    for (action, kind, id) in &lines {
        let by_id = id.as_deref().is_some_and(|id| id.parse::<uuid::Uuid>().is_ok());
        assert_eq!(by_id, action != "audit.export", "{action} {kind:?} {id:?}");
        assert_eq!(kind.is_some(), by_id);
    }
    // Those who joined did so by invitation.
    let accepted: i64 = sqlx::query_scalar("select count(*) from core.invitations where status = 'accepted' and accepted_by is not null")
        .fetch_one(db.admin())
        .await
        .unwrap();
    assert_eq!(accepted, 5);
    let last = lines.iter().rev().find(|(action, ..)| action == "project.create").unwrap();
    assert_eq!(last.1.as_deref(), Some("project"));
}
