//! `/o/{org}/settings/members`: who is here, who is invited, and what they may do.
use crate::{
    parts::{Question, ask, tell},
    reauth::guarded,
};
#[cfg(feature = "ssr")]
use core_area::{
    invitations::NewInvitation,
    members::{MemberQuery, RoleChange},
};
use core_area::{
    invitations::{Invitation, InviteRole, Invited},
    members::{Member, Seats},
};
#[cfg(feature = "ssr")]
use kernel::{access::Perm, record::PageRequest};
use kernel::{access::Role, record::Paged};
use kit::{
    Ago, AppError, Badge, Button, ButtonKind, Card, Choice, Client, Confirm, Dialog, FormAlert, FormScope, Icon, Loaded, Menu, MenuItem,
    MenuLine, Person, SelectField, SettingsPage, SkeletonTable, Submit, TextField, Tone, fault_of, use_live, use_toasts,
};
use leptos::prelude::*;
use leptos_meta::Title;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// What the page shows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MembersView {
    pub members: Paged<Member>,
    pub invitations: Vec<Invitation>,
    pub seats: Seats,
    pub may_manage: bool,
}

/// A page of members with the pending invitations.
#[server(client = Client, output = kit::Wire)]
pub async fn members_get(search: String, after: Option<String>) -> Result<MembersView, AppError> {
    kit::call::read_tenant(async |tx| {
        let query = MemberQuery { search, role: None, page: PageRequest { after, limit: None } };
        let may_manage = tx.actor().may(Perm::MembersManage);
        let invitations = match may_manage {
            true => core_area::invitations::list(tx, None, &PageRequest { after: None, limit: Some(100) }).await?.rows,
            false => Vec::new(),
        };
        Ok(MembersView {
            members: core_area::members::list(tx, &query).await?,
            invitations,
            seats: core_area::members::seats(tx).await?,
            may_manage,
        })
    })
    .await
}

/// Invites somebody by mail, or sends a pending invitation again.
#[server(client = Client, output = kit::Wire)]
pub async fn member_invite(email: String, role: InviteRole) -> Result<Invited, AppError> {
    kit::call::in_tenant(async |tx| core_area::invitations::invite(tx, &NewInvitation { email, role }).await).await
}

/// Sends an invitation again with a new link.
#[server(client = Client, output = kit::Wire)]
pub async fn invitation_resend(id: Uuid) -> Result<Invitation, AppError> {
    kit::call::in_tenant(async |tx| core_area::invitations::resend(tx, id).await).await
}

/// Takes an invitation back.
#[server(client = Client, output = kit::Wire)]
pub async fn invitation_revoke(id: Uuid) -> Result<(), AppError> {
    kit::call::in_tenant(async |tx| core_area::invitations::revoke(tx, id).await).await
}

/// Gives a member another role.
#[server(client = Client, output = kit::Wire)]
pub async fn member_change_role(member_id: Uuid, role: Role) -> Result<Member, AppError> {
    kit::call::in_tenant(async |tx| core_area::members::change_role(tx, &RoleChange { member_id, role }).await).await
}

/// Takes a member out of the organization.
#[server(client = Client, output = kit::Wire)]
pub async fn member_remove(member_id: Uuid) -> Result<(), AppError> {
    kit::call::in_tenant(async |tx| core_area::members::remove(tx, member_id).await).await
}

/// Leaves the organization.
#[server(client = Client, output = kit::Wire)]
pub async fn organization_leave() -> Result<(), AppError> {
    kit::call::in_tenant(async |tx| core_area::organizations::leave(tx).await).await
}

pub struct MembersPage {
    view: kit::Data<MembersView>,
}

impl kit::Page for MembersPage {
    fn data() -> Self {
        let slug = kit::use_org_slug();
        let (search, after) = (kit::query::use_query_param("q"), kit::query::use_query_param("after"));
        let live = [use_live("core.memberships"), use_live("core.invitations")];
        let key = move || (slug.get(), search.get(), after.get(), live.map(|topic| topic.get()));
        let view = kit::Data::blocking(key, |(_, search, after, _)| members_get(search, Some(after).filter(|a| !a.is_empty())));
        Self { view }
    }

    fn view(this: Self) -> AnyView {
        let MembersPage { view } = this;
        let desk = Desk::new();
        view! {
            <Title text="Members" />
            <SettingsPage title="Settings">
                {super::tabs()}
                <Loaded from=view skeleton=|| view! { <SkeletonTable rows=5 columns=4 /> } show=move |v: MembersView| page(v, desk) />
                {dialogs(desk)}
            </SettingsPage>
        }
        .into_any()
    }
}

/// What stands outside of the lists, which are drawn anew whenever somebody joins, leaves or is seen: open dialogs and
/// calls under way.
#[derive(Clone, Copy)]
struct Desk {
    inviting: RwSignal<bool>,
    removing: RwSignal<Option<(Uuid, String)>>,
    leaving: RwSignal<bool>,
    change: Action<(Uuid, Role), Result<Member, AppError>>,
    resend: Action<Uuid, Result<Invitation, AppError>>,
    revoke: Action<Uuid, Result<(), AppError>>,
}

impl Desk {
    fn new() -> Self {
        let toasts = use_toasts();
        // A new owner needs a proof of identity.
        let change = guarded(|(id, role)| member_change_role(id, role), |_: &Member| ());
        let resend = Action::new(|id: &Uuid| invitation_resend(*id));
        let revoke = Action::new(|id: &Uuid| invitation_revoke(*id));
        tell(change);
        tell(resend);
        tell(revoke);
        kit::effect(move || {
            if matches!(resend.value().get(), Some(Ok(_))) {
                toasts.success("Invitation sent again");
            }
        });
        Self {
            inviting: kit::query::opened_by("invite"),
            removing: RwSignal::new(None),
            leaving: RwSignal::new(false),
            change,
            resend,
            revoke,
        }
    }
}

fn dialogs(desk: Desk) -> AnyView {
    let remove = Action::new(|id: &Uuid| member_remove(*id));
    let leave = Action::new(|(): &()| organization_leave());
    tell(remove);
    tell(leave);
    kit::effect(move || {
        if matches!(leave.value().get(), Some(Ok(()))) {
            let _ = window().location().set_href("/");
        }
    });
    let question = Question {
        title: |name| format!("Remove {name}?"),
        text: "They lose access at once, and keys they made stop working. What they wrote stays.",
        verb: "Remove",
    };
    let leaving = desk.leaving;
    view! {
        {invite_dialog(desk.inviting)}
        {ask(desk.removing, question, move |id| { remove.dispatch(id); })}
        <Confirm
            open=leaving title="Leave this organization?" verb="Leave"
            text="You lose access at once. An owner or admin can invite you again."
            busy=leave.pending() on_confirm=Callback::new(move |()| { leave.dispatch(()); leaving.set(false); })
        />
    }
    .into_any()
}

fn page(view: MembersView, desk: Desk) -> AnyView {
    let MembersView { members, invitations, seats, may_manage } = view;
    let count = match seats.limit {
        Some(limit) => format!("{} of {limit} seats", seats.members + seats.pending),
        None => kit::num::plural(seats.members, "member", "members"),
    };
    let next = members.next.clone();
    view! {
        <Card
            title="Members" flush=true
            acts=move || view! {
                <span class="hint">{count}</span>
                {may_manage.then(|| view! { <Button kind=ButtonKind::Primary size=kit::Size::Sm icon=Icon::Plus on:click=move |_| desk.inviting.set(true)>"Invite"</Button> })}
            }
        >
            <ul class="people">{members.rows.into_iter().map(|member| member_row(member, desk)).collect_view()}</ul>
            {next.map(|after| view! { <p class="more"><a class="btn btn-sm" href=format!("?after={after}")>"More members"</a></p> })}
        </Card>
        {(!invitations.is_empty()).then(|| view! {
            <Card title="Invitations" flush=true>
                <ul class="people">{invitations.into_iter().map(|invitation| invitation_row(invitation, desk)).collect_view()}</ul>
            </Card>
        })}
    }
    .into_any()
}

fn role_words(role: Role) -> &'static str {
    match role {
        Role::Owner => "Owner",
        Role::Admin => "Admin",
        Role::Member => "Member",
    }
}

fn member_row(member: Member, desk: Desk) -> AnyView {
    let you = member.is_you.then(|| view! { <Badge text="You" /> });
    let seen = match member.last_seen_at {
        Some(at) => view! { "Active " <Ago at=at /> }.into_any(),
        None => "Active".into_any(),
    };
    let protected = member.has_mfa.unwrap_or(false).then(|| view! { <Badge text="2FA" tone=Tone::Success icon=Icon::ShieldCheck /> });
    let tone = if member.role == Role::Owner { Tone::Accent } else { Tone::Neutral };
    let acts = member_acts(&member, desk);
    view! {
        <li class="set-row" data-member=member.id.to_string()>
            <div>
                <span class="row"><Person name=member.name.clone() src=member.avatar_url.clone().unwrap_or_default() /> {you} {protected}</span>
                <small>{member.email.clone()}</small>
            </div>
            <small class="seen">{seen}</small>
            <Badge text=role_words(member.role) tone=tone />
            {acts}
        </li>
    }
    .into_any()
}

fn member_acts(member: &Member, desk: Desk) -> AnyView {
    let Desk { removing, leaving, change, .. } = desk;
    let (id, name) = (member.id, member.name.clone());
    if member.may.change_role.is_empty() && !member.may.remove && !member.is_you {
        return view! { <span class="acts-none"></span> }.into_any();
    }
    let roles = member
        .may
        .change_role
        .clone()
        .into_iter()
        .map(|role| {
            let verb = format!("Make {}", role.as_str());
            view! { <MenuItem icon=Icon::Shield on:click=move |_| { change.dispatch((id, role)); }>{verb}</MenuItem> }
        })
        .collect_view();
    let (may_remove, is_you) = (member.may.remove && !member.is_you, member.is_you);
    let named = name.clone();
    view! {
        <Menu id=format!("member-{id}") label=format!("Actions for {name}") icon=Icon::Ellipsis compact=true end=true>
            {roles}
            {(may_remove || is_you).then(|| view! { <MenuLine /> })}
            {may_remove.then(|| view! { <MenuItem icon=Icon::X danger=true on:click=move |_| removing.set(Some((id, named.clone())))>"Remove from the organization"</MenuItem> })}
            {is_you.then(|| view! { <MenuItem icon=Icon::LogOut danger=true on:click=move |_| leaving.set(true)>"Leave the organization"</MenuItem> })}
        </Menu>
    }
    .into_any()
}

fn invitation_row(invitation: Invitation, desk: Desk) -> AnyView {
    let Desk { resend, revoke, .. } = desk;
    let (id, email) = (invitation.id, invitation.email.clone());
    let days = (invitation.expires_at - kit::time::now()).num_hours().max(0).div_euclid(24) + 1;
    let by = invitation.invited_by.map(|name| format!(" · invited by {name}")).unwrap_or_default();
    view! {
        <li class="set-row">
            <div>
                <span>{invitation.email}</span>
                <small>"Pending, expires in " {kit::num::plural(days.min(7), "day", "days")} {by}</small>
            </div>
            <Badge text=if invitation.role == InviteRole::Admin { "Admin" } else { "Member" } />
            <Menu id=format!("invitation-{id}") label=format!("Actions for {email}") icon=Icon::Ellipsis compact=true end=true>
                <MenuItem icon=Icon::Send on:click=move |_| { resend.dispatch(id); }>"Send again"</MenuItem>
                <MenuItem icon=Icon::X danger=true on:click=move |_| { revoke.dispatch(id); }>"Revoke"</MenuItem>
            </Menu>
        </li>
    }
    .into_any()
}

fn invite_dialog(open: RwSignal<bool>) -> AnyView {
    let toasts = use_toasts();
    let email = RwSignal::new(String::new());
    let role = RwSignal::new("member".to_owned());
    let invite = Action::new(move |(): &()| {
        let role = if role.get_untracked() == "admin" { InviteRole::Admin } else { InviteRole::Member };
        member_invite(email.get_untracked(), role)
    });
    kit::effect(move || {
        if let Some(Ok(invited)) = invite.value().get() {
            let again = if invited.resent { " again" } else { "" };
            toasts.success(format!("Invitation sent{again} to {}", invited.invitation.email));
            open.set(false);
            email.set(String::new());
        }
    });
    let roles = || {
        vec![
            Choice::new("member", "Member").hint("Works on everything the team makes"),
            Choice::new("admin", "Admin").hint("Also manages members, keys and settings"),
        ]
    };
    view! {
        <Dialog open=open title="Invite a colleague">
            <form class="form" on:submit=move |event| { event.prevent_default(); invite.dispatch(()); }>
                <FormScope fault=fault_of(invite) pending=invite.pending()>
                    <FormAlert />
                    <TextField name="email" label="Email" kind="email" bind=email required=true autofocus=true />
                    <SelectField name="role" label="Role" choices=roles() bind=role />
                    <div class="form-foot">
                        <Button on:click=move |_| open.set(false)>"Cancel"</Button>
                        <Submit icon=Icon::Send>"Send invitation"</Submit>
                    </div>
                </FormScope>
            </form>
        </Dialog>
    }
    .into_any()
}
