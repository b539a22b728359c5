//! `/admin/orgs`: every organization of the installation.
use super::listing::{self, List, Listing, searched};
use crate::{
    parts::tell,
    reauth::{guarded, guarded_fault},
};
use core_area::admin::AdminOrg;
#[cfg(feature = "ssr")]
use core_area::admin::AdminQuery;
#[cfg(feature = "ssr")]
use kernel::record::PageRequest;
use kernel::record::Paged;
use kit::{
    AppError, Badge, Button, ButtonKind, Cell, Client, Column, Confirm, Dialog, Fact, Facts, FormAlert, FormScope, Icon, Submit, TextArea,
    Tone, use_toasts,
};
use leptos::prelude::*;
use uuid::Uuid;

/// A page of organizations.
#[server(client = Client, output = kit::Wire)]
pub async fn admin_orgs(#[server(default)] search: String, after: Option<String>) -> Result<Paged<AdminOrg>, AppError> {
    let query = AdminQuery { search, page: PageRequest { after, limit: None } };
    kit::call::as_visitor(async |request| core_area::admin::orgs(request, &query).await).await
}

/// Closes an organization until it is opened again; its owners are told why.
#[server(client = Client, output = kit::Wire)]
pub async fn admin_org_suspend(id: Uuid, reason: String) -> Result<(), AppError> {
    kit::call::as_visitor(async |request| core_area::admin::org_suspend(request, id, &reason).await).await
}

/// Opens a suspended organization.
#[server(client = Client, output = kit::Wire)]
pub async fn admin_org_unsuspend(id: Uuid) -> Result<(), AppError> {
    kit::call::as_visitor(async |request| core_area::admin::org_unsuspend(request, id).await).await
}

/// Ends every key of an organization.
#[server(client = Client, output = kit::Wire)]
pub async fn admin_org_revoke_keys(id: Uuid) -> Result<u64, AppError> {
    kit::call::as_visitor(async |request| core_area::admin::org_revoke_keys(request, id).await).await
}

pub struct AdminOrgsPage {
    list: List<AdminOrg>,
}

impl kit::Page for AdminOrgsPage {
    fn data() -> Self {
        Self { list: searched(|search, after| Box::pin(admin_orgs(search, after))) }
    }

    fn view(this: Self) -> AnyView {
        let list = this.list;
        listing::page(&ORGS, list, move |row| details(row, list))
    }
}

static COLUMNS: [Column; 5] = [
    Column::new("name", "Name").grow(),
    Column::new("slug", "Address").from_tablet(),
    Column::new("state", "State").fit(),
    Column::new("members", "Members").number(),
    Column::new("created_at", "Created").number().from_tablet(),
];

fn state(org: &AdminOrg) -> (&'static str, Tone) {
    match (org.deleted_at, org.suspended_at) {
        (Some(_), _) => ("Deleted", Tone::Neutral),
        (_, Some(_)) => ("Suspended", Tone::Warning),
        _ => ("Open", Tone::Success),
    }
}

static ORGS: Listing<AdminOrg> = Listing {
    title: "Organizations",
    text: "Metadata only: what is inside stays with its members.",
    search: "Name or address",
    columns: &COLUMNS,
    cells: |org, now| {
        let (words, tone) = state(org);
        vec![
            Cell::title(&org.name),
            Cell::code(&format!("/o/{}", org.slug)),
            Cell::status(words, tone),
            Cell::number(org.members),
            Cell::ago(org.created_at, now),
        ]
    },
    id: |org| org.id.to_string(),
    name: |org| org.name.clone(),
    empty: (Icon::Building2, "No organization yet", "They show here as soon as somebody makes one."),
};

fn details(org: AdminOrg, list: List<AdminOrg>) -> AnyView {
    let (words, tone) = state(&org);
    let acts = org.deleted_at.is_none().then(|| acts(&org, list));
    let (address, plan) = (format!("/o/{}", org.slug), org.plan.clone());
    view! {
        <div class="stack">
            <Facts>
                <Fact name="Address"><code>{address}</code></Fact>
                <Fact name="State"><Badge text=words tone=tone /></Fact>
                <Fact name="Plan">{plan}</Fact>
                <Fact name="Members">{org.members}</Fact>
                <Fact name="Created">{super::day(org.created_at)}</Fact>
                {org.suspended_at.map(|at| view! { <Fact name="Suspended">{kit::time::exact_text(at)}</Fact> })}
                {org.deleted_at.map(|at| view! { <Fact name="Deleted">{kit::time::exact_text(at)}</Fact> })}
                <Fact name="Id"><code>{org.id.to_string()}</code></Fact>
            </Facts>
            {acts}
        </div>
    }
    .into_any()
}

fn acts(org: &AdminOrg, list: List<AdminOrg>) -> AnyView {
    let toasts = use_toasts();
    let (id, name, suspended) = (org.id, org.name.clone(), org.suspended_at.is_some());
    let (suspending, revoking) = (RwSignal::new(false), RwSignal::new(false));
    let reason = RwSignal::new(String::new());
    let suspend = guarded(
        move |reason: String| admin_org_suspend(id, reason),
        move |()| {
            suspending.set(false);
            toasts.success("The organization is suspended");
            list.refetch();
        },
    );
    let open = guarded(admin_org_unsuspend, move |()| {
        toasts.success("The organization is open again");
        list.refetch();
    });
    let revoke = guarded(admin_org_revoke_keys, move |n: &u64| {
        toasts.success(format!("{} revoked", kit::num::plural(i64::try_from(*n).unwrap_or(i64::MAX), "key", "keys")));
    });
    tell(open);
    tell(revoke);
    view! {
        <div class="row">
            {match suspended {
                true => view! { <Button icon=Icon::Play busy=open.pending() on:click=move |_| { open.dispatch(id); }>"Open again"</Button> }.into_any(),
                false => view! { <Button icon=Icon::Pause kind=ButtonKind::Danger on:click=move |_| suspending.set(true)>"Suspend"</Button> }.into_any(),
            }}
            <Button icon=Icon::KeyRound on:click=move |_| revoking.set(true)>"Revoke all keys"</Button>
        </div>
        <Dialog open=suspending title=format!("Suspend {name}?")>
            <form class="form" on:submit=move |event| { event.prevent_default(); suspend.dispatch(reason.get_untracked()); }>
                <FormScope fault=guarded_fault(suspend) pending=suspend.pending()>
                    <p>"Its members can no longer open it and its keys are refused, until you open it again. Nothing is deleted."</p>
                    <FormAlert />
                    <TextArea name="reason" label="Reason" bind=reason required=true maxlength=500 hint="Its owners read it." />
                    <div class="form-foot">
                        <Button on:click=move |_| suspending.set(false)>"Cancel"</Button>
                        <Submit kind=ButtonKind::Danger>"Suspend organization"</Submit>
                    </div>
                </FormScope>
            </form>
        </Dialog>
        <Confirm
            open=revoking title=format!("Revoke all keys of {}?", org.name) verb="Revoke all keys" typed=org.slug.clone()
            text="Every program that calls for this organization is refused at once. This cannot be undone."
            busy=revoke.pending() on_confirm=Callback::new(move |()| { revoke.dispatch(id); revoking.set(false); })
        />
    }
    .into_any()
}
