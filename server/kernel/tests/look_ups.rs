//! The definer functions of schema `core`: what they answer before a tenant is known, and what they refuse.
use chrono::{DateTime, Duration, Utc};
use kernel::{
    access::{Role, Session},
    fault::Code,
    testing::TestDb,
};
use serde_json::json;
use sqlx::{AssertSqlSafe, PgPool, Row, types::Json};
use uuid::Uuid;

async fn open(pool: &PgPool, token: &str, slug: Option<&str>, at: DateTime<Utc>) -> Option<Session> {
    let row: Option<Json<Session>> =
        sqlx::query_scalar("select core.session_open($1, $2, $3)").bind(token).bind(slug).bind(at).fetch_one(pool).await.unwrap();
    row.map(|row| row.0)
}

async fn admin(db: &TestDb, sql: &str) {
    sqlx::raw_sql(AssertSqlSafe(sql.to_owned())).execute(db.admin()).await.unwrap();
}

#[tokio::test]
async fn a_session_answers_person_organizations_and_the_one_asked_for() {
    let db = TestDb::new().await;
    let (app, acme, globex) = (db.app(), db.org("acme").await, db.org("globex").await);
    let cleo = acme.user(Role::Member);
    db.join(globex.id, cleo, Role::Admin).await;
    db.org("initech").await;
    admin(
        &db,
        r#"update core.organizations set settings = '{"mfa_required": true, "member_grants": ["publish"], "timezone": "Europe/Berlin"}' where slug = 'acme'"#,
    )
    .await;
    for n in 0..3 {
        admin(
            &db,
            &format!(
                "insert into core.notifications (user_id, type, title, snoozed_until) values ('{}', 'info', 'x', {})",
                cleo.id,
                if n == 0 { "now() + interval '1 hour'" } else { "null" }
            ),
        )
        .await;
    }
    let token = db.session(cleo).await;
    let now = app.clock.now();

    let session = open(app.db.pool(), &token, Some("acme"), now).await.unwrap();
    assert_eq!((session.user_id, session.email.as_str(), session.name.as_str()), (cleo.id, "cleo@acme.test", "Cleo"));
    assert_eq!((session.has_mfa, session.is_platform_admin, session.unread), (false, false, 2));
    assert_eq!((session.interface_mode.as_str(), session.deletion_at), ("simple", None));
    let listed: Vec<_> = session.organizations.iter().map(|o| (o.slug.as_str(), o.role)).collect();
    assert_eq!(listed, [("acme", Role::Member), ("globex", Role::Admin)]);
    let org = session.org.unwrap();
    assert_eq!((org.org.id, org.org.role, org.mfa_required, org.suspended), (acme.id, Role::Member, true, false));
    assert_eq!((org.member_grants, org.timezone.as_str()), (vec!["publish".to_owned()], "Europe/Berlin"));

    assert_eq!(open(app.db.pool(), &token, Some("initech"), now).await.unwrap().org, None, "not a member");
    assert_eq!(open(app.db.pool(), &token, None, now).await.unwrap().org, None);
    assert_eq!(open(app.db.pool(), "nobody", Some("acme"), now).await, None);

    // The request takes it from here: 404 elsewhere, 401 for a second factor that is asked for and missing.
    let fault = db.request(cleo, Some("initech")).await.member().await.unwrap_err();
    assert_eq!(fault.code, Code::NotFound);
    let fault = db.request(cleo, Some("acme")).await.member().await.unwrap_err();
    assert_eq!(fault.code, Code::MfaRequired);
    let actor = db.request(cleo, Some("globex")).await.member().await.unwrap();
    assert_eq!((actor.org, actor.role), (Some(globex.id), Some(Role::Admin)));
}

#[tokio::test]
async fn a_session_with_factors_settings_and_a_pending_deletion_says_so() {
    let db = TestDb::new().await;
    let (app, ada) = (db.app(), db.person("ada@a.io").await);
    let token = db.session(&ada).await;
    let due = "2027-01-01T00:00:00Z";
    admin(
        &db,
        &format!(
            "insert into core.passkeys (user_id, name, credential_id, credential) values ('{0}', 'Key', 'c', '{{}}');
             insert into core.user_preferences (user_id, preference_category, interface_mode) values ('{0}', 'general', 'advanced');
             insert into core.data_deletion_requests (user_id, execute_after) values ('{0}', '{due}')",
            ada.id
        ),
    )
    .await;
    let session = open(app.db.pool(), &token, None, app.clock.now()).await.unwrap();
    assert!(session.has_mfa);
    assert_eq!(session.interface_mode, "advanced");
    assert_eq!(session.deletion_at, Some(due.parse().unwrap()));
    assert_eq!(session.organizations, []);
    let fault = db.request(&ada, Some("acme")).await.member().await.unwrap_err();
    assert_eq!(fault.code, Code::Forbidden);
}

#[tokio::test]
async fn a_session_ends_by_idleness_age_setting_revocation_and_deletion() {
    let db = TestDb::new().await;
    let (app, acme) = (db.app(), db.org("acme").await);
    let ada = acme.user(Role::Owner);
    let (pool, start) = (app.db.pool(), app.clock.now());
    let days = |n: i64| start + Duration::days(n);

    let token = db.session(ada).await;
    assert!(open(pool, &token, None, days(7) - Duration::minutes(1)).await.is_some(), "use within a week keeps it");
    assert!(open(pool, &token, None, days(13)).await.is_some());
    assert!(open(pool, &token, None, days(20)).await.is_none(), "seven days unused");
    admin(&db, "update core.sessions set last_seen_at = now() + interval '29 days'").await;
    assert!(open(pool, &token, None, days(29)).await.is_some());
    assert!(open(pool, &token, None, days(30)).await.is_none(), "thirty days old");

    let token = db.session(ada).await;
    admin(&db, r#"update core.organizations set settings = '{"session_max_days": 2}'"#).await;
    assert!(open(pool, &token, Some("acme"), days(1)).await.is_some());
    assert!(open(pool, &token, Some("acme"), days(2)).await.is_none(), "the organization allows two days");
    assert!(open(pool, &token, None, days(2)).await.is_some(), "elsewhere it still stands");

    let ended: bool = sqlx::query_scalar("select core.session_revoke($1, $2)").bind(&token).bind(days(2)).fetch_one(pool).await.unwrap();
    assert!(ended);
    assert!(open(pool, &token, None, days(2)).await.is_none());

    let token = db.session(ada).await;
    admin(&db, "update core.users set deleted_at = now()").await;
    assert!(open(pool, &token, None, start).await.is_none());
}

#[tokio::test]
async fn a_session_notes_its_use_once_a_minute_and_where() {
    let db = TestDb::new().await;
    let (app, acme, globex) = (db.app(), db.org("acme").await, db.org("globex").await);
    let ada = acme.user(Role::Owner);
    db.join(globex.id, ada, Role::Member).await;
    let token = db.session(ada).await;
    let (pool, start) = (app.db.pool(), app.clock.now());
    let row = async || {
        let row = sqlx::query("select xmin::text, last_seen_at, last_org_id from core.sessions").fetch_one(db.admin()).await.unwrap();
        (row.get::<String, _>(0), row.get::<DateTime<Utc>, _>(1), row.get::<Option<Uuid>, _>(2))
    };
    open(pool, &token, Some("acme"), start).await;
    let first = row().await;
    assert_eq!(first.2, Some(acme.id));
    for (slug, seconds) in [("acme", 20), ("acme", 59)] {
        open(pool, &token, Some(slug), start + Duration::seconds(seconds)).await;
    }
    open(pool, &token, None, start + Duration::seconds(59)).await;
    assert_eq!(row().await, first, "nothing is written within the minute");
    open(pool, &token, None, start + Duration::seconds(61)).await;
    let later = row().await;
    assert_eq!((later.1 - first.1, later.2), (Duration::seconds(61), Some(acme.id)));
    open(pool, &token, Some("globex"), start + Duration::seconds(62)).await;
    assert_eq!(row().await.2, Some(globex.id));
}

#[tokio::test]
async fn a10_01_only_the_first_person_becomes_platform_admin() {
    let db = TestDb::new().await;
    let app = db.app();
    let any = async || sqlx::query_scalar::<_, bool>("select core.any_user()").fetch_one(app.db.pool()).await.unwrap();
    assert!(!any().await);
    let make = |email: &'static str| {
        let pool = app.db.pool().clone();
        async move {
            sqlx::query_scalar::<_, Option<Uuid>>("select core.first_admin($1, 'Ada', 'hash')").bind(email).fetch_one(&pool).await.unwrap()
        }
    };
    let (a, b) = tokio::join!(make("ada@a.io"), make("eve@a.io"));
    assert!(a.is_some() != b.is_some(), "one of two at once");
    assert!(any().await);
    let admins: i64 = sqlx::query_scalar("select count(*) from core.users where is_platform_admin and email_verified")
        .fetch_one(db.admin())
        .await
        .unwrap();
    assert_eq!(admins, 1);
}

#[tokio::test]
async fn signing_up_makes_person_and_organization_and_names_what_is_taken() {
    let db = TestDb::new().await;
    let (app, acme) = (db.app(), db.org("acme").await);
    let pool = app.db.pool();
    let ada: Uuid = sqlx::query_scalar("select core.create_user('Ada@A.io', 'Ada', null, false)").fetch_one(pool).await.unwrap();
    let error = sqlx::query("select core.create_user('ada@a.io', 'Ada', null, false)").execute(pool).await.unwrap_err();
    assert_eq!(error.as_database_error().unwrap().constraint(), Some("users_email_key"));
    let make = |slug: &'static str| {
        sqlx::query_scalar::<_, Uuid>("select core.create_organization('A', $1, $2)").bind(slug).bind(ada).fetch_one(pool)
    };
    for (slug, constraint) in [
        ("acme", "organizations_slug_key"),
        ("login", "organizations_slug_check"),
        ("a--b", "organizations_slug_check"),
        ("x", "organizations_slug_check"),
    ] {
        assert_eq!(make(slug).await.unwrap_err().as_database_error().unwrap().constraint(), Some(constraint), "{slug}");
    }
    let free = async |base: &str| {
        sqlx::query_scalar::<_, String>("select core.free_org_slug($1)").bind(base.to_owned()).fetch_one(pool).await.unwrap()
    };
    assert_eq!(
        (free("acme").await, free("globex").await, free("login").await, free("x").await),
        ("acme-2".into(), "globex".into(), "login-2".into(), "org-x".into())
    );
    let made = make("globex").await.unwrap();
    let role: String = sqlx::query_scalar("select role from core.memberships where org_id = $1 and user_id = $2")
        .bind(made)
        .bind(ada)
        .fetch_one(db.admin())
        .await
        .unwrap();
    assert_eq!(role, "owner");

    let row = sqlx::query("select id, email, last_org_slug from core.user_for_sign_in('ADA@a.IO')").fetch_one(pool).await.unwrap();
    assert_eq!((row.get::<Uuid, _>(0), row.get::<String, _>(1), row.get::<String, _>(2)), (ada, "Ada@A.io".into(), "globex".into()));
    let row = sqlx::query("select id from core.organization_by_slug('acme')").fetch_one(pool).await.unwrap();
    assert_eq!(row.get::<Uuid, _>(0), acme.id);
}

#[tokio::test]
async fn keys_and_tokens_are_found_by_prefix_with_what_their_check_needs() {
    let db = TestDb::new().await;
    let (app, acme, globex) = (db.app(), db.org("acme").await, db.org("globex").await);
    let cleo = acme.user(Role::Member);
    admin(
        &db,
        &format!(
            "insert into core.api_keys (organization_id, user_id, name, key_prefix, key_hash, scopes, ip_allow) values ('{0}', '{1}', 'K', 'abcdefgh', 'h', '{{mcp:read}}', '{{10.0.0.0/8}}');
             insert into core.api_tokens (user_id, name, token_prefix, token_hash, scopes) values ('{1}', 'T', 'ABCDEFGH', 'h', '[\"org:read\"]');
             update core.organizations set settings = '{{\"member_grants\": [\"approve\"]}}' where slug = 'acme'",
            acme.id, cleo.id
        ),
    )
    .await;
    let pool = app.db.pool();
    let key =
        sqlx::query("select organization_id, creator_role, scopes, ip_allow from core.key_open('abcdefgh')").fetch_one(pool).await.unwrap();
    assert_eq!(key.get::<Uuid, _>(0), acme.id);
    assert_eq!(key.get::<Option<Role>, _>(1), Some(Role::Member));
    assert_eq!((key.get::<Vec<String>, _>(2), key.get::<Vec<String>, _>(3)), (vec!["mcp:read".to_owned()], vec!["10.0.0.0/8".to_owned()]));
    let token = async |slug: &str| {
        let row = sqlx::query("select organization_id, role, member_grants from core.token_open('ABCDEFGH', $1)")
            .bind(slug.to_owned())
            .fetch_one(pool)
            .await
            .unwrap();
        (row.get::<Option<Uuid>, _>(0), row.get::<Option<Role>, _>(1), row.get::<Vec<String>, _>(2))
    };
    assert_eq!(token("acme").await, (Some(acme.id), Some(Role::Member), vec!["approve".to_owned()]));
    assert_eq!(token(&globex.slug).await, (None, None, vec![]));
    admin(&db, &format!("delete from core.memberships where user_id = '{}'", cleo.id)).await;
    let key = sqlx::query("select creator_role from core.key_open('abcdefgh')").fetch_one(pool).await.unwrap();
    assert_eq!(key.get::<Option<Role>, _>(0), None, "the creator has left");
}

#[tokio::test]
async fn a_job_is_queued_once_per_key_and_never_for_another_organization() {
    let db = TestDb::new().await;
    let (acme, globex) = (db.org("acme").await, db.org("globex").await);
    let mut tx = acme.tx(Role::Member).await;
    let mut ids = Vec::new();
    for key in ["a", "a", "b"] {
        let id: Uuid = sqlx::query_scalar("select core.enqueue($1, 'x.y', $2, $3, null, null, null)")
            .bind(acme.id)
            .bind(json!({ "n": 1 }))
            .bind(key)
            .fetch_one(tx.conn())
            .await
            .unwrap();
        ids.push(id);
    }
    assert_eq!(ids[0], ids[1]);
    assert_ne!(ids[0], ids[2]);
    let own: i64 = sqlx::query_scalar("select count(*) from core.jobs where created_by = core.actor()").fetch_one(tx.conn()).await.unwrap();
    assert_eq!(own, 2, "members see the jobs they started");
    tx.commit().await.unwrap();
    let woken: i64 = sqlx::query_scalar("select count(*) from graphile_worker.jobs").fetch_one(db.admin()).await.unwrap();
    assert_eq!(woken, 2);

    let mut tx = acme.tx(Role::Owner).await;
    let refused =
        sqlx::query("select core.enqueue($1, 'x.y', '{}', null, null, null, null)").bind(globex.id).execute(tx.conn()).await.unwrap_err();
    assert_eq!(refused.as_database_error().and_then(|e| e.code()).as_deref(), Some("42501"));
}

#[tokio::test]
async fn notices_reach_members_only_and_once_per_key() {
    let db = TestDb::new().await;
    let (acme, globex) = (db.org("acme").await, db.org("globex").await);
    let mut tx = acme.tx(Role::Member).await;
    let mut tell = async |to: Uuid, key: &str| -> Option<Uuid> {
        sqlx::query_scalar("select core.notify($1, 'info', 'Hello', null, null, null, null, null, $2)")
            .bind(to)
            .bind(key.to_owned())
            .fetch_one(tx.conn())
            .await
            .unwrap()
    };
    let bea = acme.user(Role::Admin).id;
    assert!(tell(bea, "k").await.is_some());
    assert!(tell(bea, "k").await.is_none());
    assert!(tell(globex.user(Role::Owner).id, "k").await.is_none());
    let mine: i64 = sqlx::query_scalar("select count(*) from core.notifications").fetch_one(tx.conn()).await.unwrap();
    assert_eq!(mine, 0, "a notice is read by its person");
}

#[tokio::test]
async fn mail_is_queued_by_anybody_and_read_by_the_server_alone() {
    let db = TestDb::new().await;
    let (app, acme) = (db.app(), db.org("acme").await);
    let queue = "select core.queue_mail(null, 'new@x.io', 'reset', '{}', 'Reset', 'Link', null)";
    sqlx::query(queue).execute(app.db.pool()).await.unwrap();
    let mut tx = acme.tx(Role::Owner).await;
    sqlx::query(queue).execute(tx.conn()).await.unwrap();
    let seen: i64 = sqlx::query_scalar("select count(*) from core.mail_queue").fetch_one(tx.conn()).await.unwrap();
    assert_eq!(seen, 0, "not even an owner: links in mails sign people in");
    tx.commit().await.unwrap();
    let mut system = acme.system().await;
    let seen: i64 = sqlx::query_scalar("select count(*) from core.mail_queue").fetch_one(system.conn()).await.unwrap();
    assert_eq!(seen, 1);
    let platform: i64 = sqlx::query_scalar("select count(*) from core.mail_queue").fetch_one(app.db.admin_pool()).await.unwrap();
    assert_eq!(platform, 2, "the mailbox of the platform admin");
}
