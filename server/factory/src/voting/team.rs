//! What the team does with its page: open and close it, say a word, choose features.
use super::{Settings, VotedFeature, VotingTeam};
use crate::{
    features::{FeatureRef, FeatureStatus, store::text},
    projects,
};
use kernel::{Fault, Perm, audit::Audit, db::TenantTx, ids};
use uuid::Uuid;

/// The page with its features, the most wanted first.
pub async fn team(tx: &mut TenantTx, project: &str) -> Result<VotingTeam, Fault> {
    let project = projects::by_slug(tx, project).await?;
    let page = sqlx::query!("select token, enabled, intro from factory.voting_pages where project_id = $1", project.id)
        .fetch_optional(tx.conn())
        .await?;
    let rows = sqlx::query!(
        r#"select f.id, f.feature_id as key, f.name, f.status as "status: FeatureStatus", v.shipped_at, count(b.id) as "votes!",
             count(b.email) filter (where b.told_at is null) as "listening!", count(b.told_at) as "told!"
           from factory.voting_features v
             join factory.features f on f.id = v.feature_id and f.deleted_at is null
             left join factory.feature_votes b on b.feature_id = f.id
           where v.project_id = $1 group by f.id, v.id order by v.shipped_at is not null, count(b.id) desc, v.created_at, v.id"#,
        project.id
    )
    .fetch_all(tx.conn())
    .await?;
    let features = rows
        .into_iter()
        .map(|r| VotedFeature {
            feature: FeatureRef { id: Some(r.id), key: r.key, name: r.name, status: Some(r.status) },
            votes: r.votes,
            listening: r.listening,
            told: r.told,
            shipped_at: r.shipped_at,
        })
        .collect();
    Ok(VotingTeam {
        enabled: page.as_ref().is_some_and(|p| p.enabled),
        path: page.as_ref().map(|p| path(&p.token)),
        intro: page.and_then(|p| p.intro).unwrap_or_default(),
        features,
    })
}

/// Where a page is.
fn path(token: &str) -> String {
    format!("/vote/{token}")
}

/// Opens or closes the page and says what stands at its head. The address stays when it is opened again.
pub async fn settings(tx: &mut TenantTx, project: &str, settings: &Settings) -> Result<VotingTeam, Fault> {
    tx.require(Perm::FactoryManage)?;
    let project = projects::lock(tx, project).await?;
    let intro = text("intro", &settings.intro, 1000)?;
    sqlx::query!(
        "insert into factory.voting_pages (project_id, token, enabled, intro) values ($1, $2, $3, $4)
         on conflict (project_id) do update set enabled = excluded.enabled, intro = excluded.intro",
        project.id,
        ids::token(),
        settings.enabled,
        intro
    )
    .execute(tx.conn())
    .await?;
    let word = if settings.enabled { "voting.open" } else { "voting.close" };
    tx.audit(Audit::new(word).target("project", project.id)).await?;
    team(tx, &project.slug).await
}

/// Gives the page another address: the one before leads nowhere from now on. Votes stay.
pub async fn renew(tx: &mut TenantTx, project: &str) -> Result<VotingTeam, Fault> {
    tx.require(Perm::FactoryManage)?;
    let project = projects::lock(tx, project).await?;
    let done = sqlx::query!("update factory.voting_pages set token = $2 where project_id = $1", project.id, ids::token())
        .execute(tx.conn())
        .await?;
    if done.rows_affected() == 0 {
        return Err(Fault::not_found("The voting page"));
    }
    tx.audit(Audit::new("voting.renew").target("project", project.id)).await?;
    team(tx, &project.slug).await
}

/// Puts a feature on the page, or takes it off; its votes stay for the day it comes back.
pub async fn show(tx: &mut TenantTx, project: &str, feature: Uuid, shown: bool) -> Result<VotingTeam, Fault> {
    tx.require(Perm::FactoryWrite)?;
    let project = projects::lock(tx, project).await?;
    let status = sqlx::query_scalar!(
        r#"select status as "status: FeatureStatus" from factory.features where id = $1 and project_id = $2 and deleted_at is null"#,
        feature,
        project.id
    )
    .fetch_optional(tx.conn())
    .await?
    .ok_or_else(|| Fault::not_found("The feature"))?;
    if shown {
        // What passes already shipped before anybody could ask to be told.
        let shipped = (status == FeatureStatus::Passing).then(|| tx.now());
        sqlx::query!(
            "insert into factory.voting_features (project_id, feature_id, shipped_at) values ($1, $2, $3) on conflict (feature_id) do nothing",
            project.id,
            feature,
            shipped
        )
        .execute(tx.conn())
        .await?;
    } else {
        sqlx::query!("delete from factory.voting_features where feature_id = $1", feature).execute(tx.conn()).await?;
    }
    let word = if shown { "voting.show" } else { "voting.hide" };
    tx.audit(Audit::new(word).target("feature", feature)).await?;
    team(tx, &project.slug).await
}
