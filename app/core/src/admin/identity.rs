//! `/admin/identity`: the services that everybody on this installation may sign in with.
use crate::parts::providers::{self, ProviderCalls, Providers};
use core_area::identity::{IdentityProvider, ProviderInput};
use kit::{AppError, Client};
use leptos::prelude::*;
use leptos_meta::Title;
use uuid::Uuid;

/// The identity providers of the installation.
#[server(client = Client, output = kit::Wire)]
pub async fn admin_providers() -> Result<Vec<IdentityProvider>, AppError> {
    kit::call::as_visitor(async |request| core_area::admin::providers(request).await).await
}

/// Adds a provider.
#[server(client = Client, output = kit::Wire)]
pub async fn admin_provider_create(input: ProviderInput) -> Result<IdentityProvider, AppError> {
    kit::call::as_visitor(async |request| core_area::admin::provider_create(request, input).await).await
}

/// Changes a provider; 409 with the present one when somebody was faster.
#[server(client = Client, output = kit::Wire)]
pub async fn admin_provider_update(id: Uuid, rev: String, input: ProviderInput) -> Result<IdentityProvider, AppError> {
    kit::call::as_visitor(async |request| core_area::admin::provider_update(request, id, &rev, input).await).await
}

/// Removes a provider.
#[server(client = Client, output = kit::Wire)]
pub async fn admin_provider_delete(id: Uuid) -> Result<(), AppError> {
    kit::call::as_visitor(async |request| core_area::admin::provider_delete(request, id).await).await
}

/// Asks an issuer whether it answers.
#[server(client = Client, output = kit::Wire)]
pub async fn admin_provider_test(issuer: String) -> Result<String, AppError> {
    kit::call::as_visitor(async |request| core_area::admin::provider_test(request, &issuer).await).await
}

pub struct AdminIdentityPage {
    list: Providers,
}

impl kit::Page for AdminIdentityPage {
    fn data() -> Self {
        Self { list: kit::Data::blocking(|| (), |()| admin_providers()) }
    }

    fn view(this: Self) -> AnyView {
        let AdminIdentityPage { list } = this;
        let calls = ProviderCalls {
            create: |input| Box::pin(admin_provider_create(input)),
            update: |id, rev, input| Box::pin(admin_provider_update(id, rev, input)),
            delete: |id| Box::pin(admin_provider_delete(id)),
            test: |issuer| Box::pin(admin_provider_test(issuer)),
            installation: true,
        };
        let text = "OpenID Connect, GitHub or Google for everybody on this installation. Organizations add their own in their settings.";
        view! {
            <Title text="Sign-in" />
            {super::page("Sign-in services", text, ().into_any(), view! { <div class="stack">{providers::list(list, calls)}</div> }.into_any())}
        }
        .into_any()
    }
}
