//! How a status machine says no (chapter 20, section 2.3).
use kernel::{Code, Fault};
use serde::Serialize;

/// 409 `invalid_transition` naming the moves that are open, in words and in `details.allowed`.
pub(crate) fn refuse<S: Serialize>((now, next): (&str, &str), moves: &[(S, &str)]) -> Fault {
    let words: Vec<_> = moves.iter().map(|(_, words)| words.to_lowercase()).collect();
    let allowed = match words.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("{} or {last}", rest.join(", ")),
        Some((last, _)) => last.clone(),
        None => "nothing else".to_owned(),
    };
    Fault::new(Code::InvalidTransition, format!("{now} cannot become {}. It can become {allowed}.", next.to_lowercase()))
        .with_details(serde_json::json!({ "allowed": moves.iter().map(|(status, _)| status).collect::<Vec<_>>() }))
}
