use crate::drain;
use core_area::{
    api_keys::{self, NewApiKey},
    organizations::{self, NewOrganization},
    privacy::{self, ConsentEdit, DeletionAsk, DeletionConfirm, RequestStatus},
    tokens,
};
use kernel::{
    Code,
    access::{Actor, Role},
    app::App,
    db::TenantTx,
    files,
    record::PageRequest,
    testing::{Person, TestDb},
};
use sha2::{Digest, Sha256};
use sqlx::AssertSqlSafe;
use std::{collections::BTreeMap, io::Read};

/// A row or more of the person in as many tables as can be written plainly.
async fn live_a_little(db: &TestDb, person: &Person) {
    let app = db.app();
    let scopes = NewApiKey { name: "Mine".into(), scopes: vec!["org:read".into()], ..NewApiKey::default() };
    let mut tx = person.tx(&app).await;
    tokens::create(&mut tx, &scopes).await.unwrap();
    privacy::set_consents(&mut tx, &ConsentEdit { marketing_consent: true, data_retention_days: 365, ..ConsentEdit::default() })
        .await
        .unwrap();
    core_area::preferences::set(&mut tx, "lists", serde_json::json!({ "a": 1 })).await.unwrap();
    let grid = core_area::preferences::notices(&mut tx).await.unwrap();
    core_area::preferences::set_notices(&mut tx, &grid).await.unwrap();
    kernel::secrets::set(&mut tx, kernel::secrets::Scope::Person, "openai", "sk-not-to-be-exported").await.unwrap();
    tx.commit().await.unwrap();
    for statement in [
        "insert into core.accounts (user_id, provider, provider_account_id, access_token) values ($1, 'github', $1::text, 'v1.k.n.c')",
        "insert into core.mfa_recovery_codes (user_id, code_hash) values ($1, 'hash-' || $1::text)",
        "insert into core.known_devices (user_id, device_hash) values ($1, 'hash')",
        "insert into core.notifications (user_id, type, title) values ($1, 'core.test', 'Hello')",
        "insert into core.login_attempts (email) select email from core.users where id = $1",
        "insert into core.mail_queue (to_email, template, subject, text_body) select upper(email), 'x', 'y', 'z' from core.users where id = $1",
        "insert into core.api_keys (organization_id, user_id, name, key_prefix, key_hash) select org_id, $1, 'k', 'p', 'h' from core.memberships where user_id = $1",
        "insert into core.invitations (organization_id, email, role, token_hash, invited_by, expires_at)
           select org_id, 'friend@y.io', 'member', 't-' || $1::text, $1, now() + interval '7 days' from core.memberships where user_id = $1 limit 1",
    ] {
        sqlx::query(statement).bind(person.id).execute(db.admin()).await.unwrap_or_else(|e| panic!("{statement}: {e}"));
    }
    db.session(person).await;
}

/// What the superuser counts in every marked table.
async fn marked_rows(db: &TestDb, person: &Person) -> BTreeMap<String, i64> {
    let tables: Vec<(String, Option<String>, Option<String>)> =
        sqlx::query_as("select table_name, user_column, email_column from core.privacy_tables()").fetch_all(db.admin()).await.unwrap();
    let mut rows = BTreeMap::new();
    for (table, user, email) in tables {
        let test = match (&user, &email) {
            (Some(column), _) => format!("{column} = '{}'", person.id),
            (None, Some(column)) => format!("lower({column}) = lower('{}')", person.email),
            (None, None) => unreachable!("marked by neither"),
        };
        let n: i64 =
            sqlx::query_scalar(AssertSqlSafe(format!("select count(*) from {table} where {test}"))).fetch_one(db.admin()).await.unwrap();
        rows.insert(table, n);
    }
    rows
}

fn unpack(bytes: &[u8]) -> BTreeMap<String, Vec<u8>> {
    let mut zip = zip::ZipArchive::new(std::io::Cursor::new(bytes)).unwrap();
    let mut files = BTreeMap::new();
    for n in 0..zip.len() {
        let mut file = zip.by_index(n).unwrap();
        let mut content = Vec::new();
        file.read_to_end(&mut content).unwrap();
        files.insert(file.name().to_owned(), content);
    }
    files
}

#[tokio::test]
async fn a10_16_an_export_holds_every_marked_row_and_its_checksums_match() {
    let db = TestDb::new().await;
    let app = db.app();
    let (acme, globex) = (db.org("acme").await, db.org("globex").await);
    let cleo = acme.user(Role::Member);
    db.join(globex.id, cleo, Role::Admin).await;
    live_a_little(&db, cleo).await;
    // A trace in an organization she has left.
    let left = db.org("left").await;
    sqlx::query("insert into core.audit_log (organization_id, actor_type, actor_id, action, result, severity) values ($1, 'user', $2, 'old', 'success', 'info')")
        .bind(left.id)
        .bind(cleo.id)
        .execute(db.admin())
        .await
        .unwrap();
    let avatar = app.files.put(b"not really a picture".to_vec()).await.unwrap();
    sqlx::query("update core.users set avatar_url = '/api/avatars/' || $2 where id = $1")
        .bind(cleo.id)
        .bind(&avatar.sha256)
        .execute(db.admin())
        .await
        .unwrap();
    let mut tx = cleo.tx(&app).await;
    let asked = privacy::request_export(&mut tx).await.unwrap();
    assert_eq!((asked.status, asked.downloadable), (RequestStatus::Pending, false));
    tx.commit().await.unwrap();
    drain(&app).await;

    let mut tx = cleo.tx(&app).await;
    let done = privacy::exports(&mut tx).await.unwrap().remove(0);
    assert_eq!((done.status, done.downloadable), (RequestStatus::Completed, true));
    assert_eq!(done.expires_at, Some(app.clock.now() + chrono::Duration::days(7)));
    let link = privacy::download_export(&mut tx, done.id).await.unwrap();
    drop(tx);
    let parts: BTreeMap<String, String> = url::Url::parse(&format!("http://x{link}")).unwrap().query_pairs().into_owned().collect();
    let sha256 = done.sha256.unwrap();
    assert!(link.starts_with(&format!("/files/{sha256}?")));
    files::check_link(&app.pepper, &sha256, &parts["name"], parts["until"].parse().unwrap(), &parts["sig"], app.clock.now()).unwrap();

    let bytes = app.files.get(&sha256).await.unwrap();
    let contents = unpack(&bytes);
    let manifest: serde_json::Value = serde_json::from_slice(&contents["manifest.json"]).unwrap();
    let mut exported = BTreeMap::new();
    for table in manifest["tables"].as_array().unwrap() {
        let content = &contents[table["file"].as_str().unwrap()];
        assert_eq!(hex::encode(Sha256::digest(content)), table["sha256"].as_str().unwrap(), "{table}");
        let lines = content.split(|b| *b == b'\n').filter(|line| !line.is_empty()).count() as i64;
        assert_eq!(lines, table["rows"].as_i64().unwrap());
        exported.insert(table["table"].as_str().unwrap().to_owned(), lines);
    }
    // What the export itself left since: the mail that says it is ready with its job, the log line of the download.
    let mut there = marked_rows(&db, cleo).await;
    for (table, since) in [("core.mail_queue", 1), ("core.jobs", 1), ("core.privacy_audit_log", 1)] {
        *there.get_mut(table).unwrap() -= since;
    }
    assert_eq!(exported, there);
    let filled = exported.iter().filter(|(_, n)| **n > 0).count();
    assert!(filled >= 18, "the test fills only {filled} tables: {exported:?}");
    assert_eq!(contents[&format!("uploads/{}", avatar.sha256)], b"not really a picture");
    let text: String = contents.values().map(|c| String::from_utf8_lossy(c).into_owned()).collect();
    for secret in ["sk-not-to-be-exported", "v1.k.n.c", "hash-", "token_hash", "encrypted_value", "password_hash"] {
        assert!(!text.contains(secret), "{secret} is in the export");
    }

    // One in 24 hours; the file goes after seven days; a fresh proof is asked for.
    let mut tx = cleo.tx(&app).await;
    let fault = privacy::request_export(&mut tx).await.unwrap_err();
    assert_eq!(fault.code, Code::RateLimited);
    assert!(fault.retry_after.unwrap() > 23 * 3600);
    drop(tx);
    let late = Actor { reauth_at: None, ..cleo.actor(&app) };
    let mut tx = TenantTx::begin(&app, late).await.unwrap();
    assert_eq!(privacy::download_export(&mut tx, done.id).await.unwrap_err().code, Code::ReauthRequired);
    drop(tx);
    let mut tx = acme.user(Role::Owner).tx(&app).await;
    assert_eq!(privacy::download_export(&mut tx, done.id).await.unwrap_err().code, Code::NotFound);
    drop(tx);
    app.clock.advance(chrono::Duration::days(7));
    let mut tx = cleo.tx(&app).await;
    assert_eq!(privacy::download_export(&mut tx, done.id).await.unwrap_err().code, Code::Gone);
    drop(tx);
    core_area::retention::purge(&app).await.unwrap();
    assert!(!app.files.exists(&sha256).await.unwrap());
}

#[tokio::test]
async fn a10_16_a_table_of_people_without_a_mark_is_found() {
    let db = TestDb::new().await;
    let unmarked: Vec<(String, String)> = sqlx::query_as("select * from core.privacy_unmarked()").fetch_all(db.admin()).await.unwrap();
    assert_eq!(unmarked, [], "mark these tables: comment on table .. is '.. privacy:user=<column>'");
    // The test would notice one.
    sqlx::query("create table core.diary (id uuid primary key, user_id uuid not null)").execute(db.admin()).await.unwrap();
    let unmarked: Vec<(String, String)> = sqlx::query_as("select * from core.privacy_unmarked()").fetch_all(db.admin()).await.unwrap();
    assert_eq!(unmarked, [("core.diary".to_owned(), "user_id".to_owned())]);
}

#[tokio::test]
async fn marked_tables_can_be_read_and_those_not_kept_deleted() {
    let db = TestDb::new().await;
    let closed: Vec<String> = sqlx::query_scalar(
        "select p.table_name from core.privacy_tables() p
         where not has_any_column_privilege('app_user', p.table_name, 'select')
            or not p.keep and not has_table_privilege('app_user', p.table_name, 'delete')",
    )
    .fetch_all(db.admin())
    .await
    .unwrap();
    assert_eq!(closed, Vec::<String>::new());
}

async fn code(db: &TestDb, to: &str) -> String {
    let data: serde_json::Value = sqlx::query_scalar(
        "select data from core.mail_queue where to_email = $1 and template = 'deletion_code' order by created_at desc limit 1",
    )
    .bind(to)
    .fetch_one(db.admin())
    .await
    .unwrap();
    data["code"].as_str().unwrap().to_owned()
}

fn ask(person: &Person) -> DeletionAsk {
    DeletionAsk { email: person.email.clone(), with_organizations: false }
}

async fn confirmed(db: &TestDb, person: &Person, ask: DeletionAsk) {
    let app = db.app();
    let mut tx = person.tx(&app).await;
    privacy::request_deletion(&mut tx, &ask).await.unwrap();
    tx.commit().await.unwrap();
    let mut tx = person.tx(&app).await;
    let request = privacy::confirm_deletion(&mut tx, &DeletionConfirm { code: code(db, &person.email).await }).await.unwrap();
    assert_eq!(request.execute_after, Some(app.clock.now() + chrono::Duration::days(14)));
    tx.commit().await.unwrap();
}

/// Every text and JSON column of every table that holds the text.
async fn places_of(db: &TestDb, text: &str) -> Vec<String> {
    let columns: Vec<(String, String)> = sqlx::query_as(
        "select format('%I.%I', table_schema, table_name), format('%I', column_name) from information_schema.columns
         join information_schema.tables using (table_schema, table_name)
         where table_type = 'BASE TABLE' and table_schema not in ('pg_catalog', 'information_schema')
           and (data_type in ('text', 'character varying', 'jsonb', 'json', 'ARRAY', 'bytea'))",
    )
    .fetch_all(db.admin())
    .await
    .unwrap();
    let mut places = Vec::new();
    for (table, column) in columns {
        let n: i64 = sqlx::query_scalar(AssertSqlSafe(format!(
            "select count(*) from {table} where position(lower($1) in lower({column}::text)) > 0"
        )))
        .bind(text)
        .fetch_one(db.admin())
        .await
        .unwrap();
        if n > 0 {
            places.push(format!("{table}.{column}"));
        }
    }
    places
}

async fn sweep(app: &App) {
    privacy::sweep(app).await.unwrap();
    drain(app).await;
}

#[tokio::test]
async fn a10_17_after_fourteen_days_no_row_holds_the_address() {
    let db = TestDb::new().await;
    let app = db.app();
    let (acme, globex) = (db.org("acme").await, db.org("globex").await);
    let bea = acme.user(Role::Admin);
    db.join(globex.id, bea, Role::Member).await;
    let before = db.request(bea, Some("acme")).await;
    assert!(before.member().await.is_ok());
    live_a_little(&db, bea).await;
    let mut tx = acme.tx(Role::Admin).await;
    let scopes = NewApiKey { name: "Team".into(), scopes: vec!["org:read".into()], ..NewApiKey::default() };
    let key = api_keys::create(&mut tx, &scopes).await.unwrap();
    kernel::secrets::set(&mut tx, kernel::secrets::Scope::Organization, "openai", "sk-of-acme").await.unwrap();
    tx.commit().await.unwrap();
    let mut tx = bea.tx(&app).await;
    privacy::request_export(&mut tx).await.unwrap();
    tx.commit().await.unwrap();
    drain(&app).await;
    let export: String = sqlx::query_scalar("select file_sha256 from core.data_export_requests").fetch_one(db.admin()).await.unwrap();

    // A wrong address, a wrong code, somebody else's code.
    let mut tx = bea.tx(&app).await;
    let wrong = DeletionAsk { email: "bea".into(), with_organizations: false };
    assert!(privacy::request_deletion(&mut tx, &wrong).await.unwrap_err().fields.contains_key("email"));
    let preview = privacy::deletion_preview(&mut tx).await.unwrap();
    assert!(preview.goes.iter().any(|(what, _)| what == "User secrets") && preview.stays.iter().any(|(what, _)| what == "Audit log"));
    drop(tx);
    let mut tx = bea.tx(&app).await;
    privacy::request_deletion(&mut tx, &ask(bea)).await.unwrap();
    assert!(
        privacy::confirm_deletion(&mut tx, &DeletionConfirm { code: "AAAAAAAA".into() }).await.unwrap_err().fields.contains_key("code")
    );
    tx.commit().await.unwrap();
    confirmed(&db, bea, ask(bea)).await;

    // At once: sessions, tokens and keys end. A new sign-in is offered the way back only.
    let again =
        kernel::request::Request::new(db.app(), kernel::testing::request(), before.session_token().map(str::to_owned), Some("acme".into()));
    assert_eq!(again.member().await.unwrap_err().code, Code::Unauthenticated);
    let refused = core_area::key_auth::authenticate(&app, &key.secret, None, &kernel::testing::request()).await.unwrap_err();
    assert_eq!(refused.fault.code, Code::Unauthenticated);
    let signed_in = db.request(bea, Some("acme")).await;
    assert!(signed_in.require_session().await.unwrap().deletion_at.is_some());
    assert_eq!(signed_in.member().await.unwrap_err().code, Code::Forbidden);

    app.clock.advance(chrono::Duration::days(13));
    sweep(&app).await;
    assert!(!places_of(&db, &bea.email).await.is_empty(), "not yet");
    app.clock.advance(chrono::Duration::days(1));
    sweep(&app).await;
    assert_eq!(places_of(&db, &bea.email).await, Vec::<String>::new());
    let (name, email, hash): (String, String, Option<String>) =
        sqlx::query_as("select name, email, password_hash from core.users where id = $1 and deleted_at is not null")
            .bind(bea.id)
            .fetch_one(db.admin())
            .await
            .unwrap();
    assert!(name.starts_with("deleted-") && name.len() == 16 && email == name && hash.is_none());
    let (status, result): (String, serde_json::Value) =
        sqlx::query_as("select status, result from core.data_deletion_requests").fetch_one(db.admin()).await.unwrap();
    assert_eq!(status, "completed");
    assert_eq!(result["deleted"]["core.user_secrets"], 1);
    assert_eq!(result["deleted"]["core.memberships"], 2);
    assert_eq!(result["blanked"]["core.org_secrets.set_by"], 1);
    assert!(!app.files.exists(&export).await.unwrap(), "her export went too");
    let rows = marked_rows(&db, bea).await;
    let left: Vec<&str> = rows.iter().filter(|(_, n)| **n > 0).map(|(table, _)| table.as_str()).collect();
    let kept: Vec<String> =
        sqlx::query_scalar("select table_name from core.privacy_tables() where keep").fetch_all(db.admin()).await.unwrap();
    assert!(left.iter().all(|table| kept.iter().any(|k| k == table)), "{left:?}");
    assert!(rows["core.audit_log"] > 0, "the log keeps the id");
    // What she made with others is still there, and nobody's.
    let secrets: i64 =
        sqlx::query_scalar("select count(*) from core.org_secrets where set_by is null").fetch_one(db.admin()).await.unwrap();
    assert_eq!(secrets, 1);
    sweep(&app).await;
}

#[tokio::test]
async fn a10_17_a_sole_owner_stays_until_somebody_else_owns_and_a_lonely_organization_goes_after_a_tick() {
    let db = TestDb::new().await;
    let app = db.app();
    let acme = db.org("acme").await;
    let ada = acme.user(Role::Owner);
    let mut tx = ada.tx(&app).await;
    let fault = privacy::request_deletion(&mut tx, &ask(ada)).await.unwrap_err();
    assert_eq!((fault.code, fault.message.contains("Acme")), (Code::SoleOwner, true));
    let preview = privacy::deletion_preview(&mut tx).await.unwrap();
    assert_eq!((preview.blocked_by.len(), preview.organizations.len()), (1, 0));
    drop(tx);

    let dora = db.person("dora@x.io").await;
    let mut tx = dora.tx(&app).await;
    let solo = organizations::create(&mut tx, &NewOrganization { name: "Solo".into(), slug: String::new() }).await.unwrap();
    tx.commit().await.unwrap();
    let mut tx = dora.tx(&app).await;
    let fault = privacy::request_deletion(&mut tx, &ask(&dora)).await.unwrap_err();
    assert!(fault.fields["with_organizations"].contains("Solo"));
    drop(tx);
    confirmed(&db, &dora, DeletionAsk { with_organizations: true, ..ask(&dora) }).await;
    app.clock.advance(chrono::Duration::days(14));
    sweep(&app).await;
    let left: i64 =
        sqlx::query_scalar("select count(*) from core.organizations where id = $1").bind(solo.id).fetch_one(db.admin()).await.unwrap();
    assert_eq!(left, 0);
    assert_eq!(places_of(&db, "dora@x.io").await, Vec::<String>::new());
}

#[tokio::test]
async fn a10_17_an_organization_is_never_left_without_an_owner() {
    let db = TestDb::new().await;
    let app = db.app();
    let acme = db.org("acme").await;
    let (ada, bea) = (acme.user(Role::Owner), acme.user(Role::Admin));
    db.join(acme.id, bea, Role::Owner).await;
    confirmed(&db, ada, ask(ada)).await;
    // While the days run the other owner leaves the role.
    sqlx::query("update core.memberships set role = 'admin' where user_id = $1").bind(bea.id).execute(db.admin()).await.unwrap();
    app.clock.advance(chrono::Duration::days(14));
    sweep(&app).await;
    let owners: Vec<uuid::Uuid> = sqlx::query_scalar("select user_id from core.memberships where org_id = $1 and role = 'owner'")
        .bind(acme.id)
        .fetch_all(db.admin())
        .await
        .unwrap();
    assert_eq!(owners, [bea.id]);
}

#[tokio::test]
async fn a_deletion_can_be_cancelled_and_a_crash_in_it_leaves_no_half() {
    let db = TestDb::new().await;
    let app = db.app();
    let acme = db.org("acme").await;
    let cleo = acme.user(Role::Member);
    confirmed(&db, cleo, ask(cleo)).await;
    let mut tx = cleo.tx(&app).await;
    privacy::cancel_deletion(&mut tx).await.unwrap();
    assert_eq!(privacy::cancel_deletion(&mut tx).await.unwrap_err().code, Code::InvalidTransition);
    tx.commit().await.unwrap();
    app.clock.advance(chrono::Duration::days(15));
    sweep(&app).await;
    assert!(!places_of(&db, &cleo.email).await.is_empty());

    confirmed(&db, cleo, ask(cleo)).await;
    app.clock.advance(chrono::Duration::days(14));
    // The second organization cannot be done: the job fails after the first one, and goes on when it can.
    let second = db.org("zeta").await;
    db.join(second.id, cleo, Role::Member).await;
    for statement in [
        "create function core.stumble() returns trigger language plpgsql as $$ begin raise exception 'stumbled'; end $$",
        "create trigger stumble before update on core.users for each row when (new.deleted_at is not null) execute function core.stumble()",
    ] {
        sqlx::query(statement).execute(db.admin()).await.unwrap();
    }
    privacy::sweep(&app).await.unwrap();
    let mut registry = kernel::jobs::JobRegistry::new();
    core_area::register(&mut registry);
    let drained = kernel::jobs::drain(&app, &registry).await.unwrap();
    assert_eq!(drained.failed.len(), 1, "{drained:?}");
    let (status, result): (String, serde_json::Value) =
        sqlx::query_as("select status, result from core.data_deletion_requests where status <> 'cancelled'")
            .fetch_one(db.admin())
            .await
            .unwrap();
    assert_eq!(status, "processing");
    assert_eq!(result["deleted"]["core.memberships"], 2, "both organizations are done and noted");
    let email: String = sqlx::query_scalar("select email from core.users where id = $1").bind(cleo.id).fetch_one(db.admin()).await.unwrap();
    assert_eq!(email, cleo.email, "the last step is whole or not at all");
    sqlx::query("drop trigger stumble on core.users").execute(db.admin()).await.unwrap();
    app.clock.advance(chrono::Duration::minutes(5));
    sweep(&app).await;
    assert_eq!(places_of(&db, &cleo.email).await, Vec::<String>::new());
    let result: serde_json::Value = sqlx::query_scalar("select result from core.data_deletion_requests where status = 'completed'")
        .fetch_one(db.admin())
        .await
        .unwrap();
    assert_eq!(result["deleted"]["core.memberships"], 2, "counted once");
}

#[tokio::test]
async fn consents_are_versioned_and_each_change_is_noted() {
    let db = TestDb::new().await;
    let app = db.app();
    let ada = db.person("ada@x.io").await;
    let mut tx = ada.tx(&app).await;
    let first = privacy::settings(&mut tx).await.unwrap();
    assert_eq!((first.rev.as_str(), first.data_retention_days), ("", 730));
    let edit = ConsentEdit { analytics_consent: true, data_retention_days: 730, ..ConsentEdit::default() };
    let saved = privacy::set_consents(&mut tx, &edit).await.unwrap();
    assert_eq!(privacy::set_consents(&mut tx, &edit).await.unwrap_err().code, Code::Stale);
    let again = ConsentEdit { rev: saved.rev, analytics_consent: false, data_retention_days: 30, ..ConsentEdit::default() };
    privacy::set_consents(&mut tx, &again).await.unwrap();
    let short = ConsentEdit { data_retention_days: 29, ..ConsentEdit::default() };
    assert!(privacy::set_consents(&mut tx, &short).await.unwrap_err().fields.contains_key("data_retention_days"));
    let log = privacy::log(&mut tx, &PageRequest::default()).await.unwrap();
    assert_eq!(log.rows.len(), 2);
    assert!(log.rows.iter().any(|row| row.details["data_retention_days"]["to"] == 30));
    assert_eq!(log.rows[0].ip_address.as_deref(), Some("127.0.0.1"));
}
