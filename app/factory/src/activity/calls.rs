//! The server function of the feed.
use factory::{
    feed::{FeedQuery, FeedRow},
    work_orders::PersonRef,
};
use kernel::record::Paged;
use kit::{AppError, Client};
use leptos::{prelude::*, server_fn::codec::Json};
use serde::{Deserialize, Serialize};

/// A page of the feed, and whose lines can be asked for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Feed {
    pub page: Paged<FeedRow>,
    pub people: Vec<PersonRef>,
}

/// What happened in a project, newest first.
#[server(client = Client, output = kit::Wire, input = Json)]
pub async fn activity_feed(project: String, query: FeedQuery, after: Option<String>) -> Result<Feed, AppError> {
    let page = kernel::record::PageRequest { after, limit: Some(50) };
    kit::call::read_tenant(async |tx| {
        let page = factory::feed::feed(tx, &project, &query, &page).await?;
        Ok(Feed { page, people: factory::work_orders::people(tx).await? })
    })
    .await
}
