//! Endpoints of the factory.
use super::{Access::Member, Line, line};
use kernel::Perm::{FactoryManage, FactoryRead, FactoryWrite};

pub(super) const LINES: &[Line] = &[
    line("calls/projects_list", Member(FactoryRead)).with("archived=false"),
    line("calls/project_create", Member(FactoryWrite)).with("name="),
    line("calls/project_update", Member(FactoryWrite)).with("id=00000000-0000-0000-0000-000000000000&rev=0&name=x"),
    line("calls/project_move", Member(FactoryWrite)).with("id=00000000-0000-0000-0000-000000000000&rev=0&status=active"),
    line("calls/project_overview", Member(FactoryRead)).with("project=x"),
    line("calls/features_show", Member(FactoryRead)).with("project=x&tree=false"),
    line("calls/feature_get", Member(FactoryRead)).with("project=x&key=x"),
    line("calls/feature_suggest", Member(FactoryRead)).with("project=x&typed=x"),
    line("calls/feature_create", Member(FactoryWrite)).json(r#"{"project":"x","input":{"name":"x"}}"#),
    line("calls/feature_update", Member(FactoryWrite)).json(r#"{"id":"00000000-0000-0000-0000-000000000000","rev":"0","patch":{}}"#),
    line("calls/feature_move", Member(FactoryWrite)).with("id=00000000-0000-0000-0000-000000000000&rev=0&status=passing"),
    line("calls/feature_set_met", Member(FactoryWrite)).with("id=00000000-0000-0000-0000-000000000000&criterion=x&met=true"),
    line("calls/feature_place", Member(FactoryWrite)).with("id=00000000-0000-0000-0000-000000000000&rev=0"),
    line("calls/feature_remove", Member(FactoryWrite)).with("id=00000000-0000-0000-0000-000000000000&rev=0"),
    line("calls/features_restore", Member(FactoryWrite)).json(r#"{"ids":["00000000-0000-0000-0000-000000000000"]}"#),
    line("calls/features_bulk", Member(FactoryWrite))
        .json(r#"{"project":"x","ids":["00000000-0000-0000-0000-000000000000"],"action":{"status":"passing"}}"#),
    line("calls/import_preview", Member(FactoryWrite)).json(r#"{"project":"x","text":"[]"}"#),
    line("calls/import_apply", Member(FactoryWrite)).json(r#"{"project":"x","text":"[]"}"#),
    line("documents/calls/documents_tree", Member(FactoryRead)).with("project=x&area=refinery"),
    line("documents/calls/document_get", Member(FactoryRead)).with("project=x&area=refinery&slug=x"),
    line("documents/calls/document_create", Member(FactoryWrite))
        .json(r#"{"project":"x","input":{"kind":"product_overview","title":"x"}}"#),
    line("documents/calls/document_update", Member(FactoryWrite))
        .json(r#"{"id":"00000000-0000-0000-0000-000000000000","rev":"0","patch":{}}"#),
    line("documents/calls/document_place", Member(FactoryWrite)).with("id=00000000-0000-0000-0000-000000000000&rev=0"),
    line("documents/calls/document_remove", Member(FactoryWrite)).with("id=00000000-0000-0000-0000-000000000000&rev=0"),
    line("documents/calls/document_restore", Member(FactoryWrite)).with(super::NOBODY),
    line("documents/calls/documents_deleted", Member(FactoryRead)).with("project=x"),
    line("documents/calls/foundry_initialise", Member(FactoryWrite)).with("project=x"),
    line("documents/calls/versions_list", Member(FactoryRead)).with("document=00000000-0000-0000-0000-000000000000"),
    line("documents/calls/version_get", Member(FactoryRead)).with("document=00000000-0000-0000-0000-000000000000&number=1"),
    line("documents/calls/version_save", Member(FactoryWrite)).with("document=00000000-0000-0000-0000-000000000000&summary="),
    line("documents/calls/version_restore", Member(FactoryWrite)).with("document=00000000-0000-0000-0000-000000000000&number=1"),
    line("documents/calls/version_diff", Member(FactoryRead)).with("document=00000000-0000-0000-0000-000000000000&number=1"),
    line("documents/calls/comments_list", Member(FactoryRead)).with("kind=document&parent=00000000-0000-0000-0000-000000000000"),
    line("documents/calls/comment_add", Member(FactoryWrite))
        .json(r#"{"kind":"document","parent":"00000000-0000-0000-0000-000000000000","input":{"text":"x"}}"#),
    line("documents/calls/comment_edit", Member(FactoryWrite))
        .json(r#"{"id":"00000000-0000-0000-0000-000000000000","input":{"text":"x"}}"#),
    line("documents/calls/comment_remove", Member(FactoryWrite)).with(super::NOBODY),
    line("documents/calls/comment_resolve", Member(FactoryWrite)).with("id=00000000-0000-0000-0000-000000000000&resolved=true"),
    line("documents/calls/mentions_search", Member(FactoryRead)).with("project=x&typed=x"),
    line("documents/calls/suggestions_list", Member(FactoryRead)).with("document=00000000-0000-0000-0000-000000000000"),
    line("documents/calls/suggestion_decide", Member(FactoryWrite)).json(r#"{"id":"00000000-0000-0000-0000-000000000000","decision":{}}"#),
    line("documents/calls/review_run", Member(FactoryWrite)).with("document=00000000-0000-0000-0000-000000000000"),
    line("documents/calls/interview_start", Member(FactoryWrite)).json(r#"{"project":"x","answers":{}}"#),
    line("documents/calls/orders_extract", Member(FactoryWrite)).with("document=00000000-0000-0000-0000-000000000000"),
    line("documents/calls/templates_list", Member(FactoryRead)).with("project=x"),
    line("documents/calls/template_create", Member(FactoryWrite))
        .json(r#"{"project":"x","input":{"kind":"planner_phase","name":"x","content":{"phases":[]}}}"#),
    line("documents/calls/template_update", Member(FactoryWrite)).json(
        r#"{"id":"00000000-0000-0000-0000-000000000000","rev":"0","input":{"kind":"planner_phase","name":"x","content":{"phases":[]}}}"#,
    ),
    line("documents/calls/template_remove", Member(FactoryWrite)).with("id=00000000-0000-0000-0000-000000000000&rev=0"),
    line("documents/calls/template_promote", Member(FactoryManage)).with(super::NOBODY),
    line("calls/features_export", Member(FactoryRead)).with("project=x&format=json"),
];
