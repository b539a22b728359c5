//! JUnit XML, as test runners of every language write it. Entities are refused, never resolved; what is broken is 422 with
//! its line.
use super::{
    MAX_RESULTS, Report, Reported, TestStatus,
    parse::{broken, too_many},
};
use chrono::{DateTime, NaiveDateTime, Utc};
use kernel::Fault;
use quick_xml::{
    Reader, XmlVersion,
    events::{BytesRef, BytesStart, Event},
};

/// Elements inside of each other.
const MAX_DEPTH: usize = 100;

/// Where the text of an element goes.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Into {
    Nothing,
    Output,
}

/// The test cases of a file, in order.
pub(super) fn parse(text: &str) -> Result<Report, Fault> {
    let mut file =
        File { reader: Reader::from_str(text), text, report: Report::default(), open: Vec::new(), case: None, into: Into::Nothing };
    loop {
        let event = file.reader.read_event();
        match event {
            Ok(Event::Start(tag)) => file.start(&tag)?,
            Ok(Event::Empty(tag)) => {
                file.start(&tag)?;
                file.end();
            }
            Ok(Event::End(_)) => file.end(),
            Ok(Event::Text(part)) => {
                let part = part.decode().map_err(|_| file.broken("holds text that cannot be read"))?;
                file.say(&part);
            }
            Ok(Event::CData(part)) => {
                let part = part.decode().map_err(|_| file.broken("holds text that cannot be read"))?;
                file.say(&part);
            }
            Ok(Event::GeneralRef(name)) => {
                let c = file.reference(&name)?;
                file.say(c.encode_utf8(&mut [0; 4]));
            }
            Ok(Event::DocType(_)) => return Err(file.broken("declares a document type; entities are never resolved")),
            Ok(Event::Decl(_) | Event::PI(_) | Event::Comment(_)) => {}
            Ok(Event::Eof) => return file.finish(),
            Err(error) => return Err(file.broken(&format!("is no XML: {error}"))),
        }
    }
}

struct File<'a> {
    reader: Reader<&'a [u8]>,
    text: &'a str,
    report: Report,
    /// The elements around, with where text went before each.
    open: Vec<(String, Into)>,
    case: Option<Reported>,
    into: Into,
}

impl File<'_> {
    fn broken(&self, what: &str) -> Fault {
        let at = usize::try_from(self.reader.buffer_position()).unwrap_or(usize::MAX).min(self.text.len());
        broken(self.text.as_bytes()[..at].iter().filter(|b| **b == b'\n').count() + 1, what)
    }

    fn start(&mut self, tag: &BytesStart) -> Result<(), Fault> {
        let name = String::from_utf8_lossy(tag.local_name().as_ref()).into_owned();
        if self.open.len() >= MAX_DEPTH {
            return Err(self.broken("is nested too deep"));
        }
        if self.open.is_empty() && !matches!(name.as_str(), "testsuites" | "testsuite") {
            return Err(self.broken(&format!("begins with <{name}>; a JUnit report begins with <testsuites> or <testsuite>")));
        }
        let mut into = Into::Nothing;
        match name.as_str() {
            "testsuite" if self.report.started_at.is_none() => {
                self.report.started_at = self.attribute(tag, "timestamp")?.as_deref().and_then(time)
            }
            "testcase" => {
                if self.report.results.len() >= MAX_RESULTS {
                    return Err(too_many());
                }
                let class = self.attribute(tag, "classname")?;
                let seconds = self.attribute(tag, "time")?.and_then(|t| t.replace(',', "").parse::<f64>().ok());
                self.case = Some(Reported {
                    name: self.attribute(tag, "name")?.unwrap_or_default(),
                    code_path: self.attribute(tag, "file")?.or(class),
                    status: TestStatus::Passed,
                    // A float becomes the nearest whole number it can; NaN is 0.
                    duration_ms: seconds.map(|s| (s * 1000.0).round() as i64),
                    error_output: None,
                    stack_trace: None,
                });
            }
            "failure" | "error" | "skipped" => {
                let message = self.attribute(tag, "message")?;
                if let Some(case) = &mut self.case {
                    let status = match name.as_str() {
                        "failure" => TestStatus::Failed,
                        "error" => TestStatus::Error,
                        _ => TestStatus::Skipped,
                    };
                    // Whatever else it says: one failure makes it failed.
                    if !case.status.is_failure() {
                        case.status = status;
                    }
                    if case.error_output.is_none() {
                        case.error_output = message;
                    }
                    into = Into::Output;
                }
            }
            _ => {}
        }
        self.open.push((name, self.into));
        self.into = into;
        Ok(())
    }

    fn end(&mut self) {
        let Some((name, into)) = self.open.pop() else { return };
        self.into = into;
        if name == "testcase"
            && let Some(case) = self.case.take()
        {
            self.report.results.push(case);
        }
    }

    fn say(&mut self, text: &str) {
        if let (Into::Output, Some(case)) = (self.into, &mut self.case) {
            case.stack_trace.get_or_insert_default().push_str(text);
        }
    }

    fn attribute(&self, tag: &BytesStart, name: &str) -> Result<Option<String>, Fault> {
        for attribute in tag.attributes() {
            let attribute = attribute.map_err(|error| self.broken(&format!("has an attribute that cannot be read: {error}")))?;
            if attribute.key.as_ref() == name.as_bytes() {
                let value = attribute.decoded_and_normalized_value(XmlVersion::Implicit1_0, self.reader.decoder());
                return value
                    .map(|v| Some(v.into_owned()))
                    .map_err(|error| self.broken(&format!("has an attribute that cannot be read: {error}")));
            }
        }
        Ok(None)
    }

    /// The five entities of XML itself and numbered characters; every other one would have to be declared.
    fn reference(&self, name: &BytesRef) -> Result<char, Fault> {
        match name.resolve_char_ref() {
            Ok(Some(c)) => return Ok(c),
            Ok(None) => {}
            Err(error) => return Err(self.broken(&format!("names a character that does not exist: {error}"))),
        }
        let name = String::from_utf8_lossy(name);
        match name.as_ref() {
            "lt" => Ok('<'),
            "gt" => Ok('>'),
            "amp" => Ok('&'),
            "quot" => Ok('"'),
            "apos" => Ok('\''),
            other => Err(self.broken(&format!("names the entity &{other};, and entities are never resolved"))),
        }
    }

    fn finish(self) -> Result<Report, Fault> {
        match self.open.last() {
            Some((name, _)) => Err(self.broken(&format!("ends before <{name}> is closed"))),
            None => Ok(self.report),
        }
    }
}

/// `2026-11-21T04:01:00`, with or without a zone.
fn time(text: &str) -> Option<DateTime<Utc>> {
    let zoned = DateTime::parse_from_rfc3339(text).map(|at| at.to_utc()).ok();
    zoned.or_else(|| text.parse::<NaiveDateTime>().ok().map(|at| at.and_utc()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_is_read() {
        let report = parse(
            r#"<?xml version="1.0"?><testsuites><testsuite name="s" timestamp="2026-11-21T04:01:00">
              <properties><property name="a" value="b"/></properties>
              <testcase classname="shop.Cart" name="adds &lt;one&gt;" time="1.25"/>
              <testcase classname="shop.Cart" file="cart.py" name="removes"><failure message="1 != 2">line &#49;
<![CDATA[<two>]]></failure><system-out>noise</system-out></testcase>
              <testcase name="waits"><skipped/></testcase><testcase name="breaks"><error>boom</error><failure/></testcase>
            </testsuite></testsuites>"#,
        )
        .unwrap();
        let seen: Vec<_> = report.results.iter().map(|r| (r.name.as_str(), r.code_path.as_deref(), r.status)).collect();
        assert_eq!(
            seen,
            [
                ("adds <one>", Some("shop.Cart"), TestStatus::Passed),
                ("removes", Some("cart.py"), TestStatus::Failed),
                ("waits", None, TestStatus::Skipped),
                ("breaks", None, TestStatus::Error),
            ]
        );
        assert_eq!(report.results[0].duration_ms, Some(1250));
        assert_eq!(report.results[1].error_output.as_deref(), Some("1 != 2"));
        assert_eq!(report.results[1].stack_trace.as_deref(), Some("line 1\n<two>"));
        assert_eq!(report.started_at.unwrap().to_rfc3339(), "2026-11-21T04:01:00+00:00");
    }

    #[test]
    fn what_is_broken_names_its_line_and_entities_are_refused() {
        for (xml, line, says) in [
            ("<testsuite>\n<testcase name='a'>\n</testsuite>", 3, "is no XML"),
            ("<testsuite>\n<testcase name='a'/>\n", 3, "ends before <testsuite> is closed"),
            ("<html/>", 1, "begins with <html>"),
            ("<!DOCTYPE t [<!ENTITY x SYSTEM 'file:///etc/passwd'>]>\n<testsuite/>", 1, "entities are never resolved"),
            ("<testsuite>\n<testcase name='a'><failure>&x;</failure></testcase></testsuite>", 2, "names the entity &x;"),
            ("<testsuite>\n\n<testcase name='&x;'/></testsuite>", 3, "has an attribute that cannot be read"),
        ] {
            let fault = parse(xml).unwrap_err();
            assert_eq!(fault.details.as_ref().unwrap()["line"], line, "{xml}: {fault:?}");
            assert!(fault.message.contains(says), "{fault:?}");
        }
    }
}
