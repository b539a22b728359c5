//! What a page loads: a value of the server, fetched while the page is rendered, sent along with it and fetched anew when
//! what it depends on changes.
//!
//! A `Resource` is made of much code, and made anew for each type it holds. `Data` holds them all in one: the value of any
//! type, or its JSON until somebody reads it.
use crate::{AppError, wire};
use kernel::{Code, Fault};
use leptos::{
    prelude::*,
    reactive::computed::ScopedFuture,
    server::codee::{Decoder, Encoder},
    task::spawn_local,
};
use serde::{Serialize, de::DeserializeOwned};
use std::{
    any::Any,
    future::Future,
    marker::PhantomData,
    pin::Pin,
    sync::{Arc, Mutex, OnceLock, PoisonError},
};

/// Something that can be loaded.
pub trait Load: Clone + Send + Sync + Serialize + DeserializeOwned + 'static {}

impl<T: Clone + Send + Sync + Serialize + DeserializeOwned + 'static> Load for T {}

/// A `T` of the server, or why it could not be had.
pub struct Data<T> {
    from: Resource<Held, HeldCodec>,
    of: PhantomData<fn() -> T>,
}

impl<T> Clone for Data<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Data<T> {}

impl<T: Load> Data<T> {
    /// Loads when made and whenever `key` becomes another; the page is sent before it is there.
    pub fn new<K, F>(key: impl Fn() -> K + Send + Sync + 'static, fetch: impl Fn(K) -> F + Send + Sync + 'static) -> Self
    where
        K: PartialEq + Clone + Send + Sync + 'static,
        F: Future<Output = Result<T, AppError>> + Send + 'static,
    {
        Self::with(key, fetch, false)
    }

    /// Like `new`, and the page waits for it: what it needs for its title, its status, or to be worth a look.
    pub fn blocking<K, F>(key: impl Fn() -> K + Send + Sync + 'static, fetch: impl Fn(K) -> F + Send + Sync + 'static) -> Self
    where
        K: PartialEq + Clone + Send + Sync + 'static,
        F: Future<Output = Result<T, AppError>> + Send + 'static,
    {
        Self::with(key, fetch, true)
    }

    fn with<K, F>(key: impl Fn() -> K + Send + Sync + 'static, fetch: impl Fn(K) -> F + Send + Sync + 'static, blocking: bool) -> Self
    where
        K: PartialEq + Clone + Send + Sync + 'static,
        F: Future<Output = Result<T, AppError>> + Send + 'static,
    {
        // The resource knows keys by number.
        let last = Arc::new(Mutex::new((0, None)));
        let number = {
            let last = last.clone();
            move || {
                let key = key();
                let mut last = last.lock().unwrap_or_else(PoisonError::into_inner);
                if last.1.as_ref() != Some(&key) {
                    *last = (last.0 + 1, Some(key));
                }
                last.0
            }
        };
        let fetch = move || -> Fetched {
            let key = last.lock().unwrap_or_else(PoisonError::into_inner).1.clone();
            match key {
                Some(key) => {
                    let coming = fetch(key);
                    Box::pin(async move { Held::of(coming.await) })
                }
                None => Box::pin(std::future::pending()),
            }
        };
        Self { from: resource(Box::new(number), Box::new(fetch), blocking), of: PhantomData }
    }

    /// The value as it is now, `None` before the first; tells whoever reads when there is another.
    pub fn get(&self) -> Option<Result<T, AppError>> {
        self.from.get().map(|held| held.read())
    }

    /// The same, `None` too once its page is gone.
    pub fn try_get(&self) -> Option<Result<T, AppError>> {
        self.from.try_get().flatten().map(|held| held.read())
    }

    /// Loads it again, with the key as it is.
    pub fn refetch(&self) {
        self.from.refetch();
    }

    /// The value as `Loaded` waits for it; never, if its page is gone.
    pub(crate) fn coming(self) -> Answer<T> {
        // Somebody may leave the page before this is asked for and before it is drawn for the last time.
        let held = (!self.from.is_disposed()).then(|| self.from.into_future());
        Box::pin(async move {
            match held {
                Some(held) => held.await.read(),
                None => std::future::pending().await,
            }
        })
    }
}

/// What the server says, on its way.
pub(crate) type Answer<T> = Pin<Box<dyn Future<Output = Result<T, AppError>> + Send>>;
type Fetched = Pin<Box<dyn Future<Output = Held> + Send>>;

// Not generic: made once.
fn resource(
    number: Box<dyn Fn() -> u64 + Send + Sync>,
    fetch: Box<dyn Fn() -> Fetched + Send + Sync>,
    blocking: bool,
) -> Resource<Held, HeldCodec> {
    ArcResource::new_with_options(number, move |_| fetch(), blocking).into()
}

/// A `Result<T, AppError>`, or its JSON.
#[derive(Clone)]
struct Held(Arc<Inside>);

struct Inside {
    json: Option<String>,
    value: OnceLock<Box<dyn Any + Send + Sync>>,
    write: fn(&dyn Any) -> Option<String>,
}

impl Held {
    fn of<T: Load>(value: Result<T, AppError>) -> Self {
        let write = |value: &dyn Any| serde_json::to_string(value.downcast_ref::<Result<T, AppError>>()?).ok();
        Self(Arc::new(Inside { json: None, value: OnceLock::from(Box::new(value) as Box<dyn Any + Send + Sync>), write }))
    }

    fn read<T: Load>(&self) -> Result<T, AppError> {
        let value = self.0.value.get_or_init(|| {
            let json = self.0.json.as_deref().unwrap_or_default();
            let read = wire::read::<Result<T, AppError>>(json.as_bytes());
            Box::new(read.unwrap_or_else(|error| {
                leptos::logging::error!("{error}");
                Err(Fault::new(Code::Internal, "The answer of the server was not understood.").into())
            }))
        });
        match value.downcast_ref::<Result<T, AppError>>() {
            Some(value) => value.clone(),
            // A `Data<T>` holds no other type.
            None => Err(Fault::internal().into()),
        }
    }
}

struct HeldCodec;

impl Encoder<Held> for HeldCodec {
    type Error = ();
    type Encoded = String;

    fn encode(held: &Held) -> Result<String, ()> {
        let value = held.0.value.get().ok_or(())?;
        (held.0.write)(value.as_ref()).ok_or(())
    }
}

impl Decoder<Held> for HeldCodec {
    type Error = ();
    type Encoded = str;

    fn decode(json: &str) -> Result<Held, ()> {
        Ok(Held(Arc::new(Inside { json: Some(json.to_owned()), value: OnceLock::new(), write: |_| None })))
    }
}

/// Something loaded in the browser only, once the page is alive: what opens, or is worth a second look. No `LocalResource`:
/// `Loaded` would wait for it, which on the server never ends.
pub struct LocalData<T> {
    value: RwSignal<Option<Arc<dyn Any + Send + Sync>>>,
    of: PhantomData<fn() -> T>,
}

impl<T> Clone for LocalData<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for LocalData<T> {}

impl<T: Clone + Send + Sync + 'static> LocalData<T> {
    /// Loads when made and whenever what `fetch` read becomes another.
    pub fn new<F: Future<Output = T> + 'static>(fetch: impl Fn() -> F + 'static) -> Self {
        let fetch = move || -> Pin<Box<dyn Future<Output = Arc<dyn Any + Send + Sync>>>> {
            let coming = fetch();
            Box::pin(async move { Arc::new(coming.await) as Arc<dyn Any + Send + Sync> })
        };
        Self { value: local(Box::new(fetch)), of: PhantomData }
    }

    /// The value as it is now, `None` before the first.
    pub fn get(&self) -> Option<T> {
        self.value.get()?.downcast_ref::<T>().cloned()
    }
}

type LocalFetch = Box<dyn Fn() -> Pin<Box<dyn Future<Output = Arc<dyn Any + Send + Sync>>>>>;

// Not generic: made once.
fn local(fetch: LocalFetch) -> RwSignal<Option<Arc<dyn Any + Send + Sync>>> {
    let (value, asked) = (RwSignal::new(None), StoredValue::new(0u32));
    effect(move || {
        asked.update_value(|n| *n += 1);
        let mine = asked.get_value();
        // What it reads while it waits counts too.
        let coming = ScopedFuture::new(fetch());
        spawn_local(async move {
            let got = coming.await;
            // An answer that was overtaken, or whose page is gone, is nobody's.
            if asked.try_get_value() == Some(mine) {
                value.try_set(Some(got));
            }
        });
    });
    value
}

/// Does something now, and again whenever what it read becomes another. An `Effect` is made anew for each thing it does;
/// this one is made once.
pub fn effect(run: impl FnMut() + 'static) {
    run_effect(Box::new(run));
}

fn run_effect(mut run: Box<dyn FnMut()>) {
    Effect::new(move |_: Option<()>| run());
}
