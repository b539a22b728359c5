use crate::{BLOCKS, document, edges, feature, of_feature, project, shop, work_order};
use factory::graph::{self, EdgeType, EntityKind, EntityRef};
use kernel::{Code, access::Role};
use uuid::Uuid;

#[tokio::test]
async fn a20_06_blocks_is_acyclic_and_tells_what_waits() {
    let (_db, _org, mut tx, shop) = shop().await;
    let mut made = Vec::new();
    for status in ["ready", "done", "ready"] {
        made.push(work_order(&mut tx, shop.id, None, status).await);
    }
    graph::link(&mut tx, shop.id, made[0], BLOCKS, made[1]).await.unwrap();
    graph::link(&mut tx, shop.id, made[1], BLOCKS, made[2]).await.unwrap();
    let fault = graph::link(&mut tx, shop.id, made[2], BLOCKS, made[0]).await.unwrap_err();
    assert_eq!((fault.code, fault.code.status()), (Code::Cycle, 422));
    assert_eq!(fault.message, "This would close a circle: WO-3 blocks WO-1 blocks WO-2 blocks WO-3.");
    assert_eq!(graph::link(&mut tx, shop.id, made[1], BLOCKS, made[0]).await.unwrap_err().code, Code::Cycle);
    assert_eq!(graph::link(&mut tx, shop.id, made[0], BLOCKS, made[1]).await.unwrap_err().code, Code::Conflict);
    assert_eq!(graph::link(&mut tx, shop.id, made[0], BLOCKS, made[0]).await.unwrap_err().code, Code::Validation);
    // Other types may go round.
    graph::link(&mut tx, shop.id, made[0], EdgeType::RelatedTo, made[1]).await.unwrap();
    graph::link(&mut tx, shop.id, made[1], EdgeType::RelatedTo, made[0]).await.unwrap();
    let ids: Vec<Uuid> = made.iter().map(|w| w.id).collect();
    let waits: Vec<_> = graph::blockers(&mut tx, &ids).await.unwrap().into_iter().map(|b| (b.blocked, b.number, b.is_done())).collect();
    assert_eq!(waits, [(ids[1], 1, false), (ids[2], 2, true)]);
    assert!(graph::unlink_between(&mut tx, shop.id, made[0], BLOCKS, made[1]).await.unwrap());
    assert!(!graph::unlink_between(&mut tx, shop.id, made[0], BLOCKS, made[1]).await.unwrap());
    graph::link(&mut tx, shop.id, made[2], BLOCKS, made[0]).await.unwrap();
}

#[tokio::test]
async fn what_the_server_keeps_is_not_taken_away_and_not_made_twice() {
    let (_db, _org, mut tx, shop) = shop().await;
    let login = feature(&mut tx, "Login").await;
    let requirements = document(&mut tx, shop.id, "feature_requirements", Some(login.id), "Requirements").await;
    let fault = graph::link(&mut tx, shop.id, requirements, EdgeType::References, of_feature(&login)).await.unwrap_err();
    assert_eq!(fault.code, Code::Conflict);
    let edge: Uuid = sqlx::query_scalar("select id from factory.graph_edges").fetch_one(tx.conn()).await.unwrap();
    let fault = graph::unlink(&mut tx, shop.id, edge).await.unwrap_err();
    assert_eq!((fault.code, fault.message.starts_with("The server keeps")), (Code::Conflict, true));
    assert_eq!(edges(&mut tx, shop.id).await, ["Requirements references F-001"]);
}

#[tokio::test]
async fn ids_of_other_projects_and_organizations_are_not_found() {
    let (db, _org, mut tx, shop) = shop().await;
    let login = feature(&mut tx, "Login").await;
    let other = project(&mut tx, "Other").await;
    let theirs = document(&mut tx, other.id, "product_overview", None, "Theirs").await;
    assert_eq!(graph::link(&mut tx, shop.id, of_feature(&login), EdgeType::RelatedTo, theirs).await.unwrap_err().code, Code::NotFound);
    assert_eq!(graph::link(&mut tx, shop.id, theirs, EdgeType::RelatedTo, of_feature(&login)).await.unwrap_err().code, Code::NotFound);
    let nothing = EntityRef::new(EntityKind::WorkOrder, Uuid::from_u128(7));
    assert_eq!(graph::link(&mut tx, shop.id, of_feature(&login), EdgeType::RelatedTo, nothing).await.unwrap_err().code, Code::NotFound);
    tx.commit().await.unwrap();
    let mut tx = db.org("globex").await.tx(Role::Owner).await;
    assert_eq!(graph::node(&mut tx, shop.id, of_feature(&login)).await.unwrap_err().code, Code::NotFound);
    let edges: i64 = sqlx::query_scalar("select count(*) from factory.graph_nodes").fetch_one(tx.conn()).await.unwrap();
    assert_eq!(edges, 0);
}
