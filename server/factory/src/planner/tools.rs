//! What coding tools can do over MCP: said once, for the protocol and for the screen that explains it.

/// A tool of the MCP server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tool {
    pub name: &'static str,
    /// As the screen calls it.
    pub title: &'static str,
    pub about: &'static str,
    /// It changes something: only keys that may write see it.
    pub writes: bool,
}

const fn tool(name: &'static str, title: &'static str, about: &'static str, writes: bool) -> Tool {
    Tool { name, title, about, writes }
}

/// All of them, in the order tools are told.
pub const TOOLS: [Tool; 4] = [
    tool("list_work_orders", "List work orders", "The work orders assigned to you in one status, in the order of work.", false),
    tool(
        "get_work_order",
        "Read a work order",
        "One work order whole: description, acceptance criteria and plan as Markdown, what it comes from, what blocks it.",
        false,
    ),
    tool("search_context", "Search the project", "Searches requirements, blueprints, files and code by words and meaning.", false),
    tool("update_work_order_status", "Report progress", "Starts a work order, hands it in for review, or finishes it.", true),
];
