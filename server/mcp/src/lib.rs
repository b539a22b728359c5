//! MCP: what coding tools ask of a project, and report to it (chapter 20, section 5). One HTTP request is one exchange, no
//! state is kept between them, and a project key says who asks. This crate speaks the protocol; what may be done and how is
//! known to the services of `factory`.
mod batch;
mod context;
mod resources;
mod server;
mod tools;
mod work_orders;

pub use batch::answer;
