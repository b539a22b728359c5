//! Reading an uploaded report: JSON, or JUnit XML.
use super::{MAX_BYTES, MAX_RESULTS, Report, TestStatus, junit};
use kernel::{Code, Fault};

/// Characters of an error output or stack trace; the rest is cut.
const MAX_TEXT: usize = 20_000;

/// The report of a file. What begins with `<` is JUnit XML, everything else JSON. 413 past 20 MiB, 422 naming the line of
/// what cannot be read.
pub fn parse(bytes: &[u8]) -> Result<Report, Fault> {
    if bytes.len() > MAX_BYTES {
        return Err(Fault::new(Code::TooLarge, "The report is larger than 20 MiB."));
    }
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let text = std::str::from_utf8(bytes).map_err(|error| {
        let line = bytes[..error.valid_up_to()].iter().filter(|b| **b == b'\n').count() + 1;
        broken(line, "holds bytes that are no UTF-8")
    })?;
    let mut report = match text.trim_start().as_bytes().first() {
        None => return Err(Fault::field("results", "are missing: the report is empty")),
        Some(b'<') => junit::parse(text)?,
        Some(_) => serde_json::from_str(text).map_err(|error| broken(error.line(), &format!("cannot be read: {error}")))?,
    };
    clean(&mut report)?;
    Ok(report)
}

/// 422 with the line.
pub(super) fn broken(line: usize, what: &str) -> Fault {
    let mut fault = Fault::field("file", format!("line {line} {what}")).with_details(serde_json::json!({ "line": line }));
    fault.message = format!("The report cannot be used: line {line} {what}.");
    fault
}

pub(super) fn too_many() -> Fault {
    Fault::field("results", format!("are more than {MAX_RESULTS}, the most of one run"))
}

/// Cuts what the table could not hold, and refuses what says nothing.
fn clean(report: &mut Report) -> Result<(), Fault> {
    match report.results.len() {
        0 => return Err(Fault::field("results", "are missing: the report holds no test")),
        n if n > MAX_RESULTS => return Err(too_many()),
        _ => {}
    }
    report.commit_sha = short(report.commit_sha.take(), 40);
    if let Some(sha) = &report.commit_sha
        && !sha.bytes().all(|b| b.is_ascii_hexdigit())
    {
        return Err(Fault::field("commit_sha", "is not the hash of a commit"));
    }
    report.branch = short(report.branch.take(), 100);
    for (n, result) in report.results.iter_mut().enumerate() {
        result.name = short(Some(std::mem::take(&mut result.name)), 255)
            .ok_or_else(|| Fault::field("results", format!("number {} has no name", n + 1)))?;
        if result.status == TestStatus::Pending {
            return Err(Fault::field("results", format!("number {} is pending: a result is passed, failed, skipped or error", n + 1)));
        }
        result.code_path = short(result.code_path.take(), 500);
        result.duration_ms = result.duration_ms.map(|ms| ms.clamp(0, i64::from(i32::MAX)));
        result.error_output = short(result.error_output.take(), MAX_TEXT);
        result.stack_trace = short(result.stack_trace.take(), MAX_TEXT);
    }
    Ok(())
}

/// Without the blanks around it, at most so many characters; none when nothing is left.
fn short(text: Option<String>, most: usize) -> Option<String> {
    let text = text?.replace('\0', "");
    let text: String = text.trim().chars().take(most).collect();
    (!text.is_empty()).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn json_names_its_line_when_it_is_broken() {
        let good = br#"{"commitSha":"abc123","results":[{"name":" a ","status":"passed","durationMs":-4},{"testName":"b","file":"x.rs","status":"error"}]}"#;
        let report = parse(good).unwrap();
        assert_eq!((report.results[0].name.as_str(), report.results[0].duration_ms), ("a", Some(0)));
        assert_eq!((report.results[1].code_path.as_deref(), report.results[1].status), (Some("x.rs"), TestStatus::Error));
        let fault = parse(b"{\n\"results\": [\n{\"name\": }\n]}").unwrap_err();
        assert_eq!((fault.code, fault.details.unwrap()["line"].as_u64()), (Code::Validation, Some(3)));
        for (bad, field) in [
            (&br#"{"results":[]}"#[..], "results"),
            (br#"{"results":[{"name":"","status":"passed"}]}"#, "results"),
            (br#"{"results":[{"name":"a","status":"pending"}]}"#, "results"),
            (br#"{"commit_sha":"not hex","results":[{"name":"a","status":"passed"}]}"#, "commit_sha"),
            (b"  ", "results"),
            (b"ok\n\xff", "file"),
        ] {
            let fault = parse(bad).unwrap_err();
            assert!(fault.code == Code::Validation && fault.fields.contains_key(field), "{fault:?}");
        }
    }

    #[test]
    fn what_is_too_much_is_refused() {
        assert_eq!(parse(&vec![b' '; MAX_BYTES + 1]).unwrap_err().code, Code::TooLarge);
        let one = r#"{"name":"a","status":"passed"}"#;
        let many = format!(r#"{{"results":[{}]}}"#, vec![one; MAX_RESULTS + 1].join(","));
        assert_eq!(parse(many.as_bytes()).unwrap_err().fields["results"], "are more than 20000, the most of one run");
        let xml = format!("<testsuite>{}</testsuite>", r#"<testcase name="a"/>"#.repeat(MAX_RESULTS + 1));
        assert_eq!(parse(xml.as_bytes()).unwrap_err().fields["results"], "are more than 20000, the most of one run");
    }

    proptest! {
        #[test]
        fn arbitrary_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..2000)) {
            let _ = parse(&bytes);
        }

        #[test]
        fn arbitrary_tags_never_panic(parts in proptest::collection::vec(prop_oneof![
            Just("<testsuites>"), Just("</testsuites>"), Just("<testsuite name='s'>"), Just("<testcase name='n' time='1e99'"), Just(">"), Just("/>"),
            Just("<failure message='&#0;'>"), Just("</failure>"), Just("</testcase>"), Just("<![CDATA[x]]>"), Just("&amp;"), Just("&x;"), Just("&#x110000;"),
            Just("<!DOCTYPE a>"), Just("<?pi?>"), Just("<!--"), Just("-->"), Just("é"), Just("<skipped/>"), Just("text"), Just("time='NaN'"),
        ], 0..40)) {
            let _ = parse(format!("<{}", parts.concat()).as_bytes());
            let _ = parse(format!("<testsuite>{}", parts.concat()).as_bytes());
        }
    }
}
