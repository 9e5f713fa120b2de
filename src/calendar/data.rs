//! The announced working days of mainland China, 2018 to 2026, one bit a day.
//!
//! Generated from `cn_workdays_2018_2026.json`, which holds the State Council's yearly notices merged by date
//! (NateScarlet/holiday-cn, commit d4e53bf2143de9a85bbd0a916c6c4adac32b075f, MIT licence). The test
//! `every_day_is_as_the_notices_say` proves this table equal to that file, day by day.

use chrono::{Datelike, NaiveDate};

/// A year: bit `n` of the 384 is set where the day of ordinal `n` (0 is 1 January) is a working day.
pub(super) type Year = [u64; 6];

/// Where a date's bit is in its year: the word, and the word with that bit alone.
pub(super) fn place(date: NaiveDate) -> (usize, u64) {
    let ordinal = date.ordinal0();
    (usize::try_from(ordinal / 64).unwrap_or(usize::MAX), 1_u64.rotate_left(ordinal % 64))
}

/// The year of the table's first row.
pub(super) const FIRST_YEAR: i32 = 2018;

/// A row a year, without a gap.
#[rustfmt::skip]
pub(super) const YEARS: [Year; 9] = [
    // 2018: 250 working days
    [0x9f70_1ef9_f3e7_cf9e, 0xce3f_3e7e_39f3_e7cf, 0xe7cf_9e3e_7cf9_f3e7, 0xf3e7_cf9f_3e7c_f9f3, 0xf9f3_e7cf_9f01_f8f9, 0x0000_07e7_cf9f_3e7c],
    // 2019: 250 working days
    [0xcf9f_3e03_f9f3_e7ce, 0xf0ef_9f3e_3cf9_f3e7, 0xf3e7_cf9f_1e7c_f9f3, 0x79f3_e7cf_9f3e_7cf9, 0x7cf9_f3e7_df01_be7c, 0x0000_19f3_e7cf_9f3e],
    // 2020: 249 working days
    [0xe7cf_9f3e_007d_f3e6, 0xc1f7_cf9e_3e7c_f9f3, 0xf9f8_e7cf_9f3e_7cfb, 0x7cf9_f3e7_cf9f_3e7c, 0x3e7c_f9f3_ec03_df3e, 0x0000_3cf9_f3e7_cf9f],
    // 2021: 250 working days
    [0xf9f7_01ef_9f3e_7cf8, 0xe0fd_f3e7_8f9f_3e7c, 0x3e7c_f9e3_e7cf_9f3e, 0x9f3e_7cf9_f3e7_cf9f, 0xcf9f_3e7c_fb01_f71f, 0x0000_1f3e_7cf9_f3e7],
    // 2022: 249 working days
    [0x7cf9_f3e0_3f9f_3e78, 0x707e_f9f3_8fcf_9f3e, 0x9f3e_7cf9_f1e7_cf9f, 0x8f9f_3e7c_f9f3_e7cf, 0xe7cf_9f3e_7f01_f3e7, 0x0000_0f9f_3e7c_f9f3],
    // 2023: 249 working days
    [0x3e7c_f9f3_f80f_9f3c, 0xb83f_7cf9_b3e7_cf9f, 0xcf9f_8e7c_f9f3_e7cf, 0xe7cf_9f3e_7cf9_f3e7, 0xf3e7_cf9f_3f80_79f3, 0x0000_07cf_9f3e_7cf9],
    // 2024: 251 working days
    [0x9f3f_00fd_f3e7_cf9e, 0xc1df_3e7e_39f3_e7cf, 0xe7cf_9f3c_7cf9_f3ef, 0xf3e7_cf9f_3e7c_f9f3, 0xf9f3_e7cf_be03_7ce3, 0x0000_33e7_cf9f_3e7c],
    // 2025: 248 working days
    [0xe7cf_9f78_06f9_f3e6, 0xe0f7_cf9f_1e7c_f9f3, 0xf9f3_e7cf_9e3e_7cf9, 0x7cf9_f3e7_cf9f_3e7c, 0x3e7c_f9f3_ee01_df3e, 0x0000_1cf9_f3e7_cf9f],
    // 2026: 248 working days
    [0xf7c0_1f9f_3e7c_f9f8, 0xe0f3_e7cf_1f3e_7cf9, 0x7cf9_f1e7_cf9f_3e7d, 0x3e7c_f9f3_e7cf_9f3e, 0x9f3e_7cf9_f701_c7df, 0x0000_1e7c_f9f3_e7cf],
];
