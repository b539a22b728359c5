//! `/admin/health`: the external parts, each asked now.
use core_area::admin::HealthPart;
use kit::{AppError, Badge, Button, Card, Client, Icon, Loaded, Skeleton, Status, Tone};
use leptos::prelude::*;
use leptos_meta::Title;

/// Asks every part how it is doing.
#[server(client = Client, output = kit::Wire)]
pub async fn admin_health() -> Result<Vec<HealthPart>, AppError> {
    kit::call::as_visitor(async |request| core_area::admin::health(request).await).await
}

pub struct HealthPage {
    parts: kit::Data<Vec<HealthPart>>,
}

impl kit::Page for HealthPage {
    fn data() -> Self {
        // Parts may take seconds to answer: the page does not wait for them, unless it is refused.
        Self { parts: kit::Data::new(|| (), |()| admin_health()) }
    }

    fn view(this: Self) -> AnyView {
        let HealthPage { parts } = this;
        let again = view! { <Button icon=Icon::RefreshCw on:click=move |_| parts.refetch()>"Check again"</Button> };
        let body = view! { <Loaded from=parts skeleton=|| view! { <Skeleton lines=8 /> } show=show /> };
        view! {
            <Title text="Health" />
            {super::page("Health", "Every part with its built-in, asked just now.", again.into_any(), body.into_any())}
        }
        .into_any()
    }
}

fn show(parts: Vec<HealthPart>) -> AnyView {
    let lines = parts
        .into_iter()
        .map(|part| {
            let (words, tone) = if part.ok { ("Works", Tone::Success) } else { ("Does not work", Tone::Danger) };
            let took = i64::try_from(part.duration_ms).unwrap_or(i64::MAX);
            view! {
                <li class="set-row" data-part=part.part.clone()>
                    <div>
                        <span class="row"><b class="strong">{part_words(&part.part)}</b> <Badge text=part.label tone=if part.configured { Tone::Accent } else { Tone::Neutral } /></span>
                        <small>{part.message} " · " {kit::num::duration_ms(took)}</small>
                    </div>
                    <Status text=words tone=tone />
                </li>
            }
        })
        .collect_view();
    view! { <Card flush=true><ul>{lines}</ul></Card> }.into_any()
}

/// `identity.github` as "Identity: github".
fn part_words(part: &str) -> String {
    crate::parts::jobs::words(&part.replace('.', ": "))
}
