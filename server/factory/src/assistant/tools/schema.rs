//! What a model is told of each tool: what it does, and the JSON schema of its arguments.
use super::Tool;
use serde_json::{Map, Value, json};

/// A field: name, type, what it means, whether it has to be there. A type is one of JSON's, `strings`, `edits`, or words
/// separated by `|`.
type Field = (&'static str, &'static str, &'static str, bool);

const CATEGORIES: &str = "bug|feature_request|performance|other";
const DOCUMENT: Field = ("document", "string", "Id, slug or title of the document", true);
const LIMIT: Field = ("limit", "integer", "How many at most", false);
const WORK_ORDER_STATUS: &str = "backlog|ready|in_progress|in_review|done";

const ORDER_TEXTS: [Field; 6] = [
    ("description", "string", "What is to be done, Markdown", false),
    ("acceptanceCriteria", "strings", "One checkable statement each", false),
    ("outOfScope", "string", "What does not belong to it, Markdown", false),
    ("implementationPlan", "string", "How, step by step, Markdown", false),
    ("feature", "string", "Key of its feature, such as F-012", false),
    ("phase", "string", "Name of its phase", false),
];

/// A tool as models are offered it.
pub fn tool(tool: Tool) -> models::Tool {
    let (name, description, fields): (_, _, Vec<Field>) = match tool {
        Tool::ReadDocument => {
            ("readDocument", "Reads a requirements document or blueprint: its text by sections, with their ids.", vec![DOCUMENT])
        }
        Tool::SearchDocuments => (
            "searchDocuments",
            "Finds passages in everything of the project by words and meaning, best first, with links to cite.",
            vec![
                ("query", "string", "What is looked for, 2 to 400 characters", true),
                ("types", "types", "Where; everywhere when left out", false),
                LIMIT,
            ],
        ),
        Tool::ListDocuments => (
            "listDocuments",
            "Lists the documents of the project with links.",
            vec![("area", "refinery|foundry", "Requirements or blueprints; both when left out", false)],
        ),
        Tool::SearchCode => (
            "searchCode",
            "Finds places in the code of the project.",
            vec![
                ("query", "string", "What is looked for", true),
                ("glob", "string", "Which files, such as src/**/*.rs", false),
                ("language", "string", "Only this language", false),
                ("symbol", "string", "A function, class or other name", false),
                LIMIT,
            ],
        ),
        Tool::ReadCodeFile => (
            "readCodeFile",
            "Reads a file of the code, or some lines of it.",
            vec![
                ("path", "string", "Its path in the repository", true),
                ("startLine", "integer", "First line", false),
                ("endLine", "integer", "Last line", false),
            ],
        ),
        Tool::QueryGraph => (
            "queryGraph",
            "Lists nodes of the knowledge graph: features, documents, work orders, feedback, artifacts, code files.",
            vec![
                ("types", "entities", "Of which kinds; all when left out", false),
                ("search", "string", "Words of their names", false),
                LIMIT,
            ],
        ),
        Tool::GetRelatedNodes => (
            "getRelatedNodes",
            "What something hangs together with: what it derives from, implements, blocks, references.",
            vec![
                ("entityType", "document|work_order|feature|feedback_item|artifact|codebase_file", "What it is", true),
                ("entity", "string", "Its id; of features and work orders also the key", true),
                ("depth", "integer", "Steps, 1 to 10; 1 when left out", false),
            ],
        ),
        Tool::ListArtifacts => ("listArtifacts", "Lists the files people uploaded to the project.", vec![]),
        Tool::ReadArtifact => ("readArtifact", "Reads the text of an uploaded file.", vec![("artifact", "string", "Its id or name", true)]),
        Tool::GetDriftAlerts => (
            "getDriftAlerts",
            "Lists drift alerts: what may be stale because something it rests on was changed.",
            vec![("status", "open|acknowledged|resolved|dismissed", "The live ones when left out", false), LIMIT],
        ),
        Tool::SuggestEdits => (
            "suggestEdits",
            "Suggests edits of a document, section by section. People accept or reject each. Read the document first.",
            vec![DOCUMENT, ("summary", "string", "What the edits are for, in a sentence", true), ("edits", "edits", "The edits", true)],
        ),
        Tool::CreateFeature => (
            "createFeature",
            "Proposes a new feature; the person approves or rejects it.",
            vec![
                ("name", "string", "Its name", true),
                ("description", "string", "What it is for", false),
                ("category", "string", "A category", false),
                ("priority", "P0|P1|P2|P3", "P0 is the most urgent", false),
                ("criteria", "strings", "Acceptance criteria, one checkable statement each", false),
                ("parent", "string", "Key of the feature it is part of", false),
            ],
        ),
        Tool::UpdateFeature => (
            "updateFeature",
            "Proposes changes of a feature; the person approves or rejects them.",
            vec![
                ("feature", "string", "Its key, such as F-012", true),
                ("name", "string", "Its new name", false),
                ("description", "string", "What it is for", false),
                ("category", "string", "A category", false),
                ("priority", "P0|P1|P2|P3", "P0 is the most urgent", false),
                ("criteria", "strings", "All of its acceptance criteria", false),
            ],
        ),
        Tool::CreateWorkOrder => (
            "createWorkOrder",
            "Proposes a new work order; the person approves or rejects it.",
            [("title", "string", "Its title", true)].into_iter().chain(ORDER_TEXTS).collect(),
        ),
        Tool::UpdateWorkOrder => (
            "updateWorkOrder",
            "Proposes changes of a work order; the person approves or rejects them.",
            [
                ("workOrder", "string", "Its key, such as WO-12", true),
                ("title", "string", "Its new title", false),
                ("status", WORK_ORDER_STATUS, "Its next status", false),
            ]
            .into_iter()
            .chain(ORDER_TEXTS)
            .collect(),
        ),
        Tool::BatchUpdateWorkOrders => (
            "batchUpdateWorkOrders",
            "Proposes one change of several work orders; the person approves or rejects it as a whole.",
            vec![
                ("workOrders", "strings", "Their keys, such as WO-12", true),
                ("status", WORK_ORDER_STATUS, "Their next status", false),
                ("phase", "string", "Name of their phase", false),
                ("feature", "string", "Key of their feature", false),
            ],
        ),
        Tool::ListFeedback => (
            "listFeedback",
            "Lists feedback of users, newest first.",
            vec![
                ("status", "new|triaged|in_progress|resolved|dismissed|all", "The new ones when left out", false),
                ("category", CATEGORIES, "Only these", false),
                ("query", "string", "Words in it", false),
                LIMIT,
            ],
        ),
        Tool::CategorizeFeedback => (
            "categorizeFeedback",
            "Proposes a category for feedback; the person approves or rejects it.",
            vec![("feedback", "strings", "Ids of the items", true), ("category", CATEGORIES, "Their category", true)],
        ),
    };
    models::Tool { name, description, schema: object(&fields) }
}

fn object(fields: &[Field]) -> Value {
    let properties: Map<String, Value> = fields.iter().map(|f| (f.0.to_owned(), property(f))).collect();
    let required: Vec<&str> = fields.iter().filter(|f| f.3).map(|f| f.0).collect();
    json!({ "type": "object", "properties": properties, "required": required, "additionalProperties": false })
}

fn property((_, kind, description, _): &Field) -> Value {
    let words = |words: &[&str]| json!({ "type": "array", "items": { "type": "string", "enum": words }, "description": description });
    match *kind {
        "strings" => json!({ "type": "array", "items": { "type": "string" }, "description": description }),
        "types" => words(&["document", "work_order", "feature", "feedback_item", "artifact", "code"]),
        "entities" => words(&["document", "work_order", "feature", "feedback_item", "artifact", "codebase_file"]),
        "edits" => json!({ "type": "array", "description": description, "items": object(&[
            ("sectionId", "string", "Id of the section as readDocument gives it; an insert comes behind it", true),
            ("operation", "insert|replace|delete", "What to do", true),
            ("newContent", "string", "The section's new text with its heading, Markdown; empty for delete", false),
            ("explanation", "string", "Why, in a sentence", true),
        ]) }),
        kind if kind.contains('|') => json!({ "type": "string", "enum": kind.split('|').collect::<Vec<_>>(), "description": description }),
        kind => json!({ "type": kind, "description": description }),
    }
}
