//! `/o/{org}/settings/identity`: other services that sign the members in.
use crate::parts::providers::{self, ProviderCalls, Providers};
use core_area::identity::{IdentityProvider, ProviderInput};
use kit::{AppError, Client, SettingsPage, SettingsSection, use_live};
use leptos::prelude::*;
use leptos_meta::Title;
use uuid::Uuid;

/// The identity providers of the organization.
#[server(client = Client, output = kit::Wire)]
pub async fn identity_get() -> Result<Vec<IdentityProvider>, AppError> {
    kit::call::read_tenant(async |tx| core_area::identity::list(tx).await).await
}

/// Adds a provider.
#[server(client = Client, output = kit::Wire)]
pub async fn identity_create(input: ProviderInput) -> Result<IdentityProvider, AppError> {
    kit::call::in_tenant(async |tx| core_area::identity::create(tx, input).await).await
}

/// Changes a provider; 409 with the present one when somebody was faster.
#[server(client = Client, output = kit::Wire)]
pub async fn identity_update(id: Uuid, rev: String, input: ProviderInput) -> Result<IdentityProvider, AppError> {
    kit::call::in_tenant(async |tx| core_area::identity::update(tx, id, &rev, input).await).await
}

/// Removes a provider.
#[server(client = Client, output = kit::Wire)]
pub async fn identity_delete(id: Uuid) -> Result<(), AppError> {
    kit::call::in_tenant(async |tx| core_area::identity::delete(tx, id).await).await
}

/// Asks an issuer whether it answers.
#[server(client = Client, output = kit::Wire)]
pub async fn identity_test(issuer: String) -> Result<String, AppError> {
    kit::call::as_visitor(async |request| core_area::identity::test(request, &issuer).await).await
}

pub struct IdentityPage {
    list: Providers,
}

impl kit::Page for IdentityPage {
    fn data() -> Self {
        let (slug, live) = (kit::use_org_slug(), use_live("core.identity_providers"));
        Self { list: kit::Data::blocking(move || (slug.get(), live.get()), |_| identity_get()) }
    }

    fn view(this: Self) -> AnyView {
        let IdentityPage { list } = this;
        let calls = ProviderCalls {
            create: |input| Box::pin(identity_create(input)),
            update: |id, rev, input| Box::pin(identity_update(id, rev, input)),
            delete: |id| Box::pin(identity_delete(id)),
            test: |issuer| Box::pin(identity_test(issuer)),
            installation: false,
        };
        view! {
            <Title text="Sign-in" />
            <SettingsPage title="Settings">
                {super::tabs()}
                <SettingsSection title="Sign-in services" text="OpenID Connect, GitHub or Google sign your people in, by the domain of their mail address.">
                    {providers::list(list, calls)}
                </SettingsSection>
            </SettingsPage>
        }
        .into_any()
    }
}
