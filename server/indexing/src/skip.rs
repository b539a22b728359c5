//! What the index leaves out: what people did not write, and what nobody could read.

/// Files above this size are left out.
pub const MOST_BYTES: u64 = 1024 * 1024;
/// A repository with more files to index than this is refused.
pub const MOST_FILES: usize = 100_000;

const FOLDERS: [&str; 8] = ["node_modules", ".git", "dist", "build", ".next", "coverage", "target", "vendor"];
const LOCKS: [&str; 9] = [
    "package-lock.json",
    "npm-shrinkwrap.json",
    "pnpm-lock.yaml",
    "pnpm-lock.yml",
    "bun.lockb",
    "packages.lock.json",
    "gradle.lockfile",
    "go.sum",
    "Package.resolved",
];

/// Is a folder of this name left out, with all it holds?
pub fn folder(name: &str) -> bool {
    FOLDERS.contains(&name) || name.starts_with(".env")
}

/// Is a file of this name left out?
pub fn file(name: &str) -> bool {
    name == ".git" || name.starts_with(".env") || name.ends_with(".lock") || LOCKS.contains(&name)
}

/// Is a file at this path left out, by its own name or a folder's?
pub fn path(path: &str) -> bool {
    let (folders, name) = path.rsplit_once('/').unwrap_or(("", path));
    file(name) || folders.split('/').any(folder)
}

/// Is this no text? Git looks for a zero byte at the beginning of a file; Postgres takes none anywhere.
pub fn binary(bytes: &[u8]) -> bool {
    bytes.contains(&0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_people_did_not_write_is_left_out() {
        for left_out in [
            "node_modules/left-pad/index.js",
            "web/node_modules/a.js",
            ".git/config",
            "dist/app.js",
            "a/build/x.rs",
            ".next/x.js",
            "coverage/lcov.info",
            "target/debug/x.d",
            "vendor/x.go",
            ".env",
            ".env.production",
            "deploy/.env.local",
            ".envs/prod",
            "Cargo.lock",
            "package-lock.json",
            "web/pnpm-lock.yaml",
            "yarn.lock",
            "go.sum",
        ] {
            assert!(path(left_out), "{left_out}");
        }
        // A file may be called like a folder, and a folder may begin like one.
        for kept in ["src/main.rs", "build", "scripts/target", "builder/x.rs", "src/lock.rs", "environment.ts", "go.mod", "vendors/x.go"] {
            assert!(!path(kept), "{kept}");
        }
    }

    #[test]
    fn a_zero_byte_makes_it_binary() {
        assert!(binary(b"\x7fELF\0") && !binary("Größe\n".as_bytes()) && !binary(b"\xff\xfe latin"));
    }
}
