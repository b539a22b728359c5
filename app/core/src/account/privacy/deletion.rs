//! Deleting the account: what goes and what stays, the mailed code, the countdown, the way back.
use super::{deletion_begin, deletion_cancel, deletion_look, deletion_verify};
use crate::{
    parts::tell,
    reauth::{guarded, guarded_fault},
};
use core_area::privacy::{DeletionAsk, DeletionPreview, DeletionRequest, RequestStatus};
use kit::{
    Alert, AppError, Button, ButtonKind, Card, Checkbox, Dialog, FormAlert, FormScope, SettingsRow, Skeleton, Submit, TextField, Tone,
    time::exact_text, use_toasts,
};
use leptos::prelude::*;
use leptos_router::hooks::use_navigate;

#[derive(Clone, Copy)]
pub(super) struct DeletionDesk {
    open: RwSignal<bool>,
    /// The code is on its way: the dialog asks for it.
    asked: RwSignal<bool>,
    cancel: Action<(), Result<(), AppError>>,
}

impl DeletionDesk {
    pub fn new(version: RwSignal<u32>) -> Self {
        let toasts = use_toasts();
        let cancel = guarded(
            |()| deletion_cancel(),
            move |()| {
                toasts.success("Your account stays");
                kit::session::refresh_session();
                version.update(|n| *n += 1);
            },
        );
        tell(cancel);
        Self { open: RwSignal::new(false), asked: RwSignal::new(false), cancel }
    }

    /// The countdown, while one runs.
    pub fn countdown(self, deletion: Option<&DeletionRequest>) -> Option<AnyView> {
        let cancel = self.cancel;
        let deletion = deletion.filter(|d| d.status == RequestStatus::Pending)?;
        let when = exact_text(deletion.execute_after?);
        Some(
            view! {
                <Alert tone=Tone::Danger title="Your account will be deleted" acts=move || view! {
                    <Button kind=ButtonKind::Primary busy=cancel.pending() on:click=move |_| { cancel.dispatch(()); }>"Cancel the deletion"</Button>
                }>
                    "On " {when} ". Until then nothing is lost."
                </Alert>
            }
            .into_any(),
        )
    }

    pub fn card(self, deletion: Option<&DeletionRequest>) -> AnyView {
        let Self { open, asked, .. } = self;
        let pending = deletion.filter(|d| d.status == RequestStatus::Pending);
        let waits_for_code = pending.is_some_and(|d| d.confirmed_at.is_none());
        if asked.get_untracked() != waits_for_code {
            asked.set(waits_for_code);
        }
        if pending.is_some() && !waits_for_code {
            return view! { <p class="hint">"The countdown above runs."</p> }.into_any();
        }
        view! {
            <Card flush=true class="danger-zone">
                <SettingsRow title="Delete my account" text="You see what goes and what stays before anything happens.">
                    <Button kind=ButtonKind::Danger on:click=move |_| open.set(true)>"Delete account"</Button>
                </SettingsRow>
            </Card>
        }
        .into_any()
    }

    pub fn dialog(self) -> AnyView {
        let Self { open, asked, .. } = self;
        view! {
            <Dialog open=open title="Delete your account" wide=true>
                {move || if asked.get() { code_form(open, asked) } else { ask_form(asked) }}
            </Dialog>
        }
        .into_any()
    }
}

fn ask_form(asked: RwSignal<bool>) -> AnyView {
    let preview = kit::LocalData::new(deletion_look);
    let (email, with_organizations) = (RwSignal::new(String::new()), RwSignal::new(false));
    let ask = guarded(deletion_begin, move |_: &DeletionRequest| asked.set(true));
    let list =
        |lines: Vec<(String, i64)>| lines.into_iter().map(|(what, n)| view! { <li>{kit::num::group(n)} " " {what}</li> }).collect_view();
    let form = move |preview: DeletionPreview| {
        if !preview.blocked_by.is_empty() {
            let names = preview.blocked_by.iter().map(|o| o.name.clone()).collect::<Vec<_>>().join(", ");
            return view! { <Alert tone=Tone::Warning title="You are the only owner of organizations with other members.">"Hand over first: " {names} "."</Alert> }.into_any();
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

fn code_form(open: RwSignal<bool>, asked: RwSignal<bool>) -> AnyView {
    let (toasts, navigate) = (use_toasts(), use_navigate());
    let code = RwSignal::new(String::new());
    let confirm = guarded(deletion_verify, move |deletion: &DeletionRequest| {
        open.set(false);
        let when = deletion.execute_after.map(exact_text).unwrap_or_default();
        toasts.info(format!("Your account will be deleted on {when}. Sign in before to cancel."));
        // Every session ended with it, this one too.
        kit::session::refresh_session();
        navigate("/login?next=%2Faccount%2Fprivacy", Default::default());
    });
    view! {
        <form class="form" on:submit=move |event| { event.prevent_default(); confirm.dispatch(code.get_untracked()); }>
            <FormScope fault=guarded_fault(confirm) pending=confirm.pending()>
                <FormAlert />
                <p>"A code is in your mail. With it your sessions and keys end at once, and your account in 14 days."</p>
                <TextField name="code" label="Code from the mail" bind=code required=true autocomplete="one-time-code" autofocus=true />
                <div class="form-foot">
                    <Submit kind=ButtonKind::Danger>"Delete in 14 days"</Submit>
                    <Button kind=ButtonKind::Ghost on:click=move |_| asked.set(false)>"Mail me another code"</Button>
                </div>
            </FormScope>
        </form>
    }
    .into_any()
}
