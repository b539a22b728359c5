//! Postgres refuses to run as root: who runs it then, and can that user reach what it needs?

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::path::Path;

use super::{PostgresError, create_passable, io};

/// The user that runs the Postgres programs; `None` in `ids`: the present one.
#[derive(Clone, Debug)]
pub(super) struct RunAs {
    pub name: String,
    pub ids: Option<(u32, u32)>,
}

/// Does this process run as root?
pub fn is_root() -> bool {
    fs::metadata("/proc/self").is_ok_and(|meta| meta.uid() == 0)
}

/// Creates the folder and answers who owns the cluster in it.
pub(super) fn prepare(folder: &Path) -> Result<RunAs, PostgresError> {
    if !is_root() {
        create_passable(folder)?;
        return Ok(RunAs { name: "you".into(), ids: None });
    }
    let passwd = fs::read_to_string("/etc/passwd").map_err(io("/etc/passwd"))?;
    create_passable(folder)?;
    let owner = fs::metadata(folder).map_err(io(folder.display()))?;
    // A cluster that exists keeps its owner, whatever users were added since.
    let (name, uid, gid) = if owner.uid() != 0 {
        (name_of(&passwd, owner.uid()), owner.uid(), owner.gid())
    } else {
        ["millrace", "nobody"].iter().find_map(|name| find(&passwd, name)).ok_or_else(|| {
            PostgresError(
                "Postgres does not run as root, and there is no user millrace or nobody to run it. \
                 Create one: useradd --system millrace"
                    .into(),
            )
        })?
    };
    chown(folder, Some(uid), Some(gid)).map_err(io(folder.display()))?;
    Ok(RunAs { name, ids: Some((uid, gid)) })
}

fn find(passwd: &str, name: &str) -> Option<(String, u32, u32)> {
    passwd.lines().find_map(|line| {
        let mut parts = line.split(':');
        (parts.next() == Some(name)).then_some(())?;
        let (uid, gid) = (parts.nth(1)?.parse().ok()?, parts.next()?.parse().ok()?);
        (uid != 0).then(|| (name.to_owned(), uid, gid))
    })
}

fn name_of(passwd: &str, uid: u32) -> String {
    passwd
        .lines()
        .find(|line| line.split(':').nth(2).and_then(|id| id.parse().ok()) == Some(uid))
        .and_then(|line| line.split(':').next())
        .map_or_else(|| format!("user {uid}"), str::to_owned)
}

/// Fails, naming the first folder on the way that the user may not pass.
pub(super) fn check_reach(run_as: &RunAs, path: &Path, setting: &str) -> Result<(), PostgresError> {
    let Some((uid, gid)) = run_as.ids else {
        return Ok(());
    };
    let path = path.canonicalize().map_err(io(path.display()))?;
    for step in path.ancestors() {
        let meta = fs::metadata(step).map_err(io(step.display()))?;
        let mode = meta.permissions().mode();
        let bit = match () {
            () if meta.uid() == uid => 0o100,
            () if meta.gid() == gid => 0o010,
            () => 0o001,
        };
        if mode & bit == 0 {
            return Err(PostgresError(format!(
                "Postgres does not run as root, so it runs as {name}, but {name} may not pass {step}. \
                 Either set {setting} to a place that everyone may pass, such as under /var/lib, \
                 or: chmod o+x {step}",
                name = run_as.name,
                step = step.display(),
            )));
        }
    }
    Ok(())
}
