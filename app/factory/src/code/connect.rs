//! Which repository and branch the project is built in.
use super::{Ctx, calls::code_connect};
use factory::code::{ConnectInput, RepoProvider};
use kernel::Fault;
use kit::{AppError, Button, Dialog, FormAlert, FormScope, Submit, TextField};
use leptos::{prelude::*, task::spawn_local};

/// The dialog of the connection.
pub struct ConnectDialog(pub Ctx);

impl kit::Part for ConnectDialog {
    fn view(this: Self) -> AnyView {
        let ctx = this.0;
        let known = ctx.connection.get_untracked();
        let (location, branch) = known.map(|c| (c.location, c.branch)).unwrap_or_else(|| (String::new(), "main".to_owned()));
        let (location, branch) = (RwSignal::new(location), RwSignal::new(branch));
        let (fault, busy) = (RwSignal::new(None::<Fault>), RwSignal::new(false));
        let send = move |event: leptos::ev::SubmitEvent| {
            event.prevent_default();
            if busy.get_untracked() {
                return;
            }
            let input = ConnectInput { provider: RepoProvider::Local, location: location.get_untracked(), branch: branch.get_untracked() };
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
        let hint = move || format!("A folder below {}, where the operator of this installation keeps repositories.", ctx.root.get());
        view! {
            <Dialog open=ctx.connecting title="Connect a repository">
                <FormScope fault=fault pending=busy>
                    <form class="form" on:submit=send>
                        <FormAlert />
                        <TextField name="location" label="Folder" bind=location required=true maxlength=500 autocomplete="off" placeholder="shop" hint=hint() />
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
