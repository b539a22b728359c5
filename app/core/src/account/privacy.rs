//! `/account/privacy`: consents, export of one's data, deletion of the account, and the log of all that.
use super::security::follow;
use crate::reauth::{guarded, guarded_fault};
#[cfg(feature = "ssr")]
use core_area::privacy::DeletionConfirm;
use core_area::privacy::{
    ConsentEdit, DeletionAsk, DeletionPreview, DeletionRequest, ExportRequest, PrivacyEvent, PrivacySettings, RequestStatus,
};
#[cfg(feature = "ssr")]
use kernel::record::PageRequest;
use kernel::record::Paged;
use kit::{
    Ago, Alert, AppError, Badge, Button, ButtonKind, Card, Checkbox, Client, Dialog, FormAlert, FormScope, Loaded, SettingsPage,
    SettingsRow, SettingsSection, Skeleton, Submit, Switch, TextField, Tone, fault_of, time::exact_text, use_live, use_toasts,
};
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
#[server(client = Client)]
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
#[server(client = Client)]
pub async fn consents_set(edit: ConsentEdit) -> Result<PrivacySettings, AppError> {
    kit::call::as_person(async |tx| core_area::privacy::set_consents(tx, &edit).await).await
}

/// Asks for a copy of everything; once in 24 hours.
#[server(client = Client)]
pub async fn export_ask() -> Result<ExportRequest, AppError> {
    kit::call::as_person(async |tx| core_area::privacy::request_export(tx).await).await
}

/// The signed link of a finished export.
#[server(client = Client)]
pub async fn export_link(id: Uuid) -> Result<String, AppError> {
    kit::call::as_person(async |tx| core_area::privacy::download_export(tx, id).await).await
}

/// What goes and what stays when the account is deleted.
#[server(client = Client)]
pub async fn deletion_look() -> Result<DeletionPreview, AppError> {
    kit::call::as_person_reading(async |tx| core_area::privacy::deletion_preview(tx).await).await
}

/// Begins the deletion: mails a code.
#[server(client = Client)]
pub async fn deletion_begin(ask: DeletionAsk) -> Result<DeletionRequest, AppError> {
    kit::call::as_person(async |tx| core_area::privacy::request_deletion(tx, &ask).await).await
}

/// Confirms the deletion: 14 days of countdown.
#[server(client = Client)]
pub async fn deletion_verify(code: String) -> Result<DeletionRequest, AppError> {
    kit::call::as_person(async |tx| core_area::privacy::confirm_deletion(tx, &DeletionConfirm { code }).await).await
}

/// Keeps the account.
#[server(client = Client)]
pub async fn deletion_cancel() -> Result<(), AppError> {
    kit::call::as_person(async |tx| core_area::privacy::cancel_deletion(tx).await).await
}

pub struct PrivacyPage {
    view: Resource<Result<PrivacyView, AppError>>,
    version: RwSignal<u32>,
}

impl kit::Page for PrivacyPage {
    fn data() -> Self {
        let version = RwSignal::new(0);
        let live = [use_live("core.data_export_requests"), use_live("core.data_deletion_requests")];
        Self { view: Resource::new_blocking(move || (version.get(), live.map(|t| t.get())), |_| privacy_get()), version }
    }

    fn view(this: Self) -> AnyView {
        let PrivacyPage { view, version } = this;
        view! {
            <Title text="Privacy" />
            <SettingsPage title="Account">
                {super::tabs()}
                <Loaded from=view skeleton=|| view! { <Skeleton lines=10 /> } show=move |v| page(v, version) />
            </SettingsPage>
        }
        .into_any()
    }
}

fn page(view: PrivacyView, version: RwSignal<u32>) -> AnyView {
    let PrivacyView { settings, exports, deletion, log } = view;
    view! {
        {deletion.clone().filter(waits).map(|d| countdown(d, version))}
        <SettingsSection title="Consents" text="What your data may be used for. You can change it any time.">{consents(settings)}</SettingsSection>
        <SettingsSection title="Your data" text="A ZIP with everything stored about you, once in 24 hours.">{exports_card(exports, version)}</SettingsSection>
        <SettingsSection title="Delete account" text="After a countdown of 14 days, in which you can cancel.">{delete_card(deletion, version)}</SettingsSection>
        <SettingsSection title="Log" text="What happened to your data.">{log_card(log)}</SettingsSection>
    }
    .into_any()
}

fn waits(deletion: &DeletionRequest) -> bool {
    deletion.execute_after.is_some() && deletion.status == RequestStatus::Pending
}

fn countdown(deletion: DeletionRequest, version: RwSignal<u32>) -> AnyView {
    let cancel = Action::new(|(): &()| deletion_cancel());
    follow(cancel);
    Effect::new(move |_| {
        if matches!(cancel.value().get(), Some(Ok(()))) {
            kit::session::refresh_session();
            version.update(|n| *n += 1);
        }
    });
    let when = deletion.execute_after.map(exact_text).unwrap_or_default();
    view! {
        <Alert tone=Tone::Danger title="Your account will be deleted" acts=move || view! {
            <Button kind=ButtonKind::Primary busy=cancel.pending() on:click=move |_| { cancel.dispatch(()); }>"Cancel the deletion"</Button>
        }>
            "On " {when} ". Until then nothing is lost."
        </Alert>
    }
    .into_any()
}

fn consents(settings: PrivacySettings) -> AnyView {
    let toasts = use_toasts();
    let rev = RwSignal::new(settings.rev.clone());
    let flags = [settings.data_processing_consent, settings.marketing_consent, settings.analytics_consent, settings.third_party_consent]
        .map(RwSignal::new);
    let days = RwSignal::new(settings.data_retention_days.to_string());
    let save = Action::new(move |(): &()| {
        let on = |i: usize| flags[i].get_untracked();
        consents_set(ConsentEdit {
            rev: rev.get_untracked(),
            data_processing_consent: on(0),
            marketing_consent: on(1),
            analytics_consent: on(2),
            third_party_consent: on(3),
            data_retention_days: days.with_untracked(|d| d.trim().parse().unwrap_or(0)),
        })
    });
    Effect::new(move |_| {
        if let Some(Ok(saved)) = save.value().get() {
            rev.set(saved.rev);
            toasts.success("Consents saved");
        }
    });
    let words = [
        ("data_processing", "Processing", "Store and process what I enter, to provide the service"),
        ("marketing", "Marketing", "Send me news about the product"),
        ("analytics", "Analytics", "Count how I use the product, to improve it"),
        ("third_party", "Third parties", "Share with providers my organization connects"),
    ];
    let switches = words
        .into_iter()
        .zip(flags)
        .map(|((name, label, hint), bind)| view! { <Switch name=name label=label hint=hint bind=bind /> })
        .collect_view();
    view! {
        <form class="form" on:submit=move |event| { event.prevent_default(); save.dispatch(()); }>
            <FormScope fault=fault_of(save) pending=save.pending()>
                <FormAlert />
                {switches}
                <TextField name="data_retention_days" label="Keep my activity for" note="days" kind="number" min="30" max="3650" bind=days />
                <div class="form-foot"><Submit>"Save consents"</Submit></div>
            </FormScope>
        </form>
    }
    .into_any()
}

fn status_badge(status: RequestStatus) -> AnyView {
    let (words, tone) = match status {
        RequestStatus::Pending => ("Waiting", Tone::Neutral),
        RequestStatus::Processing => ("In progress", Tone::Info),
        RequestStatus::Completed => ("Ready", Tone::Success),
        RequestStatus::Failed => ("Failed", Tone::Danger),
        RequestStatus::Cancelled => ("Cancelled", Tone::Neutral),
    };
    view! { <Badge text=words tone=tone /> }.into_any()
}

fn exports_card(exports: Vec<ExportRequest>, version: RwSignal<u32>) -> AnyView {
    let request = Action::new(|(): &()| export_ask());
    follow(request);
    let link = guarded(export_link, |href: &String| {
        let _ = window().location().set_href(href);
    });
    follow(link);
    Effect::new(move |_| {
        if matches!(request.value().get(), Some(Ok(_))) {
            version.update(|n| *n += 1);
        }
    });
    let lines = exports
        .into_iter()
        .map(|export| {
            let id = export.id;
            let until = export.expires_at.map(|at| view! { " · link until " {exact_text(at)} });
            view! {
                <li class="set-row">
                    <div>"Asked for " <Ago at=export.requested_at /> <small>{export.error.clone()} {until}</small></div>
                    {status_badge(export.status)}
                    {export.downloadable.then(|| view! { <Button size=kit::Size::Sm icon=kit::Icon::Download on:click=move |_| { link.dispatch(id); }>"Download"</Button> })}
                </li>
            }
        })
        .collect_view();
    view! {
        <Card flush=true>
            <ul>{lines}</ul>
            <SettingsRow title="Copy of my data" text="You get a mail when it is ready.">
                <Button busy=request.pending() on:click=move |_| { request.dispatch(()); }>"Ask for a copy"</Button>
            </SettingsRow>
        </Card>
    }
    .into_any()
}

fn delete_card(deletion: Option<DeletionRequest>, version: RwSignal<u32>) -> AnyView {
    let (open, asked) =
        (RwSignal::new(false), RwSignal::new(deletion.is_some_and(|d| d.status == RequestStatus::Pending && d.confirmed_at.is_none())));
    view! {
        <Card flush=true class="danger-zone">
            <SettingsRow title="Delete my account" text="You see what goes and what stays before anything happens.">
                <Button kind=ButtonKind::Danger on:click=move |_| open.set(true)>"Delete account"</Button>
            </SettingsRow>
        </Card>
        <Dialog open=open title="Delete your account" wide=true>
            {move || if asked.get() { code_form(open, version) } else { ask_form(asked) }}
        </Dialog>
    }
    .into_any()
}

fn ask_form(asked: RwSignal<bool>) -> AnyView {
    let preview = LocalResource::new(deletion_look);
    let (email, with_organizations) = (RwSignal::new(String::new()), RwSignal::new(false));
    let ask = guarded(deletion_begin, move |_: &DeletionRequest| asked.set(true));
    let list =
        |lines: Vec<(String, i64)>| lines.into_iter().map(|(what, n)| view! { <li>{kit::num::group(n)} " " {what}</li> }).collect_view();
    let form = move |preview: DeletionPreview| {
        if !preview.blocked_by.is_empty() {
            let names = preview.blocked_by.iter().map(|o| o.name.clone()).collect::<Vec<_>>().join(", ");
            return view! { <Alert tone=Tone::Warning title="You are the only owner of organizations with other members">"Hand over first: " {names} "."</Alert> }.into_any();
        }
        let alone = preview.organizations.iter().map(|o| o.name.clone()).collect::<Vec<_>>().join(", ");
        let take = (!alone.is_empty()).then(|| view! { <Checkbox name="with_organizations" label=format!("Also delete {alone}, where I am alone") bind=with_organizations required=true /> });
        view! {
            <form class="form" on:submit=move |event| {
                event.prevent_default();
                ask.dispatch(DeletionAsk { email: email.get_untracked(), with_organizations: with_organizations.get_untracked() });
            }>
                <FormScope fault=guarded_fault(ask) pending=ask.pending()>
                    <FormAlert />
                    <div class="cols-2">
                        <div><h3 class="label">"Goes"</h3><ul class="plain">{list(preview.goes)}</ul></div>
                        <div><h3 class="label">"Stays, without your name"</h3><ul class="plain">{list(preview.stays)}</ul></div>
                    </div>
                    {take}
                    <TextField name="email" label=format!("Type {} to go on", preview.email) bind=email required=true autocomplete="off" />
                    <div class="form-foot"><Submit kind=ButtonKind::Danger>"Mail me a code"</Submit></div>
                </FormScope>
            </form>
        }
        .into_any()
    };
    view! {
        {move || match preview.get() {
            None => view! { <Skeleton lines=4 /> }.into_any(),
            Some(Ok(p)) => form(p),
            Some(Err(AppError(fault))) => kit::fault_panel(fault),
        }}
    }
    .into_any()
}

fn code_form(open: RwSignal<bool>, version: RwSignal<u32>) -> AnyView {
    let code = RwSignal::new(String::new());
    let confirm = guarded(deletion_verify, move |_: &DeletionRequest| {
        open.set(false);
        kit::session::refresh_session();
        version.update(|n| *n += 1);
    });
    view! {
        <form class="form" on:submit=move |event| { event.prevent_default(); confirm.dispatch(code.get_untracked()); }>
            <FormScope fault=guarded_fault(confirm) pending=confirm.pending()>
                <FormAlert />
                <TextField name="code" label="Code from the mail" bind=code required=true autocomplete="one-time-code" />
                <div class="form-foot"><Submit kind=ButtonKind::Danger>"Delete in 14 days"</Submit></div>
            </FormScope>
        </form>
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
        .map(|event| view! { <li class="set-row"><div>{event.event_type.replace(['_', '.'], " ")} <small>{event.ip_address}</small></div><Ago at=event.timestamp /></li> })
        .collect_view();
    view! { <Card flush=true><ul>{lines}</ul></Card> }.into_any()
}
