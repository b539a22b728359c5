use crate::{document, paragraphs, say, shop};
use core_area::notifications::{NoticeQuery, list};
use factory::{
    approvals::{self, ApprovalState},
    documents::{Document, DocumentType},
    extraction::{self, Wish},
    templates::Strategy,
    versions,
};
use kernel::{
    Code,
    access::Role,
    db::TenantTx,
    testing::{Org, TestDb},
};

async fn told(db: &TestDb, org: &Org, role: Role, topic: &str) -> Vec<String> {
    let mut tx = org.user(role).tx(&db.app()).await;
    let page = list(&mut tx, &NoticeQuery::default()).await.unwrap();
    page.rows.into_iter().filter(|n| n.topic == topic).map(|n| n.title).collect()
}

async fn blueprint(tx: &mut TenantTx) -> Document {
    let made = document(tx, DocumentType::FoundationBlueprint, "Services").await;
    let text = "# Data model\n\nA table of services\n\n# API\n\nAn endpoint lists services";
    say(tx, made.id, &richtext::markdown::parse(text).unwrap().to_value()).await;
    made
}

async fn state(tx: &mut TenantTx, of: &Document) -> ApprovalState {
    approvals::of_document(tx, of.id).await.unwrap().state()
}

#[tokio::test]
async fn b20_09_a_version_is_approved_by_those_who_were_named_and_the_next_one_is_not() {
    let (db, org, mut tx, _) = shop().await;
    let (owner, member) = (org.user(Role::Owner).id, org.user(Role::Member).id);
    let now = blueprint(&mut tx).await;
    let fault = approvals::ask(&mut tx, now.id, None, &[member]).await.unwrap_err();
    assert_eq!(fault.code, Code::Validation, "there is no version yet");
    versions::save(&mut tx, now.id, "First").await.unwrap();
    assert_eq!(state(&mut tx, &now).await, ApprovalState::None);
    let asked = approvals::ask(&mut tx, now.id, None, &[member, owner]).await.unwrap();
    assert_eq!((asked.latest, asked.state(), asked.versions[0].approvals.len()), (Some(1), ApprovalState::Waiting, 2));
    for (people, code) in [(vec![], Code::Validation), (vec![uuid::Uuid::from_u128(7)], Code::Validation)] {
        assert_eq!(approvals::ask(&mut tx, now.id, None, &people).await.unwrap_err().code, code);
    }
    assert_eq!(approvals::ask(&mut tx, now.id, Some(9), &[member]).await.unwrap_err().code, Code::NotFound);
    // Whoever was not asked does not answer.
    assert_eq!(approvals::decide(&mut tx, now.id, 1, true, "").await.unwrap_err().code, Code::Forbidden);
    tx.commit().await.unwrap();
    assert_eq!(told(&db, &org, Role::Member, "factory.approval_asked").await, ["Bea asks you to approve version 1 of Services"]);

    let mut tx = org.tx(Role::Member).await;
    assert!(approvals::of_document(&mut tx, now.id).await.unwrap().versions[0].waits_for_me);
    assert_eq!(approvals::decide(&mut tx, now.id, 1, false, " ").await.unwrap_err().code, Code::Validation, "a no needs a word");
    let after = approvals::decide(&mut tx, now.id, 1, true, "Fine").await.unwrap();
    assert_eq!(after.state(), ApprovalState::Waiting, "one of two");
    tx.commit().await.unwrap();
    let mut tx = org.tx(Role::Owner).await;
    let after = approvals::decide(&mut tx, now.id, 1, false, "No errors yet").await.unwrap();
    assert_eq!(after.state(), ApprovalState::Declined);
    // Thought better of.
    let after = approvals::decide(&mut tx, now.id, 1, true, "").await.unwrap();
    assert_eq!(after.state(), ApprovalState::Approved);
    tx.commit().await.unwrap();
    let said = told(&db, &org, Role::Admin, "factory.approval_decided").await;
    assert!(said.contains(&"Cleo approved version 1 of Services".to_owned()), "{said:?}");

    let mut tx = org.tx(Role::Admin).await;
    let made = extraction::propose(
        &mut tx,
        "shop",
        &Wish { blueprint_ids: vec![now.id], strategy: Some(Strategy::Specialist), template_id: None },
    )
    .await
    .unwrap();
    assert!(made.unapproved.is_empty());
    assert_eq!(extraction::offer(&mut tx, "shop").await.unwrap().blueprints[0].approval, ApprovalState::Approved);
    // What is saved next nobody has approved.
    say(&mut tx, now.id, &paragraphs(&["Something else"])).await;
    versions::save(&mut tx, now.id, "Second").await.unwrap();
    assert_eq!(state(&mut tx, &now).await, ApprovalState::None);
    let found = approvals::of_document(&mut tx, now.id).await.unwrap();
    assert_eq!((found.latest, found.of(1).unwrap().state), (Some(2), ApprovalState::Approved));
    assert_eq!(extraction::offer(&mut tx, "shop").await.unwrap().blueprints[0].approval, ApprovalState::None);
    // Asked again with somebody else: who has not answered is asked no longer.
    approvals::ask(&mut tx, now.id, None, &[member]).await.unwrap();
    let again = approvals::ask(&mut tx, now.id, None, &[owner]).await.unwrap();
    assert_eq!(again.versions[0].approvals.iter().map(|a| a.person_id).collect::<Vec<_>>(), [owner]);
}

#[tokio::test]
async fn b20_09_extraction_warns_of_a_blueprint_that_is_not_approved_and_others_see_nothing() {
    let (db, _org, mut tx, _) = shop().await;
    let now = blueprint(&mut tx).await;
    versions::save(&mut tx, now.id, "").await.unwrap();
    let wish = Wish { blueprint_ids: vec![now.id], strategy: Some(Strategy::Specialist), template_id: None };
    let made = extraction::propose(&mut tx, "shop", &wish).await.unwrap();
    assert_eq!((made.proposals, made.unapproved), (2, vec!["Services".to_owned()]), "warned, not refused");
    tx.commit().await.unwrap();
    let other = db.org("other").await;
    let mut tx = other.tx(Role::Admin).await;
    assert_eq!(approvals::of_document(&mut tx, now.id).await.unwrap_err().code, Code::NotFound);
    assert_eq!(approvals::ask(&mut tx, now.id, None, &[]).await.unwrap_err().code, Code::NotFound);
    assert_eq!(approvals::decide(&mut tx, now.id, 1, true, "").await.unwrap_err().code, Code::NotFound);
}
