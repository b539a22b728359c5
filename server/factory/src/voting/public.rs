//! What visitors do: look and vote. They are known by a random word in a cookie of their browser.
use super::{Ballot, PublicFeature, PublicPage};
use crate::features::FeatureStatus;
use kernel::{Code, Fault, access::Actor, db::TenantTx, limits, limits::Rule, request::Request};
use uuid::Uuid;

/// The longest word a voter is known by.
pub const MAX_VOTER: usize = 64;
/// Votes from one address of the network.
const RATE: Rule = Rule::per_minute("vote", 60);

/// The transaction of a page that is open, for somebody who is nobody in its organization; 404 otherwise.
async fn open(request: &Request, token: &str, reads: bool) -> Result<(TenantTx, Uuid), Fault> {
    let found = sqlx::query!(r#"select organization_id as "org!", project_id as "project!" from factory.voting_page($1)"#, token)
        .fetch_optional(request.app().db.pool())
        .await?
        .ok_or_else(|| Fault::not_found("This page"))?;
    let actor = Actor { request: request.info().clone(), ..Actor::system(Some(found.org)) };
    let tx = if reads { TenantTx::read(request.app(), actor).await? } else { TenantTx::begin(request.app(), actor).await? };
    Ok((tx, found.project))
}

/// The page as this visitor sees it.
pub async fn look(request: &Request, token: &str, voter: Option<&str>) -> Result<PublicPage, Fault> {
    let (mut tx, project) = open(request, token, true).await?;
    page(&mut tx, project, voter).await
}

async fn page(tx: &mut TenantTx, project: Uuid, voter: Option<&str>) -> Result<PublicPage, Fault> {
    let head = sqlx::query!(
        "select p.name, v.intro from factory.projects p join factory.voting_pages v on v.project_id = p.id where p.id = $1",
        project
    )
    .fetch_one(tx.conn())
    .await?;
    let rows = sqlx::query!(
        r#"select f.id, f.name, f.description, f.status as "status: FeatureStatus", v.shipped_at, count(b.id) as "votes!",
             coalesce(bool_or(b.voter = $2), false) as "voted!"
           from factory.voting_features v
             join factory.features f on f.id = v.feature_id and f.deleted_at is null
             left join factory.feature_votes b on b.feature_id = f.id
           where v.project_id = $1 group by f.id, v.id order by v.shipped_at desc nulls last, count(b.id) desc, v.created_at, v.id limit 500"#,
        project,
        voter
    )
    .fetch_all(tx.conn())
    .await?;
    let email = sqlx::query_scalar!(
        r#"select email as "email!" from factory.feature_votes where project_id = $1 and voter = $2 and email is not null
           order by created_at desc, id limit 1"#,
        project,
        voter
    )
    .fetch_optional(tx.conn())
    .await?;
    let (shipped, open) = rows
        .into_iter()
        .map(|r| PublicFeature {
            id: r.id,
            name: r.name,
            description: r.description,
            votes: r.votes,
            voted: r.voted,
            begun: matches!(r.status, FeatureStatus::InProgress | FeatureStatus::Failing),
            // Between two runs of the job that announces it.
            shipped_at: r.shipped_at.or_else(|| (r.status == FeatureStatus::Passing).then(|| tx.now())),
        })
        .partition(|f: &PublicFeature| f.shipped_at.is_some());
    Ok(PublicPage { project: head.name, intro: head.intro, open, shipped, email })
}

/// Gives a vote or takes it back, and notes where to tell that it shipped. Voting twice is voting once.
pub async fn vote(request: &Request, token: &str, voter: &str, ballot: &Ballot) -> Result<PublicPage, Fault> {
    let from = request.info().ip.map(|ip| ip.to_string()).unwrap_or_default();
    limits::take(request.app(), RATE, &from).await?;
    if voter.is_empty() || voter.len() > MAX_VOTER {
        return Err(Fault::new(Code::BadRequest, "This vote names no voter."));
    }
    let email = ballot.email.trim();
    if !email.is_empty() && (email.chars().count() > 255 || garde::rules::email::parse_email(email).is_err()) {
        return Err(Fault::field("email", "is not a full address, such as bea@example.org"));
    }
    let (mut tx, project) = open(request, token, false).await?;
    let votable = sqlx::query_scalar!(
        r#"select f.status <> 'passing' as "votable!" from factory.voting_features v
             join factory.features f on f.id = v.feature_id and f.deleted_at is null
           where v.project_id = $1 and v.feature_id = $2"#,
        project,
        ballot.feature
    )
    .fetch_optional(tx.conn())
    .await?
    .ok_or_else(|| Fault::not_found("The feature"))?;
    if !votable {
        return Err(Fault::new(Code::Conflict, "This has shipped already."));
    }
    if ballot.wanted {
        sqlx::query!(
            "insert into factory.feature_votes (project_id, feature_id, voter, email) values ($1, $2, $3, nullif($4::text, ''))
             on conflict (feature_id, voter) do update set email = coalesce(excluded.email, feature_votes.email)",
            project,
            ballot.feature,
            voter,
            email
        )
        .execute(tx.conn())
        .await?;
    } else {
        sqlx::query!("delete from factory.feature_votes where feature_id = $1 and voter = $2", ballot.feature, voter)
            .execute(tx.conn())
            .await?;
    }
    let page = page(&mut tx, project, Some(voter)).await?;
    tx.commit().await?;
    Ok(page)
}
