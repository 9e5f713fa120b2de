//! Texts of a few named lines that are signed as notes: one spelling, nothing to leave out.

use std::fmt::Write as _;

use super::note::NoteError;

/// Why a signed text does not say what was expected.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum StatementError {
    /// Another kind of text, or another version of it.
    #[error("this is no `{due}`")]
    Title {
        /// The first line that it has to have.
        due: &'static str,
    },
    /// A line is missing, has another name, or a value that cannot be.
    #[error("line {line} has to be `{name} …` with a value as this program writes it")]
    Line {
        /// Its number, from 1.
        line: usize,
        /// The name that belongs there.
        name: &'static str,
    },
    /// Something follows.
    #[error("line {line} is one too many: a newer program wrote this")]
    More {
        /// Its number, from 1.
        line: usize,
    },
    /// Not a note.
    #[error(transparent)]
    Note(#[from] NoteError),
}

/// A title and `name value` lines.
pub(super) fn write(title: &str, lines: &[(&str, &dyn std::fmt::Display)]) -> String {
    let mut text = format!("{title}\n");
    for (name, value) in lines {
        // Writing into a text does not fail.
        let _ = writeln!(text, "{name} {value}");
    }
    text
}

/// Reads what [`write`] writes, line by line.
pub(super) struct Lines<'a> {
    lines: std::str::Split<'a, char>,
    line: usize,
}

impl<'a> Lines<'a> {
    pub(super) fn of(text: &'a str, title: &'static str) -> Result<Lines<'a>, StatementError> {
        let mut lines = text.strip_suffix('\n').unwrap_or(text).split('\n');
        if lines.next() == Some(title) { Ok(Lines { lines, line: 1 }) } else { Err(StatementError::Title { due: title }) }
    }

    /// The next line's value; `spelled` says whether it is written as we write it.
    pub(super) fn value<T: std::fmt::Display>(
        &mut self,
        name: &'static str,
        read: impl FnOnce(&str) -> Option<T>,
    ) -> Result<T, StatementError> {
        self.line = self.line.saturating_add(1);
        let wrong = StatementError::Line { line: self.line, name };
        let text = self.lines.next().and_then(|line| line.strip_prefix(name)?.strip_prefix(' ')).ok_or(wrong.clone())?;
        read(text).filter(|value| value.to_string() == text).ok_or(wrong)
    }

    pub(super) fn end(mut self) -> Result<(), StatementError> {
        match self.lines.next() {
            None => Ok(()),
            Some(_) => Err(StatementError::More { line: self.line.saturating_add(1) }),
        }
    }
}
