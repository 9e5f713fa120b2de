//! How wide a text is, in parts of its own size: a Chinese character is 1, Latin letters as in a Times face, or a little
//! wider than that where they stand among Chinese. And where its lines break.

use super::content::{Bit, Para, Run};
use crate::export::words::{is_wide, pieces};
use crate::value::Lang;

/// Of the printable ASCII characters, in thousandths.
const TIMES: [u16; 95] = [
    250, 333, 408, 500, 500, 833, 778, 180, 333, 333, 500, 564, 250, 333, 250, 278, 500, 500, 500, 500, 500, 500, 500, 500, 500, 500, 278,
    278, 564, 564, 564, 444, 921, 722, 667, 667, 722, 611, 556, 722, 722, 333, 389, 722, 611, 889, 722, 722, 556, 722, 667, 556, 611, 722,
    722, 944, 722, 722, 611, 333, 278, 333, 469, 500, 333, 444, 500, 444, 500, 444, 333, 500, 500, 278, 278, 500, 278, 778, 500, 500, 500,
    500, 333, 389, 278, 500, 500, 722, 500, 500, 444, 480, 200, 480, 541,
];
/// A sans face is wider, and so is a bold one.
const AMONG_CHINESE: f64 = 1.16;
const BOLD: f64 = 1.07;
/// The space around a chip's word, and after a chip.
pub(super) const CHIP_PAD: f64 = 0.3;
pub(super) const CHIP_GAP: f64 = 0.25;

pub(super) fn width(run: &Run) -> f64 {
    let latin = if run.lang == Lang::Zh { AMONG_CHINESE } else { 1.0 } * if run.bold { BOLD } else { 1.0 };
    let one = |c: char| {
        let place = u32::from(c).checked_sub(32).and_then(|place| usize::try_from(place).ok());
        match place.and_then(|place| TIMES.get(place)) {
            Some(thousandths) => f64::from(*thousandths) / 1000.0 * latin,
            None if is_wide(c) || run.lang == Lang::Zh => 1.0,
            None if "→\u{2003}".contains(c) => 1.0,
            None => 0.6,
        }
    };
    run.text.chars().map(one).sum()
}

/// A piece of a line: where it begins, and what it is.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Piece {
    pub(super) x: f64,
    pub(super) width: f64,
    pub(super) bit: Bit,
}

/// One line, its pieces from left to right.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Line {
    pub(super) pieces: Vec<Piece>,
    pub(super) width: f64,
}

impl Line {
    fn put(&mut self, bit: Bit, width: f64) {
        if let (Bit::Text(run), Some(Piece { bit: Bit::Text(last), width: so_far, .. })) = (&bit, self.pieces.last_mut())
            && last.lang == run.lang
            && last.bold == run.bold
        {
            last.text.push_str(&run.text);
            *so_far += width;
            self.width += width;
            return;
        }
        self.pieces.push(Piece { x: self.width, width, bit });
        self.width += width;
    }
}

/// A paragraph in lines no wider than `most`; a word that is longer is broken anywhere.
pub(super) fn lines(para: &Para, most: f64) -> Vec<Line> {
    let (mut lines, mut line) = (Vec::new(), Line::default());
    for bit in para {
        let parts: Vec<Bit> = match bit {
            Bit::Text(run) => pieces(&run.text).into_iter().flat_map(|text| short_enough(run, text, most)).collect(),
            Bit::Whole(run) if width(run) <= most => vec![bit.clone()],
            Bit::Whole(run) => short_enough(run, &run.text, most),
            Bit::Chip(_) => vec![bit.clone()],
        };
        for part in parts {
            let (visible, full) = match &part {
                Bit::Text(run) => (width(&Run { text: run.text.trim_end().to_owned(), ..run.clone() }), width(run)),
                Bit::Whole(run) => (width(run), width(run)),
                Bit::Chip(run) => (width(run) + 2.0 * CHIP_PAD, width(run) + 2.0 * CHIP_PAD + CHIP_GAP),
            };
            if line.width + visible > most && !line.pieces.is_empty() {
                lines.push(std::mem::take(&mut line));
            }
            let blank = matches!(&part, Bit::Text(run) if run.text.trim().is_empty());
            if !(blank && line.pieces.is_empty()) {
                line.put(part, full);
            }
        }
    }
    if !line.pieces.is_empty() {
        lines.push(line);
    }
    lines
}

/// A piece, or its characters where it is longer than any line.
fn short_enough(run: &Run, text: &str, most: f64) -> Vec<Bit> {
    let whole = Run { text: text.to_owned(), ..run.clone() };
    if width(&whole) <= most {
        return vec![Bit::Text(whole)];
    }
    text.chars().map(|c| Bit::Text(Run { text: c.to_string(), ..run.clone() })).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(text: &str, lang: Lang) -> Run {
        Run { text: text.to_owned(), lang, bold: false }
    }

    #[test]
    fn chinese_is_square_and_lines_break_where_they_may() {
        assert!((width(&run("理事会", Lang::Zh)) - 3.0).abs() < 1e-9);
        assert!((width(&run("board", Lang::En)) - 2.277).abs() < 1e-9);
        let para = vec![Bit::Text(run("核对台账、面积和用途", Lang::Zh))];
        let found: Vec<String> = lines(&para, 5.2).iter().flat_map(|line| &line.pieces).map(|piece| piece.bit.run().text.clone()).collect();
        assert_eq!(found, ["核对台账、", "面积和用途"], "no line begins with a mark");
        let long = lines(&vec![Bit::Text(run("unbreakable", Lang::En))], 2.0);
        assert!(long.len() > 1 && long.iter().all(|line| line.width <= 2.0));
    }
}
