use crate::{feature, key, order, shop};
use factory::{
    documents::{self, DocumentInput, DocumentType},
    work_orders::{self, RichInput, WorkOrderInput, WorkOrderPatch},
};
use kernel::Code;

const BLUEPRINT: &str = "# Data model\n\n- A table of invoices with number and total\n\n# Payment\n\n- The provider is asked once for each payment, see `src/pay.rs`\n- A payment that failed is tried again after a minute\n";

#[tokio::test]
async fn a_plan_is_drafted_from_blueprint_criteria_and_code_and_stored_only_when_taken() {
    let (_db, org, mut tx, project) = shop().await;
    let pay = feature(&mut tx, "Pay", "").await;
    let input = DocumentInput {
        kind: DocumentType::FeatureBlueprint,
        title: String::new(),
        feature_id: Some(pay.id),
        template_id: None,
        blank: true,
    };
    let blueprint = documents::create(&mut tx, "shop", &input).await.unwrap();
    let content = richtext::markdown::parse(BLUEPRINT).unwrap().to_value();
    documents::write(&mut tx, blueprint.id, &content, None).await.unwrap();
    let connection: uuid::Uuid = sqlx::query_scalar(
        "insert into factory.codebase_connections (project_id, github_installation_id, repository_url, repository_owner, repository_name)
         values ($1, 0, 'file:///x', '', 'x') returning id",
    )
    .bind(project.id)
    .fetch_one(tx.conn())
    .await
    .unwrap();
    sqlx::query(
        "insert into factory.codebase_files (connection_id, file_path, file_hash) values ($1, 'src/pay.rs', 'a'), ($1, 'src/x.rs', 'b')",
    )
    .bind(connection)
    .execute(tx.conn())
    .await
    .unwrap();
    let input = WorkOrderInput {
        title: "Try a failed payment again".into(),
        feature_id: Some(pay.id),
        acceptance_criteria: Some(RichInput::Markdown("- [ ] A failed payment is tried again after a minute".into())),
        ..Default::default()
    };
    let made = work_orders::create(&mut tx, "shop", &input).await.unwrap();
    let first = order(&mut tx, "Provider's account").await;
    work_orders::block(&mut tx, made.id, first.id).await.unwrap();
    let draft = work_orders::draft_plan(&mut tx, made.id).await.unwrap();
    let said = &draft.markdown;
    for part in [
        "## Context",
        "Blueprint: Pay",
        "Waits for WO-2",
        "## Work",
        "tried again after a minute",
        "`src/pay.rs`",
        "- [ ] Test: A failed payment",
    ] {
        assert!(said.contains(part), "{part} is not in\n{said}");
    }
    assert!(!said.contains("table of invoices") && !said.contains("src/x.rs"), "{said}");
    assert!(!draft.replaces && draft.sources.iter().any(|s| s.contains("Work order")), "{:?}", draft.sources);
    assert!(work_orders::get(&mut tx, made.id).await.unwrap().implementation_plan.is_none(), "only shown");
    let patch = WorkOrderPatch { implementation_plan: Some(RichInput::Markdown(draft.markdown.clone())), ..Default::default() };
    work_orders::update(&mut tx, made.id, &draft.rev, &patch).await.unwrap();
    let again = work_orders::draft_plan(&mut tx, made.id).await.unwrap();
    assert!(again.replaces);
    assert_eq!(again.markdown, draft.markdown, "the plan that was taken does not feed the next");
    // Nothing to go by.
    let fault = work_orders::draft_plan(&mut tx, first.id).await.unwrap_err();
    assert_eq!(fault.code, Code::Validation);
    tx.commit().await.unwrap();
    let mut tx = org.tx_as(key(&org, &["mcp:read"])).await;
    assert_eq!(work_orders::draft_plan(&mut tx, made.id).await.unwrap_err().code, Code::Forbidden);
}
