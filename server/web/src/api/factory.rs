//! `/api/projects/{project}`: what programs do in a software project.
use super::{Answer, caller::in_project};
use crate::extract::{Path, Query};
use axum::{
    Extension,
    body::Bytes,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use factory::tests::{Report, Trigger};
use kernel::{db::TenantTx, request::Request};
use serde::Deserialize;
use uuid::Uuid;

/// What the address of an upload says beside the file.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct About {
    #[serde(alias = "commit", alias = "commit_sha")]
    commit_sha: Option<String>,
    branch: Option<String>,
    #[serde(alias = "triggered_by")]
    triggered_by: Option<Trigger>,
}

/// Takes a report of test results: JSON, or JUnit XML.
pub async fn upload_tests(
    Extension(request): Extension<Request>,
    Path(project): Path<Uuid>,
    Query(about): Query<About>,
    body: Bytes,
) -> Answer<Response> {
    let actor = in_project(&request, project).await?;
    let about = Report { commit_sha: about.commit_sha, branch: about.branch, triggered_by: about.triggered_by, ..Default::default() };
    let upload = async |tx: &mut TenantTx| factory::tests::upload_by_key(tx, project, &body, about).await;
    let uploaded = TenantTx::write(request.app(), actor, upload).await?;
    Ok((StatusCode::CREATED, axum::Json(uploaded)).into_response())
}
