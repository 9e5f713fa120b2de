//! One pass over a record's body that also makes the value of it: whoever needs both reads the text once.

use std::fmt;

use serde::Deserialize;
use serde::de::value::BorrowedStrDeserializer;
use serde::de::{DeserializeSeed, Deserializer, EnumAccess, MapAccess, SeqAccess, VariantAccess, Visitor};

use super::canonical::{Inside, MAX_DEPTH, Scan, order};
use crate::value::kept::AS_JSON;

/// The text is not canonical, or not of the type, or spelled in a way that is seldom seen. What it is, and where, the two
/// passes tell: [`canonical::check`](super::canonical::check), and serde_json.
#[derive(Debug)]
pub(super) struct Unread;

type Read<T> = Result<T, Unread>;

/// Reads the canonical value that `text` has at `start`, and says where it ends. Whatever this accepts is canonical, and
/// serde_json makes the same value of it.
pub(super) fn value<'de, T: Deserialize<'de>>(text: &'de str, start: usize) -> Read<(T, usize)> {
    let mut reader = Reader { scan: Scan { text, at: start }, depth: 0 };
    let value = T::deserialize(&mut reader)?;
    Ok((value, reader.scan.at))
}

struct Reader<'de> {
    scan: Scan<'de>,
    /// Objects and lists around this place.
    depth: u32,
}

impl<'de> Reader<'de> {
    fn eat(&mut self, byte: u8) -> Read<()> {
        if self.scan.eat(byte) { Ok(()) } else { Err(Unread) }
    }

    /// Steps over a string's text; one with escapes is seldom worth a way of its own.
    fn plain(&mut self) -> Read<&'de str> {
        let Inside { text, has_escapes } = self.inside()?;
        if has_escapes { Err(Unread) } else { Ok(text) }
    }

    fn inside(&mut self) -> Read<Inside<'de>> {
        if self.scan.peek() == Some(b'"') { Ok(self.scan.string()?) } else { Err(Unread) }
    }

    /// What is between an opening and a closing mark, and all of it.
    fn between<T>(&mut self, open: u8, close: u8, read: impl FnOnce(&mut Self) -> Read<T>) -> Read<T> {
        if self.depth >= MAX_DEPTH {
            return Err(Unread);
        }
        self.eat(open)?;
        self.depth = self.depth.saturating_add(1);
        let value = read(self)?;
        self.depth = self.depth.saturating_sub(1);
        self.eat(close)?;
        Ok(value)
    }
}

macro_rules! as_number {
    ($($method:ident)*) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Read<V::Value> {
            self.deserialize_u64(visitor)
        }
    )*};
}

macro_rules! as_text {
    ($($method:ident)*) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Read<V::Value> {
            self.deserialize_str(visitor)
        }
    )*};
}

/// Each kind of value is read only where it was asked for, as serde_json does it.
impl<'de> Deserializer<'de> for &mut Reader<'de> {
    type Error = Unread;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Read<V::Value> {
        match self.scan.peek() {
            Some(b'"') => self.deserialize_str(visitor),
            Some(b'{') => self.deserialize_map(visitor),
            Some(b'[') => self.deserialize_seq(visitor),
            Some(b't' | b'f') => self.deserialize_bool(visitor),
            Some(b'n') => self.deserialize_unit(visitor),
            _ => self.deserialize_u64(visitor),
        }
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Read<V::Value> {
        let is_true = self.scan.peek() == Some(b't');
        self.scan.word(if is_true { b"true" } else { b"false" })?;
        visitor.visit_bool(is_true)
    }

    fn deserialize_u64<V: Visitor<'de>>(self, visitor: V) -> Read<V::Value> {
        let number = self.scan.number()?;
        match i64::try_from(number.digits) {
            Ok(whole) if number.minus => visitor.visit_i64(whole.saturating_neg()),
            _ => visitor.visit_u64(number.digits),
        }
    }

    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Read<V::Value> {
        let inside = self.inside()?;
        if inside.has_escapes { visitor.visit_string(inside.unescaped()?) } else { visitor.visit_borrowed_str(inside.text) }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Read<V::Value> {
        if self.scan.peek() == Some(b'n') {
            self.scan.word(b"null")?;
            return visitor.visit_none();
        }
        visitor.visit_some(self)
    }

    fn deserialize_unit<V: Visitor<'de>>(self, visitor: V) -> Read<V::Value> {
        self.scan.word(b"null")?;
        visitor.visit_unit()
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, name: &'static str, visitor: V) -> Read<V::Value> {
        if name != AS_JSON {
            return visitor.visit_newtype_struct(self);
        }
        let start = self.scan.at;
        self.scan.value(self.depth)?;
        visitor.visit_borrowed_str(self.scan.text.get(start..self.scan.at).unwrap_or_default())
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Read<V::Value> {
        self.between(b'[', b']', |reader| visitor.visit_seq(List { reader, begun: false }))
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Read<V::Value> {
        self.between(b'{', b'}', |reader| visitor.visit_map(Fields { reader, before: None }))
    }

    fn deserialize_enum<V: Visitor<'de>>(self, _: &'static str, _: &'static [&'static str], visitor: V) -> Read<V::Value> {
        if self.scan.peek() == Some(b'"') {
            return visitor.visit_enum(BorrowedStrDeserializer::new(self.plain()?));
        }
        self.between(b'{', b'}', |reader| visitor.visit_enum(Variant { reader }))
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Read<V::Value> {
        self.scan.value(self.depth)?;
        visitor.visit_unit()
    }

    fn deserialize_struct<V: Visitor<'de>>(self, _: &'static str, _: &'static [&'static str], visitor: V) -> Read<V::Value> {
        self.deserialize_map(visitor)
    }

    fn deserialize_tuple<V: Visitor<'de>>(self, _: usize, visitor: V) -> Read<V::Value> {
        self.deserialize_seq(visitor)
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(self, _: &'static str, _: usize, visitor: V) -> Read<V::Value> {
        self.deserialize_seq(visitor)
    }

    fn deserialize_unit_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Read<V::Value> {
        self.deserialize_unit(visitor)
    }

    fn deserialize_bytes<V: Visitor<'de>>(self, _: V) -> Read<V::Value> {
        Err(Unread)
    }

    fn deserialize_byte_buf<V: Visitor<'de>>(self, _: V) -> Read<V::Value> {
        Err(Unread)
    }

    as_number! { deserialize_i8 deserialize_i16 deserialize_i32 deserialize_i64 deserialize_u8 deserialize_u16 deserialize_u32 }
    as_number! { deserialize_f32 deserialize_f64 }
    as_text! { deserialize_char deserialize_string deserialize_identifier }
}

struct List<'r, 'de> {
    reader: &'r mut Reader<'de>,
    begun: bool,
}

impl<'de> SeqAccess<'de> for List<'_, 'de> {
    type Error = Unread;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Read<Option<T::Value>> {
        if self.reader.scan.peek() == Some(b']') {
            return Ok(None);
        }
        if self.begun {
            self.reader.eat(b',')?;
        }
        self.begun = true;
        seed.deserialize(&mut *self.reader).map(Some)
    }
}

/// The fields of an object, which come in order.
struct Fields<'r, 'de> {
    reader: &'r mut Reader<'de>,
    before: Option<Inside<'de>>,
}

impl<'de> MapAccess<'de> for Fields<'_, 'de> {
    type Error = Unread;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Read<Option<K::Value>> {
        if self.reader.scan.peek() == Some(b'}') {
            return Ok(None);
        }
        if self.before.is_some() {
            self.reader.eat(b',')?;
        }
        let name = Inside { text: self.reader.plain()?, has_escapes: false };
        if self.before.is_some_and(|before| order(before, name).is_ge()) {
            return Err(Unread);
        }
        self.before = Some(name);
        seed.deserialize(BorrowedStrDeserializer::new(name.text)).map(Some)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Read<V::Value> {
        self.reader.eat(b':')?;
        seed.deserialize(&mut *self.reader)
    }
}

/// An object of one field, whose name says which variant its value is.
struct Variant<'r, 'de> {
    reader: &'r mut Reader<'de>,
}

impl<'de> EnumAccess<'de> for Variant<'_, 'de> {
    type Error = Unread;
    type Variant = Self;

    fn variant_seed<V: DeserializeSeed<'de>>(self, seed: V) -> Read<(V::Value, Self)> {
        let name = seed.deserialize(BorrowedStrDeserializer::<Unread>::new(self.reader.plain()?))?;
        self.reader.eat(b':')?;
        Ok((name, self))
    }
}

impl<'de> VariantAccess<'de> for Variant<'_, 'de> {
    type Error = Unread;

    fn unit_variant(self) -> Read<()> {
        Deserialize::deserialize(self.reader)
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Read<T::Value> {
        seed.deserialize(self.reader)
    }

    fn tuple_variant<V: Visitor<'de>>(self, _: usize, visitor: V) -> Read<V::Value> {
        self.reader.deserialize_seq(visitor)
    }

    fn struct_variant<V: Visitor<'de>>(self, _: &'static [&'static str], visitor: V) -> Read<V::Value> {
        self.reader.deserialize_map(visitor)
    }
}

impl fmt::Display for Unread {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not read in one pass")
    }
}

impl std::error::Error for Unread {}

impl serde::de::Error for Unread {
    fn custom<T: fmt::Display>(_: T) -> Unread {
        Unread
    }
}

impl From<super::CanonicalError> for Unread {
    fn from(_: super::CanonicalError) -> Unread {
        Unread
    }
}

impl From<serde_json::Error> for Unread {
    fn from(_: serde_json::Error) -> Unread {
        Unread
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::sync::Arc;

    use proptest::prelude::*;
    use serde::Serialize;
    use serde::de::IgnoredAny;

    use super::super::canonical;
    use super::*;
    use crate::value::canonical_json;
    use crate::value::kept::{self, Kept};

    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
    enum Kind {
        Unit,
        New(i64),
        Pair(u8, bool),
        Fields { a: String, b: Option<char> },
    }

    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Shape {
        kinds: Vec<Kind>,
        by_name: BTreeMap<String, u32>,
        half: f64,
        nothing: (),
        #[serde(default, skip_serializing_if = "Option::is_none")]
        inner: Option<Box<Shape>>,
    }

    fn shape() -> impl Strategy<Value = Shape> {
        let text = || "[a-z\"\\n元é😀]{0,5}";
        let kind = prop_oneof![
            Just(Kind::Unit),
            (-9_007_199_254_740_991_i64..=9_007_199_254_740_991).prop_map(Kind::New),
            any::<(u8, bool)>().prop_map(|(a, b)| Kind::Pair(a, b)),
            (text(), proptest::option::of(any::<char>())).prop_map(|(a, b)| Kind::Fields { a, b }),
        ];
        let names = proptest::collection::btree_map("[a-z元\u{fb33}😀]{0,3}", any::<u32>(), 0..4);
        let flat = (proptest::collection::vec(kind, 0..4), names, any::<i32>());
        let shape = |(kinds, by_name, half)| Shape { kinds, by_name, half: f64::from(half), nothing: (), inner: None };
        proptest::collection::vec(flat.prop_map(shape), 1..3).prop_map(|shapes| {
            let nest = |inner: Option<Box<Shape>>, shape| Some(Box::new(Shape { inner, ..shape }));
            *shapes.into_iter().fold(None, nest).unwrap()
        })
    }

    fn text_of(shape: &Shape) -> String {
        String::from_utf8(canonical_json(shape).unwrap()).unwrap()
    }

    /// The only promise: what is read in one pass is what two passes read.
    fn agrees<T: for<'de> Deserialize<'de> + PartialEq + fmt::Debug>(text: &str) {
        let Ok((read, end)) = value::<T>(text, 0) else { return };
        let value = &text[..end];
        assert_eq!(canonical::check(value, 0), Ok(()), "{text}");
        assert_eq!(serde_json::from_str::<T>(value).unwrap(), read, "{text}");
    }

    proptest! {
        #[test]
        fn what_is_read_in_one_pass_is_what_two_read(shape in shape(), at: prop::sample::Index, byte in 0x20_u8..0x7f, more in any::<bool>()) {
            let text = text_of(&shape);
            prop_assert_eq!(value::<Shape>(&text, 0).unwrap(), (shape, text.len()));
            let mut bytes = text.into_bytes();
            let at = at.index(bytes.len());
            if more { bytes.insert(at, byte) } else { bytes[at] = byte }
            let Ok(changed) = String::from_utf8(bytes) else { return Ok(()) };
            agrees::<Shape>(&changed);
            agrees::<serde_json::Value>(&changed);
            prop_assert_eq!(value::<IgnoredAny>(&changed, 0).ok().map(|(_, end)| end), canonical::end(&changed, 0).ok());
        }
    }

    thread_local! {
        static KEPT: Kept<Kind> = const { Kept::new() };
    }

    #[derive(Debug, PartialEq, Deserialize)]
    struct Shared(#[serde(deserialize_with = "shared")] Arc<Kind>);

    fn shared<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Arc<Kind>, D::Error> {
        kept::shared(deserializer, &KEPT)
    }

    #[test]
    fn what_is_kept_is_checked_each_time_and_shared() {
        let read = |text| value::<Vec<Shared>>(text, 0).map(|(list, _)| list);
        let list = read(r#"[{"New":1},{"New":2},{"New":1}]"#).unwrap();
        assert!(Arc::ptr_eq(&list[0].0, &list[2].0) && !Arc::ptr_eq(&list[0].0, &list[1].0));
        assert_eq!(serde_json::from_str::<Vec<Shared>>(r#"[{"New":1},{"New":2},{"New":1}]"#).unwrap(), list);
        for text in [r#"[{"New": 1}]"#, r#"["{\"New\":1}"]"#, r#"[{"New":1}"#, r#"[{"Other":1}]"#] {
            assert!(read(text).is_err(), "{text}");
        }
    }

    #[test]
    fn every_other_spelling_is_left_to_two_passes() {
        let text = |kinds: &str| format!(r#"{{"by_name":{{"a":1,"b":2}},"half":1,"kinds":[{kinds}],"nothing":null}}"#);
        let read = |text: &str| value::<Shape>(text, 0).is_ok();
        assert!(read(&text(r#""Unit",{"Unit":null},{"New":-1},{"Pair":[1,true]},{"Fields":{"a":"\n","b":null}}"#)));
        for kinds in [
            " ",
            ",",
            r#""Unit","#,
            r#""Uni\u0074""#,
            r#"{"New":-0}"#,
            r#"{"New":01}"#,
            r#"{"New":1.0}"#,
            r#"{"New":1e3}"#,
            r#"{"New":9007199254740992}"#,
            r#"{"New":1,"New":1}"#,
            r#"{"New":1,}"#,
            r#"{"New" :1}"#,
            r#"{"New":1"#,
            r#"{"Pair":[1,true,1]}"#,
            r#"{"Pair":[1,true,]}"#,
            r#"{"Pair":[1,truex]}"#,
            r#"{"Pair":[256,true]}"#,
            r#"{"Fields":{"b":null,"a":""}}"#,
            r#"{"Fields":{"a":"","a":"","b":null}}"#,
            r#"{"Fields":{"a":"\/","b":null}}"#,
            "{\"Fields\":{\"a\":\"\u{1}\",\"b\":null}}",
            r#"{"Fields":["",null]}"#,
        ] {
            assert!(!read(&text(kinds)), "{kinds}");
        }
        let good = text("");
        for (from, to) in [
            ("\"half\":1", "\"half\":1,\"half\":1"),
            ("\"a\":1,\"b\":2", "\"b\":2,\"a\":1"),
            ("\"a\":1,\"b\":2", "\"a\":1,\"a\":2"),
            ("null", "nul"),
            ("1,", "1,,"),
        ] {
            assert!(read(&good) && !read(&good.replacen(from, to, 1)), "{to}");
        }
        let deep = |levels: usize| format!("{}{}", "[".repeat(levels), "]".repeat(levels));
        assert!(value::<serde_json::Value>(&deep(64), 0).is_ok() && value::<serde_json::Value>(&deep(65), 0).is_err());
        assert!(value::<IgnoredAny>(&deep(64), 0).is_ok() && value::<IgnoredAny>(&deep(65), 0).is_err());
    }
}
