//! A choice of many: type to narrow, arrows to move, Enter to take. Answers may come from elsewhere.
use crate::{
    Choice, Icon, dom,
    form::{FormState, described_by, field_error},
    icon,
};
use leptos::{ev, html, prelude::*};

/// The combobox. `picked` holds what was chosen; the form sends each value as field `name`.
#[component]
pub fn Combobox(
    #[prop(into)] name: String,
    #[prop(into)] label: String,
    #[prop(into)] choices: Signal<Vec<Choice>>,
    picked: RwSignal<Vec<Choice>>,
    /// Several may be chosen.
    #[prop(optional)]
    many: bool,
    /// Told what was typed; then `choices` are the answers and are not narrowed here.
    #[prop(optional, into)]
    on_query: Option<Callback<String>>,
    #[prop(optional, into)] loading: Option<Signal<bool>>,
    #[prop(optional, into)] placeholder: String,
    #[prop(optional, into)] hint: Option<String>,
    #[prop(optional, into)] note: Option<String>,
) -> impl IntoView {
    let state = FormState::here();
    let id = format!("f-{name}");
    let list_id = format!("{id}-list");
    let field = name.clone();
    let error = Signal::derive(move || state.error(&field));
    let typed = RwSignal::new(String::new());
    let open = RwSignal::new(false);
    let at = RwSignal::new(0usize);
    let input = NodeRef::<html::Input>::new();
    let shown = Memo::new(move |_| {
        if !open.get() {
            return Vec::new();
        }
        let needle = typed.with(|t| t.trim().to_lowercase());
        picked.with(|picked| {
            choices.with(|all| {
                all.iter()
                    .filter(|c| !(many && picked.iter().any(|p| p.value == c.value)))
                    .filter(|c| on_query.is_some() || needle.is_empty() || c.label.to_lowercase().contains(&needle))
                    .take(100)
                    .cloned()
                    .collect::<Vec<_>>()
            })
        })
    });
    let take = move |index: usize| {
        let Some(choice) = shown.with_untracked(|s| s.get(index).cloned()) else {
            return;
        };
        if many {
            picked.update(|p| p.push(choice));
        } else {
            picked.set(vec![choice]);
        }
        // What lies below can be reached again; typing, a click or the arrow opens the list once more.
        open.set(false);
        typed.set(String::new());
        at.set(0);
        if let Some(input) = input.get_untracked() {
            let _ = input.focus();
        }
    };
    let base = id.clone();
    let go = move |to: usize| {
        at.set(to);
        if let Some(option) = dom::by_id(&format!("{base}-{to}")) {
            dom::scroll_near(&option);
        }
    };
    let keys = move |event: ev::KeyboardEvent| {
        let count = shown.with_untracked(Vec::len);
        let here = at.get_untracked();
        match event.key().as_str() {
            "ArrowDown" if !open.get_untracked() => open.set(true),
            "ArrowDown" if count > 0 => go((here + 1) % count),
            "ArrowUp" if count > 0 => go((here + count - 1) % count),
            "Enter" if open.get_untracked() && count > 0 => take(here),
            "Escape" if open.get_untracked() => open.set(false),
            "Backspace" if many && typed.with_untracked(String::is_empty) => {
                picked.update(|p| {
                    p.pop();
                });
                return;
            }
            _ => return,
        }
        event.prevent_default();
        event.stop_propagation();
    };
    let told = move |text: String| {
        typed.set(text.clone());
        open.set(true);
        at.set(0);
        if let Some(on_query) = on_query {
            on_query.run(text);
        }
    };
    let chips = move || {
        many.then(|| {
            let chips = picked
                .get()
                .into_iter()
                .map(|choice| {
                    let value = choice.value.clone();
                    view! {
                        <li class="chip">
                            {choice.label.clone()}
                            <button
                                type="button" aria-label=format!("Remove {}", choice.label)
                                on:click=move |_| picked.update(|p| p.retain(|c| c.value != value))
                            >
                                {icon(Icon::X)}
                            </button>
                        </li>
                    }
                    .into_any()
                })
                .collect_view();
            picked.with(|p| !p.is_empty()).then(|| view! { <ul class="chips">{chips}</ul> })
        })
    };
    let sent = move || {
        picked.get().into_iter().map(|c| view! { <input type="hidden" name=name.clone() value=c.value /> }.into_any()).collect_view()
    };
    // One choice is shown in the box itself while nothing is typed.
    let text = move || {
        let typed = typed.get();
        if many || open.get() || !typed.is_empty() {
            typed
        } else {
            picked.with(|p| p.first().map(|c| c.label.clone()).unwrap_or_default())
        }
    };
    let (field_id, has_hint, option_base) = (id.clone(), hint.is_some(), id.clone());
    let options = move || {
        let base = option_base.clone();
        let lines = shown.with(|s| s.iter().enumerate().map(|(i, c)| option(&base, i, c, at, picked, take)).collect_view());
        let empty =
            shown.with(Vec::is_empty).then(|| if loading.is_some_and(|loading| loading.get()) { "Searching…" } else { "Nothing fits" });
        view! { {lines} {empty.map(|e| view! { <div class="opt text-muted" role="option" aria-disabled="true" aria-selected="false">{e}</div> })} }
    };
    let active = {
        let base = id.clone();
        move || (open.get() && shown.with(|s| !s.is_empty())).then(|| format!("{base}-{}", at.get()))
    };
    let (hint_id, error_id, listed) = (format!("{id}-hint"), format!("{id}-err"), list_id.clone());
    view! {
        <div class="field">
            <label class="label" for=id.clone()>{label.clone()} {note.map(|n| view! { <small>" " {n}</small> })}</label>
            {chips}
            <div class="combo">
                <div class="input-wrap">
                    <input
                        node_ref=input class="input" id=id type="text" autocomplete="off" spellcheck="false" placeholder=placeholder
                        role="combobox" aria-autocomplete="list" aria-controls=listed aria-expanded=move || open.get().to_string()
                        aria-activedescendant=active
                        aria-invalid=move || error.with(Option::is_some).then_some("true")
                        aria-describedby=move || described_by(&field_id, has_hint, error.with(Option::is_some))
                        value=text prop:value=text
                        on:input:target=move |event| told(event.target().value())
                        on:keydown=keys on:click=move |_| open.set(true) on:blur=move |_| { open.set(false); typed.set(String::new()) }
                    />
                    <span class="input-end text-muted pr-2 pointer-events-none">{icon(Icon::ChevronsUpDown)}</span>
                </div>
                // Pressing an option must not take the focus from the box.
                <div class="listbox" role="listbox" id=list_id aria-label=label hidden=move || !open.get() on:mousedown=|event| event.prevent_default()>
                    {options}
                </div>
            </div>
            {sent}
            {hint.map(|h| view! { <p class="hint" id=hint_id>{h}</p> })}
            {move || error.get().map(|e| field_error(error_id.clone(), e))}
        </div>
    }
    .into_any()
}

fn option(
    base: &str,
    index: usize,
    choice: &Choice,
    at: RwSignal<usize>,
    picked: RwSignal<Vec<Choice>>,
    take: impl Fn(usize) + Copy + 'static,
) -> AnyView {
    let chosen = picked.with(|p| p.iter().any(|p| p.value == choice.value));
    view! {
        <div
            class="opt" role="option" id=format!("{base}-{index}") aria-selected=move || (at.get() == index).to_string()
            on:click=move |_| take(index) on:pointermove=move |_| if at.get_untracked() != index { at.set(index) }
        >
            {choice.icon.map(icon)} <span>{choice.label.clone()}</span>
            {choice.hint.clone().map(|h| view! { <small>{h}</small> })} {chosen.then(|| icon(Icon::Check))}
        </div>
    }
    .into_any()
}
