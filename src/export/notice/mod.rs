//! The notices of the four channels: one text, rendered for the platform's page, the bulletin, the WeChat account and the
//! office's board, and read back from what is public.

mod answer;
mod imprint;
mod posted;
mod read;
mod view;
mod wechat;

use askama::Template;
use serde_json::{Value, json};

use crate::disclosure::Notice;
use crate::ledger::ShortForm;
use crate::value::{Digest, Text};

use super::qr::Qr;
use super::sheet::Languages;
pub use answer::{AnswerError, PublishState, publish_event, publish_get};
pub use imprint::{Imprint, NoticePeriod, ObjectionChannel};
pub use posted::{Posted, PostedError};
pub use read::{Reading, read_back};
use view::View;
pub use wechat::{Article, WeChatLimit, submit_payload};

/// Why a notice could not be rendered.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NoticeError {
    /// Its digest could not be taken.
    #[error("the notice has no digest: {0}")]
    Digest(#[from] crate::value::DigestError),
    /// The address is too long for a QR code.
    #[error("the address of the public page does not fit into a QR code: use a shorter one")]
    Address,
    /// A template could not be written out.
    #[error("the notice could not be written: {0}")]
    Page(String),
}

/// A notice with everything that stands around it, ready for any channel.
///
/// The digest of the notice, which receipts confirm, is on every rendering: whole in the attribute `data-sanzi-notice`, and
/// its first sixteen digits printed at the foot.
///
/// ```
/// use sanzi::calendar::{Calendar, Period};
/// use sanzi::disclosure::{Line, Notice};
/// use sanzi::export::{Imprint, NoticePage, NoticePeriod, Posted, Reading, read_back};
/// use sanzi::value::{Bilingual, Money, Text};
///
/// let notice = Notice {
///     case: "01890a5d-ac96-774b-bcce-b302099a8057".parse()?,
///     number: 14,
///     title: Bilingual::new("成交结果", "result"),
///     lines: vec![Line::new("成交价", "price", Money::from_yuan(1_300_000)?)],
/// };
/// let posted = "2018-03-05".parse()?;
/// let period = NoticePeriod::starting(&Calendar::china(), posted, Period::working(5), &[])?;
/// let imprint = Imprint::new(Text::new("东塱经济联社")?, Text::new("东塱公示〔2018〕14 号")?, posted).with_period(period);
/// let page = NoticePage::new(&notice, &imprint)?;
///
/// let html = page.platform_html()?;
/// assert!(html.contains("人民币壹佰叁拾万元整"));
/// assert_eq!(Posted::in_html(&html)[0].notice.digest()?, notice.digest()?); // read back from the public page
/// assert_eq!(read_back(&html, &page.platform_html()?), Reading::Intact);
/// let altered = html.replace("1,300,000.00", "130,000.00");
/// assert!(matches!(read_back(&altered, &page.platform_html()?), Reading::Altered { .. }));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct NoticePage<'a> {
    notice: &'a Notice,
    imprint: &'a Imprint,
    digest: Digest,
}

#[derive(Template)]
#[template(path = "notice-platform.html", config = "src/export/askama.toml")]
struct PlatformPage {
    view: View,
}

#[derive(Template)]
#[template(path = "notice-poster.html", config = "src/export/askama.toml")]
struct PosterPage {
    view: View,
    points: u32,
    qr: Option<Qr>,
}

#[derive(Template)]
#[template(path = "notice-wechat.html", config = "src/export/askama.toml")]
struct WeChatContent {
    view: View,
}

#[derive(Template)]
#[template(path = "notice-bulletin.html", config = "src/export/askama.toml")]
struct BulletinPage<'a> {
    title: &'a Text,
    issue: &'a Text,
    views: Vec<View>,
    checkpoint: Option<String>,
}

fn written(result: askama::Result<String>) -> Result<String, NoticeError> {
    result.map_err(|error| NoticeError::Page(error.to_string()))
}

impl<'a> NoticePage<'a> {
    /// Takes the digest.
    ///
    /// # Errors
    /// [`NoticeError::Digest`] as [`Notice::digest`].
    pub fn new(notice: &'a Notice, imprint: &'a Imprint) -> Result<NoticePage<'a>, NoticeError> {
        Ok(NoticePage { notice, imprint, digest: notice.digest()? })
    }

    /// What a receipt for it confirms.
    pub const fn digest(&self) -> Digest {
        self.digest
    }

    fn view(&self, languages: Languages) -> View {
        View::of(self.notice, self.imprint, self.digest, languages)
    }

    /// The page on the district's platform (P), in both languages: [`Posted::in_html`] reads the notice back from it.
    ///
    /// # Errors
    /// [`NoticeError::Page`].
    pub fn platform_html(&self) -> Result<String, NoticeError> {
        written(PlatformPage { view: self.view(Languages::Both) }.render())
    }

    /// The same as data for the platform: [`Posted::in_json`] reads the notice back from it.
    pub fn platform_json(&self) -> Value {
        let lines: Vec<Value> = (self.notice.lines.iter())
            .map(|line| json!({ "label": line.label, "value": line.value, "capitals": view::capitals(&line.value) }))
            .collect();
        let around: Vec<Value> = (self.imprint.lines().iter()).map(|(label, text)| json!({ "label": label, "value": text })).collect();
        json!({
            "digest": self.digest.to_string(),
            "case": self.notice.case,
            "number": self.notice.number,
            "title": self.notice.title,
            "lines": lines,
            "imprint": around,
        })
    }

    /// A poster for the office's board (O): A3, upright.
    ///
    /// # Errors
    /// [`NoticeError::Page`], or [`NoticeError::Address`].
    pub fn poster_html(&self, languages: Languages) -> Result<String, NoticeError> {
        let qr = self.imprint.page.as_ref().map(Qr::of).transpose().map_err(|_| NoticeError::Address)?;
        let view = self.view(languages);
        let points = view.poster_points();
        written(PosterPage { view, points, qr }.render())
    }

    /// The content of an article on the WeChat account (W): inline styles only.
    pub(super) fn wechat_content(&self) -> Result<String, NoticeError> {
        written(WeChatContent { view: self.view(Languages::Zh) }.render())
    }
}

/// The section of a bulletin's issue (B) with the notices of several transactions, and the short code of the ledger's
/// checkpoint: printed, so that nobody can rewrite what was recorded before.
///
/// # Errors
/// [`NoticeError`].
pub fn bulletin_html(
    title: &Text,
    issue: &Text,
    notices: &[NoticePage<'_>],
    checkpoint: Option<&ShortForm>,
) -> Result<String, NoticeError> {
    let views = notices.iter().map(|page| page.view(Languages::Zh)).collect();
    written(BulletinPage { title, issue, views, checkpoint: checkpoint.map(ToString::to_string) }.render())
}
