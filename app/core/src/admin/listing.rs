//! What the lists of the installation share: a search box, a table by key, the drawer of the open row, all in the address.
use crate::parts::{Called, Side, filters, pager, side, use_open_row, use_row_link};
use chrono::{DateTime, Utc};
use kernel::record::Paged;
use kit::{Card, Cell, Column, DataTable, Empty, Icon, Loaded, Row, SearchField, SkeletonTable, query::use_query_param};
use leptos::prelude::*;
use leptos_meta::Title;
use serde::{Serialize, de::DeserializeOwned};

/// The rows of such a list.
pub(super) type List<T> = kit::Data<Paged<T>>;

/// What one of these lists shows.
pub(super) struct Listing<T: 'static> {
    pub title: &'static str,
    pub text: &'static str,
    /// What can be searched for, on the search box.
    pub search: &'static str,
    pub columns: &'static [Column],
    pub cells: fn(&T, DateTime<Utc>) -> Vec<Cell>,
    pub id: fn(&T) -> String,
    pub name: fn(&T) -> String,
    /// Said while there is nothing at all: icon, title, text.
    pub empty: (Icon, &'static str, &'static str),
}

/// The page of the list that the address names.
pub(super) fn searched<T>(call: fn(String, Option<String>) -> Called<Paged<T>>) -> List<T>
where
    T: Clone + Send + Sync + Serialize + DeserializeOwned + 'static,
{
    let (search, after) = (use_query_param("q"), use_query_param("after"));
    kit::Data::blocking(move || (search.get(), Some(after.get()).filter(|a| !a.is_empty())), move |(search, after)| call(search, after))
}

/// The whole page, with the drawer of the open row.
pub(super) fn page<T>(listing: &'static Listing<T>, list: List<T>, details: impl Fn(T) -> AnyView + Copy + Send + Sync + 'static) -> AnyView
where
    T: Clone + PartialEq + Send + Sync + Serialize + DeserializeOwned + 'static,
{
    let drawer = side(Side { from: list, rows: |page: Paged<T>| page.rows, id: listing.id, title: listing.name }, details);
    beside(listing, list, drawer)
}

/// The same with a drawer of its own.
pub(super) fn beside<T>(listing: &'static Listing<T>, list: List<T>, drawer: AnyView) -> AnyView
where
    T: Clone + Send + Sync + Serialize + DeserializeOwned + 'static,
{
    let search = view! { <SearchField name="q" label=listing.search value=use_query_param("q").get_untracked() /> };
    let body = view! {
        <Card flush=true class="list-card">
            {filters(&["q"], search.into_any(), ().into_any())}
            <Loaded from=list skeleton=|| view! { <SkeletonTable rows=10 columns=4 /> } show=move |page| table(listing, page) />
        </Card>
        {drawer}
    };
    view! {
        <Title text=listing.title />
        {super::page(listing.title, listing.text, ().into_any(), body.into_any())}
    }
    .into_any()
}

fn table<T>(listing: &Listing<T>, page: Paged<T>) -> AnyView {
    if page.rows.is_empty() {
        let (icon, title, text) = match use_query_param("q").get_untracked().is_empty() {
            true => listing.empty,
            false => (Icon::Search, "Nothing found", "Try another word, or a part of one."),
        };
        return view! { <Empty icon=icon title=title text=text /> {pager(None, "")} }.into_any();
    }
    let (link, now) = (use_row_link(), kit::time::now());
    let rows = page
        .rows
        .iter()
        .map(|row| {
            let id = (listing.id)(row);
            let href = link(&id);
            Row::new(id, (listing.cells)(row, now)).href(href)
        })
        .collect();
    view! {
        <DataTable columns=listing.columns rows=rows label=listing.title open=use_open_row() />
        {pager(page.next, "")}
    }
    .into_any()
}
