//! What happened, told in words: each entry of a case, and each receipt, for anyone to read.

use sanzi::case::{Entry, Event, Next, Subject, TakenBack};
use sanzi::disclosure::{Proof, Receipt, Remark, Ruling, Status};
use sanzi::dongsha::{Dongsha, Step};
use sanzi::flow::Flow;
use sanzi::value::{Bilingual, Lang};

use super::Board;
use super::views::{numbered, person};

fn step(step: Step) -> Bilingual {
    Bilingual::of(numbered(step, Lang::Zh), numbered(step, Lang::En))
}

fn subject(of: Subject) -> Bilingual {
    match of {
        Subject::Step => Bilingual::new("公告", "the notice"),
        Subject::Withdrawal => Bilingual::new("撤回公告", "the notice of withdrawal"),
        Subject::Termination => Bilingual::new("终止公告", "the notice of termination"),
    }
}

/// How the step ended, in the words of its row.
fn outcome(from: Step, id: &str) -> Bilingual {
    let ways = Dongsha::row(from).outcomes.iter();
    ways.filter(|way| way.id == id).map(|way| way.name.clone()).next().unwrap_or(Bilingual::new("", ""))
}

fn kind(kind: Remark) -> Bilingual {
    match kind {
        Remark::Comment => Bilingual::new("意见", "comment"),
        Remark::Objection => Bilingual::new("异议", "objection"),
    }
}

/// What an entry says.
pub(crate) fn event(entry: &Entry<Dongsha>) -> Bilingual {
    match &entry.event {
        Event::Opened { .. } => Bilingual::new("立案", "opened"),
        Event::Performed { evidence, .. } => {
            use sanzi::case::EvidenceSet;
            let step = step(evidence.step());
            Bilingual::of(format!("执行 {}", step.zh), format!("performed {}", step.en))
        }
        Event::Noted { of, receipts } => told(*of, receipts, false),
        Event::Published { of, receipts } => told(*of, receipts, true),
        Event::Advanced { from, outcome: id, to, .. } => {
            let (from, how) = (step(*from), outcome(*from, id));
            let to = match to {
                Next::Step(to) => step(*to),
                Next::End => Bilingual::new("办结", "the end"),
            };
            let (zh, en) =
                if how.zh.is_empty() { (String::new(), String::new()) } else { (format!("（{}）", how.zh), format!(" ({})", how.en)) };
            Bilingual::of(format!("{}{zh}，进入 {}", from.zh, to.zh), format!("left {}{en}, to {}", from.en, to.en))
        }
        Event::Objected { number, kind: which, .. } => {
            let which = kind(*which);
            Bilingual::of(format!("收到第 {number} 号{}", which.zh), format!("{} no. {number} came in", which.en))
        }
        Event::Answered { number, ruling, .. } => match ruling {
            Ruling::Upheld => Bilingual::of(format!("第 {number} 号异议成立"), format!("no. {number} upheld")),
            Ruling::Dismissed => Bilingual::of(format!("第 {number} 号已答复"), format!("no. {number} answered")),
        },
        Event::Risen { number, to } => {
            let to = sanzi::flow::RoleId::name(*to);
            Bilingual::of(
                format!("第 {number} 号逾期未答复，上升至{}", to.zh),
                format!("no. {number} was not answered in its period, and rose to the {}", to.en),
            )
        }
        Event::Recalled { step: at, correction, .. } => {
            let at = step(*at);
            Bilingual::of(format!("更正 {}：{}", at.zh, correction.reason), format!("took back {}: {}", at.en, correction.reason))
        }
        Event::Terminated { termination, .. } => {
            Bilingual::of(format!("决定终止：{}", termination.reason), format!("ended by decision: {}", termination.reason))
        }
        Event::ClockSet { reason, back } => {
            let back = match back {
                TakenBack::Steps { from, .. } => step(*from),
                TakenBack::Unasked | TakenBack::Nothing => Bilingual::new("", ""),
            };
            let (zh, en) = if back.zh.is_empty() {
                (String::new(), String::new())
            } else {
                (format!("；退回 {}", back.zh), format!("; back to {}", back.en))
            };
            Bilingual::of(format!("校正时钟：{reason}{zh}"), format!("the clock was set right: {reason}{en}"))
        }
    }
}

fn told(of: Subject, receipts: &[Receipt], everywhere: bool) -> Bilingual {
    let of = subject(of);
    if everywhere {
        return Bilingual::of(format!("{}已在全部渠道公开", of.zh), format!("{} is up on all its channels", of.en));
    }
    let each = |lang: Lang| {
        let one = |receipt: &Receipt| format!("{} {}", receipt.channel.name().in_lang(lang), standing(receipt.status).in_lang(lang));
        receipts.iter().map(one).collect::<Vec<_>>().join(if lang == Lang::Zh { "、" } else { ", " })
    };
    Bilingual::of(format!("{}：{}", of.zh, each(Lang::Zh)), format!("{}: {}", of.en, each(Lang::En)))
}

/// How a notice stands on a channel.
pub(crate) fn standing(status: Status) -> Bilingual {
    match status {
        Status::Requested => Bilingual::new("已提交，未确认", "handed in, not confirmed"),
        Status::Confirmed => Bilingual::new("已确认", "confirmed"),
        Status::Removed => Bilingual::new("已不在", "gone"),
        Status::Altered => Bilingual::new("被改动", "altered"),
    }
}

/// What a receipt rests on.
pub(crate) fn proof(board: &Board, receipt: &Receipt, lang: Lang) -> String {
    let zh = lang == Lang::Zh;
    match &receipt.proof {
        Proof::Reference(text) => text.to_string(),
        Proof::Photo { digest, taken_by, witness } => {
            let (taken_by, witness) = (person(board, *taken_by, lang), person(board, *witness, lang));
            let short = digest.short();
            if zh {
                format!("照片 {short}，拍摄 {taken_by}，见证 {witness}")
            } else {
                format!("photo {short}, by {taken_by}, witness {witness}")
            }
        }
    }
}
