use crate::{Shop, ask, beside, names, proposals, results, text};
use factory::{
    assistant::{self, CallStatus, Context, ContextKind, Role as Said},
    documents::{self, DocumentInput, DocumentType},
    features::FeatureInput,
    suggestions::{self, AgentType, SuggestionStatus},
};
use kernel::{Code, access::Role, db::TenantTx, record::PageRequest};
use serde_json::json;

async fn document(tx: &mut TenantTx, kind: DocumentType, title: &str, markdown: &str) -> documents::Document {
    let input = DocumentInput { kind, title: title.into(), feature_id: None, template_id: None, blank: true };
    let made = documents::create(tx, "shop", &input).await.unwrap();
    let doc = richtext::markdown::parse(markdown).unwrap();
    documents::write(tx, made.id, &doc.to_value(), None).await.unwrap();
    factory::versions::save(tx, made.id, "").await.unwrap();
    made
}

#[tokio::test]
async fn it_answers_with_passages_and_links_and_says_what_it_is() {
    let shop = Shop::new().await;
    let mut tx = shop.tx().await;
    document(&mut tx, DocumentType::ProductOverview, "Sign-in rules", "# Passkeys\n\nPeople sign in with a passkey or by email link.")
        .await;
    tx.commit().await.unwrap();
    shop.run_jobs().await;

    let (conversation, events) = shop.say(&ask(AgentType::Refinery, "How do people sign in with a passkey?")).await.unwrap();
    let said = text(&events);
    assert!(said.contains("](/o/acme/factory/shop/refinery/sign-in-rules)"), "{said}");
    assert!(said.contains("Built-in assistant"), "{said}");
    assert_eq!(names(&events), ["tool-call", "tool-result", "text-delta", "done"]);

    // Both sides are kept, with what they cost; what is stored as HTML leads to what is cited.
    let talk = shop.talk(conversation).await;
    assert_eq!(talk.iter().map(|m| m.role).collect::<Vec<_>>(), [Said::User, Said::Assistant, Said::Assistant]);
    assert!(talk[0].input_tokens.is_some());
    assert_eq!(talk[1].tool_calls[0].name, "searchDocuments");
    assert!(
        talk[2].html.contains("<a ") && talk[2].html.contains("href=\"/o/acme/factory/shop/refinery/sign-in-rules\""),
        "{}",
        talk[2].html
    );
    assert_eq!((talk[2].model.as_deref(), talk[2].output_tokens.unwrap() > 0), (Some("builtin"), true));

    let (_, events) = shop.say(&ask(AgentType::Refinery, "zebra quantum")).await.unwrap();
    assert!(text(&events).contains("Built-in assistant"));
}

#[tokio::test]
async fn it_lists_reviews_drafts_and_extracts_as_suggestions() {
    let shop = Shop::new().await;
    let mut tx = shop.tx().await;
    factory::features::create(&mut tx, "shop", &FeatureInput { name: "Checkout".into(), ..Default::default() }).await.unwrap();
    document(&mut tx, DocumentType::ProductOverview, "Overview", "# Goal\n\nThe shop should be fast and easy.").await;
    let blueprint = "# Data model\n\nA table of orders.\n\n# API\n\nPOST /orders makes one.";
    let blueprint = document(&mut tx, DocumentType::FoundationBlueprint, "Orders", blueprint).await;
    tx.commit().await.unwrap();

    let said = |events: &[assistant::ChatEvent]| text(events);
    let (_, events) = shop.say(&ask(AgentType::Refinery, "List all features")).await.unwrap();
    assert!(said(&events).contains("F-001 [Checkout](/o/acme/factory/shop/features/F-001)"), "{}", said(&events));
    let (_, events) = shop.say(&ask(AgentType::Foundry, "Open drift alerts")).await.unwrap();
    assert!(said(&events).contains("No drift alert is open"));

    let (_, events) = shop.say(&ask(AgentType::Refinery, "Review “Overview”")).await.unwrap();
    assert!(said(&events).contains("findings in [Overview](/o/acme/factory/shop/refinery/overview)"), "{}", said(&events));
    assert_eq!(shop.rows("suggestions").await, 0);

    let (_, events) = shop.say(&ask(AgentType::Refinery, "Draft the missing sections of “Overview”")).await.unwrap();
    assert!(names(&events).contains(&"edit-suggestion"), "{events:?}");
    assert_eq!(shop.rows("suggestions").await, 1);

    let open = Context { kind: ContextKind::Document, id: blueprint.id };
    let (_, events) = shop.say(&beside(AgentType::Planner, open, "Extract work orders from this by discipline")).await.unwrap();
    assert!(names(&events).contains(&"edit-suggestion"), "{events:?}");
    let found = suggestions::list(&mut shop.tx().await, blueprint.id).await.unwrap();
    assert_eq!((found.len(), found[0].status), (1, SuggestionStatus::Pending));
    // Nothing of it is in the plan before somebody accepts it.
    assert_eq!(shop.rows("work_orders").await, 0);
}

#[tokio::test]
async fn feedback_is_categorised_on_approve() {
    let shop = Shop::new().await;
    let mut tx = shop.tx().await;
    let input = factory::feedback::FeedbackInput {
        description: "Checkout is a mess and I like cats".into(),
        category: Some("other".into()),
        ..Default::default()
    };
    let item = factory::feedback::receive(&mut tx, shop.project.id, &input, None).await.unwrap().id;
    tx.commit().await.unwrap();
    shop.run_jobs().await;

    let (conversation, events) = shop.say(&ask(AgentType::Validator, "Categorise “like cats” as bug")).await.unwrap();
    let proposal = proposals(&events).remove(0);
    assert_eq!((proposal.name.as_str(), proposal.arguments["feedback"][0].clone()), ("categorizeFeedback", json!(item)));
    let category = async || factory::feedback::detail(&mut shop.tx().await, "shop", item).await.unwrap().item.category;
    assert_eq!(category().await, Some(factory::feedback::Category::Other));
    shop.confirm(conversation, &proposal, true).await.unwrap();
    assert_eq!(category().await, Some(factory::feedback::Category::Bug));
    let (_, events) = shop.say(&ask(AgentType::Validator, "Categorise “no such words” as bug")).await.unwrap();
    assert!(proposals(&events).is_empty() && text(&events).contains("no feedback with these words"));
}

#[tokio::test]
async fn what_does_not_work_is_said_and_nothing_is_proposed() {
    let shop = Shop::new().await;
    let (_, events) = shop.say(&ask(AgentType::Planner, "Rename WO-9 to Better")).await.unwrap();
    assert!(proposals(&events).is_empty());
    assert_eq!(results(&events)[0].status, CallStatus::Failed);
    assert!(text(&events).contains("That did not work"), "{events:?}");

    let long = "x".repeat(10_001);
    for (message, agent) in [("  ", AgentType::Planner), (long.as_str(), AgentType::Planner)] {
        let fault = shop.say(&ask(agent, message)).await.unwrap_err();
        assert_eq!((fault.code, fault.fields.contains_key("message")), (Code::Validation, true));
    }
    assert_eq!(shop.rows("conversations").await, 1);
}

#[tokio::test]
async fn a_conversation_is_its_owners_alone() {
    let shop = Shop::new().await;
    let (conversation, _) = shop.say(&ask(AgentType::Planner, "Create a work order titled “X”")).await.unwrap();
    let page = PageRequest { after: None, limit: None };
    let mine = assistant::list(&mut shop.tx().await, "shop", &page).await.unwrap();
    assert_eq!((mine.rows.len(), mine.rows[0].title.as_str()), (1, "Create a work order titled “X”"));

    // Even for an owner of the organization, and in the same project.
    let mut theirs = shop.org.tx(Role::Owner).await;
    assert!(assistant::list(&mut theirs, "shop", &page).await.unwrap().rows.is_empty());
    assert_eq!(assistant::open(&mut theirs, "shop", conversation).await.unwrap_err().code, Code::NotFound);
    assert_eq!(assistant::talk(&mut theirs, "shop", conversation).await.unwrap_err().code, Code::NotFound);
    assert_eq!(assistant::remove(&mut theirs, "shop", conversation).await.unwrap_err().code, Code::NotFound);
    let call = shop.talk(conversation).await[1].tool_calls[0].clone();
    let said = assistant::Confirmation { conversation_id: conversation, call_id: call.id, approve: true };
    assert_eq!(assistant::confirm(&mut theirs, "shop", &said).await.unwrap_err().code, Code::NotFound);
    let owner = theirs.actor().clone();
    let go_on = assistant::ChatAsk { conversation_id: Some(conversation), ..ask(AgentType::Planner, "And now?") };
    let fault = assistant::start(&shop.db.app(), &owner, shop.project.id, &go_on).await.err().unwrap();
    assert_eq!(fault.code, Code::NotFound);

    let globex = shop.db.org("globex").await.tx(Role::Owner).await.actor().clone();
    let fault = assistant::start(&shop.db.app(), &globex, shop.project.id, &ask(AgentType::Planner, "Hello?")).await.err().unwrap();
    assert_eq!(fault.code, Code::NotFound);

    let mut tx = shop.tx().await;
    assistant::remove(&mut tx, "shop", conversation).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(shop.rows("conversations").await, 0);
}

#[tokio::test]
async fn the_eleventh_message_of_a_minute_is_429() {
    let shop = Shop::new().await;
    for n in 0..10 {
        shop.say(&ask(AgentType::Refinery, "help")).await.unwrap_or_else(|fault| panic!("{n}: {fault}"));
    }
    let fault = shop.say(&ask(AgentType::Refinery, "help")).await.unwrap_err();
    assert_eq!((fault.code, fault.retry_after.is_some()), (Code::RateLimited, true));
    shop.db.app().clock.advance(chrono::Duration::seconds(7));
    shop.say(&ask(AgentType::Refinery, "help")).await.unwrap();
}

#[tokio::test]
async fn an_archived_project_is_not_talked_about() {
    let shop = Shop::new().await;
    let mut tx = shop.org.tx(Role::Admin).await;
    factory::projects::archive(&mut tx, shop.project.id, &shop.project.rev).await.unwrap();
    tx.commit().await.unwrap();
    let fault = shop.say(&ask(AgentType::Refinery, "help")).await.unwrap_err();
    assert_eq!(fault.code, Code::ProjectArchived);
}
