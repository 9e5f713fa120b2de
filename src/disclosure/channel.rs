//! The four channels of the report: platform, bulletin, WeChat account, office points.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::value::Bilingual;

/// Where a notice goes up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[repr(u8)]
pub enum Channel {
    /// The district's 三资 trading platform website (P).
    Platform,
    /// The union's bulletin (B), such as 《东塱简报》.
    Bulletin,
    /// The WeChat official account (W), such as “东塱之家”.
    WeChat,
    /// The union's public office points (O), 对外办公点.
    Office,
}

impl Channel {
    /// All four, in the order of the paper.
    pub const ALL: [Channel; 4] = [Channel::Platform, Channel::Bulletin, Channel::WeChat, Channel::Office];

    /// Its name in both languages.
    pub const fn name(self) -> Bilingual {
        match self {
            Channel::Platform => Bilingual::new("区“三资”交易平台", "district platform"),
            Channel::Bulletin => Bilingual::new("简报", "bulletin"),
            Channel::WeChat => Bilingual::new("微信公众号", "WeChat account"),
            Channel::Office => Bilingual::new("对外办公点", "office points"),
        }
    }

    /// Its letter in the table.
    pub const fn letter(self) -> char {
        match self {
            Channel::Platform => 'P',
            Channel::Bulletin => 'B',
            Channel::WeChat => 'W',
            Channel::Office => 'O',
        }
    }
}

/// A set of channels.
///
/// ```
/// use sanzi::disclosure::{Channel, Channels};
/// let legal_notice = Channels::P.and(Channels::O);
/// assert_eq!(legal_notice.to_string(), "PO");
/// assert!(legal_notice.contains(Channel::Office) && !legal_notice.contains(Channel::WeChat));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
pub struct Channels(u8);

impl Channels {
    /// No channel.
    pub const NONE: Channels = Channels(0);
    /// The platform.
    pub const P: Channels = Channels(1 << Channel::Platform as u8);
    /// The bulletin.
    pub const B: Channels = Channels(1 << Channel::Bulletin as u8);
    /// The WeChat account.
    pub const W: Channels = Channels(1 << Channel::WeChat as u8);
    /// The office points.
    pub const O: Channels = Channels(1 << Channel::Office as u8);

    /// Both sets together.
    #[must_use]
    pub const fn and(self, other: Channels) -> Channels {
        Channels(self.0 | other.0)
    }

    /// This set without the other.
    #[must_use]
    pub const fn without(self, other: Channels) -> Channels {
        Channels(self.0 & !other.0)
    }

    /// The set of one channel.
    pub const fn only(channel: Channel) -> Channels {
        Channels(1 << channel as u8)
    }

    /// A bit for each channel, of which there are four.
    #[cfg(feature = "audit")]
    pub(crate) const fn bits(self) -> u8 {
        self.0
    }

    /// Whether the channel is in the set.
    pub const fn contains(self, channel: Channel) -> bool {
        self.0 & (1 << channel as u8) != 0
    }

    /// Whether the set is empty.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// How many channels are in the set.
    pub const fn len(self) -> usize {
        self.0.count_ones() as usize
    }

    /// The channels, in the order of the paper.
    pub fn iter(self) -> impl Iterator<Item = Channel> {
        Channel::ALL.into_iter().filter(move |channel| self.contains(*channel))
    }

    /// Their names in both languages.
    pub fn names(self) -> Bilingual {
        let join = |between: &str, name: fn(Channel) -> String| self.iter().map(name).collect::<Vec<_>>().join(between);
        Bilingual::of(join("、", |c| c.name().zh.into_owned()), join(", ", |c| c.name().en.into_owned()))
    }
}

impl FromIterator<Channel> for Channels {
    fn from_iter<I: IntoIterator<Item = Channel>>(channels: I) -> Channels {
        channels.into_iter().fold(Channels::NONE, |set, channel| set.and(Channels::only(channel)))
    }
}

/// The letters of the table: `PBWO`.
impl fmt::Display for Channels {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.iter().map(Channel::letter).collect::<String>())
    }
}

impl Serialize for Channels {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.iter())
    }
}

impl<'de> Deserialize<'de> for Channels {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Channels, D::Error> {
        Vec::<Channel>::deserialize(deserializer).map(Channels::from_iter)
    }
}
