//! Texts to small numbers, in little memory: a file with a million meters costs some 25 bytes for each.

use crate::swar::halves;
use std::hash::{BuildHasher, RandomState};

/// Numbers distinct texts from 0 in the order of their first appearance.
///
/// One arena holds all texts and one open-addressing table their numbers.
#[derive(Debug, Default)]
pub(crate) struct Interner {
    arena: Vec<u8>,
    /// End of each text in the arena.
    ends: Vec<u32>,
    /// Number + 1 of the text in each slot; 0 where the slot is free. The length is a power of two.
    slots: Vec<u32>,
    /// Keys of the hash.
    keys: Keys,
}

/// Two random numbers, so that no sender can choose meter numbers that collide.
#[derive(Debug)]
struct Keys(u64, u64);

impl Default for Keys {
    fn default() -> Self {
        let random = RandomState::new();
        Self(random.hash_one(1u8), random.hash_one(2u8))
    }
}

impl Keys {
    /// A hash of short texts: each sixteen bytes are folded by one wide multiplication with the keys.
    fn hash(&self, text: &[u8]) -> u64 {
        let mut hash = self.0 ^ text.len() as u64;
        for part in text.chunks(16) {
            let mut bytes = [0; 16];
            bytes[..part.len()].copy_from_slice(part);
            let wide = u128::from_le_bytes(bytes);
            let [low, high] = halves(wide);
            let [low, high] = halves(u128::from(low ^ hash) * u128::from(high ^ self.1));
            hash = low ^ high;
        }
        hash
    }
}

/// More texts than [`Interner::MOST`], or more of them than the arena may hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Full;

impl Interner {
    /// Most distinct texts.
    pub(crate) const MOST: u32 = 1024 * 1024;
    /// Most bytes of all texts: 64 for each, which is the longest that the formats believe to be a name.
    const MOST_BYTES: u32 = 64 * Self::MOST;

    /// The number of `text`, and whether it is new.
    pub(crate) fn intern(&mut self, text: &[u8]) -> Result<(u32, bool), Full> {
        if self.ends.len() * 2 >= self.slots.len() {
            self.grow();
        }
        let slot = match self.slot(text) {
            Ok(number) => return Ok((number, false)),
            Err(free) => free,
        };
        let number = u32::try_from(self.ends.len()).ok().filter(|&n| n < Self::MOST).ok_or(Full)?;
        let end =
            u32::try_from(self.arena.len() + text.len()).ok().filter(|&end| end <= Self::MOST_BYTES).ok_or(Full)?;
        self.arena.extend_from_slice(text);
        self.ends.push(end);
        self.slots[slot] = number + 1;
        Ok((number, true))
    }

    /// The number of `text`, where it has one.
    pub(crate) fn find(&self, text: &[u8]) -> Option<u32> {
        if self.slots.is_empty() { None } else { self.slot(text).ok() }
    }

    /// The number of `text`, or the free slot that is its own.
    fn slot(&self, text: &[u8]) -> Result<u32, usize> {
        let mut slot = self.slot_of(text);
        loop {
            match self.slots[slot] {
                0 => return Err(slot),
                taken if self.text(taken - 1) == text => return Ok(taken - 1),
                _ => slot = (slot + 1) & (self.slots.len() - 1),
            }
        }
    }

    /// The text of a number that [`Interner::intern`] has given.
    pub(crate) fn text(&self, number: u32) -> &[u8] {
        let number = number as usize;
        let start = if number == 0 { 0 } else { self.ends[number - 1] as usize };
        &self.arena[start..self.ends[number] as usize]
    }

    fn slot_of(&self, text: &[u8]) -> usize {
        let mask = self.slots.len() as u64 - 1;
        usize::try_from(self.keys.hash(text) & mask).unwrap_or_default()
    }

    fn grow(&mut self) {
        self.slots = vec![0; (self.slots.len() * 2).max(64)];
        for number in 0..u32::try_from(self.ends.len()).unwrap_or(u32::MAX) {
            let mut slot = self.slot_of(self.text(number));
            while self.slots[slot] != 0 {
                slot = (slot + 1) & (self.slots.len() - 1);
            }
            self.slots[slot] = number + 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_text_keeps_its_number() {
        let mut interner = Interner::default();
        assert_eq!(interner.find(b"7"), None);
        for round in 0..2 {
            for number in 0..10_000u32 {
                assert_eq!(interner.intern(number.to_string().as_bytes()), Ok((number, round == 0)));
            }
        }
        assert_eq!((interner.find(b"7"), interner.find(b"")), (Some(7), None));
        assert_eq!(interner.intern(b""), Ok((10_000, true)));
        assert_eq!(interner.intern(b""), Ok((10_000, false)));
    }

    #[test]
    fn a_full_interner_takes_no_new_text_and_still_knows_the_others() {
        let mut interner = Interner::default();
        for number in 0..Interner::MOST {
            assert_eq!(interner.intern(&number.to_le_bytes()), Ok((number, true)));
        }
        assert_eq!(interner.intern(b"one more"), Err(Full));
        assert_eq!(interner.intern(&7u32.to_le_bytes()), Ok((7, false)));
        assert!(interner.slots.len() <= 4 * Interner::MOST as usize);
    }

    #[test]
    fn the_bytes_of_all_texts_are_bounded_too() {
        let mut interner = Interner::default();
        for number in 0..64u8 {
            assert!(interner.intern(&vec![number; 1024 * 1024]).is_ok());
        }
        assert_eq!(interner.intern(b"x"), Err(Full));
    }
}
