//! Pages of a PDF as pictures.
use crate::{Error, apart};
use bytes::Bytes;
use hayro::{
    RenderCache, RenderSettings,
    hayro_interpret::InterpreterSettings,
    hayro_syntax::{DecryptionError, LoadPdfError, Pdf},
    render,
    vello_cpu::color::palette::css::WHITE,
};
use std::time::Duration;
use tokio::sync::Semaphore;

/// How long one page may take.
const TIME: Duration = Duration::from_secs(20);
/// Pixels of the longer edge of a picture.
const EDGE: f32 = 1600.0;
/// Pages that are drawn at one time; one that does not end keeps its place.
static PLACES: Semaphore = Semaphore::const_new(2);

/// A page of a PDF.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Drawn {
    /// PNG of 1600 pixels on the longer edge; `None` beyond the last page.
    pub png: Option<Vec<u8>>,
    /// How many pages the file has.
    pub pages: usize,
}

/// Draws a page, counted from 1; 0 only counts them. On a thread of its own.
pub async fn draw(bytes: Bytes, page: usize) -> Result<Drawn, Error> {
    let place = tokio::time::timeout(TIME, PLACES.acquire()).await;
    let place = place.map_err(|_| Error::TimedOut(TIME.as_secs()))?.map_err(|_| Error::Panicked)?;
    apart(TIME, move || {
        let _place = place;
        now(&bytes, page)
    })
    .await
}

fn now(bytes: &[u8], number: usize) -> Result<Drawn, Error> {
    let pdf = Pdf::new(bytes.to_vec()).map_err(|error| {
        Error::Unreadable(match error {
            LoadPdfError::Decryption(DecryptionError::PasswordProtected) => "the PDF is protected by a password".to_owned(),
            LoadPdfError::Decryption(_) => "the PDF is protected in a way that cannot be opened".to_owned(),
            LoadPdfError::Invalid => "this is not a whole PDF".to_owned(),
        })
    })?;
    let pages = pdf.pages();
    let Some(page) = number.checked_sub(1).and_then(|at| pages.get(at)) else {
        return Ok(Drawn { png: None, pages: pages.len() });
    };
    let (width, height) = page.render_dimensions();
    let scale = EDGE / width.max(height).max(1.0);
    // A page may be as narrow as a line: it is a pixel wide at least.
    let pixels = |length: f32| ((length * scale).round() as u16).max(1);
    let settings =
        RenderSettings { x_scale: scale, y_scale: scale, width: Some(pixels(width)), height: Some(pixels(height)), bg_color: WHITE };
    let drawn = render(page, &RenderCache::new(), &InterpreterSettings::default(), &settings);
    let png = drawn.into_png().map_err(|error| Error::Unreadable(format!("the page cannot be drawn: {error}")))?;
    Ok(Drawn { png: Some(png), pages: pages.len() })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One empty page of 200 x 100 points, without a table of references: readers make that themselves.
    const ONE: &str = "%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n\
        3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 100]>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF";

    #[tokio::test]
    async fn a_page_is_a_picture_and_there_is_none_behind_the_last() {
        let drawn = draw(Bytes::from_static(ONE.as_bytes()), 1).await.unwrap();
        let png = drawn.png.unwrap();
        assert_eq!((&png[1..4], drawn.pages), (b"PNG".as_slice(), 1));
        let edge = |at: usize| u32::from_be_bytes(png[at..at + 4].try_into().unwrap());
        assert_eq!((edge(16), edge(20)), (1600, 800));
        assert_eq!(draw(Bytes::from_static(ONE.as_bytes()), 2).await.unwrap(), Drawn { png: None, pages: 1 });
        assert_eq!(draw(Bytes::from_static(ONE.as_bytes()), 0).await.unwrap().png, None);
    }

    #[tokio::test]
    async fn what_is_no_pdf_is_said_so() {
        for wrong in ["", "%PDF-1.7", "nothing"] {
            assert!(matches!(draw(Bytes::from_static(wrong.as_bytes()), 1).await, Err(Error::Unreadable(_))), "{wrong}");
        }
    }
}
