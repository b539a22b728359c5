//! The server functions of the voting page: the team's, and those of visitors.
use factory::voting::{PublicPage, Settings, VotingTeam};
use kit::{AppError, Client};
use leptos::{prelude::*, server_fn::codec::Json};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// The page as the team sees it, and whether the reader may open and close it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct VotingView {
    pub team: VotingTeam,
    /// The address of this installation, before the page's path.
    pub base: String,
    pub may_manage: bool,
}

/// The page as the team sees it.
#[server(client = Client, output = kit::Wire)]
pub async fn voting_get(project: String) -> Result<VotingView, AppError> {
    kit::call::read_tenant(async |tx| {
        let app = tx.app().clone();
        Ok(VotingView {
            team: factory::voting::team(tx, &project).await?,
            base: app.config.public_url(app.config.http.port),
            may_manage: tx.actor().may(kernel::Perm::FactoryManage),
        })
    })
    .await
}

/// Opens or closes the page.
#[server(client = Client, output = kit::Wire, input = Json)]
pub async fn voting_settings(project: String, settings: Settings) -> Result<VotingTeam, AppError> {
    kit::call::in_tenant(async |tx| factory::voting::settings(tx, &project, &settings).await).await
}

/// Gives the page another address.
#[server(client = Client, output = kit::Wire)]
pub async fn voting_renew(project: String) -> Result<VotingTeam, AppError> {
    kit::call::in_tenant(async |tx| factory::voting::renew(tx, &project).await).await
}

/// Puts a feature on the page, or takes it off.
#[server(client = Client, output = kit::Wire)]
pub async fn voting_show(project: String, feature: Uuid, shown: bool) -> Result<VotingTeam, AppError> {
    kit::call::in_tenant(async |tx| factory::voting::show(tx, &project, feature, shown).await).await
}

/// The page as a visitor sees it.
#[server(client = Client, output = kit::Wire)]
pub async fn vote_page(token: String) -> Result<PublicPage, AppError> {
    kit::call::as_visitor(async |request| factory::voting::look(request, &token, voter::known().as_deref()).await).await
}

/// Gives a vote or takes it back. A plain form can do it too.
#[server(client = Client, output = kit::Wire)]
pub async fn vote_cast(token: String, feature: Uuid, wanted: bool, #[server(default)] email: String) -> Result<PublicPage, AppError> {
    kit::call::as_visitor(async |request| {
        let me = match voter::known() {
            Some(known) => known,
            None => voter::fresh(request.app()),
        };
        factory::voting::vote(request, &token, &me, &factory::voting::Ballot { feature, wanted, email }).await
    })
    .await
}

/// Visitors are told apart by a random word in a cookie.
#[cfg(feature = "ssr")]
mod voter {
    use kernel::app::App;

    const COOKIE: &str = "voter";

    /// The word this browser came with.
    pub fn known() -> Option<String> {
        kit::call::cookie(COOKIE).filter(|word| !word.is_empty() && word.len() <= factory::voting::MAX_VOTER)
    }

    /// A new word, which the browser keeps for a year.
    pub fn fresh(app: &App) -> String {
        let word = kernel::ids::token();
        let secure = if app.config.public_url(app.config.http.port).starts_with("https:") { "; Secure" } else { "" };
        kit::call::set_cookie(&format!("{COOKIE}={word}; Path=/; Max-Age=31536000; HttpOnly; SameSite=Lax{secure}"));
        word
    }
}
