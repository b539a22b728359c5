//! Who may call what: one line for every server function and REST endpoint (chapter 10, sections 3 and 5). A test walks
//! the registered functions and fails for each one without a line, and for each line without a function; another calls
//! each as every viewer. A new endpoint gets its line in the file of its area.
use kernel::{Perm, access::Role};

mod core;
mod factory;

/// Who may call an endpoint. The service decides; this says what the decision has to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Everybody, signed in or not.
    Public,
    /// Any signed-in person, on what is their own.
    SignedIn,
    /// Members of the organization whose role holds the permission; keys whose scope carries it.
    Member(Perm),
    /// Administrators of the installation.
    Platform,
}

/// One endpoint.
#[derive(Clone, Copy, Debug)]
pub struct Line {
    /// The end of a server function's path (`members/member_remove`), or a REST endpoint (`GET /api/organizations`).
    pub path: &'static str,
    pub access: Access,
    /// Arguments that can be read, so that a test reaches the permission check and not a 400.
    pub sample: Sample,
}

/// The body of a call in a test.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sample {
    /// `application/x-www-form-urlencoded`, the encoding of server functions unless they say otherwise.
    Form(&'static str),
    Json(&'static str),
    /// `multipart/form-data` with one small file.
    Upload,
}

/// An endpoint without arguments.
pub const fn line(path: &'static str, access: Access) -> Line {
    Line { path, access, sample: Sample::Form("") }
}

impl Line {
    /// The same with a form.
    pub const fn with(self, form: &'static str) -> Self {
        Self { sample: Sample::Form(form), ..self }
    }

    /// The same with JSON.
    pub const fn json(self, json: &'static str) -> Self {
        Self { sample: Sample::Json(json), ..self }
    }

    /// The same with a file.
    pub const fn upload(self) -> Self {
        Self { sample: Sample::Upload, ..self }
    }
}

/// An id that nothing has.
const NOBODY: &str = "id=00000000-0000-0000-0000-000000000000";

/// The lines of all areas.
pub fn endpoints() -> impl Iterator<Item = &'static Line> {
    [core::LINES, factory::LINES].into_iter().flatten()
}

/// The line of a path as the server registers it: `/api/app_core/members/member_remove`, `GET /api/organizations`.
pub fn line_of(path: &str) -> Option<&'static Line> {
    endpoints().find(|line| fits(line.path, path))
}

/// A REST endpoint fits as a whole; a server function by whole segments from the end.
fn fits(line: &str, path: &str) -> bool {
    path == line || path.strip_suffix(line).is_some_and(|before| before.ends_with('/') && !line.contains(' '))
}

/// The paths that have no line; the matrix test wants none.
pub fn unlisted<'a>(paths: impl IntoIterator<Item = &'a str>) -> Vec<&'a str> {
    paths.into_iter().filter(|path| line_of(path).is_none()).collect()
}

/// The lines whose endpoint does not exist (any more), and paths that stand twice; the matrix test wants none.
pub fn dead<'a>(paths: impl IntoIterator<Item = &'a str>) -> Vec<&'static str> {
    let paths: Vec<&str> = paths.into_iter().collect();
    endpoints()
        .enumerate()
        .filter(|(n, line)| {
            let twice = endpoints().take(*n).any(|before| before.path == line.path);
            twice || !paths.iter().any(|path| fits(line.path, path))
        })
        .map(|(_, line)| line.path)
        .collect()
}

/// Whom the matrix test acts as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Viewer {
    Visitor,
    /// Signed in, and a member of another organization.
    Stranger,
    Member(Role),
    /// Administers the installation, and is a member of nothing.
    Platform,
}

impl Viewer {
    pub const ALL: [Viewer; 6] = [
        Viewer::Visitor,
        Viewer::Stranger,
        Viewer::Member(Role::Member),
        Viewer::Member(Role::Admin),
        Viewer::Member(Role::Owner),
        Viewer::Platform,
    ];
}

/// How an endpoint refuses this viewer; `None`: it does not. It may then still answer a fault of the sample's arguments,
/// and public ones 401 for wrong credentials.
pub fn refusal(access: Access, viewer: Viewer) -> Option<u16> {
    match (access, viewer) {
        (Access::Public, _) => None,
        (_, Viewer::Visitor) => Some(401),
        (Access::SignedIn, _) => None,
        (Access::Platform, Viewer::Platform) => None,
        (Access::Platform, _) => Some(403),
        // What belongs to an organization is not there for those outside.
        (Access::Member(_), Viewer::Stranger | Viewer::Platform) => Some(404),
        (Access::Member(perm), Viewer::Member(role)) => (!role.may(perm, &[])).then_some(403),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_fit_whole_segments_only() {
        assert!(fits("members/member_remove", "/api/app_core/members/member_remove"));
        assert!(!fits("member_remove", "/api/app_core/members/team_member_remove"));
        assert!(fits("GET /api/organizations", "GET /api/organizations"));
        assert!(!fits("GET /api/organizations", "x/GET /api/organizations"));
    }

    #[test]
    fn no_path_stands_twice_and_unknown_ones_are_told() {
        let mut paths: Vec<&str> = endpoints().map(|line| line.path).collect();
        assert!(dead(paths.clone()).is_empty());
        assert_eq!(unlisted(["/api/nowhere/nothing"]), ["/api/nowhere/nothing"]);
        paths.sort_unstable();
        paths.dedup();
        assert_eq!(paths.len(), endpoints().count());
    }

    #[test]
    fn refusals_follow_the_matrix() {
        assert_eq!(refusal(Access::Member(Perm::OrgKeys), Viewer::Member(Role::Member)), Some(403));
        assert_eq!(refusal(Access::Member(Perm::OrgKeys), Viewer::Member(Role::Admin)), None);
        assert_eq!(refusal(Access::Member(Perm::OrgSecurity), Viewer::Member(Role::Admin)), Some(403));
        assert_eq!(refusal(Access::Member(Perm::OrgRead), Viewer::Stranger), Some(404));
        assert_eq!(refusal(Access::Platform, Viewer::Member(Role::Owner)), Some(403));
        assert_eq!(refusal(Access::SignedIn, Viewer::Visitor), Some(401));
    }
}
