//! The features as a file for the browser to save.
use super::Ctx;
use crate::calls::features_export;
use factory::export::Format;
use kit::{AppError, Icon, Menu, MenuItem};
use leptos::{prelude::*, task::spawn_local, web_sys};
use wasm_bindgen::JsCast;

/// The menu of the two forms.
pub fn menu(ctx: Ctx) -> AnyView {
    view! {
        <Menu id="export" label="Export" icon=Icon::Download end=true>
            <MenuItem icon=Icon::Code on:click=move |_| save(ctx, Format::Json)>"JSON, can be imported again"</MenuItem>
            <MenuItem icon=Icon::Table2 on:click=move |_| save(ctx, Format::Csv)>"CSV, for spreadsheets"</MenuItem>
        </Menu>
    }
    .into_any()
}

fn save(ctx: Ctx, format: Format) {
    let (project, toasts) = (ctx.project.get_untracked(), ctx.editor.toasts());
    spawn_local(async move {
        match features_export(project, format).await {
            Ok(file) => {
                if hand_over(&file.name, &file.media_type, &file.text).is_none() {
                    toasts.info("The browser did not take the file.");
                }
            }
            Err(AppError(fault)) => toasts.fault(&fault),
        }
    });
}

/// Gives a text to the browser as a file.
pub fn hand_over(name: &str, media_type: &str, text: &str) -> Option<()> {
    let parts = js_sys::Array::of1(&text.into());
    let options = web_sys::BlobPropertyBag::new();
    options.set_type(media_type);
    let blob = web_sys::Blob::new_with_str_sequence_and_options(&parts, &options).ok()?;
    save_blob(name, &blob)
}

/// Gives bytes to the browser as a file.
pub fn save_blob(name: &str, blob: &web_sys::Blob) -> Option<()> {
    let url = web_sys::Url::create_object_url_with_blob(blob).ok()?;
    let link = document().create_element("a").ok()?.dyn_into::<web_sys::HtmlAnchorElement>().ok()?;
    link.set_href(&url);
    link.set_download(name);
    link.set_rel("external");
    link.click();
    // The download has its own hold on the bytes by now; the address is freed a little later all the same.
    set_timeout(move || drop(web_sys::Url::revoke_object_url(&url)), std::time::Duration::from_secs(10));
    Some(())
}
