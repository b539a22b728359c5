//! Lists as they are found in the world, and as nobody should write them.
use crate::shop;
use factory::{features, import};
use kernel::Code;
use proptest::{
    prelude::*,
    strategy::ValueTree,
    test_runner::{Config, TestRunner},
};

#[tokio::test]
async fn many_shapes_of_a_list_are_one_list() {
    let (_db, _org, mut tx, _) = shop().await;
    for (text, keys) in [
        (r#"["Login", "Logout"]"#, vec!["F-1", "F-2"]),
        (r#"[{"title":"A"},{"summary":"B"},{"description":"C"}]"#, vec!["F-1", "F-2", "F-3"]),
        (r#"{"feature_list":[{"key":"K","name":"A"}]}"#, vec!["K"]),
        (r#"{"project":{"name":"x","features":[{"featureId":"K","name":"A"}]}}"#, vec!["K"]),
        (r#"{"data":{"items":[{"feature_id":"K","name":"A"}]}}"#, vec!["K"]),
        (r#"{"features":{"A-1":{"name":"A"},"A-2":{"title":"B"}}}"#, vec!["A-1", "A-2"]),
        (r#"{"Auth":[{"id":"1","name":"A"}],"UI":[{"id":2,"name":"B"}]}"#, vec!["1", "2"]),
        (r#"{"categories":[{"name":"Auth","features":[{"id":"1","name":"A"}]}]}"#, vec!["1"]),
        (r#"{"epics":[{"id":"E","title":"Epic","stories":[{"title":"Story"}]}]}"#, vec!["E", "E.1"]),
        (r#"{"id":"ONE","name":"A single one"}"#, vec!["ONE"]),
        ("{\"id\":\"a\",\"name\":\"A\"}\n\n{\"id\":\"b\",\"name\":\"B\"}\n", vec!["a", "b"]),
        ("\u{feff}[{\"id\":\"a\",\"name\":\"A\"}]", vec!["a"]),
        ("```json\n[{\"id\":\"a\",\"name\":\"A\"}]\n```\n", vec!["a"]),
        (r#"[{"ID":"a","Name":"A","Acceptance Criteria":"- [x] one\n2. two"}]"#, vec!["a"]),
    ] {
        let report = import::preview(&mut tx, "shop", text).await.unwrap_or_else(|fault| panic!("{text}: {fault:?}"));
        assert_eq!(report.lines.iter().map(|l| l.key.as_str()).collect::<Vec<_>>(), keys, "{text}");
        assert_eq!(report.rejected, 0, "{text}");
    }
}

#[tokio::test]
async fn each_rejection_names_its_line_and_reason() {
    let (_db, _org, mut tx, _) = shop().await;
    let long = "k".repeat(101);
    let text = format!(
        "{{\"features\": [\n  {{\"id\": \"A\", \"name\": \"Fine\"}},\n  7,\n  null,\n  {{\"id\": \"B\"}},\n  {{\"id\": \"A\", \"name\": \"Again\"}},\n  \
         {{\"id\": \"{long}\", \"name\": \"x\"}},\n  {{\"id\": \"...\", \"name\": \"x\"}},\n  [1],\n  {{\"name\": \"\\ud800\"}},\n  {{\"name\": \"\"}}\n]}}"
    );
    let report = import::preview(&mut tx, "shop", &text).await.unwrap();
    let lines: Vec<_> = report.lines.iter().map(|l| (l.line, l.reason.as_deref().unwrap_or("-"))).collect();
    assert_eq!(
        lines[..8],
        [
            (2, "-"),
            (3, "is a number, not a feature"),
            (4, "is null, not a feature"),
            (5, "has no name, title or description"),
            (6, "has the key A of the entry on line 2"),
            (7, "has a key of 101 characters; the most is 100"),
            (8, "has the key \"...\", which holds no letter or digit"),
            (9, "is a list, not a feature"),
        ]
    );
    assert!(lines[8].1.starts_with("cannot be read: "), "{lines:?}");
    assert_eq!(lines[9], (11, "has no name, title or description"));
}

#[tokio::test]
async fn odd_values_are_left_out_and_said() {
    let (_db, _org, mut tx, _) = shop().await;
    let name = "n".repeat(300);
    let text = format!(
        r#"[{{"id":"A B","name":"{name}","priority":"whenever","status":["x"],"passes":"maybe","criteria":{{}},"effort":"{}","depends_on":[null,"B"],"tags":["t"],"colour":"red"}},
            {{"id":"B","name":"b","priority":0,"criteria":["one",null,{{"given":"a","when":"b","then":"c"}}],"colour":"blue"}},
            {{"id":"C","name":"x\u0000y","priority":"Critical"}}]"#,
        "e".repeat(21)
    );
    let report = import::apply(&mut tx, "shop", &text).await.unwrap();
    assert_eq!(
        report.lines[0].notes,
        [
            "key \"A B\" is kept as \"A-B\"",
            "name cut to 255 characters",
            "priority \"whenever\" is not known: left out",
            "status is a list: left out",
            "passes is neither true nor false: left out",
            "effort has 21 characters; the most is 20: left out",
            "criteria is an object, not a list: left out",
            "depends_on holds something that is no key: left out",
        ]
    );
    assert_eq!(report.lines[1].notes, ["1 of 3 in criteria are not texts: left out"]);
    assert_eq!(report.notes, ["Fields that were not read: colour (2), tags (1)."]);
    let b = features::by_key(&mut tx, "shop", "B").await.unwrap().feature;
    assert_eq!((b.priority, b.criteria[1].text.as_str()), (Some(features::Priority::P3), "Given a, when b, then c"));
    let c = features::by_key(&mut tx, "shop", "C").await.unwrap().feature;
    assert_eq!((c.name.as_str(), c.priority), ("xy", Some(features::Priority::P0)));
}

#[tokio::test]
async fn a_file_that_is_no_list_says_where_it_breaks() {
    let (_db, _org, mut tx, _) = shop().await;
    for (text, message) in [
        ("", "is empty"),
        ("  \n", "is empty"),
        ("[]", "holds an empty list"),
        ("{\"features\": []}", "holds an empty list"),
        ("hello", "is not JSON: line 1, column 1: expected value"),
        ("[\n  {\"id\": \"A\"},\n  {\"id\" \"B\"}\n]", "is not JSON: line 3, column 9: expected `:`"),
        ("42", "is neither a list nor an object with a list of features"),
        (
            "{\"version\": 1, \"author\": \"me\"}",
            "holds no list of features. Expected a list, or an object with \"features\"; found an object with version, author",
        ),
    ] {
        let fault = import::preview(&mut tx, "shop", text).await.unwrap_err();
        assert_eq!((fault.code, fault.fields.get("text").map(String::as_str)), (Code::Validation, Some(message)), "{text}");
    }
    let huge = "x".repeat(import::MAX_BYTES + 1);
    assert_eq!(import::preview(&mut tx, "shop", &huge).await.unwrap_err().code, Code::TooLarge);
    let many = serde_json::to_string(&vec!["x"; import::MAX_ENTRIES + 1]).unwrap();
    assert_eq!(import::preview(&mut tx, "shop", &many).await.unwrap_err().code, Code::TooLarge);
    let deep = format!("{}[1]{}", "{\"data\":".repeat(300), "}".repeat(300));
    assert_eq!(import::preview(&mut tx, "shop", &deep).await.unwrap_err().code, Code::Validation);
    // JSON lines: a broken line is rejected alone.
    let report = import::preview(&mut tx, "shop", "{\"name\":\"A\"}\n{\"name\":\n{\"name\":\"C\"}").await.unwrap();
    assert_eq!((report.created, report.rejected, report.lines[1].line), (2, 1, 2));
}

/// Any JSON, with the field names that mean something among others.
fn json() -> impl Strategy<Value = serde_json::Value> {
    let leaf = prop_oneof![
        Just(serde_json::Value::Null),
        any::<bool>().prop_map(Into::into),
        any::<i32>().prop_map(Into::into),
        any::<f64>().prop_filter("JSON numbers are finite", |n| n.is_finite()).prop_map(Into::into),
        "\\PC{0,12}".prop_map(Into::into),
        any::<String>().prop_map(Into::into),
        prop_oneof![Just("A"), Just("B"), Just("done"), Just("P1"), Just("A,B"), Just("- [x] y")].prop_map(|s| s.into()),
    ];
    let field = prop_oneof![
        Just("id"),
        Just("key"),
        Just("name"),
        Just("title"),
        Just("description"),
        Just("priority"),
        Just("status"),
        Just("passes"),
        Just("criteria"),
        Just("depends_on"),
        Just("children"),
        Just("parent"),
        Just("features"),
        Just("category"),
        Just("effort"),
        Just("data"),
        Just("categories"),
        Just("x"),
    ];
    leaf.prop_recursive(6, 60, 6, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(serde_json::Value::Array),
            prop::collection::btree_map(field.clone(), inner, 0..8)
                .prop_map(|m| { serde_json::Value::Object(m.into_iter().map(|(k, v)| (k.to_owned(), v)).collect()) }),
        ]
    })
}

#[tokio::test]
async fn no_input_breaks_the_import() {
    let (_db, _org, mut tx, _) = shop().await;
    let mut runner = TestRunner::new_with_rng(
        Config { cases: 200, ..Config::default() },
        proptest::test_runner::TestRng::deterministic_rng(proptest::test_runner::RngAlgorithm::ChaCha),
    );
    for case in 0..200 {
        let value = json().new_tree(&mut runner).unwrap().current();
        let text = if case % 2 == 0 { value.to_string() } else { serde_json::json!({ "features": [value] }).to_string() };
        match import::apply(&mut tx, "shop", &text).await {
            Ok(report) => {
                assert_eq!(report.lines.len(), report.created + report.updated + report.unchanged + report.rejected);
                assert!(report.lines.iter().all(|l| (l.outcome == import::Outcome::Rejected) == l.reason.is_some()));
                let again = import::preview(&mut tx, "shop", &text).await.unwrap();
                assert_eq!((again.created, again.updated), (0, 0), "{text}\n{again:?}");
            }
            Err(fault) => assert!(matches!(fault.code, Code::Validation | Code::TooLarge), "{text}: {fault:?}"),
        }
    }
}
