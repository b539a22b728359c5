//! A local issuer (OpenID Connect) and GitHub on 127.0.0.1, which also answers wrongly on demand.
use axum::{
    Form, Json, Router,
    extract::State,
    http::{HeaderMap, StatusCode},
    response::IntoResponse,
    routing::{get, post},
};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD as URL64};
use kernel::clock::Clock;
use openidconnect::{
    JsonWebKeyId, PrivateSigningKey,
    core::{CoreJwsSigningAlgorithm, CoreRsaPrivateSigningKey},
};
use p256::ecdsa::{Signature, SigningKey, signature::Signer};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
};

/// What the issuer does wrong.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum Wrong {
    #[default]
    Nothing,
    Nonce,
    Expired,
    OldIssueTime,
    Audience,
    Issuer,
    /// Signed by a key that is published nowhere.
    UnknownKid,
    /// Signed by another key than the one it names.
    Signature,
    /// No signature at all (`alg: none`).
    Unsigned,
    TokenEndpoint500,
}

pub struct Double {
    pub url: String,
    state: Arc<Inner>,
}

struct Inner {
    clock: Mutex<Clock>,
    url: Mutex<String>,
    wrong: Mutex<Wrong>,
    /// Who signs in: subject, email, verified.
    person: Mutex<(String, String, bool)>,
    /// Code -> nonce and PKCE challenge, good once.
    codes: Mutex<HashMap<String, (String, String)>>,
    /// The present key and its name; `rotate` makes a new one.
    key: Mutex<(String, SigningKey)>,
    rsa: Mutex<bool>,
    jwks_fetches: Mutex<u32>,
}

fn new_key() -> SigningKey {
    SigningKey::from_slice(&rand::random::<[u8; 32]>()).unwrap()
}

impl Double {
    pub async fn start() -> Self {
        let state = Arc::new(Inner {
            clock: Mutex::default(),
            url: Mutex::default(),
            wrong: Mutex::default(),
            person: Mutex::new(("sub-1".into(), "ada@a.io".into(), true)),
            codes: Mutex::default(),
            key: Mutex::new(("key-1".into(), new_key())),
            rsa: Mutex::new(false),
            jwks_fetches: Mutex::default(),
        });
        let router = Router::new()
            .route("/.well-known/openid-configuration", get(discovery))
            .route("/jwks", get(jwks))
            .route("/token", post(token))
            .route("/login/oauth/access_token", post(github_token))
            .route("/user", get(github_user))
            .route("/user/emails", get(github_emails))
            .with_state(state.clone());
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        *state.url.lock().unwrap() = url.clone();
        tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { url, state }
    }

    /// The issuer's clock is that of the test.
    pub fn follow(&self, clock: Clock) {
        *self.state.clock.lock().unwrap() = clock;
    }

    pub fn wrong(&self, wrong: Wrong) {
        *self.state.wrong.lock().unwrap() = wrong;
    }

    pub fn person(&self, subject: &str, email: &str, verified: bool) {
        *self.state.person.lock().unwrap() = (subject.into(), email.into(), verified);
    }

    /// The issuer signs with a new key from now on.
    pub fn rotate(&self, name: &str) {
        *self.state.key.lock().unwrap() = (name.into(), new_key());
    }

    pub fn use_rsa(&self) {
        *self.state.rsa.lock().unwrap() = true;
    }

    pub fn jwks_fetches(&self) -> u32 {
        *self.state.jwks_fetches.lock().unwrap()
    }

    /// The person agrees: from the address the browser was sent to, the code and state it comes back with.
    pub fn agree(&self, address: &str) -> (String, String) {
        let url = url::Url::parse(address).unwrap();
        let query: HashMap<String, String> = url.query_pairs().into_owned().collect();
        assert_eq!(query["code_challenge_method"], "S256");
        let code = kernel::ids::token();
        let nonce = query.get("nonce").cloned().unwrap_or_default();
        self.state.codes.lock().unwrap().insert(code.clone(), (nonce, query["code_challenge"].clone()));
        (code, query["state"].clone())
    }
}

async fn discovery(State(state): State<Arc<Inner>>) -> Json<Value> {
    let url = state.url.lock().unwrap().clone();
    Json(json!({
        "issuer": url,
        "authorization_endpoint": format!("{url}/authorize"),
        "token_endpoint": format!("{url}/token"),
        "jwks_uri": format!("{url}/jwks"),
        "response_types_supported": ["code"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["RS256", "ES256"],
    }))
}

fn rsa() -> CoreRsaPrivateSigningKey {
    CoreRsaPrivateSigningKey::from_pem(include_str!("data/issuer_rsa.pem"), Some(JsonWebKeyId::new("rsa-1".into()))).unwrap()
}

async fn jwks(State(state): State<Arc<Inner>>) -> Json<Value> {
    *state.jwks_fetches.lock().unwrap() += 1;
    let (kid, key) = state.key.lock().unwrap().clone();
    let point = key.verifying_key().to_sec1_bytes();
    let uncompressed = if point.len() == 65 { point } else { key.verifying_key().to_sec1_point(false).as_bytes().into() };
    let mut keys = vec![json!({
        "kty": "EC", "crv": "P-256", "use": "sig", "alg": "ES256", "kid": kid,
        "x": URL64.encode(&uncompressed[1..33]), "y": URL64.encode(&uncompressed[33..65]),
    })];
    if *state.rsa.lock().unwrap() {
        keys.push(serde_json::to_value(rsa().as_verification_key()).unwrap());
    }
    Json(json!({ "keys": keys }))
}

async fn token(State(state): State<Arc<Inner>>, Form(form): Form<HashMap<String, String>>) -> axum::response::Response {
    let wrong = *state.wrong.lock().unwrap();
    if wrong == Wrong::TokenEndpoint500 {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    }
    let Some(nonce) = redeem(&state, &form) else {
        return (StatusCode::BAD_REQUEST, Json(json!({ "error": "invalid_grant" }))).into_response();
    };
    let id_token = sign(&state, wrong, claims(&state, wrong, &nonce));
    Json(json!({ "access_token": "at", "token_type": "Bearer", "expires_in": 300, "id_token": id_token })).into_response()
}

/// A code is good once and with the verifier of its challenge.
fn redeem(state: &Inner, form: &HashMap<String, String>) -> Option<String> {
    let (nonce, challenge) = state.codes.lock().unwrap().remove(form.get("code")?)?;
    let verifier = URL64.encode(Sha256::digest(form.get("code_verifier")?.as_bytes()));
    (verifier == challenge).then_some(nonce)
}

fn claims(state: &Inner, wrong: Wrong, nonce: &str) -> Value {
    let now = state.clock.lock().unwrap().now().timestamp();
    let (sub, email, verified) = state.person.lock().unwrap().clone();
    json!({
        "iss": if wrong == Wrong::Issuer { "https://other.example".to_owned() } else { state.url.lock().unwrap().clone() },
        "aud": if wrong == Wrong::Audience { "somebody-else" } else { "client-1" },
        "exp": if wrong == Wrong::Expired { now - 1 } else { now + 300 },
        "iat": if wrong == Wrong::OldIssueTime { now - 61 } else { now },
        "nonce": if wrong == Wrong::Nonce { "another" } else { nonce },
        "sub": sub, "email": email, "email_verified": verified, "name": "Ada Lovelace",
    })
}

fn sign(state: &Inner, wrong: Wrong, claims: Value) -> String {
    let (kid, key) = state.key.lock().unwrap().clone();
    let (kid, key) = match wrong {
        Wrong::UnknownKid => ("nowhere".to_owned(), new_key()),
        Wrong::Signature => (kid, new_key()),
        _ => (kid, key),
    };
    let with_rsa = *state.rsa.lock().unwrap();
    let header = match (wrong, with_rsa) {
        (Wrong::Unsigned, _) => json!({ "alg": "none" }),
        (_, true) => json!({ "alg": "RS256", "kid": "rsa-1" }),
        (_, false) => json!({ "alg": "ES256", "kid": kid }),
    };
    let signed = format!("{}.{}", URL64.encode(header.to_string()), URL64.encode(claims.to_string()));
    let signature = match (wrong, with_rsa) {
        (Wrong::Unsigned, _) => Vec::new(),
        (_, true) => rsa().sign(&CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha256, signed.as_bytes()).unwrap(),
        (_, false) => {
            let signature: Signature = key.sign(signed.as_bytes());
            signature.to_bytes().to_vec()
        }
    };
    format!("{signed}.{}", URL64.encode(signature))
}

async fn github_token(State(state): State<Arc<Inner>>, Form(form): Form<HashMap<String, String>>) -> Json<Value> {
    Json(match redeem(&state, &form) {
        Some(_) => json!({ "access_token": "gho_1", "token_type": "bearer" }),
        None => json!({ "error": "bad_verification_code" }),
    })
}

async fn github_user(State(state): State<Arc<Inner>>, headers: HeaderMap) -> axum::response::Response {
    let wrong = *state.wrong.lock().unwrap();
    if wrong == Wrong::TokenEndpoint500 || headers.get("authorization").is_none_or(|h| h != "Bearer gho_1") {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    }
    Json(json!({ "id": 4711, "login": "ada", "name": "Ada Lovelace", "email": null })).into_response()
}

async fn github_emails(State(state): State<Arc<Inner>>) -> Json<Value> {
    let (_, email, verified) = state.person.lock().unwrap().clone();
    Json(json!([
        { "email": "old@a.io", "primary": false, "verified": true },
        { "email": email, "primary": true, "verified": verified },
    ]))
}
