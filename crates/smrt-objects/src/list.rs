//! Listings, page by page.
//!
//! Keys come in their order, each once. A page that breaks that, as one that is sent twice would, is asked for again.

use crate::{
    Bucket, Object, ObjectError,
    request::{Failure, Request, encoded},
};
use chrono::DateTime;
use http::Method;
use quick_xml::{Reader, escape::resolve_predefined_entity, events::Event};

/// Most bytes of a page: a thousand objects with the longest keys, escaped, stay below.
const LONGEST_PAGE: usize = 16 << 20;

/// One page of a listing.
#[derive(Debug, Default, PartialEq, Eq)]
struct Page {
    objects: Vec<Object>,
    /// How to ask for the next one.
    next: Option<String>,
}

impl Page {
    /// Whether its keys are in order, and behind the last one of the page before.
    fn follows(&self, last: Option<&str>) -> bool {
        last.into_iter().chain(self.objects.iter().map(|object| object.key.as_str())).is_sorted_by(|a, b| a < b)
    }
}

/// Gives all pages; an error of `visit` ends that.
pub(crate) async fn list<E: From<ObjectError>>(
    bucket: &Bucket,
    mut visit: impl FnMut(Vec<Object>) -> Result<(), E>,
) -> Result<(), E> {
    let prefix = bucket.address().prefix();
    let (mut last, mut next): (Option<String>, Option<String>) = (None, None);
    loop {
        let mut request = Request::new(Method::GET, "");
        // In the order in which they are signed.
        if let Some(token) = &next {
            request.query = format!("continuation-token={}&", encoded(token, false));
        }
        request.query += &format!("encoding-type=url&list-type=2&prefix={}", encoded(prefix, false));
        let page = bucket
            .client()
            .checked(&request, LONGEST_PAGE, |_, xml| {
                let page =
                    page(&xml).map_err(|why| Failure::passing(format!("a listing that cannot be read: {why}")))?;
                match page.follows(last.as_deref()) {
                    true => Ok(page),
                    false => Err(Failure::passing("a page of the listing is out of order")),
                }
            })
            .await?;
        if let Some(object) = page.objects.last() {
            last = Some(object.key.clone());
        }
        visit(page.objects)?;
        next = page.next;
        if next.is_none() {
            return Ok(());
        }
    }
}

/// Reads a page.
fn page(xml: &[u8]) -> Result<Page, String> {
    let xml = std::str::from_utf8(xml).map_err(|error| error.to_string())?;
    let mut reader = Reader::from_str(xml);
    let (mut page, mut object, mut open) = (Page::default(), Object::default(), Vec::<String>::new());
    let (mut is_url, mut is_cut, mut is_listing) = (false, false, false);
    let mut text = String::new();
    loop {
        match reader.read_event().map_err(|error| error.to_string())? {
            Event::Start(tag) => {
                open.push(String::from_utf8_lossy(tag.local_name().as_ref()).into_owned());
                text.clear();
            }
            Event::Text(piece) => text += &piece.xml10_content().map_err(|error| error.to_string())?,
            Event::CData(piece) => text += &piece.xml10_content().map_err(|error| error.to_string())?,
            Event::GeneralRef(name) => match name.resolve_char_ref().map_err(|error| error.to_string())? {
                Some(c) => text.push(c),
                None => {
                    let name = name.decode().map_err(|error| error.to_string())?;
                    text += resolve_predefined_entity(&name).ok_or_else(|| format!("unknown entity {name}"))?;
                }
            },
            Event::End(_) => {
                let path: Vec<&str> = open.iter().map(String::as_str).collect();
                let told = std::mem::take(&mut text);
                match path[..] {
                    ["ListBucketResult"] => is_listing = true,
                    ["ListBucketResult", "EncodingType"] => is_url = told == "url",
                    ["ListBucketResult", "IsTruncated"] => is_cut = told == "true",
                    ["ListBucketResult", "NextContinuationToken"] => page.next = Some(told),
                    ["ListBucketResult", "Contents", "Key"] => object.key = told,
                    ["ListBucketResult", "Contents", "ETag"] => object.etag = unquoted(&told).to_owned(),
                    ["ListBucketResult", "Contents", "Size"] => {
                        object.size = told.parse().map_err(|_| format!("a size of {told:?}"))?;
                    }
                    ["ListBucketResult", "Contents", "LastModified"] => {
                        object.last_modified = DateTime::parse_from_rfc3339(&told).ok().map(|time| time.timestamp());
                    }
                    ["ListBucketResult", "Contents"] => page.objects.push(std::mem::take(&mut object)),
                    _ => {}
                }
                open.pop();
            }
            Event::Eof if !is_listing => return Err("it is no whole listing".to_owned()),
            Event::Eof => break,
            _ => {}
        }
    }
    if is_url {
        page.objects.iter_mut().for_each(|object| object.key = decoded(&object.key));
    }
    match (is_cut, &page.next) {
        (true, None) => Err("it has more pages but does not say how to ask for them".to_owned()),
        (false, Some(_)) => Ok(Page { next: None, ..page }),
        _ => Ok(page),
    }
}

/// A tag without the signs around it.
pub(crate) fn unquoted(etag: &str) -> &str {
    etag.trim_matches('"')
}

/// What an escaped key stands for.
fn decoded(key: &str) -> String {
    let (mut bytes, mut rest) = (Vec::with_capacity(key.len()), key.as_bytes());
    while let [first, behind @ ..] = rest {
        let digits = behind.get(..2).and_then(|digits| std::str::from_utf8(digits).ok());
        let escaped = digits.and_then(|digits| u8::from_str_radix(digits, 16).ok());
        let (byte, left) = match (first, escaped) {
            (b'%', Some(byte)) => (byte, &behind[2..]),
            (b'+', _) => (b' ', behind),
            (&byte, _) => (byte, behind),
        };
        bytes.push(byte);
        rest = left;
    }
    String::from_utf8(bytes).unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn listing(inner: &str) -> String {
        format!("<?xml version=\"1.0\"?>\n<ListBucketResult xmlns=\"http://x/\">{inner}</ListBucketResult>")
    }

    #[test]
    fn pages_are_read() {
        let xml = listing(
            "<Name>b</Name><IsTruncated>true</IsTruncated><NextContinuationToken>a&amp;b</NextContinuationToken>\
             <EncodingType>url</EncodingType><Contents><Key>a%20b%2F%2F%C3%BC%0A+%2B</Key>\
             <LastModified>2024-01-02T03:04:05.678Z</LastModified><ETag>&quot;00ff&#34;</ETag><Size>12</Size>\
             <Owner><ID>x</ID></Owner></Contents><CommonPrefixes><Prefix>p</Prefix></CommonPrefixes>",
        );
        let object = Object {
            key: "a b//ü\n +".to_owned(),
            size: 12,
            etag: "00ff".to_owned(),
            last_modified: Some(1_704_164_645),
        };
        let expected = Page { objects: vec![object], next: Some("a&b".to_owned()) };
        assert_eq!(page(xml.as_bytes()), Ok(expected));
        assert_eq!(page(listing("<IsTruncated>false</IsTruncated>").as_bytes()), Ok(Page::default()));
    }

    #[test]
    fn a_page_that_comes_twice_does_not_follow_itself() {
        let keys = |keys: &[&str]| Page {
            objects: keys.iter().map(|&key| Object { key: key.to_owned(), ..Object::default() }).collect(),
            next: None,
        };
        assert!(
            keys(&["b", "c"]).follows(None) && keys(&["b", "c"]).follows(Some("a")) && keys(&[]).follows(Some("a"))
        );
        assert!(!keys(&["b", "c"]).follows(Some("c")) && !keys(&["b", "b"]).follows(None));
    }

    #[test]
    fn what_is_no_whole_page_is_told() {
        let whole = listing("<Contents><Key>a</Key><Size>1</Size></Contents>");
        for cut in 0..whole.len() {
            assert!(page(&whole.as_bytes()[..cut]).is_err(), "{}", &whole[..cut]);
        }
        for inner in ["<IsTruncated>true</IsTruncated>", "<Contents><Size>x</Size></Contents>", "&unknown;"] {
            assert!(page(listing(inner).as_bytes()).is_err(), "{inner}");
        }
        assert!(page(b"<html><body>Login</body></html>").is_err());
    }
}
