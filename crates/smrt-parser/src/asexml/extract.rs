//! From lines of XML to the lines of the elements that hold data.
//!
//! A state machine over bytes that keeps no text but the name of the tag or reference it is in, so that it does not
//! matter where its input is cut. Text that is no XML changes its state in some way and nothing else.

/// The elements whose text is data, of one format or the other.
const ELEMENTS: [&[u8]; 2] = [super::INTERVAL_DATA.as_bytes(), super::CONSUMPTION_DATA.as_bytes()];

/// Most bytes of a name or reference that are kept: none that matters is longer.
const LONGEST: usize = 64;

/// What the machine stands in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum State {
    /// Between tags.
    #[default]
    Text,
    /// Behind `<`: the name of the tag, or what begins another kind of markup.
    Name,
    /// Behind the name of a tag, in a quoted value or not; `slash` where the last byte was one.
    Tag { quote: Option<u8>, slash: bool },
    /// `<!-- -->`, with the dashes seen last.
    Comment { dashes: u8 },
    /// `<![CDATA[ ]]>`, with the brackets seen last.
    Data { brackets: u8 },
    /// `<? ?>`, with whether a question mark was seen last.
    Instruction { question: bool },
    /// `<!DOCTYPE >`, with the depth of brackets.
    Declaration { depth: u32 },
    /// Behind `&`.
    Reference,
}

/// What was made of the front of a text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Extracted {
    /// Bytes that were taken: a line at most.
    pub(super) taken: usize,
    /// Where among them the first byte of data stands.
    pub(super) first: Option<usize>,
}

/// The machine.
#[derive(Debug)]
pub(super) struct Extractor {
    /// The element whose text is wanted.
    element: &'static [u8],
    state: State,
    /// Name or reference so far.
    name: Vec<u8>,
    /// Elements that are open.
    depth: u64,
    /// Whether one of them holds data, and whether any has so far.
    in_data: bool,
    has_seen_data: bool,
    /// Whether there has been an element with data of the other format.
    has_seen_other: bool,
    /// Whether the outermost element has been closed, and whether something stands behind it.
    is_over: bool,
    has_more: bool,
}

impl Extractor {
    /// A machine at the start of a text.
    pub(super) fn new(element: &'static str) -> Self {
        Self {
            element: element.as_bytes(),
            state: State::Text,
            name: Vec::new(),
            depth: 0,
            in_data: false,
            has_seen_data: false,
            has_seen_other: false,
            is_over: false,
            has_more: false,
        }
    }

    /// Takes bytes off the front of `text`, up to a line end or the end of an element with data, and appends the data
    /// among them to `out`, as a line with its end. What is blank beside a tag is no data.
    pub(super) fn line(&mut self, text: &[u8], out: &mut Vec<u8>) -> Extracted {
        let begin = out.len();
        let mut extracted = Extracted::default();
        let mut has_markup = self.state != State::Text;
        for &byte in text {
            let was_data = self.in_data;
            let before = out.len();
            let at = extracted.taken;
            extracted.taken += 1;
            self.step(byte, out);
            has_markup |= self.state != State::Text && self.state != State::Reference;
            let added = out.len() - before;
            if added > 0 && extracted.first.is_none() {
                // Bytes that were held back come out together, before those that still are.
                extracted.first = Some((at + 1).saturating_sub(added + self.held_back()));
            }
            let ends_line = added > 0 && out.last() == Some(&b'\n');
            if byte == b'\n' || ends_line || (was_data && !self.in_data) {
                break;
            }
        }
        if out[begin..].trim_ascii().is_empty() && has_markup {
            out.truncate(begin);
        }
        if out.len() == begin {
            extracted.first = None;
        } else if out.last() != Some(&b'\n') && (!self.in_data || text[..extracted.taken].ends_with(b"\n")) {
            out.push(b'\n');
        }
        extracted
    }

    /// Whether every element that was opened has been closed, and nothing stands behind the last one.
    pub(super) fn is_closed(&self) -> bool {
        self.depth == 0 && self.state == State::Text && !self.has_more
    }

    /// Whether there has been an element that holds data.
    pub(super) fn has_seen_data(&self) -> bool {
        self.has_seen_data
    }

    /// Whether there has been an element that holds data of the other format.
    pub(super) fn has_seen_other(&self) -> bool {
        self.has_seen_other
    }

    /// How many bytes it has taken that may be data or not.
    fn held_back(&self) -> usize {
        match self.state {
            State::Data { brackets } => usize::from(brackets),
            State::Reference => 1 + self.name.len(),
            _ => 0,
        }
    }

    fn step(&mut self, byte: u8, out: &mut Vec<u8>) {
        self.state = match self.state {
            State::Text => self.text(byte, out),
            State::Reference => self.reference(byte, out),
            State::Name => self.named(byte),
            State::Tag { quote: Some(quote), .. } => {
                State::Tag { quote: (byte != quote).then_some(quote), slash: false }
            }
            State::Tag { quote: None, slash } => match byte {
                b'>' => self.tag(slash),
                b'"' | b'\'' => State::Tag { quote: Some(byte), slash: false },
                _ => State::Tag { quote: None, slash: byte == b'/' },
            },
            State::Comment { dashes: 2.. } if byte == b'>' => State::Text,
            State::Comment { dashes } => {
                State::Comment { dashes: if byte == b'-' { dashes.saturating_add(1) } else { 0 } }
            }
            State::Data { brackets } => self.data(brackets, byte, out),
            State::Instruction { question: true } if byte == b'>' => State::Text,
            State::Instruction { .. } => State::Instruction { question: byte == b'?' },
            State::Declaration { depth } => match byte {
                b'[' => State::Declaration { depth: depth.saturating_add(1) },
                b']' => State::Declaration { depth: depth.saturating_sub(1) },
                b'>' if depth == 0 => State::Text,
                _ => State::Declaration { depth },
            },
        };
    }

    fn text(&mut self, byte: u8, out: &mut Vec<u8>) -> State {
        match byte {
            b'<' => {
                self.name.clear();
                State::Name
            }
            b'&' if self.in_data => {
                self.name.clear();
                State::Reference
            }
            _ => {
                if self.in_data {
                    out.push(byte);
                }
                self.has_more |= self.is_over && !byte.is_ascii_whitespace();
                State::Text
            }
        }
    }

    /// In `&…;`. What is no reference that XML itself has stays as it is written.
    fn reference(&mut self, byte: u8, out: &mut Vec<u8>) -> State {
        if byte != b';' && self.name.len() < LONGEST && (byte.is_ascii_alphanumeric() || byte == b'#') {
            self.name.push(byte);
            return State::Reference;
        }
        match character(&self.name).filter(|_| byte == b';') {
            Some(character) => {
                out.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
                State::Text
            }
            None => {
                out.push(b'&');
                out.append(&mut self.name);
                self.text(byte, out)
            }
        }
    }

    fn named(&mut self, byte: u8) -> State {
        match byte {
            b'>' => self.tag(false),
            b'/' if !self.name.is_empty() => State::Tag { quote: None, slash: true },
            _ if byte.is_ascii_whitespace() => State::Tag { quote: None, slash: false },
            _ => {
                if self.name.len() < LONGEST {
                    self.name.push(byte);
                }
                match self.name.as_slice() {
                    b"!--" => State::Comment { dashes: 0 },
                    b"![CDATA[" => State::Data { brackets: 0 },
                    b"?" => State::Instruction { question: false },
                    [b'!', second, ..] if !matches!(second, b'-' | b'[') => State::Declaration { depth: 0 },
                    _ => State::Name,
                }
            }
        }
    }

    /// The end of a tag: of one that opens an element, closes one, or is one by itself.
    fn tag(&mut self, is_empty: bool) -> State {
        let (closes, name) = match self.name.as_slice() {
            [b'/', name @ ..] => (true, name),
            name => (false, name),
        };
        let local = name.rsplit(|&byte| byte == b':').next().unwrap_or_default();
        let holds_data = local == self.element;
        if closes {
            self.depth = self.depth.saturating_sub(1);
            self.in_data &= !holds_data;
            self.is_over |= self.depth == 0;
        } else if !is_empty {
            self.depth += 1;
            self.in_data |= holds_data;
            self.has_seen_data |= holds_data;
            self.has_seen_other |= !holds_data && ELEMENTS.contains(&local);
        }
        State::Text
    }

    fn data(&mut self, brackets: u8, byte: u8, out: &mut Vec<u8>) -> State {
        match byte {
            b']' if brackets < 2 => return State::Data { brackets: brackets + 1 },
            b'>' if brackets == 2 => return State::Text,
            _ => {}
        }
        if self.in_data {
            let kept = if byte == b']' { 1 } else { brackets };
            out.extend(std::iter::repeat_n(b']', usize::from(kept)));
        }
        if byte == b']' {
            return State::Data { brackets };
        }
        if self.in_data {
            out.push(byte);
        }
        State::Data { brackets: 0 }
    }
}

/// The character that a reference names.
fn character(name: &[u8]) -> Option<char> {
    match name {
        b"lt" => Some('<'),
        b"gt" => Some('>'),
        b"amp" => Some('&'),
        b"quot" => Some('"'),
        b"apos" => Some('\''),
        [b'#', b'x', digits @ ..] => number(digits, 16),
        [b'#', digits @ ..] => number(digits, 10),
        _ => None,
    }
}

fn number(digits: &[u8], radix: u32) -> Option<char> {
    let digits = std::str::from_utf8(digits).ok()?;
    char::from_u32(u32::from_str_radix(digits, radix).ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The data in a text, line by line, and whether the text is closed.
    fn extract(text: &str) -> (String, bool) {
        let (mut extractor, mut rest, mut out) =
            (Extractor::new(super::super::INTERVAL_DATA), text.as_bytes(), Vec::new());
        while !rest.is_empty() {
            let extracted = extractor.line(rest, &mut out);
            assert!(extracted.taken > 0);
            rest = &rest[extracted.taken..];
        }
        (String::from_utf8(out).unwrap(), extractor.is_closed())
    }

    #[test]
    fn the_text_of_elements_with_data_comes_out() {
        for (text, expected) in [
            ("<a><CSVIntervalData>100\n900\n</CSVIntervalData></a>\n", "100\n900\n"),
            ("<a>x\n<ase:CSVIntervalData x='>' y=\"/>\">100\n\n900</ase:CSVIntervalData>\ny</a>", "100\n\n900\n"),
            ("<CSVIntervalData>\n  100\n 900\n </CSVIntervalData>", "  100\n 900\n"),
            ("<CSVIntervalData><![CDATA[a&lt;]]]<b\n]]]></CSVIntervalData>", "a&lt;]]]<b\n]\n"),
            (
                "<CSVIntervalData>a&amp;b&#65;&#x42;&lt;&gt;&quot;&apos;&none;& &#13;\n</CSVIntervalData>",
                "a&bAB<>\"'&none;& \r\n",
            ),
            ("<CSVIntervalData>a<!-- no -- > \n - -->b</CSVIntervalData>", "a\nb\n"),
            ("<a><CSVIntervalData>a</CSVIntervalData><CSVIntervalData>b</CSVIntervalData></a>", "a\nb\n"),
            ("<?xml a='>' ?><!DOCTYPE a [<!ELEMENT a>]><a><CSVIntervalData/>b<c/></a>", ""),
            ("<CSVIntervalData>a&#10;b&#13;&#xa;c</CSVIntervalData>", "a\nb\r\nc\n"),
            ("<CSVConsumptionData>100</CSVConsumptionData>", ""),
            ("<NotCSVIntervalData>100</NotCSVIntervalData>", ""),
        ] {
            assert_eq!(extract(text), (expected.to_owned(), true), "{text}");
        }
    }

    #[test]
    fn a_text_that_is_cut_is_not_closed() {
        let text = "<a><!-- b --><c d='e'>&lt;</c><CSVIntervalData><![CDATA[100\n]]></CSVIntervalData>\n</a>";
        for end in 1..text.len() {
            assert!(!extract(&text[..end]).1, "{}", &text[..end]);
        }
        assert!(extract(text).1);
    }
}
