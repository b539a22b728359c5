//! Lists of plain records, against a real table under row security.
mod library;

use kernel::{Code, Perm, access::Role, record::*, records};
use library::*;
use serde_json::json;
use sqlx::Executor;
use uuid::Uuid;

static BOOK_VIEW: RecordDef = RecordDef {
    name: "book_view",
    table: "core.book_titles",
    order: ("title", Asc),
    hide: None,
    writes: Writes::View,
    read: Perm::OrgRead,
    write: Perm::OrgEdit,
    cols: &[Col::text("title").sort()],
};

fn filter(name: &str, value: &str) -> Query {
    Query { filter: fields(&[(name, value)]), sort: Some("title".into()), desc: Some(false), ..Query::default() }
}

#[tokio::test]
async fn pages_follow_each_other_in_every_order_and_miss_nothing() {
    let db = library().await;
    let acme = db.org("acme").await;
    // One transaction: all have the same created_at, and only the id orders them.
    let mut tx = acme.tx(Role::Admin).await;
    for i in 0..7 {
        let typed = [("title", format!("T{i}")), ("price", format!("{}.50", i % 3)), ("pages", (i % 2).to_string())];
        let typed = typed.map(|(k, v)| (k.to_owned(), v)).into_iter().collect();
        records::create(&mut tx, &BOOK, &typed).await.unwrap();
    }
    tx.commit().await.unwrap();
    for sort in [None, Some("title"), Some("price"), Some("pages"), Some("created_at")] {
        for desc in [None, Some(true), Some(false)] {
            let mut query = Query { sort: sort.map(str::to_owned), desc, limit: Some(3), ..Query::default() };
            let (mut seen, mut sizes) = (Vec::new(), Vec::new());
            loop {
                let page = records::page(&mut acme.tx(Role::Member).await, &BOOK, &query).await.unwrap();
                sizes.push(page.rows.len());
                seen.extend(page.rows.iter().map(|row| row.id));
                query.after = page.next;
                if query.after.is_none() {
                    break;
                }
            }
            assert_eq!(sizes, [3, 3, 1], "{sort:?} {desc:?}");
            seen.sort();
            seen.dedup();
            assert_eq!(seen.len(), 7, "{sort:?} {desc:?}");
        }
    }
}

#[tokio::test]
async fn a_row_shows_its_listed_columns_only_and_money_as_text() {
    let db = library().await;
    let acme = db.org("acme").await;
    let row =
        add(&acme, &[("title", "Dune"), ("price", "19.90"), ("tags", "sf, classic"), ("lent", "on"), ("bought_on", "2026-01-02")]).await;
    assert_eq!(
        (&row.data["price"], &row.data["tags"], &row.data["lent"], &row.data["bought_on"], &row.data["size"]),
        (&json!("19.90"), &json!(["sf", "classic"]), &json!(true), &json!("2026-01-02"), &json!("small"))
    );
    assert!(!row.data.contains_key("secret") && !row.data.contains_key("organization_id"));
    let read = records::get(&mut acme.tx(Role::Member).await, &BOOK, row.id).await.unwrap();
    assert_eq!(read, row);
    let view = records::page(&mut acme.tx(Role::Member).await, &BOOK_VIEW, &Query::default()).await.unwrap();
    assert_eq!((view.rows[0].rev.as_str(), view.rows[0].data.len()), ("", 1));
}

#[tokio::test]
async fn filters_and_search_find_what_they_say() {
    let db = library().await;
    let acme = db.org("acme").await;
    let shelf = {
        let mut tx = acme.tx(Role::Admin).await;
        let shelf = records::create(&mut tx, &SHELF, &fields(&[("name", "Left")])).await.unwrap();
        tx.commit().await.unwrap();
        shelf.id.to_string()
    };
    add(&acme, &[("title", "A"), ("size", "large"), ("price", "5"), ("tags", "x,y"), ("bought_on", "2026-03-01"), ("shelf_id", &shelf)])
        .await;
    add(&acme, &[("title", "B"), ("price", "7.5"), ("tags", "y"), ("lent", "true"), ("note", "50% of_it")]).await;
    add(&acme, &[("title", "C"), ("price", "12"), ("bought_on", "2026-04-01")]).await;
    for (name, value, wanted) in [
        ("size", "large", "A"),
        ("size", "small,large", "ABC"),
        ("price", "7.50", "B"),
        ("price.from", "7.5", "BC"),
        ("price.to", "7.5", "AB"),
        ("bought_on", "none", "B"),
        ("bought_on.from", "2026-03-15", "C"),
        ("lent", "true", "B"),
        ("tags", "x", "A"),
        ("tags", "x,y", "AB"),
        ("shelf_id", &shelf, "A"),
        ("shelf_id", "none", "BC"),
        ("title", "C", "C"),
    ] {
        assert_eq!(titles(&acme, filter(name, value)).await.concat(), wanted, "{name} {value}");
    }
    for (words, wanted) in [("b", "B"), ("50%", "B"), ("f_i", "B"), ("%", "B"), ("_", "B"), ("zzz", ""), ("\\", "")] {
        let query = Query { search: words.into(), ..filter("size", "small,large") };
        assert_eq!(titles(&acme, query).await.concat(), wanted, "{words}");
    }
}

#[tokio::test]
async fn what_the_descriptor_does_not_offer_is_a_bad_request() {
    let db = library().await;
    let acme = db.org("acme").await;
    add(&acme, &[("title", "A")]).await;
    add(&acme, &[("title", "B")]).await;
    let one = Query { limit: Some(1), ..Query::default() };
    let page = records::page(&mut acme.tx(Role::Member).await, &BOOK, &one).await.unwrap();
    let bad = [
        filter("secret", "hidden"),
        filter("note", "x"),
        filter("title.from", "x"),
        filter("price.below", "1"),
        filter("price", "cheap"),
        filter("price", "1e400"),
        filter("bought_on", "2026-13-01"),
        filter("size", "huge"),
        filter("shelf_id", "1"),
        filter("title", "a\0"),
        filter("id; drop table core.books", "x"),
        Query { sort: Some("note".into()), ..Query::default() },
        Query { sort: Some("secret".into()), ..Query::default() },
        Query { sort: Some("title desc; select 1".into()), ..Query::default() },
        Query { after: Some("nonsense".into()), ..Query::default() },
        // A cursor of another order.
        Query { after: page.next.clone(), sort: Some("title".into()), ..Query::default() },
        Query { search: "x".repeat(300), ..Query::default() },
    ];
    for query in bad {
        let fault = records::page(&mut acme.tx(Role::Member).await, &BOOK, &query).await.unwrap_err();
        assert_eq!(fault.code, Code::BadRequest, "{query:?}");
    }
    let archive = Query { archived: true, ..Query::default() };
    let fault = records::page(&mut acme.tx(Role::Member).await, &SHELF, &archive).await.unwrap_err();
    assert_eq!(fault.code, Code::BadRequest);
    let key = ("created_at".to_owned(), true, "'; select 1".to_owned());
    let forged = records::Cursor::new(key, Uuid::nil()).encode();
    let query = Query { after: Some(forged), ..Query::default() };
    let fault = records::page(&mut acme.tx(Role::Member).await, &BOOK, &query).await.unwrap_err();
    assert_eq!(fault.code, Code::BadRequest, "a forged cursor");
}

#[tokio::test]
async fn a_page_deep_in_a_long_list_is_read_from_its_index() {
    let db = library().await;
    let acme = db.org("acme").await;
    let mut tx = acme.tx(Role::Admin).await;
    sqlx::query(
        "insert into core.books (title, created_at) select 'T' || n, now() - n * interval '1 minute' from generate_series(1, 20000) n",
    )
    .execute(tx.conn())
    .await
    .unwrap();
    tx.commit().await.unwrap();
    db.admin().execute("analyze core.books").await.unwrap();
    let mut tx = acme.tx(Role::Member).await;
    let plan: Vec<String> = sqlx::query_scalar(
        "explain (costs off) select t.id from core.books t where t.archived_at is null
           and (t.created_at, t.id) < (now() - interval '5000 minutes', $1) order by t.created_at desc, t.id desc limit 51",
    )
    .bind(Uuid::nil())
    .fetch_all(tx.conn())
    .await
    .unwrap();
    let plan = plan.join("\n");
    assert!(plan.contains("Index") && plan.contains("created_at") && !plan.contains("Sort"), "{plan}");
}
