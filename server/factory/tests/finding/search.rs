use crate::{Shop, project};
use factory::{
    features::{self, FeatureInput},
    feedback::{self, FeedbackInput},
    search::{self, SearchHit, SearchType},
};
use kernel::{Code, access::Role, testing::TestDb};
use serde_json::json;
use uuid::Uuid;

const ALL: &[SearchType] = &[];

async fn find(shop: &Shop, q: &str) -> Vec<SearchHit> {
    search::search(&mut shop.tx().await, shop.project.id, q, ALL, 20).await.unwrap()
}

/// Types and titles.
fn names(hits: &[SearchHit]) -> Vec<(SearchType, &str)> {
    hits.iter().map(|hit| (hit.kind, hit.title.as_str())).collect()
}

async fn feature(shop: &Shop, name: &str, description: &str) -> features::Feature {
    let mut tx = shop.tx().await;
    let input = FeatureInput { name: name.into(), description: description.into(), ..Default::default() };
    let made = features::create(&mut tx, "shop", &input).await.unwrap();
    tx.commit().await.unwrap();
    made
}

/// A document with one paragraph for each text.
async fn document(shop: &Shop, title: &str, texts: &[&str]) -> Uuid {
    let mut tx = shop.tx().await;
    let input = serde_json::from_value(json!({ "kind": "technical_requirements", "title": title })).unwrap();
    let made = factory::documents::create(&mut tx, "shop", &input).await.unwrap();
    let content: Vec<_> = texts.iter().map(|text| json!({ "type": "paragraph", "content": [{ "type": "text", "text": text }] })).collect();
    sqlx::query("update factory.documents set content = $2 where id = $1")
        .bind(made.id)
        .bind(json!({ "type": "doc", "content": content }))
        .execute(tx.conn())
        .await
        .unwrap();
    factory::graph::keep_document(&mut tx, made.id).await.unwrap();
    tx.commit().await.unwrap();
    made.id
}

#[tokio::test]
async fn everything_of_a_project_is_found_by_its_text_with_a_place_to_go() {
    let shop = Shop::new().await;
    let checkout = feature(&shop, "Checkout", "Cards are charged through the paymentGateway.").await;
    document(&shop, "Payments", &["Refunds are paid back within fourteen days."]).await;
    let mut tx = shop.tx().await;
    let text =
        json!({ "type": "doc", "content": [{ "type": "paragraph", "content": [{ "type": "text", "text": "Refund by the gateway." }] }] });
    let order = serde_json::from_value(json!({ "title": "Pay back a card", "description": text })).unwrap();
    let order = factory::work_orders::create(&mut tx, "shop", &order).await.unwrap();
    let input = FeedbackInput { description: "My refund never arrived".into(), ..Default::default() };
    let receipt = feedback::receive(&mut tx, shop.project.id, &input, None).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(find(&shop, "refund").await, []);
    shop.settle().await;

    let hits = find(&shop, "refund").await;
    let mut kinds: Vec<_> = hits.iter().map(|hit| hit.kind).collect();
    kinds.sort();
    assert_eq!(kinds, [SearchType::Document, SearchType::WorkOrder, SearchType::FeedbackItem]);
    let of = |kind: SearchType| hits.iter().find(|hit| hit.kind == kind).unwrap();
    assert_eq!(of(SearchType::Document).link, "/refinery/payments");
    assert_eq!(of(SearchType::Document).snippet, "Refunds are paid back within fourteen days.");
    assert_eq!(of(SearchType::WorkOrder).link, format!("/planner/{}", order.number));
    assert_eq!(of(SearchType::FeedbackItem).link, format!("/validator/{}", receipt.id));
    // Names of code are their words; a key finds its feature; the last word may be begun.
    for q in ["payment gateway", "paymentGateway", checkout.key.as_str(), "cards charg"] {
        assert_eq!(find(&shop, q).await[0].link, format!("/features/{}", checkout.key), "{q}");
    }
    let only = search::search(&mut shop.tx().await, shop.project.id, "refund", &[SearchType::WorkOrder], 20).await.unwrap();
    assert_eq!(names(&only), [(SearchType::WorkOrder, "Pay back a card")]);
    let one = search::search(&mut shop.tx().await, shop.project.id, "refund", ALL, 1).await.unwrap();
    assert_eq!(one, hits[..1]);
    assert!(hits.iter().all(|hit| hit.score > 0.06 && hit.score <= 1.0), "{hits:?}");
    assert_eq!(find(&shop, "zeppelin").await, []);
    assert_eq!(find(&shop, "?!").await, []);
}

#[tokio::test]
async fn a_question_has_two_to_four_hundred_characters() {
    let shop = Shop::new().await;
    let mut tx = shop.tx().await;
    for q in ["", " x ", &"x".repeat(401)] {
        let fault = search::search(&mut tx, shop.project.id, q, ALL, 20).await.unwrap_err();
        assert_eq!(fault.code, Code::Validation, "{q}");
    }
    assert_eq!(search::search(&mut tx, shop.project.id, &"x".repeat(400), ALL, 20).await.unwrap(), []);
}

#[tokio::test]
async fn entries_follow_their_texts_and_go_with_them() {
    let shop = Shop::new().await;
    let made = feature(&shop, "Lighthouse", "Shines at night").await;
    shop.settle().await;
    assert_eq!(find(&shop, "shines").await.len(), 1);

    let mut tx = shop.tx().await;
    let patch = serde_json::from_value(json!({ "description": "Blinks at dusk" })).unwrap();
    let made = features::update(&mut tx, made.id, &made.rev, &patch).await.unwrap();
    tx.commit().await.unwrap();
    shop.settle().await;
    assert_eq!((find(&shop, "shines").await.len(), find(&shop, "blinks").await.len()), (0, 1));

    let mut tx = shop.tx().await;
    features::remove(&mut tx, made.id, &made.rev).await.unwrap();
    tx.commit().await.unwrap();
    // In the transaction of the deletion.
    assert_eq!(find(&shop, "blinks").await, []);
    let left: i64 = sqlx::query_scalar("select count(*) from factory.search_entries").fetch_one(shop.db.admin()).await.unwrap();
    assert_eq!(left, 0);
    let mut tx = shop.tx().await;
    features::restore(&mut tx, made.id).await.unwrap();
    tx.commit().await.unwrap();
    shop.settle().await;
    assert_eq!(find(&shop, "blinks").await.len(), 1);
}

#[tokio::test]
async fn a_long_text_is_found_once_by_its_best_part_and_only_what_changed_is_made_anew() {
    let shop = Shop::new().await;
    let filler = "Nothing to see here. ".repeat(60);
    let id = document(&shop, "Manual", &[&filler, &filler, "The flux capacitor needs a capacitor.", &filler]).await;
    shop.settle().await;
    let hits = find(&shop, "flux capacitor").await;
    assert_eq!(names(&hits), [(SearchType::Document, "Manual")]);
    assert!(hits[0].snippet.contains("flux capacitor"), "{hits:?}");
    let made = "select created_at, updated_at from factory.search_entries where entity_id = $1 order by chunk_no";
    type Times = Vec<(chrono::DateTime<chrono::Utc>, chrono::DateTime<chrono::Utc>)>;
    let before: Times = sqlx::query_as(made).bind(id).fetch_all(shop.db.admin()).await.unwrap();
    assert!(before.len() > 2);
    let mut tx = shop.tx().await;
    factory::graph::keep_document(&mut tx, id).await.unwrap();
    tx.commit().await.unwrap();
    shop.settle().await;
    let after: Times = sqlx::query_as(made).bind(id).fetch_all(shop.db.admin()).await.unwrap();
    assert_eq!(before, after);
    // Two changes before the job comes are one job.
    let mut tx = shop.tx().await;
    factory::graph::keep_document(&mut tx, id).await.unwrap();
    factory::graph::keep_document(&mut tx, id).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(shop.drain().await.ran, ["factory.embedding"]);
}

#[tokio::test]
async fn nobody_finds_what_belongs_to_another_project_or_organization() {
    let shop = Shop::new().await;
    feature(&shop, "Lighthouse", "").await;
    let mut tx = shop.org.tx(Role::Admin).await;
    let second = project(&mut tx, "Second").await;
    tx.commit().await.unwrap();
    shop.settle().await;
    assert_eq!(find(&shop, "lighthouse").await.len(), 1);
    assert_eq!(search::search(&mut shop.tx().await, second.id, "lighthouse", ALL, 20).await.unwrap(), []);
    let mut rival = shop.db.org("rival").await.tx(Role::Owner).await;
    let fault = search::search(&mut rival, shop.project.id, "lighthouse", ALL, 20).await.unwrap_err();
    assert_eq!(fault.code, Code::NotFound);
    let rows: i64 = sqlx::query_scalar(
        "select count(*) from factory.search_hits($1, '{feature}', '{lighthouse}', null, null, 'builtin-hash-1536', 0.12, 20)",
    )
    .bind(shop.project.id)
    .fetch_one(rival.conn())
    .await
    .unwrap();
    assert_eq!(rows, 0);
}

#[tokio::test]
async fn another_model_is_said_and_its_vectors_are_made_anew() {
    let shop = Shop::new().await;
    feature(&shop, "Lighthouse", "").await;
    shop.settle().await;
    let said = async || search::answer(&mut shop.tx().await, shop.project.id, "lighthouse", ALL, None).await.unwrap();
    assert!(!said().await.re_embedding);
    sqlx::query("update factory.search_entries set embedding_model = 'another'").execute(shop.db.admin()).await.unwrap();
    let answer = said().await;
    assert!(answer.re_embedding && answer.items.len() == 1);
    sweep(&shop).await;
    assert!(!said().await.re_embedding);
    assert_eq!(shop.drain().await.ran, [""; 0]);
}

/// Runs the job of the schedule and what it queues.
async fn sweep(shop: &Shop) {
    let mut tx = shop.db.app().db.begin_server().await.unwrap();
    kernel::jobs::enqueue(&mut tx, kernel::jobs::NewJob::new(search::SWEEP, serde_json::Value::Null)).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(shop.drain().await.failed, []);
}

#[tokio::test]
async fn what_was_there_before_and_what_a_lost_job_left_is_swept_up() {
    let shop = Shop::new().await;
    feature(&shop, "Lighthouse", "").await;
    sqlx::query("delete from core.jobs where kind = 'factory.embedding'").execute(shop.db.admin()).await.unwrap();
    sweep(&shop).await;
    assert_eq!(find(&shop, "lighthouse").await, []);
    sqlx::query("update factory.search_pending set queued_at = '-infinity'").execute(shop.db.admin()).await.unwrap();
    sweep(&shop).await;
    assert_eq!(find(&shop, "lighthouse").await.len(), 1);
    let pending: i64 = sqlx::query_scalar("select count(*) from factory.search_pending").fetch_one(shop.db.admin()).await.unwrap();
    assert_eq!(pending, 0);
}

#[tokio::test]
async fn a_model_that_does_not_answer_leaves_what_is_found_by_its_words() {
    // Nobody listens on the port of a socket that is gone.
    let gone = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let db = TestDb::with(|config| {
        config.embeddings.url = Some(format!("http://{gone}/v1").parse().unwrap());
        config.embeddings.model = "small".into();
    })
    .await;
    let shop = Shop::on(db).await;
    feature(&shop, "Lighthouse", "").await;
    let drained = shop.drain().await;
    assert_eq!(drained.failed.len(), 1, "{drained:?}");
    let found: Vec<String> =
        sqlx::query_scalar("select title from factory.search_entries where embedding is null and embedding_model is null")
            .fetch_all(shop.db.admin())
            .await
            .unwrap();
    assert_eq!(found, ["Lighthouse"]);
    // The question has no vector either: words answer.
    let answer = search::answer(&mut shop.tx().await, shop.project.id, "lighthouse", ALL, None).await.unwrap();
    assert!(answer.re_embedding && answer.items.len() == 1);
}

#[tokio::test]
async fn words_and_sketches_of_fifty_thousand_entries_go_through_their_indexes() {
    let shop = Shop::new().await;
    sqlx::query(
        "insert into factory.search_entries (organization_id, project_id, entity_type, entity_id, chunk_no, title, body, embedding, sketch, embedding_model)
         select organization_id, id, 'feature', gen_random_uuid(), 0, 'Entry ' || n, 'Word number ' || n || ' of many',
           case when n % 20 = 0 then array_fill(0.1::real, array[1536])::vector end,
           case when n % 20 = 0 then repeat('10', 512)::bit(1024) end, case when n % 20 = 0 then 'builtin-hash-1536' end
         from factory.projects, generate_series(1, 50000) n",
    )
    .execute(shop.db.admin())
    .await
    .unwrap();
    let mut conn = shop.db.admin().acquire().await.unwrap();
    let mut run =
        async |sql: &str| -> Vec<String> { sqlx::query_scalar(sqlx::AssertSqlSafe(sql.to_owned())).fetch_all(&mut *conn).await.unwrap() };
    run("vacuum analyze factory.search_entries").await;
    run("set role app_definer").await;
    run("set enable_seqscan = off").await;
    run(&format!("select set_config('app.current_tenant_id', '{}', false)", shop.org.id)).await;
    let project = shop.project.id;
    let words = run(&format!(
        "explain select e.id from factory.search_entries e
         where e.tsv @@ ('''#{project}'' & ''31415'':*')::tsquery and e.organization_id = core.tenant() and e.entity_type = any ('{{feature}}') limit 2000"
    ))
    .await
    .join("\n");
    assert!(words.contains("idx_search_entries_tsv"), "{words}");
    let near = run(&format!(
        "explain select e.id from factory.search_entries e
         where e.project_id = '{project}' and e.embedding_model = 'builtin-hash-1536' and e.entity_type = any ('{{feature}}')
         order by e.sketch operator(public.<~>) repeat('1', 1024)::bit(1024) limit 500"
    ))
    .await
    .join("\n");
    assert!(near.contains("idx_search_entries_sketch"), "{near}");
    let found: Vec<String> = run(&format!(
        "select e.title from factory.search_hits('{project}', '{{feature}}', '{{word,31415}}', null, null, 'builtin-hash-1536', 0.12, 20) h
         join factory.search_entries e on e.id = h.entry_id where e.organization_id = core.tenant() limit 1"
    ))
    .await;
    assert_eq!(found, ["Entry 31415"]);
}
