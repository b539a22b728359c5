use crate::{feature, project, shop};
use factory::{
    documents::{self, DocumentInput, DocumentType},
    features::{self, FeaturePatch, FeatureStatus},
    onboarding::{self, Step},
    overview::overview,
    projects::{self, ProjectInput, ProjectStatus},
};
use kernel::{
    Code,
    access::{Actor, ActorKind, Role},
    record::PageRequest,
    testing::TestDb,
};

#[tokio::test]
async fn a_members_project_is_a_draft_until_an_admin_activates_it() {
    let db = TestDb::new().await;
    let org = db.org("acme").await;
    let mut tx = org.tx(Role::Member).await;
    let draft = project(&mut tx, "Shop").await;
    assert_eq!(draft.status, ProjectStatus::Draft);
    let fault = projects::set_status(&mut tx, draft.id, &draft.rev, ProjectStatus::Active).await.unwrap_err();
    assert_eq!((fault.code, fault.missing_permission()), (Code::Forbidden, Some("factory_manage")));
    tx.commit().await.unwrap();
    let mut tx = org.tx(Role::Admin).await;
    let active = projects::set_status(&mut tx, draft.id, &draft.rev, ProjectStatus::Active).await.unwrap();
    assert_eq!(active.status, ProjectStatus::Active);
    assert_eq!(project(&mut tx, "Admin's").await.status, ProjectStatus::Active);
}

#[tokio::test]
async fn slugs_count_on_and_names_are_checked() {
    let (_db, _org, mut tx, shop) = shop().await;
    let second = project(&mut tx, "Shop!").await;
    let third = project(&mut tx, "日本").await;
    assert_eq!((shop.slug.as_str(), second.slug.as_str(), third.slug.as_str()), ("shop", "shop-2", "item"));
    let fault =
        projects::create(&mut tx, &ProjectInput { name: "  ".into(), repo_url: "x".into(), ..Default::default() }).await.unwrap_err();
    assert_eq!(fault.code, Code::Validation);
    assert!(fault.fields.contains_key("name") && fault.fields.contains_key("repo_url"), "{fault:?}");
}

#[tokio::test]
async fn an_archived_project_refuses_writes_and_comes_back_active() {
    let (_db, org, mut tx, shop) = shop().await;
    let login = feature(&mut tx, "Login").await;
    let archived = projects::archive(&mut tx, shop.id, &shop.rev).await.unwrap();
    assert_eq!(archived.status, ProjectStatus::Archived);
    let patch = FeaturePatch { name: Some("Sign in".into()), ..Default::default() };
    for code in [
        features::update(&mut tx, login.id, &login.rev, &patch).await.unwrap_err().code,
        features::move_to(&mut tx, login.id, &login.rev, FeatureStatus::InProgress).await.unwrap_err().code,
        features::create(&mut tx, "shop", &Default::default()).await.unwrap_err().code,
        features::remove(&mut tx, login.id, &login.rev).await.unwrap_err().code,
        factory::import::apply(&mut tx, "shop", "[\"x\"]").await.unwrap_err().code,
        projects::update(&mut tx, shop.id, &archived.rev, &ProjectInput { name: "x".into(), ..Default::default() }).await.unwrap_err().code,
    ] {
        assert_eq!(code, Code::ProjectArchived);
    }
    assert_eq!(Code::ProjectArchived.status(), 409);
    assert!(projects::list(&mut tx, false, &PageRequest::default()).await.unwrap().rows.is_empty());
    assert_eq!(projects::list(&mut tx, true, &PageRequest::default()).await.unwrap().rows.len(), 1);
    tx.commit().await.unwrap();
    let mut member = org.tx(Role::Member).await;
    let fault = projects::unarchive(&mut member, shop.id, &archived.rev).await.unwrap_err();
    assert_eq!(fault.code, Code::Forbidden);
    drop(member);
    let mut tx = org.tx(Role::Owner).await;
    assert_eq!(projects::unarchive(&mut tx, shop.id, &archived.rev).await.unwrap().status, ProjectStatus::Active);
    assert_eq!(features::get(&mut tx, login.id).await.unwrap().name, "Login");
}

#[tokio::test]
async fn a_stale_project_form_answers_the_current_row() {
    let (_db, _org, mut tx, shop) = shop().await;
    let input = |name: &str| ProjectInput { name: name.into(), ..Default::default() };
    let new = projects::update(&mut tx, shop.id, &shop.rev, &input("Store")).await.unwrap();
    assert_eq!((new.name.as_str(), new.slug.as_str()), ("Store", "shop"));
    // The transaction is the same, so its number is too: a commit between them makes the version differ.
    let fault = projects::update(&mut tx, shop.id, "1", &input("Market")).await.unwrap_err();
    assert_eq!((fault.code, fault.details.unwrap()["current"]["name"].clone()), (Code::Stale, "Store".into()));
}

#[tokio::test]
async fn a_move_the_machine_forbids_names_the_others() {
    let (_db, _org, mut tx, shop) = shop().await;
    let paused = projects::set_status(&mut tx, shop.id, &shop.rev, ProjectStatus::Paused).await.unwrap();
    let fault = projects::set_status(&mut tx, shop.id, &paused.rev, ProjectStatus::Complete).await.unwrap_err();
    assert_eq!(
        (fault.code, fault.message.as_str()),
        (Code::InvalidTransition, "This project is paused. It can become active or archived.")
    );
}

#[tokio::test]
async fn another_tenant_finds_nothing() {
    let (db, _org, mut tx, shop) = shop().await;
    let login = feature(&mut tx, "Login").await;
    tx.commit().await.unwrap();
    let mut tx = db.org("rival").await.tx(Role::Owner).await;
    assert!(projects::list(&mut tx, false, &PageRequest::default()).await.unwrap().rows.is_empty());
    for code in [
        projects::by_slug(&mut tx, "shop").await.unwrap_err().code,
        projects::get(&mut tx, shop.id).await.unwrap_err().code,
        projects::archive(&mut tx, shop.id, &shop.rev).await.unwrap_err().code,
        overview(&mut tx, "shop").await.unwrap_err().code,
        features::page(&mut tx, "shop", &Default::default()).await.unwrap_err().code,
        features::tree(&mut tx, "shop", &[login.id]).await.unwrap_err().code,
        features::by_key(&mut tx, "shop", &login.key).await.unwrap_err().code,
        features::get(&mut tx, login.id).await.unwrap_err().code,
        features::update(&mut tx, login.id, &login.rev, &Default::default()).await.unwrap_err().code,
        features::move_to(&mut tx, login.id, &login.rev, FeatureStatus::InProgress).await.unwrap_err().code,
        features::set_met(&mut tx, login.id, "c1", true).await.unwrap_err().code,
        features::place(&mut tx, login.id, &login.rev, None, None).await.unwrap_err().code,
        features::remove(&mut tx, login.id, &login.rev).await.unwrap_err().code,
        features::restore(&mut tx, login.id).await.unwrap_err().code,
        features::suggest(&mut tx, "shop", "login").await.unwrap_err().code,
        factory::import::preview(&mut tx, "shop", "[\"x\"]").await.unwrap_err().code,
        factory::import::apply(&mut tx, "shop", "[\"x\"]").await.unwrap_err().code,
        factory::export::export(&mut tx, "shop", factory::export::Format::Json).await.unwrap_err().code,
    ] {
        assert_eq!(code, Code::NotFound);
    }
    // A project of the same name of its own does not open the other's features.
    project(&mut tx, "Shop").await;
    let results = features::bulk(&mut tx, "shop", &[login.id], &features::BulkAction::Delete).await.unwrap();
    assert_eq!(results[0].problem.as_deref(), Some("is not in this project"));
    let input = features::FeatureInput { name: "x".into(), parent_id: Some(login.id), ..Default::default() };
    assert_eq!(features::create(&mut tx, "shop", &input).await.unwrap_err().fields["parent_id"], "is not in this project");
}

#[tokio::test]
async fn a_key_of_one_project_sees_that_one_alone() {
    let (_db, org, mut tx, shop) = shop().await;
    let other = project(&mut tx, "Other").await;
    tx.commit().await.unwrap();
    let key = |scope: &str| Actor {
        kind: ActorKind::ApiKey,
        scopes: Some(vec![scope.into()]),
        project: Some(shop.id),
        ..Actor::system(Some(org.id))
    };
    let mut tx = org.tx_as(key("mcp:read")).await;
    let seen = projects::list(&mut tx, false, &PageRequest::default()).await.unwrap().rows;
    assert_eq!(seen.iter().map(|c| c.project.id).collect::<Vec<_>>(), [shop.id]);
    assert_eq!(projects::by_slug(&mut tx, &other.slug).await.unwrap_err().code, Code::NotFound);
    assert_eq!(features::page(&mut tx, &other.slug, &Default::default()).await.unwrap_err().code, Code::NotFound);
    let input = features::FeatureInput { name: "x".into(), ..Default::default() };
    assert_eq!(features::create(&mut tx, "shop", &input).await.unwrap_err().code, Code::Forbidden);
    let mut tx = org.tx_as(key("mcp:write")).await;
    features::create(&mut tx, "shop", &input).await.unwrap();
    assert_eq!(features::create(&mut tx, "other", &input).await.unwrap_err().code, Code::NotFound);
}

#[tokio::test]
async fn projects_page_by_name_with_their_counts() {
    let (_db, _org, mut tx, _) = shop().await;
    for name in ["beta", "Alpha", "gamma"] {
        project(&mut tx, name).await;
    }
    feature(&mut tx, "Login").await;
    let login = feature(&mut tx, "Logout").await;
    features::move_to(&mut tx, login.id, &login.rev, FeatureStatus::Blocked).await.unwrap();
    let first = projects::list(&mut tx, false, &PageRequest { after: None, limit: Some(3) }).await.unwrap();
    let names: Vec<_> = first.rows.iter().map(|c| c.project.name.as_str()).collect();
    assert_eq!(names, ["Alpha", "beta", "gamma"]);
    let rest = projects::list(&mut tx, false, &PageRequest { after: first.next, limit: Some(3) }).await.unwrap();
    assert_eq!((rest.rows.len(), rest.next), (1, None));
    let counts = rest.rows[0].counts;
    assert_eq!((counts.pending, counts.blocked, counts.total()), (1, 1, 2));
}

#[tokio::test]
async fn a_key_is_bound_to_a_project_of_its_organization_and_goes_with_it() {
    let db = TestDb::new().await;
    let (acme, globex) = (db.org("acme").await, db.org("globex").await);
    let mut tx = globex.tx(Role::Owner).await;
    let theirs = crate::project(&mut tx, "Theirs").await;
    tx.commit().await.unwrap();
    let mut tx = acme.tx(Role::Owner).await;
    let mine = crate::project(&mut tx, "Mine").await;
    let insert = "insert into core.api_keys (user_id, project_id, name, key_prefix, key_hash) values ($1, $2, 'Robot', 'AbCd1234', 'x')";
    let owner = acme.user(Role::Owner).id;
    sqlx::query(insert).bind(owner).bind(mine.id).execute(tx.conn()).await.unwrap();
    sqlx::query(insert).bind(owner).bind(None::<uuid::Uuid>).execute(tx.conn()).await.unwrap();
    tx.commit().await.unwrap();
    // Foreign keys see past row security, so this one carries the organization.
    let mut tx = acme.tx(Role::Owner).await;
    let refused = sqlx::query(insert).bind(owner).bind(theirs.id).execute(tx.conn()).await.unwrap_err();
    assert_eq!(refused.as_database_error().unwrap().constraint(), Some("api_keys_project_id_fkey"));
    drop(tx);

    sqlx::query("delete from factory.projects where id = $1").bind(mine.id).execute(db.admin()).await.unwrap();
    let left: Vec<Option<uuid::Uuid>> = sqlx::query_scalar("select project_id from core.api_keys").fetch_all(db.admin()).await.unwrap();
    assert_eq!(left, [None], "without its bound it would reach everything");
}

#[tokio::test]
async fn the_first_steps_tick_themselves_from_what_is_there() {
    let (_db, _org, mut tx, shop) = shop().await;
    let steps = onboarding::of_project(&mut tx, shop.id).await.unwrap();
    assert_eq!((steps.done.as_slice(), steps.is_shown()), ([Step::Invite].as_slice(), true), "the organization has several members");
    feature(&mut tx, "Cart").await;
    let (kind, title) = (DocumentType::FoundationBlueprint, "Architecture".to_owned());
    let input = DocumentInput { kind, title, feature_id: None, template_id: None, blank: false };
    documents::create(&mut tx, "shop", &input).await.unwrap();
    assert_eq!(onboarding::of_project(&mut tx, shop.id).await.unwrap().done, [Step::Feature, Step::Blueprint, Step::Invite]);
    onboarding::dismiss(&mut tx, "shop", true).await.unwrap();
    assert!(!overview(&mut tx, "shop").await.unwrap().onboarding.is_shown());
    onboarding::dismiss(&mut tx, "shop", false).await.unwrap();
    assert!(overview(&mut tx, "shop").await.unwrap().onboarding.is_shown());
}
