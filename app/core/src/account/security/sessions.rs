//! Where the person is signed in, and the logins of other providers that sign them in here.
use super::{login_unlink, session_revoke, sessions_revoke_others};
use crate::{parts::tell, reauth::guarded};
use core_area::{oauth::LinkedLogin, sessions::SessionRow};
use kit::{Ago, AppError, Badge, Button, ButtonKind, Card, SettingsRow, Size, Tone};
use leptos::prelude::*;
use uuid::Uuid;

#[derive(Clone, Copy)]
pub(super) struct SessionDesk {
    revoke: Action<Uuid, Result<(), AppError>>,
    revoke_others: Action<(), Result<u64, AppError>>,
    unlink: Action<Uuid, Result<(), AppError>>,
}

impl SessionDesk {
    pub fn new(version: RwSignal<u32>) -> Self {
        let revoke = guarded(session_revoke, move |()| version.update(|n| *n += 1));
        let revoke_others = guarded(|()| sessions_revoke_others(), move |_: &u64| version.update(|n| *n += 1));
        let unlink = guarded(login_unlink, move |()| version.update(|n| *n += 1));
        tell(revoke);
        tell(revoke_others);
        tell(unlink);
        Self { revoke, revoke_others, unlink }
    }

    pub fn card(self, sessions: Vec<SessionRow>) -> AnyView {
        let Self { revoke, revoke_others, .. } = self;
        let others = sessions.iter().filter(|s| !s.current).count();
        let lines = sessions
            .into_iter()
            .map(|session| {
                let id = session.id;
                let address = session.ip_address.unwrap_or_else(|| "unknown address".to_owned());
                view! {
                    <li class="set-row" data-session=id.to_string()>
                        <div>{session.device} <small>{address} " · last seen " <Ago at=session.last_seen_at /></small></div>
                        {match session.current {
                            true => view! { <Badge text="This one" tone=Tone::Success /> }.into_any(),
                            false => view! { <Button size=Size::Sm on:click=move |_| { revoke.dispatch(id); }>"Revoke"</Button> }.into_any(),
                        }}
                    </li>
                }
            })
            .collect_view();
        view! {
            <Card flush=true>
                <ul class="sessions">{lines}</ul>
                {(others > 0).then(|| view! {
                    <SettingsRow title="Everywhere else"><Button kind=ButtonKind::Danger on:click=move |_| { revoke_others.dispatch(()); }>"Sign out elsewhere"</Button></SettingsRow>
                })}
            </Card>
        }
        .into_any()
    }

    pub fn linked_card(self, linked: Vec<LinkedLogin>) -> AnyView {
        if linked.is_empty() {
            return view! { <p class="hint">"None. Sign in once with another provider to link it, where this installation offers one."</p> }
                .into_any();
        }
        let unlink = self.unlink;
        let lines = linked
            .into_iter()
            .map(|login| {
                view! {
                    <li class="set-row">
                        <div>{login.name} <small>"Linked " <Ago at=login.created_at /></small></div>
                        <Button size=Size::Sm on:click=move |_| { unlink.dispatch(login.id); }>"Unlink"</Button>
                    </li>
                }
            })
            .collect_view();
        view! { <Card flush=true><ul>{lines}</ul></Card> }.into_any()
    }
}
