//! What a month holds, in few words: counted by the source, and counted again here from the rows that came.
//!
//! The hash of a row is that of Postgres itself, by which it spreads rows over partitions, so it is the same in all its
//! versions: 64 bits of Bob Jenkins' lookup3 over the value, begun with the hash of the time, begun with that of the
//! keys. The hashes of all rows are added up, so their order does not matter and equal rows count each.

use super::{Month, table::Number};

/// What is known of the rows of a month.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Fingerprint {
    pub(super) month: Month,
    pub(super) rows: u64,
    /// As the source printed it; of floating-point numbers it depends on the order of rows and is left out.
    pub(super) sum: Option<String>,
    pub(super) min: String,
    pub(super) max: String,
    pub(super) hash: String,
}

impl Fingerprint {
    /// As it is kept.
    pub(super) fn text(&self, meaning: &str) -> String {
        format!("{meaning} | {self}")
    }
}

impl std::fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} rows from {} to {}, ", self.rows, self.min, self.max)?;
        if let Some(sum) = &self.sum {
            write!(f, "sum {sum}, ")?;
        }
        write!(f, "hash {}", self.hash)
    }
}

/// A value on its way.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Value {
    Whole(i64),
    Floating(f64),
}

/// What came of a month so far.
#[derive(Clone, Debug)]
pub(super) struct Came {
    rows: u64,
    sum: i128,
    least: Value,
    most: Value,
    hash: i128,
}

impl Came {
    /// A month of which nothing came yet.
    pub(super) const fn nothing(number: Number) -> Self {
        let (least, most) = match number {
            Number::Whole => (Value::Whole(i64::MAX), Value::Whole(i64::MIN)),
            Number::Floating => (Value::Floating(f64::INFINITY), Value::Floating(f64::NEG_INFINITY)),
        };
        Self { rows: 0, sum: 0, least, most, hash: 0 }
    }

    /// Takes a row: its instant in microseconds since 2000, and the hash of its keys.
    pub(super) fn push(&mut self, value: Value, instant: i64, seed: u64) {
        let seed = hash_long(instant, seed);
        self.rows += 1;
        let hash = match (value, &mut self.least, &mut self.most) {
            (Value::Whole(value), Value::Whole(least), Value::Whole(most)) => {
                self.sum += i128::from(value);
                (*least, *most) = (value.min(*least), value.max(*most));
                hash_long(value, seed)
            }
            (Value::Floating(value), Value::Floating(least), Value::Floating(most)) => {
                (*least, *most) = (value.min(*least), value.max(*most));
                hash_double(value, seed)
            }
            // A column has one type; another hash shows that this went wrong.
            _ => 0,
        };
        self.hash += i128::from(hash.cast_signed());
    }

    /// Whether it is what the source said.
    pub(super) fn is(&self, said: &Fingerprint) -> bool {
        let same = |value: Value, text: &str| match value {
            Value::Whole(value) => text == value.to_string(),
            Value::Floating(value) => text.parse() == Ok(value),
        };
        self.rows == said.rows
            && said.sum.as_ref().is_none_or(|sum| *sum == self.sum.to_string())
            && same(self.least, &said.min)
            && same(self.most, &said.max)
            && said.hash == self.hash.to_string()
    }
}

impl std::fmt::Display for Came {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} rows with the hash {}", self.rows, self.hash)
    }
}

/// `hashint8extended`: the upper half is folded into the lower one so that equal numbers of any width have one hash.
fn hash_long(value: i64, seed: u64) -> u64 {
    let bits = value.cast_unsigned();
    let (low, high) = (low_half(bits), low_half(bits >> 32));
    hash_word(low ^ if value >= 0 { high } else { !high }, seed)
}

/// `hashfloat8extended`.
fn hash_double(value: f64, seed: u64) -> u64 {
    // Both zeros are equal.
    if value == 0.0 {
        return seed;
    }
    let bits = value.to_bits();
    let (mut a, mut b, mut c) = begin(8, seed);
    b = b.wrapping_add(low_half(bits >> 32));
    a = a.wrapping_add(low_half(bits));
    finish(&mut a, &mut b, &mut c);
    join(b, c)
}

/// `hash_bytes_uint32_extended`.
fn hash_word(word: u32, seed: u64) -> u64 {
    let (mut a, mut b, mut c) = begin(4, seed);
    a = a.wrapping_add(word);
    finish(&mut a, &mut b, &mut c);
    join(b, c)
}

/// The state before a key of some bytes.
fn begin(length: u32, seed: u64) -> (u32, u32, u32) {
    let start = 0x9e37_79b9_u32.wrapping_add(length).wrapping_add(3_923_095);
    let (mut a, mut b, mut c) = (start, start, start);
    if seed != 0 {
        a = a.wrapping_add(low_half(seed >> 32));
        b = b.wrapping_add(low_half(seed));
        mix(&mut a, &mut b, &mut c);
    }
    (a, b, c)
}

fn join(high: u32, low: u32) -> u64 {
    u64::from(high) << 32 | u64::from(low)
}

#[expect(clippy::cast_possible_truncation, reason = "the lower half is what is wanted")]
const fn low_half(bits: u64) -> u32 {
    bits as u32
}

/// lookup3's `mix`.
fn mix(a: &mut u32, b: &mut u32, c: &mut u32) {
    *a = a.wrapping_sub(*c) ^ c.rotate_left(4);
    *c = c.wrapping_add(*b);
    *b = b.wrapping_sub(*a) ^ a.rotate_left(6);
    *a = a.wrapping_add(*c);
    *c = c.wrapping_sub(*b) ^ b.rotate_left(8);
    *b = b.wrapping_add(*a);
    *a = a.wrapping_sub(*c) ^ c.rotate_left(16);
    *c = c.wrapping_add(*b);
    *b = b.wrapping_sub(*a) ^ a.rotate_left(19);
    *a = a.wrapping_add(*c);
    *c = c.wrapping_sub(*b) ^ b.rotate_left(4);
    *b = b.wrapping_add(*a);
}

/// lookup3's `final`.
fn finish(a: &mut u32, b: &mut u32, c: &mut u32) {
    *c = (*c ^ *b).wrapping_sub(b.rotate_left(14));
    *a = (*a ^ *c).wrapping_sub(c.rotate_left(11));
    *b = (*b ^ *a).wrapping_sub(a.rotate_left(25));
    *c = (*c ^ *b).wrapping_sub(b.rotate_left(16));
    *a = (*a ^ *c).wrapping_sub(c.rotate_left(4));
    *b = (*b ^ *a).wrapping_sub(a.rotate_left(14));
    *c = (*c ^ *b).wrapping_sub(b.rotate_left(24));
}
