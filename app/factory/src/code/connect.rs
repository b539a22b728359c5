//! Which repository and branch the project is built in.
use super::{Ctx, calls::code_connect};
use factory::code::{ConnectInput, RepoProvider};
use kernel::Fault;
use kit::{AppError, Button, Choice, Dialog, FormAlert, FormScope, PasswordField, SelectField, Submit, TextField};
use leptos::{prelude::*, task::spawn_local};

const PROVIDERS: [RepoProvider; 3] = [RepoProvider::Local, RepoProvider::Github, RepoProvider::Gitlab];

const fn word(provider: RepoProvider) -> &'static str {
    match provider {
        RepoProvider::Local => "local",
        RepoProvider::Github => "github",
        RepoProvider::Gitlab => "gitlab",
        RepoProvider::Bitbucket => "bitbucket",
    }
}

/// The dialog of the connection.
pub struct ConnectDialog(pub Ctx);

impl kit::Part for ConnectDialog {
    fn view(this: Self) -> AnyView {
        let ctx = this.0;
        let known = ctx.connection.get_untracked();
        let kept = StoredValue::new(known.as_ref().and_then(|c| c.token.clone()));
        // The id of an account of the GitHub App, or nothing for a token.
        let account = RwSignal::new(known.as_ref().and_then(|c| c.account.as_ref()).map(|(id, _)| id.to_string()).unwrap_or_default());
        let (provider, location, branch) =
            known.map(|c| (c.provider, c.location, c.branch)).unwrap_or_else(|| (RepoProvider::Local, String::new(), "main".to_owned()));
        let (provider, location, branch) = (RwSignal::new(word(provider).to_owned()), RwSignal::new(location), RwSignal::new(branch));
        let token = RwSignal::new(String::new());
        let local = Memo::new(move |_| provider.with(|p| p == "local"));
        let (fault, busy) = (RwSignal::new(None::<Fault>), RwSignal::new(false));
        let send = move |event: leptos::ev::SubmitEvent| {
            event.prevent_default();
            if busy.get_untracked() {
                return;
            }
            let input = ConnectInput {
                provider: PROVIDERS.into_iter().find(|p| provider.with_untracked(|chosen| chosen == word(*p))).unwrap_or_default(),
                location: location.get_untracked(),
                branch: branch.get_untracked(),
                token: if local.get_untracked() { String::new() } else { token.get_untracked() },
                installation: account.with_untracked(|id| id.parse().ok()),
            };
            let project = ctx.project.get_untracked();
            busy.set(true);
            spawn_local(async move {
                match code_connect(project, input).await {
                    Ok(connection) => {
                        fault.set(None);
                        ctx.connecting.set(false);
                        ctx.toasts.success(format!("{} is connected and being indexed", connection.name));
                        ctx.version.update(|n| *n += 1);
                    }
                    Err(AppError(f)) => fault.set(Some(f)),
                }
                busy.set(false);
            });
        };
        let place = move || {
            if local.get() {
                let hint = format!("A folder below {}, where the operator of this installation keeps repositories.", ctx.root.get());
                return view! { <TextField name="location" label="Folder" bind=location required=true maxlength=500 autocomplete="off" placeholder="shop" hint=hint /> }
                    .into_any();
            }
            let hint = match kept.get_value() {
                Some(kept) => format!("Empty keeps {kept}."),
                None => "It needs to read the contents of the repository, nothing else. A public one needs none.".to_owned(),
            };
            let accounts = ctx.accounts.get();
            let by_app = provider.with(|p| p == "github") && !accounts.is_empty();
            let ways = by_app.then(|| {
                let choices = crate::validator::github_app::ways("Access token", accounts);
                view! { <SelectField name="installation" label="Way in" choices=choices bind=account /> }
            });
            let token = move || {
                (!by_app || account.with(String::is_empty))
                    .then(|| view! { <PasswordField name="token" label="Access token" autocomplete="off" bind=token hint=hint.clone() /> })
            };
            view! {
                <TextField name="location" label="Repository" bind=location required=true maxlength=500 autocomplete="off" placeholder="owner/name" hint="Or the address of its page, also on a server of your own." />
                {ways}
                {token}
            }
            .into_any()
        };
        let choices = move || PROVIDERS.into_iter().map(|p| Choice::new(word(p), p.words())).collect::<Vec<_>>();
        view! {
            <Dialog open=ctx.connecting title="Connect a repository">
                <FormScope fault=fault pending=busy>
                    <form class="form" on:submit=send>
                        <FormAlert />
                        <SelectField name="provider" label="Where it is" choices=choices() bind=provider />
                        {place}
                        <TextField name="branch" label="Branch" bind=branch maxlength=255 autocomplete="off" hint="Its head is indexed, and followed as it moves." />
                        <div class="form-foot">
                            <Button on:click=move |_| ctx.connecting.set(false)>"Cancel"</Button>
                            <Submit>"Connect"</Submit>
                        </div>
                    </form>
                </FormScope>
            </Dialog>
        }
        .into_any()
    }
}
