//! Copies of everything stored about a person.
use super::{export_ask, export_link};
use crate::{parts::tell, reauth::guarded};
use core_area::privacy::{ExportRequest, RequestStatus};
use kit::{Ago, AppError, Badge, Button, Card, Icon, SettingsRow, Size, Tone, time::exact_text};
use leptos::prelude::*;
use uuid::Uuid;

#[derive(Clone, Copy)]
pub(super) struct ExportDesk {
    request: Action<(), Result<ExportRequest, AppError>>,
    link: Action<Uuid, Result<String, AppError>>,
}

impl ExportDesk {
    pub fn new(version: RwSignal<u32>) -> Self {
        let request = guarded(|()| export_ask(), move |_: &ExportRequest| version.update(|n| *n += 1));
        let link = guarded(export_link, |href: &String| {
            let _ = window().location().set_href(href);
        });
        tell(request);
        tell(link);
        Self { request, link }
    }

    pub fn card(self, exports: Vec<ExportRequest>) -> AnyView {
        let Self { request, link } = self;
        let lines = exports
            .into_iter()
            .map(|export| {
                let id = export.id;
                let until = export.expires_at.filter(|_| export.downloadable).map(|at| format!("Can be fetched until {}", exact_text(at)));
                view! {
                    <li class="set-row" data-export=id.to_string()>
                        <div>"Asked for " <Ago at=export.requested_at /> <small>{export.error.clone().or(until)}</small></div>
                        {status_badge(export.status)}
                        {export.downloadable.then(|| view! { <Button size=Size::Sm icon=Icon::Download on:click=move |_| { link.dispatch(id); }>"Download"</Button> })}
                    </li>
                }
            })
            .collect_view();
        view! {
            <Card flush=true>
                <ul>{lines}</ul>
                <SettingsRow title="Copy of my data" text="You get a mail when it is ready.">
                    <Button busy=request.pending() on:click=move |_| { request.dispatch(()); }>"Ask for a copy"</Button>
                </SettingsRow>
            </Card>
        }
        .into_any()
    }
}

fn status_badge(status: RequestStatus) -> AnyView {
    let (words, tone) = match status {
        RequestStatus::Pending => ("Waiting", Tone::Neutral),
        RequestStatus::Processing => ("In progress", Tone::Info),
        RequestStatus::Completed => ("Ready", Tone::Success),
        RequestStatus::Failed => ("Failed", Tone::Danger),
        RequestStatus::Cancelled => ("Cancelled", Tone::Neutral),
    };
    view! { <Badge text=words tone=tone /> }.into_any()
}
