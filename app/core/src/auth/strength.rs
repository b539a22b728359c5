//! A new password with its strength as it is typed. Without script it is a plain field and the server checks.
use core_area::passwords::Strength;
#[cfg(feature = "ssr")]
use core_area::passwords::StrengthCheck;
use kit::{AppError, Client, PasswordField};
use leptos::prelude::*;

/// How strong a password is; nothing is stored.
#[server(client = Client, output = kit::Wire)]
pub async fn password_strength(password: String) -> Result<Strength, AppError> {
    kit::call::as_visitor(async |_| {
        Ok(core_area::passwords::strength(&StrengthCheck { password, email: String::new(), name: String::new() }))
    })
    .await
}

const WORDS: [&str; 5] = ["Very weak", "Weak", "Fair", "Good", "Strong"];

/// The field of a new password, with a meter.
#[component]
pub fn NewPassword(name: &'static str, label: &'static str) -> impl IntoView {
    let typed = RwSignal::new(String::new());
    let check = Action::new(|password: &String| password_strength(password.clone()));
    kit::effect(move || {
        let password = typed.get();
        if !password.is_empty() {
            check.dispatch(password);
        }
    });
    let strength = move || check.value().get().and_then(Result::ok).filter(|_| typed.with(|t| !t.is_empty()));
    view! {
        <div class="stack-sm">
            <PasswordField name=name label=label autocomplete="new-password" bind=typed hint="At least 10 characters; a few unrelated words work well." />
            <div class="meter-line" aria-live="polite">
                {move || strength().map(|s: Strength| view! {
                    <meter class="strength" min="0" max="4" low="2" high="3" optimum="4" value=s.score aria-label="Strength"></meter>
                    <span class="hint">{WORDS[usize::from(s.score.min(4))]} {(!s.hint.is_empty()).then(|| format!(": {}", s.hint))}</span>
                })}
            </div>
        </div>
    }
    .into_any()
}
