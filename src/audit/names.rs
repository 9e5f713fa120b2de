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

    pub(super) fn text(&self, name: Name) -> Arc<str> {
        self.texts.get(name.place()).map_or_else(|| "".into(), Arc::clone)
    }

    pub(super) fn len(&self) -> usize {
        self.texts.len()
    }
}
