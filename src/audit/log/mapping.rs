//! The mapping: which columns hold what, and which names mean which step. A TOML file that a person can check.

use std::collections::{BTreeMap, BTreeSet};

use chrono::FixedOffset;
use serde::{Deserialize, Serialize};

use super::field::Field;
use super::time::{self, TimeFormat};
use super::words::{Act, Words};
use crate::disclosure::Channel;
use crate::dongsha::{Role, Step};

/// How a log is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Format {
    /// Comma, semicolon or tab separated, the first line a header.
    #[default]
    Csv,
    /// One JSON object to a line.
    JsonLines,
    /// IEEE 1849 XES. An attribute of the trace is a column `case:KEY`.
    Xes,
    /// OCEL 2.0 JSON. A related object is a column `object:TYPE`.
    Ocel,
}

/// A mapping as it is written.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Raw {
    format: Format,
    #[serde(skip_serializing_if = "Option::is_none")]
    delimiter: Option<char>,
    #[serde(skip_serializing_if = "Option::is_none")]
    zone: Option<String>,
    /// The rows of a case stand together: each case is judged as soon as the next one begins.
    grouped: bool,
    /// Every case of the log is over: what was not done by its end was skipped.
    complete: bool,
    /// Rows are judged by their time and not by their place.
    by_time: bool,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    time_formats: Vec<String>,
    columns: BTreeMap<String, String>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    steps: BTreeMap<String, String>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    actions: BTreeMap<String, String>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    roles: BTreeMap<String, String>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    channels: BTreeMap<String, String>,
    /// Who holds which roles, for logs that name people only.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    holders: BTreeMap<String, Vec<String>>,
    /// Close relatives, in pairs.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    kin: Vec<(String, String)>,
}

/// Which columns of a log hold what, and which of its names mean what.
///
/// ```
/// use sanzi::audit::{Field, Mapping};
/// let mapping: Mapping = r#"
///     format = "csv"
///     zone = "+08:00"
///     grouped = true
///     [columns]
///     case = "项目编号"
///     step = "环节"
///     time = "办理时间"
///     [steps]
///     "挂牌" = "TradingNotice"
/// "#.parse()?;
/// assert_eq!(mapping.column(Field::Step), Some("环节"));
/// assert!("[columns]\nkase = \"a\"".parse::<Mapping>().unwrap_err().to_string().contains("kase"));
/// # Ok::<(), sanzi::audit::MappingError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Mapping {
    raw: Raw,
    pub(super) zone: FixedOffset,
    pub(super) columns: BTreeMap<Field, String>,
    /// A bit for each field that has a column.
    fields: u64,
    time_formats: Vec<TimeFormat>,
    steps: Words<Step>,
    actions: Words<Act>,
    /// A bit for each act that the mapping itself has a word for.
    says: u64,
    roles: Words<Role>,
    channels: Words<Channel>,
    holders: BTreeMap<String, Vec<Role>>,
    kin: BTreeSet<(String, String)>,
}

/// Why a mapping was not accepted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum MappingError {
    /// Not the TOML that is expected.
    #[error("the mapping cannot be read: {0}")]
    Toml(String),
    /// A name that is none.
    #[error("`{found}` in [{table}] is unknown: write one of {known}")]
    Unknown {
        /// The table of the file.
        table: &'static str,
        /// What stands there.
        found: String,
        /// What there is.
        known: String,
    },
    /// An offset that is none.
    #[error("`{0}` is no zone: write an offset such as \"+08:00\"")]
    Zone(String),
    /// A form of time that is none.
    #[error("`{0}` in time_formats is no form of time: write one such as \"%d.%m.%Y %H:%M\"")]
    TimeFormat(String),
    /// A column that everything hangs on.
    #[error("the mapping has no column for `{0}`: nothing can be judged without it")]
    NoColumn(&'static str),
}

fn unknown<'k>(table: &'static str, found: &str, known: impl IntoIterator<Item = &'k str>) -> MappingError {
    let known = known.into_iter().collect::<Vec<_>>().join(", ");
    MappingError::Unknown { table, found: super::super::report::clip(found), known }
}

/// The words that are known, and those of the file.
fn table<T: Copy>(
    raw: &BTreeMap<String, String>,
    name: &'static str,
    ids: &[&str],
    known: Words<T>,
    find: impl Fn(&Words<T>, &str) -> Option<T>,
) -> Result<Words<T>, MappingError> {
    let mut all = known.clone();
    for (word, id) in raw {
        let thing = find(&known, id).ok_or_else(|| unknown(name, id, ids.iter().copied()))?;
        all.learn(word.trim(), thing);
    }
    Ok(all)
}

impl TryFrom<Raw> for Mapping {
    type Error = MappingError;

    fn try_from(raw: Raw) -> Result<Mapping, MappingError> {
        use crate::flow::{RoleId, StepId};
        let zone = raw.zone.as_deref().unwrap_or("+08:00");
        let zone = time::zone(zone).ok_or_else(|| MappingError::Zone(zone.to_owned()))?;
        let mut columns = BTreeMap::new();
        for (key, column) in &raw.columns {
            let field = Field::ALL.iter().find(|field| field.key() == key);
            let field = field.ok_or_else(|| unknown("columns", key, Field::ALL.iter().map(|field| field.key())))?;
            columns.insert(*field, column.trim().to_owned());
        }
        for field in [Field::Case, Field::Step] {
            if !columns.contains_key(&field) {
                return Err(MappingError::NoColumn(field.key()));
            }
        }
        let ids: Vec<&str> = Step::ALL.iter().map(|step| step.id()).collect();
        let role_ids: Vec<&str> = Role::ALL.iter().map(|role| role.id()).collect();
        let acts =
            ["performed", "published", "removed", "altered", "left", "registered", "bid", "returned", "objected", "answered", "terminated"];
        let known = Words::roles();
        let role = |name: &String| known.get(name).ok_or_else(|| unknown("holders", name, role_ids.iter().copied()));
        let holders = raw.holders.iter().map(|(who, roles)| {
            let roles = roles.iter().map(role).collect::<Result<Vec<_>, _>>();
            roles.map(|roles| (who.trim().to_owned(), roles))
        });
        let both = |(one, other): &(String, String)| {
            let (one, other) = (one.trim().to_owned(), other.trim().to_owned());
            [(one.clone(), other.clone()), (other, one)]
        };
        Ok(Mapping {
            zone,
            fields: columns.keys().fold(0, |fields, field| fields | field.bit()),
            columns,
            time_formats: raw.time_formats.iter().map(|format| TimeFormat::new(format)).collect::<Result<_, _>>()?,
            steps: table(&raw.steps, "steps", &ids, Words::steps(), Words::step)?,
            says: raw.actions.values().filter_map(|act| Words::acts().get(act)).fold(0, |says, act| says | act.bit()),
            actions: table(&raw.actions, "actions", &acts, Words::acts(), Words::get)?,
            roles: table(&raw.roles, "roles", &role_ids, Words::roles(), Words::get)?,
            channels: table(&raw.channels, "channels", &["platform", "bulletin", "wechat", "office"], Words::channels(), Words::get)?,
            holders: holders.collect::<Result<_, _>>()?,
            kin: raw.kin.iter().flat_map(both).collect(),
            raw,
        })
    }
}

impl std::str::FromStr for Mapping {
    type Err = MappingError;

    fn from_str(text: &str) -> Result<Mapping, MappingError> {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let raw: Raw = toml::from_str(text).map_err(|error| MappingError::Toml(error.to_string()))?;
        Mapping::try_from(raw)
    }
}

impl Mapping {
    /// A mapping of a format, with these columns and nothing else.
    pub(super) fn of(format: Format, columns: BTreeMap<Field, String>, delimiter: Option<char>) -> Result<Mapping, MappingError> {
        let columns = columns.into_iter().map(|(field, column)| (field.key().to_owned(), column)).collect();
        Mapping::try_from(Raw { format, columns, delimiter, zone: Some("+08:00".to_owned()), ..Raw::default() })
    }

    pub(super) fn raw_with(&self, steps: BTreeMap<String, String>, roles: BTreeMap<String, String>) -> Result<Mapping, MappingError> {
        Mapping::try_from(Raw { steps, roles, ..self.raw.clone() })
    }

    /// How the log is written.
    pub const fn format(&self) -> Format {
        self.raw.format
    }

    /// The column that holds a field.
    pub fn column(&self, field: Field) -> Option<&str> {
        self.columns.get(&field).map(String::as_str)
    }

    /// The mapping as TOML.
    pub fn to_toml(&self) -> String {
        toml::to_string(&self.raw).unwrap_or_default()
    }

    pub(super) const fn has(&self, field: Field) -> bool {
        self.fields & field.bit() != 0
    }

    pub(super) const fn delimiter(&self) -> Option<char> {
        self.raw.delimiter
    }

    /// The rows of a case stand together; in XES they do where the case is the trace.
    pub(super) fn grouped(&self) -> bool {
        let is_trace = || self.column(Field::Case).is_some_and(|column| column.starts_with("case:"));
        self.raw.grouped || self.raw.format == Format::Xes && is_trace()
    }

    pub(super) const fn complete(&self) -> bool {
        self.raw.complete
    }

    pub(super) const fn by_time(&self) -> bool {
        self.raw.by_time
    }

    pub(super) fn time_formats(&self) -> &[TimeFormat] {
        &self.time_formats
    }

    pub(super) fn step(&self, name: &str) -> Option<Step> {
        self.steps.step(name)
    }

    pub(super) fn act(&self, name: &str) -> Option<Act> {
        self.actions.get(name)
    }

    pub(super) fn role(&self, name: &str) -> Option<Role> {
        self.roles.get(name)
    }

    pub(super) fn channel(&self, name: &str) -> Option<Channel> {
        self.channels.get(name)
    }

    /// Who holds which roles.
    pub(super) fn holders(&self) -> impl Iterator<Item = (&str, &[Role])> {
        self.holders.iter().map(|(who, roles)| (who.as_str(), roles.as_slice()))
    }

    pub(super) fn knows_kin(&self) -> bool {
        !self.kin.is_empty()
    }

    /// Close relatives, each pair both ways.
    pub(super) fn kin(&self) -> impl Iterator<Item = (&str, &str)> {
        self.kin.iter().map(|(one, other)| (one.as_str(), other.as_str()))
    }

    /// Whether the log has a word for this: then its absence means that it did not happen.
    pub(super) const fn can_say(&self, act: Act) -> bool {
        self.has(Field::Action) && self.says & act.bit() != 0
    }
}
