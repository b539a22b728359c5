//! How the services of others say no.
use bytes::Bytes;
use http::{HeaderMap, Response, header};
use serde_json::Value;

fn number(headers: &HeaderMap, name: &str) -> Option<i64> {
    headers.get(name)?.to_str().ok()?.trim().parse().ok()
}

/// Seconds to wait, where that is what the answer asks for: `retry-after`, `x-ratelimit-reset`, else a minute.
pub fn wait(answer: &Response<Bytes>, now: i64) -> Option<u64> {
    let (status, headers) = (answer.status().as_u16(), answer.headers());
    let limited = headers.contains_key(header::RETRY_AFTER) || number(headers, "x-ratelimit-remaining") == Some(0);
    if status != 429 && !(status == 403 && limited) {
        return None;
    }
    let reset = || number(headers, "x-ratelimit-reset").map(|at| at - now);
    Some(number(headers, "retry-after").or_else(reset).unwrap_or(60).clamp(1, 3600) as u64)
}

/// What an error's body says, shortened.
pub fn said(body: &[u8]) -> String {
    let json: Value = serde_json::from_slice(body).unwrap_or_default();
    let text = ["message", "error", "error_description"].iter().find_map(|name| json[name].as_str().map(str::to_owned));
    let jira = || {
        let list = json["errorMessages"].as_array().and_then(|l| l.first()).and_then(Value::as_str).map(str::to_owned);
        list.or_else(|| {
            json["errors"]
                .as_object()
                .and_then(|e| e.iter().next())
                .map(|(field, why)| format!("{field}: {}", why.as_str().unwrap_or("wrong")))
        })
    };
    text.or_else(jira).unwrap_or_default().chars().take(200).collect()
}
