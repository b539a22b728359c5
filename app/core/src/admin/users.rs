//! `/admin/users`: everybody of the installation.
use super::listing::{self, List, Listing, searched};
use crate::{parts::tell, reauth::guarded};
#[cfg(feature = "ssr")]
use core_area::admin::AdminQuery;
use core_area::admin::AdminUser;
#[cfg(feature = "ssr")]
use kernel::record::PageRequest;
use kernel::record::Paged;
use kit::{AppError, Badge, Button, ButtonKind, Cell, Client, Column, Confirm, Fact, Facts, Icon, Tone, use_toasts};
use leptos::prelude::*;
use uuid::Uuid;

/// A page of people.
#[server(client = Client, output = kit::Wire)]
pub async fn admin_users(#[server(default)] search: String, after: Option<String>) -> Result<Paged<AdminUser>, AppError> {
    let query = AdminQuery { search, page: PageRequest { after, limit: None } };
    kit::call::as_visitor(async |request| core_area::admin::users(request, &query).await).await
}

/// Ends a lock after wrong passwords.
#[server(client = Client, output = kit::Wire)]
pub async fn admin_user_unlock(id: Uuid) -> Result<(), AppError> {
    kit::call::as_visitor(async |request| core_area::admin::user_unlock(request, id).await).await
}

/// Gives or takes the administration of the installation.
#[server(client = Client, output = kit::Wire)]
pub async fn admin_user_set_admin(id: Uuid, #[server(default)] admin: bool) -> Result<(), AppError> {
    kit::call::as_visitor(async |request| core_area::admin::user_set_platform_admin(request, id, admin).await).await
}

/// Signs a person out everywhere.
#[server(client = Client, output = kit::Wire)]
pub async fn admin_user_end_sessions(id: Uuid) -> Result<u64, AppError> {
    kit::call::as_visitor(async |request| core_area::admin::user_end_sessions(request, id).await).await
}

pub struct UsersPage {
    list: List<AdminUser>,
}

impl kit::Page for UsersPage {
    fn data() -> Self {
        Self { list: searched(|search, after| Box::pin(admin_users(search, after))) }
    }

    fn view(this: Self) -> AnyView {
        let list = this.list;
        listing::page(&USERS, list, move |row| details(row, list))
    }
}

static COLUMNS: [Column; 6] = [
    Column::new("name", "Name").grow(),
    Column::new("email", "Mail address").from_tablet(),
    Column::new("state", "State").fit(),
    Column::new("organizations", "Organizations").number().from_desktop(),
    Column::new("last_login_at", "Last sign-in").number().from_tablet(),
    Column::new("created_at", "Joined").number().from_desktop(),
];

fn is_locked(user: &AdminUser) -> bool {
    user.locked_until.is_some_and(|until| until > kit::time::now())
}

fn state(user: &AdminUser) -> (&'static str, Tone) {
    if user.deleted_at.is_some() {
        ("Deleted", Tone::Neutral)
    } else if is_locked(user) {
        ("Locked", Tone::Warning)
    } else if !user.email_verified {
        ("Not confirmed", Tone::Info)
    } else {
        ("Active", Tone::Success)
    }
}

static USERS: Listing<AdminUser> = Listing {
    title: "Users",
    text: "Everybody with an account on this installation.",
    search: "Name or mail address",
    columns: &COLUMNS,
    cells: |user, now| {
        let (words, tone) = state(user);
        vec![
            Cell::title(&user.name),
            Cell::text(&user.email),
            Cell::status(words, tone),
            Cell::number(user.organizations),
            user.last_login_at.map_or_else(Cell::none, |at| Cell::ago(at, now)),
            Cell::ago(user.created_at, now),
        ]
    },
    id: |user| user.id.to_string(),
    name: |user| user.name.clone(),
    empty: (Icon::Users, "Nobody yet", "People show here when they sign up or are invited."),
};

fn details(user: AdminUser, list: List<AdminUser>) -> AnyView {
    let (words, tone) = state(&user);
    let yes = |on: bool| if on { "Yes" } else { "No" };
    let acts = user.deleted_at.is_none().then(|| acts(&user, list));
    let locked = user.locked_until.filter(|_| is_locked(&user));
    let email = user.email.clone();
    view! {
        <div class="stack">
            <Facts>
                <Fact name="Mail address">{email}</Fact>
                <Fact name="State"><Badge text=words tone=tone /></Fact>
                <Fact name="Second factor">{yes(user.has_mfa)}</Fact>
                <Fact name="Administrator">{yes(user.is_platform_admin)}</Fact>
                <Fact name="Organizations">{user.organizations}</Fact>
                <Fact name="Joined">{super::day(user.created_at)}</Fact>
                {user.last_login_at.map(|at| view! { <Fact name="Last sign-in">{kit::time::exact_text(at)}</Fact> })}
                {locked.map(|at| view! { <Fact name="Locked until">{kit::time::exact_text(at)}</Fact> })}
                <Fact name="Id"><code>{user.id.to_string()}</code></Fact>
            </Facts>
            {acts}
        </div>
    }
    .into_any()
}

fn acts(user: &AdminUser, list: List<AdminUser>) -> AnyView {
    let toasts = use_toasts();
    let (id, name, admin) = (user.id, user.name.clone(), user.is_platform_admin);
    let (granting, ending) = (RwSignal::new(false), RwSignal::new(false));
    let unlock = guarded(admin_user_unlock, move |()| {
        toasts.success("The lock is ended");
        list.refetch();
    });
    let end = guarded(admin_user_end_sessions, move |n: &u64| {
        toasts.success(format!("{} ended", kit::num::plural(i64::try_from(*n).unwrap_or(i64::MAX), "session", "sessions")));
    });
    let grant = guarded(
        move |to: bool| admin_user_set_admin(id, to),
        move |()| {
            toasts.success("Saved");
            list.refetch();
        },
    );
    tell(unlock);
    tell(end);
    tell(grant);
    let verb = if admin { "Take administration" } else { "Make administrator" };
    let text = match admin {
        true => "They no longer see the pages of the installation.",
        false => "They see metadata of all people and organizations, can suspend organizations and read the built-in mailbox.",
    };
    view! {
        <div class="row">
            {is_locked(user).then(|| view! { <Button busy=unlock.pending() on:click=move |_| { unlock.dispatch(id); }>"Unlock"</Button> })}
            <Button icon=Icon::LogOut busy=end.pending() on:click=move |_| ending.set(true)>"End sessions"</Button>
            <Button icon=Icon::Shield kind=if admin { ButtonKind::Danger } else { ButtonKind::Plain } on:click=move |_| granting.set(true)>{verb}</Button>
        </div>
        <Confirm
            open=ending title=format!("Sign {name} out everywhere?") verb="End sessions" text="They sign in again on every device."
            on_confirm=Callback::new(move |()| { end.dispatch(id); ending.set(false); })
        />
        <Confirm
            open=granting title=format!("{verb}: {name}?") verb=verb text=text danger=admin
            on_confirm=Callback::new(move |()| { grant.dispatch(!admin); granting.set(false); })
        />
    }
    .into_any()
}
