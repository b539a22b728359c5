//! Pictures of people and organizations: small, known by their content, and named by it.
#[cfg(feature = "ssr")]
use kernel::{Code, Fault, app::App};

/// The largest picture, in bytes.
pub const MAX_PICTURE: usize = 2 * 1024 * 1024;

/// What a picture is, by its first bytes: names and headers of uploads say anything.
#[cfg(feature = "ssr")]
fn kind(bytes: &[u8]) -> Option<&'static str> {
    match bytes {
        [0x89, b'P', b'N', b'G', 0x0d, 0x0a, 0x1a, 0x0a, ..] => Some("image/png"),
        [0xff, 0xd8, 0xff, ..] => Some("image/jpeg"),
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => Some("image/webp"),
        _ => None,
    }
}

/// Keeps a picture; answers the hash it is named by. `field` is that of the form it came with.
#[cfg(feature = "ssr")]
pub(crate) async fn keep(app: &App, field: &str, bytes: Vec<u8>) -> Result<String, Fault> {
    if bytes.len() > MAX_PICTURE {
        return Err(Fault::new(Code::TooLarge, "A picture may have up to 2 MB.").and_field(field, "is larger than 2 MB"));
    }
    if kind(&bytes).is_none() {
        return Err(Fault::new(Code::UnsupportedMedia, "Use a PNG, JPEG or WebP picture.").and_field(field, "is no PNG, JPEG or WebP"));
    }
    Ok(app.files.put(bytes).await?.sha256)
}

/// A kept picture with its content type; `shown`: somebody shows it. All other files are not served as pictures.
#[cfg(feature = "ssr")]
pub(crate) async fn open(app: &App, sha256: &str, shown: bool) -> Result<(&'static str, bytes::Bytes), Fault> {
    let missing = || Fault::not_found("The picture");
    if !shown {
        return Err(missing());
    }
    let bytes = app.files.get(sha256).await?;
    Ok((kind(&bytes).ok_or_else(missing)?, bytes))
}

#[cfg(all(test, feature = "ssr"))]
mod tests {
    use super::kind;

    #[test]
    fn pictures_are_known_by_their_content() {
        assert_eq!(kind(b"\x89PNG\r\n\x1a\nrest"), Some("image/png"));
        assert_eq!(kind(b"\xff\xd8\xff\xe0"), Some("image/jpeg"));
        assert_eq!(kind(b"RIFF....WEBPVP8 "), Some("image/webp"));
        assert_eq!(kind(b"<svg onload=alert(1)>"), None);
        assert_eq!(kind(b""), None);
    }
}
