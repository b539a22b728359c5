//! The requirements and blueprints of the demo's first project, as a team leaves them in the middle of its work.
use super::Dice;
use crate::{
    comments::{self, Anchor, CommentInput, Named, ParentType},
    decisions::{self, DecisionInput},
    documents::{self, Document, DocumentType, text::Text},
    features::{self, Feature},
    graph::{self, EntityKind, EntityRef},
    mentions::TargetType,
    projects,
    suggestions::{self, AgentType, Operation, SuggestedDiff},
    versions,
};
use chrono::Duration;
use kernel::{Fault, db::TenantTx};
use richtext::{Doc, markdown};
use uuid::Uuid;

/// A text of the demo.
struct Given {
    kind: DocumentType,
    title: &'static str,
    /// Of the feature of this name.
    feature: Option<&'static str>,
    text: &'static str,
    diagram: Option<&'static str>,
}

const fn of(kind: DocumentType, title: &'static str, text: &'static str) -> Given {
    Given { kind, title, feature: None, text, diagram: None }
}

const fn feature(kind: DocumentType, feature: &'static str, text: &'static str) -> Given {
    Given { kind, title: feature, feature: Some(feature), text, diagram: None }
}

const fn diagram(title: &'static str, source: &'static str) -> Given {
    Given { kind: DocumentType::SystemDiagram, title, feature: None, text: "", diagram: Some(source) }
}

const GIVEN: &[Given] = &[
    of(DocumentType::ProductOverview, "Harbour checkout", include_str!("texts/overview.md")),
    of(DocumentType::TechnicalRequirements, "What holds everywhere", include_str!("texts/technical.md")),
    feature(DocumentType::FeatureRequirements, "Carts", include_str!("texts/cart.md")),
    feature(DocumentType::FeatureRequirements, "Card payments", include_str!("texts/payments-1.md")),
    feature(DocumentType::FeatureRequirements, "Delivery slots", include_str!("texts/delivery.md")),
    of(DocumentType::FoundationBlueprint, "Architecture", include_str!("texts/architecture.md")),
    of(DocumentType::FoundationBlueprint, "Security", include_str!("texts/security.md")),
    diagram("The checkout and its neighbours", include_str!("texts/system.mmd")),
    diagram("States of an order", include_str!("texts/states.mmd")),
    feature(DocumentType::FeatureBlueprint, "Card payments", include_str!("texts/payments-blueprint.md")),
];

/// What the requirements of payments say since yesterday: their blueprint has not followed yet.
const CHANGED: &str = include_str!("texts/payments-2.md");

/// A decision of the demo: title, context, options, choice, days ago; and the documents it is about.
type Decided = (&'static str, &'static str, &'static [&'static str], &'static str, i64);

const DECIDED: &[(Decided, &[&str])] = &[
    (
        (
            "Carts live in Postgres",
            "A cart has to outlive a deployment and be seen by the service desk. Redis was measured too: 4 ms against 6 ms a cart.",
            &["Postgres", "Redis with a copy in Postgres", "Only in the browser"],
            "Postgres. One place to back up, and 2 ms are not worth a second one.",
            34,
        ),
        &["Architecture", "Carts"],
    ),
    (
        (
            "Payments are confirmed by webhook, not by the browser",
            "One payment in 180 never came back from the bank's page, and the order stayed open.",
            &["The page the customer comes back to", "The provider's webhook", "Asking the provider every minute"],
            "The webhook, checked by its signature; a job asks the provider after 10 minutes of silence.",
            21,
        ),
        &["Security", "Card payments"],
    ),
    (
        (
            "Delivery slots are held for 20 minutes",
            "The warehouse plans in steps of 15 minutes; a customer takes 9 minutes from slot to payment at the median.",
            &["15 minutes", "20 minutes", "Until the cart is left"],
            "20 minutes: 94 % of customers have paid by then.",
            8,
        ),
        &["Delivery slots"],
    ),
];

/// Adds them with their history, a discussion and a suggestion; answers how many there are.
pub(super) async fn load(tx: &mut TenantTx, project: Uuid, people: &[Uuid], dice: &mut Dice) -> Result<usize, Fault> {
    let mut made: Vec<Document> = Vec::new();
    for given in GIVEN {
        let text = Text { doc: read(given.text)?, diagram: given.diagram.map(|d| d.trim_end().to_owned()) };
        let feature = match given.feature {
            Some(name) => Some(named(tx, project, name).await?),
            None => None,
        };
        let document = documents::add(tx, project, given.kind, given.title.to_owned(), feature.as_ref(), None, &text).await?;
        past(tx, &document, &text, dice.pick(people), dice).await?;
        made.push(document);
    }
    let find = |kind: DocumentType, title: &str| made.iter().find(|d| d.kind == kind && d.title == title);
    if let Some(payments) = find(DocumentType::FeatureRequirements, "Card payments") {
        // Nobody has it open yet: its row is all there is.
        let text = Text { doc: read(CHANGED)?, diagram: None };
        sqlx::query!("update factory.documents set content = $2 where id = $1", payments.id, text.doc.to_value())
            .execute(tx.conn())
            .await?;
        versions::record(tx, payments, &text, Some("Gift cards, passkeys, 8 seconds"), people.first().copied()).await?;
        discuss(tx, payments.id, people).await?;
    }
    if let Some(delivery) = find(DocumentType::FeatureRequirements, "Delivery slots") {
        crate::review::review(tx, delivery.id).await?;
    }
    if let Some(carts) = find(DocumentType::FeatureRequirements, "Carts") {
        suggest(tx, carts.id).await?;
    }
    // Of a feature's requirements and blueprint, what follows from the decision.
    let about = |titles: &[&str]| titles.iter().filter_map(|title| made.iter().rfind(|d| d.title == *title)).collect::<Vec<_>>();
    for (decided, titles) in DECIDED {
        decide(tx, project, decided, &about(titles)).await?;
    }
    Ok(made.len())
}

async fn named(tx: &mut TenantTx, project: Uuid, name: &str) -> Result<Feature, Fault> {
    let id = sqlx::query_scalar!(
        "select id from factory.features where project_id = $1 and name = $2 and deleted_at is null order by sort_order limit 1",
        project,
        name
    )
    .fetch_one(tx.conn())
    .await?;
    features::store::one(tx, project, id).await
}

fn read(text: &str) -> Result<Doc, Fault> {
    let mut doc = markdown::parse(text).map_err(documents::text::refused)?;
    doc.name_sections();
    Ok(doc)
}

/// Two versions of the last weeks: a draft of its first half, and what it says.
async fn past(tx: &mut TenantTx, document: &Document, text: &Text, author: Option<Uuid>, dice: &mut Dice) -> Result<(), Fault> {
    let half = text.doc.blocks.len().div_ceil(2);
    let draft = Text { doc: Doc::new(text.doc.blocks[..half].to_vec()), diagram: text.diagram.clone() };
    let now = tx.now();
    let days = 9 + dice.below(30) as i64;
    let steps = [(&draft, "First draft", days), (text, "After the round with the service desk", days - 6)];
    for (number, (said, summary, ago)) in (1..).zip(steps) {
        let at = now - Duration::days(ago) - Duration::minutes(dice.below(600) as i64);
        sqlx::query!(
            r#"insert into factory.document_versions (document_id, version_number, content, diagram_source, change_summary, created_by, created_at)
               values ($1, $2, $3, $4, $5, $6, $7)"#,
            document.id,
            number,
            said.doc.to_value(),
            said.diagram,
            summary,
            author,
            at
        )
        .execute(tx.conn())
        .await?;
    }
    graph::keep_document(tx, document.id).await
}

async fn discuss(tx: &mut TenantTx, document: Uuid, people: &[Uuid]) -> Result<(), Fault> {
    let anchor =
        Anchor { quote: "within 5 seconds in 95 % of cases".into(), section_id: Some("acceptance-criteria".into()), ..Anchor::default() };
    let mut first = CommentInput {
        text: "Is that measured at the button or at the provider? The bank alone takes up to 3 seconds.".into(),
        anchor: Some(anchor),
        ..CommentInput::default()
    };
    if let Some(person) = people.last() {
        let name = sqlx::query_scalar!("select name from core.users where id = $1", person).fetch_one(tx.conn()).await?;
        first.text.push_str(&format!(" @{name} knows the figures."));
        first.named.push(Named { id: *person, kind: TargetType::User, label: name });
    }
    let thread = comments::add(tx, ParentType::Document, document, &first).await?;
    let answer = CommentInput {
        text: "At the button. The provider's 95th percentile is 2.1 s since May.".into(),
        thread_id: Some(thread),
        ..CommentInput::default()
    };
    comments::add(tx, ParentType::Document, document, &answer).await?;
    Ok(())
}

/// Three parts for the requirements of carts.
async fn suggest(tx: &mut TenantTx, document: Uuid) -> Result<(), Fault> {
    let doc = read(include_str!("texts/cart.md"))?;
    let section = |id: &str| richtext::suggest::section_markdown(&doc, id).unwrap_or_default();
    let replace = |id: &str, new: String, why: &str| SuggestedDiff {
        section_id: id.into(),
        operation: Operation::Replace,
        old_content: section(id),
        new_content: new,
        explanation: why.into(),
        ..SuggestedDiff::default()
    };
    let diffs = vec![
        replace("behaviour", section("behaviour").replace("for 20 minutes", "for 15 minutes"), "The stock system frees after 15 minutes"),
        replace(
            "acceptance-criteria",
            format!("{}\n- [ ] A changed price is shown before payment", section("acceptance-criteria").trim_end()),
            "The second story has no criterion",
        ),
        SuggestedDiff {
            section_id: "stories".into(),
            operation: Operation::Insert,
            new_content: "- A customer saves an article for later and finds it below the cart.".into(),
            explanation: "Asked for by 3 users in the inbox".into(),
            ..SuggestedDiff::default()
        },
    ];
    suggestions::make(tx, document, AgentType::Refinery, "What the review and the inbox say about carts", diffs, None).await?;
    Ok(())
}

async fn decide(tx: &mut TenantTx, project: Uuid, decided: &Decided, about: &[&Document]) -> Result<(), Fault> {
    let (title, context, options, choice, ago) = *decided;
    let slug = projects::get(tx, project).await?.slug;
    let input = DecisionInput {
        title: title.into(),
        context: context.into(),
        options: options.iter().map(|o| (*o).to_owned()).collect(),
        choice: choice.into(),
        decided_on: Some((tx.now() - Duration::days(ago)).date_naive()),
        links: about.iter().map(|d| EntityRef::new(EntityKind::Document, d.id)).collect(),
    };
    decisions::create(tx, &slug, &input).await?;
    Ok(())
}
