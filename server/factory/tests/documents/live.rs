use crate::{document, feature, paragraphs, say, shop};
use core_area::notifications::{NoticeQuery, list};
use factory::{
    documents::{self, DocumentArea, DocumentType},
    live, versions,
};
use kernel::{access::Role, db::TenantTx};
use richtext::{Doc, yjs};
use serde_json::{Value, json};
use uuid::Uuid;

/// What somebody types in an editor: a change of the live document.
async fn typed(tx: &mut TenantTx, document: Uuid, content: &Value, diagram: &str) {
    let (doc, diagram) = (Doc::from_value(content).unwrap(), diagram.to_owned());
    let change = move |_: &collab::yrs::Doc, txn: &mut collab::yrs::TransactionMut| {
        yjs::write(txn, &doc);
        yjs::write_diagram(txn, &diagram);
        Ok(())
    };
    collab::edit(tx, &live::documents(), document, change).await.unwrap();
}

#[tokio::test]
async fn what_is_typed_shows_in_the_row_mentions_people_and_links_the_graph() {
    let (db, org, mut tx, _) = shop().await;
    let orders = feature(&mut tx, "Orders").await;
    let now = document(&mut tx, DocumentType::ProductOverview, "Overview").await;
    say(&mut tx, now.id, &paragraphs(&["Before anybody opened it"])).await;
    let cleo = org.user(Role::Member).id;
    let mention = |id: Uuid, label: &str, kind: &str| json!({ "type": "mention", "attrs": { "id": id, "label": label, "type": kind } });
    let text = json!({ "type": "doc", "content": [{ "type": "paragraph", "content": [
        { "type": "text", "text": "Ask " }, mention(cleo, "Cleo", "user"), { "type": "text", "text": " about " },
        mention(orders.id, "Orders", "feature") ] }] });
    typed(&mut tx, now.id, &text, "graph TD").await;
    let shown = documents::by_slug(&mut tx, "shop", DocumentArea::Refinery, "overview").await.unwrap();
    assert!(
        shown.html.contains("Ask") && !shown.html.contains("Before") && shown.diagram_source.as_deref() == Some("graph TD"),
        "{shown:?}"
    );
    let linked: i64 = sqlx::query_scalar(
        "select count(*) from factory.graph_edges e join factory.graph_nodes s on s.id = e.source_node_id
           join factory.graph_nodes t on t.id = e.target_node_id
         where e.edge_type = 'references' and s.entity_id = $1 and t.entity_id = $2",
    )
    .bind(now.id)
    .bind(orders.id)
    .fetch_one(tx.conn())
    .await
    .unwrap();
    assert_eq!(linked, 1);
    // What is saved is what was typed, also in a transaction that only looks.
    assert_eq!(versions::save(&mut tx, now.id, "").await.unwrap().version_number, 1);
    assert!(versions::diff(&mut tx, now.id, 1, None).await.unwrap().diff.is_same());
    tx.commit().await.unwrap();
    let mut tx = org.user(Role::Member).tx(&db.app()).await;
    let told = list(&mut tx, &NoticeQuery::default()).await.unwrap().rows;
    assert_eq!(
        told.iter().filter(|n| n.topic == "factory.mention").map(|n| n.title.as_str()).collect::<Vec<_>>(),
        ["Bea mentioned you in Overview"]
    );
}

#[tokio::test]
async fn what_was_typed_and_never_saved_survives_going_back_to_a_version() {
    let (_db, _org, mut tx, _) = shop().await;
    let now = document(&mut tx, DocumentType::ProductOverview, "Overview").await;
    typed(&mut tx, now.id, &paragraphs(&["v1 text"]), "").await;
    versions::save(&mut tx, now.id, "").await.unwrap();
    typed(&mut tx, now.id, &paragraphs(&["typed since"]), "").await;
    let back = versions::restore(&mut tx, now.id, 1).await.unwrap();
    assert_eq!(back.version_number, 3);
    let between = versions::get(&mut tx, now.id, 2).await.unwrap();
    assert!(between.html.contains("typed since") && between.row.change_summary.as_deref() == Some(versions::AUTOMATIC));
    assert!(documents::content(&mut tx, now.id).await.unwrap().content.to_string().contains("v1 text"));
}
