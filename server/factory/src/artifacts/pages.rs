//! PDFs to look at: their pages as pictures. Drawing takes its time: it is done outside of any transaction.
use super::{Download, download};
use kernel::{Code, Fault, access::Actor, app::App, db::TenantTx};
use uuid::Uuid;

/// How many pages a PDF has; 422 for what is none, or cannot be opened.
pub async fn count(app: &App, actor: &Actor, project: Uuid, id: Uuid) -> Result<usize, Fault> {
    let mut tx = TenantTx::read(app, actor.clone()).await?;
    let file = download(&mut tx, project, id).await?;
    drop(tx);
    Ok(drawn(app, &file, 0).await?.pages)
}

/// A page as PNG, counted from 1; 404 beyond the last.
pub async fn draw(app: &App, file: &Download, page: usize) -> Result<Vec<u8>, Fault> {
    drawn(app, file, page.max(1)).await?.png.ok_or_else(|| Fault::not_found("The page"))
}

async fn drawn(app: &App, file: &Download, page: usize) -> Result<extraction::Drawn, Fault> {
    if file.mime != "application/pdf" {
        return Err(Fault::new(Code::Validation, "Only PDFs have pages to look at."));
    }
    let bytes = app.files.get(&file.sha256).await?;
    extraction::draw(bytes, page).await.map_err(|error| Fault::new(Code::Validation, format!("It cannot be shown: {error}.")))
}
