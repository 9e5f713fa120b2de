//! One notice on its way to, and on, its channels.

use chrono::{DateTime, Utc};
use serde::Serialize;

use super::{Channel, Channels, Receipt, Status};
use crate::value::{Digest, PersonId, Text};

/// A notice that has to be up on a set of channels, and how it stands on each.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Posting {
    notice: Digest,
    required: Channels,
    up: [Option<DateTime<Utc>>; 4],
    /// When it was last seen gone or altered.
    #[serde(skip)]
    gone: [Option<DateTime<Utc>>; 4],
}

impl Posting {
    /// Nothing is up yet.
    pub const fn new(notice: Digest, required: Channels) -> Posting {
        Posting { notice, required, up: [None; 4], gone: [None; 4] }
    }

    /// The digest of the notice.
    pub const fn notice(&self) -> Digest {
        self.notice
    }

    /// Where it must be up.
    pub const fn required(&self) -> Channels {
        self.required
    }

    /// Where it is confirmed and still there.
    pub fn confirmed(&self) -> Channels {
        Channel::ALL.into_iter().zip(self.up).filter(|(_, up)| up.is_some()).map(|(channel, _)| channel).collect()
    }

    /// Where it must still be confirmed.
    pub fn missing(&self) -> Channels {
        self.required.without(self.confirmed())
    }

    /// Whether anyone can have read it: it is, or was, up on some channel.
    pub fn was_seen(&self) -> bool {
        self.up.iter().chain(&self.gone).any(Option::is_some)
    }

    /// Since when it is up on **all** required channels: the moment of the last of them. `None` while one is missing.
    pub fn since(&self) -> Option<DateTime<Utc>> {
        if !self.missing().is_empty() {
            return None;
        }
        Channel::ALL.into_iter().zip(self.up).filter(|(channel, _)| self.required.contains(*channel)).filter_map(|(_, up)| up).max()
    }

    /// A confirmation for each channel that is still missing, all since one moment: what a host hands in once it has seen the
    /// notice everywhere. `reference` says where it can be read on a channel; `verified_by` is whoever checked the posting,
    /// where the row asks for it.
    ///
    /// ```
    /// use sanzi::disclosure::{Channel, Channels, Posting};
    /// use sanzi::value::{Digest, PersonId, Text};
    /// let posting = Posting::new(Digest::of_bytes(b"notice"), Channels::P.and(Channels::O));
    /// let now = "2018-03-05T09:00:00+08:00".parse()?;
    /// let (page, board) = (Text::new("https://example.org/n/1")?, Text::new("对外办公点公告栏")?);
    /// let seen = |channel| if channel == Channel::Platform { page.clone() } else { board.clone() };
    /// let receipts = posting.confirm_all(now, Some(PersonId::new("guan")?), seen);
    /// assert_eq!(receipts.len(), 2);
    /// assert!(receipts.iter().all(|receipt| receipt.notice == posting.notice()));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn confirm_all(
        &self,
        at: DateTime<Utc>,
        verified_by: Option<PersonId>,
        mut reference: impl FnMut(Channel) -> Text,
    ) -> Vec<Receipt> {
        let confirm = |channel| Receipt { verified_by, ..Receipt::confirmed(channel, self.notice, at, reference(channel)) };
        self.missing().iter().map(confirm).collect()
    }

    /// Takes a receipt in. Only a confirmation puts a channel up; the first one counts, until it is removed or altered. Then
    /// the next one counts, and never from a moment before it was seen gone.
    pub fn take(&mut self, receipt: &Receipt) {
        let place = receipt.channel as usize;
        let (Some(up), Some(gone)) = (self.up.get_mut(place), self.gone.get_mut(place)) else { return };
        match (receipt.status, &up) {
            (Status::Confirmed, None) => *up = Some(gone.map_or(receipt.at, |gone| gone.max(receipt.at))),
            (Status::Removed | Status::Altered, _) => {
                *up = None;
                *gone = (*gone).max(Some(receipt.at));
            }
            (Status::Confirmed | Status::Requested, _) => {}
        }
    }

    /// No moment of it is after this one: the clock that gave it ran ahead.
    pub(crate) fn date_back(&mut self, at: DateTime<Utc>) {
        self.up.iter_mut().chain(&mut self.gone).flatten().for_each(|moment| *moment = at.min(*moment));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn receipt(channel: Channel, status: Status, second: i64) -> Receipt {
        let at = DateTime::from_timestamp(second, 0).unwrap();
        Receipt::confirmed(channel, Digest::NONE, at, Text::new("p. 1").unwrap()).with_status(status)
    }

    fn since(receipts: &[Receipt]) -> Option<i64> {
        let mut posting = Posting::new(Digest::NONE, Channels::P.and(Channels::O));
        receipts.iter().for_each(|receipt| posting.take(receipt));
        posting.since().map(|at| at.timestamp())
    }

    #[test]
    fn all_is_what_is_missing_and_makes_it_public() {
        let now = DateTime::from_timestamp(70, 0).unwrap();
        let mut posting = Posting::new(Digest::of_bytes(b"notice"), Channels::P.and(Channels::W).and(Channels::O));
        posting.take(&receipt(Channel::WeChat, Status::Confirmed, 10));
        let all = posting.confirm_all(now, None, |channel| Text::new(channel.name().en.as_ref()).unwrap());
        assert_eq!(all.iter().map(|receipt| receipt.channel).collect::<Vec<_>>(), [Channel::Platform, Channel::Office]);
        all.iter().for_each(|receipt| posting.take(receipt));
        assert_eq!(posting.since(), Some(now));
        let guan = PersonId::new("guan").unwrap();
        let verified = Posting::new(Digest::NONE, Channels::P).confirm_all(now, Some(guan), |_| Text::new("p. 1").unwrap());
        assert_eq!(verified.iter().map(|receipt| receipt.verified_by).collect::<Vec<_>>(), [Some(guan)]);
        assert_eq!(posting.confirm_all(now, None, |_| unreachable!()), []);
    }

    #[test]
    fn invariant_7_published_means_confirmed_and_still_there() {
        use Channel::{Office, Platform};
        use Status::{Altered, Confirmed, Removed, Requested};
        let (p, o) = (receipt(Platform, Confirmed, 10), receipt(Office, Confirmed, 20));
        assert_eq!(since(&[p.clone(), o.clone()]), Some(20), "the last required channel");
        assert_eq!(since(&[o.clone(), p.clone()]), Some(20), "in any order");
        assert_eq!(since(&[p.clone(), receipt(Office, Requested, 20)]), None, "accepted is not public");
        assert_eq!(since(&[p.clone(), o.clone(), receipt(Office, Removed, 30)]), None);
        assert_eq!(since(&[p.clone(), o.clone(), receipt(Platform, Altered, 30)]), None);
        assert_eq!(since(&[p.clone(), o.clone(), receipt(Platform, Altered, 30), receipt(Platform, Confirmed, 40)]), Some(40));
        let back = receipt(Platform, Confirmed, 25);
        assert_eq!(since(&[p.clone(), o.clone(), receipt(Platform, Removed, 30), back]), Some(30), "not before it was seen gone");
        assert_eq!(since(&[p, o, receipt(Office, Confirmed, 50)]), Some(20), "said twice is up since the first");
    }
}
