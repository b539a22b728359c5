//! `/invite/:token`: joining an organization, with a new account or the one signed in.
use super::strength::NewPassword;
use core_area::invitations::InvitationLook;
use kit::{AppError, AuthPage, Client, FormAlert, FormScope, Submit, TextField, action_fault};
use leptos::{form::ActionForm, prelude::*};
use leptos_meta::Title;

/// What an invitation offers; 410 when it is used, revoked or expired.
#[server(client = Client, output = kit::Wire)]
pub async fn invitation_get(token: String) -> Result<InvitationLook, AppError> {
    kit::call::as_visitor(async |request| core_area::invitations::look(request, &token).await).await
}

/// Joins with a new account and signs it in.
#[server(client = Client, output = kit::Wire)]
pub async fn invitation_join(token: String, name: String, password: String) -> Result<(), AppError> {
    let kept = name.clone();
    super::go(&[("name", &kept)], async |visitor| {
        let input = core_area::invitations::InvitationJoin { token, name, password };
        let joined = core_area::invitations::join(&visitor.request, &input).await?;
        let home = format!("/o/{}", joined.slug);
        Ok(core_area::signin::open_session(visitor, joined.user_id, &["password"], Some(&home)).await?.goto)
    })
    .await
}

/// Joins with the account that is signed in.
#[server(client = Client, output = kit::Wire)]
pub async fn invitation_accept(token: String) -> Result<(), AppError> {
    super::go(&[], async |visitor| Ok(format!("/o/{}", core_area::invitations::accept(&visitor.request, &token).await?.slug))).await
}

/// Asks the inviter for a new invitation; the same answer always.
#[server(client = Client, output = kit::Wire)]
pub async fn invitation_ask_again(token: String) -> Result<(), AppError> {
    super::go(&[], async |visitor| {
        core_area::invitations::ask_again(&visitor.request, &token).await?;
        Ok("/login?asked=1".to_owned())
    })
    .await
}

pub struct InvitePage {
    token: Memo<String>,
    look: kit::Data<InvitationLook>,
    join: ServerAction<InvitationJoin>,
    accept: ServerAction<InvitationAccept>,
    again: ServerAction<InvitationAskAgain>,
}

impl kit::Page for InvitePage {
    fn data() -> Self {
        let token = kit::use_text_param("token");
        Self {
            token,
            look: kit::Data::blocking(move || token.get(), invitation_get),
            join: ServerAction::new(),
            accept: ServerAction::new(),
            again: ServerAction::new(),
        }
    }

    fn view(this: Self) -> AnyView {
        let InvitePage { token, look, join, accept, again } = this;
        let dead = move |_| {
            view! {
                <ActionForm action=again attr:class="stack">
                    <FormScope fault=action_fault(again) pending=again.pending()>
                        <FormAlert />
                        {token_field(token)}
                        <Submit>"Send a new one"</Submit>
                    </FormScope>
                </ActionForm>
            }
            .into_any()
        };
        view! {
            <Title text="Invitation" />
            {super::verify::link_or_dead(look, dead, move |look: InvitationLook| offer(look, token, join, accept))}
        }
        .into_any()
    }
}

fn token_field(token: Memo<String>) -> AnyView {
    view! { <input type="hidden" name="token" value=token.get_untracked() /> }.into_any()
}

fn offer(look: InvitationLook, token: Memo<String>, join: ServerAction<InvitationJoin>, accept: ServerAction<InvitationAccept>) -> AnyView {
    let title = format!("Join {}", look.organization);
    let inviter = look.inviter.clone().unwrap_or_else(|| "A colleague".to_owned());
    let text = format!("{inviter} invites {} to join as {}.", look.email, look.role.as_str());
    let here = format!("/invite/{}", token.get_untracked());
    let sign_in = format!("/login?next={}", leptos_router::location::Url::escape(&here));
    let body = match (&look.signed_in_as, look.wrong_account, look.has_account) {
        (Some(email), true, _) => view! {
            <p role="alert">"You are signed in as " <strong>{email.clone()}</strong> ", but this invitation is for " <strong>{look.email.clone()}</strong> "."</p>
            {switch_button(sign_in)}
        }
        .into_any(),
        (Some(_), false, _) => view! {
            <ActionForm action=accept attr:class="stack">
                <FormScope fault=action_fault(accept) pending=accept.pending()>
                    <FormAlert />
                    {token_field(token)}
                    <Submit>"Join"</Submit>
                </FormScope>
            </ActionForm>
        }
        .into_any(),
        (None, _, true) => view! { <a class="btn btn-primary" href=sign_in>"Sign in to join"</a> }.into_any(),
        (None, _, false) => view! {
            <ActionForm action=join attr:class="stack">
                <FormScope fault=action_fault(join) pending=join.pending()>
                    <FormAlert />
                    {token_field(token)}
                    <TextField name="name" label="Your name" autocomplete="name" required=true autofocus=true />
                    <NewPassword name="password" label="Choose a password" />
                    <Submit>"Join"</Submit>
                </FormScope>
            </ActionForm>
        }
        .into_any(),
    };
    view! { <AuthPage title=title text=move || text>{body}</AuthPage> }.into_any()
}

fn switch_button(to: String) -> AnyView {
    let action = ServerAction::<SwitchAccount>::new();
    view! {
        <ActionForm action=action>
            <FormScope fault=action_fault(action) pending=action.pending()>
                <FormAlert />
                <input type="hidden" name="to" value=to />
                <Submit>"Switch account"</Submit>
            </FormScope>
        </ActionForm>
    }
    .into_any()
}

/// Signs out and comes back to the invitation by way of the sign-in.
#[server(client = Client, output = kit::Wire)]
pub async fn switch_account(to: String) -> Result<(), AppError> {
    super::go(&[], async |visitor| {
        core_area::signin::sign_out(visitor).await?;
        Ok(core_area::signin::safe_redirect(Some(&to)).unwrap_or("/login").to_owned())
    })
    .await
}
