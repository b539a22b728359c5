//! What was said before, as a model is told it.
use super::{CallStatus, Message, Role, ToolCall, tools::quoted};
use models::{Answered, Call, Turn};

/// Characters of the past a model is told at most; the oldest are left out first.
const MOST: usize = 60_000;

/// The turns of the stored messages. What came after the last message of the person is left out: an answer that is made
/// again begins anew.
pub fn turns(messages: &[Message]) -> Vec<Turn> {
    let last = messages.iter().rposition(|m| m.role == Role::User).map_or(0, |at| at + 1);
    let mut first = last;
    let mut length = 0;
    for (at, message) in messages[..last].iter().enumerate().rev() {
        length += weight(message);
        if length > MOST && at + 1 < last {
            break;
        }
        // A talk begins with the person.
        if message.role == Role::User {
            first = at;
        }
    }
    let mut turns = Vec::new();
    for message in &messages[first..last] {
        match message.role {
            Role::User => turns.push(Turn::User(message.content.clone())),
            Role::Assistant => {
                turns.push(Turn::Assistant { text: message.content.clone(), calls: message.tool_calls.iter().map(call).collect() });
                if !message.tool_calls.is_empty() {
                    turns.push(Turn::Results(message.tool_calls.iter().map(answered).collect()));
                }
            }
            Role::System => {}
        }
    }
    turns
}

fn weight(message: &Message) -> usize {
    message.content.len() + message.tool_calls.iter().map(|c| c.result.len()).sum::<usize>()
}

pub fn call(call: &ToolCall) -> Call {
    Call { id: call.id.clone(), name: call.name.clone(), arguments: Ok(call.arguments.clone()) }
}

/// What a call was answered, with what the person said to it since.
pub fn answered(call: &ToolCall) -> Answered {
    let content = match call.status {
        CallStatus::Done => quoted(&call.name, &call.result),
        CallStatus::Failed => format!("Error: {}", call.error.as_deref().unwrap_or("it did not work")),
        CallStatus::AwaitingConfirmation => {
            format!("Proposed, nothing is changed yet: {}. The person decides with Approve or Reject.", call.title)
        }
        CallStatus::Approved => format!("The person approved it and it was done. {}", call.result),
        CallStatus::Rejected => "The person rejected it. Nothing was changed.".to_owned(),
    };
    Answered { id: call.id.clone(), name: call.name.clone(), content, failed: call.status == CallStatus::Failed }
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::DateTime;
    use uuid::Uuid;

    fn said(role: Role, content: &str) -> Message {
        Message {
            id: Uuid::nil(),
            role,
            content: content.into(),
            html: String::new(),
            tool_calls: vec![],
            input_tokens: None,
            output_tokens: None,
            model: None,
            created_at: DateTime::default(),
        }
    }

    #[test]
    fn a_talk_ends_and_begins_with_the_person() {
        let talk = [
            said(Role::User, "one"),
            said(Role::Assistant, "first"),
            said(Role::User, "two"),
            said(Role::Assistant, "half"),
            said(Role::System, "It broke."),
        ];
        assert_eq!(
            turns(&talk),
            [Turn::User("one".into()), Turn::Assistant { text: "first".into(), calls: vec![] }, Turn::User("two".into()),]
        );
        let long = [said(Role::User, &"x".repeat(MOST)), said(Role::Assistant, "a"), said(Role::User, "b")];
        assert_eq!(turns(&long), [Turn::User("b".into())]);
        assert_eq!(turns(&[said(Role::User, &"x".repeat(2 * MOST))]).len(), 1);
    }
}
