//! A browser for tests: it keeps a cookie between requests as the session layer does.
use core_area::{
    session_store::{self, PgSessionStore, Visitor},
    signin::{self, SignIn, SignedIn},
    signup::{self, SignUp},
};
use kernel::{
    Fault,
    access::{RequestInfo, Session},
    app::App,
    db::TenantTx,
    request::Request,
    testing::TestDb,
};
use serde_json::Value;
use std::{
    net::IpAddr,
    sync::{Arc, Mutex},
};
use tower_sessions::session::Id;

pub const FIREFOX: &str = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:130.0) Gecko/20100101 Firefox/130.0";
pub const SAFARI: &str = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 Version/17.5 Safari/604.1";
pub const PASSWORD: &str = "wander violet harness 42";

pub struct Browser {
    app: App,
    cookie: Mutex<Option<Id>>,
    pub ip: IpAddr,
    agent: &'static str,
}

impl Browser {
    pub fn new(db: &TestDb) -> Self {
        Self::with(db, [203, 0, 113, 7], FIREFOX)
    }

    pub fn with(db: &TestDb, ip: [u8; 4], agent: &'static str) -> Self {
        Self { app: db.app(), cookie: Mutex::new(None), ip: ip.into(), agent }
    }

    pub fn token(&self) -> Option<String> {
        self.cookie.lock().unwrap().and_then(|id| session_store::token_of(&id.to_string()))
    }

    pub fn request(&self) -> Request {
        let info = RequestInfo { id: "test".into(), ip: Some(self.ip), user_agent: Some(self.agent.into()) };
        Request::new(self.app.clone(), info, self.token(), None)
    }

    /// One request, with what the session layer does around it.
    pub async fn visit<T>(&self, work: impl AsyncFnOnce(&Visitor) -> T) -> T {
        let id = *self.cookie.lock().unwrap();
        let store = Arc::new(PgSessionStore::new(self.app.db.pool().clone()));
        let cookie = tower_sessions::Session::new(id, store, Some(session_store::expiry()));
        let visitor = Visitor::new(self.request(), cookie.clone());
        let done = work(&visitor).await;
        if cookie.is_empty().await {
            *self.cookie.lock().unwrap() = None;
        } else if cookie.is_modified() {
            cookie.save().await.unwrap();
            *self.cookie.lock().unwrap() = cookie.id();
        }
        done
    }

    /// One request of the signed-in person on their own account.
    pub async fn personal<T>(
        &self,
        work: impl AsyncFnOnce(&mut TenantTx, &tower_sessions::Session) -> Result<T, Fault>,
    ) -> Result<T, Fault> {
        self.visit(async |v| {
            let mut tx = TenantTx::begin(v.app(), v.request.person().await?).await?;
            let done = work(&mut tx, &v.cookie).await?;
            tx.commit().await?;
            Ok(done)
        })
        .await
    }

    pub async fn session(&self) -> Option<Arc<Session>> {
        self.request().session().await.unwrap()
    }

    pub async fn sign_in(&self, email: &str, password: &str) -> Result<SignedIn, Fault> {
        let input = SignIn { email: email.into(), password: password.into(), redirect_to: None };
        self.visit(async |v| signin::sign_in(v, input).await).await
    }

    pub async fn sign_up(&self, email: &str, name: &str, organization: &str) -> Result<(), Fault> {
        let input = SignUp { email: email.into(), password: PASSWORD.into(), name: name.into(), organization_name: organization.into() };
        self.visit(async |v| signup::sign_up(v, input).await).await
    }
}

/// Somebody who signed up, confirmed the address and sits at this browser.
pub async fn ada(db: &TestDb) -> Browser {
    let browser = Browser::new(db);
    browser.sign_up("ada@a.io", "Ada", "Acme").await.unwrap();
    let link = link(db, "ada@a.io", "verify").await;
    browser.visit(async |v| signup::verify(v, &link).await).await.unwrap();
    browser
}

/// The data of the latest mail of a template to an address.
pub async fn mail(db: &TestDb, to: &str, template: &str) -> Option<Value> {
    sqlx::query_scalar("select data from core.mail_queue where to_email = $1 and template = $2 order by created_at desc limit 1")
        .bind(to)
        .bind(template)
        .fetch_optional(db.admin())
        .await
        .unwrap()
}

pub async fn mails(db: &TestDb, to: &str, template: &str) -> i64 {
    sqlx::query_scalar("select count(*) from core.mail_queue where to_email = $1 and template = $2")
        .bind(to)
        .bind(template)
        .fetch_one(db.admin())
        .await
        .unwrap()
}

/// The token in the link of the latest mail of a template.
pub async fn link(db: &TestDb, to: &str, template: &str) -> String {
    let data = mail(db, to, template).await.unwrap_or_else(|| panic!("no {template} to {to}"));
    data["link"].as_str().unwrap().rsplit('/').next().unwrap().to_owned()
}

/// How many audit lines there are of an action.
pub async fn audited(db: &TestDb, action: &str) -> i64 {
    sqlx::query_scalar("select count(*) from core.audit_log where action = $1").bind(action).fetch_one(db.admin()).await.unwrap()
}
