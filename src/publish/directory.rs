//! Static pages in a folder: a public website that any web server can serve.

use std::fs::{self, File};
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

use super::{Order, PublishError, Publisher, Standing};
use crate::disclosure::Channel;
use crate::value::{Lang, Text};

/// How a notice is shown as a page, and known again on one.
pub trait Page: Send + Sync {
    /// The end of the file's name, such as `html`.
    fn ending(&self) -> &'static str;

    /// The page.
    ///
    /// # Errors
    /// [`PublishError::Page`] where it cannot be shown.
    fn show(&self, order: &Order) -> Result<String, PublishError>;

    /// Whether this page shows the notice, word for word.
    fn shows(&self, order: &Order, page: &str) -> bool;
}

/// The notice as plain text in both languages, one line under the other: for hosts without pages of their own.
#[derive(Clone, Copy, Debug)]
struct Plain;

impl Page for Plain {
    fn ending(&self) -> &'static str {
        "txt"
    }

    fn show(&self, order: &Order) -> Result<String, PublishError> {
        let notice = &order.notice;
        let mut page = format!("{}\n", notice.title);
        for line in &notice.lines {
            for lang in [Lang::Zh, Lang::En] {
                let between = if lang == Lang::Zh { "：" } else { ": " };
                page.push_str(&format!("{}{between}{}\n", line.label.in_lang(lang), line.value.in_lang(lang)));
            }
        }
        page.push_str(&format!("{} / {}\n{}\n", notice.case, notice.number, order.digest()));
        Ok(page)
    }

    fn shows(&self, order: &Order, page: &str) -> bool {
        self.show(order).is_ok_and(|due| due == page)
    }
}

/// A folder of static pages, one for each notice, named after its digest.
pub struct Directory {
    channel: Channel,
    folder: PathBuf,
    address: String,
    page: Box<dyn Page>,
}

impl std::fmt::Debug for Directory {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Directory({} at {})", self.folder.display(), self.address)
    }
}

impl Directory {
    /// Pages in `folder`, which is made where it is not there; the public finds it under `address`. Shown as plain text: see
    /// [`Directory::showing`].
    ///
    /// # Errors
    /// [`PublishError::Address`], [`PublishError::File`].
    pub fn new(channel: Channel, folder: impl Into<PathBuf>, address: &str) -> Result<Directory, PublishError> {
        let folder = folder.into();
        let is_web = ["https://", "http://"].iter().any(|scheme| address.strip_prefix(scheme).is_some_and(|rest| !rest.is_empty()));
        if !is_web || address.contains(|c: char| c.is_whitespace() || c.is_control() || "\"<>?#".contains(c)) {
            return Err(PublishError::Address(address.chars().take(200).collect()));
        }
        fs::create_dir_all(&folder).map_err(|error| PublishError::file(&folder, &error))?;
        Ok(Directory { channel, folder, address: address.trim_end_matches('/').to_owned(), page: Box::new(Plain) })
    }

    /// The same folder with other pages.
    #[must_use]
    pub fn showing(self, page: impl Page + 'static) -> Directory {
        Directory { page: Box::new(page), ..self }
    }

    /// The file of a notice.
    pub fn file(&self, order: &Order) -> PathBuf {
        self.folder.join(self.name(order))
    }

    fn name(&self, order: &Order) -> String {
        let digest = order.digest().to_string();
        format!("{}.{}", digest.rsplit(':').next().unwrap_or_default(), self.page.ending())
    }

    fn check(&self, order: &Order) -> Result<(), PublishError> {
        if order.channel == self.channel {
            return Ok(());
        }
        Err(PublishError::OtherChannel { here: self.channel, order: order.channel })
    }

    /// Nobody ever reads half a page, and a page that was there is there after a power cut.
    fn write(&self, path: &Path, page: &str) -> std::io::Result<()> {
        let draft = path.with_extension(format!("{}.new", uuid::Uuid::new_v4().simple()));
        let written = File::create(&draft).and_then(|mut file| {
            file.write_all(page.as_bytes())?;
            file.sync_all()
        });
        if let Err(error) = written.and_then(|()| fs::rename(&draft, path)) {
            let _ = fs::remove_file(&draft);
            return Err(error);
        }
        File::open(&self.folder)?.sync_all()
    }
}

impl Publisher for Directory {
    fn channel(&self) -> Channel {
        self.channel
    }

    fn post(&self, order: &Order) -> Result<Standing, PublishError> {
        self.check(order)?;
        let path = self.file(order);
        self.write(&path, &self.page.show(order)?).map_err(|error| PublishError::file(&path, &error))?;
        self.look(order, None)
    }

    fn look(&self, order: &Order, _: Option<&Text>) -> Result<Standing, PublishError> {
        self.check(order)?;
        let address = Text::new(&format!("{}/{}", self.address, self.name(order)))?;
        let path = self.file(order);
        match fs::read(&path) {
            Ok(bytes) if std::str::from_utf8(&bytes).is_ok_and(|page| self.page.shows(order, page)) => Ok(Standing::Live(address)),
            Ok(_) => Ok(Standing::Altered(address)),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(Standing::Absent),
            Err(error) => Err(PublishError::file(&path, &error)),
        }
    }
}
