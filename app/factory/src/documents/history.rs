//! The history of a document: versions, comparing any two, going back to one.
use super::{
    approvals,
    calls::{version_restore, versions_list},
    compare,
    page::Doc,
};
use factory::versions::{AUTOMATIC, VersionPage, VersionRow};
use kit::{AppError, Button, ButtonKind, Confirm, Empty, Icon, Size};
use leptos::{prelude::*, task::spawn_local};

/// The list of versions, the latest first.
pub fn panel(doc: Doc) -> AnyView {
    let id = doc.document().id;
    let before = RwSignal::new(None::<i32>);
    let older = RwSignal::new(Vec::<VersionRow>::new());
    let live = kit::use_live("factory.document_versions");
    let first = kit::LocalData::new(move || {
        live.track();
        doc.version.track();
        async move { versions_list(id, None).await }
    });
    let more = move |from: i32| {
        spawn_local(async move {
            match versions_list(id, Some(from)).await {
                Ok(page) => {
                    before.set(page.next);
                    older.update(|rows| rows.extend(page.items));
                }
                Err(AppError(fault)) => doc.ctx.toasts.fault(&fault),
            }
        });
    };
    let chosen = RwSignal::new(None::<(i32, Option<i32>)>);
    let (restoring, asking) = (RwSignal::new(None::<i32>), RwSignal::new(None::<i32>));
    let list = move || match first.get() {
        None => view! { <kit::Skeleton lines=4 /> }.into_any(),
        Some(Err(AppError(fault))) => kit::fault_panel(fault),
        Some(Ok(page)) if page.items.is_empty() => {
            view! { <Empty icon=Icon::History title="No versions yet" text="Ctrl+S saves what the document says now." /> }.into_any()
        }
        Some(Ok(page)) => {
            let VersionPage { items, next, total_count } = page;
            let rows = move || {
                let older = older.get();
                let all = items.iter().cloned().chain(older.into_iter().filter(|o| items.iter().all(|i| i.id != o.id)));
                all.map(|v| row(doc, v, chosen, restoring, asking)).collect_view()
            };
            let next = move || before.get().or(next).filter(|_| older.with(|o| o.last().is_none_or(|v| v.version_number > 1)));
            view! {
                <p class="hint">{format!("{total_count} versions")}</p>
                <ol class="doc-versions">{rows}</ol>
                {move || next().map(|from| view! { <Button size=Size::Sm on:click=move |_| more(from)>"Show older"</Button> })}
            }
            .into_any()
        }
    };
    view! {
        {list}
        {compare::dialog(doc, chosen)}
        {restore(doc, restoring)}
        {approvals::ask_dialog(doc, asking)}
    }
    .into_any()
}

fn row(
    doc: Doc,
    v: VersionRow,
    chosen: RwSignal<Option<(i32, Option<i32>)>>,
    restoring: RwSignal<Option<i32>>,
    asking: RwSignal<Option<i32>>,
) -> AnyView {
    let number = v.version_number;
    let summary = v.change_summary.clone().filter(|s| s != AUTOMATIC);
    let who = match (&v.author, v.change_summary.as_deref() == Some(AUTOMATIC)) {
        (_, true) => "Saved by itself".to_owned(),
        (Some(name), _) => name.clone(),
        (None, _) => "Someone who left".to_owned(),
    };
    view! {
        <li>
            <div class="doc-version">
                <b>{format!("Version {number}")}</b> <kit::Ago at=v.created_at />
                <small>{who}</small>
                {summary.map(|s| view! { <p>{s}</p> })}
                {approvals::of_version(doc, number)}
            </div>
            <div class="doc-version-acts">
                <Button size=Size::Sm on:click=move |_| chosen.set(Some((number, None)))>"Compare with now"</Button>
                {(number > 1).then(|| view! {
                    <Button size=Size::Sm kind=ButtonKind::Ghost on:click=move |_| chosen.set(Some((number - 1, Some(number))))>"What changed"</Button>
                })}
                {doc.may_write().then(|| view! {
                    <Button size=Size::Sm kind=ButtonKind::Ghost icon=Icon::BadgeCheck on:click=move |_| asking.set(Some(number))>"Ask for approval"</Button>
                    <Button size=Size::Sm kind=ButtonKind::Ghost icon=Icon::RotateCcw on:click=move |_| restoring.set(Some(number))>"Restore"</Button>
                })}
            </div>
        </li>
    }
    .into_any()
}

fn restore(doc: Doc, restoring: RwSignal<Option<i32>>) -> AnyView {
    let open = kit::open_while(restoring);
    let busy = RwSignal::new(false);
    let id = doc.document().id;
    let go = Callback::new(move |()| {
        let Some(number) = restoring.get_untracked().filter(|_| !busy.get_untracked()) else { return };
        busy.set(true);
        spawn_local(async move {
            match version_restore(id, number).await {
                Ok(made) => {
                    doc.ctx.toasts.success(format!("Version {number} is back, as version {}.", made.version_number));
                    doc.text_changed();
                }
                Err(AppError(fault)) => doc.ctx.toasts.fault(&fault),
            }
            busy.set(false);
            restoring.set(None);
        });
    });
    view! {
        <Confirm
            open=open title=Signal::derive(move || format!("Restore version {}?", restoring.get().unwrap_or_default()))
            text="The document will say what this version said, for everybody who has it open. What it says now stays in the history."
            verb="Restore" danger=false busy=busy on_confirm=go
        />
    }
    .into_any()
}
