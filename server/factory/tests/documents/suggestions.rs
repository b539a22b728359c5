use crate::{document, shop};
use factory::{
    documents::{self, Document, DocumentArea, DocumentType},
    features::{FeatureQuery, page},
    review::{self, Answers},
    suggestions::{self, AgentType, Decision, Operation, SuggestedDiff, Suggestion, SuggestionStatus},
    versions,
};
use kernel::{Code, access::Role, db::TenantTx};
use uuid::Uuid;

const TEXT: &str = "Intro\n\n# Goal\n\nBe quick\n\n# Rules\n\nNo waste\n\n# End\n\nDone";

async fn written(tx: &mut TenantTx, markdown: &str) -> Document {
    let made = document(tx, DocumentType::ProductOverview, "Overview").await;
    let content = richtext::markdown::parse(markdown).unwrap().to_value();
    documents::write(tx, made.id, &content, None).await.unwrap();
    made
}

fn edit(section: &str, old: &str, new: &str) -> SuggestedDiff {
    SuggestedDiff {
        section_id: section.into(),
        operation: Operation::Replace,
        old_content: old.into(),
        new_content: new.into(),
        explanation: format!("Better {section}"),
        ..Default::default()
    }
}

async fn three(tx: &mut TenantTx, document: Uuid) -> Suggestion {
    let diffs = vec![
        edit("goal", "# Goal\n\nBe quick", "# Goal\n\nAnswer within 2 s"),
        edit("rules", "# Rules\n\nNo waste", "# Rules\n\nNothing is lost"),
        edit("end", "# End\n\nDone", "# End\n\nShipped"),
    ];
    suggestions::make(tx, document, AgentType::Refinery, "Clearer", diffs, None).await.unwrap()
}

async fn html(tx: &mut TenantTx) -> String {
    documents::by_slug(tx, "shop", DocumentArea::Refinery, "overview").await.unwrap().html
}

fn accept(ids: &[Uuid]) -> Decision {
    Decision { accept: ids.to_vec(), ..Default::default() }
}

fn reject(ids: &[Uuid]) -> Decision {
    Decision { reject: ids.to_vec(), ..Default::default() }
}

#[tokio::test]
async fn of_three_parts_one_accepted_and_two_rejected_are_partially_accepted() {
    let (_db, _org, mut tx, _) = shop().await;
    let overview = written(&mut tx, TEXT).await;
    let made = three(&mut tx, overview.id).await;
    let [a, b, c] = [0, 1, 2].map(|n| made.diffs[n].id);
    assert_eq!(made.status, SuggestionStatus::Pending);
    assert!(html(&mut tx).await.contains("Be quick"), "nothing before somebody accepts");
    let after = suggestions::decide(&mut tx, made.id, &Decision { accept: vec![a], reject: vec![b, c], force: false }).await.unwrap();
    assert_eq!(after.status, SuggestionStatus::PartiallyAccepted);
    let now = html(&mut tx).await;
    assert!(now.contains("Answer within 2 s") && now.contains("No waste") && now.contains("Done"), "{now}");
    let history = versions::list(&mut tx, overview.id, None, None).await.unwrap();
    assert_eq!((history.items.len(), history.items[0].change_summary.as_deref()), (1, Some("Accepted suggestion: Better goal")));
    for decision in [accept(&[a]), accept(&[b]), reject(&[c])] {
        let fault = suggestions::decide(&mut tx, made.id, &decision).await.unwrap_err();
        assert_eq!((fault.code, fault.code.status()), (Code::Conflict, 409), "decided already");
    }
    let fault = suggestions::decide(&mut tx, made.id, &accept(&[Uuid::new_v4()])).await.unwrap_err();
    assert_eq!(fault.code, Code::NotFound);
}

#[tokio::test]
async fn what_is_left_of_a_partly_accepted_suggestion_can_still_be_accepted() {
    let (_db, _org, mut tx, _) = shop().await;
    let overview = written(&mut tx, TEXT).await;
    let made = three(&mut tx, overview.id).await;
    let [a, b, c] = [0, 1, 2].map(|n| made.diffs[n].id);
    assert_eq!(suggestions::decide(&mut tx, made.id, &accept(&[a])).await.unwrap().status, SuggestionStatus::PartiallyAccepted);
    assert_eq!(suggestions::decide(&mut tx, made.id, &accept(&[c, b])).await.unwrap().status, SuggestionStatus::Accepted);
    assert!(html(&mut tx).await.contains("Shipped"));
    assert_eq!(versions::list(&mut tx, overview.id, None, None).await.unwrap().items.len(), 2, "one version for each decision");
    let second =
        suggestions::make(&mut tx, overview.id, AgentType::Refinery, "", vec![edit("root", "Intro", "Start")], None).await.unwrap();
    assert_eq!(suggestions::decide(&mut tx, second.id, &reject(&[second.diffs[0].id])).await.unwrap().status, SuggestionStatus::Rejected);
}

#[tokio::test]
async fn a20_09_a_changed_section_is_refused_with_both_texts_and_replaced_anyway() {
    let (db, org, mut tx, _) = shop().await;
    let overview = written(&mut tx, TEXT).await;
    let made = three(&mut tx, overview.id).await;
    let content = richtext::markdown::parse(&TEXT.replace("Be quick", "Be slow")).unwrap().to_value();
    documents::write(&mut tx, overview.id, &content, None).await.unwrap();
    tx.commit().await.unwrap();
    let mut tx = org.tx(Role::Member).await;
    let both = accept(&[made.diffs[0].id, made.diffs[1].id]);
    let fault = suggestions::decide(&mut tx, made.id, &both).await.unwrap_err();
    assert_eq!((fault.code, fault.code.status()), (Code::SectionChanged, 409));
    let details = fault.details.unwrap();
    assert_eq!(details["expected"], "# Goal\n\nBe quick");
    assert!(details["found"].as_str().unwrap().contains("Be slow"));
    assert_eq!(details["id"], made.diffs[0].id.to_string());
    tx.rollback().await.unwrap();
    let mut tx = org.tx(Role::Member).await;
    assert!(html(&mut tx).await.contains("No waste"), "all or nothing");
    let after = suggestions::decide(&mut tx, made.id, &Decision { force: true, ..both }).await.unwrap();
    assert_eq!(after.accepted.len(), 2);
    let now = html(&mut tx).await;
    assert!(now.contains("Answer within 2 s") && now.contains("Nothing is lost") && !now.contains("Be slow"), "{now}");
    tx.commit().await.unwrap();
    let mut other = db.org("other").await.tx(Role::Owner).await;
    assert_eq!(suggestions::decide(&mut other, made.id, &accept(&[made.diffs[2].id])).await.unwrap_err().code, Code::NotFound);
    assert_eq!(suggestions::list(&mut other, overview.id).await.unwrap_err().code, Code::NotFound);
}

#[tokio::test]
async fn an_interview_suggests_an_overview_and_features_and_changes_nothing_by_itself() {
    let (_db, _org, mut tx, _) = shop().await;
    let answers = Answers {
        problem: "Orders get lost between mail and spreadsheet.".into(),
        current_solution: "A shared spreadsheet.".into(),
        outcome: "- Every order is in one list\n- Customers see where their order is".into(),
        users: "Shop assistants".into(),
    };
    let fault = review::interview(&mut tx, "shop", &Answers { users: String::new(), ..answers.clone() }).await.unwrap_err();
    assert_eq!(fault.fields["users"], "is required");
    let made = review::interview(&mut tx, "shop", &answers).await.unwrap();
    let suggested = suggestions::get(&mut tx, made.suggestion).await.unwrap();
    assert_eq!((made.parts, suggested.diffs.len()), (6, 6));
    let slug = made.document.slug.clone();
    let before = documents::by_slug(&mut tx, "shop", DocumentArea::Refinery, &slug).await.unwrap();
    assert!(!before.html.contains("get lost") && before.suggestions == 1);
    assert_eq!(page(&mut tx, "shop", &FeatureQuery::default()).await.unwrap().everything, 0);
    let all: Vec<Uuid> = suggested.diffs.iter().map(|d| d.id).collect();
    suggestions::decide(&mut tx, suggested.id, &accept(&all)).await.unwrap();
    let after = documents::by_slug(&mut tx, "shop", DocumentArea::Refinery, &slug).await.unwrap();
    assert!(after.html.contains("get lost") && after.html.contains("Shop assistants") && after.suggestions == 0, "{}", after.html);
    let features = page(&mut tx, "shop", &FeatureQuery::default()).await.unwrap();
    let names: Vec<_> = features.rows.iter().map(|f| f.name.as_str()).collect();
    assert_eq!(names, ["Every order is in one list", "Customers see where their order is"]);
}

#[tokio::test]
async fn a_review_leaves_anchored_comments_and_a_second_one_replaces_its_own() {
    let (_db, _org, mut tx, _) = shop().await;
    let overview = written(&mut tx, "# Goal\n\nThe page is fast.\n\n# Other\n\nIt is TBD.").await;
    let found = review::review(&mut tx, overview.id).await.unwrap();
    let threads = factory::comments::threads(&mut tx, factory::comments::ParentType::Document, overview.id).await.unwrap();
    assert_eq!((threads.open as usize, found > 0), (found, true));
    let about = |quote: &str| threads.threads.iter().find(|t| t.anchor.as_ref().is_some_and(|a| a.quote == quote)).cloned();
    let fast = about("fast").expect("an ambiguous word is found");
    assert_eq!((fast.agent_type.as_deref(), fast.anchor.unwrap().section_id.as_deref()), (Some("review"), Some("goal")));
    let tbd = about("TBD").expect("what is to be decided is found");
    factory::comments::resolve(&mut tx, tbd.id, true).await.unwrap();
    let human = factory::comments::CommentInput { text: "Mine".into(), ..Default::default() };
    factory::comments::add(&mut tx, factory::comments::ParentType::Document, overview.id, &human).await.unwrap();
    let content = richtext::markdown::parse("# Goal\n\nThe page answers within 2 s.").unwrap().to_value();
    documents::write(&mut tx, overview.id, &content, None).await.unwrap();
    review::review(&mut tx, overview.id).await.unwrap();
    let after = factory::comments::threads(&mut tx, factory::comments::ParentType::Document, overview.id).await.unwrap();
    assert!(after.threads.iter().all(|t| t.id != fast.id), "what nobody resolved is replaced");
    assert!(after.threads.iter().any(|t| t.id == tbd.id && t.resolved), "what was resolved stays");
    assert!(after.threads.iter().any(|t| t.comments[0].text == "Mine"));
}
