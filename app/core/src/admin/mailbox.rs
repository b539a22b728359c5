//! `/admin/mailbox`: every mail of the installation. Where no mail server is set up, this is where they end.
use super::listing::{self, List, Listing};
use crate::parts::{use_link, use_open_row};
#[cfg(feature = "ssr")]
use core_area::admin::AdminQuery;
use core_area::admin::{MailRow, MailView};
#[cfg(feature = "ssr")]
use kernel::record::PageRequest;
use kernel::record::Paged;
use kit::{
    Alert, AppError, Cell, Client, Column, Drawer, Fact, Facts, Icon, Loaded, Skeleton, Tab, TabPanel, Tabs, Tone, query::use_query_param,
    use_live,
};
use leptos::prelude::*;
use uuid::Uuid;

/// A page of mails.
#[server(client = Client, output = kit::Wire)]
pub async fn admin_mailbox(#[server(default)] search: String, after: Option<String>) -> Result<Paged<MailRow>, AppError> {
    let query = AdminQuery { search, page: PageRequest { after, limit: None } };
    kit::call::as_visitor(async |request| core_area::admin::mailbox(request, &query).await).await
}

/// One mail as it was written. Reading it is audited: mails carry links that sign people in.
#[server(client = Client, output = kit::Wire)]
pub async fn admin_mail(id: Uuid) -> Result<MailView, AppError> {
    kit::call::as_visitor(async |request| core_area::admin::mail(request, id).await).await
}

pub struct MailboxPage {
    list: List<MailRow>,
    mail: kit::Data<Option<MailView>>,
}

impl kit::Page for MailboxPage {
    fn data() -> Self {
        let (search, after, live) = (use_query_param("q"), use_query_param("after"), use_live("core.mail_queue"));
        let key = move || (search.get(), Some(after.get()).filter(|a| !a.is_empty()), live.get());
        let open = use_open_row();
        Self {
            list: kit::Data::blocking(key, |(search, after, _)| admin_mailbox(search, after)),
            mail: kit::Data::blocking(
                move || open.get(),
                async |id| match id.parse::<Uuid>() {
                    Ok(id) => admin_mail(id).await.map(Some),
                    Err(_) => Ok(None),
                },
            ),
        }
    }

    fn view(this: Self) -> AnyView {
        let MailboxPage { list, mail } = this;
        listing::beside(&MAILS, list, drawer(list, mail))
    }
}

static COLUMNS: [Column; 4] = [
    Column::new("subject", "Subject").grow(),
    Column::new("to_email", "To").from_tablet(),
    Column::new("status", "Status").fit(),
    Column::new("created_at", "Written").number(),
];

fn state(mail: &MailRow) -> (&'static str, Tone) {
    match (mail.status.as_str(), mail.provider.as_str()) {
        ("failed", _) => ("Failed", Tone::Danger),
        ("queued", _) => ("Waiting", Tone::Info),
        (_, "builtin") => ("Built-in", Tone::Neutral),
        _ => ("Sent", Tone::Success),
    }
}

static MAILS: Listing<MailRow> = Listing {
    title: "Mailbox",
    text: "Mails this installation wrote. Those marked Built-in were not sent outside this machine.",
    search: "Address or subject",
    columns: &COLUMNS,
    cells: |mail, now| {
        let (words, tone) = state(mail);
        vec![Cell::title(&mail.subject), Cell::text(&mail.to_email), Cell::status(words, tone), Cell::ago(mail.created_at, now)]
    },
    id: |mail| mail.id.to_string(),
    name: |mail| mail.subject.clone(),
    empty: (Icon::Mail, "No mail", "Mails show here as soon as one is written."),
};

/// The open mail; its neighbours are those of the list.
fn drawer(list: List<MailRow>, mail: kit::Data<Option<MailView>>) -> AnyView {
    let (open, link) = (use_open_row(), use_link());
    // Kept while the list and its mails come and go.
    let active = RwSignal::new("text");
    let show = move |mail: Option<MailView>| mail.map(|mail| view_mail(mail, active)).into_any();
    let inside = move || {
        let neighbour = move |step: isize| {
            Signal::derive(move || {
                let page = list.get().and_then(Result::ok)?;
                let at = page.rows.iter().position(|m| m.id.to_string() == open.get())?.checked_add_signed(step)?;
                page.rows.get(at).map(|m| link(&[("row", Some(&m.id.to_string()))]))
            })
        };
        let title = Signal::derive(move || mail.get().and_then(Result::ok).flatten().map_or_else(|| "Mail".to_owned(), |m| m.row.subject));
        let shown = Memo::new(move |_| !open.get().is_empty());
        view! {
            {move || shown.get().then(|| view! {
                <Drawer title=title close=Signal::derive(move || link(&[("row", None)])) previous=neighbour(-1) next=neighbour(1)>
                    <Loaded from=mail skeleton=|| view! { <Skeleton lines=8 /> } show=show />
                </Drawer>
            })}
        }
    };
    view! { <Transition>{inside}</Transition> }.into_any()
}

fn view_mail(mail: MailView, active: RwSignal<&'static str>) -> AnyView {
    let MailView { row, text, html } = mail;
    let local = (row.provider == "builtin").then(|| view! { <Alert>"Not sent outside this machine."</Alert> });
    let tabs = vec![Tab::new("text", "Text"), Tab::new("html", "As it looks")];
    let has_html = !html.is_empty();
    // No scripts and no origin of its own; its links open beside this page.
    let frame = format!("<base target=\"_blank\">{html}");
    view! {
        <div class="stack">
            {local}
            <Facts>
                <Fact name="To">{row.to_email}</Fact>
                <Fact name="Written">{kit::time::exact_text(row.created_at)}</Fact>
                <Fact name="Template"><code>{row.template}</code></Fact>
                {row.last_error.map(|error| view! { <Fact name="Last error"><span class="wrap">{error}</span></Fact> })}
            </Facts>
            {has_html.then(|| view! { <Tabs label="How to show the mail" tabs=tabs active=active /> })}
            <TabPanel key="text" active=active><div class="mail-text">{linked(&text)}</div></TabPanel>
            <TabPanel key="html" active=active>
                <iframe class="mail-frame" title="The mail as it looks" sandbox="allow-popups allow-popups-to-escape-sandbox" srcdoc=frame.clone()></iframe>
            </TabPanel>
        </div>
    }
    .into_any()
}

/// The text with its addresses as links.
fn linked(text: &str) -> AnyView {
    let mut parts = Vec::new();
    for (n, line) in text.lines().enumerate() {
        if n > 0 {
            parts.push("\n".to_owned().into_any());
        }
        for word in line.split_inclusive(' ') {
            let address = word.trim_end();
            parts.push(match address.starts_with("https://") || address.starts_with("http://") {
                true => {
                    let href = address.to_owned();
                    view! { <a class="link" href=href rel="external noreferrer">{address.to_owned()}</a> " " }.into_any()
                }
                false => word.to_owned().into_any(),
            });
        }
    }
    parts.into_any()
}
