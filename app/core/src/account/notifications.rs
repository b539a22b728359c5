//! `/account/notifications`: which notices reach a person, by which way and how often.
use core_area::{
    notifications::{Frequency, NoticePreference, NoticeTimes},
    preferences::NoticeSettings,
};
use kit::{AppError, Button, Card, Choice, Client, Loaded, SelectField, SettingsPage, SettingsSection, Skeleton, TextField, use_toasts};
use leptos::prelude::*;
use leptos_meta::Title;

/// The person's notice settings.
#[server(client = Client, output = kit::Wire)]
pub async fn notice_settings_get() -> Result<NoticeSettings, AppError> {
    kit::call::as_person_reading(async |tx| core_area::preferences::notices(tx).await).await
}

/// Saves them.
#[server(client = Client, output = kit::Wire)]
pub async fn notice_settings_save(settings: NoticeSettings) -> Result<NoticeSettings, AppError> {
    kit::call::as_person(async |tx| core_area::preferences::set_notices(tx, &settings).await).await
}

pub struct NotificationsPage {
    settings: kit::Data<NoticeSettings>,
}

impl kit::Page for NotificationsPage {
    fn data() -> Self {
        Self { settings: kit::Data::blocking(|| (), |()| notice_settings_get()) }
    }

    fn view(this: Self) -> AnyView {
        let NotificationsPage { settings } = this;
        view! {
            <Title text="Notifications" />
            <SettingsPage title="Account">
                {super::tabs()}
                <Loaded from=settings skeleton=|| view! { <Skeleton lines=10 /> } show=page />
            </SettingsPage>
        }
        .into_any()
    }
}

/// One line of the grid as it is edited.
#[derive(Clone, Copy)]
struct Line {
    email: RwSignal<bool>,
    in_app: RwSignal<bool>,
    frequency: RwSignal<String>,
}

fn page(settings: NoticeSettings) -> AnyView {
    let toasts = use_toasts();
    let lines: Vec<(NoticePreference, Line)> = settings
        .grid
        .into_iter()
        .map(|p| {
            let line = Line {
                email: RwSignal::new(p.email),
                in_app: RwSignal::new(p.in_app),
                frequency: RwSignal::new(p.frequency.as_str().to_owned()),
            };
            (p, line)
        })
        .collect();
    let hour = |h: Option<u8>| RwSignal::new(h.map(|h| h.to_string()).unwrap_or_default());
    let (from, to) = (hour(settings.times.quiet_from), hour(settings.times.quiet_to));
    let digest = RwSignal::new(settings.times.digest_hour.to_string());
    let timezone = RwSignal::new(settings.times.timezone);
    let edited = lines.clone();
    let save = Action::new(move |(): &()| {
        let grid = edited
            .iter()
            .map(|(p, line)| NoticePreference {
                kind: p.kind,
                email: line.email.get_untracked(),
                in_app: line.in_app.get_untracked(),
                frequency: Frequency::parse(&line.frequency.get_untracked()).unwrap_or(p.frequency),
            })
            .collect();
        let hour = |s: RwSignal<String>| s.with_untracked(|s| s.trim().parse::<u8>().ok());
        let times = NoticeTimes {
            quiet_from: hour(from),
            quiet_to: hour(to),
            digest_hour: hour(digest).unwrap_or(8),
            timezone: timezone.get_untracked(),
        };
        notice_settings_save(NoticeSettings { grid, times })
    });
    kit::effect(move || match save.value().get() {
        Some(Ok(_)) => toasts.success("Notification settings saved"),
        Some(Err(AppError(fault))) => toasts.fault(&fault),
        None => {}
    });
    let rows = lines.into_iter().map(|(p, line)| grid_row(&p, line)).collect_view();
    view! {
        <SettingsSection title="What reaches you" text="In the app, by mail, at once or gathered.">
            <Card flush=true>
                <div class="scroll-x">
                    <table class="table notice-grid">
                        <thead><tr><th scope="col">"Kind"</th><th scope="col">"In the app"</th><th scope="col">"Mail"</th><th scope="col">"How often"</th></tr></thead>
                        <tbody>{rows}</tbody>
                    </table>
                </div>
            </Card>
        </SettingsSection>
        <SettingsSection title="Times" text="No mails in quiet hours; gathered ones come at the digest hour.">
            <div class="form form-wide">
                <TextField name="quiet_from" label="Quiet from" note="hour" kind="number" min="0" max="23" bind=from />
                <TextField name="quiet_to" label="Quiet to" note="hour" kind="number" min="0" max="23" bind=to />
                <TextField name="digest_hour" label="Digest at" note="hour" kind="number" min="0" max="23" bind=digest />
                <TextField name="timezone" label="Time zone" bind=timezone hint="As in Europe/Berlin." />
            </div>
        </SettingsSection>
        <div class="form-foot">
            <Button kind=kit::ButtonKind::Primary busy=save.pending() on:click=move |_| { save.dispatch(()); }>"Save"</Button>
        </div>
    }
    .into_any()
}

fn grid_row(preference: &NoticePreference, line: Line) -> AnyView {
    let words = preference.kind.words();
    let key = preference.kind.as_str();
    let often = || {
        Frequency::ALL
            .into_iter()
            .map(|f| {
                let name = f.as_str();
                Choice::new(name, name[..1].to_uppercase() + &name[1..])
            })
            .collect::<Vec<_>>()
    };
    view! {
        <tr>
            <th scope="row">{words}</th>
            <td><input type="checkbox" class="box" aria-label=format!("{words} in the app") bind:checked=line.in_app /></td>
            <td><input type="checkbox" class="box" aria-label=format!("{words} by mail") bind:checked=line.email /></td>
            <td><SelectField name=format!("frequency-{key}") label=format!("How often {words}") choices=often() bind=line.frequency quiet=true /></td>
        </tr>
    }
    .into_any()
}
