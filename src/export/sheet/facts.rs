//! What a union says of itself on its paper.

use serde::{Deserialize, Serialize};

use crate::export::WebAddress;
use crate::ledger::ShortForm;
use crate::value::{Lang, Text};

/// A union's own facts: everything on the paper that does not come from the table and the policy.
///
/// ```
/// use sanzi::export::{Facts, WebAddress};
/// use sanzi::value::Text;
/// let facts = Facts {
///     name: Text::new("东塱经济联社")?,
///     name_en: Some(Text::new("Dongtang Economic Union")?),
///     objections_at: Text::new("东塱村委会一楼对外办公点意见箱")?,
///     objections_at_en: None,
///     phone: Text::new("020-8100 0000")?,
///     page: WebAddress::new("https://example.org/dongtang/sanzi")?,
///     checkpoint: None,
/// };
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Facts {
    /// The union's name.
    pub name: Text,
    /// The same in English; where there is none, the Chinese name stands on the English paper too.
    #[serde(default)]
    pub name_en: Option<Text>,
    /// Where an objection can be handed in.
    pub objections_at: Text,
    /// The same in English.
    #[serde(default)]
    pub objections_at_en: Option<Text>,
    /// The telephone that answers.
    pub phone: Text,
    /// The public page that the QR code leads to.
    pub page: WebAddress,
    /// The short code of the ledger's last checkpoint: on paper, so that nobody can rewrite what was recorded before.
    #[serde(skip)]
    pub checkpoint: Option<ShortForm>,
}

impl Facts {
    pub(super) fn name_in(&self, lang: Lang) -> &Text {
        self.name_en.as_ref().filter(|_| lang == Lang::En).unwrap_or(&self.name)
    }

    pub(super) fn objections_in(&self, lang: Lang) -> &Text {
        self.objections_at_en.as_ref().filter(|_| lang == Lang::En).unwrap_or(&self.objections_at)
    }
}
