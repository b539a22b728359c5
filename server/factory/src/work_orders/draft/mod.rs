//! An implementation plan drafted by rules: what the blueprint says about the work order, the code it names or is near to,
//! how each criterion is proven. Nothing of it is stored before somebody takes it.
use serde::{Deserialize, Serialize};

/// A drafted plan, to be taken into the work order or left.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PlanDraft {
    /// The version of the work order it was drafted for.
    pub rev: String,
    pub html: String,
    pub markdown: String,
    /// What it was drafted from, for the reader: the template, blueprints, files.
    pub sources: Vec<String>,
    /// The work order has a plan already, which this one would replace.
    pub replaces: bool,
}

#[cfg(feature = "ssr")]
mod plan;
#[cfg(feature = "ssr")]
pub use service::draft_plan;

#[cfg(feature = "ssr")]
mod service {
    use super::{
        PlanDraft,
        plan::{Known, plan},
    };
    use crate::{
        code::{self, RelatedTo},
        documents::text,
        projects,
        templates::{self, TemplateType, WorkOrderContent},
        work_orders::{WorkOrder, blockers, get, html, key},
    };
    use kernel::{Code, Fault, Perm, db::TenantTx};
    use richtext::{
        Doc,
        model::{Block, OrderedList},
        stems::stems,
    };
    use serde_json::Value;
    use std::collections::BTreeSet;
    use uuid::Uuid;

    /// Files of one plan.
    const MOST_FILES: i64 = 12;
    /// A line of the blueprint is about the work order when it shares this part of its words.
    const ABOUT: f64 = 0.34;

    /// Drafts an implementation plan for a work order. 422 where there is nothing to draft from.
    pub async fn draft_plan(tx: &mut TenantTx, id: Uuid) -> Result<PlanDraft, Fault> {
        tx.require(Perm::FactoryWrite)?;
        let order = get::get(tx, id).await?;
        let project = projects::get(tx, order.project_id).await?;
        let known = gather(tx, &project.slug, &order).await?;
        if known.lines.is_empty() && known.criteria.is_empty() && known.named.is_empty() && known.near.is_empty() {
            let said = "There is nothing to draft a plan from: write a description or criteria, or give its feature a blueprint.";
            return Err(Fault::new(Code::Validation, said));
        }
        let template = templates::resolve(tx, project.id, TemplateType::PlannerWorkOrder, None, None).await?;
        let (name, sections) = match template {
            Some(t) => (Some(t.name), serde_json::from_value::<WorkOrderContent>(t.content).map(|c| c.sections).unwrap_or_default()),
            None => (None, Vec::new()),
        };
        let doc = plan(&known, &sections);
        let sources = name
            .map(|name| format!("the template “{name}”"))
            .into_iter()
            .chain(known.blueprints.iter().map(|b| format!("the blueprint “{b}”")))
            .chain((!known.criteria.is_empty()).then(|| "its acceptance criteria".to_owned()))
            .chain((!known.named.is_empty()).then(|| "the files the blueprint names".to_owned()))
            .chain((!known.near.is_empty()).then(|| "code that is near to it".to_owned()))
            .collect();
        let replaces = order.implementation_plan.is_some();
        Ok(PlanDraft { rev: order.rev, html: html::html(&doc), markdown: richtext::markdown::document(&doc), sources, replaces })
    }

    async fn gather(tx: &mut TenantTx, project: &str, order: &WorkOrder) -> Result<Known, Fault> {
        let plain = |text: &Option<Value>| text.as_ref().map(|t| Doc::salvage(t).0.plain_text()).unwrap_or_default();
        let mut known = Known { criteria: criteria(order), ..Known::default() };
        let about = stems(&format!("{}\n{}\n{}", order.title, plain(&order.description), known.criteria.join("\n")));
        let documents = sqlx::query!(
            r#"select d.id as "id!", d.title as "title!", e.metadata ->> 'synced_hash' is distinct from t.content_hash as "drifted!"
               from factory.graph_nodes s
                 join factory.graph_edges e on e.source_node_id = s.id and e.edge_type = 'derives_from'
                 join factory.graph_nodes t on t.id = e.target_node_id and t.entity_type = 'document'
                 join factory.documents d on d.id = t.entity_id and d.deleted_at is null
               where s.project_id = $1 and s.entity_type = 'work_order' and s.entity_id = $2 order by d.title, d.id limit 5"#,
            order.project_id,
            order.id
        )
        .fetch_all(tx.conn())
        .await?;
        let mut paths = BTreeSet::new();
        for document in &documents {
            let said = text::current(tx, document.id).await?.doc;
            paths.extend(paths_in(&said.plain_text()));
            known.lines.extend(lines(&said, &about));
            known.blueprints.push(document.title.clone());
            known.drifted |= document.drifted;
        }
        let of: Vec<Uuid> = documents.iter().map(|d| d.id).collect();
        let paths: Vec<String> = paths.into_iter().collect();
        known.named = sqlx::query_scalar!(
            r#"select f.file_path from factory.codebase_files f join factory.codebase_connections c on c.id = f.connection_id
               where c.project_id = $1 and (f.file_path = any ($2) or f.id in (
                 select s.entity_id from factory.graph_nodes t
                   join factory.graph_edges e on e.target_node_id = t.id and e.edge_type = 'implements'
                   join factory.graph_nodes s on s.id = e.source_node_id and s.entity_type = 'codebase_file'
                 where t.project_id = $1 and t.entity_type = 'document' and t.entity_id = any ($3)))
               order by f.file_path limit $4"#,
            order.project_id,
            &paths,
            &of,
            MOST_FILES
        )
        .fetch_all(tx.conn())
        .await?;
        let indexed = sqlx::query_scalar!(
            r#"select exists (select from factory.codebase_connections where project_id = $1 and last_indexed_at is not null) as "any!""#,
            order.project_id
        )
        .fetch_one(tx.conn())
        .await?;
        if indexed {
            let hits = code::related(tx, project, &RelatedTo::WorkOrder(order.id), Some(6)).await?.hits;
            known.near =
                hits.into_iter().filter(|h| !known.named.contains(&h.path)).map(|h| (h.path, h.name, h.start_line, h.end_line)).collect();
        }
        known.before = blockers::before(tx, &[order.id])
            .await?
            .into_iter()
            .map(|(_, b)| format!("{} {} ({})", key(b.number), b.title, b.status.words().to_lowercase()))
            .collect();
        Ok(known)
    }

    /// The criteria of a work order: its items, else its paragraphs.
    fn criteria(order: &WorkOrder) -> Vec<String> {
        let Some(doc) = order.acceptance_criteria.as_ref().map(|c| Doc::salvage(c).0) else { return Vec::new() };
        let mut items = Vec::new();
        richtext::each_block(&doc.blocks, &mut |block| match block {
            Block::TaskList(tasks) => items.extend(tasks.iter().map(|t| richtext::blocks_text(&t.blocks))),
            Block::BulletList(list) | Block::OrderedList(OrderedList { items: list, .. }) => {
                items.extend(list.iter().map(|i| richtext::blocks_text(&i.blocks)));
            }
            _ => {}
        });
        if items.is_empty() {
            items = doc.plain_text().lines().map(str::to_owned).collect();
        }
        items.into_iter().map(|c| c.trim().replace('\n', " ")).filter(|c| !c.is_empty()).take(50).collect()
    }

    /// The lines of a blueprint that are about the work order, each with its section. Whoever names a section in the title
    /// means all of it.
    fn lines(doc: &Doc, about: &BTreeSet<String>) -> Vec<(f64, String, String)> {
        let mut found = Vec::new();
        for section in doc.sections().into_iter().filter(|s| !richtext::review::is_about_criteria(&s.title)) {
            let title = stems(&section.title);
            let whole = !title.is_empty() && title.is_subset(about);
            let Some(body) = doc.blocks.get(section.body()) else { continue };
            for line in richtext::blocks_text(body).lines().map(str::trim) {
                let words = stems(line);
                if words.len() < 2 {
                    continue;
                }
                let share = words.intersection(about).count() as f64 / words.len() as f64;
                let score = if whole { share.max(ABOUT) } else { share };
                if score >= ABOUT {
                    found.push((score, section.title.clone(), line.chars().take(400).collect()));
                }
            }
        }
        found
    }

    /// What in a text may be a path of a file.
    fn paths_in(text: &str) -> BTreeSet<String> {
        let edge = |c: char| !(c.is_alphanumeric() || c == '_' || c == '.' || c == '/');
        text.split(|c: char| c.is_whitespace() || matches!(c, '`' | '"' | '\'' | '(' | ')' | ',' | ';'))
            .map(|word| word.trim_matches(edge).trim_end_matches('.').trim_start_matches("./").to_owned())
            .filter(|word| word.len() <= 400 && word.contains('.') && word.chars().any(char::is_alphabetic))
            .take(2000)
            .collect()
    }

    #[cfg(test)]
    mod tests {
        use super::paths_in;

        #[test]
        fn words_that_may_be_paths_are_found_without_what_surrounds_them() {
            let found = paths_in("See `src/orders/list.rs`, (./app/page.tsx). Version 2.0 e.g. nothing.");
            assert!(found.contains("src/orders/list.rs") && found.contains("app/page.tsx"), "{found:?}");
            assert!(!found.contains("2.0"));
        }
    }
}
