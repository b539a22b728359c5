//! Shelves and books: two plain tables of an organization, for the tests of plain records.
use kernel::{
    Perm,
    access::Role,
    record::*,
    records,
    testing::{Org, TestDb},
};
use sqlx::{Executor, raw_sql};

pub static SHELF: RecordDef = RecordDef {
    name: "shelf",
    table: "core.shelves",
    order: ("created_at", Desc),
    hide: None,
    writes: Writes::Plain,
    read: Perm::OrgRead,
    write: Perm::OrgEdit,
    cols: &[Col::text("name").required().max(20)],
};

pub static BOOK: RecordDef = RecordDef {
    name: "book",
    table: "core.books",
    order: ("created_at", Desc),
    hide: Some("archived_at"),
    writes: Writes::Plain,
    read: Perm::OrgRead,
    write: Perm::OrgEdit,
    cols: &[
        Col::reference("shelf_id", "core.shelves"),
        Col::text("title").required().max(100).search().sort().filter(),
        Col::text("note").search(),
        Col::choice("size", &["small", "large", "none"]),
        Col::number("price").sort().filter().range(0, 1000),
        Col::int("pages").sort().filter(),
        Col::date("bought_on").filter(),
        Col::bool("lent"),
        Col::tags("tags"),
        Col::time("created_at").sort().filter().locked(),
    ],
};

pub async fn library() -> TestDb {
    let db = TestDb::new().await;
    let sql = "
        set role app_owner;
        create table core.shelves (
          id uuid primary key default gen_random_uuid(),
          organization_id uuid not null default core.tenant() references core.organizations on delete cascade,
          created_at timestamptz not null default now(),
          name varchar(20) not null,
          unique (organization_id, id)
        );
        select core.tenant_table('core.shelves');
        create table core.books (
          id uuid primary key default gen_random_uuid(),
          organization_id uuid not null default core.tenant() references core.organizations on delete cascade,
          created_at timestamptz not null default now(),
          shelf_id uuid,
          title varchar(100) not null,
          note text,
          size text not null default 'small' check (size in ('small', 'large')),
          price numeric(8, 2) not null default 0,
          pages int not null default 0,
          bought_on date,
          lent bool not null default false,
          tags text[] not null default '{}',
          secret text not null default 'hidden',
          archived_at timestamptz,
          foreign key (organization_id, shelf_id) references core.shelves (organization_id, id),
          unique (organization_id, title)
        );
        create index on core.books (organization_id, created_at, id);
        select core.tenant_table('core.books');
        create view core.book_titles with (security_invoker = true) as select id, title from core.books;
        grant select on core.book_titles to app_user;
        reset role;";
    db.admin().execute(raw_sql(sql)).await.unwrap();
    db
}

pub fn fields(pairs: &[(&str, &str)]) -> Fields {
    pairs.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect()
}

pub async fn add(org: &Org, pairs: &[(&str, &str)]) -> Row {
    let mut tx = org.tx(Role::Admin).await;
    let row = records::create(&mut tx, &BOOK, &fields(pairs)).await.unwrap();
    tx.commit().await.unwrap();
    row
}

pub async fn titles(org: &Org, query: Query) -> Vec<String> {
    let page = records::page(&mut org.tx(Role::Member).await, &BOOK, &query).await.unwrap();
    page.rows.iter().map(|row| row.data["title"].as_str().unwrap().to_owned()).collect()
}
