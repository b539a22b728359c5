//! `/o/{org}/settings/audit`: who did what, filtered by the address; CSV, and the check of the chain.
use crate::parts::audit::{self, AuditFilter, AuditView, Lines};
use chrono::{DateTime, Utc};
use core_area::audit_view::ChainReport;
use kernel::access::Perm;
use kit::{AppError, Client, Icon, LinkButton, SettingsPage, query};
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;

/// A page of the log.
#[server(client = Client)]
pub async fn audit_get(#[server(default)] filter: AuditFilter) -> Result<AuditView, AppError> {
    kit::call::read_tenant(async |tx| {
        let sees_all = tx.actor().may(Perm::AuditRead);
        Ok(AuditView { log: core_area::audit_view::list(tx, &filter.query()?).await?, sees_all })
    })
    .await
}

/// Checks every line of the log against the chain of hashes.
#[server(client = Client)]
pub async fn audit_verify() -> Result<ChainReport, AppError> {
    kit::call::read_tenant(async |tx| core_area::audit_view::verify(tx).await).await
}

pub struct AuditPage {
    view: Lines,
}

impl kit::Page for AuditPage {
    fn data() -> Self {
        let (slug, filter) = (kit::use_org_slug(), audit::use_filter());
        Self { view: Resource::new_blocking(move || (slug.get(), filter()), |(_, filter)| audit_get(filter)) }
    }

    fn view(this: Self) -> AnyView {
        let AuditPage { view } = this;
        view! {
            <Title text="Audit log" />
            <SettingsPage title="Settings">
                {super::tabs()}
                {audit::chain(kit::use_may(Perm::AuditRead), || Box::pin(audit_verify()))}
                {audit::lines(view, false, csv_link())}
            </SettingsPage>
        }
        .into_any()
    }
}

/// The same lines as a file; the moments of its days are worked out as for the list.
fn csv_link() -> AnyView {
    let (org, query) = (kit::use_org(), use_query_map());
    let href = move || {
        let get = |key: &str| query.with(|q| q.get_str(key).unwrap_or_default().to_owned());
        let filter = AuditFilter { from: get("from"), to: get("to"), ..AuditFilter::default() };
        let moments = filter.query().unwrap_or_default();
        let text = |at: Option<DateTime<Utc>>| at.map(|at| at.format("%Y-%m-%dT%H:%M:%SZ").to_string()).unwrap_or_default();
        let (from, to) = (text(moments.from), text(moments.to));
        let change = [("from", Some(from.as_str())), ("to", Some(&to)), ("after", None), ("back", None), ("row", None)];
        query.with(|q| query::with(q, &change))
    };
    let link = move || {
        org.get().map(|org| {
            let href = format!("/api/organizations/{}/audit.csv{}", org.org.id, href());
            view! { <LinkButton href=href icon=Icon::Download external=true attr:download="">"CSV"</LinkButton> }
        })
    };
    view! { <Suspense>{link}</Suspense> }.into_any()
}
