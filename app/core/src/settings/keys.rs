//! `/o/{org}/settings/keys`: the keys programs call with.
use crate::parts::keys::{KeyCalls, create_dialog, list, use_projects};
use core_area::api_keys::{ApiKey, CreatedKey, NewApiKey};
use kit::{AppError, Button, ButtonKind, Client, Icon, Loaded, SettingsPage, SettingsSection, Skeleton, use_live};
use leptos::prelude::*;
use leptos_meta::Title;
use uuid::Uuid;

/// The keys of the organization.
#[server(client = Client, output = kit::Wire)]
pub async fn keys_get() -> Result<Vec<ApiKey>, AppError> {
    kit::call::read_tenant(async |tx| core_area::api_keys::list(tx).await).await
}

/// Makes a key; its text is answered this once.
#[server(client = Client, output = kit::Wire)]
pub async fn key_create(input: NewApiKey) -> Result<CreatedKey, AppError> {
    kit::call::in_tenant(async |tx| core_area::api_keys::create(tx, &input).await).await
}

/// Ends a key.
#[server(client = Client, output = kit::Wire)]
pub async fn key_revoke(id: Uuid) -> Result<(), AppError> {
    kit::call::in_tenant(async |tx| core_area::api_keys::revoke(tx, id).await).await
}

pub struct KeysPage {
    keys: kit::Data<Vec<ApiKey>>,
}

impl kit::Page for KeysPage {
    fn data() -> Self {
        let (slug, live) = (kit::use_org_slug(), use_live("core.api_keys"));
        Self { keys: kit::Data::blocking(move || (slug.get(), live.get()), |_| keys_get()) }
    }

    fn view(this: Self) -> AnyView {
        let KeysPage { keys } = this;
        let creating = RwSignal::new(false);
        let projects = use_projects();
        let calls = KeyCalls {
            noun: "API key",
            create: |input| Box::pin(key_create(input)),
            revoke: |id| Box::pin(key_revoke(id)),
            changed: Callback::new(move |()| keys.refetch()),
            revoking: RwSignal::new(None),
        };
        view! {
            <Title text="API keys" />
            <SettingsPage title="Settings">
                {super::tabs()}
                <SettingsSection title="API keys" text="They act for the organization, within their scopes. A key ends when who made it leaves.">
                    <div class="row">
                        <Button kind=ButtonKind::Primary icon=Icon::Plus on:click=move |_| creating.set(true)>"Create API key"</Button>
                        <a class="btn" href="/api/docs" rel="external">{kit::icon(Icon::BookOpen)} "What the API can do"</a>
                    </div>
                    <Loaded from=keys skeleton=|| view! { <Skeleton lines=6 /> } show=move |keys| list(keys, projects.get(), calls) />
                </SettingsSection>
                {create_dialog(creating, projects, calls)}
            </SettingsPage>
        }
        .into_any()
    }
}
