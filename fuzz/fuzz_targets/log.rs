//! Another platform's log, in each format: judged or counted as unreadable, never a panic; and the same on two threads.
#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use sanzi::audit::{Audit, Format, Mapping};
use sanzi::case::Office;
use sanzi::dongsha::Dongsha;
use sanzi::register::Register;
use sanzi::value::OrgId;

static OFFICE: LazyLock<Office<Dongsha>> =
    LazyLock::new(|| Office::new(OrgId::new("dongtang").expect("it is one"), Register::new()).expect("the built-in policies read"));

const COLUMNS: &str = "[columns]\ncase = \"c\"\nstep = \"s\"\naction = \"a\"\ntime = \"t\"\nrecorded = \"r\"\nperson = \"p\"\nrole = \"o\"\nchannel = \"h\"\n\
                       plan = \"n\"\nfloor = \"f\"\nprice = \"m\"\nterm = \"e\"\nbidder = \"b\"\naccount = \"k\"\nqualified = \"q\"\nwinner = \"w\"\n\
                       [actions]\nx = \"published\"\ny = \"removed\"\nz = \"left\"\n";

fuzz_target!(|bytes: &[u8]| {
    let Some((first, log)) = bytes.split_first() else { return };
    let (format, name) = match first % 4 {
        0 => (Format::Csv, "csv"),
        1 => (Format::JsonLines, "json-lines"),
        2 => (Format::Xes, "xes"),
        _ => (Format::Ocel, "ocel"),
    };
    let options = format!("format = \"{name}\"\ngrouped = {}\ncomplete = {}\nby_time = {}\n", first & 4 > 0, first & 8 > 0, first & 16 > 0);
    let mapping: Mapping = (options + COLUMNS).parse().expect("it is a mapping");
    let one = Audit::new(&OFFICE).log(log, &mapping);
    let two = Audit::new(&OFFICE).threads(2).log(log, &mapping);
    assert_eq!(one, two);
    let kept = Audit::new(&OFFICE).threads(2).read(log, &mapping);
    assert_eq!(one, Audit::new(&OFFICE).judge(&kept));
    let _ = one.to_html("fuzz");
    if let Ok(draft) = Mapping::suggest(format, log) {
        let again: Mapping = draft.mapping.to_toml().parse().expect("a draft is a mapping");
        let _ = Audit::new(&OFFICE).log(log, &again);
    }
});
