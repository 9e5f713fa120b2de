//! What people see, in every form: `cargo run --features pages --example paper -- --out DIR`.
//!
//! The clear paper of the sixteen steps on A4 and A3, in Chinese, in English and in both, as HTML and as SVG; the papers of two
//! running transactions; and a notice as each of the four channels shows it.
#![allow(clippy::print_stdout, clippy::arithmetic_side_effects, reason = "a program for the terminal")]

mod support {
    pub(crate) mod drive;
    pub(crate) mod input;
    pub(crate) mod records;
}

use std::error::Error;
use std::path::{Path, PathBuf};

use sanzi::Engine;
use sanzi::calendar::{Period, china_date};
use sanzi::case::{Case, Office, Place, Stage, Subject};
use sanzi::dongsha::{Dongsha, Step};
use sanzi::export::*;
use sanzi::flow::Flow;
use sanzi::ledger::{Checkpoint, ShortForm};
use sanzi::policy::Policy;
use sanzi::store::MemoryStore;
use sanzi::value::Text;

use support::drive::Drive;
use support::input::{Incident, Input};

/// Of a ledger without a record yet: a running office prints that of its last checkpoint.
fn checkpoint() -> Result<ShortForm, Box<dyn Error>> {
    let checkpoint: Checkpoint = "dongtang.example/sanzi\n0\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n".parse()?;
    Ok(ShortForm::of(&checkpoint)?)
}

fn facts() -> Result<Facts, Box<dyn Error>> {
    Ok(Facts {
        name: Text::new("东塱经济联社")?,
        name_en: Some(Text::new("Dongtang Economic Union")?),
        objections_at: Text::new("东塱村委会一楼对外办公点意见箱")?,
        objections_at_en: Some(Text::new("the box at the office point, ground floor")?),
        phone: Text::new("020-8100 0000")?,
        page: WebAddress::new("https://example.org/dongtang/sanzi")?,
        checkpoint: Some(checkpoint()?),
    })
}

struct Out(PathBuf);

impl Out {
    fn write(&self, name: &str, text: &str) -> Result<(), Box<dyn Error>> {
        let path = self.0.join(name);
        std::fs::write(&path, text)?;
        println!("{}", path.display());
        Ok(())
    }

    /// On both papers, in all languages.
    fn papers<F: Flow>(&self, name: &str, paper: &ClearPaper<F>) -> Result<(), Box<dyn Error>> {
        for size in PaperSize::ALL {
            for languages in Languages::ALL {
                let paper = paper.clone().languages(languages).size(size);
                let name = format!("{name}-{size:?}-{languages:?}").to_lowercase();
                self.write(&format!("{name}.html"), &paper.html()?)?;
                self.write(&format!("{name}.svg"), &paper.svg()?)?;
            }
        }
        Ok(())
    }

    /// On each channel.
    fn notices(&self, case: &Case<Dongsha>, engine: &Engine<Dongsha, MemoryStore>) -> Result<(), Box<dyn Error>> {
        let (Some(notice), Some(posting)) = (case.notice(Subject::Step), case.posting(Subject::Step)) else { return Ok(()) };
        let (Some(place), Some(up)) = (case.place(), posting.since()) else { return Ok(()) };
        let (row, day) = (Dongsha::row(place.step), china_date(up));
        let mut imprint = Imprint::new(Text::new("东塱经济联社")?, Text::new("东塱公示〔2018〕3 号")?, day)
            .with_period(NoticePeriod::starting(&engine.office().calendar, day, Period::working(5), &[])?)
            .with_page(WebAddress::new("https://example.org/dongtang/sanzi/3")?)
            .with_checkpoint(checkpoint()?);
        if let Some(authority) = row.posts.objections_to {
            let (at, phone) = (Text::new("东塱村委会一楼对外办公点意见箱")?, Text::new("020-8100 0000")?);
            imprint = imprint.with_objections(ObjectionChannel { authority: sanzi::flow::RoleId::name(authority), at, phone });
        }
        let page = NoticePage::new(&notice, &imprint)?;
        self.write("notice-platform.html", &page.platform_html()?)?;
        self.write("notice-platform.json", &serde_json::to_string_pretty(&page.platform_json())?)?;
        self.write("notice-poster.html", &page.poster_html(Languages::Zh)?)?;
        self.write("notice-poster-both.html", &page.poster_html(Languages::Both)?)?;
        let (title, issue) = (Text::new("东塱简报")?, Text::new("2018 年第 3 期")?);
        self.write("notice-bulletin.html", &bulletin_html(&title, &issue, &[page.clone(), page.clone()], Some(&checkpoint()?))?)?;
        let article = page.wechat_article("the media_id of a cover")?;
        self.write("notice-wechat.html", article.content())?;
        self.write("notice-wechat.json", &serde_json::to_string_pretty(&article.draft_payload())?)
    }
}

/// A transaction of the file, lawfully brought to a place.
fn brought_to(
    engine: &Engine<Dongsha, MemoryStore>,
    input: &Input,
    wanted: impl Fn(&Option<Incident>) -> bool,
    there: impl Fn(&Case<Dongsha>) -> bool,
) -> Result<(Case<Dongsha>, chrono::DateTime<chrono::Utc>), Box<dyn Error>> {
    let transaction = input.transactions.iter().find(|one| wanted(&one.incident)).ok_or("the file has no such transaction")?;
    let mut drive = Drive::new(input, transaction);
    while !there(&drive.case) && drive.next_moment(&engine.office().calendar)?.is_some() {
        drive.turn(engine)?;
    }
    Ok((drive.case, drive.now))
}

fn write_all(dir: &Path) -> Result<(), Box<dyn Error>> {
    let out = Out(dir.to_owned());
    std::fs::create_dir_all(dir)?;
    out.papers("paper", &ClearPaper::<Dongsha>::new(Policy::builtin_on("2026-01-05".parse()?)?, facts()?))?;

    let input = support::input::parse(include_bytes!("data/dongtang_2018.json"))?;
    let office = Office::<Dongsha>::new(input.organisation, input.register.clone())?;
    let engine = Engine::new(office, MemoryStore::new(input.organisation))?;
    let calendar = &engine.office().calendar;

    let public = |case: &Case<Dongsha>| case.place() == Some(Place { step: Step::IntentNotice, stage: Stage::Public });
    let (case, now) = brought_to(&engine, &input, Option::is_none, public)?;
    out.papers("running", &ClearPaper::of_case(&case, facts()?, calendar, now)?)?;
    out.notices(&case, &engine)?;

    let objected = |incident: &Option<Incident>| matches!(incident, Some(Incident::UpheldObjection(_)));
    let returned = |case: &Case<Dongsha>| !case.voided().is_empty();
    let (case, now) = brought_to(&engine, &input, objected, returned)?;
    out.papers("returned", &ClearPaper::of_case(&case, facts()?, calendar, now)?)
}

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args_os().skip(1);
    match (arguments.next(), arguments.next(), arguments.next()) {
        (Some(flag), Some(dir), None) if flag == "--out" => write_all(Path::new(&dir)),
        _ => Err("写到哪个目录？ where to? cargo run --features pages --example paper -- --out DIR".into()),
    }
}
