//! The sheet as a drawing.

use askama::Template;

use super::content::{Bit, Content, Para, Run};
use super::layout::{self, Area, Layout, PlacedBand, PlacedBox};
use super::measure::{self, CHIP_PAD, Line};
use super::{ClearPaper, Languages, PaperError};
use crate::export::qr::Qr;
use crate::value::Lang;

/// A line of text: where its base line begins, its size, and how it is anchored and turned.
struct Text {
    x: String,
    y: String,
    size: String,
    anchor: &'static str,
    turned: bool,
    runs: Vec<Run>,
}

struct Frame {
    class: &'static str,
    x: String,
    y: String,
    width: String,
    height: String,
    round: String,
}

struct Shape {
    name: &'static str,
    x: String,
    y: String,
    size: String,
}

struct Badge {
    x: String,
    y: String,
    radius: String,
}

#[derive(Template)]
#[template(path = "paper.svg", config = "src/export/askama.toml")]
struct Page {
    millimetres: (u32, u32),
    view: (String, String),
    lang: &'static str,
    title: String,
    frames: Vec<Frame>,
    badges: Vec<Badge>,
    shapes: Vec<Shape>,
    texts: Vec<Text>,
    rules: Vec<[String; 4]>,
    qr: Qr,
    qr_place: [String; 3],
}

/// Draws in units of the body text, writes in points.
struct Pen {
    points: f64,
    line: f64,
    page: Page,
}

pub(super) fn page<F>(paper: &ClearPaper<F>, content: &Content, layout: &Layout<'_>, points: f64) -> Result<String, PaperError> {
    let (width, height) = paper.size.points();
    let view = (format!("{width:.2}"), format!("{height:.2}"));
    let page = Page {
        millimetres: paper.size.millimetres(),
        view,
        lang: if paper.languages == Languages::En { "en" } else { "zh-CN" },
        title: [&content.title, &content.subtitle].map(words).join(" · "),
        frames: Vec::new(),
        badges: Vec::new(),
        shapes: Vec::new(),
        texts: Vec::new(),
        rules: Vec::new(),
        qr: Qr::of(&paper.facts.page).map_err(|_| PaperError::Address)?,
        qr_place: Default::default(),
    };
    let mut pen = Pen { points, line: layout.line, page };
    pen.head(content, layout);
    layout.bands.iter().for_each(|band| pen.band(band));
    pen.footer(content, layout);
    pen.page.render().map_err(|error| PaperError::Page(error.to_string()))
}

fn words(para: &Para) -> String {
    para.iter().map(|bit| bit.run().text.as_str()).collect()
}

impl Pen {
    fn at(&self, place: f64) -> String {
        format!("{:.2}", place * self.points)
    }

    fn text(&mut self, x: f64, y: f64, size: f64, anchor: &'static str, runs: Vec<Run>) {
        let text = Text { x: self.at(x), y: self.at(y), size: self.at(size), anchor, turned: false, runs };
        self.page.texts.push(text);
    }

    fn frame(&mut self, class: &'static str, area: Area, round: f64) {
        let frame = Frame {
            class,
            x: self.at(area.x),
            y: self.at(area.y),
            width: self.at(area.width),
            height: self.at(area.height),
            round: self.at(round),
        };
        self.page.frames.push(frame);
    }

    fn rule(&mut self, x1: f64, y1: f64, x2: f64, y2: f64) {
        let rule = [x1, y1, x2, y2].map(|place| self.at(place));
        self.page.rules.push(rule);
    }

    /// A line with its base line at `y`, chips in their frames.
    fn put(&mut self, x: f64, y: f64, size: f64, line: &Line) {
        let mut runs: Vec<Run> = Vec::new();
        let mut from = 0.0;
        for piece in &line.pieces {
            match &piece.bit {
                Bit::Text(run) | Bit::Whole(run) => {
                    if runs.is_empty() {
                        from = piece.x;
                    }
                    runs.push(run.clone());
                }
                Bit::Chip(run) => {
                    if !runs.is_empty() {
                        self.text(x + from * size, y, size, "start", std::mem::take(&mut runs));
                    }
                    let width = measure::width(run) + 2.0 * CHIP_PAD;
                    let area = Area { x: x + piece.x * size, y: y - 0.92 * size, width: width * size, height: 1.16 * size };
                    self.frame("chip", area, 0.18 * size);
                    self.text(x + (piece.x + width / 2.0) * size, y, size, "middle", vec![run.clone()]);
                }
            }
        }
        if !runs.is_empty() {
            self.text(x + from * size, y, size, "start", runs);
        }
    }

    fn lines(&mut self, x: f64, top: f64, lines: &[Line]) -> f64 {
        let mut y = top;
        for line in lines {
            y += self.line;
            self.put(x, y - 0.28, 1.0, line);
        }
        y
    }

    fn head(&mut self, content: &Content, layout: &Layout<'_>) {
        let page = layout.page;
        let base = page.y + layout::TITLE * 0.86;
        let single = |para: &Para| measure::lines(para, f64::INFINITY).into_iter().next().unwrap_or_default();
        let (title, subtitle, union) = (single(&content.title), single(&content.subtitle), single(&content.whose));
        self.put(page.x, base, layout::TITLE, &title);
        self.put(page.x + title.width * layout::TITLE + 0.8, base, 1.0, &subtitle);
        let right = page.x + page.width;
        let runs = union.pieces.iter().map(|piece| piece.bit.run().clone()).collect();
        self.text(right, base, layout::NAME, "end", runs);
        self.rule(page.x, page.y + 2.2, right, page.y + 2.2);
        if let Some(status) = &content.status {
            // The rest is on the page of the transaction: one line is enough to know which it is.
            if let Some(line) = measure::lines(status, page.width).first() {
                self.put(page.x, page.y + 2.4 + self.line - 0.28, 1.0, line);
            }
        }
    }

    fn band(&mut self, band: &PlacedBand<'_>) {
        let label = band.label;
        self.frame("label", label, 0.3);
        let run = |text: String, lang| vec![Run { text, lang, bold: true }];
        let column = if band.languages == Languages::En { label.width / 2.0 } else { layout::BAND_ZH / 2.0 };
        let lang = if band.languages == Languages::En { Lang::En } else { Lang::Zh };
        let side = layout::BAND_ZH * 0.8;
        let middle = label.x + column;
        self.frame("numeral", Area { x: middle - side / 2.0, y: label.y + 0.22, width: side, height: side }, 0.25);
        self.text(middle, label.y + 1.3, 1.05, "middle number", run(band.band.numeral.clone(), lang));
        if band.languages != Languages::En {
            for (nth, c) in band.band.name.zh.chars().enumerate() {
                let y = label.y + layout::LABEL_TOP + layout::LABEL_CHAR * (layout::count(nth) + 0.9);
                self.text(column + label.x, y, 1.05, "middle", run(c.to_string(), Lang::Zh));
            }
        }
        if band.languages != Languages::Zh {
            let alone = band.languages == Languages::En;
            let top = if alone { layout::LABEL_TOP } else { 0.0 };
            let name = vec![Bit::Text(Run { text: band.band.name.en.to_string(), lang: Lang::En, bold: alone })];
            let lines = measure::lines(&name, label.height - top - 0.2);
            let all = layout::BAND_EN * layout::count(lines.len());
            let left = if band.languages == Languages::En { label.x + (label.width - all) / 2.0 } else { label.x + layout::BAND_ZH };
            for (nth, line) in lines.iter().enumerate() {
                let x = left + layout::BAND_EN * (layout::count(nth) + 0.78);
                let y = label.y + top + (label.height - top) / 2.0;
                let runs = line.pieces.iter().map(|piece| piece.bit.run().clone()).collect();
                let text = Text { x: self.at(x), y: self.at(y), size: self.at(1.0), anchor: "middle", turned: true, runs };
                self.page.texts.push(text);
            }
        }
        band.rows.iter().flatten().for_each(|step| self.step(step));
    }

    fn step(&mut self, step: &PlacedBox<'_>) {
        let Area { x, y, .. } = step.area;
        let current = step.step.mark.as_ref().is_some_and(|mark| mark.standing.is_current());
        self.frame(if current { "box now" } else { "box" }, step.area, 0.3);
        let head = layout::head_lines(step);
        if step.step.everywhere {
            self.frame("everywhere", Area { height: head + layout::PAD_Y, ..step.area }, 0.3);
        }
        let (left, top) = (x + layout::PAD_X, y + layout::PAD_Y);
        let centre = (left + layout::BADGE / 2.0, top + layout::NAME_LINE / 2.0);
        let badge = Badge { x: self.at(centre.0), y: self.at(centre.1), radius: self.at(layout::BADGE / 2.0) };
        self.page.badges.push(badge);
        let number = Run { text: step.step.number.to_string(), lang: Lang::Zh, bold: true };
        self.text(centre.0, centre.1 + 0.36, 1.0, "middle number", vec![number]);
        for (nth, line) in step.name.iter().enumerate() {
            let base = top + layout::NAME_LINE * (layout::count(nth) + 0.76);
            self.put(left + layout::BADGE_ROOM, base, layout::NAME, line);
        }
        if let (Some((mark_x, mark_y, words)), Some(mark)) = (&step.mark, &step.step.mark) {
            let base = top + mark_y;
            let shape = Shape { name: mark.standing.shape(), x: self.at(*mark_x), y: self.at(base - 0.88), size: self.at(1.0) };
            self.page.shapes.push(shape);
            self.put(mark_x + layout::SHAPE, base, 1.0, words);
        }
        self.lines(left, top + head, &step.lines);
    }

    fn footer(&mut self, content: &Content, layout: &Layout<'_>) {
        let [objections, legend, page] = layout.footer;
        let edge = layout.page.x + layout.page.width;
        self.rule(layout.page.x, objections.y, edge, objections.y);
        let below = self.lines(objections.x, objections.y + 0.25, &layout::text(&content.objections, objections.width));
        let phone = Run { text: content.phone.clone(), lang: Lang::Zh, bold: true };
        self.text(objections.x, below + layout::PHONE * 0.95, layout::PHONE, "start", vec![phone]);
        self.lines(legend.x, legend.y + 0.25, &layout::text(&content.legend, legend.width));
        self.lines(page.x, page.y + 0.25, &layout::text(&content.page, page.width - layout.qr - 0.5));
        self.page.qr_place = [edge - layout.qr, page.y + 0.2, layout.qr].map(|place| self.at(place));
        for (nth, line) in layout.foot.iter().enumerate() {
            self.put(layout.page.x, layout.foot_y + self.line * (layout::count(nth) + 0.78), 1.0, line);
        }
    }
}
