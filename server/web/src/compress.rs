//! Answers compressed on their way out: zstd or gzip, whichever the browser takes. Each piece of a streamed page is
//! flushed as it comes, so nothing waits for the end of the page (tower-http's layer would hold it back). Built files
//! lie compressed on disk already.
use axum::{
    body::{Body, Bytes},
    extract::Request,
    http::{HeaderMap, HeaderValue, header},
    middleware::Next,
    response::Response,
};
use futures::{StreamExt, TryStreamExt, stream};
use std::io::{self, Write};

/// Fast rather than small: a page is compressed for every reader.
const ZSTD_LEVEL: i32 = 1;

/// Shorter answers fit into one packet anyway.
const WORTH_IT: u64 = 1_000;

/// The middleware.
pub async fn compress(request: Request, next: Next) -> Response {
    let coding = Coding::wanted(request.headers());
    let response = next.run(request).await;
    match coding {
        Some(coding) if is_text(&response) => coding.apply(response),
        _ => response,
    }
}

/// Text of ours that is not compressed yet. Event streams stay as they are: each event is a packet of its own.
fn is_text(response: &Response) -> bool {
    let headers = response.headers();
    let kind = headers.get(header::CONTENT_TYPE).and_then(|v| v.to_str().ok()).unwrap_or_default();
    let size = axum::body::HttpBody::size_hint(response.body()).exact();
    let texts = ["text/html", "application/json", "application/x-ndjson", "text/csv", "text/markdown", "image/svg+xml"];
    !headers.contains_key(header::CONTENT_ENCODING)
        && !headers.contains_key(header::CONTENT_RANGE)
        && size.is_none_or(|size| size >= WORTH_IT)
        && texts.iter().any(|text| kind.starts_with(text))
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Coding {
    Zstd,
    Gzip,
}

impl Coding {
    /// What `Accept-Encoding` lets us use; a weight of zero is a refusal.
    fn wanted(headers: &HeaderMap) -> Option<Self> {
        let accepted = headers.get(header::ACCEPT_ENCODING)?.to_str().ok()?;
        let takes = |name: &str| {
            accepted.split(',').any(|one| {
                let mut parts = one.split(';').map(str::trim);
                let weight = parts.clone().skip(1).find_map(|part| part.strip_prefix("q=")?.parse::<f32>().ok()).unwrap_or(1.0);
                parts.next() == Some(name) && weight > 0.0
            })
        };
        if takes("zstd") { Some(Coding::Zstd) } else { takes("gzip").then_some(Coding::Gzip) }
    }

    fn apply(self, response: Response) -> Response {
        let (mut parts, body) = response.into_parts();
        let Ok(encoder) = Encoder::new(self) else { return Response::from_parts(parts, body) };
        let name = match self {
            Coding::Zstd => "zstd",
            Coding::Gzip => "gzip",
        };
        parts.headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static(name));
        parts.headers.append(header::VARY, HeaderValue::from_static("accept-encoding"));
        parts.headers.remove(header::CONTENT_LENGTH);
        // The body and, after its end, `None`: the encoder still has its last word.
        let pieces = body.into_data_stream().map_ok(Some).chain(stream::once(async { Ok(None) }));
        let packed = pieces
            .scan(Some(encoder), |encoder, piece| {
                let packed = match piece {
                    Ok(Some(piece)) => encoder.as_mut().map(|e| e.piece(&piece)),
                    Ok(None) => encoder.take().map(Encoder::end),
                    Err(error) => Some(Err(io::Error::other(error))),
                };
                futures::future::ready(packed)
            })
            .try_filter(|packed| futures::future::ready(!packed.is_empty()));
        Response::from_parts(parts, Body::from_stream(packed))
    }
}

enum Encoder {
    Zstd(zstd::stream::write::Encoder<'static, Vec<u8>>),
    Gzip(flate2::write::GzEncoder<Vec<u8>>),
}

impl Encoder {
    fn new(coding: Coding) -> io::Result<Self> {
        Ok(match coding {
            Coding::Zstd => Encoder::Zstd(zstd::stream::write::Encoder::new(Vec::new(), ZSTD_LEVEL)?),
            Coding::Gzip => Encoder::Gzip(flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast())),
        })
    }

    /// One piece, complete: the browser can show it before the next one comes.
    fn piece(&mut self, piece: &[u8]) -> io::Result<Bytes> {
        let packed = match self {
            Encoder::Zstd(encoder) => {
                encoder.write_all(piece)?;
                encoder.flush()?;
                std::mem::take(encoder.get_mut())
            }
            Encoder::Gzip(encoder) => {
                encoder.write_all(piece)?;
                encoder.flush()?;
                std::mem::take(encoder.get_mut())
            }
        };
        Ok(packed.into())
    }

    fn end(self) -> io::Result<Bytes> {
        Ok(match self {
            Encoder::Zstd(encoder) => encoder.finish()?.into(),
            Encoder::Gzip(encoder) => encoder.finish()?.into(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Read;

    fn asks(value: &'static str) -> Option<Coding> {
        Coding::wanted(&HeaderMap::from_iter([(header::ACCEPT_ENCODING, HeaderValue::from_static(value))]))
    }

    #[test]
    fn the_browser_chooses_the_coding() {
        assert_eq!(asks("gzip, deflate, br, zstd"), Some(Coding::Zstd));
        assert_eq!(asks("gzip, deflate, br"), Some(Coding::Gzip));
        assert_eq!(asks("zstd;q=0, gzip;q=0.5"), Some(Coding::Gzip));
        assert_eq!(asks("identity"), None);
        assert_eq!(Coding::wanted(&HeaderMap::new()), None);
    }

    fn unpacked(coding: Coding, sent: &[u8], read: &mut [u8]) -> io::Result<()> {
        match coding {
            Coding::Zstd => zstd::stream::read::Decoder::new(sent)?.read_exact(read),
            Coding::Gzip => flate2::read::GzDecoder::new(sent).read_exact(read),
        }
    }

    #[tokio::test]
    async fn each_piece_of_a_page_can_be_read_before_the_next_comes() -> io::Result<()> {
        for coding in [Coding::Zstd, Coding::Gzip] {
            let (page, pieces) = futures::channel::mpsc::unbounded::<io::Result<Bytes>>();
            let response = coding.apply(Response::new(Body::from_stream(pieces)));
            assert!(response.headers().contains_key(header::CONTENT_ENCODING));
            let mut body = response.into_body().into_data_stream();

            page.unbounded_send(Ok("<p>first</p>".into())).map_err(io::Error::other)?;
            let mut sent = body.try_next().await.map_err(io::Error::other)?.unwrap_or_default().to_vec();
            let mut first = [0; 12];
            unpacked(coding, &sent, &mut first)?;
            assert_eq!(&first, b"<p>first</p>");

            page.unbounded_send(Ok("<p>second</p>".into())).map_err(io::Error::other)?;
            drop(page);
            while let Some(more) = body.try_next().await.map_err(io::Error::other)? {
                sent.extend(more);
            }
            let mut whole = [0; 25];
            unpacked(coding, &sent, &mut whole)?;
            assert_eq!(&whole, b"<p>first</p><p>second</p>");
        }
        Ok(())
    }
}
