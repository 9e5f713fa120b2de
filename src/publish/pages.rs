//! The platform's page of a notice, as files of a [`Directory`](super::Directory).

use super::{Order, Page, PublishError};
use crate::export::{Imprint, NoticePage, Reading, read_back};

/// Shows notices as [`NoticePage::platform_html`], and finds whatever a reader would find altered on them.
///
/// ```
/// use sanzi::disclosure::Channel;
/// use sanzi::export::Imprint;
/// use sanzi::publish::{Directory, Order, Pages};
/// use sanzi::value::Text;
///
/// # let folder = tempfile::tempdir()?;
/// let (issuer, date) = (Text::new("东塱经济联社")?, "2018-03-05".parse()?);
/// let pages = Pages::new(move |order: &Order| {
///     let number = Text::new(&format!("东塱公示〔2018〕{} 号", order.notice.number))?;
///     Ok(Imprint::new(issuer.clone(), number, date))
/// });
/// let site = Directory::new(Channel::Platform, folder.path(), "https://dongtang.example/notices")?.showing(pages);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Pages<I>(I);

impl<I> std::fmt::Debug for Pages<I> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Pages")
    }
}

impl<I: Fn(&Order) -> Result<Imprint, PublishError> + Send + Sync> Pages<I> {
    /// `imprint` says what stands around a notice. It says the same whenever it is asked: what a page shows is compared with
    /// it.
    pub const fn new(imprint: I) -> Pages<I> {
        Pages(imprint)
    }
}

impl<I: Fn(&Order) -> Result<Imprint, PublishError> + Send + Sync> Page for Pages<I> {
    fn ending(&self) -> &'static str {
        "html"
    }

    fn show(&self, order: &Order) -> Result<String, PublishError> {
        let imprint = (self.0)(order)?;
        let page = NoticePage::new(&order.notice, &imprint).and_then(|page| page.platform_html());
        page.map_err(|error| PublishError::Page(error.to_string()))
    }

    fn shows(&self, order: &Order, page: &str) -> bool {
        self.show(order).is_ok_and(|due| read_back(page, &due) == Reading::Intact)
    }
}
