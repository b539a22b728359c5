//! The bell of the top bar: what happened for this person, live.
#[cfg(feature = "ssr")]
use core_area::notifications::NoticeQuery;
use core_area::notifications::{Notice, Snooze};
#[cfg(feature = "ssr")]
use kernel::record::PageRequest;
use kernel::record::Paged;
use kit::{Ago, AppError, Client, Icon, IconButton, Popover, icon, use_live};
use leptos::prelude::*;

/// How many notices the bell lists.
#[cfg(feature = "ssr")]
const SHOWN: u32 = 20;

/// The latest notices of the person.
#[server(client = Client, output = kit::Wire)]
pub async fn notices_latest() -> Result<Paged<Notice>, AppError> {
    kit::call::as_person_reading(async |tx| {
        let query = NoticeQuery { unread: false, page: PageRequest { after: None, limit: Some(SHOWN) } };
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
    let badge = move || {
        let label = match unread.get() {
            0 => String::new(),
            n if n > 99 => "99+".to_owned(),
            n => n.to_string(),
        };
        view! {
            {icon(Icon::Bell)}
            <span class="bell-count" class:hidden=label.is_empty()>{label.clone()}</span>
        }
    };
    let trigger = move || view! { <Suspense fallback=|| icon(Icon::Bell)>{badge}</Suspense> };
    view! {
        <Popover id="bell" label="Notifications" compact=true end=true trigger=trigger on_toggle=Callback::new(move |now| open.set(now))>
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
    let list = kit::LocalData::new(move || {
        let (wanted, _) = (open.get(), live.get());
        async move { if wanted { Some(notices_latest().await) } else { None } }
    });
    let all_read = Action::new(move |(): &()| notices_mark_read(Vec::new()));
    view! {
        <div class="bell">
            <header class="bell-head">
                <h2>"Notifications"</h2>
                <button type="button" class="btn btn-sm btn-ghost" on:click=move |_| { all_read.dispatch(()); }>"Mark all read"</button>
            </header>
            {move || match list.get().flatten() {
                None => view! { <kit::Skeleton lines=4 /> }.into_any(),
                Some(Err(AppError(fault))) => kit::fault_panel(fault),
                Some(Ok(page)) if page.rows.is_empty() => view! { <p class="bell-none">"Nothing new"</p> }.into_any(),
                Some(Ok(page)) => view! { <ul class="bell-list">{page.rows.into_iter().map(line).collect_view()}</ul> }.into_any(),
            }}
        </div>
    }
    .into_any()
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
