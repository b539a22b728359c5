//! `/o/{org}/settings/secrets`: the organization's keys of other services.
use crate::parts::secrets::{SecretCalls, SecretDesk, dialogs, list};
#[cfg(feature = "ssr")]
use core_area::org_secrets::Scope;
use core_area::org_secrets::{SecretEdit, SecretInfo, SecretTest};
use kit::{AppError, Client, Loaded, SettingsPage, SettingsSection, Skeleton, use_live};
use leptos::prelude::*;
use leptos_meta::Title;
use uuid::Uuid;

/// The secrets of the organization, without their values.
#[server(client = Client, output = kit::Wire)]
pub async fn secrets_get() -> Result<Vec<SecretInfo>, AppError> {
    kit::call::read_tenant(async |tx| core_area::org_secrets::list(tx, Scope::Organization).await).await
}

/// Keeps a secret of the organization.
#[server(client = Client, output = kit::Wire)]
pub async fn secret_set(edit: SecretEdit) -> Result<SecretInfo, AppError> {
    kit::call::in_tenant(async |tx| core_area::org_secrets::set(tx, Scope::Organization, &edit).await).await
}

/// Forgets a secret of the organization.
#[server(client = Client, output = kit::Wire)]
pub async fn secret_remove(id: Uuid) -> Result<(), AppError> {
    kit::call::in_tenant(async |tx| core_area::org_secrets::remove(tx, Scope::Organization, id).await).await
}

/// Tries a secret of the organization at its service.
#[server(client = Client, output = kit::Wire)]
pub async fn secret_try(service_name: String) -> Result<SecretTest, AppError> {
    kit::call::as_visitor(async |request| core_area::org_secrets::test(request, Scope::Organization, &service_name).await).await
}

pub struct SecretsPage {
    secrets: kit::Data<Vec<SecretInfo>>,
}

impl kit::Page for SecretsPage {
    fn data() -> Self {
        let (slug, live) = (kit::use_org_slug(), use_live("core.org_secrets"));
        Self { secrets: kit::Data::blocking(move || (slug.get(), live.get()), |_| secrets_get()) }
    }

    fn view(this: Self) -> AnyView {
        let SecretsPage { secrets } = this;
        let desk = SecretDesk::new(SecretCalls {
            set: |edit| Box::pin(secret_set(edit)),
            remove: |id| Box::pin(secret_remove(id)),
            test: |service| Box::pin(secret_try(service)),
            changed: Callback::new(move |()| secrets.refetch()),
        });
        view! {
            <Title text="Secrets" />
            <SettingsPage title="Settings">
                {super::tabs()}
                <SettingsSection title="Secrets" text="Keys of other services, for everybody here. A person's own come first; every use is logged.">
                    <Loaded from=secrets skeleton=|| view! { <Skeleton lines=6 /> } show=move |secrets| list(secrets, desk) />
                </SettingsSection>
                {dialogs(desk)}
            </SettingsPage>
        }
        .into_any()
    }
}
