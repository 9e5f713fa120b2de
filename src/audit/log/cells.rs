//! Cells of rows on their way to a judge.

use super::super::desk::Handed;
use super::field::Field;

/// Cells in one run of memory: what each holds, and where it ends. What is blank is no cell.
#[derive(Default)]
pub(super) struct Cells {
    text: String,
    ends: Vec<(Field, u32)>,
}

impl Cells {
    pub(super) fn push(&mut self, field: Field, text: &str) {
        let text = trimmed(text);
        if !text.is_empty() {
            self.text.push_str(text);
            self.ends.push((field, u32::try_from(self.text.len()).unwrap_or(u32::MAX)));
        }
    }

    pub(super) fn clear(&mut self) {
        self.text.clear();
        self.ends.clear();
    }

    pub(super) fn len(&self) -> usize {
        self.ends.len()
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (Field, &str)> + Clone {
        self.between(0, self.len())
    }

    /// The cells from one place up to another.
    fn between(&self, from: usize, to: usize) -> impl Iterator<Item = (Field, &str)> + Clone {
        let place = |end: u32| usize::try_from(end).unwrap_or(usize::MAX);
        let mut start = from.checked_sub(1).and_then(|before| self.ends.get(before)).map_or(0, |(_, end)| place(*end));
        self.ends.get(from..to).unwrap_or_default().iter().map(move |(field, end)| {
            let text = self.text.get(start..place(*end)).unwrap_or_default();
            start = place(*end);
            (*field, text)
        })
    }
}

/// Without blanks around it. Few cells have any, and most are seen to have none by their first and last bytes.
pub(super) fn trimmed(text: &str) -> &str {
    // In UTF-8, blanks beyond ASCII begin with C2, E1, E2 or E3; Han characters with E4 to E9.
    let plain = |byte: u8| byte.is_ascii_graphic();
    let han = |byte: u8| (0xe4..=0xe9).contains(&byte);
    match text.as_bytes() {
        [only] if plain(*only) => text,
        [first, .., last] if (plain(*first) || han(*first)) && plain(*last) => text,
        [first, .., lead, _, _] if (plain(*first) || han(*first)) && han(*lead) => text,
        _ => text.trim(),
    }
}

/// Rows in one run of memory.
pub(super) struct Rows {
    cells: Cells,
    /// The line of each, whether it turns to another case, and how many cells there are at its end.
    rows: Vec<(u64, bool, usize)>,
}

impl Handed for Rows {
    fn with_room(bytes: usize) -> Rows {
        Rows { cells: Cells { text: String::with_capacity(bytes), ends: Vec::new() }, rows: Vec::new() }
    }

    fn bytes(&self) -> usize {
        // A row without cells is one all the same.
        self.cells.text.len().saturating_add(self.rows.len())
    }

    fn clear(&mut self) {
        self.cells.clear();
        self.rows.clear();
    }
}

impl Rows {
    pub(super) fn add<'c>(&mut self, line: u64, turns: bool, cells: impl Iterator<Item = (Field, &'c str)>) {
        cells.for_each(|(field, text)| self.cells.push(field, text));
        self.rows.push((line, turns, self.cells.len()));
    }

    /// The line of each row, whether it turns to another case, and its cells.
    pub(super) fn iter(&self) -> impl Iterator<Item = (u64, bool, impl Iterator<Item = (Field, &str)> + Clone)> {
        let mut before = 0;
        self.rows.iter().map(move |(line, turns, end)| (*line, *turns, self.cells.between(std::mem::replace(&mut before, *end), *end)))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn what_is_trimmed_the_short_way_is_what_trim_leaves(text in "[ \\ta元一龥\u{3000}\u{a0}\u{85}é𠮷]{0,5}|\\PC{0,4}") {
            prop_assert_eq!(trimmed(&text), text.trim());
        }

        #[test]
        fn cells_come_out_row_by_row_as_they_went_in(rows in prop::collection::vec(prop::collection::vec("[ a元]{0,3}", 0..4), 0..6)) {
            let mut kept = Rows::with_room(0);
            (0..).zip(&rows).for_each(|(line, row)| kept.add(line, false, row.iter().map(|cell| (Field::Step, cell.as_str()))));
            let found: Vec<(u64, Vec<&str>)> = kept.iter().map(|(line, _, cells)| (line, cells.map(|(_, text)| text).collect())).collect();
            let blank = |row: &'_ Vec<String>| row.iter().map(|cell| cell.trim().to_owned()).filter(|cell| !cell.is_empty()).collect();
            let expected: Vec<(u64, Vec<String>)> = (0..).zip(rows.iter().map(blank)).collect();
            prop_assert_eq!(found.len(), expected.len());
            prop_assert!(found.iter().zip(&expected).all(|(one, other)| one.0 == other.0 && one.1 == other.1));
        }
    }
}
