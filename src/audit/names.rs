//! Names by number: a log names the same few people, accounts and assets again and again, and numbers are compared at once.

use std::num::NonZeroU32;
use std::sync::Arc;

use foldhash::HashMap;

/// The number of a name in one [`Names`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Name(NonZeroU32);

impl Name {
    fn at(place: usize) -> Option<Name> {
        u32::try_from(place).ok().and_then(|place| NonZeroU32::new(place.checked_add(1)?)).map(Name)
    }

    /// Its place among all names, from 0.
    pub(super) fn place(self) -> usize {
        usize::try_from(self.0.get().saturating_sub(1)).unwrap_or(usize::MAX)
    }

    /// One of 64 bits: two names of different bits are not the same.
    #[cfg(feature = "audit")]
    pub(super) const fn bit(self) -> u64 {
        1 << (self.0.get() % u64::BITS)
    }
}

/// Each name once.
#[derive(Debug, Default)]
pub(super) struct Names {
    numbers: HashMap<Arc<str>, Name>,
    texts: Vec<Arc<str>>,
}

impl Names {
    /// `None` only where there are more names than numbers.
    pub(super) fn number(&mut self, text: &str) -> Option<Name> {
        if let Some(name) = self.numbers.get(text) {
            return Some(*name);
        }
        let name = Name::at(self.texts.len())?;
        let text: Arc<str> = text.into();
        self.texts.push(text.clone());
        self.numbers.insert(text, name);
        Some(name)
    }

    /// A name that is not asked for again: of a case.
    pub(super) fn add(&mut self, text: Arc<str>) -> Option<Name> {
        let name = Name::at(self.texts.len())?;
        self.texts.push(text);
        Some(name)
    }

    pub(super) fn text(&self, name: Name) -> Arc<str> {
        self.texts.get(name.place()).map_or_else(|| "".into(), Arc::clone)
    }

    /// Gives a name that has a number of `known` the number that it has here.
    pub(super) fn renaming(&mut self, known: &Names) -> impl FnMut(&mut Name) {
        let mut numbers: Vec<Option<Name>> = vec![None; known.len()];
        move |name| {
            if let Some(number) = numbers.get_mut(name.place()) {
                *number = number.or_else(|| self.number(&known.text(*name)));
                *name = number.unwrap_or(*name);
            }
        }
    }

    pub(super) fn len(&self) -> usize {
        self.texts.len()
    }
}

/// Something for each name that was met, found by its number.
pub(super) struct ByName<T> {
    /// One more than the place in the list; 0 where the name was not met.
    places: Vec<u32>,
    list: Vec<(Name, T)>,
}

impl<T: Default> ByName<T> {
    pub(super) const fn new() -> ByName<T> {
        ByName { places: Vec::new(), list: Vec::new() }
    }

    pub(super) fn get(&self, name: Name) -> Option<&T> {
        let place = self.places.get(name.place()).copied()?.checked_sub(1)?;
        self.list.get(usize::try_from(place).ok()?).map(|(_, of)| of)
    }

    /// What there is for a name; what is met first has the default.
    pub(super) fn of(&mut self, name: Name, then: impl FnOnce(&mut T)) {
        if self.places.len() <= name.place() {
            self.places.resize(name.place().saturating_add(1), 0);
        }
        let Some(place) = self.places.get_mut(name.place()) else { return };
        if *place == 0 {
            self.list.push((name, T::default()));
            *place = u32::try_from(self.list.len()).unwrap_or(0);
        }
        let known = place.checked_sub(1).and_then(|place| self.list.get_mut(usize::try_from(place).ok()?));
        if let Some((_, of)) = known {
            then(of);
        }
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &(Name, T)> {
        self.list.iter()
    }

    pub(super) fn into_iter(self) -> impl Iterator<Item = (Name, T)> {
        self.list.into_iter()
    }
}
