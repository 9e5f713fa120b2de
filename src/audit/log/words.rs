//! Names that are known without a mapping: of steps, roles, channels, acts and words.

use std::borrow::Cow;
use std::collections::BTreeMap;

use foldhash::HashMap;

use crate::disclosure::Channel;
use crate::dongsha::{Role, Step};
use crate::flow::{RoleId, StepId};
use crate::policy::Body;

/// What happened, by a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Act {
    Performed,
    Published,
    Removed,
    Altered,
    Left,
    Registered,
    Bid,
    Returned,
    Objected,
    Answered,
    Terminated,
}

impl Act {
    /// Its bit in a set of acts.
    pub(super) const fn bit(self) -> u64 {
        1 << self as u32
    }
}

const ACTS: [(&str, Act); 34] = [
    ("performed", Act::Performed),
    ("complete", Act::Performed),
    ("执行", Act::Performed),
    ("办理", Act::Performed),
    ("完成", Act::Performed),
    ("published", Act::Published),
    ("公开", Act::Published),
    ("公示", Act::Published),
    ("公告", Act::Published),
    ("发布", Act::Published),
    ("removed", Act::Removed),
    ("撤下", Act::Removed),
    ("altered", Act::Altered),
    ("更改", Act::Altered),
    ("left", Act::Left),
    ("advanced", Act::Left),
    ("办结", Act::Left),
    ("进入下一环节", Act::Left),
    ("registered", Act::Registered),
    ("报名", Act::Registered),
    ("bid", Act::Bid),
    ("出价", Act::Bid),
    ("报价", Act::Bid),
    ("竞价", Act::Bid),
    ("returned", Act::Returned),
    ("退回", Act::Returned),
    ("objected", Act::Objected),
    ("异议", Act::Objected),
    ("answered", Act::Answered),
    ("答复", Act::Answered),
    ("裁决", Act::Answered),
    ("terminated", Act::Terminated),
    ("终止", Act::Terminated),
    ("中止", Act::Terminated),
];

/// Case and surrounding spaces make no difference.
fn same(one: &str, other: &str) -> bool {
    one.eq_ignore_ascii_case(other)
}

/// Words and what they mean.
#[derive(Clone, Debug)]
pub(super) struct Words<T> {
    known: BTreeMap<Cow<'static, str>, T>,
    /// The same, for a word that stands in it as it is.
    exact: HashMap<Cow<'static, str>, T>,
}

impl<T: Copy> Words<T> {
    fn of<const N: usize>(words: impl IntoIterator<Item = ([Cow<'static, str>; N], T)>) -> Words<T> {
        let known: BTreeMap<_, _> = words.into_iter().flat_map(|(words, thing)| words.map(|word| (word, thing))).collect();
        Words { exact: known.iter().map(|(word, thing)| (word.clone(), *thing)).collect(), known }
    }

    /// What a word means: as it stands here, else in other letters.
    pub(super) fn get(&self, word: &str) -> Option<T> {
        let other = || self.known.iter().find(|(known, _)| same(known, word)).map(|(_, thing)| thing);
        self.exact.get(word).or_else(other).copied()
    }

    /// A word of the mapping's own, which goes before what is known.
    pub(super) fn learn(&mut self, word: &str, thing: T) {
        self.known.insert(word.to_owned().into(), thing);
        self.exact.insert(word.to_owned().into(), thing);
    }
}

impl Words<Act> {
    pub(super) fn acts() -> Words<Act> {
        Words::of(ACTS.map(|(word, act)| ([word.into()], act)))
    }
}

impl Words<Step> {
    /// By identifier, number, or name in either language.
    pub(super) fn steps() -> Words<Step> {
        let own = |step: &Step| ([step.name().zh, step.name().en, step.id().into(), step.number().to_string().into()], *step);
        Words::of(Step::ALL.iter().map(own))
    }

    /// With or without its number in front.
    pub(super) fn step(&self, name: &str) -> Option<Step> {
        let bare = || name.trim_start_matches(|c: char| c.is_ascii_digit()).trim_start_matches(['.', '、', ' ', '．']);
        self.get(name).or_else(|| self.get(bare())).or_else(|| self.get(name.trim_start_matches('0')))
    }
}

impl Words<Role> {
    pub(super) fn roles() -> Words<Role> {
        Words::of(Role::ALL.iter().map(|role| ([role.name().zh, role.name().en, role.id().into()], *role)))
    }
}

impl Words<Channel> {
    pub(super) fn channels() -> Words<Channel> {
        let own = |channel: Channel| {
            let [id, short] = match channel {
                Channel::Platform => ["platform", "平台"],
                Channel::Bulletin => ["bulletin", "简报"],
                Channel::WeChat => ["wechat", "公众号"],
                Channel::Office => ["office", "办公点"],
            };
            ([id.into(), short.into(), channel.letter().to_string().into(), channel.name().zh, channel.name().en], channel)
        };
        Words::of(Channel::ALL.map(own))
    }
}

/// Several channels in one cell.
pub(super) fn split(cell: &str) -> impl Iterator<Item = &str> {
    cell.split([';', '、', ',', '|', '，', '；']).map(str::trim).filter(|name| !name.is_empty())
}

pub(super) fn body(name: &str) -> Option<Body> {
    let words = [
        (Body::Members, ["members", "成员大会", "成员"]),
        (Body::Delegates, ["delegates", "成员代表会议", "成员代表"]),
        (Body::Directors, ["directors", "理事会", "理事"]),
    ];
    words.into_iter().find(|(_, words)| words.iter().any(|word| same(word, name))).map(|(body, _)| body)
}

pub(super) fn flag(name: &str) -> Option<bool> {
    let is = |words: &[&str]| words.iter().any(|word| same(word, name));
    match name {
        _ if is(&["true", "yes", "1", "y", "是", "合格", "qualified"]) => Some(true),
        _ if is(&["false", "no", "0", "n", "否", "不合格", "disqualified"]) => Some(false),
        _ => None,
    }
}

/// Whether it is a negotiation.
pub(super) fn negotiated(name: &str) -> Option<bool> {
    let is = |words: &[&str]| words.iter().any(|word| same(word, name));
    match name {
        _ if is(&["negotiation", "协商", "协议", "直接协商", "limited", "direct"]) => Some(true),
        _ if is(&["public-bidding", "公开竞投", "公开", "竞投", "open"]) => Some(false),
        _ => None,
    }
}
