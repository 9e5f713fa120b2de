//! The clear paper (明白纸) as one page to hang on a wall: three bands, a numbered box for each step, where to object.

mod content;
mod facts;
mod html;
mod layout;
mod mark;
mod measure;
mod svg;

use std::marker::PhantomData;

use chrono::{DateTime, Utc};

use crate::calendar::{Calendar, CalendarError, china_date};
use crate::case::{Case, CaseStatus, Procedure};
use crate::flow::Flow;
use crate::policy::Policy;
use crate::value::{Bilingual, Lang};

use content::{Content, Detail, Voice};
pub use facts::Facts;
use layout::Layout;
pub use mark::{Standing, standings};

/// The languages of a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Languages {
    /// Chinese.
    Zh,
    /// English.
    En,
    /// Chinese with English beside it.
    Both,
}

impl Languages {
    /// All three.
    pub const ALL: [Languages; 3] = [Languages::Zh, Languages::En, Languages::Both];

    pub(in crate::export) const fn all(self) -> &'static [Lang] {
        match self {
            Languages::Zh => &[Lang::Zh],
            Languages::En => &[Lang::En],
            Languages::Both => &[Lang::Zh, Lang::En],
        }
    }

    pub(in crate::export) const fn first(self) -> Lang {
        match self {
            Languages::Zh | Languages::Both => Lang::Zh,
            Languages::En => Lang::En,
        }
    }
}

/// The sheet it is printed on, lying on its long side.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PaperSize {
    /// 297 × 210 mm, to hand out.
    A4,
    /// 420 × 297 mm, for the wall.
    A3,
}

impl PaperSize {
    /// Both.
    pub const ALL: [PaperSize; 2] = [PaperSize::A4, PaperSize::A3];

    /// Width and height in millimetres.
    pub const fn millimetres(self) -> (u32, u32) {
        match self {
            PaperSize::A4 => (297, 210),
            PaperSize::A3 => (420, 297),
        }
    }

    fn points(self) -> (f64, f64) {
        let (width, height) = self.millimetres();
        (f64::from(width) * 72.0 / 25.4, f64::from(height) * 72.0 / 25.4)
    }

    /// What most printers leave white, in points.
    const fn margin(self) -> f64 {
        match self {
            PaperSize::A4 => 17.0,
            PaperSize::A3 => 26.0,
        }
    }

    /// The sizes of body text to try, the largest first, in quarter points: what hangs on a wall is read from farther away.
    fn sizes(self) -> impl Iterator<Item = f64> {
        let (most, least) = match self {
            PaperSize::A4 => (64_u32, 42),
            PaperSize::A3 => (88, 48),
        };
        (least..=most).rev().map(|quarters| f64::from(quarters) / 4.0)
    }
}

/// Why a paper could not be made.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum PaperError {
    /// With readable text it takes more than a page.
    #[error("the paper does not fit on one page of {0:?} with readable text: use A3, one language, or shorter facts and rows")]
    DoesNotFit(PaperSize),
    /// The address is too long for a QR code.
    #[error("the address of the public page does not fit into a QR code: use a shorter one")]
    Address,
    /// A day that the marks need is not in the calendar.
    #[error("how the transaction stands cannot be dated: {0}")]
    Calendar(#[from] CalendarError),
    /// The case is not opened: it has no numbers.
    #[error("the case is not opened: open it first, then print its paper")]
    Unopened,
    /// A template could not be written out.
    #[error("the page could not be written: {0}")]
    Page(String),
}

/// The clear paper of a procedure, or of one running transaction: made of its table and its policy, for any
/// [`flow!`](crate::flow!).
///
/// Always one page, as HTML with print rules or as SVG. The text is as large as fits, never under 10.5 points; what cannot
/// be said in that size is left out in this order: what exactly is published and the ways back; then, on a sheet in both
/// languages, the English of all but the names of steps and parties, for which the legend has a glossary; and last, on the
/// paper of one transaction, the sentence of what is done.
///
/// ```
/// use sanzi::dongsha::Dongsha;
/// use sanzi::export::{ClearPaper, Facts, Languages, PaperSize, WebAddress};
/// use sanzi::policy::Policy;
/// use sanzi::value::Text;
///
/// let facts = Facts {
///     name: Text::new("东塱经济联社")?,
///     name_en: None,
///     objections_at: Text::new("东塱村委会一楼对外办公点意见箱")?,
///     objections_at_en: None,
///     phone: Text::new("020-8100 0000")?,
///     page: WebAddress::new("https://example.org/dongtang/sanzi")?,
///     checkpoint: None,
/// };
/// let policy = Policy::builtin_on("2026-01-05".parse()?)?;
/// let paper = ClearPaper::<Dongsha>::new(policy, facts).languages(Languages::Both).size(PaperSize::A3);
/// assert!(paper.html()?.contains("@page"));
/// assert!(paper.svg()?.starts_with("<svg"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct ClearPaper<F> {
    policy: Policy,
    facts: Facts,
    languages: Languages,
    size: PaperSize,
    status: Option<Bilingual>,
    marks: Vec<(Standing, Bilingual)>,
    flow: PhantomData<F>,
}

impl<F: Flow> ClearPaper<F> {
    /// The paper of a procedure, in Chinese, on A4.
    pub fn new(policy: Policy, facts: Facts) -> ClearPaper<F> {
        ClearPaper { policy, facts, languages: Languages::Zh, size: PaperSize::A4, status: None, marks: Vec::new(), flow: PhantomData }
    }

    /// In these languages.
    #[must_use]
    pub fn languages(self, languages: Languages) -> ClearPaper<F> {
        ClearPaper { languages, ..self }
    }

    /// On this paper.
    #[must_use]
    pub fn size(self, size: PaperSize) -> ClearPaper<F> {
        ClearPaper { size, ..self }
    }

    /// As a page of HTML: it prints as one sheet, and reads as one column on a telephone.
    ///
    /// # Errors
    /// [`PaperError::DoesNotFit`] where no readable text fits on one page.
    pub fn html(&self) -> Result<String, PaperError> {
        self.fitting(|content, layout, points| html::page(self, content, layout, points))
    }

    /// As a drawing of the same page.
    ///
    /// # Errors
    /// [`PaperError::DoesNotFit`] where no readable text fits on one page.
    pub fn svg(&self) -> Result<String, PaperError> {
        self.fitting(|content, layout, points| svg::page(self, content, layout, points))
    }

    /// The most detail that fits, and then the largest text.
    fn fitting<T>(&self, page: impl FnOnce(&Content, &Layout<'_>, f64) -> Result<T, PaperError>) -> Result<T, PaperError> {
        let details = [Detail::Full, Detail::Plain, Detail::Dense, Detail::Brief];
        for detail in details.into_iter().filter(|detail| *detail != Detail::Brief || !self.marks.is_empty()) {
            let voice = Voice { policy: &self.policy, languages: self.languages, detail };
            let marks: Vec<mark::Mark> =
                self.marks.iter().map(|(standing, text)| mark::Mark { standing: *standing, para: voice.always(text, true) }).collect();
            let content = content::content::<F>(&voice, &self.facts, self.status.as_ref(), &marks);
            let placed = |points| layout::layout(&content, self.languages, self.size, points).map(|layout| (layout, points));
            // What does not fit in the smallest size fits in none.
            let least = self.size.sizes().last().and_then(placed);
            let fits = least.is_some().then(|| self.size.sizes().find_map(placed)).flatten();
            if let Some((layout, points)) = fits.or(least) {
                return page(&content, &layout, points);
            }
        }
        Err(PaperError::DoesNotFit(self.size))
    }
}

impl<P: Procedure> ClearPaper<P> {
    /// The paper of one running transaction: each box says, in a shape and in words, how its step stands at a moment. In
    /// Chinese, on A4, with the numbers that the case was opened under.
    ///
    /// # Errors
    /// [`PaperError::Unopened`], or [`PaperError::Calendar`] where a day is outside the calendar.
    pub fn of_case(case: &Case<P>, facts: Facts, calendar: &Calendar, now: DateTime<Utc>) -> Result<ClearPaper<P>, PaperError> {
        let (Some(policy), Some(opening)) = (case.policy(), case.opening()) else { return Err(PaperError::Unopened) };
        let today = china_date(now);
        let marks = standings(case, calendar, now)?.into_iter().map(|(_, standing)| (standing, standing.text(today))).collect();
        let how = match case.status() {
            CaseStatus::Closed => Bilingual::new("全部完成", "complete"),
            CaseStatus::Terminating | CaseStatus::Terminated => Bilingual::new("已终止", "ended by decision"),
            CaseStatus::Unopened | CaseStatus::At(_) => Bilingual::new("进行中", "under way"),
        };
        let status = Bilingual::of(
            format!("{}（{}）：{}，截至 {today}，交易号 {}", opening.title, opening.asset, how.zh, case.id()),
            format!("{} ({}): {} on {today}, no. {}", opening.title, opening.asset, how.en, case.id()),
        );
        Ok(ClearPaper { status: Some(status), marks, ..ClearPaper::new(policy.clone(), facts) })
    }
}
