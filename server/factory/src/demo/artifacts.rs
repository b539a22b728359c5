//! Files of the first project: what a team brings to its work before there is any.
use crate::artifacts::{self, FolderInput};
use kernel::{Fault, db::TenantTx};
use uuid::Uuid;

/// Folder ("" is none), name, content.
const FILES: [(&str, &str, &str); 5] = [
    ("Research", "Interviews with shop owners.md", include_str!("texts/interviews.md")),
    ("Research", "Drop-off by step.csv", include_str!("texts/drop-off.csv")),
    ("Contracts", "Payment provider limits.txt", include_str!("texts/provider-limits.txt")),
    ("", "Error codes of the gateway.json", include_str!("texts/gateway-errors.json")),
    ("", "Checkout steps.svg", include_str!("texts/checkout-steps.svg")),
];

/// Makes the folders and brings the files; their texts are read by jobs.
pub async fn load(tx: &mut TenantTx, project: Uuid) -> Result<(), Fault> {
    let slug = sqlx::query_scalar!("select slug from factory.projects where id = $1", project).fetch_one(tx.conn()).await?;
    let mut folders: Vec<(&str, Uuid)> = Vec::new();
    for (folder, name, content) in FILES {
        let known = folders.iter().find(|(name, _)| *name == folder).map(|(_, id)| *id);
        let place = match (folder, known) {
            ("", _) => None,
            (_, Some(id)) => Some(id),
            (name, None) => {
                let input = FolderInput { name: name.to_owned(), parent_id: None };
                let made = artifacts::folder_create(tx, &slug, &input).await?;
                folders.push((name, made.id));
                Some(made.id)
            }
        };
        artifacts::upload(tx, &slug, place, name, content).await?;
    }
    Ok(())
}
