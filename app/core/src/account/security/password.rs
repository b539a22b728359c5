//! The password: changed, or set for the first time.
use super::password_change;
use crate::reauth::{guarded, guarded_fault};
use kit::{Button, Card, Dialog, FormAlert, FormScope, PasswordField, SettingsRow, Submit, open_while, use_toasts};
use leptos::prelude::*;

#[derive(Clone, Copy)]
pub(super) struct PasswordDesk {
    /// The open dialog: whether there is a password already.
    asking: RwSignal<Option<bool>>,
    version: RwSignal<u32>,
}

fn verb(has_password: bool) -> &'static str {
    if has_password { "Change password" } else { "Set a password" }
}

impl PasswordDesk {
    pub fn new(version: RwSignal<u32>) -> Self {
        Self { asking: RwSignal::new(None), version }
    }

    pub fn card(self, has_password: bool) -> AnyView {
        let state = if has_password { "A password is set" } else { "No password yet" };
        view! {
            <Card flush=true>
                <SettingsRow title=state><Button on:click=move |_| self.asking.set(Some(has_password))>{verb(has_password)}</Button></SettingsRow>
            </Card>
        }
        .into_any()
    }

    pub fn dialog(self) -> AnyView {
        let toasts = use_toasts();
        let Self { asking, version } = self;
        let (current, new) = (RwSignal::new(String::new()), RwSignal::new(String::new()));
        let change = guarded(
            move |()| password_change(current.get_untracked(), new.get_untracked()),
            move |()| {
                asking.set(None);
                current.set(String::new());
                new.set(String::new());
                toasts.success("Password changed");
                version.update(|n| *n += 1);
            },
        );
        // The words stay while the dialog closes.
        let has_password = Memo::new(move |before: Option<&bool>| asking.get().or(before.copied()).unwrap_or(true));
        view! {
            <Dialog open=open_while(asking) title=Signal::derive(move || verb(has_password.get()).to_owned())>
                <form class="form" on:submit=move |event| { event.prevent_default(); change.dispatch(()); }>
                    <FormScope fault=guarded_fault(change) pending=change.pending()>
                        <FormAlert />
                        {has_password.get_untracked().then(|| view! { <PasswordField name="current_password" label="Present password" autocomplete="current-password" bind=current autofocus=true /> })}
                        <PasswordField name="new_password" label="New password" autocomplete="new-password" bind=new hint="At least 10 characters; a few unrelated words work well." />
                        <div class="form-foot"><Submit>{verb(has_password.get_untracked())}</Submit></div>
                    </FormScope>
                </form>
            </Dialog>
        }
        .into_any()
    }
}
