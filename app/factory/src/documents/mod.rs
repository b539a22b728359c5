//! `/o/{org}/factory/{project}/refinery` and `/foundry`: the documents of an area as a tree, one of them open beside it.
use factory::documents::{DocumentArea, DocumentRow, DocumentTree};
use kit::{Button, ButtonKind, Icon, Loaded, PageHead, Skeleton, use_live};
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::{components::Outlet, hooks::use_location};
use std::collections::BTreeSet;
use uuid::Uuid;

mod ask;
pub mod calls;
mod comments;
mod compare;
mod create;
mod editor;
mod head;
mod history;
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
    /// The documents as the tree came last.
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

/// Refinery or foundry: the tree, and what is open.
pub struct AreaPage {
    ctx: Ctx,
}

impl kit::Page for AreaPage {
    fn data() -> Self {
        let (org, project, area) = (kit::use_org_slug(), kit::use_text_param("project"), use_area());
        let live = [
            use_live("factory.documents"),
            use_live("factory.features"),
            use_live("factory.agent_suggestions"),
            use_live("factory.drift_alerts"),
        ];
        let version = RwSignal::new(0);
        let tree = kit::Data::blocking(
            move || (org.get(), project.get(), area.get(), live.map(|topic| topic.get()), version.get()),
            |(_, project, area, ..)| documents_tree(project, area),
        );
        let path = kit::use_org_path();
        let home = Memo::new(move |_| path(&format!("/factory/{}", project.get())));
        let open = RwSignal::new(area.get_untracked().types().map(tree::group_id).into_iter().collect());
        let toasts = kit::use_toasts();
        let ctx = Ctx { project, area, home, tree, rows: RwSignal::default(), open, version, making: RwSignal::new(None), toasts };
        // The open document stands below this page and finds it.
        provide_context(ctx);
        Self { ctx }
    }

    fn view(this: Self) -> AnyView {
        let AreaPage { ctx } = this;
        provide_context(ctx);
        let slug = kit::use_text_param("slug");
        let (deleted, initialising, asking) = (RwSignal::new(false), RwSignal::new(false), RwSignal::new(false));
        let asked = kit::query::opened_by("new");
        kit::effect(move || {
            if asked.get() {
                asked.set(false);
                ctx.making.set(Some(Making::default()));
            }
        });
        kit::use_shortcut("c", "Documents", "New document", move || ctx.making.set(Some(Making::default())));
        let project_tabs = move || crate::overview::tabs(&ctx.home.get(), None);
        view! {
            <Title text=move || area_words(ctx.area.get()) />
            <div class="page page-flush docs" class:docs-open=move || !slug.get().is_empty()>
                <div class="docs-top">
                    <PageHead
                        title=Signal::derive(move || area_words(ctx.area.get()).to_owned())
                        acts=move || view! {
                            {move || (ctx.area.get() == DocumentArea::Foundry).then(|| view! {
                                <Button icon=Icon::Layers on:click=move |_| initialising.set(true)>"Initialise from template"</Button>
                            })}
                            {move || (ctx.area.get() == DocumentArea::Refinery).then(|| view! {
                                <Button icon=Icon::MessageSquare on:click=move |_| asking.set(true)>"Start with questions"</Button>
                            })}
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
            {kit::part(move || deleted.get(), move || DeletedDialog { ctx, open: deleted })}
            {kit::part(move || initialising.get(), move || InitialiseDialog { ctx, open: initialising })}
        }
        .into_any()
    }
}
