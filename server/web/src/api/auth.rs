//! `/api/auth/*`: the ways in, for programs and for the redirects of other providers.
use super::Answer;
use crate::{
    envelope::PageFault,
    extract::{Json, Path, Query},
};
use axum::{
    Extension,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use core_area::{
    oauth::{self, Intent, OAuthReturn},
    reset,
    session_store::Visitor,
    signin::{self, MfaMethod, SignedIn},
    signup,
};
use kernel::{Code, Fault, request::Request};
use serde::Deserialize;
use serde_json::{Value, json};
use tower_sessions::Session;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SignUp {
    email: String,
    password: String,
    name: String,
    organization_name: String,
}

/// 201 with the id of the new, unverified person.
pub async fn sign_up(Extension(request): Extension<Request>, cookie: Session, Json(input): Json<SignUp>) -> Answer<Response> {
    let SignUp { email, password, name, organization_name } = input;
    let visitor = Visitor::new(request, cookie);
    let id = signup::sign_up_api(&visitor, signup::SignUp { email, password, name, organization_name }).await?;
    Ok((StatusCode::CREATED, Json(json!({ "userId": id, "verificationRequired": true }))).into_response())
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SignIn {
    email: String,
    password: String,
    redirect_to: Option<String>,
}

/// Signs in, or says which second factors are waited for.
pub async fn sign_in(Extension(request): Extension<Request>, cookie: Session, Json(input): Json<SignIn>) -> Answer<Json<Value>> {
    let SignIn { email, password, redirect_to } = input;
    let done = signin::sign_in(&Visitor::new(request, cookie), signin::SignIn { email, password, redirect_to }).await?;
    signed_in(done)
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Mfa {
    code: String,
    redirect_to: Option<String>,
}

/// The second factor of a sign-in that waits for it.
pub async fn mfa(Extension(request): Extension<Request>, cookie: Session, Json(input): Json<Mfa>) -> Answer<Json<Value>> {
    let Mfa { code, redirect_to } = input;
    signed_in(signin::mfa(&Visitor::new(request, cookie), signin::MfaCode { code, redirect_to }).await?)
}

fn signed_in(done: SignedIn) -> Answer<Json<Value>> {
    if !done.needs_mfa() {
        return Ok(Json(json!({ "redirectTo": done.goto })));
    }
    let methods: Vec<_> = done
        .mfa
        .iter()
        .map(|method| match method {
            MfaMethod::Totp => "totp",
            MfaMethod::RecoveryCode => "recovery_code",
            MfaMethod::Passkey => "passkey",
        })
        .collect();
    Err(Fault::new(Code::MfaRequired, "A second factor is needed.").with_details(json!({ "methods": methods })).into())
}

/// Ends the session.
pub async fn sign_out(Extension(request): Extension<Request>, cookie: Session) -> Answer<StatusCode> {
    signin::sign_out(&Visitor::new(request, cookie)).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Who is signed in; 401 when nobody is.
pub async fn session(Extension(request): Extension<Request>) -> Answer<Json<Value>> {
    let session = request.require_session().await?;
    Ok(Json(json!({
        "user": { "id": session.user_id, "email": session.email, "name": session.name, "avatarUrl": session.avatar_url,
                  "emailVerified": session.email_verified },
        "organizations": session.organizations,
    })))
}

#[derive(Deserialize)]
pub struct Forgot {
    email: String,
}

/// The same answer whether or not the address is known.
pub async fn forgot_password(Extension(request): Extension<Request>, Json(input): Json<Forgot>) -> Answer<Json<Value>> {
    reset::forgot(&request, reset::ForgotPassword { email: input.email }).await?;
    Ok(Json(json!({ "message": "If there is an account with this address, a link is on its way." })))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Reset {
    token: String,
    new_password: String,
}

/// Sets a new password by the link of the mail.
pub async fn reset_password(Extension(request): Extension<Request>, cookie: Session, Json(input): Json<Reset>) -> Answer<Json<Value>> {
    let Reset { token, new_password } = input;
    let done = reset::reset(&Visitor::new(request, cookie), reset::ResetPassword { token, new_password }).await;
    // The chapter answers 400 for a token of this endpoint that does not work.
    let to = done.map_err(|fault| match fault.code {
        Code::NotFound | Code::Gone => Fault { code: Code::BadRequest, ..fault },
        _ => fault,
    })?;
    Ok(Json(json!({ "redirectTo": to })))
}

#[derive(Deserialize)]
pub struct OAuthStart {
    #[serde(alias = "redirectTo")]
    redirect_to: Option<String>,
    intent: Option<String>,
    /// The mail address typed already.
    login_hint: Option<String>,
}

/// Sends the browser to the provider. A refusal is a page, since a person looks at it.
pub async fn oauth_begin(
    Extension(request): Extension<Request>,
    cookie: Session,
    Path(provider): Path<String>,
    Query(start): Query<OAuthStart>,
) -> Result<Response, PageFault> {
    let intent = match start.intent.as_deref() {
        Some("link") => Intent::Link,
        Some("reauth") => Intent::Reauth,
        _ => Intent::SignIn,
    };
    let to = signin::safe_redirect(start.redirect_to.as_deref());
    let visitor = Visitor::new(request, cookie);
    let provider = oauth::begin(&visitor, &provider, intent, to, start.login_hint.as_deref()).await;
    provider.and_then(|address| found(&address)).map_err(PageFault)
}

/// The browser comes back from the provider.
pub async fn oauth_callback(
    Extension(request): Extension<Request>,
    cookie: Session,
    Path(provider): Path<String>,
    Query(back): Query<OAuthReturn>,
) -> Result<Response, PageFault> {
    let done = oauth::callback(&Visitor::new(request, cookie), &provider, back).await;
    done.and_then(|done| found(&done.goto)).map_err(PageFault)
}

/// 302, as the contract says.
fn found(to: &str) -> Result<Response, Fault> {
    let to = HeaderValue::from_str(to).map_err(|_| Fault::internal())?;
    Ok((StatusCode::FOUND, [(header::LOCATION, to)]).into_response())
}
