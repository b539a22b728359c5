//! `/vote/{token}`: what people outside wish for most. It works without script.
use super::calls::{VoteCast, vote_page};
use factory::voting::{PublicFeature, PublicPage};
use kit::{Badge, Empty, FormAlert, FormScope, Icon, Loaded, Skeleton, Tone, action_fault};
use leptos::{form::ActionForm, prelude::*};
use leptos_meta::{Meta, Title};

/// The page of visitors.
pub struct VotePage {
    token: Memo<String>,
    page: kit::Data<PublicPage>,
    cast: ServerAction<VoteCast>,
}

impl kit::Page for VotePage {
    fn data() -> Self {
        let token = kit::use_text_param("token");
        let cast = ServerAction::<VoteCast>::new();
        let version = cast.version();
        let page = kit::Data::blocking(move || (token.get(), version.get()), |(token, _)| vote_page(token));
        Self { token, page, cast }
    }

    fn view(this: Self) -> AnyView {
        let VotePage { token, page, cast } = this;
        view! {
            <Title text="Vote" />
            // Whoever has the address may see it; search engines need not.
            <Meta name="robots" content="noindex" />
            <main class="vote" id="main">
                <FormScope fault=action_fault(cast) pending=cast.pending()>
                    <FormAlert />
                </FormScope>
                <Loaded from=page skeleton=|| view! { <Skeleton lines=10 /> } show=move |p: PublicPage| show(p, token, cast) />
                <footer class="vote-foot"><kit::Logo /> "Millrace"</footer>
            </main>
        }
        .into_any()
    }
}

fn show(page: PublicPage, token: Memo<String>, cast: ServerAction<VoteCast>) -> AnyView {
    let PublicPage { project, intro, open, shipped, email } = page;
    let lead = intro.unwrap_or_else(|| "Vote for what you wish for most. You can take a vote back at any time.".to_owned());
    let body = if open.is_empty() {
        view! { <Empty icon=Icon::Lightbulb title="Nothing to vote on yet" text="Come back later: the team has not put anything up yet." /> }.into_any()
    } else {
        let cards = open.into_iter().map(|f| card(f, token, cast, email.as_deref())).collect_view();
        view! { <ul class="vote-list">{cards}</ul> }.into_any()
    };
    let done = (!shipped.is_empty()).then(|| {
        let lines = shipped
            .into_iter()
            .map(|f| {
                let at = f.shipped_at.map(|at| view! { <kit::Ago at=at /> });
                let votes = (f.votes > 0).then(|| kit::num::plural(f.votes, "vote", "votes"));
                view! {
                    <li class="vote-card">
                        <span class="vote-done">{kit::icon(Icon::Check)}</span>
                        <div class="min-w-0"><h3>{f.name}</h3><p class="hint">"Shipped " {at} {votes.map(|v| view! { " · " {v} })}</p></div>
                    </li>
                }
                .into_any()
            })
            .collect_view();
        view! { <section><h2>"Shipped"</h2><ul class="vote-list">{lines}</ul></section> }
    });
    view! {
        <header class="vote-head"><h1>{project}</h1><p>{lead}</p></header>
        <section><h2 class="sr">"Open"</h2>{body}</section>
        {done}
    }
    .into_any()
}

fn card(f: PublicFeature, token: Memo<String>, cast: ServerAction<VoteCast>, email: Option<&str>) -> AnyView {
    let PublicFeature { id, name, description, votes, voted, begun, .. } = f;
    let label = match voted {
        true => format!("Take back your vote for {name}, {}", kit::num::plural(votes, "vote", "votes")),
        false => format!("Vote for {name}, {}", kit::num::plural(votes, "vote", "votes")),
    };
    let hidden = move |wanted: bool| {
        view! {
            <input type="hidden" name="token" value=token.get_untracked() />
            <input type="hidden" name="feature" value=id.to_string() />
            <input type="hidden" name="wanted" value=wanted.to_string() />
        }
    };
    let address = format!("Your address, to be told when {name} ships");
    let listen = voted.then(|| match email {
        Some(email) => view! { <p class="hint">"We write to " {email.to_owned()} " when it ships."</p> }.into_any(),
        None => view! {
            <ActionForm action=cast attr:class="vote-mail">
                {hidden(true)}
                <input class="input" type="email" name="email" required=true maxlength="255" placeholder="you@example.org" autocomplete="email" aria-label=address />
                <button class="btn" type="submit">"Tell me when it ships"</button>
            </ActionForm>
        }
        .into_any(),
    });
    view! {
        <li class="vote-card">
            <ActionForm action=cast>
                {hidden(!voted)}
                <button type="submit" class="vote-btn" aria-pressed=voted.to_string() aria-label=label>
                    {kit::icon(Icon::ChevronUp)} <b class="num">{kit::num::group(votes)}</b>
                </button>
            </ActionForm>
            <div class="min-w-0">
                <h3>{name} {begun.then(|| view! { " " <Badge text="In progress" tone=Tone::Info /> })}</h3>
                {description.map(|d| view! { <p>{d}</p> })}
                {listen}
            </div>
        </li>
    }
    .into_any()
}
