//! `/setup`: the first person of an installation. Open only while there is none.
use super::strength::NewPassword;
#[cfg(feature = "ssr")]
use kernel::Fault;
use kit::{AppError, AuthPage, Client, FormAlert, FormScope, Loaded, Submit, TextField, action_fault};
use leptos::{form::ActionForm, prelude::*};
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;

/// 404 once the installation has a person.
#[server(client = Client, output = kit::Wire)]
pub async fn setup_state() -> Result<(), AppError> {
    kit::call::as_visitor(async |request| match core_area::signup::setup_open(request.app()).await? {
        true => Ok(()),
        false => Err(Fault::not_found("This page")),
    })
    .await
}

/// Creates the platform admin and the first organization.
#[server(client = Client, output = kit::Wire)]
pub async fn set_up(token: String, name: String, email: String, password: String, organization_name: String) -> Result<(), AppError> {
    let kept = [token.clone(), name.clone(), email.clone(), organization_name.clone()];
    super::go(&[("token", &kept[0]), ("name", &kept[1]), ("email", &kept[2]), ("organization_name", &kept[3])], async |visitor| {
        Ok(core_area::signup::setup(visitor, core_area::signup::Setup { token, name, email, password, organization_name }).await?.goto)
    })
    .await
}

pub struct SetupPage {
    state: kit::Data<()>,
    action: ServerAction<SetUp>,
}

impl kit::Page for SetupPage {
    fn data() -> Self {
        Self { state: kit::Data::blocking(|| (), |()| setup_state()), action: ServerAction::new() }
    }

    fn view(this: Self) -> AnyView {
        let SetupPage { state, action } = this;
        view! {
            <Title text="Set up" />
            <Loaded from=state show=move |()| form(action) />
        }
        .into_any()
    }
}

fn form(action: ServerAction<SetUp>) -> AnyView {
    let token = use_query_map().read_untracked().get("token");
    view! {
        <AuthPage title="Set up Millrace" text=|| "You become the administrator of this installation and the owner of its first organization.">
            <ActionForm action=action attr:class="stack">
                <FormScope fault=action_fault(action) pending=action.pending()>
                    <FormAlert />
                    <TextField name="token" label="Set-up token" value=token.unwrap_or_default() required=true autocomplete="off" hint="It stands in the log of the server." />
                    <TextField name="name" label="Your name" autocomplete="name" required=true />
                    <TextField name="email" label="Email" kind="email" autocomplete="username" required=true />
                    <NewPassword name="password" label="Password" />
                    <TextField name="organization_name" label="Organization" autocomplete="organization" required=true />
                    <Submit>"Set up"</Submit>
                </FormScope>
            </ActionForm>
        </AuthPage>
    }
    .into_any()
}
