//! What a plain request asks for. English requests are understood; whatever is none of them is searched for.
use crate::{
    assistant::{Context, ContextKind, examples},
    feedback::Category,
    suggestions::AgentType,
    work_orders::WorkOrderStatus,
};
use serde_json::{Value, json};

/// What to do about a message.
#[derive(Clone, Debug, PartialEq)]
pub enum Plan {
    Say(String),
    Call(&'static str, Value),
    /// Finds feedback by words, to give it a category.
    FindAndCategorize(String, Category),
}

/// The first rule that understands the message.
pub fn plan(agent: AgentType, context: Option<Context>, message: &str) -> Plan {
    let ask = Ask::new(context, message);
    help(agent, &ask)
        .or_else(|| new_thing(agent, &ask))
        .or_else(|| change(agent, &ask))
        .or_else(|| categorise(agent, &ask))
        .or_else(|| work_on_document(agent, &ask))
        .or_else(|| listing(agent, &ask))
        .or_else(|| code(&ask))
        .unwrap_or_else(|| search(&ask))
}

/// A message, and how it reads without capitals (byte for byte as long).
struct Ask<'a> {
    text: &'a str,
    low: String,
    context: Option<Context>,
}

impl<'a> Ask<'a> {
    fn new(context: Option<Context>, message: &'a str) -> Self {
        let text = message.trim();
        Self { text, low: text.to_ascii_lowercase(), context }
    }

    fn has(&self, words: &[&str]) -> bool {
        words.iter().any(|w| self.low.contains(w))
    }

    /// What stands behind the first of these words.
    fn after(&self, words: &[&str]) -> Option<&'a str> {
        let (at, word) =
            words.iter().filter_map(|w| self.low.find(w).map(|at| (at, w))).min_by_key(|(at, w)| (*at, usize::MAX - w.len()))?;
        Some(&self.text[at + word.len()..])
    }

    /// What stands in quotation marks.
    fn quoted(&self) -> Option<&'a str> {
        for (open, close) in [('“', '”'), ('"', '"'), ('„', '“'), ('«', '»'), ('\'', '\'')] {
            if let Some((_, rest)) = self.text.split_once(open)
                && let Some((inside, _)) = rest.split_once(close)
                && !inside.trim().is_empty()
            {
                return Some(inside.trim());
            }
        }
        None
    }

    /// Keys such as `WO-12` or `F-003`.
    fn keys(&self, of: impl Fn(&str) -> bool) -> Vec<String> {
        let mut keys: Vec<String> = Vec::new();
        for word in self.text.split(|c: char| !c.is_alphanumeric() && c != '-') {
            let word = word.to_uppercase();
            let is_key = word.split_once('-').is_some_and(|(front, n)| {
                !front.is_empty() && front.chars().all(char::is_alphabetic) && !n.is_empty() && n.chars().all(|c| c.is_ascii_digit())
            });
            if is_key && of(&word) && !keys.contains(&word) {
                keys.push(word);
            }
        }
        keys
    }

    fn work_orders(&self) -> Vec<String> {
        self.keys(|key| key.starts_with("WO-"))
    }

    fn features(&self) -> Vec<String> {
        self.keys(|key| !key.starts_with("WO-"))
    }

    /// What something is to be called: in quotation marks, else what follows, without the words that lead to it.
    fn name_after(&self, words: &[&str]) -> Option<String> {
        let rest = self.after(words)?;
        let name = match self.quoted() {
            Some(name) => name.to_owned(),
            None => {
                let mut rest = rest.trim_start_matches([':', ' ', ',']);
                for lead in ["titled ", "called ", "named ", "with the title ", "with title ", "for ", "to "] {
                    let low = rest.to_ascii_lowercase();
                    if low.starts_with(lead) {
                        rest = rest[lead.len()..].trim_start();
                        break;
                    }
                }
                rest.lines().next().unwrap_or_default().trim().trim_end_matches(['.', '!']).to_owned()
            }
        };
        let mut chars = name.chars();
        let name: String = chars.next().map(|c| c.to_uppercase().chain(chars).collect())?;
        Some(name)
    }

    /// The document that is meant: in quotation marks, named behind the verb, or open beside the talk.
    fn document(&self, verbs: &[&str]) -> Option<String> {
        if let Some(name) = self.quoted() {
            return Some(name.to_owned());
        }
        let mut rest = self.after(verbs).unwrap_or_default().trim().trim_end_matches(['.', '?', '!']);
        for lead in ["work orders", "from", "of", "the", "document", "blueprint", "requirements", "for", ":"] {
            if rest.to_ascii_lowercase().starts_with(lead) {
                rest = rest[lead.len()..].trim_start();
            }
        }
        let first = rest.split_whitespace().next().unwrap_or_default().to_ascii_lowercase();
        let vague = ["", "this", "it", "me", "please", "sections", "missing", "by"];
        match self.context {
            _ if !vague.contains(&first.as_str()) => Some(rest.to_owned()),
            Some(Context { kind: ContextKind::Document, id }) => Some(id.to_string()),
            _ => None,
        }
    }
}

fn help(agent: AgentType, ask: &Ask) -> Option<Plan> {
    let asked = ask.low.trim_end_matches(['?', '!', '.']);
    let meant = ["help", "hello", "hi", "hey", "what can you do", "who are you", "what can i ask"].contains(&asked);
    meant.then(|| {
        let list: String = examples(agent).iter().map(|e| format!("\n- {e}")).collect();
        Plan::Say(format!(
            "I find passages in this project, list what there is, review documents, draft from templates and prepare plain changes for your approval. For example:\n{list}"
        ))
    })
}

const NEW: [&str; 6] = ["create ", "add ", "make ", "new ", "open ", "write "];

fn leads(ask: &Ask, what: &str) -> bool {
    let at = ask.low.find(what);
    at.is_some_and(|at| NEW.iter().any(|verb| ask.low[..at].contains(verb)))
}

fn new_thing(agent: AgentType, ask: &Ask) -> Option<Plan> {
    if leads(ask, "work order") && !ask.has(&["work orders"]) {
        if agent != AgentType::Planner {
            return Some(elsewhere("Work orders are created by the Planner assistant", "Planner"));
        }
        return Some(match ask.name_after(&["work order"]) {
            Some(title) => {
                let mut arguments = json!({ "title": title });
                if let [feature] = ask.features().as_slice() {
                    arguments["feature"] = json!(feature);
                }
                Plan::Call("createWorkOrder", arguments)
            }
            None => Plan::Say("What is it to be called? Write: Create a work order titled “…”.".to_owned()),
        });
    }
    if leads(ask, "feature") && !ask.has(&["features", "feature request", "feature blueprint"]) {
        if agent != AgentType::Refinery {
            return Some(elsewhere("Features are created by the Refinery assistant", "Refinery"));
        }
        return Some(match ask.name_after(&["feature"]) {
            Some(name) => Plan::Call("createFeature", json!({ "name": name })),
            None => Plan::Say("What is it to be called? Write: Create feature “…”.".to_owned()),
        });
    }
    None
}

fn elsewhere(what: &str, kind: &str) -> Plan {
    Plan::Say(format!("{what}. Begin a conversation with {kind} chosen, and ask there."))
}

fn status(low: &str) -> Option<WorkOrderStatus> {
    let words = [
        ("in progress", WorkOrderStatus::InProgress),
        ("in_progress", WorkOrderStatus::InProgress),
        ("in review", WorkOrderStatus::InReview),
        ("in_review", WorkOrderStatus::InReview),
        ("backlog", WorkOrderStatus::Backlog),
        ("ready", WorkOrderStatus::Ready),
        ("done", WorkOrderStatus::Done),
    ];
    words.into_iter().find(|(word, _)| low.contains(word)).map(|(_, status)| status)
}

fn change(agent: AgentType, ask: &Ask) -> Option<Plan> {
    let orders = ask.work_orders();
    let renames = ask.has(&["rename ", "set the title of ", "change the title of "]);
    let moves = ask.has(&["move ", "set ", "put ", "start ", "mark "]);
    if !orders.is_empty() && (renames || moves) {
        if agent != AgentType::Planner {
            return Some(elsewhere("Work orders are changed by the Planner assistant", "Planner"));
        }
        return match (orders.as_slice(), renames) {
            ([one], true) => {
                let title = ask.name_after(&[" to ", " as "])?;
                Some(Plan::Call("updateWorkOrder", json!({ "workOrder": one, "title": title })))
            }
            ([one], false) => Some(Plan::Call("updateWorkOrder", json!({ "workOrder": one, "status": status(&ask.low)? }))),
            (many, _) => Some(Plan::Call("batchUpdateWorkOrders", json!({ "workOrders": many, "status": status(&ask.low)? }))),
        };
    }
    let features = ask.features();
    let [feature] = features.as_slice() else { return None };
    let change = if renames || ask.has(&["rename"]) {
        json!({ "feature": feature, "name": ask.name_after(&[" to ", " as "])? })
    } else if ask.has(&["priority"]) {
        let priority = ["P0", "P1", "P2", "P3"].into_iter().find(|p| ask.low.contains(&p.to_ascii_lowercase()))?;
        json!({ "feature": feature, "priority": priority })
    } else {
        return None;
    };
    if agent != AgentType::Refinery {
        return Some(elsewhere("Features are changed by the Refinery assistant", "Refinery"));
    }
    Some(Plan::Call("updateFeature", change))
}

fn categorise(agent: AgentType, ask: &Ask) -> Option<Plan> {
    if agent != AgentType::Validator || !ask.has(&["categorise", "categorize", "mark "]) {
        return None;
    }
    let as_what = ask.low.rsplit_once(" as ").map(|(_, end)| end.trim_start_matches("a ").to_owned())?;
    let category = match as_what.trim_end_matches(['.', '!']).trim() {
        "bug" | "bugs" => Category::Bug,
        "feature request" | "feature_request" | "feature" => Category::FeatureRequest,
        "performance" => Category::Performance,
        "other" => Category::Other,
        _ => return None,
    };
    let id = ask.text.split(|c: char| !c.is_ascii_alphanumeric() && c != '-').find_map(|word| uuid::Uuid::parse_str(word).ok());
    let id = id.or(match ask.context {
        Some(Context { kind: ContextKind::FeedbackItem, id }) if ask.quoted().is_none() => Some(id),
        _ => None,
    });
    Some(match (id, ask.quoted()) {
        (Some(id), _) => Plan::Call("categorizeFeedback", json!({ "feedback": [id], "category": category })),
        (None, Some(words)) => Plan::FindAndCategorize(words.to_owned(), category),
        (None, None) => Plan::Say("Which item? Put words of it into quotation marks: Categorise “App crashes” as bug.".to_owned()),
    })
}

fn which(verb: &str) -> Plan {
    Plan::Say(format!("Which document? Write its title in quotation marks ({verb} “…”), or ask beside the open document."))
}

fn work_on_document(agent: AgentType, ask: &Ask) -> Option<Plan> {
    if ask.low.starts_with("review") || ask.has(&["please review", "can you review"]) {
        return Some(match ask.document(&["review"]) {
            Some(document) => Plan::Call("reviewDocument", json!({ "document": document })),
            None => which("Review"),
        });
    }
    if ask.has(&["work orders"]) && ask.has(&["extract", "draw", "derive"]) {
        let mut arguments = match ask.document(&["extract", "draw", "derive"]) {
            Some(document) => json!({ "document": document }),
            None => return Some(which("Extract work orders from")),
        };
        if ask.has(&["specialist", "discipline"]) {
            arguments["strategy"] = json!("specialist");
        }
        return Some(Plan::Call("extractWorkOrders", arguments));
    }
    let drafts = ask.low.starts_with("draft") || ask.has(&["missing sections", "draft the", "please draft"]);
    if drafts && matches!(agent, AgentType::Refinery | AgentType::Foundry) {
        return Some(match ask.document(&["missing sections", "draft"]) {
            Some(document) => Plan::Call("draftSections", json!({ "document": document })),
            None => which("Draft"),
        });
    }
    if agent == AgentType::Refinery { interview(ask) } else { None }
}

/// Four lines that begin with what they answer, or the wish to be asked.
fn interview(ask: &Ask) -> Option<Plan> {
    let answer = |names: &[&str]| {
        ask.text.lines().find_map(|line| {
            let (name, said) = line.trim().trim_start_matches(['-', '*', ' ']).split_once(':')?;
            names.contains(&name.trim().to_ascii_lowercase().as_str()).then(|| said.trim().to_owned()).filter(|s| !s.is_empty())
        })
    };
    let problem = answer(&["problem"]);
    if let (Some(problem), Some(current), Some(outcome), Some(users)) = (
        problem,
        answer(&["current solution", "today", "now"]),
        answer(&["outcome", "desired outcome", "goal"]),
        answer(&["users", "target users", "who"]),
    ) {
        let answers = json!({ "problem": problem, "current_solution": current, "outcome": outcome, "users": users });
        return Some(Plan::Call("interview", answers));
    }
    (ask.low.contains("interview") || ask.low.contains("start with questions")).then(|| {
        Plan::Say(
            "Answer these four, one line each, and I draft the product overview and propose features:\n\n- Problem: …\n- Current solution: …\n- Outcome: …\n- Users: …"
                .to_owned(),
        )
    })
}

fn listing(agent: AgentType, ask: &Ask) -> Option<Plan> {
    let lists = ask.has(&["list", "show", "which", "what ", "open ", "all ", "are there", "how many"]);
    let about = ask.has(&[" about ", "what do ", "why ", "how do "]);
    if !lists || about {
        return None;
    }
    let nodes = |kind: &str| Plan::Call("queryGraph", json!({ "types": [kind], "limit": 50 }));
    if ask.has(&["drift", "stale", "alert"]) && agent != AgentType::Validator {
        return Some(Plan::Call("getDriftAlerts", json!({})));
    }
    if ask.has(&["feedback"]) {
        return Some(match agent {
            AgentType::Validator => {
                let status = ["triaged", "in progress", "resolved", "dismissed", "new", "all"].into_iter().find(|s| ask.low.contains(s));
                Plan::Call("listFeedback", json!({ "status": status.unwrap_or("new").replace(' ', "_") }))
            }
            _ => nodes("feedback_item"),
        });
    }
    if ask.has(&["work order"]) {
        return Some(nodes("work_order"));
    }
    if ask.has(&["features"]) {
        return Some(nodes("feature"));
    }
    if ask.has(&["artifact", "uploads", "uploaded file"]) {
        return Some(Plan::Call("listArtifacts", json!({})));
    }
    if ask.has(&["blueprints", "foundations", "diagrams"]) {
        return Some(Plan::Call("listDocuments", json!({ "area": "foundry" })));
    }
    if ask.has(&["requirements documents", "documents"]) {
        return Some(Plan::Call("listDocuments", json!({})));
    }
    None
}

fn code(ask: &Ask) -> Option<Plan> {
    let meant = ask.has(&["in the code", "code for", "which function", "which file", "implemented", "source code"]);
    meant.then(|| Plan::Call("searchCode", json!({ "query": cut(&without(ask)), "limit": 6 })))
}

/// The words of a question that are not about the place.
fn without(ask: &Ask) -> String {
    let words = ["the", "code", "for", "in", "where", "is", "which", "file", "function", "source", "implemented", "find", "show", "me"];
    let kept = ask.text.split_whitespace().filter(|w| !words.contains(&w.trim_matches(['?', '.', ',']).to_ascii_lowercase().as_str()));
    let kept = kept.collect::<Vec<_>>().join(" ");
    let kept = kept.trim_end_matches('?');
    if kept.is_empty() { ask.text.to_owned() } else { kept.to_owned() }
}

fn search(ask: &Ask) -> Plan {
    let query = cut(ask.text);
    if query.chars().count() < 2 {
        return Plan::Say("Ask in a few words more.".to_owned());
    }
    Plan::Call("searchDocuments", json!({ "query": query, "limit": 6 }))
}

/// A question has at most 400 characters.
fn cut(text: &str) -> String {
    text.chars().take(400).collect::<String>().trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    fn call(agent: AgentType, message: &str) -> (&'static str, Value) {
        match plan(agent, None, message) {
            Plan::Call(name, arguments) => (name, arguments),
            other => panic!("{message}: {other:?}"),
        }
    }

    #[test]
    fn plain_requests_become_proposals() {
        use AgentType::*;
        for (agent, message, name, arguments) in [
            (Planner, "Create a work order titled \"Add login form\"", "createWorkOrder", json!({ "title": "Add login form" })),
            (Planner, "please add a work order: fix the footer.", "createWorkOrder", json!({ "title": "Fix the footer" })),
            (
                Planner,
                "Create a work order called “Ship it” for F-003",
                "createWorkOrder",
                json!({ "title": "Ship it", "feature": "F-003" }),
            ),
            (Planner, "Rename wo-3 to Better name", "updateWorkOrder", json!({ "workOrder": "WO-3", "title": "Better name" })),
            (Planner, "Move WO-3 to in progress", "updateWorkOrder", json!({ "workOrder": "WO-3", "status": "in_progress" })),
            (
                Planner,
                "Move WO-1, WO-2 and WO-1 to ready",
                "batchUpdateWorkOrders",
                json!({ "workOrders": ["WO-1", "WO-2"], "status": "ready" }),
            ),
            (Refinery, "Create feature “Password reset”", "createFeature", json!({ "name": "Password reset" })),
            (Refinery, "rename feature F-001 to checkout", "updateFeature", json!({ "feature": "F-001", "name": "Checkout" })),
            (Refinery, "Set the priority of F-001 to p0", "updateFeature", json!({ "feature": "F-001", "priority": "P0" })),
        ] {
            assert_eq!(call(agent, message), (name, arguments), "{message}");
        }
        assert!(matches!(plan(Refinery, None, "Create a work order titled X"), Plan::Say(text) if text.contains("Planner")));
        assert_eq!(
            plan(Validator, None, "Categorise “App crashes” as a bug"),
            Plan::FindAndCategorize("App crashes".into(), Category::Bug)
        );
        let item = Context { kind: ContextKind::FeedbackItem, id: Uuid::from_u128(7) };
        assert_eq!(
            plan(Validator, Some(item), "Categorize this as feature request"),
            Plan::Call("categorizeFeedback", json!({ "feedback": [item.id], "category": "feature_request" }))
        );
    }

    #[test]
    fn questions_are_looked_up() {
        use AgentType::*;
        for (agent, message, name) in [
            (Refinery, "What do we say about sign-in?", "searchDocuments"),
            (Refinery, "password reset", "searchDocuments"),
            (Foundry, "Open drift alerts", "getDriftAlerts"),
            (Planner, "Which work orders are open?", "queryGraph"),
            (Refinery, "List all features", "queryGraph"),
            (Validator, "List new feedback", "listFeedback"),
            (Foundry, "Which blueprints are there?", "listDocuments"),
            (Foundry, "Where is the code for payments?", "searchCode"),
            (Refinery, "Review “Product overview”", "reviewDocument"),
            (Planner, "Extract work orders from “Checkout”", "extractWorkOrders"),
            (Refinery, "Draft the missing sections of “Checkout”", "draftSections"),
            (Refinery, "Problem: slow\nCurrent solution: paper\nOutcome: faster orders\nUsers: cooks", "interview"),
        ] {
            assert_eq!(call(agent, message).0, name, "{message}");
        }
        assert_eq!(call(Planner, "extract work orders from “Checkout” by discipline").1["strategy"], "specialist");
        let open = Context { kind: ContextKind::Document, id: Uuid::from_u128(7) };
        assert_eq!(plan(Refinery, Some(open), "Review this"), Plan::Call("reviewDocument", json!({ "document": open.id.to_string() })));
        assert!(matches!(plan(Refinery, None, "Review this"), Plan::Say(_)));
    }

    #[test]
    fn every_example_is_understood() {
        for agent in [AgentType::Refinery, AgentType::Foundry, AgentType::Planner, AgentType::Validator] {
            for example in examples(agent) {
                assert!(!matches!(plan(agent, None, example), Plan::Say(_)), "{example}");
            }
        }
    }
}
