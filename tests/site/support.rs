//! The whole site on a port of its own, over a database of its own.
use core_area::session_store::token_of;
use kernel::{
    app::App,
    config::Config,
    ids::sha256_hex,
    testing::{Person, TestDb},
};
use reqwest::{Client, Method, RequestBuilder, header, redirect};
use serde_json::Value;
use std::net::SocketAddr;

pub struct Site {
    pub db: TestDb,
    pub app: App,
    pub origin: String,
    client: Client,
}

impl Site {
    pub async fn new() -> Self {
        Self::with(|_| {}).await
    }

    pub async fn with(configure: impl FnOnce(&mut Config)) -> Self {
        let db = TestDb::with(configure).await;
        let app = db.app();
        let router = millrace::site::router(&app);
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let origin = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move {
            let service = router.into_make_service_with_connect_info::<SocketAddr>();
            axum::serve(listener, service).await
        });
        let client = Client::builder().redirect(redirect::Policy::none()).build().unwrap();
        Self { db, app, origin, client }
    }

    /// A call with the `Origin` of our own pages.
    pub fn call(&self, method: Method, path: &str) -> RequestBuilder {
        self.client.request(method, format!("{}{path}", self.origin)).header(header::ORIGIN, &self.origin)
    }

    /// What a browser asks for when somebody follows a link.
    pub fn page(&self, path: &str) -> RequestBuilder {
        self.call(Method::GET, path).header(header::ACCEPT, "text/html,*/*;q=0.8")
    }

    /// Signs a person in; answers the `Cookie` header of the browser.
    pub async fn cookie(&self, person: &Person) -> String {
        let session = self.db.session(person).await;
        // The id of a cookie session is 16 bytes in base64; any text that reads as one will do.
        let id = format!("{}A", &sha256_hex(&session)[..21]);
        let token = token_of(&id).expect("an id of a cookie session");
        sqlx::query("update core.sessions set token = $2 where token = $1")
            .bind(session)
            .bind(token)
            .execute(self.db.admin())
            .await
            .unwrap();
        format!("sid={id}")
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
        let endless = headers.get(header::CONTENT_TYPE).is_some_and(|kind| kind == "text/event-stream");
        let text = match endless {
            true => String::new(),
            false => response.text().await.unwrap(),
        };
        let json = serde_json::from_str(&text).unwrap_or_default();
        Self { status, headers, text, json }
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|v| v.to_str().ok()).unwrap_or("")
    }

    /// The fault in the answer: an endpoint wraps it in `error`, a server function does not.
    pub fn fault(&self) -> &Value {
        match self.json.get("error") {
            Some(fault) => fault,
            None => &self.json,
        }
    }
}

/// A page came with all it shows: nothing of it waits for the browser's part, which a page at rest has not got.
pub fn is_whole(answer: &Answer) -> bool {
    answer.text.contains("__INCOMPLETE_CHUNKS=[];")
}
