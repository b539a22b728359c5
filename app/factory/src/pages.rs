//! The pages of a project, said once: the tabs above them, the sidebar, the palette and the keys come of this list.
use kit::{Icon, TabLink, TabLinks};
use leptos::prelude::*;
use leptos_router::hooks::use_navigate;

/// A page of every project.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ProjectPage {
    pub label: &'static str,
    /// Behind `/o/{org}/factory/{project}`.
    pub rest: &'static str,
    pub icon: Icon,
    /// The keys that go there, such as `g r`.
    pub keys: Option<&'static str>,
    /// It has a tab; the others belong to one that has.
    tab: bool,
}

const fn page(label: &'static str, rest: &'static str, icon: Icon) -> ProjectPage {
    ProjectPage { label, rest, icon, keys: None, tab: true }
}

impl ProjectPage {
    const fn keys(self, keys: &'static str) -> Self {
        Self { keys: Some(keys), ..self }
    }

    const fn without_tab(self) -> Self {
        Self { tab: false, ..self }
    }
}

/// In the order of the work: what is wanted, what is planned, what was built, what users say, how it hangs together.
pub const PAGES: &[ProjectPage] = &[
    page("Overview", "", Icon::LayoutDashboard),
    page("Refinery", "/refinery", Icon::BookOpen).keys("g r"),
    page("Foundry", "/foundry", Icon::Layers).keys("g f"),
    page("Features", "/features", Icon::ListChecks),
    // `g p` is Software outside of a project: the palette knows both.
    page("Planner", "/planner", Icon::Kanban).keys("g p"),
    page("Tests", "/tests", Icon::BadgeCheck),
    page("Code", "/code", Icon::Code),
    page("Artifacts", "/artifacts", Icon::Paperclip).keys("g a"),
    page("Validator", "/validator", Icon::Inbox).keys("g v"),
    page("Graph", "/graph", Icon::Network).keys("g k"),
    page("Drift", "/graph?view=drift", Icon::TriangleAlert).without_tab(),
    page("Decisions", "/decisions", Icon::CircleCheck).without_tab(),
    page("Activity", "/activity", Icon::Activity).without_tab(),
    page("Voting", "/voting", Icon::Lightbulb).without_tab(),
    page("Outbox", "/outbox", Icon::Send).without_tab(),
    page("Assistant", "/chat", Icon::Sparkles).keys("g c"),
    page("Settings", "/settings", Icon::Settings),
];

/// The tabs above the pages of a project, and their keys; `base` is the project's address.
pub fn tabs(base: &str, features: Option<i64>) -> AnyView {
    let tab = |page: &ProjectPage| {
        let tab = TabLink::new(page.label, format!("{base}{}", page.rest));
        match (page.rest, features) {
            ("", _) => tab.exact(),
            ("/features", Some(n)) => tab.count(n),
            _ => tab,
        }
    };
    for page in PAGES {
        if let Some(keys) = page.keys.filter(|keys| *keys != "g p") {
            let (navigate, to) = (use_navigate(), format!("{base}{}", page.rest));
            kit::use_shortcut(keys, "Go to", page.label, move || navigate(&to, Default::default()));
        }
    }
    let tabs: Vec<TabLink> = PAGES.iter().filter(|page| page.tab).map(tab).collect();
    view! { <TabLinks label="Project" tabs=tabs /> }.into_any()
}
