//! The command palette: go anywhere, create, search. Opens with Ctrl+K on every page.
use crate::nav::{self, NavGroup};
use kernel::access::Session;
use kit::{AppError, Client, Command, Icon, Palette, icon, use_shortcut};
use leptos::prelude::*;
use leptos_router::hooks::{use_location, use_navigate};
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// Something a search found.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Found {
    pub kind: String,
    pub title: String,
    /// Where it is, or the place of its text that answers.
    pub hint: String,
    pub href: String,
}

/// What a search found, and what is to be said beside it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct FoundAll {
    pub hits: Vec<Found>,
    pub note: String,
}

/// How many hits of a kind the palette shows outside of a project.
#[cfg(feature = "ssr")]
const HITS: i64 = 6;

/// Searches what the person may see: everything of a project inside of one, else names in the whole organization.
#[server(client = Client, output = kit::Wire)]
pub async fn search(query: String, #[server(default)] project: Option<String>) -> Result<FoundAll, AppError> {
    kit::call::read_tenant(async |tx| {
        let root = kit::call::request()?.org_slug().map(|slug| format!("/o/{slug}")).unwrap_or_default();
        let Some(project) = project else {
            let hits = factory::stream::search(tx, &query, HITS).await?;
            let hits = hits
                .into_iter()
                .map(|hit| Found { kind: hit.kind, title: hit.title, hint: hit.hint, href: format!("{root}{}", hit.path) })
                .collect();
            return Ok(FoundAll { hits, note: String::new() });
        };
        let found = factory::projects::by_slug(tx, &project).await?;
        let answer = factory::search::answer(tx, found.id, &query, &[], None).await?;
        let hits = answer
            .items
            .into_iter()
            .map(|hit| Found {
                kind: hit.kind.as_str().to_owned(),
                title: hit.title,
                hint: hit.snippet,
                href: format!("{root}/factory/{project}{}", hit.link),
            })
            .collect();
        let note =
            if answer.re_embedding { "The search index is being made anew: some things are found by their words alone." } else { "" };
        Ok(FoundAll { hits, note: note.to_owned() })
    })
    .await
}

#[derive(Clone, Copy)]
struct PaletteState {
    open: RwSignal<bool>,
    typed: RwSignal<String>,
}

/// Listens for Ctrl+K and the "g" shortcuts.
pub fn provide_palette() {
    let state = PaletteState { open: RwSignal::new(false), typed: RwSignal::new(String::new()) };
    provide_context(state);
    use_shortcut("mod+k", "Go to", "Search or run a command", move || {
        state.typed.set(String::new());
        state.open.set(true);
    });
    go_to_shortcuts();
}

/// "g h" and its kin work wherever the person is in an organization.
fn go_to_shortcuts() {
    let navigate = use_navigate();
    let slug = kit::use_org_slug();
    let path = use_location().pathname;
    // Where each leads in an organization, and where inside one of its projects.
    for (keys, label, org, page) in [
        ("g h", "Home", "", None),
        ("g p", "Software; in a project its planner", "/factory", Some("/planner")),
        ("g s", "Settings", "/settings/general", None),
        ("g m", "Members", "/settings/members", None),
    ] {
        let navigate = navigate.clone();
        use_shortcut(keys, "Go to", label, move || {
            let project = page.and_then(|page| Some(format!("/factory/{}{page}", path.with_untracked(|path| nav::project_of(path))?)));
            let slug = slug.get_untracked();
            if !slug.is_empty() {
                navigate(&format!("/o/{slug}{}", project.as_deref().unwrap_or(org)), Default::default());
            }
        });
    }
}

/// The button of the top bar.
pub fn search_button() -> AnyView {
    let state = use_context::<PaletteState>();
    view! {
        <button type="button" class="search-btn" aria-keyshortcuts="Control+K" on:click=move |_| {
            if let Some(state) = state {
                state.typed.set(String::new());
                state.open.set(true);
            }
        }>
            {icon(Icon::Search)}
            <span>"Search"</span>
            <kbd>"Ctrl K"</kbd>
        </button>
    }
    .into_any()
}

/// Where the palette will be.
pub fn dialog() -> AnyView {
    use_context::<PaletteState>().map(|state| kit::part(move || state.open.get(), move || PaletteDialog(state))).into_any()
}

/// The palette itself.
pub struct PaletteDialog(PaletteState);

impl kit::Part for PaletteDialog {
    fn view(this: Self) -> AnyView {
        palette(this.0)
    }
}

fn palette(state: PaletteState) -> AnyView {
    let session = expect_context::<kit::SessionContext>().session;
    let slug = kit::use_org_slug();
    let path = use_location().pathname;
    let project = Memo::new(move |_| path.with(|path| nav::project_of(path)));
    // Who types on is not searched for yet.
    let settled = RwSignal::new(String::new());
    let late = StoredValue::new(None::<TimeoutHandle>);
    kit::effect(move || {
        let now = state.typed.get().trim().to_owned();
        if let Some(handle) = late.get_value() {
            handle.clear();
        }
        let settle = move || {
            settled.try_set(now);
        };
        late.set_value(set_timeout_with_handle(settle, Duration::from_millis(150)).ok());
    });
    // Searches run only while the palette is open and something is typed, and only inside an organization.
    let worth = |text: &str| (2..=400).contains(&text.chars().count());
    let asked = Memo::new(move |_| {
        let text = settled.get();
        (state.open.get() && worth(&text) && !slug.get().is_empty()).then_some((text, project.get()))
    });
    let found = kit::LocalData::new(move || {
        let asked = asked.get();
        async move {
            match asked {
                Some((text, project)) => (text.clone(), search(text, project).await.unwrap_or_default()),
                None => Default::default(),
            }
        }
    });
    let busy = Signal::derive(move || {
        let typed = state.typed.get();
        let typed = typed.trim();
        state.open.get() && worth(typed) && !slug.get().is_empty() && found.get().is_none_or(|(of, _)| of != typed)
    });
    let note = Signal::derive(move || found.get().map(|(_, all)| all.note).unwrap_or_default());
    let commands = Signal::derive(move || {
        if !state.open.get() {
            return Vec::new();
        }
        let mut commands =
            session.get().and_then(Result::ok).flatten().map(|s| commands(&s, &slug.get(), project.get())).unwrap_or_default();
        commands.extend(found.get().unwrap_or_default().1.hits.into_iter().map(hit));
        commands
    });
    let navigate = use_navigate();
    let pick = Callback::new(move |command: Command| navigate(&command.id, Default::default()));
    view! { <Palette open=state.open typed=state.typed commands=commands on_pick=pick busy=busy note=note placeholder="Search or jump to" /> }.into_any()
}

/// The address is the id of a command: picking one goes there.
fn commands(session: &Session, slug: &str, project: Option<String>) -> Vec<Command> {
    let mut list = Vec::new();
    let mut add = |groups: Vec<NavGroup>| {
        for link in groups.into_iter().flat_map(|group| group.links) {
            let mut command = Command::new(link.href, "Go to", link.label).icon(link.icon);
            // Inside a project some keys lead to its pages.
            command.keys = link.keys.filter(|keys| !list.iter().any(|c: &Command| c.keys == Some(*keys)));
            list.push(command);
        }
    };
    if session.org.is_some() {
        if let Some(project) = &project {
            add(vec![nav::project_nav(slug, project)]);
        }
        add(nav::org_nav(session, slug));
    }
    add(nav::account_nav(session));
    if session.org.is_some() {
        if let Some(project) = project {
            let at = |rest: &str| format!("/o/{slug}/factory/{project}{rest}");
            list.push(Command::new(at("/planner?new=1"), "Create", "New work order").icon(Icon::Plus));
            list.push(Command::new(at("/tests?upload=1"), "Create", "Upload test results").icon(Icon::Upload));
            list.push(Command::new(at("/validator?new=1"), "Create", "Add feedback").icon(Icon::Plus));
        }
        list.push(Command::new(format!("/o/{slug}/factory?new=1"), "Create", "New project").icon(Icon::Plus));
        if session.may(kernel::Perm::MembersManage) {
            list.push(Command::new(format!("/o/{slug}/settings/members?invite=1"), "Create", "Invite a colleague").icon(Icon::Plus));
        }
    }
    for org in &session.organizations {
        list.push(Command::new(format!("/o/{}", org.slug), "Organizations", org.name.clone()).icon(Icon::Building2));
    }
    list
}

fn hit(found: Found) -> Command {
    let (group, icon) = match found.kind.as_str() {
        "project" => ("Projects", Icon::FolderKanban),
        "document" => ("Documents", Icon::FileText),
        "work_order" => ("Work orders", Icon::Kanban),
        "feedback_item" => ("Feedback", Icon::Inbox),
        "artifact" => ("Artifacts", Icon::Paperclip),
        "code" => ("Code", Icon::Code),
        _ => ("Features", Icon::ListChecks),
    };
    Command::new(found.href, group, found.title).hint(found.hint).icon(icon).found()
}
