//! Clears the cookie of a session that is over (chapter 10, section 3): signed out elsewhere, revoked, too old.
use axum::{body::Body, extract::State, http::Request as HttpRequest, middleware::Next, response::Response};
use core_area::session_store::{self, PgSessionStore};
use kernel::{app::App, request::Request};
use tower_sessions::{Session, SessionStore};

/// The middleware; it stands inside of the session layer, which then takes the cookie back.
pub async fn ended(State(app): State<App>, http: HttpRequest<Body>, next: Next) -> Response {
    let request = http.extensions().get::<Request>().cloned();
    let cookie = http.extensions().get::<Session>().cloned();
    let before = cookie.as_ref().and_then(Session::id);
    let response = next.run(http).await;
    if let (Some(request), Some(cookie), Some(id)) = (request, cookie, before)
        && request.session_is_over()
        // Signed in again meanwhile: then it is a new cookie.
        && cookie.id() == Some(id)
        && !cookie.is_modified()
    {
        // Visitors have cookies too: the note pad of a sign-in that waits for its second factor stays.
        let notes = PgSessionStore::new(app.db.pool().clone()).load(&id).await;
        if notes.is_ok_and(|notes| notes.is_none_or(|record| record.data.is_empty())) {
            session_store::forget(&cookie).await;
        }
    }
    response
}
