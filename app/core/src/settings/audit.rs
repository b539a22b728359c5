//! `/o/{org}/settings/audit`: who did what, filtered by the address; CSV, and the check of the chain.
use crate::parts::audit::{self, AuditFilter, AuditView, Lines};
use core_area::audit_view::ChainReport;
use kernel::access::Perm;
use kit::{AppError, Client, SettingsPage};
use leptos::prelude::*;
use leptos_meta::Title;

/// A page of the log.
#[server(client = Client, output = kit::Wire)]
pub async fn audit_get(#[server(default)] filter: AuditFilter) -> Result<AuditView, AppError> {
    kit::call::read_tenant(async |tx| {
        let sees_all = tx.actor().may(Perm::AuditRead);
        Ok(AuditView { log: core_area::audit_view::list(tx, &filter.query()?).await?, sees_all })
    })
    .await
}

/// Checks every line of the log against the chain of hashes.
#[server(client = Client, output = kit::Wire)]
pub async fn audit_verify() -> Result<ChainReport, AppError> {
    kit::call::read_tenant(async |tx| core_area::audit_view::verify(tx).await).await
}

pub struct AuditPage {
    view: Lines,
}

impl kit::Page for AuditPage {
    fn data() -> Self {
        let (slug, filter) = (kit::use_org_slug(), audit::use_filter());
        Self { view: kit::Data::blocking(move || (slug.get(), filter()), |(_, filter)| audit_get(filter)) }
    }

    fn view(this: Self) -> AnyView {
        let AuditPage { view } = this;
        let org = kit::use_org();
        view! {
            <Title text="Audit log" />
            <SettingsPage title="Settings">
                {super::tabs()}
                {audit::chain(kit::use_may(Perm::AuditRead), || Box::pin(audit_verify()))}
                {audit::lines(view, false, audit::csv_link(move || org.get().map(|org| format!("/api/organizations/{}/audit.csv", org.org.id))))}
            </SettingsPage>
        }
        .into_any()
    }
}
