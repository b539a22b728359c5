//! `/o/{org}/settings/general`: the organization's profile and settings, and its end.
mod danger;
mod logo;

#[cfg(feature = "ssr")]
use core_area::members::MemberQuery;
#[cfg(feature = "ssr")]
use core_area::organizations::{OrgDelete, OrgTransfer};
use core_area::{
    members::Member,
    organizations::{MEMBER_GRANTS, OrgEdit, OrgProfile, Sharing},
};
use kernel::Code;
#[cfg(feature = "ssr")]
use kernel::access::Perm;
#[cfg(feature = "ssr")]
use kernel::record::PageRequest;
use kit::{
    Alert, AppError, Button, Card, Checkbox, Choice, Client, FormAlert, FormScope, Loaded, SelectField, SettingsPage, SettingsRow,
    SettingsSection, Skeleton, Submit, TextField, Tone, fault_of, use_live, use_toasts,
};
use leptos::prelude::*;
use leptos_meta::Title;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// What the page shows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct GeneralView {
    pub profile: OrgProfile,
    pub may_edit: bool,
    pub is_owner: bool,
}

/// The profile of the organization.
#[server(client = Client, output = kit::Wire)]
pub async fn organization_get() -> Result<GeneralView, AppError> {
    kit::call::read_tenant(async |tx| {
        let (may_edit, is_owner) = (tx.actor().may(Perm::OrgEdit), tx.actor().may(Perm::OrgSecurity));
        Ok(GeneralView { profile: core_area::organizations::get(tx).await?, may_edit, is_owner })
    })
    .await
}

/// Saves profile and settings; 409 with the present ones when somebody was faster.
#[server(client = Client, output = kit::Wire)]
pub async fn organization_save(edit: OrgEdit) -> Result<OrgProfile, AppError> {
    kit::call::in_tenant(async |tx| core_area::organizations::save(tx, &edit).await).await
}

/// The members an owner may hand the organization to.
#[server(client = Client, output = kit::Wire)]
pub async fn organization_heirs() -> Result<Vec<Member>, AppError> {
    kit::call::read_tenant(async |tx| {
        let query = MemberQuery { search: String::new(), role: None, page: PageRequest { after: None, limit: Some(100) } };
        Ok(core_area::members::list(tx, &query).await?.rows.into_iter().filter(|m| !m.is_you).collect())
    })
    .await
}

/// Makes another member the owner.
#[server(client = Client, output = kit::Wire)]
pub async fn organization_transfer(member_id: Uuid) -> Result<(), AppError> {
    kit::call::in_tenant(async |tx| core_area::organizations::transfer(tx, &OrgTransfer { member_id }).await).await
}

/// Ends the organization. Its name must be typed.
#[server(client = Client, output = kit::Wire)]
pub async fn organization_delete(name: String) -> Result<(), AppError> {
    kit::call::in_tenant(async |tx| core_area::organizations::delete(tx, &OrgDelete { name }).await).await
}

pub struct GeneralPage {
    view: kit::Data<GeneralView>,
}

impl kit::Page for GeneralPage {
    fn data() -> Self {
        let slug = kit::use_org_slug();
        let live = use_live("core.organizations");
        // A change by somebody else does not pull the form from under the hands of who types: saving meets it.
        let view = kit::Data::blocking(move || (slug.get(), live.with_untracked(|n| *n)), |_| organization_get());
        Self { view }
    }

    fn view(this: Self) -> AnyView {
        let GeneralPage { view } = this;
        view! {
            <Title text="Settings" />
            <SettingsPage title="Settings">
                {super::tabs()}
                <Loaded from=view skeleton=|| view! { <Skeleton lines=8 /> } show=page />
            </SettingsPage>
        }
        .into_any()
    }
}

fn page(view: GeneralView) -> AnyView {
    let GeneralView { profile, may_edit, is_owner } = view;
    let name = profile.name.clone();
    view! {
        <SettingsSection title="Profile" text="How the organization appears to its members and in mails.">
            {if may_edit { form(profile) } else { read_only(profile) }}
        </SettingsSection>
        {is_owner.then(|| danger::danger(name))}
    }
    .into_any()
}

fn read_only(profile: OrgProfile) -> AnyView {
    view! {
        <Card flush=true>
            <SettingsRow title="Name"><span>{profile.name}</span></SettingsRow>
            <SettingsRow title="Address"><code>{format!("/o/{}", profile.slug)}</code></SettingsRow>
            <SettingsRow title="Time zone"><span>{profile.settings.timezone}</span></SettingsRow>
        </Card>
        <p class="hint">"Owners and admins can change this."</p>
    }
    .into_any()
}

/// The fields as they are typed.
#[derive(Clone, Copy)]
struct Fields {
    name: RwSignal<String>,
    slug: RwSignal<String>,
    logo_url: RwSignal<String>,
    timezone: RwSignal<String>,
    seats: RwSignal<String>,
    domains: RwSignal<String>,
    sharing: RwSignal<String>,
    grants: [RwSignal<bool>; 3],
}

impl Fields {
    fn new(p: &OrgProfile) -> Self {
        let grant = |i: usize| RwSignal::new(p.settings.member_grants.iter().any(|g| g == MEMBER_GRANTS[i].0));
        Self {
            name: RwSignal::new(p.name.clone()),
            slug: RwSignal::new(p.slug.clone()),
            logo_url: RwSignal::new(p.logo_url.clone().unwrap_or_default()),
            timezone: RwSignal::new(p.settings.timezone.clone()),
            seats: RwSignal::new(p.settings.seat_limit.map(|n| n.to_string()).unwrap_or_default()),
            domains: RwSignal::new(p.settings.allowed_email_domains.join(", ")),
            sharing: RwSignal::new(if p.settings.sharing == Sharing::Private { "private" } else { "team" }.to_owned()),
            grants: [grant(0), grant(1), grant(2)],
        }
    }

    fn edit(self, rev: String) -> OrgEdit {
        OrgEdit {
            rev,
            name: self.name.get_untracked(),
            slug: self.slug.get_untracked(),
            logo_url: self.logo_url.get_untracked(),
            timezone: self.timezone.get_untracked(),
            sharing: if self.sharing.get_untracked() == "private" { Sharing::Private } else { Sharing::Team },
            seat_limit: self.seats.get_untracked().trim().parse().ok(),
            allowed_email_domains: self
                .domains
                .with_untracked(|d| d.split([',', ' ']).filter(|d| !d.is_empty()).map(str::to_owned).collect()),
            member_grants: (0..3).filter(|i| self.grants[*i].get_untracked()).map(|i| MEMBER_GRANTS[i].0.to_owned()).collect(),
        }
    }
}

fn form(profile: OrgProfile) -> AnyView {
    let toasts = use_toasts();
    let rev = RwSignal::new(profile.rev.clone());
    let slug_before = profile.slug.clone();
    let fields = Fields::new(&profile);
    let save = Action::new(move |(): &()| organization_save(fields.edit(rev.get_untracked())));
    let stale = RwSignal::new(None::<OrgProfile>);
    kit::effect(move || match save.value().get() {
        Some(Ok(saved)) => {
            rev.set(saved.rev);
            stale.set(None);
            toasts.success("Settings saved");
            if saved.slug != slug_before {
                let _ = window().location().set_href(&format!("/o/{}/settings/general", saved.slug));
            } else {
                kit::session::refresh_session();
            }
        }
        Some(Err(AppError(fault))) if fault.code == Code::Stale => stale.set(kit::theirs(&fault)),
        _ => {}
    });
    let grants = MEMBER_GRANTS
        .iter()
        .zip(fields.grants)
        .map(|((name, words), bind)| view! { <Checkbox name=*name label=*words bind=bind /> })
        .collect_view();
    let sharing = vec![
        Choice::new("team", "Team: members see each other's work"),
        Choice::new("private", "Private: members see their own work; owners and admins see all"),
    ];
    view! {
        {logo::logo(fields.name, fields.logo_url, rev)}
        <form class="form" on:submit=move |event| { event.prevent_default(); save.dispatch(()); }>
            <FormScope fault=fault_of(save) pending=save.pending()>
                {move || match stale.get() {
                    Some(theirs) => conflict(theirs, fields, rev, stale),
                    None => view! { <FormAlert /> }.into_any(),
                }}
                <TextField name="name" label="Name" bind=fields.name required=true maxlength=255 />
                <TextField name="slug" label="Address" bind=fields.slug required=true hint="The part after /o/. Old links stop working when it changes." />
                <TextField name="timezone" label="Time zone" bind=fields.timezone hint="As in Europe/Berlin. Digests and schedules follow it." />
                <TextField name="seat_limit" label="Seats" note="optional" kind="number" min="1" bind=fields.seats hint="The most members and open invitations." />
                <TextField name="allowed_email_domains" label="Allowed mail domains" note="optional" bind=fields.domains hint="Separated by commas; empty allows all." />
                <SelectField name="sharing" label="Sharing" choices=sharing bind=fields.sharing />
                <fieldset class="stack-sm"><legend class="label">"Members may also"</legend>{grants}</fieldset>
                <div class="form-foot"><Submit>"Save settings"</Submit></div>
            </FormScope>
        </form>
    }
    .into_any()
}

/// Two people edited at once: both values, and the choice.
fn conflict(theirs: OrgProfile, fields: Fields, rev: RwSignal<String>, stale: RwSignal<Option<OrgProfile>>) -> AnyView {
    let said = format!(
        "Theirs: {} at /o/{}. Yours: {} at /o/{}.",
        theirs.name,
        theirs.slug,
        fields.name.get_untracked(),
        fields.slug.get_untracked()
    );
    let (keep, take) = (theirs.rev.clone(), theirs);
    view! {
        <Alert tone=Tone::Warning title="Someone else saved these settings meanwhile" acts=move || {
            let (keep, take) = (keep.clone(), take.clone());
            view! {
                <Button size=kit::Size::Sm on:click=move |_| { rev.set(keep.clone()); stale.set(None); }>"Keep mine, then save"</Button>
                <Button size=kit::Size::Sm on:click=move |_| {
                    let fresh = Fields::new(&take);
                    fields.name.set(fresh.name.get_untracked());
                    fields.slug.set(fresh.slug.get_untracked());
                    fields.logo_url.set(fresh.logo_url.get_untracked());
                    fields.timezone.set(fresh.timezone.get_untracked());
                    fields.seats.set(fresh.seats.get_untracked());
                    fields.domains.set(fresh.domains.get_untracked());
                    fields.sharing.set(fresh.sharing.get_untracked());
                    for (mine, new) in fields.grants.iter().zip(fresh.grants) {
                        mine.set(new.get_untracked());
                    }
                    rev.set(take.rev.clone());
                    stale.set(None);
                }>"Take theirs"</Button>
            }
        }>
            {said}
        </Alert>
    }
    .into_any()
}
