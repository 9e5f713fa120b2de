//! UTF-8 or GB18030, cell by cell: a log that was put together from two systems can have both.

use std::borrow::Cow;

use encoding_rs::GB18030;

/// The text of some bytes; `None` where they are neither.
///
/// Separators, quotes and line ends are no second bytes of GB18030, so a file can be cut before it is decoded.
pub(super) fn text(bytes: &[u8]) -> Option<Cow<'_, str>> {
    match std::str::from_utf8(bytes) {
        Ok(text) => Some(Cow::Borrowed(text)),
        Err(_) => GB18030.decode_without_bom_handling_and_without_replacement(bytes),
    }
}
