//! Lines of a terminal: Chinese characters are two columns wide and may be broken anywhere, English words may not.

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// The text after `head`, broken at `width` columns, further lines indented as far as the head is wide.
pub(crate) fn wrapped(head: &str, text: &str, width: usize) -> String {
    let indent = head.width();
    let (mut out, mut column) = (head.to_owned(), indent);
    for piece in pieces(text) {
        let wide = piece.trim_end().width();
        if column + wide > width && column > indent {
            out.truncate(out.trim_end().len());
            out.push('\n');
            out.push_str(&" ".repeat(indent));
            column = indent;
        }
        out.push_str(piece);
        column += piece.width();
    }
    out.truncate(out.trim_end().len());
    out.push('\n');
    out
}

/// Pieces that must stay together: a word with the spaces after it, or one wide character with the marks that cannot
/// begin a line.
fn pieces(text: &str) -> Vec<&str> {
    let (mut pieces, mut start, mut before) = (Vec::new(), 0, ' ');
    for (place, c) in text.char_indices() {
        let wide = |c: char| c.width() == Some(2);
        let closes = "，。；：、！？）】”》".contains(c);
        let opened = "（【“《".contains(before);
        let breaks = place > 0 && !closes && !opened && c != ' ' && (before == ' ' || wide(c) || wide(before));
        if breaks {
            pieces.extend(text.get(start..place));
            start = place;
        }
        before = c;
    }
    pieces.extend(text.get(start..));
    pieces
}
