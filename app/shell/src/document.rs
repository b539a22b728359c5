//! The HTML document around the application, rendered once on the server.
use crate::App;
use leptos::{prelude::*, tachys::html::InertElement};
use leptos_meta::MetaTags;
use std::{collections::HashMap, path::Path};

/// Applies the stored theme before the first paint, so that a dark page never flashes white.
const THEME_SCRIPT: &str = kit::THEME_SCRIPT;

/// Fetches the code of the page when it is first touched.
const REST_SCRIPT: &str = include_str!("rest.js");

/// The built files as pages name them. Their names carry hashes, and they are cached for good.
pub struct Files {
    /// Under which address they are.
    folder: String,
    js: String,
    wasm: String,
    css: String,
    /// What fetches pieces.
    loader: String,
    /// The files of each piece.
    pieces: HashMap<String, Vec<String>>,
    /// The script, without what only its readers need.
    rest: String,
}

impl Files {
    /// Reads what the build wrote: the hashes beside the executable, the list of pieces beside the files. What is not there
    /// has no hash and no pieces: so it is where nothing was built for browsers, as in tests of the server.
    pub fn read(options: &LeptosOptions) -> Self {
        let beside = std::env::current_exe().ok().and_then(|exe| exe.parent().map(Path::to_path_buf)).unwrap_or_default();
        let hashes =
            if options.hash_files { std::fs::read_to_string(beside.join(&*options.hash_file)).unwrap_or_default() } else { String::new() };
        let hash = |of: &str| {
            let line = hashes.lines().find_map(|line| line.split_once(':').filter(|(file, _)| file.trim() == of));
            line.map(|(_, hash)| format!(".{}", hash.trim())).unwrap_or_default()
        };
        let name = &options.output_name;
        let manifest =
            Path::new(&*options.site_root).join(&*options.site_pkg_dir).join(format!("__wasm_split_manifest{}.json", hash("manifest")));
        Self {
            folder: format!("/{}", options.site_pkg_dir),
            js: format!("{name}{}.js", hash("js")),
            wasm: format!("{name}{}.wasm", hash("wasm")),
            css: format!("{name}{}.css", hash("css")),
            loader: format!("__wasm_split{}.js", if hashes.is_empty() { ".______________________".to_owned() } else { hash("split") }),
            rest: REST_SCRIPT.lines().map(str::trim).filter(|line| !line.starts_with("//")).collect::<Vec<_>>().join("\n"),
            pieces: std::fs::read(manifest).ok().and_then(|json| serde_json::from_slice(&json).ok()).unwrap_or_default(),
        }
    }

    /// The address of the style sheet, for pages that are no part of the application.
    pub fn style(&self) -> String {
        format!("{}/{}", self.folder, self.css)
    }

    /// The style, and the script with the addresses of what it fetches when the page at this path is touched.
    fn head(&self, path: &str, nonce: &str) -> String {
        let Self { folder, js, wasm, css, loader, pieces, rest } = self;
        let mut wanted: Vec<&str> =
            crate::pieces(path).iter().filter_map(|piece| pieces.get(piece().name)).flatten().map(String::as_str).collect();
        wanted.sort_unstable();
        wanted.dedup();
        let mut more = String::with_capacity(48 * wanted.len());
        for file in wanted {
            more.extend([" ", folder, "/", file, ".wasm"]);
        }
        format!(
            "<link id=\"millrace\" rel=\"stylesheet\" href=\"{folder}/{css}\">\
             <script nonce=\"{nonce}\" data-js=\"{folder}/{js}\" data-wasm=\"{folder}/{wasm}\" data-more=\"{folder}/{loader}{more}\">{rest}</script>"
        )
    }
}

/// The document of the page at this path.
pub fn document(files: &Files, options: LeptosOptions, path: &str) -> impl IntoView + use<> {
    let nonce = use_nonce();
    let head = InertElement::new(files.head(path, nonce.as_deref().unwrap_or_default()));
    let position = live_position();
    view! {
        <!DOCTYPE html>
        <html lang="en">
            <head>
                <meta charset="utf-8" />
                <meta name="viewport" content="width=device-width, initial-scale=1" />
                <meta name="color-scheme" content="light dark" />
                <meta name="description" content="From an idea to software and on to customers: requirements, features, campaigns and leads in one place." />
                <meta name="live-position" content=position />
                <link rel="icon" href="/favicon.svg" type="image/svg+xml" />
                <link rel="preload" href="/fonts/inter-latin.woff2" r#as="font" r#type="font/woff2" crossorigin="" />
                <script nonce=nonce inner_html=THEME_SCRIPT></script>
                {head}
                <AutoReload options />
                <MetaTags />
            </head>
            <body>
                <App />
            </body>
        </html>
    }
}

/// Where the live stream stands now: the browser asks for what changed since.
fn live_position() -> Option<String> {
    #[cfg(feature = "ssr")]
    return kit::call::request().ok().map(|request| request.app().live.position().to_string());
    #[cfg(not(feature = "ssr"))]
    None
}
