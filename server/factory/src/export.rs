//! The features of a project as a file: the same JSON the import reads, or a table.
use serde::{Deserialize, Serialize};

/// The form of the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Format {
    Json,
    Csv,
}

/// A file to be saved by the browser.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ExportFile {
    pub name: String,
    pub media_type: String,
    pub text: String,
}
#[cfg(feature = "ssr")]
pub use service::export;

#[cfg(feature = "ssr")]
mod service {
    use super::*;
    use crate::{
        features::{Criterion, FeatureStatus, Priority},
        projects,
    };
    use kernel::{Code, Fault, db::TenantTx};
    use serde_json::{Value, json};
    use sqlx::types::Json;

    /// More than this is a job for the API, page by page.
    const MOST: i64 = 50_000;

    struct Line {
        key: String,
        parent: Option<String>,
        name: String,
        description: Option<String>,
        category: Option<String>,
        priority: Option<Priority>,
        status: FeatureStatus,
        effort: Option<String>,
        criteria: Option<Json<Vec<Criterion>>>,
        dependencies: Json<Vec<String>>,
    }

    /// All live features of a project in their order.
    pub async fn export(tx: &mut TenantTx, project: &str, format: Format) -> Result<ExportFile, Fault> {
        let project = projects::by_slug(tx, project).await?;
        let lines = sqlx::query_as!(
            Line,
            r#"select f.feature_id as key, p.feature_id as "parent?", f.name, f.description, f.category, f.priority as "priority: Priority",
                 f.status as "status: FeatureStatus", f.effort, f.criteria as "criteria: Json<Vec<Criterion>>",
                 f.dependencies as "dependencies: Json<Vec<String>>"
               from factory.features f left join factory.features p on p.id = f.parent_id and p.deleted_at is null
               where f.project_id = $1 and f.deleted_at is null
               order by f.sort_order, f.id limit $2"#,
            project.id,
            MOST + 1
        )
        .fetch_all(tx.conn())
        .await?;
        if lines.len() as i64 > MOST {
            return Err(Fault::new(Code::TooLarge, format!("A file holds at most {MOST} features; this project has more.")));
        }
        let (extension, media_type, text) = match format {
            Format::Json => ("json", "application/json", as_json(&project.name, &lines)),
            Format::Csv => ("csv", "text/csv", as_csv(&lines)?),
        };
        Ok(ExportFile { name: format!("{}-features.{extension}", project.slug), media_type: media_type.into(), text })
    }

    fn as_json(project: &str, lines: &[Line]) -> String {
        let features: Vec<Value> = lines
            .iter()
            .map(|l| {
                let mut entry = json!({
                    "id": l.key, "name": l.name, "status": l.status, "passes": l.status == FeatureStatus::Passing,
                    "criteria": l.criteria.as_ref().map(|c| &c.0[..]).unwrap_or_default(), "dependencies": l.dependencies.0,
                });
                // What is not there is left out: an import then leaves it as it is.
                for (field, value) in [
                    ("parent", json!(l.parent)),
                    ("description", json!(l.description)),
                    ("category", json!(l.category)),
                    ("priority", json!(l.priority)),
                    ("effort", json!(l.effort)),
                ] {
                    if !value.is_null() {
                        entry[field] = value;
                    }
                }
                entry
            })
            .collect();
        let file = json!({ "project": project, "total_features": features.len(), "features": features });
        let mut text = serde_json::to_string_pretty(&file).unwrap_or_default();
        text.push('\n');
        text
    }

    fn as_csv(lines: &[Line]) -> Result<String, Fault> {
        let failed = |error: csv::Error| kernel::fault::unexpected("csv")(Box::new(error));
        let mut out = csv::Writer::from_writer(Vec::new());
        out.write_record([
            "Key",
            "Parent",
            "Name",
            "Description",
            "Category",
            "Priority",
            "Status",
            "Effort",
            "Criteria met",
            "Criteria",
            "Dependencies",
        ])
        .map_err(failed)?;
        for l in lines {
            let criteria = l.criteria.as_ref().map(|c| &c.0[..]).unwrap_or_default();
            let met = criteria.iter().filter(|c| c.met).count();
            let texts = criteria.iter().map(|c| format!("[{}] {}", if c.met { "x" } else { " " }, c.text)).collect::<Vec<_>>().join("\n");
            let fields = [
                l.key.as_str(),
                l.parent.as_deref().unwrap_or_default(),
                &l.name,
                l.description.as_deref().unwrap_or_default(),
                l.category.as_deref().unwrap_or_default(),
                l.priority.map_or("", Priority::as_str),
                l.status.words(),
                l.effort.as_deref().unwrap_or_default(),
                &format!("{met} of {}", criteria.len()),
                &texts,
                &l.dependencies.0.join(" "),
            ];
            out.write_record(fields.map(safe)).map_err(failed)?;
        }
        let bytes = out.into_inner().map_err(|error| kernel::fault::unexpected("csv")(Box::new(error.into_error())))?;
        String::from_utf8(bytes).map_err(|error| kernel::fault::unexpected("csv")(Box::new(error)))
    }

    /// A spreadsheet would run a text that begins like a formula.
    fn safe(text: &str) -> String {
        if text.starts_with(['=', '+', '-', '@', '\t', '\r']) { format!("'{text}") } else { text.to_owned() }
    }
}
