//! Finding what a task needs to know.
use crate::{server::Server, tools::within};
use factory::search::{self, SearchHit, SearchType};
use kernel::Fault;
use rmcp::schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value, json};

/// Arguments of `search_context`.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(crate = "rmcp::schemars")]
pub(crate) struct Search {
    /// What to look for, 2 to 400 characters.
    query: String,
    /// Where to look; everywhere unless said.
    #[serde(default)]
    types: Vec<Kind>,
    /// How many results at most.
    #[serde(default = "five")]
    #[schemars(range(min = 1, max = 20))]
    limit: u32,
}

const fn five() -> u32 {
    5
}

#[derive(Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(crate = "rmcp::schemars", inline)]
enum Kind {
    Documents,
    Blueprints,
    Artifacts,
    Code,
}

impl Kind {
    const ALL: [Self; 4] = [Self::Documents, Self::Blueprints, Self::Artifacts, Self::Code];

    /// What the search of the project calls it. Requirements and blueprints are both documents there.
    const fn searched(self) -> SearchType {
        match self {
            Self::Documents | Self::Blueprints => SearchType::Document,
            Self::Artifacts => SearchType::Artifact,
            Self::Code => SearchType::Code,
        }
    }

    fn of(hit: &SearchHit) -> Option<Self> {
        match hit.kind {
            // Blueprints are read in the foundry.
            SearchType::Document if hit.link.starts_with("/foundry") => Some(Self::Blueprints),
            SearchType::Document => Some(Self::Documents),
            SearchType::Artifact => Some(Self::Artifacts),
            SearchType::Code => Some(Self::Code),
            _ => None,
        }
    }

    const fn as_str(self) -> &'static str {
        match self {
            Self::Documents => "documents",
            Self::Blueprints => "blueprints",
            Self::Artifacts => "artifacts",
            Self::Code => "code",
        }
    }
}

/// The best passages, with where they stand.
pub(crate) async fn search(server: &Server, asked: Search) -> Result<Value, Fault> {
    let limit = within(asked.limit, 20)?;
    let kinds: &[Kind] = if asked.types.is_empty() { &Kind::ALL } else { &asked.types };
    let mut types: Vec<SearchType> = Vec::new();
    for kind in kinds {
        if !types.contains(&kind.searched()) {
            types.push(kind.searched());
        }
    }
    // One kind of document alone is picked out of both.
    let one_kind = kinds.contains(&Kind::Documents) != kinds.contains(&Kind::Blueprints);
    let fetched = if one_kind { search::MOST } else { limit.into() };
    let hits = server.reading(async |tx, _| search::search(tx, server.project, &asked.query, &types, fetched).await).await?;
    let results: Vec<Value> = hits
        .into_iter()
        .filter_map(|hit| Kind::of(&hit).filter(|kind| kinds.contains(kind)).map(|kind| (kind, hit)))
        .take(limit as usize)
        .map(|(kind, hit)| {
            json!({ "type": kind.as_str(), "id": hit.id, "title": hit.title, "snippet": hit.snippet, "score": hit.score, "link": hit.link })
        })
        .collect();
    Ok(json!({ "results": results }))
}
