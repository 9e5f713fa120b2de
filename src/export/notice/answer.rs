//! What WeChat says became of a publication: the event `PUBLISHJOBFINISH` and the answer of `freepublish/get`, both only read.

use serde::Deserialize;

use crate::disclosure::Status;
use crate::export::WebAddress;

/// How a publication stands, by the codes 0 to 6 of WeChat's `publish_status`.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum PublishState {
    /// 0: public.
    Published {
        /// The account's number of the article.
        article: String,
        /// Where it can be read.
        addresses: Vec<WebAddress>,
    },
    /// 1: under way.
    Publishing,
    /// 2, 3 or 4: refused as not original, for another reason, or by the platform's review.
    Refused {
        /// The code.
        code: u8,
        /// Which articles, counted from 1.
        articles: Vec<u32>,
    },
    /// 5: was public, the account has deleted it.
    Deleted,
    /// 6: was public, the platform has taken it down.
    TakenDown,
}

impl PublishState {
    /// What a receipt may say of it. `None`: it never was public.
    pub const fn status(&self) -> Option<Status> {
        match self {
            PublishState::Published { .. } => Some(Status::Confirmed),
            PublishState::Publishing => Some(Status::Requested),
            PublishState::Deleted | PublishState::TakenDown => Some(Status::Removed),
            PublishState::Refused { .. } => None,
        }
    }
}

/// Why an answer could not be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AnswerError {
    /// WeChat answered with an error of its own.
    #[error("WeChat answered with error {code}: {message}")]
    Refused {
        /// `errcode`.
        code: i64,
        /// `errmsg`, cut after 200 characters.
        message: String,
    },
    /// Another event than `PUBLISHJOBFINISH`.
    #[error("this is no event PUBLISHJOBFINISH")]
    OtherEvent,
    /// Not what WeChat sends.
    #[error("this is no answer of WeChat: {0}")]
    Malformed(String),
}

/// No true answer is longer.
const MOST_BYTES: usize = 65_536;

fn malformed(what: impl ToString) -> AnswerError {
    AnswerError::Malformed(what.to_string().chars().take(200).collect())
}

fn short_enough(text: &str) -> Result<(), AnswerError> {
    if text.len() > MOST_BYTES { Err(malformed(format!("it has {} bytes, {MOST_BYTES} are accepted", text.len()))) } else { Ok(()) }
}

fn state(code: u8, article: Option<String>, addresses: &[String], articles: Vec<u32>) -> Result<PublishState, AnswerError> {
    Ok(match code {
        0 => {
            let article = article.filter(|article| !article.is_empty()).ok_or_else(|| malformed("published, but article_id is missing"))?;
            let addresses = addresses.iter().map(|address| WebAddress::new(address)).collect::<Result<_, _>>().map_err(malformed)?;
            PublishState::Published { article, addresses }
        }
        1 => PublishState::Publishing,
        2..=4 => PublishState::Refused { code, articles },
        5 => PublishState::Deleted,
        6 => PublishState::TakenDown,
        other => return Err(malformed(format!("publish_status {other} is not known"))),
    })
}

/// Reads the event `PUBLISHJOBFINISH` that WeChat pushes (XML, after it was decrypted): the `publish_id` and how it stands.
/// Whoever receives it checks its signature first.
///
/// # Errors
/// [`AnswerError`]. A document type is refused: no entity is expanded.
pub fn publish_event(xml: &str) -> Result<(String, PublishState), AnswerError> {
    short_enough(xml)?;
    let document = roxmltree::Document::parse(xml).map_err(malformed)?;
    let root = document.root_element();
    let child = |of: roxmltree::Node<'_, '_>, name: &str| {
        of.children().find(|node| node.has_tag_name(name)).and_then(|node| node.text()).map(|text| text.trim().to_owned())
    };
    if child(root, "Event").as_deref() != Some("PUBLISHJOBFINISH") {
        return Err(AnswerError::OtherEvent);
    }
    let info =
        root.children().find(|node| node.has_tag_name("PublishEventInfo")).ok_or_else(|| malformed("PublishEventInfo is missing"))?;
    let id = child(info, "publish_id").filter(|id| !id.is_empty()).ok_or_else(|| malformed("publish_id is missing"))?;
    let code = child(info, "publish_status").and_then(|code| code.parse().ok()).ok_or_else(|| malformed("publish_status is no code"))?;
    let texts = |name: &'static str| info.descendants().filter(move |node| node.has_tag_name(name)).filter_map(|node| node.text());
    let addresses: Vec<String> = texts("article_url").map(|text| text.trim().to_owned()).collect();
    let failed = texts("fail_idx").filter_map(|text| text.trim().parse().ok()).collect();
    Ok((id, state(code, child(info, "article_id"), &addresses, failed)?))
}

/// Reads the answer of `freepublish/get`: the `publish_id` and how it stands.
///
/// # Errors
/// [`AnswerError`]; an `errcode` that is not 0 is [`AnswerError::Refused`].
pub fn publish_get(json: &str) -> Result<(String, PublishState), AnswerError> {
    #[derive(Deserialize)]
    struct Answer {
        errcode: Option<i64>,
        errmsg: Option<String>,
        publish_id: Option<serde_json::Value>,
        publish_status: Option<u8>,
        article_id: Option<String>,
        article_detail: Option<Detail>,
        #[serde(default)]
        fail_idx: Vec<u32>,
    }
    #[derive(Deserialize)]
    struct Detail {
        #[serde(default)]
        item: Vec<Item>,
    }
    #[derive(Deserialize)]
    struct Item {
        article_url: String,
    }
    short_enough(json)?;
    let answer: Answer = serde_json::from_str(json).map_err(malformed)?;
    if let Some(code) = answer.errcode.filter(|code| *code != 0) {
        return Err(AnswerError::Refused { code, message: answer.errmsg.unwrap_or_default().chars().take(200).collect() });
    }
    let id = match answer.publish_id {
        Some(serde_json::Value::String(id)) if !id.is_empty() => id,
        Some(serde_json::Value::Number(id)) => id.to_string(),
        _ => return Err(malformed("publish_id is missing")),
    };
    let code = answer.publish_status.ok_or_else(|| malformed("publish_status is missing"))?;
    let addresses: Vec<String> = answer.article_detail.into_iter().flat_map(|detail| detail.item).map(|item| item.article_url).collect();
    Ok((id, state(code, answer.article_id, &addresses, answer.fail_idx)?))
}
