//! `/orgs`: the organizations of a person, and a new one.
#[cfg(feature = "ssr")]
use core_area::organizations::NewOrganization;
use core_area::organizations::OrgListed;
use kit::{
    AppError, Avatar, Badge, Button, ButtonKind, Card, Client, Dialog, Empty, FormAlert, FormScope, Icon, Loaded, SettingsPage, Skeleton,
    Submit, TextField, Tone, fault_of, use_live,
};
use leptos::prelude::*;
use leptos_meta::Title;

/// The person's organizations.
#[server(client = Client, output = kit::Wire)]
pub async fn organizations_mine() -> Result<Vec<OrgListed>, AppError> {
    kit::call::as_person_reading(async |tx| core_area::organizations::mine(tx).await).await
}

/// Makes an organization that the person owns.
#[server(client = Client, output = kit::Wire)]
pub async fn organization_create(name: String, slug: String) -> Result<OrgListed, AppError> {
    kit::call::as_person(async |tx| core_area::organizations::create(tx, &NewOrganization { name, slug }).await).await
}

pub struct OrgsPage {
    list: kit::Data<Vec<OrgListed>>,
}

impl kit::Page for OrgsPage {
    fn data() -> Self {
        let live = use_live("core.memberships");
        Self { list: kit::Data::blocking(move || live.get(), |_| organizations_mine()) }
    }

    fn view(this: Self) -> AnyView {
        let OrgsPage { list } = this;
        let creating = kit::query::opened_by("new");
        view! {
            <Title text="Organizations" />
            <SettingsPage title="Organizations" text=|| "Each is a space of its own: its members, projects and settings.">
                <div class="row"><Button kind=ButtonKind::Primary icon=Icon::Plus on:click=move |_| creating.set(true)>"Create organization"</Button></div>
                <Loaded from=list skeleton=|| view! { <Skeleton lines=4 /> } show=show />
                {create_dialog(creating)}
            </SettingsPage>
        }
        .into_any()
    }
}

fn show(list: Vec<OrgListed>) -> AnyView {
    if list.is_empty() {
        return view! { <Empty icon=Icon::Building2 title="You are in no organization yet" text="Create one, or ask a colleague to invite you." /> }.into_any();
    }
    let lines = list
        .into_iter()
        .map(|org| {
            let suspended = org.suspended.then(|| view! { <Badge text="Suspended" tone=Tone::Warning /> });
            view! {
                <li class="set-row">
                    <Avatar name=org.name.clone() src=org.logo_url.clone().unwrap_or_default() square=true />
                    <div>
                        <a class="strong" href=format!("/o/{}", org.slug)>{org.name}</a>
                        <small>{kit::num::plural(org.members, "member", "members")}</small>
                    </div>
                    {suspended}
                    <Badge text=org.role.as_str() />
                </li>
            }
        })
        .collect_view();
    view! { <Card flush=true><ul>{lines}</ul></Card> }.into_any()
}

fn create_dialog(open: RwSignal<bool>) -> AnyView {
    let (name, slug) = (RwSignal::new(String::new()), RwSignal::new(String::new()));
    let create = Action::new(move |(): &()| organization_create(name.get_untracked(), slug.get_untracked()));
    kit::effect(move || {
        if let Some(Ok(made)) = create.value().get() {
            // A full load: everything on the page belongs to the other organization.
            let _ = window().location().set_href(&format!("/o/{}", made.slug));
        }
    });
    view! {
        <Dialog open=open title="Create an organization">
            <form class="form" on:submit=move |event| { event.prevent_default(); create.dispatch(()); }>
                <FormScope fault=fault_of(create) pending=create.pending()>
                    <FormAlert />
                    <TextField name="name" label="Name" bind=name required=true autofocus=true maxlength=255 />
                    <TextField name="slug" label="Address" note="optional" bind=slug hint="The part after /o/. Made from the name when left empty." />
                    <div class="form-foot"><Submit>"Create organization"</Submit></div>
                </FormScope>
            </form>
        </Dialog>
    }
    .into_any()
}
