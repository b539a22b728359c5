//! How GitHub tells of a push at once.
use super::{Ctx, calls::code_renew_webhook};
use factory::code::WebhookSetup;
use kit::{Alert, AppError, Button, ButtonKind, CopyField, Dialog, Tone};
use leptos::{prelude::*, task::spawn_local};

/// The dialog of the webhook.
pub struct WebhookDialog(pub Ctx);

impl kit::Part for WebhookDialog {
    fn view(this: Self) -> AnyView {
        let ctx = this.0;
        let (made, busy) = (RwSignal::new(None::<WebhookSetup>), RwSignal::new(false));
        let make = move |_| {
            let project = ctx.project.get_untracked();
            busy.set(true);
            spawn_local(async move {
                match code_renew_webhook(project).await {
                    Ok(setup) => made.set(Some(setup)),
                    Err(AppError(fault)) => ctx.toasts.fault(&fault),
                }
                busy.set(false);
            });
        };
        let last = move || match ctx.connection.get().and_then(|c| c.webhook) {
            Some(hook) => view! { <p>"Last heard: " <b>{hook.event}</b> ", " {hook.outcome} ", " <kit::Ago at=hook.at /></p> }.into_any(),
            None => {
                view! { <p class="hint">"Nothing was heard yet. Until then the repository is looked at every five minutes."</p> }.into_any()
            }
        };
        let shown = move || {
            match made.get() {
            Some(setup) => view! {
                <Alert tone=Tone::Success title="Copy the secret now.">"It is not shown again. The one before it counts no more."</Alert>
                <CopyField label="Payload URL" value=setup.address />
                <CopyField label="Secret" value=setup.secret hint="Content type: application/json. Event: just the push." />
            }
            .into_any(),
            None => view! {
                <p>"In the settings of the repository on GitHub, under Webhooks, add one with the address and the secret that you get here. A push is then indexed at once."</p>
            }
            .into_any(),
        }
        };
        let foot = move || {
            view! {
                <Button on:click=move |_| ctx.hooking.set(false)>"Close"</Button>
                <Button kind=ButtonKind::Primary busy=busy on:click=make>{move || if made.with(Option::is_some) { "Make another" } else { "Make a secret" }}</Button>
            }
        };
        view! {
            <Dialog open=ctx.hooking title="Webhook of GitHub">
                <div class="form">
                    {shown}
                    {last}
                    <div class="form-foot">{foot()}</div>
                </div>
            </Dialog>
        }
        .into_any()
    }
}
