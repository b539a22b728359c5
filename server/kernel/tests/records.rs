//! Writes of plain records, against a real table under row security.
mod library;

use kernel::{Code, Perm, access::Role, record::*, records};
use library::*;
use serde_json::json;

static BOOK_BY_SERVICE: RecordDef = RecordDef {
    name: "book_by_service",
    table: "core.books",
    order: ("created_at", Desc),
    hide: Some("archived_at"),
    writes: Writes::ByService,
    read: Perm::OrgRead,
    write: Perm::OrgEdit,
    cols: &[Col::text("title")],
};

#[tokio::test]
async fn a_refused_write_names_its_field() {
    let db = library().await;
    let acme = db.org("acme").await;
    add(&acme, &[("title", "Taken")]).await;
    let long = "x".repeat(101);
    for (typed, field, message) in [
        (&[("title", "A"), ("secret", "x")][..], "secret", "cannot be set"),
        (&[("title", "A"), ("created_at", "2026-01-01T00:00:00Z")], "created_at", "cannot be set"),
        (&[("title", "A"), ("archived_at", "2026-01-01T00:00:00Z")], "archived_at", "cannot be set"),
        (&[("note", "A")], "title", "is required"),
        (&[("title", &long)], "title", "has more than 100 characters"),
        (&[("title", "A"), ("price", "1001")], "price", "is not between 0 and 1000"),
        (&[("title", "Taken")], "title", "is already used"),
        (&[("title", "A"), ("size", "none")], "size", "is not allowed"),
    ] {
        let fault = records::create(&mut acme.tx(Role::Admin).await, &BOOK, &fields(typed)).await.unwrap_err();
        assert_eq!((fault.code, fault.fields[field].as_str()), (Code::Validation, message), "{typed:?}");
    }
    let fault = records::create(&mut acme.tx(Role::Admin).await, &BOOK, &fields(&[("title", "A"), ("pages", "99999999999")])).await;
    assert_eq!(fault.unwrap_err().code, Code::Validation, "an int4 that overflows is the writer's fault");
}

#[tokio::test]
async fn two_editors_never_overwrite_each_other() {
    let db = library().await;
    let acme = db.org("acme").await;
    let row = add(&acme, &[("title", "A"), ("note", "first")]).await;

    let mut tx = acme.tx(Role::Admin).await;
    let second = records::update(&mut tx, &BOOK, row.id, &row.rev, &fields(&[("note", "second")])).await.unwrap();
    tx.commit().await.unwrap();
    assert_ne!(second.rev, row.rev);

    let stale = records::update(&mut acme.tx(Role::Admin).await, &BOOK, row.id, &row.rev, &fields(&[("note", "third")])).await;
    let fault = stale.unwrap_err();
    assert_eq!(fault.code, Code::Stale);
    let current: Row = serde_json::from_value(fault.details.unwrap()["current"].clone()).unwrap();
    assert_eq!(current, second);

    // The same update sent twice has happened once.
    let again = records::update(&mut acme.tx(Role::Admin).await, &BOOK, row.id, &row.rev, &fields(&[("note", "second")])).await;
    assert_eq!(again.unwrap(), second);
    let fault = records::archive(&mut acme.tx(Role::Admin).await, &BOOK, row.id, &row.rev).await.unwrap_err();
    assert_eq!(fault.code, Code::Stale);
}

#[tokio::test]
async fn an_archived_row_leaves_its_lists_and_comes_back() {
    let db = library().await;
    let acme = db.org("acme").await;
    let row = add(&acme, &[("title", "A")]).await;
    let mut tx = acme.tx(Role::Admin).await;
    let gone = records::archive(&mut tx, &BOOK, row.id, &row.rev).await.unwrap();
    let twice = records::archive(&mut tx, &BOOK, row.id, &row.rev).await.unwrap();
    assert!(gone.archived && twice == gone);
    tx.commit().await.unwrap();
    assert!(titles(&acme, Query::default()).await.is_empty());
    assert_eq!(titles(&acme, Query { archived: true, ..Query::default() }).await, ["A"]);
    let fault = records::update(&mut acme.tx(Role::Admin).await, &BOOK, row.id, &gone.rev, &fields(&[("note", "x")])).await;
    assert_eq!(fault.unwrap_err().code, Code::InvalidTransition);
    let mut tx = acme.tx(Role::Admin).await;
    let back = records::restore(&mut tx, &BOOK, row.id, &gone.rev).await.unwrap();
    tx.commit().await.unwrap();
    assert!(!back.archived);
    assert_eq!(titles(&acme, Query::default()).await, ["A"]);
    let fault = records::archive(&mut acme.tx(Role::Admin).await, &SHELF, row.id, &row.rev).await.unwrap_err();
    assert_eq!(fault.code, Code::BadRequest);
}

#[tokio::test]
async fn another_organization_does_not_exist() {
    let db = library().await;
    let (acme, globex) = (db.org("acme").await, db.org("globex").await);
    let mut tx = acme.tx(Role::Admin).await;
    let shelf = records::create(&mut tx, &SHELF, &fields(&[("name", "Left")])).await.unwrap();
    tx.commit().await.unwrap();
    let row = add(&acme, &[("title", "A")]).await;

    assert!(titles(&globex, Query::default()).await.is_empty());
    let mut tx = globex.tx(Role::Owner).await;
    let typed = fields(&[("note", "mine")]);
    for result in [
        records::get(&mut tx, &BOOK, row.id).await,
        records::update(&mut tx, &BOOK, row.id, &row.rev, &typed).await,
        records::archive(&mut tx, &BOOK, row.id, &row.rev).await,
        records::restore(&mut tx, &BOOK, row.id, &row.rev).await,
    ] {
        assert_eq!(result.unwrap_err().code, Code::NotFound);
    }
    let theirs = shelf.id.to_string();
    let fault = records::create(&mut tx, &BOOK, &fields(&[("title", "B"), ("shelf_id", &theirs)])).await.unwrap_err();
    assert_eq!(fault.fields["shelf_id"], "does not exist");
}

#[tokio::test]
async fn the_descriptor_names_who_may_read_and_write() {
    let db = library().await;
    let acme = db.org("acme").await;
    let row = add(&acme, &[("title", "A")]).await;
    let typed = fields(&[("title", "B")]);
    let mut member = acme.tx(Role::Member).await;
    for result in [
        records::create(&mut member, &BOOK, &typed).await,
        records::update(&mut member, &BOOK, row.id, &row.rev, &typed).await,
        records::archive(&mut member, &BOOK, row.id, &row.rev).await,
        records::restore(&mut member, &BOOK, row.id, &row.rev).await,
    ] {
        let fault = result.unwrap_err();
        assert_eq!((fault.code, fault.missing_permission()), (Code::Forbidden, Some("org_edit")));
    }
    let mut outsider = acme.tx_as(acme.user(Role::Member).actor(&db.app())).await;
    assert_eq!(records::page(&mut outsider, &BOOK, &Query::default()).await.unwrap_err().code, Code::Forbidden);
    assert_eq!(records::get(&mut outsider, &BOOK, row.id).await.unwrap_err().code, Code::Forbidden);
    let fault = records::create(&mut acme.tx(Role::Owner).await, &BOOK_BY_SERVICE, &typed).await.unwrap_err();
    assert_eq!(fault.code, Code::Forbidden);
}

#[tokio::test]
async fn every_write_leaves_an_audit_line_without_values() {
    let db = library().await;
    let acme = db.org("acme").await;
    let row = add(&acme, &[("title", "A"), ("note", "private words")]).await;
    let mut tx = acme.tx(Role::Admin).await;
    let row = records::update(&mut tx, &BOOK, row.id, &row.rev, &fields(&[("pages", "3")])).await.unwrap();
    let row = records::archive(&mut tx, &BOOK, row.id, &row.rev).await.unwrap();
    records::restore(&mut tx, &BOOK, row.id, &row.rev).await.unwrap();
    tx.commit().await.unwrap();
    let lines: Vec<(String, String, serde_json::Value)> =
        sqlx::query_as("select action, target_type, metadata from core.audit_log where target_id = $1 order by id")
            .bind(row.id.to_string())
            .fetch_all(db.admin())
            .await
            .unwrap();
    let expected = [
        ("record.create", json!({ "fields": ["title", "note"] })),
        ("record.update", json!({ "fields": ["pages"] })),
        ("record.archive", json!({ "fields": ["archived_at"] })),
        ("record.restore", json!({ "fields": ["archived_at"] })),
    ];
    assert_eq!(lines, expected.map(|(action, meta)| (action.to_owned(), "book".to_owned(), meta)));
}
