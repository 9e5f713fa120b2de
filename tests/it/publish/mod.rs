//! Publishing as it really goes: folders, servers that fail, and the courier between them and the ledger.

mod courier;
mod directory;
#[cfg(feature = "web")]
mod serve;
#[cfg(feature = "web")]
mod webhook;
#[cfg(all(feature = "web", feature = "pages"))]
mod wechat;

use sanzi::case::Subject;
use sanzi::disclosure::{Channel, Line, Notice};
use sanzi::publish::Order;
use sanzi::value::{Bilingual, CaseId};

pub fn notice(number: u32) -> Notice {
    let case = CaseId::new("01890a5d-ac96-774b-bcce-b302099a8057".parse().unwrap());
    let lines = vec![Line::new("成交价", "winning price", "607,755.00"), Line::new("成交", "sold", true)];
    Notice { case, number, title: Bilingual::new("成交结果", "result"), lines }
}

pub fn order(channel: Channel, number: u32) -> Order {
    Order::new(Subject::Step, channel, notice(number)).unwrap()
}

#[test]
fn an_order_is_known_by_its_notice_and_its_channel() {
    let first = order(Channel::Platform, 14);
    assert_eq!(first.key(), order(Channel::Platform, 14).key());
    assert_ne!(first.key(), order(Channel::WeChat, 14).key());
    assert_ne!(first.key(), order(Channel::Platform, 15).key());
    assert_eq!(first.digest(), notice(14).digest().unwrap());
}

#[test]
fn a_photo_is_of_two_people_and_of_something() {
    use sanzi::publish::{PublishError, photo};
    let (li, guan) = (crate::village::person("li"), crate::village::person("guan"));
    let at = "2018-03-05T09:00:00+08:00".parse().unwrap();
    let order = order(Channel::Office, 14);
    let receipt = photo(&order, b"jpeg", li, guan, at).unwrap();
    assert_eq!((receipt.notice, receipt.channel), (order.digest(), Channel::Office));
    assert_eq!(photo(&order, b"jpeg", li, li, at), Err(PublishError::PhotoNeedsTwo));
    assert_eq!(photo(&order, b"", li, guan, at), Err(PublishError::EmptyPhoto));
}
