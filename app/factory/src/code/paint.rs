//! Source text with its colours, written in one pass.
use kit::html::push_text;

/// Names of classes by `indexing::paint::Paint`.
const CLASSES: [&str; 8] = ["", "pk", "ps", "pc", "pf", "pt", "pn", "pa"];

/// Lines from `first` on as markup; each has an id (`L12`), and those between `marked` stand out.
pub fn lines(text: &str, paint: &[Vec<(u32, u8)>], first: usize, marked: Option<(usize, usize)>) -> String {
    let mut out = String::with_capacity(text.len() * 2);
    for (at, line) in text.split('\n').enumerate() {
        let number = first + at;
        let on = marked.is_some_and(|(from, to)| (from..=to).contains(&number));
        out.push_str(&format!("<span class=\"cl{}\" id=\"L{number}\" data-n=\"{number}\">", if on { " cl-on" } else { "" }));
        runs(&mut out, line, paint.get(at).map_or(&[], Vec::as_slice));
        out.push_str("\n</span>");
    }
    out
}

fn runs(out: &mut String, line: &str, runs: &[(u32, u8)]) {
    let mut from = 0;
    for (bytes, paint) in runs {
        let to = from + *bytes as usize;
        // Runs that do not fit this text say nothing about it.
        let Some(part) = line.get(from..to) else { break };
        match CLASSES.get(usize::from(*paint)) {
            Some(class) if !class.is_empty() => {
                out.push_str("<i class=\"");
                out.push_str(class);
                out.push_str("\">");
                push_text(out, part);
                out.push_str("</i>");
            }
            _ => push_text(out, part),
        }
        from = to;
    }
    push_text(out, line.get(from..).unwrap_or_default());
}

#[cfg(test)]
mod tests {
    use super::lines;

    #[test]
    fn markup_is_escaped_and_marked() {
        let html = lines("a<b\n&", &[vec![(1, 1), (2, 0)]], 5, Some((6, 6)));
        assert_eq!(
            html,
            "<span class=\"cl\" id=\"L5\" data-n=\"5\"><i class=\"pk\">a</i>&lt;b\n</span><span class=\"cl cl-on\" id=\"L6\" data-n=\"6\">&amp;\n</span>"
        );
    }

    #[test]
    fn runs_that_do_not_fit_are_left_out() {
        assert!(lines("ä", &[vec![(1, 1)]], 1, None).contains('ä'));
    }
}
