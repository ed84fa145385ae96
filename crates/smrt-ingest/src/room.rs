//! Room for so many bytes at once: whoever wants more waits until others have given theirs back.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

/// How much is taken of how much there is.
#[derive(Debug)]
pub(crate) struct Room {
    most: u64,
    taken: Mutex<u64>,
    given_back: Condvar,
}

impl Room {
    /// Room for so many bytes.
    pub(crate) fn of(most: u64) -> Self {
        Self { most, taken: Mutex::default(), given_back: Condvar::default() }
    }

    /// Takes a place as soon as there is room for it. Whatever it weighs, it has room where nothing else is taken: the
    /// one whose turn it is never waits, because all before it have given theirs back.
    pub(crate) fn take(self: &Arc<Self>, weight: u64) -> Place {
        self.wait(weight, &|| false);
        Place { room: Arc::clone(self), weight }
    }

    /// As [`Room::take`]; `None` once `has_ended` says so, which is asked whenever somebody wakes.
    pub(crate) fn take_unless(self: &Arc<Self>, weight: u64, has_ended: &dyn Fn() -> bool) -> Option<Place> {
        self.wait(weight, has_ended);
        let place = Place { room: Arc::clone(self), weight };
        (!has_ended()).then_some(place)
    }

    /// Waits for room, or for the end, and takes it.
    fn wait(&self, weight: u64, has_ended: &dyn Fn() -> bool) {
        let waits = |taken: &mut u64| *taken > 0 && *taken + weight > self.most && !has_ended();
        let taken = self.given_back.wait_while(self.lock(), waits);
        *taken.unwrap_or_else(PoisonError::into_inner) += weight;
    }

    /// Lets those who wait look whether the end has come.
    pub(crate) fn wake(&self) {
        let _taken = self.lock();
        self.given_back.notify_all();
    }

    /// A number is whole whenever somebody panics, so a poisoned lock is as good as any.
    fn lock(&self) -> MutexGuard<'_, u64> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A place in the [`Room`], given back when it is dropped.
#[derive(Debug)]
pub(crate) struct Place {
    room: Arc<Room>,
    weight: u64,
}

impl Drop for Place {
    fn drop(&mut self) {
        *self.room.lock() -= self.weight;
        self.room.given_back.notify_all();
    }
}
