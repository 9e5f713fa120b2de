//! Where everything stands, in units of the body text: the largest text, with the most detail, that fits on one page.

use super::content::{Band, Bit, Content, Para, StepBox, run};
use super::measure::{self, Line};
use super::{Languages, PaperSize};
use crate::value::Lang;

/// From one line of body text to the next: Chinese needs more room between lines than Latin does.
pub(super) const fn line(languages: Languages) -> f64 {
    match languages {
        Languages::Zh => 1.25,
        Languages::En => 1.16,
        Languages::Both => 1.16,
    }
}

/// A step's name, and the line it takes.
pub(super) const NAME: f64 = 1.12;
pub(super) const NAME_LINE: f64 = 1.36;
/// The circle with a step's number, and the room it takes from the name.
pub(super) const BADGE: f64 = 1.4;
pub(super) const BADGE_ROOM: f64 = 1.65;
pub(super) const PAD_X: f64 = 0.55;
pub(super) const PAD_Y: f64 = 0.3;
/// Between boxes.
pub(super) const GAP: f64 = 0.36;
/// Of the title and of the telephone number.
pub(super) const TITLE: f64 = 2.0;
pub(super) const PHONE: f64 = 1.35;
const HEAD: f64 = 2.5;
/// A band's name beside it, upright Chinese and turned English.
pub(super) const BAND_ZH: f64 = 1.75;
pub(super) const BAND_EN: f64 = 1.1;
const ENGLISH_LINES: usize = 3;
const QR: f64 = 5.6;
/// The numeral's part of a label, and a character's below it.
pub(super) const LABEL_TOP: f64 = 1.85;
pub(super) const LABEL_CHAR: f64 = 1.06;
/// At most so many boxes beside one another.
const ABREAST: usize = 4;
/// The shape before a standing's words.
pub(super) const SHAPE: f64 = 1.15;

/// A rectangle.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Area {
    pub(super) x: f64,
    pub(super) y: f64,
    pub(super) width: f64,
    pub(super) height: f64,
}

#[derive(Clone, Debug)]
pub(super) struct PlacedBox<'a> {
    pub(super) area: Area,
    pub(super) step: &'a StepBox,
    pub(super) name: Vec<Line>,
    /// The standing's lower left corner, and its line of words.
    pub(super) mark: Option<(f64, f64, Line)>,
    pub(super) lines: Vec<Line>,
}

#[derive(Clone, Debug)]
pub(super) struct PlacedBand<'a> {
    /// The label beside the boxes.
    pub(super) label: Area,
    pub(super) band: &'a Band,
    pub(super) languages: Languages,
    pub(super) rows: Vec<Vec<PlacedBox<'a>>>,
}

#[derive(Clone, Debug)]
pub(super) struct Layout<'a> {
    pub(super) page: Area,
    pub(super) bands: Vec<PlacedBand<'a>>,
    /// Objections, legend, QR.
    pub(super) footer: [Area; 3],
    pub(super) qr: f64,
    pub(super) line: f64,
    pub(super) foot: Vec<Line>,
    pub(super) foot_y: f64,
}

/// Everything in its place on a page of this size with text of so many points; `None` where it does not fit.
pub(super) fn layout<'a>(content: &'a Content, languages: Languages, paper: PaperSize, points: f64) -> Option<Layout<'a>> {
    let (width, height) = paper.points();
    let (margin, line) = (paper.margin() / points, line(languages));
    let page = Area { x: margin, y: margin, width: width / points - 2.0 * margin, height: height / points - 2.0 * margin };
    let foot = measure::lines(&content.foot, page.width);
    let footer = footer(page);
    let foot_height = line * count(foot.len());
    let status = if content.status.is_some() { line } else { 0.0 };
    let top = page.y + HEAD + status;
    let bottom = page.y + page.height - foot_height - 0.3;
    let footer_height = footer_height(content, &footer, line);
    let room = bottom - footer_height - 0.5 - top;
    let mut bands: Vec<PlacedBand<'a>> = content.bands.iter().map(|band| place_band(band, languages, page)).collect();
    let least: f64 = bands.iter().map(band_height).sum::<f64>() + GAP * count(bands.len().saturating_sub(1));
    if least > room || head_width(content) > page.width {
        return None;
    }
    let rows = bands.iter().map(|band| band.rows.len()).sum::<usize>();
    spread(&mut bands, top, ((room - least) / count(rows.max(1))).min(6.0));
    let footer = footer.map(|area| Area { y: bottom - footer_height, height: footer_height, ..area });
    Some(Layout { page, bands, footer, qr: QR, line, foot, foot_y: bottom + 0.3 })
}

pub(super) fn count(number: usize) -> f64 {
    u32::try_from(number).map_or(f64::MAX, f64::from)
}

fn one_line(para: &Para) -> f64 {
    measure::lines(para, f64::INFINITY).iter().map(|line| line.width).sum()
}

/// Title, what it is of, and whose it is stand in one line.
fn head_width(content: &Content) -> f64 {
    one_line(&content.title) * TITLE + 0.8 + one_line(&content.subtitle) + 1.0 + one_line(&content.whose) * NAME
}

fn footer(page: Area) -> [Area; 3] {
    let of = |x: f64, width: f64| Area { x: page.x + x, y: 0.0, width, height: 0.0 };
    let (first, last) = (page.width * 0.24, page.width * 0.27);
    [of(0.0, first - 1.0), of(first, page.width - first - last - 1.0), of(page.width - last, last)]
}

fn footer_height(content: &Content, [objections, legend, page]: &[Area; 3], line: f64) -> f64 {
    let tall = |paras: &[Para], width: f64| line * count(paras.iter().map(|para| measure::lines(para, width).len()).sum());
    let first = tall(&content.objections, objections.width) + PHONE * line;
    let third = tall(&content.page, page.width - QR - 0.5).max(QR);
    first.max(tall(&content.legend, legend.width)).max(third) + 0.4
}

fn place_band<'a>(band: &'a Band, languages: Languages, page: Area) -> PlacedBand<'a> {
    let rows = band.boxes.len().div_ceil(ABREAST).max(1);
    let label = label_width(languages);
    let boxes = Area { x: page.x + label + GAP, width: page.width - label - GAP, ..page };
    let mut left = band.boxes.as_slice();
    let mut placed = Vec::new();
    for row in 0..rows {
        let take = left.len().div_ceil(rows.saturating_sub(row).max(1));
        let (here, rest) = left.split_at(take.min(left.len()));
        left = rest;
        let width = (boxes.width - GAP * count(here.len().saturating_sub(1))) / count(here.len().max(1));
        placed.push(
            (0_usize..)
                .zip(here)
                .map(|(nth, step)| place_box(step, boxes.x + (width + GAP) * count(nth), width, line(languages)))
                .collect(),
        );
    }
    PlacedBand { label: Area { width: label, ..page }, band, languages, rows: placed }
}

/// Of a band's label.
pub(super) fn label_width(languages: Languages) -> f64 {
    let turned = BAND_EN * count(ENGLISH_LINES);
    match languages {
        Languages::Zh => BAND_ZH,
        Languages::En => turned + 0.2,
        Languages::Both => BAND_ZH + turned,
    }
}

fn place_box(step: &StepBox, x: f64, width: f64, line: f64) -> PlacedBox<'_> {
    let inner = width - 2.0 * PAD_X;
    let name = measure::lines(&step.name, (inner - BADGE_ROOM) / NAME);
    let lines: Vec<Line> = step.paras.iter().flat_map(|para| measure::lines(para, inner)).collect();
    let mut head = NAME_LINE * count(name.len());
    let mark = step.mark.as_ref().and_then(|mark| {
        let words = measure::lines(&mark.para, inner - SHAPE).into_iter().next()?;
        let taken = BADGE_ROOM + name.last().map_or(0.0, |last| last.width * NAME) + 0.4;
        if taken + SHAPE + words.width > inner {
            head += NAME_LINE;
        }
        Some((x + width - PAD_X - SHAPE - words.width, head - NAME_LINE * 0.3, words))
    });
    let height = 2.0 * PAD_Y + head + line * count(lines.len());
    PlacedBox { area: Area { x, y: head, width, height }, step, name, mark, lines }
}

fn row_height(row: &[PlacedBox<'_>]) -> f64 {
    row.iter().map(|step| step.area.height).fold(0.0, f64::max)
}

fn band_height(band: &PlacedBand<'_>) -> f64 {
    let rows = band.rows.iter().map(|row| row_height(row)).sum::<f64>() + GAP * count(band.rows.len().saturating_sub(1));
    rows.max(label_height(band))
}

/// A numeral and the Chinese characters one under the other; the English turned, in at most so many lines.
pub(super) fn label_height(band: &PlacedBand<'_>) -> f64 {
    let name = &band.band.name;
    let chinese = LABEL_TOP + LABEL_CHAR * count(name.zh.chars().count()) + 0.15;
    let english = vec![Bit::Text(run(name.en.clone(), Lang::En, band.languages == Languages::En))];
    let turned = |most: usize| {
        let long = (8_u32..400).map(|quarter| f64::from(quarter) / 4.0);
        long.into_iter().find(|long| measure::lines(&english, *long).len() <= most).unwrap_or(100.0) + 0.3
    };
    match band.languages {
        Languages::Zh => chinese,
        Languages::En => LABEL_TOP + turned(ENGLISH_LINES),
        Languages::Both => chinese.max(turned(ENGLISH_LINES)),
    }
}

/// Down the page from `top`, each row a little taller than it has to be.
fn spread(bands: &mut [PlacedBand<'_>], top: f64, extra: f64) {
    let mut y = top;
    for band in bands {
        let need = band_height(band);
        let rows = band.rows.iter().map(|row| row_height(row)).sum::<f64>() + GAP * count(band.rows.len().saturating_sub(1));
        let extra = extra + (need - rows) / count(band.rows.len().max(1));
        band.label.y = y;
        for row in &mut band.rows {
            let height = row_height(row) + extra;
            for step in row.iter_mut() {
                step.area.y = y;
                step.area.height = height;
            }
            y += height + GAP;
        }
        band.label.height = y - GAP - band.label.y;
    }
}

/// The height of a box's head: of its name, and of its standing where that has its own line.
pub(super) fn head_lines(step: &PlacedBox<'_>) -> f64 {
    let names = NAME_LINE * count(step.name.len());
    step.mark.as_ref().map_or(names, |(_, y, _)| names.max(y + NAME_LINE * 0.3))
}

/// A paragraph's bits as lines, for what stands outside the boxes.
pub(super) fn text(paras: &[Para], width: f64) -> Vec<Line> {
    paras.iter().flat_map(|para| measure::lines(para, width)).collect()
}
