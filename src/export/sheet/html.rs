//! The sheet as a page: the browser breaks the lines, in the rows and the size that the layout has found to fit.

use askama::Template;

use super::content::{Bit, Content, Para};
use super::layout::{self, Layout, PlacedBand};
use super::{ClearPaper, Languages, PaperError};
use crate::export::qr::Qr;
use crate::value::Lang;

#[derive(Template)]
#[template(path = "paper.html", config = "src/export/askama.toml")]
struct Page<'a> {
    content: &'a Content,
    layout: &'a Layout<'a>,
    lang: &'static str,
    english: bool,
    both: bool,
    millimetres: (u32, u32),
    margin: String,
    points: f64,
    label: String,
    english_line: f64,
    address: &'a str,
    qr: Qr,
}

pub(super) fn page<F>(paper: &ClearPaper<F>, content: &Content, layout: &Layout<'_>, points: f64) -> Result<String, PaperError> {
    let page = Page {
        content,
        layout,
        lang: if paper.languages == Languages::En { "en" } else { "zh-CN" },
        english: paper.languages != Languages::Zh,
        both: paper.languages == Languages::Both,
        millimetres: paper.size.millimetres(),
        margin: format!("{:.2}", paper.size.margin()),
        points,
        label: format!("{:.2}", layout::label_width(paper.languages)),
        english_line: layout::BAND_EN,
        address: paper.facts.page.as_str(),
        qr: Qr::of(&paper.facts.page).map_err(|_| PaperError::Address)?,
    };
    page.render().map_err(|error| PaperError::Page(error.to_string()))
}

impl Page<'_> {
    fn words(&self, para: &Para) -> String {
        para.iter().map(|bit| bit.run().text.as_str()).collect()
    }

    /// The room that a band's name needs beside it.
    fn least(&self, band: &PlacedBand<'_>) -> String {
        format!("{:.2}", layout::label_height(band))
    }

    /// How much of the page a band gets.
    fn share(&self, height: &f64) -> String {
        format!("{height:.2}")
    }
}
