//! `/o/{org}/settings/security`: what the organization asks of its members' sign-ins. Only owners change it.
use super::general::{GeneralView, organization_get};
use crate::reauth::{guarded, guarded_fault};
use core_area::organizations::{OrgProfile, OrgSecurityEdit};
use kit::{
    Alert, AppError, Button, Card, Client, FormAlert, FormScope, Loaded, SettingsPage, SettingsRow, SettingsSection, Skeleton, Submit,
    Switch, TextField, Tone, use_toasts,
};
use leptos::prelude::*;
use leptos_meta::Title;

/// Saves what only owners decide; 409 with the present settings when somebody was faster.
#[server(client = Client, output = kit::Wire)]
pub async fn organization_save_security(edit: OrgSecurityEdit) -> Result<OrgProfile, AppError> {
    kit::call::in_tenant(async |tx| core_area::organizations::save_security(tx, &edit).await).await
}

pub struct OrgSecurityPage {
    view: kit::Data<GeneralView>,
}

impl kit::Page for OrgSecurityPage {
    fn data() -> Self {
        let slug = kit::use_org_slug();
        Self { view: kit::Data::blocking(move || slug.get(), |_| organization_get()) }
    }

    fn view(this: Self) -> AnyView {
        let OrgSecurityPage { view } = this;
        view! {
            <Title text="Security" />
            <SettingsPage title="Settings">
                {super::tabs()}
                <Loaded from=view skeleton=|| view! { <Skeleton lines=6 /> } show=move |v: GeneralView| {
                    if v.is_owner { form(v.profile) } else { read_only(v.profile) }
                } />
            </SettingsPage>
        }
        .into_any()
    }
}

const WHAT: &str = "What every member's sign-in has to meet.";

fn read_only(profile: OrgProfile) -> AnyView {
    let settings = profile.settings;
    view! {
        <SettingsSection title="Sign-in rules" text=WHAT>
            <Card flush=true>
                <SettingsRow title="Second factor"><span>{if settings.mfa_required { "Required of everybody" } else { "Each member decides" }}</span></SettingsRow>
                <SettingsRow title="Longest session"><span>{kit::num::plural(settings.session_max_days.into(), "day", "days")}</span></SettingsRow>
            </Card>
            <p class="hint">"An owner can change this."</p>
        </SettingsSection>
    }
    .into_any()
}

fn form(profile: OrgProfile) -> AnyView {
    let toasts = use_toasts();
    let rev = RwSignal::new(profile.rev);
    let mfa = RwSignal::new(profile.settings.mfa_required);
    let days = RwSignal::new(profile.settings.session_max_days.to_string());
    let stale = RwSignal::new(None::<OrgProfile>);
    let save = guarded(organization_save_security, move |saved: &OrgProfile| {
        rev.set(saved.rev.clone());
        stale.set(None);
        toasts.success("Security settings saved");
        kit::session::refresh_session();
    });
    let fault = guarded_fault(save);
    kit::effect(move || stale.set(fault.with(|f| f.as_ref().and_then(kit::theirs))));
    let conflict = move |now: OrgProfile| {
        let said = format!(
            "Theirs: second factor {}, sessions of {}. Yours: second factor {}, sessions of {} days.",
            if now.settings.mfa_required { "required" } else { "optional" },
            kit::num::plural(now.settings.session_max_days.into(), "day", "days"),
            if mfa.get_untracked() { "required" } else { "optional" },
            days.get_untracked(),
        );
        let (keep, take) = (now.rev.clone(), now);
        view! {
            <Alert tone=Tone::Warning title="Someone else saved these settings meanwhile" acts=move || {
                let (keep, take) = (keep.clone(), take.clone());
                view! {
                    <Button size=kit::Size::Sm on:click=move |_| { rev.set(keep.clone()); stale.set(None); }>"Keep mine, then save"</Button>
                    <Button size=kit::Size::Sm on:click=move |_| {
                        mfa.set(take.settings.mfa_required);
                        days.set(take.settings.session_max_days.to_string());
                        rev.set(take.rev.clone());
                        stale.set(None);
                    }>"Take theirs"</Button>
                }
            }>{said}</Alert>
        }
    };
    view! {
        <SettingsSection title="Sign-in rules" text=WHAT>
            <form class="form" on:submit=move |event| {
                event.prevent_default();
                save.dispatch(OrgSecurityEdit {
                    rev: rev.get_untracked(),
                    mfa_required: mfa.get_untracked(),
                    session_max_days: days.with_untracked(|d| d.trim().parse().unwrap_or(0)),
                });
            }>
                <FormScope fault=fault pending=save.pending()>
                    {move || match stale.get() {
                        Some(now) => conflict(now).into_any(),
                        None => view! { <FormAlert /> }.into_any(),
                    }}
                    <Switch
                        name="mfa_required" label="Require a second factor" bind=mfa
                        hint="Members without an authenticator app or passkey set one up before they see any other page."
                    />
                    <TextField
                        name="session_max_days" label="Longest session" note="days" kind="number" min="1" max="90" bind=days
                        hint="Members sign in again at the latest after this time."
                    />
                    <div class="form-foot"><Submit>"Save security settings"</Submit></div>
                </FormScope>
            </form>
        </SettingsSection>
    }
    .into_any()
}
