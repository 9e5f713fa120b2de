//! The article on the WeChat account (W), within the account's limits, and the payloads of `draft/add` and `freepublish/submit`.

use serde_json::{Value, json};

use super::{NoticeError, NoticePage};

/// An article as `draft/add` takes it: every limit of the account is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Article {
    title: String,
    author: String,
    digest: String,
    content: String,
    source: Option<String>,
    thumb: String,
}

/// Which limit of the account an article would break.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum WeChatLimit {
    /// `draft/add` has no article without a cover.
    #[error("the article has no cover: upload an image to the account and give its media_id")]
    NoCover,
    /// Of the summary.
    #[error("the summary has {found} characters, {} are accepted: shorten the title, the number or the issuer's name", Article::MAX_DIGEST)]
    Digest {
        /// How many it has.
        found: usize,
    },
    /// Of the content, in characters.
    #[error(
        "the content has {found} characters, fewer than {} are accepted: put long texts into a file and give its digest",
        Article::CONTENT_CHARS
    )]
    ContentChars {
        /// How many it has.
        found: usize,
    },
    /// Of the content, in bytes.
    #[error(
        "the content has {found} bytes, fewer than {} are accepted: put long texts into a file and give its digest",
        Article::CONTENT_BYTES
    )]
    ContentBytes {
        /// How many it has.
        found: usize,
    },
    /// It could not be rendered.
    #[error(transparent)]
    Notice(#[from] NoticeError),
}

impl Article {
    /// The longest summary, in characters.
    pub const MAX_DIGEST: usize = 120;
    /// The content has fewer characters than this.
    pub const CONTENT_CHARS: usize = 20_000;
    /// The content has fewer bytes than this.
    pub const CONTENT_BYTES: usize = 1_048_576;

    /// The content: what [`read_back`](super::read_back) compares the public article with.
    pub fn content(&self) -> &str {
        &self.content
    }

    /// The body of `draft/add`; its answer has the `media_id`.
    pub fn draft_payload(&self) -> Value {
        json!({ "articles": [{
            "article_type": "news",
            "title": self.title,
            "author": self.author,
            "digest": self.digest,
            "content": self.content,
            "content_source_url": self.source.as_deref().unwrap_or_default(),
            "thumb_media_id": self.thumb,
            "need_open_comment": 0,
            "only_fans_can_comment": 0,
        }] })
    }
}

/// The body of `freepublish/submit` for a draft. Its `errcode` 0 only means *accepted*: nothing is public yet.
pub fn submit_payload(media_id: &str) -> Value {
    json!({ "media_id": media_id })
}

impl NoticePage<'_> {
    /// The article on the WeChat account (W): inline styles only, no script, no image. `cover` is the `media_id` of an image
    /// that the account has.
    ///
    /// # Errors
    /// [`WeChatLimit`] names the limit.
    pub fn wechat_article(&self, cover: &str) -> Result<Article, WeChatLimit> {
        if cover.trim().is_empty() {
            return Err(WeChatLimit::NoCover);
        }
        let title = self.notice.title.zh.to_string();
        let digest = format!("{}：{title}（{}）", self.imprint.issuer, self.imprint.number);
        let content = self.wechat_content()?;
        let (of_digest, of_content) = (digest.chars().count(), content.chars().count());
        if of_digest > Article::MAX_DIGEST {
            return Err(WeChatLimit::Digest { found: of_digest });
        }
        if of_content >= Article::CONTENT_CHARS {
            return Err(WeChatLimit::ContentChars { found: of_content });
        }
        if content.len() >= Article::CONTENT_BYTES {
            return Err(WeChatLimit::ContentBytes { found: content.len() });
        }
        let source = self.imprint.page.as_ref().map(ToString::to_string);
        Ok(Article { title, author: self.imprint.issuer.to_string(), digest, content, source, thumb: cover.to_owned() })
    }
}
