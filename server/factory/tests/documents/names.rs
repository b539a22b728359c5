use crate::{document, feature, of_feature, shop};
use factory::{
    documents::{self, DocumentArea, DocumentPatch, DocumentType},
    features::{self, FeaturePatch},
};
use kernel::{Code, db::TenantTx};

async fn titles(tx: &mut TenantTx) -> Vec<String> {
    let mut found = Vec::new();
    for area in [DocumentArea::Refinery, DocumentArea::Foundry] {
        found.extend(documents::tree(tx, "shop", area).await.unwrap().documents.into_iter().map(|d| d.title));
    }
    found
}

#[tokio::test]
async fn renaming_a_feature_renames_its_two_documents() {
    let (_db, _org, mut tx, _) = shop().await;
    let login = feature(&mut tx, "Login").await;
    of_feature(&mut tx, DocumentType::FeatureRequirements, &login).await;
    of_feature(&mut tx, DocumentType::FeatureBlueprint, &login).await;
    document(&mut tx, DocumentType::ProductOverview, "Login").await;
    let patch = FeaturePatch { name: Some("Sign in".into()), ..Default::default() };
    features::update(&mut tx, login.id, &login.rev, &patch).await.unwrap();
    let mut all = titles(&mut tx).await;
    all.sort();
    assert_eq!(all, ["Login", "Sign in", "Sign in"], "and no other");
}

#[tokio::test]
async fn renaming_a_document_renames_its_feature_and_the_other_document() {
    let (_db, _org, mut tx, _) = shop().await;
    let login = feature(&mut tx, "Login").await;
    let requirements = of_feature(&mut tx, DocumentType::FeatureRequirements, &login).await;
    of_feature(&mut tx, DocumentType::FeatureBlueprint, &login).await;
    let titled = |title: String| DocumentPatch { title: Some(title), ..Default::default() };
    let after = documents::update(&mut tx, requirements.id, &requirements.rev, &titled("Sign in".into())).await.unwrap();
    assert_eq!(after.title, "Sign in");
    assert_eq!(titles(&mut tx).await, ["Sign in", "Sign in"]);
    assert_eq!(features::get(&mut tx, login.id).await.unwrap().name, "Sign in");
    let fault = documents::update(&mut tx, after.id, &after.rev, &titled("x".repeat(256))).await.unwrap_err();
    assert_eq!(fault.code, Code::Validation);
    assert_eq!(fault.fields["title"], "has 256 characters; the most is 255: its feature has the same name");
}

#[tokio::test]
async fn a_deleted_feature_leaves_its_documents_and_an_undo_gives_them_back() {
    let (_db, _org, mut tx, _) = shop().await;
    let login = feature(&mut tx, "Login").await;
    let requirements = of_feature(&mut tx, DocumentType::FeatureRequirements, &login).await;
    let removed = features::remove(&mut tx, login.id, &login.rev).await.unwrap();
    assert_eq!(documents::get(&mut tx, requirements.id).await.unwrap().feature_id, None);
    features::restore(&mut tx, removed.id).await.unwrap();
    assert_eq!(documents::get(&mut tx, requirements.id).await.unwrap().feature_id, Some(login.id));
    // A feature that got new requirements meanwhile keeps those.
    let rev = features::get(&mut tx, login.id).await.unwrap().rev;
    features::remove(&mut tx, login.id, &rev).await.unwrap();
    features::restore(&mut tx, login.id).await.unwrap();
    assert_eq!(titles(&mut tx).await, ["Login"]);
}
