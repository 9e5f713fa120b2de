//! The clear paper in every form: `cargo run --features pages --example paper -- --out DIR`.
//!
//! A4 and A3, in Chinese, in English and in both, as HTML and as SVG: of the sixteen steps.
#![allow(clippy::print_stdout, reason = "an example prints")]

use std::error::Error;
use std::path::{Path, PathBuf};

use sanzi::dongsha::Dongsha;
use sanzi::export::{ClearPaper, Facts, Languages, PaperSize, WebAddress};
use sanzi::ledger::{Checkpoint, ShortForm};
use sanzi::policy::Policy;
use sanzi::value::Text;

fn facts() -> Result<Facts, Box<dyn Error>> {
    let checkpoint: Checkpoint = "dongtang.example/sanzi\n0\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n".parse()?;
    Ok(Facts {
        name: Text::new("东塱经济联社")?,
        name_en: Some(Text::new("Dongtang Economic Union")?),
        objections_at: Text::new("东塱村委会一楼对外办公点意见箱")?,
        objections_at_en: Some(Text::new("the box at the office point, ground floor, village committee")?),
        phone: Text::new("020-8100 0000")?,
        page: WebAddress::new("https://example.org/dongtang/sanzi")?,
        checkpoint: Some(ShortForm::of(&checkpoint)?),
    })
}

fn write(dir: &Path, name: &str, text: &str) -> Result<(), Box<dyn Error>> {
    let path = dir.join(name);
    std::fs::write(&path, text)?;
    println!("{}", path.display());
    Ok(())
}

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args_os().skip(1);
    let dir = match (arguments.next(), arguments.next()) {
        (Some(flag), Some(dir)) if flag == "--out" => PathBuf::from(dir),
        _ => return Err("写到哪个目录？ / where to? --out DIR".into()),
    };
    std::fs::create_dir_all(&dir)?;
    let policy = Policy::builtin_on("2026-01-05".parse()?)?;
    for size in PaperSize::ALL {
        for languages in Languages::ALL {
            let paper = ClearPaper::<Dongsha>::new(policy.clone(), facts()?).languages(languages).size(size);
            let name = format!("paper-{size:?}-{languages:?}").to_lowercase();
            let Ok(html) = paper.html() else { println!("no {name}"); continue };
            write(&dir, &format!("{name}.html"), &html)?;
            write(&dir, &format!("{name}.svg"), &paper.svg()?)?;
        }
    }
    Ok(())
}
