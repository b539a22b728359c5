//! What a place shows when it has nothing to show: empty, loading, wrong, forbidden, stale, offline.
use crate::{Icon, icon};
use kernel::{Code, Fault};
use leptos::prelude::*;

/// Nothing here yet: one sentence, one action, a small picture.
#[component]
pub fn Empty(
    icon: Icon,
    #[prop(into)] title: String,
    #[prop(optional, into)] text: Option<String>,
    #[prop(optional, into)] acts: Option<ViewFnOnce>,
) -> impl IntoView {
    state("state", icon, title, text.unwrap_or_default(), acts, None)
}

fn state(class: &'static str, mark: Icon, title: String, text: String, acts: Option<ViewFnOnce>, note: Option<AnyView>) -> AnyView {
    view! {
        <div class=class role=(class != "state").then_some("alert")>
            <div class="state-art">{icon(mark)}</div>
            <h2>{title}</h2>
            {(!text.is_empty()).then(|| view! { <p>{text}</p> })}
            {acts.map(|a| view! { <div class="state-acts">{a.run()}</div> })}
            {note}
        </div>
    }
    .into_any()
}

/// What went wrong, why, what to do, and the request id to quote. Forbidden names who can grant; not found stays calm.
pub fn fault_panel(fault: Fault) -> AnyView {
    let request = fault.request_id.clone().filter(|_| fault.code.status() >= 500);
    let request = request.map(|id| view! { <p class="state-id">"Request " <code>{id}</code></p> }.into_any());
    match fault.code {
        Code::Forbidden => {
            let need = fault.missing_permission().map(str::to_owned);
            let note = need.map(|need| view! { <p class="state-id">"Permission " <code>{need}</code></p> }.into_any());
            state("state state-info", Icon::Lock, "You cannot see this".to_owned(), fault.message, None, note)
        }
        Code::MfaRequired => {
            let set_up = || view! { <a class="btn btn-primary" href="/account/security">"Set up a second factor"</a> }.into_any();
            state("state state-info", Icon::ShieldAlert, "A second factor is needed".to_owned(), fault.message, Some(set_up.into()), None)
        }
        Code::NotFound | Code::Gone => state("state state-info", Icon::Search, "Not found".to_owned(), fault.message, None, None),
        Code::Unavailable | Code::Upstream => {
            state("state state-danger", Icon::CloudOff, "Not reachable just now".to_owned(), fault.message, Some(retry()), request)
        }
        _ => state("state state-danger", Icon::TriangleAlert, "This did not work".to_owned(), fault.message, Some(retry()), request),
    }
}

fn retry() -> ViewFnOnce {
    // A link to the same address: it works before and without script.
    (|| view! { <a class="btn" href="" rel="external">{icon(Icon::RefreshCw)}<span>"Try again"</span></a> }.into_any()).into()
}

/// Grey lines in the shape of what comes. Appears after 150 ms, so that quick answers do not flash.
#[component]
pub fn Skeleton(#[prop(default = 3)] lines: usize) -> impl IntoView {
    let bars = (0..lines).map(|i| view! { <span class=if i % 3 == 2 { "skel w-1/2" } else { "skel" }></span> }.into_any()).collect_view();
    view! { <div class="skel-page stack" role="status" aria-busy="true" aria-label="Loading">{bars}</div> }.into_any()
}

/// The shape of a table while its rows load.
#[component]
pub fn SkeletonTable(#[prop(default = 8)] rows: usize, #[prop(default = 4)] columns: usize) -> impl IntoView {
    const WIDTHS: [&str; 4] = ["skel w-3/4", "skel w-1/2", "skel w-2/3", "skel w-1/3"];
    let lines = (0..rows)
        .map(|r| {
            let cells = (0..columns).map(|c| view! { <td><span class=WIDTHS[(r + c) % 4]></span></td> }.into_any()).collect_view();
            view! { <tr>{cells}</tr> }.into_any()
        })
        .collect_view();
    view! { <div class="skel-page" role="status" aria-busy="true" aria-label="Loading"><table class="tbl" aria-hidden="true"><tbody>{lines}</tbody></table></div> }.into_any()
}

/// The shape of tiles while they load.
#[component]
pub fn SkeletonTiles(#[prop(default = 4)] count: usize) -> impl IntoView {
    let tiles = (0..count)
        .map(|_| view! { <div class="card tile stack"><span class="skel w-1/3"></span><span class="skel w-1/2"></span></div> }.into_any())
        .collect_view();
    view! { <div class="skel-page tiles" role="status" aria-busy="true" aria-label="Loading">{tiles}</div> }.into_any()
}

/// New data is there: a pill to press, never a jump under the reader's eyes.
#[component]
pub fn StalePill(
    #[prop(into)] show: Signal<bool>,
    #[prop(into)] text: Signal<String>,
    #[prop(into)] on_load: Callback<()>,
) -> impl IntoView {
    let pill = move || {
        show.get().then(|| {
            view! {
                <button type="button" class="pill-btn" on:click=move |_| on_load.run(())>
                    {icon(Icon::ArrowUp)} {text}
                </button>
            }
        })
    };
    view! { <div class="stale" role="status">{pill}</div> }.into_any()
}
