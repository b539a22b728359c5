//! What an export is made of.
use super::ExportScope;
use crate::{
    artifacts, decisions,
    documents::{self, DocumentType, FileFormat, diagrams, text::Text},
    features::FeatureStatus,
    projects::Project,
    work_orders::WorkOrderStatus,
};
use kernel::{Fault, db::TenantTx};
use richtext::{
    Doc, docx, each_block_mut,
    export::{Book, Part, Pictures},
    markdown,
    model::{Block, Cell, Heading, Inline, Item, Mark, Row},
};
use std::collections::HashMap;
use uuid::Uuid;

/// The documents of a project, ready to be written.
pub struct Gathered {
    title: String,
    subtitle: String,
    date: String,
    parts: Vec<(String, Text)>,
    pictures: Pictures,
}

/// Reads everything at one moment.
pub async fn gather(tx: &mut TenantTx, project: &Project, scope: ExportScope) -> Result<Gathered, Fault> {
    let types: Vec<String> = scope.areas().iter().flat_map(|area| area.types()).map(|t| t.as_str().to_owned()).collect();
    let rows = sqlx::query!(
        r#"select id, type as "kind: DocumentType", title from factory.documents
           where project_id = $1 and type = any ($2) and deleted_at is null
           order by array_position($2, type), sort_order, id"#,
        project.id,
        &types
    )
    .fetch_all(tx.conn())
    .await?;
    let mut parts = Vec::with_capacity(rows.len() + 2);
    let mut images = Vec::new();
    for row in rows {
        let said = documents::text::current(tx, row.id).await?;
        images.extend(said.doc.images());
        let title = if row.kind.of_feature() { format!("{} ({})", row.title, row.kind.words().to_lowercase()) } else { row.title };
        parts.push((title, said));
    }
    if scope != ExportScope::Refinery {
        parts.extend(decisions(tx, &project.slug).await?.map(|doc| ("Decisions".to_owned(), Text { doc, diagram: None })));
    }
    if scope == ExportScope::Project {
        parts.extend(features(tx, project.id).await?.map(|doc| ("Features".to_owned(), Text { doc, diagram: None })));
        parts.extend(plan(tx, project.id).await?.map(|doc| ("Plan".to_owned(), Text { doc, diagram: None })));
    }
    let subtitle = sqlx::query_scalar!("select name from core.organizations where id = core.tenant()").fetch_one(tx.conn()).await?;
    let pictures = Pictures { diagrams: HashMap::new(), images: artifacts::bytes_of(tx, project.id, &images).await? };
    Ok(Gathered { title: project.name.clone(), subtitle, date: tx.now().format("%-d %B %Y").to_string(), parts, pictures })
}

impl Gathered {
    /// The file, and the same as Markdown.
    pub async fn write(self, format: FileFormat) -> Result<(Vec<u8>, String), Fault> {
        let write = move || {
            let mut book = self;
            if format != FileFormat::Md {
                diagrams::draw(book.parts.iter().map(|(_, said)| said), &mut book.pictures);
            }
            let text = book.as_markdown();
            let bytes = match format {
                FileFormat::Docx => docx::write(&book.as_book()).map_err(documents::text::refused)?,
                FileFormat::Pdf => pdf::write(&book.as_book()).map_err(documents::text::refused)?,
                FileFormat::Md => text.clone().into_bytes(),
            };
            Ok((bytes, text))
        };
        // A large project takes a while.
        tokio::task::spawn_blocking(write).await.map_err(|_| Fault::internal())?
    }

    fn as_book(&self) -> Book<'_> {
        let parts = self.parts.iter().map(|(title, said)| Part { title, content: &said.doc, diagram: said.diagram.as_deref() }).collect();
        Book { title: &self.title, subtitle: &self.subtitle, date: &self.date, parts, cover: true, pictures: &self.pictures }
    }

    /// A cover, the contents, each document under a heading of its own.
    fn as_markdown(&self) -> String {
        let mut out = format!("# {}\n\n{} · {}\n\n", line(&self.title), line(&self.subtitle), self.date);
        for (title, _) in &self.parts {
            out.push_str(&format!("- {}\n", line(title)));
        }
        for (title, said) in &self.parts {
            let mut said = said.clone();
            each_block_mut(&mut said.doc.blocks, &mut |block| {
                if let Block::Heading(heading) = block {
                    heading.level = (heading.level + 1).min(4);
                }
            });
            out.push_str(&format!("\n# {}\n\n{}\n", line(title), documents::whole(&said).trim_end()));
        }
        out
    }
}

/// A text as a line of Markdown that is read as it is written.
fn line(text: &str) -> String {
    markdown::blocks(&[Block::Paragraph(vec![Inline::text(text)])]).trim().replace('\n', " ")
}

fn bold(text: impl Into<String>) -> Inline {
    Inline::marked(text, vec![Mark::Bold])
}

/// The features with their criteria.
async fn features(tx: &mut TenantTx, project: Uuid) -> Result<Option<Doc>, Fault> {
    let rows = sqlx::query!(
        r#"select feature_id as key, name, status as "status: FeatureStatus", description from factory.features
           where project_id = $1 and deleted_at is null order by sort_order, id limit 5000"#,
        project
    )
    .fetch_all(tx.conn())
    .await?;
    let items: Vec<Item> = rows
        .into_iter()
        .map(|f| {
            let mut said = vec![bold(f.key), Inline::text(format!(" {} ({})", f.name, f.status.words().to_lowercase()))];
            said.extend(f.description.filter(|d| !d.trim().is_empty()).map(|d| Inline::text(format!(": {}", d.trim()))));
            Item { blocks: vec![Block::Paragraph(said)] }
        })
        .collect();
    Ok((!items.is_empty()).then(|| Doc::new(vec![Block::BulletList(items)])))
}

/// The decision log, in the order of the decisions.
async fn decisions(tx: &mut TenantTx, project: &str) -> Result<Option<Doc>, Fault> {
    let mut blocks: Vec<Block> = Vec::new();
    for d in decisions::all(tx, project).await? {
        let title = format!("{} {}", d.key(), d.title);
        blocks.push(Block::Heading(Heading { level: 2, section_id: None, content: vec![Inline::text(title)] }));
        let mut said = vec![bold("Decided on "), Inline::text(d.decided_on.format("%-d %B %Y").to_string())];
        said.extend(d.author.map(|who| Inline::text(format!(", noted by {who}"))));
        blocks.push(Block::Paragraph(richtext::model::join(said)));
        let lines = |text: &str| {
            text.lines().map(str::trim).filter(|l| !l.is_empty()).map(|l| Block::Paragraph(vec![Inline::text(l)])).collect::<Vec<_>>()
        };
        blocks.extend(d.context.as_deref().map(lines).unwrap_or_default());
        if !d.options.is_empty() {
            blocks.push(Block::Paragraph(vec![bold("Options")]));
            let item = |o: String| Item { blocks: vec![Block::Paragraph(vec![Inline::text(o)])] };
            blocks.push(Block::BulletList(d.options.into_iter().map(item).collect()));
        }
        blocks.push(Block::Paragraph(vec![bold("Choice")]));
        blocks.extend(lines(&d.choice));
        if !d.links.is_empty() {
            let about = d.links.iter().map(|l| l.label.as_str()).collect::<Vec<_>>().join(", ");
            blocks.push(Block::Paragraph(vec![bold("About: "), Inline::text(about)]));
        }
    }
    Ok((!blocks.is_empty()).then(|| Doc::new(blocks)))
}

/// The work orders by phase.
async fn plan(tx: &mut TenantTx, project: Uuid) -> Result<Option<Doc>, Fault> {
    let rows = sqlx::query!(
        r#"select p.name as "phase?", w.number, w.title, w.status as "status: WorkOrderStatus"
           from factory.work_orders w left join factory.phases p on p.id = w.phase_id
           where w.project_id = $1 and w.deleted_at is null order by p.sort_order nulls last, p.id, w.sort_order, w.id limit 5000"#,
        project
    )
    .fetch_all(tx.conn())
    .await?;
    let cell = |header: bool, text: String| Cell::new(header, vec![Block::Paragraph(vec![Inline::text(text)])]);
    let mut blocks: Vec<Block> = Vec::new();
    let mut phase: Option<String> = None;
    for row in rows {
        let name = row.phase.unwrap_or_else(|| "Without a phase".to_owned());
        if phase.as_ref() != Some(&name) {
            blocks.push(Block::Paragraph(vec![bold(name.clone())]));
            let head = ["Work order", "Title", "Status"].map(|text| cell(true, text.to_owned()));
            blocks.push(Block::Table(vec![Row { cells: head.to_vec() }]));
            phase = Some(name);
        }
        let cells = [format!("WO-{}", row.number), row.title, row.status.words().to_owned()].map(|text| cell(false, text)).to_vec();
        if let Some(Block::Table(rows)) = blocks.last_mut() {
            rows.push(Row { cells });
        }
    }
    Ok((!blocks.is_empty()).then(|| Doc::new(blocks)))
}
