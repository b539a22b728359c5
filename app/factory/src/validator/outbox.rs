//! `/o/{org}/factory/{project}/outbox`: what the project says outside, whether or not somebody listens there.
use super::{calls::outbox_list, outside_tabs};
use factory::integrations::outbox::{MessageStatus, MessageType, OutboxMessage};
use kernel::record::Paged;
use kit::{Badge, Empty, Icon, ListPage, Loaded, PageHead, Pager, SkeletonTable, Tone, use_live};
use leptos::prelude::*;
use leptos_meta::Title;

pub struct OutboxPage {
    project: Memo<String>,
    messages: kit::Data<Paged<OutboxMessage>>,
}

impl kit::Page for OutboxPage {
    fn data() -> Self {
        let (org, project) = (kit::use_org_slug(), kit::use_text_param("project"));
        let (after, live) = (kit::query::use_query_param("after"), use_live("factory.outbox_messages"));
        let messages = kit::Data::blocking(
            move || (org.get(), project.get(), after.get(), live.get()),
            |(_, project, after, _)| outbox_list(project, after),
        );
        Self { project, messages }
    }

    fn view(this: Self) -> AnyView {
        let OutboxPage { project, messages } = this;
        let base = kit::use_org_path()(&format!("/factory/{}", project.get_untracked()));
        view! {
            <Title text="Outbox" />
            <ListPage>
                <PageHead title="Outbox" text=|| view! { "Every message of this project to the outside. Where Slack is not connected, it is read here." } />
                {crate::pages::tabs(&base, None)}
                {outside_tabs(&base)}
                <Loaded from=messages skeleton=|| view! { <SkeletonTable rows=8 columns=3 /> } show={move |page: Paged<OutboxMessage>| show(&base, page)} />
            </ListPage>
        }
        .into_any()
    }
}

fn tone(status: MessageStatus) -> Tone {
    match status {
        MessageStatus::Queued | MessageStatus::Sending => Tone::Info,
        MessageStatus::Sent => Tone::Success,
        MessageStatus::Recorded => Tone::Neutral,
        MessageStatus::Failed => Tone::Danger,
        MessageStatus::Unsure => Tone::Warning,
    }
}

const fn icon(kind: MessageType) -> Icon {
    match kind {
        MessageType::CriticalFeedback => Icon::Flame,
        MessageType::DriftDetected => Icon::TriangleAlert,
        MessageType::WorkOrderStatusChanged => Icon::Kanban,
        MessageType::Test => Icon::Send,
    }
}

fn show(base: &str, page: Paged<OutboxMessage>) -> AnyView {
    if page.rows.is_empty() {
        let to = format!("{base}/settings/integrations");
        return view! {
            <Empty
                icon=Icon::Send title="Nothing was said yet"
                text="Critical feedback, drift and work orders that move are announced here, and in Slack where it is connected."
                acts=move || view! { <a class="btn btn-primary" href=to.clone()>"Connect Slack"</a> }
            />
        }
        .into_any();
    }
    let path = kit::use_org_path();
    let items = page
        .rows
        .into_iter()
        .map(|m| {
            let at = m.created_at;
            let text = match m.href {
                Some(href) => view! { <a class="st-link" href=path(&href)>{m.text}</a> }.into_any(),
                None => m.text.into_any(),
            };
            view! {
                <li class="alert-row">
                    <div class="alert-body">
                        <p class="text-base">{kit::icon(icon(m.kind))} " " {text}</p>
                        <p class="hint">{m.kind.words()} " · " <kit::Ago at=at /> {m.error.map(|e| view! { " · " {e} })}</p>
                    </div>
                    <div class="row">
                        {m.digest.then(|| view! { <Badge text="In a digest" line=true /> })}
                        <Badge text=m.status.words() tone=tone(m.status) />
                    </div>
                </li>
            }
            .into_any()
        })
        .collect_view();
    let next = page.next.map(|cursor| format!("{base}/outbox?after={cursor}"));
    view! { <ul class="alerts">{items}</ul> <Pager previous={None::<String>} next=next text="" /> }.into_any()
}
