//! A picture of a person or an organization, with the ways to change it.
use kit::{AppError, Avatar, Button, FileDrop, Size, use_toasts};
use leptos::{prelude::*, task::spawn_local, web_sys};
use std::{future::Future, pin::Pin};

/// The future of an upload: a file belongs to the browser's thread.
pub(crate) type Sent<T> = Pin<Box<dyn Future<Output = Result<T, AppError>>>>;

/// What is shown.
#[derive(Clone, Copy)]
pub(crate) struct Shown {
    pub name: Signal<String>,
    /// Empty: none yet.
    pub address: Signal<String>,
    /// Organizations are square.
    pub square: bool,
    pub label: &'static str,
}

/// The picture with its upload and its "Remove"; `done` gets what either answers.
pub(crate) fn picture<T: 'static>(
    shown: Shown,
    upload: impl Fn(web_sys::File) -> Sent<T> + Copy + Send + Sync + 'static,
    remove: impl Fn() -> Sent<T> + Copy + Send + Sync + 'static,
    done: impl Fn(T) + Copy + Send + Sync + 'static,
) -> AnyView {
    let toasts = use_toasts();
    // Not an `Action`: the server has no files.
    let run = move |sent: Sent<T>| {
        spawn_local(async move {
            match sent.await {
                Ok(answer) => done(answer),
                Err(AppError(fault)) => toasts.fault(&fault),
            }
        });
    };
    let take = move |files: Vec<web_sys::File>| {
        if let Some(file) = files.into_iter().next() {
            run(upload(file));
        }
    };
    let Shown { name, address, square, label } = shown;
    view! {
        <div class="row">
            {move || view! { <Avatar name=name.get() src=address.get() size=Size::Lg square=square /> }}
            <FileDrop
                name="picture" label=label hint="PNG, JPEG or WebP, at most 2 MB" accept="image/png,image/jpeg,image/webp"
                max_bytes=core_area::pictures::MAX_PICTURE as u64 on_files=Callback::new(take)
            />
            {move || (!address.with(String::is_empty)).then(|| view! { <Button size=Size::Sm on:click=move |_| run(remove())>"Remove"</Button> })}
        </div>
    }
    .into_any()
}
