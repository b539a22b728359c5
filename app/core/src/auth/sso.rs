//! Sign-in with the service of one's organization: the mail domain of the typed address leads to it.
use core_area::signin::{ProviderChoice, mail_domain};
use kernel::{Code, Fault};
use kit::{AppError, Client};
use leptos::{leptos_dom::helpers::debounce, prelude::*};
use leptos_router::{hooks::use_query_map, location::Url};
use std::time::Duration;

/// The service that people of this address's mail domain sign in with. It tells nothing of the person.
#[server(client = Client, output = kit::Wire)]
pub async fn login_service(email: String) -> Result<Option<ProviderChoice>, AppError> {
    kit::call::as_visitor(async |request| core_area::signin::provider_for(request, &email).await).await
}

/// What the sign-in page knows of the typed address.
#[derive(Clone, Copy)]
pub(crate) struct Sso {
    pub email: RwSignal<String>,
    /// The service of the address's domain.
    pub offered: Memo<Option<ProviderChoice>>,
    /// The person asked for the password all the same.
    with_password: RwSignal<bool>,
}

impl Sso {
    /// Looks the domain up while the address is typed. Without script the answer to an address without a password names
    /// the service: `fault` is that answer.
    pub fn new(fault: Signal<Option<Fault>>) -> Self {
        let query = use_query_map();
        let of_query = |name: &str| query.with_untracked(|q| q.get(name)).unwrap_or_default();
        let kept = fault.with_untracked(|f| f.as_ref().and_then(|f| f.kept.get("email").cloned()));
        let email = RwSignal::new(kept.unwrap_or_else(|| of_query("email")));
        let domain = Memo::new(move |_| email.with(|e| mail_domain(e)).unwrap_or_default());
        let ask = Action::new(|(domain, email): &(String, String)| {
            let (domain, email) = (domain.clone(), email.clone());
            async move { (domain, login_service(email).await.ok().flatten()) }
        });
        let mut soon = debounce(Duration::from_millis(200), move |domain: String| {
            ask.dispatch((domain, email.get_untracked()));
        });
        kit::effect(move || {
            let domain = domain.get();
            if !domain.is_empty() {
                soon(domain);
            }
        });
        let offered = Memo::new(move |_| {
            let domain = domain.get();
            let found = ask.value().with(|a| a.as_ref().filter(|(of, _)| *of == domain).map(|(_, service)| service.clone()));
            found.unwrap_or_else(|| fault.with(|f| f.as_ref().filter(|f| is_of(f, &domain)).and_then(ProviderChoice::named_in)))
        });
        Self { email, offered, with_password: RwSignal::new(of_query("with") == "password") }
    }

    /// Is the password step replaced?
    pub fn instead(self) -> bool {
        !self.with_password.get() && self.offered.with(|o| o.as_ref().is_some_and(|service| service.enforced))
    }

    /// The button that leads to the service, with the address typed already.
    pub fn button(self, next: Memo<String>) -> AnyView {
        let service = move || {
            self.offered.get().map(|service| {
                let class = if service.enforced { "btn btn-primary" } else { "btn" };
                let href = move || href(&service.key, &next.get(), &self.email.get());
                view! { <a class=class rel="external" href=href data-service="">"Continue with " {service.name}</a> }
            })
        };
        view! { {service} }.into_any()
    }

    /// The way back to the password: an owner keeps one for the day the service fails.
    pub fn password_link(self, next: Memo<String>) -> AnyView {
        let link = move || {
            self.instead().then(|| {
                let href = format!("/login?with=password&email={}&next={}", Url::escape(&self.email.get()), Url::escape(&next.get()));
                view! {
                    <p class="auth-note">
                        <a class="link" href=href on:click=move |event| { event.prevent_default(); self.with_password.set(true); }>"Use a password instead"</a>
                    </p>
                }
            })
        };
        view! { {link} }.into_any()
    }

    /// The fault as the form shows it: that a password is missing is no fault while none is asked for.
    pub fn shown(self, fault: Signal<Option<Fault>>) -> Signal<Option<Fault>> {
        Signal::derive(move || fault.get().filter(|f| !(self.instead() && f.code == Code::Validation && !f.fields.contains_key("email"))))
    }
}

fn is_of(fault: &Fault, domain: &str) -> bool {
    fault.kept.get("email").and_then(|email| mail_domain(email)).is_some_and(|of| of == domain)
}

/// Where a service's sign-in begins.
pub(crate) fn href(key: &str, next: &str, email: &str) -> String {
    let mut href = format!("/api/auth/oauth/{key}");
    let mut mark = '?';
    for (name, value) in [("redirect_to", next), ("login_hint", email.trim())] {
        if !value.is_empty() {
            href.push_str(&format!("{mark}{name}={}", Url::escape(value)));
            mark = '&';
        }
    }
    href
}
