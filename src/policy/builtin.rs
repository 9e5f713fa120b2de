//! The policies that come with the crate, read by the same loader as everybody's own.

use std::sync::LazyLock;

use chrono::NaiveDate;

use super::{Policy, PolicyError};

const TEXTS: [&str; 2] = [include_str!("before_2025.toml"), include_str!("from_2025.toml")];

static BUILTIN: LazyLock<Result<Vec<Policy>, PolicyError>> = LazyLock::new(|| TEXTS.iter().map(|text| Policy::from_toml(text)).collect());

impl Policy {
    /// All built-in policies, the oldest first: each day since 2018 is in one of them.
    ///
    /// # Errors
    /// Never, unless the files that come with the crate were damaged; a test loads them.
    pub fn builtin() -> Result<Vec<Policy>, PolicyError> {
        BUILTIN.clone()
    }

    /// The built-in policy that is valid on a day: `gz-before-2025` from 2018 on, `gz-from-2025` since the 农村集体经济组织法
    /// (RCEO) is in force, 2025-05-01.
    ///
    /// Its numbers are this project's defaults unless marked as verified. They are nobody's binding rules: put your own paper
    /// in their place.
    ///
    /// # Errors
    /// [`PolicyError::NotBuiltIn`] before 2018.
    pub fn builtin_on(date: NaiveDate) -> Result<Policy, PolicyError> {
        let policies = BUILTIN.as_ref().map_err(PolicyError::clone)?;
        policies.iter().find(|policy| policy.is_valid_on(date)).cloned().ok_or(PolicyError::NotBuiltIn { date })
    }
}
