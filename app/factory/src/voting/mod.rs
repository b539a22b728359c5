//! The voting page of a project: the team's side and that of visitors.
mod calls;
mod public;
mod routes;
mod team;

pub use public::VotePage;
pub use routes::{PublicRoutes, VotingRoutes, voting_piece};
pub use team::VotingPage;
