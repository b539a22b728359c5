//! Files that go to the server with a form.
use crate::AppError;
use kernel::{Code, Fault};
use leptos::{server_fn::codec::MultipartData, web_sys};
use wasm_bindgen::{JsCast, closure::Closure};

/// The form that carries a file. A server reads it from its beginning: what it has to know first stands before the file.
pub fn form(texts: &[(&str, &str)], file: &web_sys::File) -> Result<MultipartData, AppError> {
    let unread = |_| AppError(Fault::new(Code::BadRequest, "The file could not be read."));
    let form = web_sys::FormData::new().map_err(unread)?;
    for (name, text) in texts {
        form.append_with_str(name, text).map_err(unread)?;
    }
    form.append_with_blob_and_filename("file", file, &file.name()).map_err(unread)?;
    Ok(form.into())
}

/// Sends a file with a form to an address of the API, and tells how far it is in percent.
pub async fn send(to: &str, texts: &[(&str, &str)], file: &web_sys::File, told: impl Fn(f64) + 'static) -> Result<(), AppError> {
    let broken = || AppError(Fault::new(Code::Unavailable, "The file could not be sent. Check the connection and try again."));
    let form = web_sys::FormData::new().map_err(|_| broken())?;
    for (name, text) in texts {
        form.append_with_str(name, text).map_err(|_| broken())?;
    }
    form.append_with_blob_and_filename("file", file, &file.name()).map_err(|_| broken())?;
    let request = web_sys::XmlHttpRequest::new().map_err(|_| broken())?;
    request.open("POST", to).map_err(|_| broken())?;
    let told = Closure::<dyn Fn(web_sys::ProgressEvent)>::new(move |event: web_sys::ProgressEvent| {
        if event.total() > 0.0 {
            told(100.0 * event.loaded() / event.total());
        }
    });
    request.upload().map_err(|_| broken())?.set_onprogress(Some(told.as_ref().unchecked_ref()));
    let ended = js_sys::Promise::new(&mut |resolve, _| request.set_onloadend(Some(&resolve)));
    request.send_with_opt_form_data(Some(&form)).map_err(|_| broken())?;
    wasm_bindgen_futures::JsFuture::from(ended).await.map_err(|_| broken())?;
    match request.status() {
        Ok(200..=299) => Ok(()),
        // What refuses is the envelope of the API, or nothing where the connection broke.
        _ => {
            let text = request.response_text().ok().flatten().unwrap_or_default();
            Err(serde_json::from_str::<Envelope>(&text).map_or_else(|_| broken(), |refused| AppError(refused.error)))
        }
    }
}

/// How the API refuses.
#[derive(serde::Deserialize)]
struct Envelope {
    error: Fault,
}

/// A file that came with a form.
#[derive(Clone, Debug, Default)]
pub struct Uploaded {
    /// The text that stood before it; empty when there was none.
    pub text: String,
    /// What it was called where it came from.
    pub name: String,
    pub bytes: Vec<u8>,
}

/// The one file of a form, with the text of this name; 413 as soon as it is larger than `most` bytes.
#[cfg(feature = "ssr")]
pub async fn read(data: MultipartData, text: &str, most: usize) -> Result<Uploaded, Fault> {
    let mut found = Uploaded::default();
    let unread = |_| Fault::new(Code::BadRequest, "The file could not be read.");
    let mut form = data.into_inner().ok_or_else(Fault::internal)?;
    while let Some(mut field) = form.next_field().await.map_err(unread)? {
        let Some(name) = field.file_name().map(str::to_owned) else {
            if field.name() == Some(text) {
                found.text = field.text().await.map_err(unread)?;
            }
            continue;
        };
        found.name = name;
        while let Some(chunk) = field.chunk().await.map_err(unread)? {
            if found.bytes.len() + chunk.len() > most {
                return Err(Fault::new(Code::TooLarge, format!("The file is larger than {} MB.", most / (1024 * 1024))));
            }
            found.bytes.extend_from_slice(&chunk);
        }
        return Ok(found);
    }
    Err(Fault::new(Code::BadRequest, "There is no file in this form."))
}
