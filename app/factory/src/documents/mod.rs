//! `/o/{org}/factory/{project}/refinery` and `/foundry`: the documents of an area as a tree, one of them open beside it.
use factory::documents::{DocumentArea, DocumentRow, DocumentTree};
use kit::{Button, ButtonKind, Icon, Loaded, PageHead, Skeleton, use_live};
use leptos::{prelude::*, task::spawn_local};
use leptos_meta::Title;
use leptos_router::{components::Outlet, hooks::use_location};
use std::collections::BTreeSet;
use uuid::Uuid;

pub mod approval_calls;
mod approvals;
mod ask;
pub mod calls;
mod compare;
mod create;
mod drift;
mod editor;
mod export;
mod files;
mod head;
mod history;
mod js;
mod lists;
mod page;
mod routes;
mod side;
mod suggestions;
mod templates;
mod tree;

pub use ask::InterviewDialog;
use calls::documents_tree;
pub use create::CreateDocument;
pub use export::ExportDialog;
pub use lists::{DeletedDialog, InitialiseDialog};
pub use page::DocumentPage;
pub use routes::{DocumentRoutes, documents_piece};
pub use templates::TemplatesPage;

/// What the parts of an area share.
#[derive(Clone, Copy)]
pub struct Ctx {
    pub project: Memo<String>,
    pub area: Memo<DocumentArea>,
    /// `/o/acme/factory/shop`
    pub home: Memo<String>,
    pub tree: kit::Data<DocumentTree>,
    /// The tree as it came last, and its documents.
    pub shown: StoredValue<Option<DocumentTree>>,
    pub rows: RwSignal<Vec<DocumentRow>>,
    pub open: RwSignal<BTreeSet<String>>,
    /// Rises when something was changed here.
    pub version: RwSignal<u64>,
    /// The new document that is being made: for which feature, if for one.
    pub making: RwSignal<Option<Making>>,
    pub toasts: kit::Toasts,
}

/// What a new document is begun with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Making {
    pub kind: Option<factory::documents::DocumentType>,
    pub feature: Option<Uuid>,
}

impl Ctx {
    /// The address of the area.
    pub fn base(&self) -> String {
        format!("{}/{}", self.home.get(), self.area.get().as_str())
    }

    /// Something was changed: what is on show is fetched anew.
    pub fn changed(&self) {
        self.version.update(|n| *n += 1);
    }
}

/// The name of an area.
pub const fn area_words(area: DocumentArea) -> &'static str {
    match area {
        DocumentArea::Refinery => "Refinery",
        DocumentArea::Foundry => "Foundry",
    }
}

/// The area of an address.
pub fn use_area() -> Memo<DocumentArea> {
    let path = use_location().pathname;
    Memo::new(move |_| path.with(|p| if p.split('/').nth(5) == Some("foundry") { DocumentArea::Foundry } else { DocumentArea::Refinery }))
}

/// Draws the tree anew when documents came, went or were renamed, and not while somebody only types in one.
fn follow(ctx: Ctx) {
    let live = use_live("factory.documents");
    Effect::new(move |before: Option<u64>| {
        let now = live.get();
        if before.is_none_or(|before| before == now) {
            return now;
        }
        let (project, area) = (ctx.project.get_untracked(), ctx.area.get_untracked());
        spawn_local(async move {
            let Ok(fetched) = documents_tree(project, area).await else { return };
            let differs = ctx.shown.try_with_value(|shown| shown.as_ref().is_none_or(|shown| !same(shown, &fetched)));
            if differs == Some(true) {
                ctx.version.try_update(|n| *n += 1);
            }
        });
        now
    });
}

/// Do both draw the same tree?
fn same(a: &DocumentTree, b: &DocumentTree) -> bool {
    let still = |row: &DocumentRow| DocumentRow { updated_at: Default::default(), ..row.clone() };
    let equal = a.documents.len() == b.documents.len() && a.documents.iter().zip(&b.documents).all(|(a, b)| still(a) == still(b));
    equal && (a.area, a.deleted, &a.features) == (b.area, b.deleted, &b.features)
}

/// Refinery or foundry: the tree, and what is open.
pub struct AreaPage {
    ctx: Ctx,
}

impl kit::Page for AreaPage {
    fn data() -> Self {
        let (org, project, area) = (kit::use_org_slug(), kit::use_text_param("project"), use_area());
        // Documents that are typed in come in seconds: `follow` looks whether the tree shows any of it.
        let live = [use_live("factory.features"), use_live("factory.agent_suggestions"), use_live("factory.drift_alerts")];
        let version = RwSignal::new(0);
        let tree = kit::Data::blocking(
            move || (org.get(), project.get(), area.get(), live.map(|topic| topic.get()), version.get()),
            |(_, project, area, ..)| documents_tree(project, area),
        );
        let path = kit::use_org_path();
        let home = Memo::new(move |_| path(&format!("/factory/{}", project.get())));
        let open = RwSignal::new(area.get_untracked().types().map(tree::group_id).into_iter().collect());
        let toasts = kit::use_toasts();
        let ctx = Ctx {
            project,
            area,
            home,
            tree,
            shown: StoredValue::new(None),
            rows: RwSignal::default(),
            open,
            version,
            making: RwSignal::new(None),
            toasts,
        };
        // The open document stands below this page and finds it.
        provide_context(ctx);
        Self { ctx }
    }

    fn view(this: Self) -> AnyView {
        let AreaPage { ctx } = this;
        provide_context(ctx);
        let slug = kit::use_text_param("slug");
        let [deleted, initialising, asking, exporting] = [false; 4].map(RwSignal::new);
        let asked = kit::query::opened_by("new");
        kit::effect(move || {
            if asked.get() {
                asked.set(false);
                ctx.making.set(Some(Making::default()));
            }
        });
        kit::use_shortcut("c", "Documents", "New document", move || ctx.making.set(Some(Making::default())));
        follow(ctx);
        let project_tabs = move || crate::pages::tabs(&ctx.home.get(), None);
        view! {
            <Title text=move || area_words(ctx.area.get()) />
            <div class="page page-flush docs" class:docs-open=move || !slug.get().is_empty()>
                <div class="docs-top">
                    <PageHead
                        title=Signal::derive(move || area_words(ctx.area.get()).to_owned())
                        acts=move || view! {
                            {move || (ctx.area.get() == DocumentArea::Foundry).then(|| view! {
                                <a class="btn" href=move || format!("{}/decisions", ctx.home.get())>{kit::icon(Icon::CircleCheck)} "Decisions"</a>
                                <Button icon=Icon::Layers on:click=move |_| initialising.set(true)>"Initialise from template"</Button>
                            })}
                            {move || (ctx.area.get() == DocumentArea::Refinery).then(|| view! {
                                <Button icon=Icon::MessageSquare on:click=move |_| asking.set(true)>"Start with questions"</Button>
                            })}
                            <Button icon=Icon::Download on:click=move |_| exporting.set(true)>"Export"</Button>
                            <Button kind=ButtonKind::Primary icon=Icon::Plus on:click=move |_| ctx.making.set(Some(Making::default()))>"New document"</Button>
                        }
                    />
                    {project_tabs}
                </div>
                <div class="docs-body">
                    <nav class="docs-tree" aria-label="Documents">
                        <Loaded from=ctx.tree skeleton=|| view! { <Skeleton lines=9 /> } show=move |shown: DocumentTree| tree::tree(ctx, shown, deleted, initialising) />
                    </nav>
                    <div class="docs-main">
                        <Outlet />
                        {move || slug.get().is_empty().then(|| lists::welcome(ctx))}
                    </div>
                </div>
            </div>
            {kit::part(move || ctx.making.with(Option::is_some), move || CreateDocument(ctx))}
            {kit::part(move || asking.get(), move || InterviewDialog { ctx, open: asking })}
            {kit::part(move || exporting.get(), move || ExportDialog { ctx, open: exporting })}
            {kit::part(move || deleted.get(), move || DeletedDialog { ctx, open: deleted })}
            {kit::part(move || initialising.get(), move || InitialiseDialog { ctx, open: initialising })}
        }
        .into_any()
    }
}
