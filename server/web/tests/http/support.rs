//! A server of one test, and callers of it.
use axum::Router;
use core_area::session_store::token_of;
use kernel::{
    access::Role,
    app::App,
    config::Config,
    testing::{Org, Person, TestDb},
};
use reqwest::{Client, Method, RequestBuilder, header, redirect};
use serde_json::Value;
use std::net::SocketAddr;
use tower_sessions::session::Id;

pub const PASSWORD: &str = "wander violet harness 42";

/// A server on a port of its own.
pub struct Site {
    pub db: TestDb,
    pub app: App,
    pub address: SocketAddr,
    client: Client,
}

impl Site {
    pub async fn new() -> Self {
        Self::with(|_| {}).await
    }

    pub async fn with(configure: impl FnOnce(&mut Config)) -> Self {
        let db = TestDb::with(configure).await;
        let app = db.app();
        Self::over(db, app).await
    }

    /// The same with another application on the database.
    pub async fn over(db: TestDb, app: App) -> Self {
        let routes: Router = web::routes(&app);
        let router = web::wrap(routes, &app);
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async move {
            let service = router.into_make_service_with_connect_info::<SocketAddr>();
            axum::serve(listener, service).await
        });
        let client = Client::builder().redirect(redirect::Policy::none()).build().unwrap();
        Self { db, app, address, client }
    }

    pub fn origin(&self) -> String {
        format!("http://{}", self.address)
    }

    /// A browser nobody has signed in with.
    pub fn visitor(&self) -> Caller {
        Caller { client: self.client.clone(), origin: self.origin(), cookie: None, bearer: None }
    }

    /// A program with a key.
    pub fn key(&self, secret: &str) -> Caller {
        Caller { bearer: Some(secret.to_owned()), ..self.visitor() }
    }

    /// The browser of a signed-in person.
    pub async fn signed_in(&self, person: &Person) -> Caller {
        let id = Id::default().to_string();
        let token = self.db.session(person).await;
        sqlx::query("update core.sessions set token = $2 where token = $1")
            .bind(token)
            .bind(token_of(&id))
            .execute(self.db.admin())
            .await
            .unwrap();
        Caller { cookie: Some(id), ..self.visitor() }
    }

    /// The browser of whoever holds this role.
    pub async fn member(&self, org: &Org, role: Role) -> Caller {
        self.signed_in(org.user(role)).await
    }

    /// Sends bytes as they are; answers all that came back within a moment.
    pub async fn raw(&self, sent: &[u8]) -> String {
        use tokio::io::{AsyncReadExt, AsyncWriteExt};
        let mut stream = tokio::net::TcpStream::connect(self.address).await.unwrap();
        // The server may answer and close before it has read everything.
        let _ = stream.write_all(sent).await;
        let mut answer = Vec::new();
        let read = async {
            let mut chunk = [0; 4096];
            while let Ok(n @ 1..) = stream.read(&mut chunk).await {
                answer.extend_from_slice(&chunk[..n]);
                if answer.ends_with(b"}}") {
                    break;
                }
            }
        };
        let _ = tokio::time::timeout(std::time::Duration::from_secs(5), read).await;
        String::from_utf8_lossy(&answer).into_owned()
    }
}

/// Whoever calls: cookie or key, and the `Origin` a browser would send.
#[derive(Clone)]
pub struct Caller {
    client: Client,
    pub origin: String,
    pub cookie: Option<String>,
    pub bearer: Option<String>,
}

impl Caller {
    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let reads = method == Method::GET;
        let base = &self.origin;
        let mut request = self.client.request(method, format!("{base}{path}"));
        if let Some(bearer) = &self.bearer {
            request = request.bearer_auth(bearer);
        } else if !reads {
            request = request.header(header::ORIGIN, base);
        }
        if let Some(cookie) = &self.cookie {
            request = request.header(header::COOKIE, format!("sid={cookie}"));
        }
        request
    }

    pub async fn get(&self, path: &str) -> Answer {
        Answer::of(self.request(Method::GET, path)).await
    }

    pub async fn post(&self, path: &str, body: Value) -> Answer {
        Answer::of(self.request(Method::POST, path).json(&body)).await
    }

    pub async fn patch(&self, path: &str, body: Value) -> Answer {
        Answer::of(self.request(Method::PATCH, path).json(&body)).await
    }

    pub async fn put(&self, path: &str, body: Value) -> Answer {
        Answer::of(self.request(Method::PUT, path).json(&body)).await
    }

    pub async fn delete(&self, path: &str) -> Answer {
        Answer::of(self.request(Method::DELETE, path)).await
    }

    /// The same as `post`, keeping the cookie that comes back, as browsers do.
    pub async fn submit(&mut self, path: &str, body: Value) -> Answer {
        let answer = self.post(path, body).await;
        if let Some(cookie) = answer.cookie() {
            self.cookie = (!cookie.is_empty()).then_some(cookie);
        }
        answer
    }
}

/// What came back.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: header::HeaderMap,
    pub text: String,
    pub json: Value,
}

impl Answer {
    pub async fn of(request: RequestBuilder) -> Self {
        let response = request.send().await.unwrap();
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let text = response.text().await.unwrap();
        let json = serde_json::from_str(&text).unwrap_or_default();
        Self { status, headers, text, json }
    }

    /// The code of the error envelope, after checking its shape.
    pub fn code(&self) -> &str {
        let error = &self.json["error"];
        assert!(error["message"].is_string(), "no envelope: {self:?}");
        assert_eq!(error["request_id"], self.header("x-request-id"), "{self:?}");
        error["code"].as_str().unwrap()
    }

    pub fn refusal(&self) -> (u16, &str) {
        (self.status, self.code())
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|v| v.to_str().ok()).unwrap_or("")
    }

    /// The session cookie set; empty when it is taken back.
    pub fn cookie(&self) -> Option<String> {
        let line = self.headers.get_all("set-cookie").iter().filter_map(|v| v.to_str().ok()).find(|line| line.starts_with("sid="))?;
        Some(line["sid=".len()..].split(';').next()?.to_owned())
    }
}
