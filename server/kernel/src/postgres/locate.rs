//! Finds the Postgres programs: the set folder, else what the set-up unpacked into the cache.

use std::path::{Path, PathBuf};

use super::PostgresError;

/// Folder of `postgres`, `initdb` and `pg_dump`: the given one, else the newest in the cache of the set-up.
pub fn locate(set: Option<&Path>) -> Result<PathBuf, PostgresError> {
    if let Some(bin) = set {
        return if bin.join("postgres").is_file() && bin.join("initdb").is_file() {
            Ok(bin.to_owned())
        } else {
            Err(PostgresError(format!("{} (MILLRACE_PG_BIN) does not hold the programs postgres and initdb.", bin.display())))
        };
    }
    let caches = caches();
    caches.iter().filter_map(|cache| newest(&cache.join("postgres"))).next().ok_or_else(|| {
        PostgresError(format!(
            "The embedded Postgres is not installed (looked under {}). Run ./run or scripts/setup.sh once, \
             or set DATABASE_URL to a Postgres of your own, or MILLRACE_PG_BIN to the folder of its programs.",
            caches.iter().map(|c| c.display().to_string()).collect::<Vec<_>>().join(" and ")
        ))
    })
}

/// Where the set-up keeps what it installed: the set place, the user's, the machine's.
fn caches() -> Vec<PathBuf> {
    let set = |name: &str| std::env::var_os(name).filter(|v| !v.is_empty()).map(PathBuf::from);
    if let Some(cache) = set("MILLRACE_CACHE") {
        return vec![cache];
    }
    let own = set("XDG_CACHE_HOME").or_else(|| set("HOME").map(|home| home.join(".cache"))).map(|c| c.join("millrace"));
    let machine = PathBuf::from("/var/cache/millrace");
    if super::is_root() { vec![machine] } else { own.into_iter().chain([machine]).collect() }
}

/// `<root>/<version>/<package>/pginstall<major>/bin`, the highest version that is complete.
fn newest(root: &Path) -> Option<PathBuf> {
    let mut versions = folders(root);
    versions.sort_by_key(|path| {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        name.split('.').map(|part| part.parse::<u32>().unwrap_or(0)).collect::<Vec<_>>()
    });
    versions
        .iter()
        .rev()
        .flat_map(|version| folders(version))
        .flat_map(|package| folders(&package))
        .map(|install| install.join("bin"))
        .find(|bin| bin.join("postgres").is_file() && bin.join("initdb").is_file())
}

fn folders(path: &Path) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(path) else {
        return Vec::new();
    };
    entries.flatten().map(|entry| entry.path()).filter(|path| path.is_dir()).collect()
}
