//! What people see: the clear paper, the notices of the four channels, and what is read back from them.

mod hostile;
mod notices;
mod papers;
mod wechat;

use chrono::NaiveDate;
use sanzi::calendar::{Calendar, Period};
use sanzi::dongsha::Dongsha;
use sanzi::export::*;
use sanzi::policy::Policy;
use sanzi::value::Bilingual;

use crate::village::{day, text};

pub fn facts() -> Facts {
    Facts {
        name: text("东塱经济联社"),
        name_en: Some(text("Dongtang Economic Union")),
        objections_at: text("东塱村委会一楼对外办公点意见箱"),
        objections_at_en: Some(text("the box at the office point, ground floor")),
        phone: text("020-8100 0000"),
        page: WebAddress::new("https://example.org/dongtang/sanzi").unwrap(),
        checkpoint: Some(short_code()),
    }
}

pub fn short_code() -> sanzi::ledger::ShortForm {
    let checkpoint: sanzi::ledger::Checkpoint =
        "dongtang.example/sanzi\n0\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n".parse().unwrap();
    sanzi::ledger::ShortForm::of(&checkpoint).unwrap()
}

pub fn paper() -> ClearPaper<Dongsha> {
    ClearPaper::new(Policy::builtin_on(day("2026-01-05")).unwrap(), facts())
}

pub fn imprint(posted: NaiveDate) -> Imprint {
    let period = NoticePeriod::starting(&Calendar::china(), posted, Period::working(5), &[]).unwrap();
    Imprint::new(text("东塱经济联社"), text("东塱公示〔2018〕14 号"), posted)
        .with_period(period)
        .with_objections(ObjectionChannel {
            authority: Bilingual::new("街道“三资”办", "street office"),
            at: text("街道办事处二楼"),
            phone: text("020-8100 0001"),
        })
        .with_page(WebAddress::new("https://example.org/dongtang/n/14").unwrap())
        .with_checkpoint(short_code())
}

/// The texts of a page one after the other, spaces, tags and styles left out: written for the tests alone.
pub fn seen(page: &str) -> String {
    let mut out = String::new();
    let mut rest = page;
    while let Some((before, after)) = rest.split_once('<') {
        out.push_str(before);
        let inside = if after.starts_with("style") { after.split_once("</style>").unwrap().1 } else { after.split_once('>').unwrap().1 };
        rest = inside;
    }
    let plain = out.replace("&#34;", "\"").replace("&#39;", "'").replace("&#60;", "<").replace("&#62;", ">").replace("&#38;", "&");
    plain.chars().filter(|c| !c.is_whitespace()).collect()
}

pub fn squeezed(text: &str) -> String {
    text.chars().filter(|c| !c.is_whitespace()).collect()
}
