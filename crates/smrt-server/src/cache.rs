//! Answers that were given before, for as long as the database says the same.
//!
//! An answer belongs to a state of the database; when anybody commits anything, all that are kept are forgotten. Whoever
//! has an answer already and asks again is told just that it still holds.

use crate::{body::Whole, form::Form};
use std::{
    collections::{HashMap, VecDeque},
    hash::{BuildHasher, RandomState},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

/// Most bytes of answers that are kept, with what it takes to find them.
const MOST: usize = 24 << 20;
/// What an answer takes besides its body and its question, which is kept twice.
const ASIDE: usize = 512;

/// What was asked, in one text, and in which form the answer is wanted: packed or not.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Key {
    pub(crate) form: Form,
    pub(crate) packed: bool,
    pub(crate) question: String,
}

/// An answer.
#[derive(Debug)]
pub(crate) struct Kept {
    pub(crate) body: Whole,
    /// The address of the next page.
    pub(crate) next: Option<String>,
}

/// Answers by what was asked.
#[derive(Debug, Default)]
pub(crate) struct Cache {
    state: Mutex<State>,
    /// Tells the tags of this process from those of the one before.
    random: RandomState,
}

#[derive(Debug, Default)]
struct State {
    mark: i64,
    kept: HashMap<Key, Arc<Kept>>,
    /// In the order they came.
    order: VecDeque<Key>,
    bytes: usize,
}

impl Cache {
    /// The tag of an answer in a state of the database. It is a weak one, because the packed and the plain body share it.
    pub(crate) fn tag(&self, mark: i64, key: &Key) -> String {
        format!("W/\"{:016x}\"", self.random.hash_one((mark, key.form, &key.question)))
    }

    /// The answer, where it still holds.
    pub(crate) fn find(&self, mark: i64, key: &Key) -> Option<Arc<Kept>> {
        let state = self.lock();
        if state.mark == mark { state.kept.get(key).cloned() } else { None }
    }

    /// Keeps an answer that was made when the database was in a state, or before.
    pub(crate) fn keep(&self, mark: i64, key: Key, kept: &Arc<Kept>) {
        let taken = size(&key, kept);
        if taken > MOST / 4 {
            return;
        }
        let mut state = self.lock();
        if state.mark != mark {
            *state = State { mark, ..State::default() };
        }
        if state.kept.insert(key.clone(), Arc::clone(kept)).is_none() {
            state.order.push_back(key);
            state.bytes += taken;
        }
        while state.bytes > MOST {
            let Some(oldest) = state.order.pop_front() else { break };
            if let Some(gone) = state.kept.remove(&oldest) {
                state.bytes -= size(&oldest, &gone);
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Bytes that keeping an answer takes.
fn size(key: &Key, kept: &Kept) -> usize {
    kept.body.bytes.len() + 2 * key.question.len() + ASIDE
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(text: &str) -> Key {
        Key { form: Form::Json, packed: false, question: text.to_owned() }
    }

    fn kept(bytes: Vec<u8>) -> Arc<Kept> {
        Arc::new(Kept { body: Whole { bytes: bytes.into(), is_packed: false }, next: None })
    }

    #[test]
    fn an_answer_holds_until_anything_changes() {
        let (cache, kept) = (Cache::default(), kept(b"abc".to_vec()));
        cache.keep(1, key("a"), &kept);
        assert!(cache.find(1, &key("a")).is_some_and(|found| found.body.bytes == "abc"));
        let packed = Key { packed: true, ..key("a") };
        assert!(cache.find(2, &key("a")).is_none() && cache.find(1, &key("b")).is_none());
        assert!(cache.find(1, &packed).is_none(), "whoever takes no packed bytes must not get any");
        assert_ne!(cache.tag(1, &key("a")), cache.tag(2, &key("a")));
        assert_eq!(cache.tag(1, &key("a")), cache.tag(1, &packed));
        cache.keep(2, key("b"), &kept);
        assert!(cache.find(1, &key("a")).is_none() && cache.find(2, &key("b")).is_some());
    }

    #[test]
    fn memory_is_bounded() {
        let (cache, large) = (Cache::default(), kept(vec![0; MOST / 5]));
        for number in 0..20 {
            cache.keep(1, key(&number.to_string()), &large);
        }
        let state = cache.lock();
        assert!(state.bytes <= MOST && state.kept.len() == 4 && state.order.len() == 4);
        drop(state);
        cache.keep(1, key("huge"), &kept(vec![0; MOST]));
        assert!(cache.find(1, &key("huge")).is_none());
        // Small answers to long questions are not for nothing either.
        for number in 0..100_000 {
            cache.keep(1, key(&format!("{number:0>1000}")), &kept(Vec::new()));
        }
        let state = cache.lock();
        assert!(state.kept.len() < MOST / 2000 && state.order.len() == state.kept.len());
    }
}
