//! Files that come with a form.
#[cfg(feature = "ssr")]
use kernel::{Code, Fault};
#[cfg(feature = "ssr")]
use leptos::server_fn::codec::MultipartData;

/// The bytes of the one file of a form; 413 as soon as it is larger than `most` bytes.
#[cfg(feature = "ssr")]
pub(crate) async fn one_file(data: MultipartData, most: usize) -> Result<Vec<u8>, Fault> {
    Ok(file_and(data, "", most).await?.1)
}

/// The same with a text that stands before the file in the form; empty when it does not.
#[cfg(feature = "ssr")]
pub(crate) async fn file_and(data: MultipartData, name: &str, most: usize) -> Result<(String, Vec<u8>), Fault> {
    let mut text = String::new();
    let unread = |_| Fault::new(Code::BadRequest, "The file could not be read.");
    let mut form = data.into_inner().ok_or_else(Fault::internal)?;
    while let Some(mut field) = form.next_field().await.map_err(unread)? {
        if field.file_name().is_none() {
            if field.name() == Some(name) {
                text = field.text().await.map_err(unread)?;
            }
            continue;
        }
        let mut bytes = Vec::new();
        while let Some(chunk) = field.chunk().await.map_err(unread)? {
            if bytes.len() + chunk.len() > most {
                return Err(Fault::new(Code::TooLarge, format!("The file is larger than {} MB.", most / (1024 * 1024))));
            }
            bytes.extend_from_slice(&chunk);
        }
        return Ok((text, bytes));
    }
    Err(Fault::new(Code::BadRequest, "There is no file in this form."))
}
