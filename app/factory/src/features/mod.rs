//! `/o/{org}/factory/{project}/features`: the features of a project as list or tree, with one open beside it.
use crate::calls::{Shown, features_show};
use factory::features::{FeatureQuery, FeatureRow};
pub use kit::query::question;
use kit::{Button, ButtonKind, Icon, ListPage, ListSearch, Loaded, PageHead, SkeletonTable, StalePill, use_live};
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::{
    components::Outlet,
    hooks::{use_location, use_query_map},
};
use std::collections::BTreeSet;
use uuid::Uuid;

mod bulk;
mod conflict;
mod create;
mod edit;
mod export;
mod facets;
mod import;
mod inline;
mod panel;
mod panel_form;
mod pass;
mod table;
mod tree;

pub use bulk::Bulk;
pub use conflict::ConflictDialog;
pub use create::CreateDialog;
use edit::Editor;
pub use export::{hand_over, save_blob};
pub use import::ImportDialog;
pub use inline::InlineMenu;
pub use panel::FeaturePanel;
pub use pass::PassDialog;

/// What the parts of the page share: list, tree, drawer and dialogs.
#[derive(Clone, Copy)]
pub struct Ctx {
    pub project: Memo<String>,
    /// `/o/acme/factory/shop/features`
    pub base: Memo<String>,
    /// The query of the address, so that opening a feature keeps the filters.
    pub search: Signal<String>,
    pub shown: kit::Data<Shown>,
    /// The rows of the page as the server sent them last.
    pub loaded: RwSignal<Vec<FeatureRow>>,
    /// The rows on show in their order, with changes that are under way.
    pub rows: Memo<Vec<FeatureRow>>,
    pub selected: RwSignal<BTreeSet<String>>,
    pub open_nodes: RwSignal<BTreeSet<String>>,
    pub editor: Editor,
}

impl Ctx {
    /// The address of a feature in this list.
    pub fn href(&self, key: &str) -> String {
        format!("{}/{key}{}", self.base.get_untracked(), question(&self.search.get_untracked()))
    }
}

/// The features of a project.
pub struct FeaturesPage {
    ctx: Ctx,
    /// Changes of others wait to be shown: the order would move under the reader's eyes.
    waiting: Signal<bool>,
    take: Callback<()>,
}

impl kit::Page for FeaturesPage {
    fn data() -> Self {
        let (org, project) = (kit::use_org_slug(), kit::use_text_param("project"));
        let map = use_query_map();
        let query = Memo::new(move |_| map.with(|q| FeatureQuery::read(|name| q.get(name))));
        let is_tree = Memo::new(move |_| map.with(|q| q.get_str("view") == Some("tree")));
        let open_nodes = RwSignal::new(BTreeSet::<String>::new());
        let editor = Editor::new();

        let live = use_live("factory.features");
        let projects = use_live("factory.projects");
        let taken = RwSignal::new(live.get_untracked());
        // In an order that changes with every edit, rows of others come when asked for; else they come by themselves.
        let jumpy = Memo::new(move |_| !is_tree.get() && query.with(|q| q.sort.trim_start_matches('-') == "updated"));
        let seen = Memo::new(move |_| if jumpy.get() { taken.get() } else { live.get() });
        let waiting = Signal::derive(move || jumpy.get() && live.get() != taken.get());
        let take = Callback::new(move |()| taken.set(live.get_untracked()));

        let key = move || {
            let open: Vec<Uuid> =
                if is_tree.get() { open_nodes.with(|open| open.iter().filter_map(|id| id.parse().ok()).collect()) } else { Vec::new() };
            (org.get(), project.get(), query.get(), is_tree.get(), open, seen.get(), editor.version.get(), projects.get())
        };
        let shown = kit::Data::blocking(key, |(_, project, query, tree, open, ..)| features_show(project, query, tree, open));
        let loaded = RwSignal::new(Vec::new());
        let rows = Memo::new(move |_| editor.merged(loaded.get()));
        let path = kit::use_org_path();
        let base = Memo::new(move |_| path(&format!("/factory/{}/features", project.get())));
        let search = use_location().search;
        let search = Signal::derive(move || search.get());
        let ctx = Ctx { project, base, search, shown, loaded, rows, selected: RwSignal::default(), open_nodes, editor };
        // The drawer stands below this page and finds it.
        provide_context(ctx);
        Self { ctx, waiting, take }
    }

    fn view(this: Self) -> AnyView {
        let FeaturesPage { ctx, waiting, take } = this;
        provide_context(ctx);
        // Another list, another selection.
        Effect::new(move |before: Option<String>| {
            let now = ctx.project.get();
            if before.is_some_and(|b| b != now) {
                ctx.selected.set(Default::default());
            }
            now
        });
        let (creating, importing) = (kit::query::opened_by("new"), kit::query::opened_by("import"));
        view! {
            <Title text="Features" />
            <ListPage drawer=|| view! { <Outlet /> }>
                {head(ctx, creating, importing)}
                {toolbar(ctx)}
                <StalePill show=waiting text="New changes" on_load=take />
                <Loaded from=ctx.shown skeleton=|| view! { <SkeletonTable rows=12 columns=5 /> } show=move |shown: Shown| body(ctx, shown, creating, importing) />
                {inline::popover(ctx)}
                {kit::part(move || ctx.selected.with(|ticked| !ticked.is_empty()), move || Bulk(ctx))}
                {kit::part(move || ctx.editor.conflict.with(Option::is_some), move || ConflictDialog(ctx.editor))}
                {kit::part(move || ctx.editor.passing.with(Option::is_some), move || PassDialog(ctx))}
                {kit::part(move || creating.get(), move || CreateDialog { ctx, open: creating })}
                {kit::part(move || importing.get(), move || ImportDialog { ctx, open: importing })}
            </ListPage>
        }
        .into_any()
    }
}

fn head(ctx: Ctx, creating: RwSignal<bool>, importing: RwSignal<bool>) -> AnyView {
    let base = ctx.base.get_untracked();
    let project = base.trim_end_matches("/features").to_owned();
    kit::use_shortcut("c", "Features", "New feature", move || creating.set(true));
    view! {
        <PageHead
            title="Features"
            acts=move || view! {
                {export::menu(ctx)}
                <Button icon=Icon::FileUp on:click=move |_| importing.set(true)>"Import"</Button>
                <Button kind=ButtonKind::Primary icon=Icon::Plus on:click=move |_| creating.set(true)>"New feature"</Button>
            }
        />
        {crate::pages::tabs(&project, None)}
    }
    .into_any()
}

/// Search and the two views.
fn toolbar(ctx: Ctx) -> AnyView {
    let map = use_query_map();
    let is_tree = Memo::new(move |_| map.with(|q| q.get_str("view") == Some("tree")));
    let link =
        move |view: Option<&'static str>| move || map.with(|m| kit::query::with(m, &[("view", view), ("after", None), ("before", None)]));
    let list_on = move || (!is_tree.get()).then_some("page");
    let tree_on = move || is_tree.get().then_some("page");
    let views = move || {
        view! {
            <nav class="seg" aria-label="View">
                <a href=link(None) aria-current=list_on data-noscroll="">{kit::icon(Icon::List)} "List"</a>
                <a href=link(Some("tree")) aria-current=tree_on data-noscroll="">{kit::icon(Icon::ListTree)} "Tree"</a>
            </nav>
        }
        .into_any()
    };
    view! { <ListSearch label="Search features" group="Features" base=ctx.base acts=views /> }.into_any()
}

fn body(ctx: Ctx, shown: Shown, creating: RwSignal<bool>, importing: RwSignal<bool>) -> AnyView {
    ctx.editor.settle();
    match shown {
        Shown::List(page) => table::list(ctx, page, creating, importing),
        Shown::Tree(tree) => {
            ctx.loaded.set(tree.nodes.iter().map(|n| n.row.clone()).collect());
            tree::tree(ctx, tree, creating, importing)
        }
    }
}
