//! Channels that no machine can read: two people and a photo.

use chrono::{DateTime, Utc};

use super::{Order, PublishError};
use crate::disclosure::{Proof, Receipt, Status};
use crate::value::{Digest, PersonId, Text};

/// The receipt that a notice hangs where it must: a photo by one person in the presence of another. Keep the photo; the
/// receipt holds its digest.
///
/// ```
/// # use sanzi::{case::Subject, disclosure::{Channel, Notice, Proof}, publish::{Order, photo}, value::{Bilingual, Digest, PersonId}};
/// # let case = "01890a5d-ac96-774b-bcce-b302099a8057".parse()?;
/// # let notice = Notice { case, number: 14, title: Bilingual::new("成交结果", "result"), lines: vec![] };
/// let order = Order::new(Subject::Step, Channel::Office, notice)?;
/// let at = "2018-03-05T09:00:00+08:00".parse()?;
/// let receipt = photo(&order, b"the photo's file", PersonId::new("li")?, PersonId::new("guan")?, at)?;
/// assert!(matches!(receipt.proof, Proof::Photo { digest, .. } if digest == Digest::of_bytes(b"the photo's file")));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// [`PublishError::PhotoNeedsTwo`], [`PublishError::EmptyPhoto`].
pub fn photo(order: &Order, file: &[u8], taken_by: PersonId, witness: PersonId, at: DateTime<Utc>) -> Result<Receipt, PublishError> {
    if taken_by == witness {
        return Err(PublishError::PhotoNeedsTwo);
    }
    if file.is_empty() {
        return Err(PublishError::EmptyPhoto);
    }
    let proof = Proof::Photo { digest: Digest::of_bytes(file), taken_by, witness };
    Ok(Receipt { channel: order.channel, notice: order.digest(), status: Status::Confirmed, at, proof, verified_by: None })
}

/// A confirmation by what was seen on the channel itself.
pub(super) fn seen(order: &Order, status: Status, reference: Text, at: DateTime<Utc>, verified_by: Option<PersonId>) -> Receipt {
    Receipt { status, verified_by, ..Receipt::confirmed(order.channel, order.digest(), at, reference) }
}
