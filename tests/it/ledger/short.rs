//! The short form on paper: a slip of the pen is noticed.

use proptest::prelude::*;
use sanzi::ledger::{Checkpoint, Head, KeyName, ShortForm, ShortFormError};
use sanzi::value::Digest;

use super::Kept;

fn checkpoint(size: u64) -> Checkpoint {
    Checkpoint { origin: KeyName::new("dongtang.example/sanzi").unwrap(), head: Head { size, root: Digest::of_bytes(&size.to_be_bytes()) } }
}

#[test]
fn it_is_read_as_people_write_it() {
    let checkpoint = Checkpoint { head: Kept::of(7).head(7), ..checkpoint(7) };
    let short = ShortForm::of(&checkpoint).unwrap();
    let printed = short.to_string();
    assert_eq!(printed, "SZ1Q QQQQ QQ8E 9S27 H3NH Z99F Y6UR ZY9Q T6N3 ZAZ4 NJQW 6P5U G");
    assert_eq!(printed.to_lowercase().replace(' ', "").parse::<ShortForm>(), Ok(short));
    assert_eq!(format!(" {} ", printed.replace(' ', "\n")).parse::<ShortForm>(), Ok(short));
    assert_eq!((short.size(), short.fits(&checkpoint)), (7, true));
    assert!(!short.fits(&Checkpoint { origin: KeyName::new("other").unwrap(), ..checkpoint.clone() }));
    assert!(!short.fits(&Checkpoint { head: Kept::of(8).head(8), ..checkpoint }));
    assert_eq!(ShortForm::of(&self::checkpoint(1 << 40)), Err(ShortFormError::TooMany(1 << 40)));
    assert_eq!(ShortForm::of(&self::checkpoint((1 << 40) - 1)).unwrap().size(), (1 << 40) - 1);
    for bad in ["", "sz1", "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4", "东塱"] {
        assert_eq!(bad.parse::<ShortForm>(), Err(ShortFormError::Mistyped), "{bad}");
    }
}

const LETTERS: &[u8] = b"QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L";

proptest! {
    /// One to four wrong characters, two exchanged, one dropped or doubled: always noticed.
    #[test]
    fn a_slip_is_noticed(size in 0..1_u64 << 40, places in prop::collection::btree_set(3..49_usize, 1..5), by in 1..32_usize, at in 3..48_usize) {
        let plain = ShortForm::of(&checkpoint(size)).unwrap().to_string().replace(' ', "");
        prop_assert_eq!(plain.len(), 49);
        let refused = |text: &[u8]| String::from_utf8_lossy(text).parse::<ShortForm>().is_err();
        let mut wrong = plain.clone().into_bytes();
        for place in places {
            let letter = LETTERS.iter().position(|letter| *letter == wrong[place]).unwrap();
            wrong[place] = LETTERS[(letter + by) % 32];
        }
        prop_assert!(refused(&wrong));
        let mut exchanged = plain.clone().into_bytes();
        exchanged.swap(at, at + 1);
        prop_assert!(exchanged == plain.as_bytes() || refused(&exchanged));
        let mut dropped = plain.clone().into_bytes();
        let letter = dropped.remove(at);
        prop_assert!(refused(&dropped));
        let mut doubled = plain.into_bytes();
        doubled.insert(at, letter);
        prop_assert!(refused(&doubled));
    }
}
