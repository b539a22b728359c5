//! `millrace backup` and `millrace restore`: one archive (tar, zstd) of the database and every file.
//!
//! The archive begins with `manifest.json`: rows and a hash of each table, the hash of each file. All of it is one
//! moment of the database; a file whose row came later may be in it too, which harms nothing.

mod archive;
mod read;
mod tables;
mod tools;
mod write;

pub use read::read;
pub use write::write;

use std::collections::BTreeMap;

use kernel::files::FileRef;
use serde::{Deserialize, Serialize};

/// What `format` says in archives of this kind.
const FORMAT: u32 = 1;
const MANIFEST: &str = "manifest.json";
const KEYS: &str = "keys.json";
const DUMP: &str = "database.dump";
const FILES: &str = "files/";

/// What an archive holds, first in it.
#[derive(Serialize, Deserialize)]
struct Manifest {
    format: u32,
    /// Version of the Millrace that wrote it.
    millrace: String,
    created_at: chrono::DateTime<chrono::Utc>,
    /// Migrations the database has had.
    migrations: Vec<i64>,
    /// The keys that sealed secrets need, by id; their bytes are in the archive only with `--with-keys`.
    key_ids: Vec<String>,
    tables: BTreeMap<String, Content>,
    files: Vec<FileRef>,
    dump: FileRef,
    with_keys: bool,
}

/// What a table holds: how many rows, and a sum of their hashes that does not depend on their order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Content {
    rows: i64,
    hash: String,
}

/// The keys of the installation, for archives that may carry them.
#[derive(Serialize, Deserialize)]
struct Keys {
    ring: String,
    pepper: String,
}
