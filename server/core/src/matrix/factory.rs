//! Endpoints of the factory.
use super::{
    Access::{Member, SignedIn},
    Line, line,
};
use kernel::Perm::{FactoryRead, FactoryWrite};

pub(super) const LINES: &[Line] = &[
    // The document says which organization it belongs to: without rights there it is not there.
    line("GET /api/collab/{document}", SignedIn),
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
];
