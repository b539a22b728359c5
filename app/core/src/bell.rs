//! The bell of the top bar: what happened for this person, live.
#[cfg(feature = "ssr")]
use core_area::notifications::NoticeQuery;
use core_area::notifications::{Notice, Snooze};
#[cfg(feature = "ssr")]
use kernel::record::PageRequest;
use kernel::record::Paged;
use kit::{Ago, AppError, Button, Client, Icon, IconButton, Popover, Size, icon, use_live};
use leptos::prelude::*;

/// How many notices the bell lists at first, and each time older ones are asked for.
#[cfg(feature = "ssr")]
const SHOWN: u32 = 20;

/// The latest notices of the person, or those after a cursor.
#[server(client = Client, output = kit::Wire)]
pub async fn notices_list(after: Option<String>) -> Result<Paged<Notice>, AppError> {
    kit::call::as_person_reading(async |tx| {
        let query = NoticeQuery { unread: false, page: PageRequest { after, limit: Some(SHOWN) } };
        core_area::notifications::list(tx, &query).await
    })
    .await
}

/// How many notices are unread.
#[server(client = Client, output = kit::Wire)]
pub async fn notices_unread() -> Result<i64, AppError> {
    kit::call::as_person_reading(async |tx| core_area::notifications::unread(tx).await).await
}

/// Marks notices as read; none given means all.
#[server(client = Client, output = kit::Wire)]
pub async fn notices_mark_read(#[server(default)] ids: Vec<uuid::Uuid>) -> Result<(), AppError> {
    kit::call::as_person(async |tx| match ids.is_empty() {
        true => core_area::notifications::mark_all_read(tx).await.map(drop),
        false => core_area::notifications::mark_read(tx, &ids).await,
    })
    .await
}

/// Hides a notice for an hour or a day.
#[server(client = Client, output = kit::Wire)]
pub async fn notice_snooze(id: uuid::Uuid, until: Snooze) -> Result<(), AppError> {
    kit::call::as_person(async |tx| core_area::notifications::snooze(tx, id, until).await).await
}

/// The bell with its count; the list loads when it is opened.
#[component]
pub fn Bell() -> impl IntoView {
    let session = expect_context::<kit::SessionContext>().session;
    let live = use_live("core.notifications");
    // The session carries the first count; live changes fetch it again.
    let fresh = kit::LocalData::new(move || {
        let changes = live.get();
        async move { if changes == 0 { None } else { notices_unread().await.ok() } }
    });
    let unread = Signal::derive(move || {
        fresh.get().flatten().or_else(|| session.get().and_then(Result::ok).flatten().map(|s| s.unread)).unwrap_or(0)
    });
    let open = RwSignal::new(false);
    let count = move || match unread.get() {
        0 => String::new(),
        n if n > 99 => "99+".to_owned(),
        n => n.to_string(),
    };
    // Read aloud with the number, once it is known.
    let said = RwSignal::new("Notifications".to_owned());
    kit::effect(move || {
        let count = count();
        said.set(if count.is_empty() { "Notifications".to_owned() } else { format!("Notifications, {count} unread") });
    });
    let badge = move || {
        let label = count();
        view! {
            {icon(Icon::Bell)}
            <span class="bell-count" class:hidden=label.is_empty()>{label.clone()}</span>
        }
    };
    let trigger = move || view! { <Suspense fallback=|| icon(Icon::Bell)>{badge}</Suspense> };
    view! {
        <Popover id="bell" label=said compact=true end=true trigger=trigger on_toggle=Callback::new(move |now| open.set(now))>
            {kit::part(move || open.get(), move || Notices { open })}
        </Popover>
    }
    .into_any()
}

/// What the bell opens; fetched while it is open.
pub struct Notices {
    open: RwSignal<bool>,
}

impl kit::Part for Notices {
    fn view(this: Self) -> AnyView {
        notices(this.open)
    }
}

fn notices(open: RwSignal<bool>) -> AnyView {
    let live = use_live("core.notifications");
    // How many pages are wanted: each opening starts with the latest.
    let pages = RwSignal::new(1);
    kit::effect(move || {
        if !open.get() && pages.get_untracked() > 1 {
            pages.set(1);
        }
    });
    let list = kit::LocalData::new(move || {
        let (wanted, pages, _) = (open.get(), pages.get(), live.get());
        async move { if wanted { Some((pages, first_pages(pages).await)) } else { None } }
    });
    let all_read = Action::new(move |(): &()| notices_mark_read(Vec::new()));
    // Apart from the rows, so that the button stays the same one, and keeps the focus, while they are drawn anew.
    let more = Memo::new(move |_| list.get().flatten().is_some_and(|(_, shown)| shown.is_ok_and(|page| page.next.is_some())));
    let busy = Signal::derive(move || list.get().flatten().is_some_and(|(shown, _)| shown < pages.get()));
    view! {
        <div class="bell">
            <div class="bell-head">
                <h2>"Notifications"</h2>
                <button type="button" class="btn btn-sm btn-ghost" on:click=move |_| { all_read.dispatch(()); }>"Mark all read"</button>
            </div>
            {move || match list.get().flatten() {
                None => view! { <kit::Skeleton lines=4 /> }.into_any(),
                Some((_, Err(AppError(fault)))) => kit::fault_panel(fault),
                Some((_, Ok(page))) if page.rows.is_empty() => view! { <p class="bell-none">"Nothing new"</p> }.into_any(),
                Some((_, Ok(page))) => view! { <ul class="bell-list">{page.rows.into_iter().map(line).collect_view()}</ul> }.into_any(),
            }}
            {move || more.get().then(|| view! {
                <p class="more"><Button size=Size::Sm busy=busy on:click=move |_| pages.update(|n| *n += 1)>"Show older"</Button></p>
            })}
        </div>
    }
    .into_any()
}

/// So many pages from the latest on. All of them again each time: what came, was read or was put off shows in every one.
async fn first_pages(pages: usize) -> Result<Paged<Notice>, AppError> {
    let mut shown = notices_list(None).await?;
    for _ in 1..pages {
        let Some(after) = shown.next.take() else { break };
        let older = notices_list(Some(after)).await?;
        shown.rows.extend(older.rows);
        shown.next = older.next;
    }
    Ok(shown)
}

fn line(notice: Notice) -> AnyView {
    let id = notice.id;
    let read = Action::new(move |(): &()| notices_mark_read(vec![id]));
    let later = Action::new(move |until: &Snooze| notice_snooze(id, *until));
    let title = match notice.href {
        Some(href) => view! { <a href=href on:click=move |_| { read.dispatch(()); }>{notice.title}</a> }.into_any(),
        None => view! { <span>{notice.title}</span> }.into_any(),
    };
    view! {
        <li class:unread=notice.read_at.is_none()>
            <div>
                {title}
                {notice.body.map(|body| view! { <p>{body}</p> })}
                <small><Ago at=notice.created_at /></small>
            </div>
            <span class="bell-acts">
                <IconButton icon=Icon::Clock label="Remind me in an hour" on:click=move |_| { later.dispatch(Snooze::Hour); } />
                <IconButton icon=Icon::Calendar label="Remind me tomorrow" on:click=move |_| { later.dispatch(Snooze::Day); } />
                {notice.read_at.is_none().then(|| view! { <IconButton icon=Icon::Check label="Mark as read" on:click=move |_| { read.dispatch(()); } /> })}
            </span>
        </li>
    }
    .into_any()
}
