//! A book as PDF, set by typst: tagged for screen readers, fonts embedded, any script the fonts at hand have. Inter and
//! JetBrains Mono come along (Latin, Greek, Cyrillic); other scripts are set in the fonts of the system.

mod data;
mod world;

use richtext::{Error, export::Book};
use typst::diag::{SourceDiagnostic, Warned};
use typst_layout::PagedDocument;
use typst_pdf::PdfOptions;
use world::Shop;

/// Writes a PDF. It takes a second or more for a long book: not for a thread that answers requests.
pub fn write(book: &Book) -> Result<Vec<u8>, Error> {
    let (data, pictures) = data::of(book);
    let shop = Shop::new(data, pictures);
    let Warned { output, .. } = typst::compile::<PagedDocument>(&shop);
    let document = output.map_err(|errors| failed(&errors))?;
    let options = PdfOptions { creator: typst::foundations::Smart::Custom(Some("Millrace".into())), ..PdfOptions::default() };
    let pdf = typst_pdf::pdf(&document, &options).map_err(|errors| failed(&errors))?;
    // What typst remembers for the next time is the text of other people.
    typst::comemo::evict(0);
    Ok(pdf)
}

fn failed(errors: &[SourceDiagnostic]) -> Error {
    Error::Export(errors.iter().map(|e| e.message.as_str()).collect::<Vec<_>>().join("; "))
}
