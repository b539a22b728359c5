//! The consents: switches that are saved together.
use super::consents_set;
use core_area::privacy::{ConsentEdit, PrivacySettings};
use kit::{AppError, FormAlert, FormScope, Submit, Switch, TextField, fault_of, use_toasts};
use leptos::prelude::*;

/// What is switched and typed, beside what is saved.
#[derive(Clone, Copy)]
pub(super) struct ConsentDesk {
    saved: RwSignal<Option<PrivacySettings>>,
    flags: [RwSignal<bool>; 4],
    days: RwSignal<String>,
    save: Action<ConsentEdit, Result<PrivacySettings, AppError>>,
}

const WORDS: [(&str, &str, &str); 4] = [
    ("data_processing", "Processing", "Store and process what I enter, to provide the service"),
    ("marketing", "Marketing", "Send me news about the product"),
    ("analytics", "Analytics", "Count how I use the product, to improve it"),
    ("third_party", "Third parties", "Share with providers my organization connects"),
];

impl ConsentDesk {
    pub fn new() -> Self {
        let toasts = use_toasts();
        let saved = RwSignal::new(None);
        let save = Action::new(|edit: &ConsentEdit| consents_set(edit.clone()));
        kit::effect(move || {
            if let Some(Ok(now)) = save.value().get() {
                saved.set(Some(now));
                toasts.success("Consents saved");
            }
        });
        Self { saved, flags: std::array::from_fn(|_| RwSignal::new(false)), days: RwSignal::new(String::new()), save }
    }

    fn edit(self, rev: String) -> ConsentEdit {
        let [data_processing_consent, marketing_consent, analytics_consent, third_party_consent] =
            self.flags.map(|flag| flag.get_untracked());
        ConsentEdit {
            rev,
            data_processing_consent,
            marketing_consent,
            analytics_consent,
            third_party_consent,
            data_retention_days: self.days.with_untracked(|d| d.trim().parse().unwrap_or(0)),
        }
    }

    /// Takes over what the server has, unless something else is chosen here and not saved yet.
    fn fill(self, now: &PrivacySettings) {
        let chosen = self.saved.get_untracked().is_some_and(|saved| self.edit(saved.rev.clone()) != as_edit(&saved));
        if chosen {
            return;
        }
        let values = [now.data_processing_consent, now.marketing_consent, now.analytics_consent, now.third_party_consent];
        for (flag, value) in self.flags.iter().zip(values) {
            flag.set(value);
        }
        self.days.set(now.data_retention_days.to_string());
        self.saved.set(Some(now.clone()));
    }

    pub fn form(self, settings: &PrivacySettings) -> AnyView {
        self.fill(settings);
        let Self { saved, flags, days, save } = self;
        // Made inside of the form, which they ask for errors.
        let switches = move || {
            let switch = |((name, label, hint), bind)| view! { <Switch name=name label=label hint=hint bind=bind /> };
            WORDS.into_iter().zip(flags).map(switch).collect_view()
        };
        let submit = move |event: leptos::ev::SubmitEvent| {
            event.prevent_default();
            save.dispatch(self.edit(saved.get_untracked().map(|saved| saved.rev).unwrap_or_default()));
        };
        view! {
            <form class="form" on:submit=submit>
                <FormScope fault=fault_of(save) pending=save.pending()>
                    <FormAlert />
                    {switches()}
                    <TextField name="data_retention_days" label="Keep my activity for" note="days" kind="number" min="30" max="3650" bind=days />
                    <div class="form-foot"><Submit>"Save consents"</Submit></div>
                </FormScope>
            </form>
        }
        .into_any()
    }
}

fn as_edit(saved: &PrivacySettings) -> ConsentEdit {
    ConsentEdit {
        rev: saved.rev.clone(),
        data_processing_consent: saved.data_processing_consent,
        marketing_consent: saved.marketing_consent,
        analytics_consent: saved.analytics_consent,
        third_party_consent: saved.third_party_consent,
        data_retention_days: saved.data_retention_days,
    }
}
