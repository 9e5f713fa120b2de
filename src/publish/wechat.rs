//! The WeChat account: a draft, a submission that is only accepted, and an article that is public some time later.
//!
//! The interface knows no keys, so this looks before it writes: for the article among the published ones, and for the draft
//! among the drafts. Whoever was cut off between two requests goes on where that one stopped.

use std::sync::{Mutex, PoisonError};

use serde_json::{Value, json};

use super::web::{Reply, Request, Retries, Web, shortened};
use super::{Order, PublishError, Publisher, Standing};
use crate::disclosure::Channel;
use crate::export::{AnswerError, Article, Imprint, NoticePage, PublishState, Reading, publish_get, read_back, submit_payload};
use crate::value::Text;

/// `errcode`s of an access token that has expired, or that another machine has replaced.
const TOKEN_GONE: [i64; 3] = [40_001, 40_014, 42_001];
/// `errcode`s that pass: the system is busy, or the day's calls are used up.
const BUSY: [i64; 3] = [-1, 45_009, 45_011];
/// How many drafts or articles are asked for at once, and how many times: notices are among the newest.
const PAGE: u64 = 20;
const PAGES: u64 = 10;

/// An account, and the image that its articles have as cover.
#[derive(Clone)]
pub struct Account {
    /// `appid`.
    pub app: String,
    /// `secret`: never shown.
    pub secret: String,
    /// The `media_id` of an image that the account has.
    pub cover: String,
}

impl std::fmt::Debug for Account {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Account({})", self.app)
    }
}

type Imprints = dyn Fn(&Order) -> Result<Imprint, PublishError> + Send + Sync;

/// The way to a WeChat account.
pub struct WeChat {
    base: String,
    account: Account,
    web: Web,
    imprint: Box<Imprints>,
    token: Mutex<Option<String>>,
}

impl std::fmt::Debug for WeChat {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "WeChat({:?} at {})", self.account, self.base)
    }
}

impl WeChat {
    /// Where WeChat answers.
    pub const BASE: &'static str = "https://api.weixin.qq.com";

    /// The account as `base` has it ([`WeChat::BASE`], or a relay of your own). `imprint` says what stands around a notice, the
    /// same whenever it is asked.
    pub fn new(
        base: &str,
        account: Account,
        retries: Retries,
        imprint: impl Fn(&Order) -> Result<Imprint, PublishError> + Send + Sync + 'static,
    ) -> WeChat {
        let base = base.trim_end_matches('/').to_owned();
        WeChat { base, account, web: Web::new(retries), imprint: Box::new(imprint), token: Mutex::new(None) }
    }

    fn article(&self, order: &Order) -> Result<Article, PublishError> {
        if order.channel != Channel::WeChat {
            return Err(PublishError::OtherChannel { here: Channel::WeChat, order: order.channel });
        }
        let imprint = (self.imprint)(order)?;
        let page = NoticePage::new(&order.notice, &imprint).map_err(|error| PublishError::Page(error.to_string()))?;
        page.wechat_article(&self.account.cover).map_err(|error| PublishError::Page(error.to_string()))
    }

    /// The token that is in use, or a new one where `stale` is the one that was.
    fn token(&self, stale: Option<&str>) -> Result<String, PublishError> {
        let mut kept = self.token.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(token) = kept.as_ref().filter(|token| stale != Some(token.as_str())) {
            return Ok(token.clone());
        }
        let Account { app, secret, .. } = &self.account;
        let body = json!({"grant_type": "client_credential", "appid": app, "secret": secret}).to_string();
        let url = format!("{}/cgi-bin/stable_token", self.base);
        let reply = self.web.ask(&Request { post: true, url: &url, headers: &[], body: body.as_bytes(), repeatable: true })?;
        let said = accepted(&reply)?;
        let token = text(&said, "access_token")?.to_owned();
        *kept = Some(token.clone());
        Ok(token)
    }

    /// One call, with a fresh token where the old one is no longer taken.
    fn call(&self, path: &str, body: &Value, repeatable: bool) -> Result<Reply, PublishError> {
        let mut token = self.token(None)?;
        loop {
            let url = format!("{}/cgi-bin/{path}?access_token={token}", self.base);
            let body = body.to_string();
            let reply = self.web.ask(&Request { post: true, url: &url, headers: &[], body: body.as_bytes(), repeatable })?;
            let gone = reply.json().ok().and_then(|said| said.get("errcode")?.as_i64()).is_some_and(|code| TOKEN_GONE.contains(&code));
            if !gone {
                return Ok(reply);
            }
            let fresh = self.token(Some(&token))?;
            if fresh == token {
                return Ok(reply);
            }
            token = fresh;
        }
    }

    /// The first draft, or published article, that shows this article in some form: its number, its address, and whether every
    /// word is the same.
    fn search(&self, path: &str, id: &str, article: &Article) -> Result<Option<(String, Option<String>, bool)>, PublishError> {
        for page in 0..PAGES {
            let asked = json!({"offset": page.saturating_mul(PAGE), "count": PAGE, "no_content": 0});
            let said = accepted(&self.call(path, &asked, true)?)?;
            let items = said.get("item").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
            for item in items {
                let news = item.pointer("/content/news_item").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
                for one in news.iter().filter(|one| one.get("is_deleted").and_then(Value::as_bool) != Some(true)) {
                    let reading = read_back(one.get("content").and_then(Value::as_str).unwrap_or_default(), article.content());
                    if reading != Reading::Missing {
                        let url = one.get("url").and_then(Value::as_str).map(str::to_owned);
                        return Ok(Some((text(item, id)?.to_owned(), url, reading == Reading::Intact)));
                    }
                }
            }
            if u64::try_from(items.len()).is_ok_and(|found| found < PAGE) {
                break;
            }
        }
        Ok(None)
    }

    /// What the public reads now.
    fn published(&self, article: &Article) -> Result<Standing, PublishError> {
        let Some((id, url, intact)) = self.search("freepublish/batchget", "article_id", article)? else { return Ok(Standing::Absent) };
        let address = Text::new(&url.unwrap_or(id))?;
        Ok(if intact { Standing::Live(address) } else { Standing::Altered(address) })
    }
}

impl Publisher for WeChat {
    fn channel(&self) -> Channel {
        Channel::WeChat
    }

    fn post(&self, order: &Order) -> Result<Standing, PublishError> {
        let article = self.article(order)?;
        let media = match self.search("draft/batchget", "media_id", &article)? {
            Some((media, _, true)) => media,
            // A draft that somebody has changed is not this notice.
            _ => text(&accepted(&self.call("draft/add", &article.draft_payload(), false)?)?, "media_id")?.to_owned(),
        };
        let said = accepted(&self.call("freepublish/submit", &submit_payload(&media), false)?)?;
        let id = said.get("publish_id").map(|id| id.as_str().map_or_else(|| id.to_string(), str::to_owned));
        let id = id.filter(|id| !id.is_empty()).ok_or_else(|| PublishError::Answer("publish_id is missing".to_owned()))?;
        Ok(Standing::Requested(Text::new(&id)?))
    }

    fn look(&self, order: &Order, requested: Option<&Text>) -> Result<Standing, PublishError> {
        let article = self.article(order)?;
        let Some(id) = requested else { return self.published(&article) };
        let reply = self.call("freepublish/get", &json!({"publish_id": id.as_str()}), true)?;
        match publish_get(&reply.text) {
            Ok((_, PublishState::Publishing)) => Ok(Standing::Requested(id.clone())),
            Ok((_, PublishState::Refused { code, articles })) => {
                Err(PublishError::Refused { code: i64::from(code), said: format!("publication of articles {articles:?}") })
            }
            // It was public once, under this number or a later one: what counts is what the public reads now.
            Ok(_) => self.published(&article),
            Err(AnswerError::Refused { code, .. }) if BUSY.contains(&code) || TOKEN_GONE.contains(&code) => {
                Err(PublishError::Unavailable(shortened(&reply.text)))
            }
            Err(AnswerError::Refused { .. }) => self.published(&article),
            Err(error) => Err(PublishError::Answer(error.to_string())),
        }
    }
}

fn text<'v>(said: &'v Value, name: &str) -> Result<&'v str, PublishError> {
    let found = said.get(name).and_then(Value::as_str).filter(|text| !text.is_empty());
    found.ok_or_else(|| PublishError::Answer(format!("{name} is missing")))
}

/// An answer whose `errcode` is 0 or left out.
fn accepted(reply: &Reply) -> Result<Value, PublishError> {
    if !(200..300).contains(&reply.status) {
        return Err(PublishError::Refused { code: i64::from(reply.status), said: shortened(&reply.text) });
    }
    let said = reply.json()?;
    match said.get("errcode").and_then(Value::as_i64).unwrap_or(0) {
        0 => Ok(said),
        code if BUSY.contains(&code) => Err(PublishError::Unavailable(shortened(&reply.text))),
        code => Err(PublishError::Refused { code, said: shortened(said.get("errmsg").and_then(Value::as_str).unwrap_or_default()) }),
    }
}
