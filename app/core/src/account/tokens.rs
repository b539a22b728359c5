//! `/account/tokens`: what acts as the person elsewhere: personal tokens, and the person's own secrets at other services.
use crate::parts::{
    keys::{KeyCalls, create_dialog, list},
    secrets::{self, SecretCalls, SecretDesk},
};
#[cfg(feature = "ssr")]
use core_area::org_secrets::Scope;
use core_area::{
    api_keys::{ApiKey, CreatedKey, NewApiKey},
    org_secrets::{SecretEdit, SecretInfo, SecretTest},
};
use kit::{AppError, Button, Client, Icon, Loaded, SettingsPage, SettingsSection, Skeleton};
use leptos::prelude::*;
use leptos_meta::Title;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// What the page shows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TokensView {
    pub tokens: Vec<ApiKey>,
    pub secrets: Vec<SecretInfo>,
}

/// The person's tokens and secrets.
#[server(client = Client, output = kit::Wire)]
pub async fn tokens_get() -> Result<TokensView, AppError> {
    kit::call::as_person_reading(async |tx| {
        Ok(TokensView { tokens: core_area::tokens::list(tx).await?, secrets: core_area::org_secrets::list(tx, Scope::Person).await? })
    })
    .await
}

/// Makes a token; its text is answered this once.
#[server(client = Client, output = kit::Wire)]
pub async fn token_create(input: NewApiKey) -> Result<CreatedKey, AppError> {
    kit::call::as_person(async |tx| core_area::tokens::create(tx, &input).await).await
}

/// Ends a token.
#[server(client = Client, output = kit::Wire)]
pub async fn token_revoke(id: Uuid) -> Result<(), AppError> {
    kit::call::as_person(async |tx| core_area::tokens::revoke(tx, id).await).await
}

/// Keeps a secret of the person.
#[server(client = Client, output = kit::Wire)]
pub async fn own_secret_set(edit: SecretEdit) -> Result<SecretInfo, AppError> {
    kit::call::as_person(async |tx| core_area::org_secrets::set(tx, Scope::Person, &edit).await).await
}

/// Forgets a secret of the person.
#[server(client = Client, output = kit::Wire)]
pub async fn own_secret_remove(id: Uuid) -> Result<(), AppError> {
    kit::call::as_person(async |tx| core_area::org_secrets::remove(tx, Scope::Person, id).await).await
}

/// Tries a secret of the person at its service.
#[server(client = Client, output = kit::Wire)]
pub async fn own_secret_try(service_name: String) -> Result<SecretTest, AppError> {
    kit::call::as_visitor(async |request| core_area::org_secrets::test(request, Scope::Person, &service_name).await).await
}

pub struct TokensPage {
    view: kit::Data<TokensView>,
}

impl kit::Page for TokensPage {
    fn data() -> Self {
        Self { view: kit::Data::blocking(|| (), |()| tokens_get()) }
    }

    fn view(this: Self) -> AnyView {
        let TokensPage { view } = this;
        let creating = RwSignal::new(false);
        let changed = Callback::new(move |()| view.refetch());
        let tokens = KeyCalls {
            noun: "token",
            create: |input| Box::pin(token_create(input)),
            revoke: |id| Box::pin(token_revoke(id)),
            changed,
            revoking: RwSignal::new(None),
        };
        let own = SecretDesk::new(SecretCalls {
            set: |edit| Box::pin(own_secret_set(edit)),
            remove: |id| Box::pin(own_secret_remove(id)),
            test: |service| Box::pin(own_secret_try(service)),
            changed,
        });
        let show = move |v: TokensView| {
            view! {
                <SettingsSection title="Personal tokens" text="They act as you, within their scopes, in every organization you are in.">
                    <div class="row"><Button icon=Icon::Plus on:click=move |_| creating.set(true)>"Create token"</Button></div>
                    {list(v.tokens, Vec::new(), tokens)}
                </SettingsSection>
                <SettingsSection title="Your secrets" text="Keys of other services that work for you alone; they come before the organization's.">
                    {secrets::list(v.secrets, own)}
                </SettingsSection>
            }
            .into_any()
        };
        view! {
            <Title text="Tokens" />
            <SettingsPage title="Account">
                {super::tabs()}
                <Loaded from=view skeleton=|| view! { <Skeleton lines=8 /> } show=show />
                {create_dialog(creating, Signal::stored(Vec::new()), tokens)}
                {secrets::dialogs(own)}
            </SettingsPage>
        }
        .into_any()
    }
}
