//! Passkeys: the list, a new one, and the recovery codes that come with a first factor.
use super::{passkey_register_begin, passkey_register_finish, passkey_remove};
use crate::{
    account::totp,
    auth::passkey,
    parts::tell,
    reauth::{guarded, guarded_fault},
};
use core_area::{
    mfa::RecoveryCodes,
    passkeys::{Passkey, PasskeyRegister},
};
use kit::{Ago, AppError, Button, Card, Dialog, FormAlert, FormScope, Icon, SettingsRow, Size, Submit, TextField};
use leptos::prelude::*;
use uuid::Uuid;

#[derive(Clone, Copy)]
pub(super) struct PasskeyDesk {
    naming: RwSignal<bool>,
    failed: RwSignal<Option<String>>,
    remove: Action<Uuid, Result<(), AppError>>,
    version: RwSignal<u32>,
}

impl PasskeyDesk {
    pub fn new(version: RwSignal<u32>) -> Self {
        let remove = guarded(passkey_remove, move |()| version.update(|n| *n += 1));
        tell(remove);
        Self { naming: RwSignal::new(false), failed: RwSignal::new(None), remove, version }
    }

    pub fn card(self, passkeys: Vec<Passkey>) -> AnyView {
        let Self { naming, failed, remove, .. } = self;
        let lines = passkeys
            .into_iter()
            .map(|key| {
                let used = match key.last_used_at {
                    Some(at) => view! { <small>"Used " <Ago at=at /></small> }.into_any(),
                    None => view! { <small>"Not used yet"</small> }.into_any(),
                };
                view! {
                    <li class="set-row">
                        <div>{key.name} {used}</div>
                        <Button size=Size::Sm on:click=move |_| { remove.dispatch(key.id); }>"Remove"</Button>
                    </li>
                }
            })
            .collect_view();
        view! {
            <Card flush=true>
                <ul>{lines}</ul>
                <SettingsRow title="Add a passkey" text="Fingerprint, face, security key or phone.">
                    <Button icon=Icon::Fingerprint on:click=move |_| { failed.set(None); naming.set(true); }>"Add passkey"</Button>
                </SettingsRow>
            </Card>
        }
        .into_any()
    }

    pub fn dialogs(self) -> AnyView {
        let Self { naming, failed, version, .. } = self;
        let name = RwSignal::new("This device".to_owned());
        let (codes, showing) = (RwSignal::new(None::<RecoveryCodes>), RwSignal::new(false));
        let added = move || {
            kit::session::refresh_session();
            version.update(|n| *n += 1);
        };
        let begin = guarded(
            |()| passkey_register_begin(),
            move |challenge: &String| {
                let challenge = challenge.clone();
                leptos::task::spawn_local(async move {
                    let made = async {
                        let credential = passkey::create(&challenge).await?;
                        passkey_register_finish(PasskeyRegister { name: name.get_untracked(), credential }).await
                    };
                    match made.await {
                        Ok(made) => {
                            naming.set(false);
                            added();
                            // The very first factor comes with recovery codes.
                            if !made.recovery_codes.is_empty() {
                                codes.set(Some(RecoveryCodes { codes: made.recovery_codes }));
                                showing.set(true);
                            }
                        }
                        Err(AppError(fault)) => failed.set(Some(fault.message)),
                    }
                });
            },
        );
        tell(begin);
        view! {
            <Dialog open=showing title="Your recovery codes">{move || codes.get().map(totp::codes_view)}</Dialog>
            <Dialog open=naming title="Add a passkey">
                <form class="form" on:submit=move |event| { event.prevent_default(); failed.set(None); begin.dispatch(()); }>
                    <FormScope fault=guarded_fault(begin) pending=begin.pending()>
                        <FormAlert />
                        {move || failed.get().map(|words| view! { <p class="err" role="alert">{words}</p> })}
                        <TextField name="name" label="Name" bind=name required=true hint="So that you recognise it in this list." />
                        <div class="form-foot"><Submit icon=Icon::Fingerprint>"Continue"</Submit></div>
                    </FormScope>
                </form>
            </Dialog>
        }
        .into_any()
    }
}
