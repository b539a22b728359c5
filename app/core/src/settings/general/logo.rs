//! The organization's logo.
use crate::parts::picture::{self, Sent, Shown};
use core_area::organizations::OrgProfile;
use kit::{AppError, Client};
use leptos::{
    prelude::*,
    server_fn::codec::{MultipartData, MultipartFormData},
};

/// Sets the logo. The version of the settings comes before the file.
#[server(client = Client, output = kit::Wire, input = MultipartFormData)]
pub async fn organization_logo_upload(data: MultipartData) -> Result<OrgProfile, AppError> {
    let kit::upload::Uploaded { text: rev, bytes, .. } = kit::upload::read(data, "rev", core_area::pictures::MAX_PICTURE).await?;
    kit::call::in_tenant(async |tx| core_area::organizations::set_logo(tx, &rev, bytes).await).await
}

/// Takes the logo away.
#[server(client = Client, output = kit::Wire)]
pub async fn organization_logo_remove(rev: String) -> Result<OrgProfile, AppError> {
    kit::call::in_tenant(async |tx| core_area::organizations::remove_logo(tx, &rev).await).await
}

/// The logo beside the form: it is kept at once, and hands the form the version it made.
pub(super) fn logo(name: RwSignal<String>, address: RwSignal<String>, rev: RwSignal<String>) -> AnyView {
    let toasts = kit::use_toasts();
    let shown = Shown { name: name.into(), address: address.into(), square: true, label: "Logo" };
    let upload = move |file| -> Sent<OrgProfile> {
        Box::pin(async move { organization_logo_upload(kit::upload::form(&[("rev", &rev.get_untracked())], &file)?).await })
    };
    let done = move |now: OrgProfile| {
        rev.set(now.rev);
        address.set(now.logo_url.unwrap_or_default());
        toasts.success("Logo saved");
        kit::session::refresh_session();
    };
    picture::picture(shown, upload, move || Box::pin(organization_logo_remove(rev.get_untracked())), done)
}
