//! `/verify/:token` and `/not-me/:token`: links of mails. Looking changes nothing; a button does, since mail
//! programs open links on their own.
use core_area::{
    devices::NotMeInfo,
    signup::{LinkInfo, LinkPurpose},
};
use kernel::{Code, Fault};
use kit::{AppError, AuthPage, Client, FormAlert, FormScope, Submit, TextField, action_fault};
use leptos::{form::ActionForm, prelude::*};
use leptos_meta::Title;

/// What a link of a mail is for; 410 when it is used up.
#[server(client = Client, output = kit::Wire)]
pub async fn mail_link(token: String) -> Result<LinkInfo, AppError> {
    kit::call::as_visitor(async |request| core_area::signup::link(request, &token).await).await
}

/// Confirms an address.
#[server(client = Client, output = kit::Wire)]
pub async fn verify_email(token: String) -> Result<(), AppError> {
    super::go(&[], async |visitor| Ok(core_area::signup::verify(visitor, &token).await?.goto)).await
}

/// The sign-in a person did not make.
#[server(client = Client, output = kit::Wire)]
pub async fn not_me_link(token: String) -> Result<NotMeInfo, AppError> {
    kit::call::as_visitor(async |request| core_area::devices::not_me_info(request, &token).await).await
}

/// Ends that session and starts a password reset.
#[server(client = Client, output = kit::Wire)]
pub async fn not_me(token: String) -> Result<(), AppError> {
    super::go(&[], async |visitor| core_area::devices::not_me(visitor, &token).await).await
}

/// Shows what a link leads to, or why it is dead and how to get a new one.
pub(super) fn link_or_dead<T: kit::Load>(
    link: kit::Data<T>,
    again: impl Fn(Fault) -> AnyView + Copy + Send + Sync + 'static,
    show: impl Fn(T) -> AnyView + Copy + Send + Sync + 'static,
) -> AnyView {
    let show = move |loaded| match loaded {
        Ok(value) => show(value),
        Err(AppError(fault)) if matches!(fault.code, Code::Gone | Code::NotFound) => {
            let why = fault.message.clone();
            view! {
                <AuthPage title="This link no longer works" text=move || why note=|| view! { <a class="link" href="/login">"Back to sign-in"</a> }>
                    {again(fault)}
                </AuthPage>
            }
            .into_any()
        }
        Err(AppError(fault)) => kit::fault_view(fault),
    };
    kit::loaded_or_not(link, show, ViewFnOnce::default())
}

pub struct VerifyPage {
    token: Memo<String>,
    link: kit::Data<LinkInfo>,
    action: ServerAction<VerifyEmail>,
}

impl kit::Page for VerifyPage {
    fn data() -> Self {
        let token = kit::use_text_param("token");
        Self { token, link: kit::Data::blocking(move || token.get(), mail_link), action: ServerAction::new() }
    }

    fn view(this: Self) -> AnyView {
        let VerifyPage { token, link, action } = this;
        let again = ServerAction::<super::signup::ResendVerification>::new();
        let dead = move |_| {
            view! {
                <ActionForm action=again attr:class="stack">
                    <FormScope fault=action_fault(again) pending=again.pending()>
                        <FormAlert />
                        <TextField name="email" label="Email" kind="email" autocomplete="username" required=true />
                        <Submit>"Send a new one"</Submit>
                    </FormScope>
                </ActionForm>
            }
            .into_any()
        };
        view! {
            <Title text="Confirm your address" />
            {link_or_dead(link, dead, move |info: LinkInfo| {
                let button = if info.purpose == LinkPurpose::EmailVerify { "Confirm and open" } else { "Confirm address" };
                let email = info.email;
                view! {
                    <AuthPage title="Confirm your address" text=move || format!("This confirms {email}.")>
                        <ActionForm action=action attr:class="stack">
                            <FormScope fault=action_fault(action) pending=action.pending()>
                                <FormAlert />
                                <input type="hidden" name="token" value=token.get_untracked() />
                                <Submit>{button}</Submit>
                            </FormScope>
                        </ActionForm>
                    </AuthPage>
                }
                .into_any()
            })}
        }
        .into_any()
    }
}

pub struct NotMePage {
    token: Memo<String>,
    link: kit::Data<NotMeInfo>,
    action: ServerAction<NotMe>,
}

impl kit::Page for NotMePage {
    fn data() -> Self {
        let token = kit::use_text_param("token");
        Self { token, link: kit::Data::blocking(move || token.get(), not_me_link), action: ServerAction::new() }
    }

    fn view(this: Self) -> AnyView {
        let NotMePage { token, link, action } = this;
        let dead = |_| view! { <a class="btn btn-primary" href="/forgot">"Reset the password"</a> }.into_any();
        view! {
            <Title text="This was not me" />
            {link_or_dead(link, dead, move |info: NotMeInfo| {
                let from = info.ip_address.map(|ip| format!(" from {ip}")).unwrap_or_default();
                let text = format!("{}{from}, {}.", info.device, kit::time::exact_text(info.at));
                view! {
                    <AuthPage title="End this sign-in" text=move || text>
                        <p class="hint">"The session ends at once and you choose a new password."</p>
                        <ActionForm action=action attr:class="stack">
                            <FormScope fault=action_fault(action) pending=action.pending()>
                                <FormAlert />
                                <input type="hidden" name="token" value=token.get_untracked() />
                                <Submit kind=kit::ButtonKind::Danger>"This was not me"</Submit>
                            </FormScope>
                        </ActionForm>
                    </AuthPage>
                }
                .into_any()
            })}
        }
        .into_any()
    }
}
