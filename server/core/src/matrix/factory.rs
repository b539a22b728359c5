//! Endpoints of the factory.
use super::{Access::Member, Line, line};
use kernel::Perm::{FactoryManage, FactoryRead, FactoryWrite, FeedbackWrite};

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
    line("calls/features_export", Member(FactoryRead)).with("project=x&format=json"),
    // Graph and drift.
    line("GET /api/projects/{project}/graph/nodes", Member(FactoryRead)),
    line("GET /api/projects/{project}/graph/edges", Member(FactoryRead)),
    line("POST /api/projects/{project}/graph/edges", Member(FactoryWrite)).json(
        r#"{"sourceNodeId":"00000000-0000-0000-0000-000000000000","targetNodeId":"00000000-0000-0000-0000-000000000000","edgeType":"related_to"}"#,
    ),
    line("DELETE /api/projects/{project}/graph/edges/{id}", Member(FactoryWrite)),
    line("POST /api/projects/{project}/graph/traverse", Member(FactoryRead)).json(r#"{"start":"00000000-0000-0000-0000-000000000000"}"#),
    line("POST /api/projects/{project}/graph/impact", Member(FactoryRead)).json(r#"{"nodeId":"00000000-0000-0000-0000-000000000000"}"#),
    line("GET /api/projects/{project}/graph/drift-alerts", Member(FactoryRead)),
    line("PATCH /api/projects/{project}/graph/drift-alerts/{id}", Member(FactoryWrite)).json(r#"{"status":"resolved"}"#),
    line("POST /api/projects/{project}/graph/drift-alerts/scan", Member(FactoryWrite)),
    line("GET /api/projects/{project}/jobs", Member(FactoryRead)),
    line("POST /api/projects/{project}/jobs/{id}/retry", Member(FactoryWrite)),
    // The Validator and where it leads.
    line("POST /api/projects/{project}/validator/feedback", Member(FeedbackWrite)).json(r#"{"description":"x"}"#),
    line("GET /api/projects/{project}/validator/feedback", Member(FactoryRead)),
    line("GET /api/projects/{project}/validator/feedback/{id}", Member(FactoryRead)),
    line("PATCH /api/projects/{project}/validator/feedback/{id}", Member(FactoryWrite)).json(r#"{"rev":"0"}"#),
    line("POST /api/projects/{project}/validator/feedback/{id}/generate-issue", Member(FactoryWrite)).json("{}"),
    line("POST /api/projects/{project}/validator/feedback/{id}/work-order", Member(FactoryWrite)),
    line("POST /api/projects/{project}/validator/feedback/{id}/merge", Member(FactoryWrite))
        .json(r#"{"rev":"0","into":"00000000-0000-0000-0000-000000000000"}"#),
    line("GET /api/projects/{project}/validator/stats", Member(FactoryRead)),
    line("GET /api/projects/{project}/integrations", Member(FactoryRead)),
    line("PUT /api/projects/{project}/integrations/{type}", Member(FactoryManage)).json("{}"),
    line("DELETE /api/projects/{project}/integrations/{type}", Member(FactoryManage)),
    line("POST /api/projects/{project}/integrations/{type}/test", Member(FactoryManage)),
];
