//! Talking with the modules of `app/editor`: plain objects, functions and promises.
use js_sys::{Array, Function, Object, Promise, Reflect};
use leptos::prelude::{document, window};
use wasm_bindgen::{JsCast, JsValue, closure::Closure};
use wasm_bindgen_futures::JsFuture;

/// A property.
pub fn get(of: &JsValue, name: &str) -> JsValue {
    Reflect::get(of, &name.into()).unwrap_or(JsValue::UNDEFINED)
}

/// A property that is a text; empty when it is none.
pub fn text(of: &JsValue, name: &str) -> String {
    get(of, name).as_string().unwrap_or_default()
}

/// Sets a property.
pub fn set(of: &Object, name: &str, value: impl Into<JsValue>) {
    // A plain object takes any property.
    let _ = Reflect::set(of, &name.into(), &value.into());
}

/// A function of the page for the editor; the browser frees it with the editor.
pub fn listener(work: impl FnMut(JsValue) + 'static) -> JsValue {
    Closure::<dyn FnMut(JsValue)>::new(work).into_js_value()
}

/// Calls a method; `None` when there is none or it throws.
pub fn call(of: &JsValue, name: &str, arguments: &[JsValue]) -> Option<JsValue> {
    get(of, name).dyn_into::<Function>().ok()?.apply(of, &arguments.iter().collect::<Array>()).ok()
}

/// What a promise answers; `None` when it fails.
pub async fn settled(value: JsValue) -> Option<JsValue> {
    JsFuture::from(value.dyn_into::<Promise>().ok()?).await.ok()
}

/// The one function through which modules are asked for.
pub async fn importer() -> Option<Function> {
    const NAME: &str = "millraceImport";
    let known = || get(&window(), NAME).dyn_into::<Function>().ok();
    if let Some(known) = known() {
        return Some(known);
    }
    let script = document().create_element("script").ok()?;
    script.set_attribute("src", "/modules.js").ok()?;
    let loaded = Promise::new(&mut |done, failed| {
        // An element takes listeners.
        let _ = script.add_event_listener_with_callback("load", &done);
        let _ = script.add_event_listener_with_callback("error", &failed);
    });
    document().head()?.append_child(&script).ok()?;
    JsFuture::from(loaded).await.ok()?;
    known()
}
