use crate::{project, shop};
use factory::{
    export::{Format, export},
    features::{self, FeatureQuery, FeatureStatus, Priority},
    import::{self, Outcome, Report},
};
use kernel::{Code, access::Role};

const REAL: &str = include_str!("../data/feature_list_programmatic_ads.json");

fn counts(report: &Report) -> [usize; 4] {
    [report.created, report.updated, report.unchanged, report.rejected]
}

#[tokio::test]
async fn a_real_list_of_300_features_imports_whole_and_twice() {
    let (_db, _org, mut tx, _) = shop().await;
    let dry = import::preview(&mut tx, "shop", REAL).await.unwrap();
    assert_eq!(counts(&dry), [300, 0, 0, 0]);
    assert_eq!(features::page(&mut tx, "shop", &Default::default()).await.unwrap().everything, 0);
    let begun = std::time::Instant::now();
    let report = import::apply(&mut tx, "shop", REAL).await.unwrap();
    assert!(begun.elapsed().as_secs() < 10, "{:?}", begun.elapsed());
    assert_eq!(report, dry);
    assert_eq!((report.lines[0].line, report.lines[0].key.as_str(), report.lines[1].line), (7, "PCT-001", 19));
    let page = features::page(&mut tx, "shop", &Default::default()).await.unwrap();
    assert_eq!((page.everything, page.facets.status["passing"]), (300, 300));
    let first = features::by_key(&mut tx, "shop", "PCT-001").await.unwrap().feature;
    assert_eq!(first.name, "Brand profile management with name, description, voice, and values");
    assert_eq!((first.priority, first.category.as_deref(), first.criteria.len()), (Some(Priority::P0), Some("context"), 3));
    let again = import::apply(&mut tx, "shop", REAL).await.unwrap();
    assert_eq!(counts(&again), [0, 0, 300, 0]);
}

#[tokio::test]
async fn what_is_exported_imports_unchanged_and_into_a_copy() {
    let (_db, _org, mut tx, _) = shop().await;
    let list = r#"{"features": [
      {"id": "A", "name": "Epic", "priority": 1, "passes": true, "effort": "4h", "children": [
        {"name": "Part", "status": "in progress", "criteria": ["Works", {"text": "Fast", "met": true}], "depends_on": ["B"]}]},
      {"id": "B", "name": "=Formula", "status": "blocked", "description": "Line\nbreak, \"quoted\"", "category": "x"}
    ]}"#;
    import::apply(&mut tx, "shop", list).await.unwrap();
    let file = export(&mut tx, "shop", Format::Json).await.unwrap();
    assert_eq!((file.name.as_str(), file.media_type.as_str()), ("shop-features.json", "application/json"));
    assert_eq!(counts(&import::apply(&mut tx, "shop", &file.text).await.unwrap()), [0, 0, 3, 0]);
    project(&mut tx, "Copy").await;
    assert_eq!(counts(&import::apply(&mut tx, "copy", &file.text).await.unwrap()), [3, 0, 0, 0]);
    let copy = export(&mut tx, "copy", Format::Json).await.unwrap();
    assert_eq!(copy.text.replace("\"project\": \"Copy\"", "\"project\": \"Shop\""), file.text);
    let csv = export(&mut tx, "shop", Format::Csv).await.unwrap();
    assert!(csv.text.starts_with("Key,Parent,Name,"), "{}", csv.text);
    assert!(csv.text.contains("'=Formula") && csv.text.contains("[ ] Works\n[x] Fast"), "{}", csv.text);
    // The real list survives the same way.
    project(&mut tx, "Real").await;
    import::apply(&mut tx, "real", REAL).await.unwrap();
    let real = export(&mut tx, "real", Format::Json).await.unwrap();
    assert_eq!(counts(&import::preview(&mut tx, "real", &real.text).await.unwrap()), [0, 0, 300, 0]);
}

#[tokio::test]
async fn an_import_updates_by_key_and_never_deletes() {
    let (_db, _org, mut tx, _) = shop().await;
    import::apply(
        &mut tx,
        "shop",
        r#"[{"id":"A","name":"One","criteria":["x","y"],"category":"c"},{"id":"B","name":"Two"},{"id":"C","name":"Three"}]"#,
    )
    .await
    .unwrap();
    let a = features::by_key(&mut tx, "shop", "A").await.unwrap().feature;
    features::set_met(&mut tx, a.id, "c2", true).await.unwrap();
    let c = features::by_key(&mut tx, "shop", "C").await.unwrap().feature;
    features::remove(&mut tx, c.id, &c.rev).await.unwrap();
    let report = import::apply(
        &mut tx,
        "shop",
        r#"[{"id":"A","name":"One!","criteria":["y","z"],"passes":true},{"id":"C","name":"Three"},{"id":"D","name":"Four"}]"#,
    )
    .await
    .unwrap();
    assert_eq!(counts(&report), [1, 2, 0, 0]);
    assert_eq!(report.lines[0].changed, ["criteria", "name", "status"]);
    assert_eq!(report.lines[1].notes, ["was deleted and comes back"]);
    let a = features::by_key(&mut tx, "shop", "A").await.unwrap().feature;
    assert_eq!((a.name.as_str(), a.category.as_deref(), a.status), ("One!", Some("c"), FeatureStatus::Passing));
    assert_eq!(a.criteria.iter().map(|c| (c.text.as_str(), c.met)).collect::<Vec<_>>(), [("y", true), ("z", false)]);
    assert_eq!(features::by_key(&mut tx, "shop", "B").await.unwrap().feature.name, "Two");
    let page = features::page(&mut tx, "shop", &FeatureQuery::default()).await.unwrap();
    assert_eq!(page.everything, 4);
}

#[tokio::test]
async fn states_step_as_the_machine_allows_and_the_blocked_stay() {
    let (_db, _org, mut tx, _) = shop().await;
    let start = r#"[{"id":"P","name":"p","status":"passing"},{"id":"B","name":"b","status":"blocked"},{"id":"N","name":"n"},{"id":"Q","name":"q","status":"done","passes":false}]"#;
    import::apply(&mut tx, "shop", start).await.unwrap();
    let next = r#"[{"id":"P","name":"p","passes":false},{"id":"B","name":"b","passes":true},{"id":"N","name":"n","passes":true},{"id":"Q","name":"q"}]"#;
    let report = import::apply(&mut tx, "shop", next).await.unwrap();
    assert_eq!(report.lines[1].notes, ["stays blocked: a person unblocks it"]);
    let mut status = Vec::new();
    for key in ["P", "B", "N", "Q"] {
        status.push(features::by_key(&mut tx, "shop", key).await.unwrap().feature.status);
    }
    assert_eq!(status, [FeatureStatus::Failing, FeatureStatus::Blocked, FeatureStatus::Passing, FeatureStatus::InProgress]);
    let report = import::apply(&mut tx, "shop", r#"[{"id":"N","name":"n","status":"todo"}]"#).await.unwrap();
    assert_eq!((report.unchanged, report.lines[0].notes[0].as_str()), (1, "stays passing: it cannot become pending"));
}

#[tokio::test]
async fn circles_and_strangers_among_dependencies_are_left_out_and_said() {
    let (_db, _org, mut tx, _) = shop().await;
    import::apply(&mut tx, "shop", r#"[{"id":"Z","name":"z","depends_on":["A"]},{"id":"A","name":"a"}]"#).await.unwrap();
    let list = r#"[{"id":"A","name":"a","depends_on":"B, X-9, Z"},{"id":"B","name":"b","dependencies":[{"id":"C"}]},{"id":"C","name":"c","depends_on":["B","A"]}]"#;
    let report = import::apply(&mut tx, "shop", list).await.unwrap();
    let notes: Vec<_> = report.lines.iter().map(|l| l.notes.clone()).collect();
    assert_eq!(
        notes[0],
        [
            "waits for X-9, which is neither in the file nor in the project: left out",
            "waiting for Z would close a circle (A, Z, A): left out"
        ]
    );
    assert_eq!(notes[1], Vec::<String>::new());
    assert_eq!(notes[2].len(), 2, "{notes:?}");
    let a = features::by_key(&mut tx, "shop", "A").await.unwrap().feature;
    assert_eq!(a.dependencies, ["B"]);
}

#[tokio::test]
async fn nested_entries_become_a_tree_of_at_most_five_levels() {
    let (_db, _org, mut tx, _) = shop().await;
    let list = r#"[{"id":"1","name":"1","children":[{"id":"2","name":"2","subfeatures":[{"id":"3","name":"3","children":[{"id":"4","name":"4",
      "children":[{"id":"5","name":"5","children":[{"id":"6","name":"6","children":[{"name":"7"}]}]}]}]}]}]},
      {"id":"P","name":"p","parent":"5"},{"id":"Q","name":"q","parent_id":"nope"},{"id":"R","name":"r","parent":"S"},{"id":"S","name":"s","parent":"R"}]"#;
    let report = import::apply(&mut tx, "shop", list).await.unwrap();
    assert_eq!(counts(&report), [9, 0, 0, 2]);
    let reasons: Vec<_> = report.lines.iter().filter_map(|l| l.reason.as_deref()).collect();
    assert_eq!(reasons[0], "is on level 6; a feature tree has at most 5");
    let note = |key: &str| report.lines.iter().find(|l| l.key == key).unwrap().notes.join(";");
    assert_eq!(note("P"), "parent 5 would make 6 levels; the most is 5: left out");
    assert_eq!(note("Q"), "parent nope is neither in the file nor in the project: left out");
    assert_eq!((note("R"), note("S")), (String::new(), "parent R is below it: left out".into()));
    let five = features::by_key(&mut tx, "shop", "5").await.unwrap();
    assert_eq!(five.parent.unwrap().key, "4");
    assert_eq!(features::by_key(&mut tx, "shop", "R").await.unwrap().feature.parent_id.is_some(), true);
}

#[tokio::test]
async fn a_reader_of_a_key_may_not_import_and_outcomes_are_counted() {
    let (_db, org, tx, _) = shop().await;
    tx.commit().await.unwrap();
    let actor = kernel::access::Actor {
        kind: kernel::access::ActorKind::ApiKey,
        scopes: Some(vec!["mcp:read".into()]),
        ..kernel::access::Actor::system(Some(org.id))
    };
    let mut tx = org.tx_as(actor).await;
    for code in [
        import::preview(&mut tx, "shop", "[\"x\"]").await.unwrap_err().code,
        import::apply(&mut tx, "shop", "[\"x\"]").await.unwrap_err().code,
    ] {
        assert_eq!(code, Code::Forbidden);
    }
    let mut tx = org.tx(Role::Member).await;
    let report = import::preview(&mut tx, "shop", "[\"x\", 7]").await.unwrap();
    assert_eq!(Outcome::ALL.map(|o| report.count(o)), [1, 0, 0, 1]);
}
