//! `/admin/audit`: the log of the installation and of every organization.
use crate::parts::audit::{self, AuditFilter, AuditView, Lines};
use core_area::audit_view::ChainReport;
use kit::{AppError, Client};
use leptos::prelude::*;
use leptos_meta::Title;

/// A page of the log of everybody.
#[server(client = Client, output = kit::Wire)]
pub async fn admin_audit(#[server(default)] filter: AuditFilter) -> Result<AuditView, AppError> {
    kit::call::as_visitor(async |request| {
        let log = core_area::audit_view::all(request, &filter.query()?).await?;
        Ok(AuditView { log, sees_all: true })
    })
    .await
}

/// Checks the chains of all organizations and of the installation.
#[server(client = Client, output = kit::Wire)]
pub async fn admin_audit_verify() -> Result<ChainReport, AppError> {
    kit::call::as_visitor(async |request| core_area::audit_view::verify_all(request).await).await
}

pub struct AdminAuditPage {
    view: Lines,
}

impl kit::Page for AdminAuditPage {
    fn data() -> Self {
        let filter = audit::use_filter();
        Self { view: kit::Data::blocking(filter, admin_audit) }
    }

    fn view(this: Self) -> AnyView {
        let AdminAuditPage { view } = this;
        let body = view! {
            <div class="stack">
                {audit::chain(Signal::stored(true), || Box::pin(admin_audit_verify()))}
                {audit::lines(view, true, audit::csv_link(|| Some("/api/admin/audit.csv".to_owned())))}
            </div>
        };
        let text = "What happened on the installation and in its organizations. Each organization reads its own lines in its settings.";
        view! {
            <Title text="Audit log" />
            {super::page("Audit log", text, ().into_any(), body.into_any())}
        }
        .into_any()
    }
}
