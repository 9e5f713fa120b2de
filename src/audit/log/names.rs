//! Names that are known without a mapping: of steps, roles, channels, acts and words.

use crate::disclosure::{Channel, Channels};
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

pub(super) fn act(name: &str) -> Option<Act> {
    ACTS.iter().find(|(word, _)| same(word, name)).map(|(_, act)| *act)
}

/// By identifier, number, or name in either language, with or without its number in front.
pub(super) fn step(name: &str) -> Option<Step> {
    let bare = name.trim_start_matches(|c: char| c.is_ascii_digit()).trim_start_matches(['.', '、', ' ', '．']);
    let known = |step: &&Step| {
        let own = step.name();
        let by_name = [own.zh.as_ref(), own.en.as_ref(), step.id()].iter().any(|own| same(own, name) || same(own, bare));
        by_name || name.parse::<usize>() == Ok(step.number())
    };
    Step::ALL.iter().find(known).copied()
}

pub(super) fn role(name: &str) -> Option<Role> {
    let known = |role: &&Role| [role.name().zh.as_ref(), role.name().en.as_ref(), role.id()].iter().any(|own| same(own, name));
    Role::ALL.iter().find(known).copied()
}

pub(super) fn channel(name: &str) -> Option<Channel> {
    let letter = |channel: Channel| name.len() == 1 && name.chars().all(|c| c.eq_ignore_ascii_case(&channel.letter()));
    let id = |channel: Channel| match channel {
        Channel::Platform => ["platform", "平台"],
        Channel::Bulletin => ["bulletin", "简报"],
        Channel::WeChat => ["wechat", "公众号"],
        Channel::Office => ["office", "办公点"],
    };
    let known = |channel: &Channel| {
        let own = channel.name();
        letter(*channel) || id(*channel).iter().chain([&own.zh.as_ref(), &own.en.as_ref()]).any(|own| same(own, name))
    };
    Channel::ALL.into_iter().find(known)
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

pub(super) fn all(channels: impl Iterator<Item = Channel>) -> Channels {
    channels.collect()
}
