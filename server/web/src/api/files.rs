//! Pictures of people and organizations, and finished exports.
use super::Answer;
use crate::extract::{Path, Query};
use axum::{
    Extension,
    body::{Body, Bytes},
    extract::State,
    http::header,
    response::{IntoResponse, Response},
};
use kernel::{app::App, files, request::Request};
use serde::Deserialize;

/// A person's picture. Its address is the hash of its bytes, so it never changes.
pub async fn avatar(Extension(request): Extension<Request>, Path(sha256): Path<String>) -> Answer<Response> {
    Ok(picture(core_area::account::avatar(&request, &sha256).await?))
}

/// An organization's logo, likewise.
pub async fn logo(Extension(request): Extension<Request>, Path(sha256): Path<String>) -> Answer<Response> {
    Ok(picture(core_area::organizations::logo(&request, &sha256).await?))
}

/// What people upload is shown and never run.
fn picture((kind, bytes): (&'static str, Bytes)) -> Response {
    let headers = [
        (header::CONTENT_TYPE, kind),
        (header::CACHE_CONTROL, "private, max-age=31536000, immutable"),
        (header::CONTENT_SECURITY_POLICY, "default-src 'none'; sandbox"),
    ];
    (headers, Body::from(bytes)).into_response()
}

/// The parts of a signed link.
#[derive(Deserialize)]
pub struct Signed {
    name: String,
    until: i64,
    sig: String,
}

/// A stored file, by its signed link; nothing else opens it. Always a download: what people upload never runs here.
pub async fn signed(State(app): State<App>, Path(sha256): Path<String>, Query(link): Query<Signed>) -> Answer<Response> {
    files::check_link(&app.pepper, &sha256, &link.name, link.until, &link.sig, app.clock.now())?;
    let (size, stream) = app.files.read(&sha256).await?;
    let name = disposition(&link.name);
    let headers = [
        (header::CONTENT_TYPE, "application/octet-stream".to_owned()),
        (header::CONTENT_LENGTH, size.to_string()),
        (header::CONTENT_DISPOSITION, name),
        (header::CACHE_CONTROL, "private, no-store".to_owned()),
    ];
    Ok((headers, Body::from_stream(stream)).into_response())
}

/// The name to save a file under: plain for old programs, whole for all others (RFC 6266).
pub(super) fn disposition(name: &str) -> String {
    let plain: String = name.chars().map(|c| if c.is_ascii_alphanumeric() || "-_. ".contains(c) { c } else { '_' }).collect();
    let mut whole = String::new();
    for byte in name.bytes() {
        match byte {
            b'-' | b'_' | b'.' => whole.push(char::from(byte)),
            _ if byte.is_ascii_alphanumeric() => whole.push(char::from(byte)),
            _ => whole.push_str(&format!("%{byte:02X}")),
        }
    }
    format!("attachment; filename=\"{plain}\"; filename*=UTF-8''{whole}")
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_name_cannot_break_out_of_its_header() {
        assert_eq!(
            super::disposition("Übung\"; x=\r\n.zip"),
            "attachment; filename=\"_bung__ x___.zip\"; filename*=UTF-8''%C3%9Cbung%22%3B%20x%3D%0D%0A.zip"
        );
    }
}
