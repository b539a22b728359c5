use core_area::organizations::{self, NewOrganization, OrgDelete, OrgProfile, OrgSecurityEdit, OrgTransfer, Sharing};
use kernel::{Code, access::Role, db::TenantTx, testing::TestDb};

#[tokio::test]
async fn a06_an_organization_of_others_is_not_there() {
    let db = TestDb::new().await;
    let (acme, globex) = (db.org("acme").await, db.org("globex").await);
    let bea = acme.user(Role::Admin);
    let request = db.request(bea, Some("globex")).await;
    assert_eq!(request.member().await.unwrap_err().code, Code::NotFound);
    let request = db.request(bea, Some("nowhere")).await;
    assert_eq!(request.member().await.unwrap_err().code, Code::NotFound);
    // By id, from inside her own organization: the same answer as for an id that never was.
    let mut tx = acme.tx(Role::Owner).await;
    let theirs: uuid::Uuid = sqlx::query_scalar("select id from core.memberships where org_id = $1 limit 1")
        .bind(globex.id)
        .fetch_one(db.admin())
        .await
        .unwrap();
    let fault = core_area::members::remove(&mut tx, theirs).await.unwrap_err();
    assert_eq!(fault.code, Code::NotFound);
    let visible: i64 =
        sqlx::query_scalar("select count(*) from core.memberships where org_id <> $1").bind(acme.id).fetch_one(tx.conn()).await.unwrap();
    assert_eq!(visible, 0);
}

#[tokio::test]
async fn whoever_makes_an_organization_owns_it_and_sees_it_in_the_switcher() {
    let db = TestDb::new().await;
    let app = db.app();
    let dora = db.person("dora@x.io").await;
    let mut tx = dora.tx(&app).await;
    let made = organizations::create(&mut tx, &NewOrganization { name: "Dora & Co".into(), slug: String::new() }).await.unwrap();
    assert_eq!((made.slug.as_str(), made.role, made.members), ("dora-co", Role::Owner, 1));
    tx.commit().await.unwrap();
    let mut tx = dora.tx(&app).await;
    // The name again: a free slug. The slug again: a message beside its field.
    let second = organizations::create(&mut tx, &NewOrganization { name: "Dora & Co".into(), slug: String::new() }).await.unwrap();
    assert_eq!(second.slug, "dora-co-2");
    assert_eq!(organizations::mine(&mut tx).await.unwrap().len(), 2);
    tx.commit().await.unwrap();
    for (slug, about) in [("dora-co", "taken"), ("settings", "reserved"), ("No Slug", "hyphens")] {
        let mut tx = dora.tx(&app).await;
        let fault = organizations::create(&mut tx, &NewOrganization { name: "X".into(), slug: slug.into() }).await.unwrap_err();
        assert_eq!(fault.code, Code::Validation);
        assert!(fault.fields["slug"].contains(about), "{slug}: {:?}", fault.fields);
    }
    let mut tx = dora.tx(&app).await;
    let fault = organizations::create(&mut tx, &NewOrganization { name: " ".into(), slug: String::new() }).await.unwrap_err();
    assert!(fault.fields.contains_key("name"));
}

#[tokio::test]
async fn reserved_words_are_the_same_here_and_in_the_database() {
    let db = TestDb::new().await;
    for word in organizations::RESERVED_SLUGS {
        let reserved: bool = sqlx::query_scalar("select core.slug_is_reserved($1)").bind(word).fetch_one(db.admin()).await.unwrap();
        assert!(reserved, "{word}");
    }
    let source: String = sqlx::query_scalar("select pg_get_function_sqlbody('core.slug_is_reserved(text)'::regprocedure)")
        .fetch_one(db.admin())
        .await
        .unwrap();
    assert_eq!(source.matches("::text").count(), organizations::RESERVED_SLUGS.len(), "{source}");
}

async fn profile(tx: &mut TenantTx) -> OrgProfile {
    organizations::get(tx).await.unwrap()
}

#[tokio::test]
async fn two_tabs_that_edit_settings_meet_and_the_second_sees_both_values() {
    let db = TestDb::new().await;
    let acme = db.org("acme").await;
    let mut tx = acme.tx(Role::Admin).await;
    let opened = profile(&mut tx).await;
    let mut first = opened.edit();
    first.name = "Acme Ltd".into();
    first.sharing = Sharing::Private;
    first.timezone = "Europe/Zurich".into();
    first.allowed_email_domains = vec!["Acme.test".into()];
    let saved = organizations::save(&mut tx, &first).await.unwrap();
    assert_eq!((saved.name.as_str(), saved.settings.sharing), ("Acme Ltd", Sharing::Private));
    assert_eq!(saved.settings.allowed_email_domains, ["acme.test"]);
    assert_ne!(saved.rev, opened.rev);
    tx.commit().await.unwrap();

    let mut tx = acme.tx(Role::Owner).await;
    let mut second = opened.edit();
    second.name = "Acme Inc".into();
    let fault = organizations::save(&mut tx, &second).await.unwrap_err();
    assert_eq!(fault.code, Code::Stale);
    assert_eq!(fault.details.unwrap()["current"]["name"], "Acme Ltd");
    // What the log holds are the names of the fields.
    let meta: serde_json::Value =
        sqlx::query_scalar("select metadata from core.audit_log where action = 'organization.update'").fetch_one(db.admin()).await.unwrap();
    assert_eq!(meta["fields"], serde_json::json!(["allowed_email_domains", "name", "sharing", "timezone"]));

    let mut tx = acme.tx(Role::Member).await;
    let edit = profile(&mut tx).await.edit();
    assert_eq!(organizations::save(&mut tx, &edit).await.unwrap_err().missing_permission(), Some("org_edit"));
    let mut tx = acme.tx(Role::Admin).await;
    let mut edit = profile(&mut tx).await.edit();
    edit.timezone = "Mars/Olympus".into();
    assert!(organizations::save(&mut tx, &edit).await.unwrap_err().fields.contains_key("timezone"));
    edit.timezone = "UTC".into();
    edit.member_grants = vec!["everything".into()];
    assert!(organizations::save(&mut tx, &edit).await.unwrap_err().fields.contains_key("member_grants"));
}

#[tokio::test]
async fn only_owners_with_a_fresh_proof_change_the_security_of_all() {
    let db = TestDb::new().await;
    let acme = db.org("acme").await;
    let mut tx = acme.tx(Role::Owner).await;
    let opened = profile(&mut tx).await;
    let edit = OrgSecurityEdit { rev: opened.rev.clone(), mfa_required: true, session_max_days: 7 };
    let saved = organizations::save_security(&mut tx, &edit).await.unwrap();
    assert!(saved.settings.mfa_required && saved.settings.session_max_days == 7);
    let fault = organizations::save_security(&mut tx, &edit).await.unwrap_err();
    assert_eq!(fault.code, Code::Stale);
    let wide = OrgSecurityEdit { rev: saved.rev, mfa_required: false, session_max_days: 91 };
    assert!(organizations::save_security(&mut tx, &wide).await.unwrap_err().fields.contains_key("session_max_days"));
    tx.commit().await.unwrap();
    let mut tx = acme.tx(Role::Admin).await;
    assert_eq!(organizations::save_security(&mut tx, &edit).await.unwrap_err().code, Code::Forbidden);
    let mut late = acme.actor(Role::Owner);
    late.reauth_at = Some(db.app().clock.now() - chrono::Duration::minutes(11));
    let mut tx = acme.tx_as(late).await;
    assert_eq!(organizations::save_security(&mut tx, &edit).await.unwrap_err().code, Code::ReauthRequired);
}

#[tokio::test]
async fn ownership_moves_and_the_old_owner_stays_as_admin() {
    let db = TestDb::new().await;
    let acme = db.org("acme").await;
    let cleo = acme.user(Role::Member).id;
    let id: uuid::Uuid =
        sqlx::query_scalar("select id from core.memberships where user_id = $1").bind(cleo).fetch_one(db.admin()).await.unwrap();
    let mut tx = acme.tx(Role::Owner).await;
    organizations::transfer(&mut tx, &OrgTransfer { member_id: id }).await.unwrap();
    tx.commit().await.unwrap();
    let roles: Vec<(String, String)> =
        sqlx::query_as("select u.name, m.role from core.memberships m join core.users u on u.id = m.user_id where org_id = $1 order by 1")
            .bind(acme.id)
            .fetch_all(db.admin())
            .await
            .unwrap();
    let roles: Vec<(&str, &str)> = roles.iter().map(|(a, b)| (a.as_str(), b.as_str())).collect();
    assert_eq!(roles, [("Ada", "admin"), ("Bea", "admin"), ("Cleo", "owner")]);
    let mut tx = acme.tx(Role::Admin).await;
    assert_eq!(organizations::transfer(&mut tx, &OrgTransfer { member_id: id }).await.unwrap_err().code, Code::Forbidden);
}

#[tokio::test]
async fn a_deleted_organization_is_gone_for_all_at_once_and_purged_after_a_month() {
    let db = TestDb::new().await;
    let app = db.app();
    let acme = db.org("acme").await;
    let mut tx = acme.tx(Role::Owner).await;
    let fault = organizations::delete(&mut tx, &OrgDelete { name: "acme".into() }).await.unwrap_err();
    assert!(fault.fields.contains_key("name"));
    organizations::delete(&mut tx, &OrgDelete { name: "Acme".into() }).await.unwrap();
    tx.commit().await.unwrap();
    let request = db.request(acme.user(Role::Admin), Some("acme")).await;
    assert_eq!(request.member().await.unwrap_err().code, Code::NotFound);
    assert!(request.require_session().await.unwrap().organizations.is_empty());
    // The slug is free again.
    db.org("acme").await;
    let left = "select count(*) from core.organizations where id = $1";
    core_area::retention::purge(&app).await.unwrap();
    assert_eq!(sqlx::query_scalar::<_, i64>(left).bind(acme.id).fetch_one(db.admin()).await.unwrap(), 1);
    app.clock.advance(chrono::Duration::days(31));
    core_area::retention::purge(&app).await.unwrap();
    assert_eq!(sqlx::query_scalar::<_, i64>(left).bind(acme.id).fetch_one(db.admin()).await.unwrap(), 0);
    let kept: i64 = sqlx::query_scalar("select count(*) from core.audit_log where organization_id = $1")
        .bind(acme.id)
        .fetch_one(db.admin())
        .await
        .unwrap();
    assert_eq!(kept, 1, "the log outlives the organization");
}

#[tokio::test]
async fn a_logo_is_a_small_picture_known_by_its_content_and_served_while_it_is_shown() {
    let db = TestDb::new().await;
    let acme = db.org("acme").await;
    let png = [b"\x89PNG\r\n\x1a\n".as_slice(), &[7; 100]].concat();
    let mut tx = acme.tx(Role::Member).await;
    assert_eq!(organizations::set_logo(&mut tx, "0", png.clone()).await.unwrap_err().code, Code::Forbidden);
    assert_eq!(organizations::remove_logo(&mut tx, "0").await.unwrap_err().code, Code::Forbidden);
    drop(tx);

    let mut tx = acme.tx(Role::Admin).await;
    let rev = organizations::get(&mut tx).await.unwrap().rev;
    let svg = organizations::set_logo(&mut tx, &rev, b"<svg onload='alert(1)'/>".to_vec()).await.unwrap_err();
    assert_eq!((svg.code, svg.fields["logo"].as_str()), (Code::UnsupportedMedia, "is no PNG, JPEG or WebP"));
    let large = organizations::set_logo(&mut tx, &rev, vec![0; core_area::pictures::MAX_PICTURE + 1]).await.unwrap_err();
    assert_eq!(large.code, Code::TooLarge);
    let saved = organizations::set_logo(&mut tx, &rev, png.clone()).await.unwrap();
    // A form that was filled before does not overwrite what it has not seen.
    assert_eq!(organizations::remove_logo(&mut tx, &rev).await.unwrap_err().code, Code::Stale);
    tx.commit().await.unwrap();

    let url = saved.logo_url.unwrap();
    let sha = url.strip_prefix("/api/logos/").unwrap();
    let visitor = kernel::request::Request::new(db.app(), kernel::testing::request(), None, None);
    let (kind, bytes) = organizations::logo(&visitor, sha).await.unwrap();
    assert_eq!((kind, &bytes[..]), ("image/png", &png[..]));
    // Saving the other settings keeps it.
    let mut tx = acme.tx(Role::Owner).await;
    let profile = organizations::get(&mut tx).await.unwrap();
    let kept = organizations::save(&mut tx, &organizations::OrgEdit { name: "Acme Works".into(), ..profile.edit() }).await.unwrap();
    assert_eq!(kept.logo_url.as_deref(), Some(url.as_str()));
    assert_eq!(organizations::remove_logo(&mut tx, &kept.rev).await.unwrap().logo_url, None);
    tx.commit().await.unwrap();
    assert_eq!(organizations::logo(&visitor, sha).await.unwrap_err().code, Code::NotFound);
    // Only what somebody shows as a logo is served as one.
    let other = db.app().files.put(png).await.unwrap();
    assert_eq!(organizations::logo(&visitor, &other.sha256).await.unwrap_err().code, Code::NotFound);
}
