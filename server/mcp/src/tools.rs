//! The tools: what they take, and which key sees them.
use crate::{context, server::Server, work_orders};
use factory::planner::{self, TOOLS};
use kernel::{Fault, Perm};
use rmcp::{
    ErrorData,
    handler::server::tool::schema_for_input,
    model::{JsonObject, Tool, ToolAnnotations},
    schemars::JsonSchema,
};
use serde::de::DeserializeOwned;
use serde_json::Value;

/// The tools a key sees.
pub(crate) fn list(writes: bool) -> Result<Vec<Tool>, ErrorData> {
    TOOLS.iter().filter(|tool| writes || !tool.writes).map(described).collect()
}

fn described(tool: &planner::Tool) -> Result<Tool, ErrorData> {
    let schema = match tool.name {
        "list_work_orders" => schema::<work_orders::List>()?,
        "get_work_order" => schema::<work_orders::Get>()?,
        "search_context" => schema::<context::Search>()?,
        _ => schema::<work_orders::Update>()?,
    };
    let hints = ToolAnnotations::with_title(tool.title).read_only(!tool.writes).destructive(false).open_world(false);
    Ok(Tool::new(tool.name, tool.about, schema).with_title(tool.title).with_annotations(hints))
}

fn schema<T: JsonSchema + 'static>() -> Result<std::sync::Arc<JsonObject>, ErrorData> {
    schema_for_input::<T>().map_err(|error| ErrorData::internal_error(error, None))
}

/// Runs a tool; `None`: there is none of this name.
pub(crate) async fn call(server: &Server, name: &str, arguments: JsonObject) -> Option<Result<Value, Fault>> {
    let done = match name {
        "list_work_orders" => match read(arguments) {
            Ok(asked) => work_orders::list(server, asked).await,
            Err(fault) => Err(fault),
        },
        "get_work_order" => match read(arguments) {
            Ok(asked) => work_orders::get(server, asked).await,
            Err(fault) => Err(fault),
        },
        "search_context" => match read(arguments) {
            Ok(asked) => context::search(server, asked).await,
            Err(fault) => Err(fault),
        },
        "update_work_order_status" => match (server.actor.require(Perm::FactoryWrite), read(arguments)) {
            (Ok(()), Err(fault)) => Err(fault),
            (Ok(()), Ok(asked)) => work_orders::update(server, asked).await,
            (Err(fault), _) => server.changing(async |_| Err(fault)).await,
        },
        _ => return None,
    };
    Some(done)
}

fn read<T: DeserializeOwned>(arguments: JsonObject) -> Result<T, Fault> {
    serde_json::from_value(Value::Object(arguments))
        .map_err(|error| Fault::new(kernel::Code::Validation, format!("The arguments do not fit: {error}.")))
}

/// A number within its limits, which the description of the tool names.
pub(crate) fn within(limit: u32, most: u32) -> Result<u32, Fault> {
    match (1..=most).contains(&limit) {
        true => Ok(limit),
        false => Err(Fault::field("limit", format!("is a number from 1 to {most}"))),
    }
}
