//! Large values that come again and again in the same words are read once.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;
use std::thread::LocalKey;

use serde::de::{DeserializeOwned, Deserializer, Error, Visitor};

/// The name of a newtype by which a reader is asked for a value's JSON as it stands, if it can lend it.
pub(crate) const AS_JSON: &str = "$sanzi::json";

/// The last few values of one type that were read, each with its JSON.
pub(crate) struct Kept<T>(RefCell<VecDeque<(Box<str>, Arc<T>)>>);

const MOST: usize = 4;

impl<T> Kept<T> {
    pub(crate) const fn new() -> Kept<T> {
        Kept(RefCell::new(VecDeque::new()))
    }
}

impl<T: DeserializeOwned> Kept<T> {
    fn read(&self, json: &str) -> serde_json::Result<Arc<T>> {
        if let Some((_, value)) = self.0.borrow().iter().find(|(text, _)| **text == *json) {
            return Ok(Arc::clone(value));
        }
        let value = Arc::new(serde_json::from_str(json)?);
        let mut kept = self.0.borrow_mut();
        kept.truncate(MOST.saturating_sub(1));
        kept.push_front((json.into(), Arc::clone(&value)));
        Ok(value)
    }
}

/// Reads a value; where the reader can lend its JSON, the same JSON gives the same value, which is then shared.
pub(crate) fn shared<'de, D, T>(deserializer: D, kept: &'static LocalKey<Kept<T>>) -> Result<Arc<T>, D::Error>
where
    D: Deserializer<'de>,
    T: DeserializeOwned,
{
    deserializer.deserialize_newtype_struct(AS_JSON, Either(kept, PhantomData))
}

/// Reads a value from its JSON, or in the ordinary way.
struct Either<T: 'static>(&'static LocalKey<Kept<T>>, PhantomData<T>);

impl<'de, T: DeserializeOwned> Visitor<'de> for Either<T> {
    type Value = Arc<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_borrowed_str<E: Error>(self, json: &'de str) -> Result<Arc<T>, E> {
        self.0.with(|kept| kept.read(json)).map_err(E::custom)
    }

    fn visit_newtype_struct<D: Deserializer<'de>>(self, deserializer: D) -> Result<Arc<T>, D::Error> {
        T::deserialize(deserializer).map(Arc::new)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_words_give_the_same_value_and_others_their_own() {
        let kept = Kept::<Vec<u32>>::new();
        let first = kept.read("[1,2]").unwrap();
        assert!(kept.read("[1,2").is_err() && kept.read("\"[1,2]\"").is_err());
        assert!(Arc::ptr_eq(&first, &kept.read("[1,2]").unwrap()));
        for n in 0..10_u32 {
            assert_eq!(*kept.read(&format!("[{n}]")).unwrap(), [n]);
        }
        assert_eq!(kept.0.borrow().len(), MOST);
        let again = kept.read("[1,2]").unwrap();
        assert!(again == first && !Arc::ptr_eq(&again, &first), "only the last few are kept");
    }
}
