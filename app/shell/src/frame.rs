//! The frame around pages: sidebar, top bar, the page itself. Pages load beside it, never inside its waiting.
use crate::nav::{self, NavGroup};
use kernel::access::Session;
use kit::{Avatar, Breadcrumbs, Crumb, Icon, IconButton, Menu, MenuItem, MenuLine, MenuLink, MenuTitle, icon};
use leptos::prelude::*;
use leptos_router::{components::Outlet, hooks::use_location};

/// Around the pages of an organization.
#[component]
pub fn OrgFrame() -> impl IntoView {
    frame(nav::org_nav)
}

/// Around a person's own pages and the pages of the installation.
#[component]
pub fn AccountFrame() -> impl IntoView {
    frame(|session, _| nav::account_nav(session))
}

fn frame(groups: fn(&Session, &str) -> Vec<NavGroup>) -> AnyView {
    let open = RwSignal::new(false);
    let location = use_location();
    // The sidebar of a phone closes when a link was followed.
    Effect::new(move |before: Option<String>| {
        let path = location.pathname.get();
        if before.is_some_and(|b| b != path) {
            open.set(false);
        }
        path
    });
    view! {
        <div class="app" class:side-open=open>
            <a class="skip" href="#main">"Skip to content"</a>
            <aside class="app-side" id="side">
                {sidebar(groups)}
            </aside>
            <div class="scrim" on:click=move |_| open.set(false)></div>
            <div class="app-main">
                <header class="app-head">
                    <span class="side-toggle">
                        <IconButton icon=Icon::Menu label="Show navigation" on:click=move |_| open.update(|o| *o = !*o) />
                    </span>
                    {breadcrumbs()}
                    <span class="grow"></span>
                    {crate::live_pill::live_pill()}
                    {crate::palette::search_button()}
                    <app_core::bell::Bell />
                </header>
                <main id="main" tabindex="-1">
                    <Outlet />
                </main>
            </div>
        </div>
    }
    .into_any()
}

fn sidebar(groups: fn(&Session, &str) -> Vec<NavGroup>) -> AnyView {
    let session = expect_context::<kit::SessionContext>().session;
    let slug = kit::use_org_slug();
    let show = move |session| match session {
        Ok(Some(session)) => signed_in(session, slug, groups),
        _ => view! { <a class="switcher" href="/login"><kit::Logo /><span>"Millrace"</span></a> }.into_any(),
    };
    kit::loaded_or_not(session, show, ViewFnOnce::from(|| view! { <div class="skeleton-side" aria-hidden="true"></div> }))
}

fn signed_in(session: Session, slug: Memo<String>, groups: fn(&Session, &str) -> Vec<NavGroup>) -> AnyView {
    let groups = groups(&session, &slug.get_untracked());
    let path = use_location().pathname;
    let project = Memo::new(move |_| path.with(|path| nav::project_of(path)));
    // Below the areas: the pages of the project one is in.
    let pages = move || project.get().map(|project| group(nav::project_nav(&slug.get_untracked(), &project)));
    let list = groups
        .into_iter()
        .map(|one| match one.title {
            "Build" => view! { {group(one)} {pages} }.into_any(),
            _ => group(one),
        })
        .collect_view();
    view! {
        {switcher(&session)}
        <nav class="nav-all" aria-label="Main">
            {list}
        </nav>
        <div class="side-foot">{person_menu(&session)}</div>
    }
    .into_any()
}

fn group(group: NavGroup) -> AnyView {
    let path = use_location().pathname;
    let links = group
        .links
        .into_iter()
        .map(|link| {
            let href = link.href.clone();
            let exact = matches!(link.label, "Home" | "Overview") || link.href == "/account";
            let current = move || {
                let path = path.get();
                let here = path == href || (!exact && path.starts_with(&format!("{href}/")));
                here.then_some("page")
            };
            view! {
                <li>
                    <a class=kit::html::classes(&["nav-link", link.area]) href=link.href aria-current=current aria-keyshortcuts=link.keys>
                        {icon(link.icon)}
                        <span>{link.label}</span>
                    </a>
                </li>
            }
        })
        .collect_view();
    view! {
        {(!group.title.is_empty()).then(|| view! { <h2 class="nav-title">{group.title}</h2> })}
        <ul class="nav">{links}</ul>
    }
    .into_any()
}

/// The organization of the page, and the way to the others.
fn switcher(session: &Session) -> AnyView {
    let name = session.org.as_ref().map_or_else(|| "Millrace".to_owned(), |o| o.org.name.clone());
    let logo = session.org.as_ref().and_then(|o| o.org.logo_url.clone());
    let here = session.org.as_ref().map(|o| o.org.slug.clone());
    let trigger = {
        let name = name.clone();
        move || view! { <Avatar name=name.clone() src=logo.clone().unwrap_or_default() square=true /> <span>{name.clone()}</span> {icon(Icon::ChevronsUpDown)} }
    };
    let links = session
        .organizations
        .clone()
        .into_iter()
        .map(|org| {
            let mark = if here.as_ref() == Some(&org.slug) { Icon::Check } else { Icon::Building2 };
            view! { <MenuLink href=format!("/o/{}", org.slug) icon=mark>{org.name}</MenuLink> }
        })
        .collect_view();
    view! {
        <Menu id="switch-org" label=format!("Organization {name}") trigger=trigger trigger_class="switcher">
            <MenuTitle text="Organizations" />
            {links}
            <MenuLine />
            <MenuLink href="/orgs" icon=Icon::Plus>"Create or manage"</MenuLink>
        </Menu>
    }
    .into_any()
}

fn person_menu(session: &Session) -> AnyView {
    let (name, email, avatar) = (session.name.clone(), session.email.clone(), session.avatar_url.clone());
    let trigger = {
        let (name, avatar) = (name.clone(), avatar.clone());
        move || view! { <Avatar name=name.clone() src=avatar.clone().unwrap_or_default() /> <span>{name.clone()}</span> {icon(Icon::Ellipsis)} }
    };
    let sign_out = app_core::auth::use_sign_out();
    let show_help = crate::help::use_help();
    let admin = session.is_platform_admin;
    view! {
        <Menu id="person-menu" label=format!("Account of {name}") trigger=trigger trigger_class="switcher">
            <MenuTitle text=email />
            <MenuLink href="/account" icon=Icon::User>"Account"</MenuLink>
            <MenuLink href="/account/security" icon=Icon::Shield>"Security"</MenuLink>
            {admin.then(|| view! { <MenuLink href="/admin/users" icon=Icon::Server>"Installation"</MenuLink> })}
            <MenuLine />
            <div class="menu-theme"><kit::ThemeSwitch /></div>
            <MenuItem icon=Icon::Keyboard keys="?" on:click=move |_| show_help()>"Keyboard shortcuts"</MenuItem>
            <MenuLine />
            <MenuItem icon=Icon::LogOut on:click=move |_| sign_out()>"Sign out"</MenuItem>
        </Menu>
    }
    .into_any()
}

fn breadcrumbs() -> AnyView {
    let path = use_location().pathname;
    let crumbs = Signal::derive(move || {
        let trail = nav::crumbs(&path.get());
        let last = trail.len().saturating_sub(1);
        trail
            .into_iter()
            .enumerate()
            .map(|(i, (label, href))| if i == last { Crumb::here(label) } else { Crumb::link(label, href) })
            .collect()
    });
    view! { <Breadcrumbs crumbs=crumbs /> }.into_any()
}
