//! `/account/privacy`: consents, export of one's data, deletion of the account, and the log of all that.
mod consents;
mod deletion;
mod exports;

#[cfg(feature = "ssr")]
use core_area::privacy::DeletionConfirm;
use core_area::privacy::{ConsentEdit, DeletionAsk, DeletionPreview, DeletionRequest, ExportRequest, PrivacyEvent, PrivacySettings};
#[cfg(feature = "ssr")]
use kernel::record::PageRequest;
use kernel::record::Paged;
use kit::{Ago, AppError, Card, Client, Loaded, SettingsPage, SettingsSection, Skeleton, use_live};
use leptos::prelude::*;
use leptos_meta::Title;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// What the page shows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PrivacyView {
    pub settings: PrivacySettings,
    pub exports: Vec<ExportRequest>,
    pub deletion: Option<DeletionRequest>,
    pub log: Paged<PrivacyEvent>,
}

/// Consents, exports, deletion and log of the person.
#[server(client = Client, output = kit::Wire)]
pub async fn privacy_get() -> Result<PrivacyView, AppError> {
    kit::call::as_person(async |tx| {
        Ok(PrivacyView {
            settings: core_area::privacy::settings(tx).await?,
            exports: core_area::privacy::exports(tx).await?,
            deletion: core_area::privacy::deletion(tx).await?,
            log: core_area::privacy::log(tx, &PageRequest { after: None, limit: Some(20) }).await?,
        })
    })
    .await
}

/// Saves the consents.
#[server(client = Client, output = kit::Wire)]
pub async fn consents_set(edit: ConsentEdit) -> Result<PrivacySettings, AppError> {
    kit::call::as_person(async |tx| core_area::privacy::set_consents(tx, &edit).await).await
}

/// Asks for a copy of everything; once in 24 hours.
#[server(client = Client, output = kit::Wire)]
pub async fn export_ask() -> Result<ExportRequest, AppError> {
    kit::call::as_person(async |tx| core_area::privacy::request_export(tx).await).await
}

/// The signed link of a finished export.
#[server(client = Client, output = kit::Wire)]
pub async fn export_link(id: Uuid) -> Result<String, AppError> {
    kit::call::as_person(async |tx| core_area::privacy::download_export(tx, id).await).await
}

/// What goes and what stays when the account is deleted.
#[server(client = Client, output = kit::Wire)]
pub async fn deletion_look() -> Result<DeletionPreview, AppError> {
    kit::call::as_person_reading(async |tx| core_area::privacy::deletion_preview(tx).await).await
}

/// Begins the deletion: mails a code.
#[server(client = Client, output = kit::Wire)]
pub async fn deletion_begin(ask: DeletionAsk) -> Result<DeletionRequest, AppError> {
    kit::call::as_person(async |tx| core_area::privacy::request_deletion(tx, &ask).await).await
}

/// Confirms the deletion: 14 days of countdown.
#[server(client = Client, output = kit::Wire)]
pub async fn deletion_verify(code: String) -> Result<DeletionRequest, AppError> {
    kit::call::as_person(async |tx| core_area::privacy::confirm_deletion(tx, &DeletionConfirm { code }).await).await
}

/// Keeps the account.
#[server(client = Client, output = kit::Wire)]
pub async fn deletion_cancel() -> Result<(), AppError> {
    kit::call::as_person(async |tx| core_area::privacy::cancel_deletion(tx).await).await
}

pub struct PrivacyPage {
    view: kit::Data<PrivacyView>,
    version: RwSignal<u32>,
}

impl kit::Page for PrivacyPage {
    fn data() -> Self {
        let version = RwSignal::new(0);
        let live = [use_live("core.data_export_requests"), use_live("core.data_deletion_requests")];
        Self { view: kit::Data::blocking(move || (version.get(), live.map(|t| t.get())), |_| privacy_get()), version }
    }

    fn view(this: Self) -> AnyView {
        let PrivacyPage { view, version } = this;
        // Made once: the page is drawn anew when an export is ready, also under an open dialog or a half-made choice.
        let desk = Desk {
            consents: consents::ConsentDesk::new(),
            exports: exports::ExportDesk::new(version),
            deletion: deletion::DeletionDesk::new(version),
        };
        view! {
            <Title text="Privacy" />
            <SettingsPage title="Account">
                {super::tabs()}
                <Loaded from=view skeleton=|| view! { <Skeleton lines=10 /> } show=move |v| page(v, desk) />
                {desk.deletion.dialog()}
            </SettingsPage>
        }
        .into_any()
    }
}

#[derive(Clone, Copy)]
struct Desk {
    consents: consents::ConsentDesk,
    exports: exports::ExportDesk,
    deletion: deletion::DeletionDesk,
}

fn page(view: PrivacyView, desk: Desk) -> AnyView {
    let PrivacyView { settings, exports, deletion, log } = view;
    let ask = "After a countdown of 14 days, in which you can cancel.";
    view! {
        {desk.deletion.countdown(deletion.as_ref())}
        <SettingsSection title="Consents" text="What your data may be used for. You can change it any time.">{desk.consents.form(&settings)}</SettingsSection>
        <SettingsSection title="Your data" text="A ZIP with everything stored about you, once in 24 hours.">{desk.exports.card(exports)}</SettingsSection>
        <SettingsSection title="Delete account" text=ask>{desk.deletion.card(deletion.as_ref())}</SettingsSection>
        <SettingsSection title="Log" text="What happened to your data.">{log_card(log)}</SettingsSection>
    }
    .into_any()
}

fn log_card(log: Paged<PrivacyEvent>) -> AnyView {
    if log.rows.is_empty() {
        return view! { <p class="hint">"Nothing yet."</p> }.into_any();
    }
    let lines = log
        .rows
        .into_iter()
        .map(|event| view! { <li class="set-row"><div>{words(&event.event_type)} <small>{event.ip_address}</small></div><Ago at=event.timestamp /></li> })
        .collect_view();
    view! { <Card flush=true><ul>{lines}</ul></Card> }.into_any()
}

/// "consent.changed" as "Consent changed".
fn words(event: &str) -> String {
    crate::parts::jobs::words(&event.replace(['_', '.'], " "))
}
