//! What cannot be taken back: another owner, the end.
use super::{organization_delete, organization_heirs, organization_transfer};
use crate::reauth::{guarded, guarded_fault};
use core_area::members::Member;
use kernel::access::Role;
use kit::{
    AppError, Button, ButtonKind, Card, Choice, Confirm, Dialog, FormAlert, FormScope, SelectField, SettingsRow, SettingsSection, Skeleton,
    Submit, use_toasts,
};
use leptos::prelude::*;
use uuid::Uuid;

pub(super) fn danger(name: String) -> AnyView {
    let toasts = use_toasts();
    let (handing, deleting) = (RwSignal::new(false), RwSignal::new(false));
    let delete = guarded(organization_delete, |()| {
        let _ = window().location().set_href("/");
    });
    kit::effect(move || {
        if let Some(fault) = guarded_fault(delete).get() {
            toasts.fault(&fault);
        }
    });
    let typed = name.clone();
    view! {
        <SettingsSection title="Danger zone" text="Only owners see this.">
            <Card flush=true class="danger-zone">
                <SettingsRow title="Transfer ownership" text="Another member becomes owner; you stay as admin.">
                    <Button on:click=move |_| handing.set(true)>"Transfer"</Button>
                </SettingsRow>
                <SettingsRow title="Delete organization" text="All its projects, members and files go with it. This cannot be undone.">
                    <Button kind=ButtonKind::Danger on:click=move |_| deleting.set(true)>"Delete organization"</Button>
                </SettingsRow>
            </Card>
            {transfer_dialog(handing)}
            <Confirm
                open=deleting title=format!("Delete {name}?") verb="Delete organization" typed=typed.clone()
                text="Everything of this organization goes: projects, features, members, keys, files. Its audit log is kept for the installation."
                busy=delete.pending() on_confirm=Callback::new(move |()| { delete.dispatch(typed.clone()); deleting.set(false); })
            />
        </SettingsSection>
    }
    .into_any()
}

fn transfer_dialog(open: RwSignal<bool>) -> AnyView {
    let toasts = use_toasts();
    let chosen = RwSignal::new(String::new());
    let heirs = kit::LocalData::new(move || {
        let wanted = open.get();
        async move { if wanted { Some(organization_heirs().await) } else { None } }
    });
    let transfer = guarded(organization_transfer, move |()| {
        toasts.success("Ownership transferred");
        open.set(false);
        kit::session::refresh_session();
    });
    let form = move |members: Vec<Member>| {
        let choices: Vec<_> =
            members.into_iter().map(|m| Choice::new(m.id.to_string(), format!("{} ({})", m.name, role(m.role)))).collect();
        if choices.is_empty() {
            return view! { <p>"There is nobody else here yet. Invite a colleague first."</p> }.into_any();
        }
        view! {
            <form class="form" on:submit=move |event| {
                event.prevent_default();
                if let Ok(id) = chosen.get_untracked().parse::<Uuid>() { transfer.dispatch(id); }
            }>
                <FormScope fault=guarded_fault(transfer) pending=transfer.pending()>
                    <FormAlert />
                    <SelectField name="member_id" label="New owner" choices=choices bind=chosen empty="Choose a member" required=true />
                    <div class="form-foot"><Submit>"Transfer ownership"</Submit></div>
                </FormScope>
            </form>
        }
        .into_any()
    };
    view! {
        <Dialog open=open title="Transfer ownership">
            {move || match heirs.get().flatten() {
                None => view! { <Skeleton lines=2 /> }.into_any(),
                Some(Ok(members)) => form(members),
                Some(Err(AppError(fault))) => kit::fault_panel(fault),
            }}
        </Dialog>
    }
    .into_any()
}

fn role(role: Role) -> &'static str {
    role.as_str()
}
