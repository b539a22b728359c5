//! The data folder and the keys kept in it when nobody set any.

use std::fs;
use std::io::{ErrorKind, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use base64::{Engine, engine::general_purpose::STANDARD};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use super::Config;
use super::reader::{ConfigError, Hidden, Source};

/// `/var/lib/millrace` for root, else the user's data directory.
pub(super) fn default_data() -> PathBuf {
    if crate::postgres::is_root() {
        return PathBuf::from("/var/lib/millrace");
    }
    let set = |name: &str| std::env::var_os(name).filter(|v| !v.is_empty()).map(PathBuf::from);
    set("XDG_DATA_HOME")
        .or_else(|| set("HOME").map(|home| home.join(".local/share")))
        .unwrap_or_else(|| PathBuf::from("/var/lib"))
        .join("millrace")
}

/// Creates the data folder: passable, since the embedded Postgres may run as another user, but not readable.
pub(super) fn create(dir: &Path) -> Result<(), ConfigError> {
    let failed = |e: std::io::Error| {
        ConfigError(format!("The data folder {} cannot be created: {e}. Set MILLRACE_DATA to a folder you may write.", dir.display()))
    };
    if !dir.is_dir() {
        fs::DirBuilder::new().recursive(true).mode(0o755).create(dir).map_err(failed)?;
        fs::set_permissions(dir, fs::Permissions::from_mode(0o711)).map_err(failed)?;
    }
    let files = dir.join("files");
    if !files.is_dir() {
        fs::DirBuilder::new().recursive(true).mode(0o700).create(&files).map_err(failed)?;
    }
    Ok(())
}

const RING: &str = "keys";
const PEPPER: &str = "pepper";

/// Takes the kept keys where the environment and the file set none.
pub(super) fn read_keys(config: &mut Config) -> Result<(), ConfigError> {
    for name in [RING, PEPPER] {
        if slot(config, name).is_none()
            && let Some(text) = read(&config.data.dir.join(name))?
        {
            keep(config, name, text);
        }
    }
    Ok(())
}

/// Generates what is still missing, once: of two processes at the same time one wins, the other reads.
pub(super) fn ensure_keys(config: &mut Config) -> Result<(), ConfigError> {
    for name in [RING, PEPPER] {
        if slot(config, name).is_none() {
            let text = write_once(&config.data.dir.join(name), &fresh(name))?;
            keep(config, name, text);
        }
    }
    Ok(())
}

/// Keeps given keys as if they had been generated here.
pub(super) fn adopt_keys(config: &mut Config, ring: &Hidden, pepper: &Hidden) -> Result<(), ConfigError> {
    for (name, given) in [(RING, ring), (PEPPER, pepper)] {
        let text = write_once(&config.data.dir.join(name), given.expose())?;
        keep(config, name, text);
    }
    Ok(())
}

#[cfg(any(test, feature = "testing"))]
pub(super) fn fresh_keys(config: &mut Config) {
    for name in [RING, PEPPER] {
        keep(config, name, fresh(name));
    }
}

fn slot<'c>(config: &'c mut Config, name: &str) -> &'c mut Option<Hidden> {
    if name == RING { &mut config.secrets.ring } else { &mut config.secrets.pepper }
}

fn keep(config: &mut Config, name: &str, text: String) {
    *slot(config, name) = Some(Hidden::new(text));
    let key = if name == RING { "secrets.ring" } else { "secrets.pepper" };
    if let Some(setting) = config.settings.iter_mut().find(|s| s.key == key) {
        setting.value = "***".into();
        setting.source = Source::Generated;
    }
}

fn fresh(name: &str) -> String {
    let key = STANDARD.encode(rand::random::<[u8; 32]>());
    if name == RING {
        // Ids differ between installations, so that a backup's keys are told from others.
        format!("k{:08x}:{key}", rand::random::<u32>())
    } else {
        key
    }
}

fn read(path: &Path) -> Result<Option<String>, ConfigError> {
    match fs::read_to_string(path) {
        Ok(text) => Ok(Some(text.trim().to_owned()).filter(|t| !t.is_empty())),
        Err(e) if matches!(e.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => Ok(None),
        Err(e) => Err(ConfigError(format!("{} cannot be read: {e}", path.display()))),
    }
}

/// Writes `text` unless the file exists already; answers what the file holds. A reader never sees half a file.
pub(crate) fn write_once(path: &Path, text: &str) -> Result<String, ConfigError> {
    let failed = |e: std::io::Error| ConfigError(format!("{} cannot be written: {e}", path.display()));
    let mut draft = path.as_os_str().to_owned();
    draft.push(format!(".{:016x}", rand::random::<u64>()));
    let draft = PathBuf::from(draft);
    let mut file = fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&draft).map_err(failed)?;
    file.write_all(text.as_bytes()).and_then(|()| file.sync_all()).map_err(failed)?;
    let linked = fs::hard_link(&draft, path);
    fs::remove_file(&draft).map_err(failed)?;
    match linked {
        Ok(()) => Ok(text.to_owned()),
        Err(e) if e.kind() == ErrorKind::AlreadyExists => read(path)?.ok_or_else(|| ConfigError(format!("{} is empty", path.display()))),
        Err(e) => Err(failed(e)),
    }
}

pub(super) fn pepper_bytes(config: &Config) -> Result<Vec<u8>, ConfigError> {
    let bad = || ConfigError("secrets.pepper (MILLRACE_PEPPER) must be the base64 of 32 bytes or more".into());
    let pepper = config
        .secrets
        .pepper
        .as_ref()
        .ok_or_else(|| ConfigError("The data folder holds no pepper yet: run `millrace migrate` once.".into()))?;
    STANDARD.decode(pepper.expose()).ok().filter(|bytes| bytes.len() >= 32).ok_or_else(bad)
}

/// A key of its own for each use of the pepper, as hex.
pub(super) fn derive(config: &Config, label: &str) -> Result<String, ConfigError> {
    let pepper = pepper_bytes(config)?;
    let mut mac = Hmac::<Sha256>::new_from_slice(&pepper).map_err(|e| ConfigError(e.to_string()))?;
    mac.update(label.as_bytes());
    Ok(hex::encode(mac.finalize().into_bytes()))
}
