//! The text of a web page, as tokens: nothing is run, fetched or built.
use crate::{plain, text::Text};
use html5ever::{
    TokenizerResult,
    tendril::StrTendril,
    tokenizer::{BufferQueue, Tag, TagKind, Token, TokenSink, TokenSinkResult, Tokenizer, TokenizerOpts, states::RawKind},
};
use std::cell::{Cell, RefCell};

/// Elements that stand in the middle of a line.
const INLINE: [&str; 30] = [
    "a", "abbr", "b", "bdi", "bdo", "cite", "code", "data", "em", "font", "i", "ins", "kbd", "label", "mark", "q", "s", "samp", "small",
    "span", "strong", "sub", "sup", "time", "u", "var", "wbr", "script", "style", "template",
];

#[derive(Default)]
struct Reader {
    text: RefCell<Text>,
    /// Within an element whose text nobody sees.
    hidden: Cell<bool>,
}

impl TokenSink for Reader {
    type Handle = ();

    fn process_token(&self, token: Token, _line: u64) -> TokenSinkResult<()> {
        match token {
            Token::CharacterTokens(piece) if !self.hidden.get() => self.say(&piece),
            Token::TagToken(tag) => return self.tag(&tag),
            _ => {}
        }
        TokenSinkResult::Continue
    }
}

impl Reader {
    /// Line ends of the source are blanks of the page.
    fn say(&self, piece: &str) {
        let mut text = self.text.borrow_mut();
        if piece.starts_with(char::is_whitespace) {
            text.space();
        }
        for (n, word) in piece.split_whitespace().enumerate() {
            if n > 0 {
                text.push(" ");
            }
            text.push(word);
        }
        if piece.ends_with(char::is_whitespace) {
            text.space();
        }
    }

    fn tag(&self, tag: &Tag) -> TokenSinkResult<()> {
        let name = &*tag.name;
        if !INLINE.contains(&name) {
            let mut text = self.text.borrow_mut();
            match name {
                "td" | "th" if tag.kind == TagKind::StartTag => text.space(),
                "td" | "th" => {}
                _ => text.fresh_line(),
            }
        }
        let raw = match name {
            "script" => Some(RawKind::ScriptData),
            "style" | "noscript" | "iframe" | "noframes" | "xmp" => Some(RawKind::Rawtext),
            "title" | "textarea" => Some(RawKind::Rcdata),
            _ => None,
        };
        let unseen = matches!(name, "script" | "style" | "iframe" | "noframes" | "template");
        match tag.kind {
            TagKind::StartTag if tag.self_closing => TokenSinkResult::Continue,
            TagKind::StartTag => {
                if unseen {
                    self.hidden.set(true);
                }
                raw.map_or(TokenSinkResult::Continue, TokenSinkResult::RawData)
            }
            TagKind::EndTag => {
                if unseen {
                    self.hidden.set(false);
                }
                TokenSinkResult::Continue
            }
        }
    }
}

pub fn read(bytes: &[u8]) -> String {
    let tokenizer = Tokenizer::new(Reader::default(), TokenizerOpts::default());
    let input = BufferQueue::default();
    input.push_back(StrTendril::from_slice(&plain::decode(bytes)));
    // It pauses after scripts, which are not run.
    while let TokenizerResult::Script(()) = tokenizer.feed(&input) {}
    tokenizer.end();
    tokenizer.sink.text.into_inner().finish()
}

#[cfg(test)]
mod tests {
    use super::read;

    #[test]
    fn a_page_is_read_as_people_see_it() {
        let page = "<!doctype html><html><head><title>Guide</title><style>p { color: red }</style><script>if (1 < 2) { evil('<p>') }</script></head>
            <body><h1>How to   pay</h1><p>Use <b>cards</b>,\n&amp; nothing &eacute;lse.<br>Twice.</p>
            <table><tr><td>one</td><td>two</td></tr></table><!-- secret --></body></html>";
        assert_eq!(read(page.as_bytes()), "Guide\nHow to pay\nUse cards, & nothing élse.\nTwice.\none two");
    }

    #[test]
    fn broken_pages_are_read_as_far_as_they_go() {
        assert_eq!(read(b"<p>one<p>two<b"), "one\ntwo");
        assert_eq!(read(b""), "");
        assert_eq!(read(b"<script>never ends"), "");
    }
}
