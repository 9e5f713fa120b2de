//! The WeChat account, against a server that answers as WeChat's interface does, errors included.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard};

use axum::extract::{Path, Query, State};
use axum::routing::post;
use axum::{Json, Router};
use sanzi::disclosure::Channel;
use sanzi::export::Imprint;
use sanzi::publish::wechat::Account;
use sanzi::publish::{PublishError, Publisher, Standing, WeChat};
use serde_json::{Value, json};

use super::order;
use super::serve::{patience, serve};
use crate::village::text;

#[derive(Default)]
struct Account_ {
    token: u32,
    /// How often the token was asked for.
    tokens: usize,
    drafts: Vec<(String, Value)>,
    /// By `publish_id`: the status, and the articles.
    jobs: HashMap<u64, (u8, Value)>,
    /// Each call, by name.
    calls: Vec<String>,
    /// What a call answers before it behaves: an `errcode`; `true`: after the work was done the connection is lost (HTTP 500).
    first: HashMap<&'static str, Vec<(i64, bool)>>,
}

type Shared = Arc<Mutex<Account_>>;

fn lock(shared: &Shared) -> MutexGuard<'_, Account_> {
    shared.lock().unwrap()
}

type Reply = (axum::http::StatusCode, Json<Value>);

fn said(value: Value) -> Reply {
    (axum::http::StatusCode::OK, Json(value))
}

async fn token(State(account): State<Shared>, Json(asked): Json<Value>) -> Reply {
    let mut account = lock(&account);
    account.tokens += 1;
    if asked["appid"] != "wx1" || asked["secret"] != "hush" {
        return said(json!({"errcode": 40_125, "errmsg": "invalid appsecret"}));
    }
    said(json!({"access_token": format!("token-{}", account.token), "expires_in": 7_200}))
}

async fn call(
    State(account): State<Shared>,
    Path((area, name)): Path<(String, String)>,
    Query(query): Query<HashMap<String, String>>,
    Json(asked): Json<Value>,
) -> Reply {
    let mut account = lock(&account);
    let path = format!("{area}/{name}");
    account.calls.push(path.clone());
    if query.get("access_token") != Some(&format!("token-{}", account.token)) {
        return said(json!({"errcode": 42_001, "errmsg": "access_token expired"}));
    }
    let planned = account.first.get_mut(path.as_str()).filter(|first| !first.is_empty()).map(|first| first.remove(0));
    if let Some((code, false)) = planned {
        return said(json!({"errcode": code, "errmsg": "as told"}));
    }
    let answer = account.answer(&path, &asked);
    match planned {
        Some(_) => (axum::http::StatusCode::INTERNAL_SERVER_ERROR, Json(json!({}))),
        None => said(answer),
    }
}

impl Account_ {
    fn answer(&mut self, path: &str, asked: &Value) -> Value {
        let listed = |name: &str, items: Vec<(String, Value)>| {
            let from = usize::try_from(asked["offset"].as_u64().unwrap()).unwrap();
            let count = usize::try_from(asked["count"].as_u64().unwrap()).unwrap();
            let total = items.len();
            let items: Vec<Value> =
                items.into_iter().skip(from).take(count).map(|(id, news)| json!({name: id, "content": {"news_item": news}})).collect();
            json!({"total_count": total, "item_count": items.len(), "item": items})
        };
        match path {
            "draft/add" => {
                let id = format!("media-{}", self.drafts.len() + self.jobs.len());
                self.drafts.insert(0, (id.clone(), asked["articles"].clone()));
                json!({"media_id": id})
            }
            "draft/batchget" => listed("media_id", self.drafts.clone()),
            "freepublish/submit" => {
                let Some(place) = self.drafts.iter().position(|(id, _)| asked["media_id"] == **id) else {
                    return json!({"errcode": 40_007, "errmsg": "invalid media_id"});
                };
                let (_, articles) = self.drafts.remove(place);
                let id = 100 + self.jobs.len() as u64;
                self.jobs.insert(id, (1, articles));
                json!({"errcode": 0, "errmsg": "ok", "publish_id": id})
            }
            "freepublish/get" => match asked["publish_id"].as_str().and_then(|id| self.jobs.get(&id.parse().unwrap())) {
                None => json!({"errcode": 53_600, "errmsg": "Article ID is invalid"}),
                Some((0, _)) => json!({"publish_id": asked["publish_id"], "publish_status": 0, "article_id": "a", "article_detail":
                    {"count": 1, "item": [{"idx": 1, "article_url": "https://mp.weixin.qq.com/s/1"}]}, "fail_idx": []}),
                Some((status, _)) => json!({"publish_id": asked["publish_id"], "publish_status": status, "fail_idx": [1]}),
            },
            "freepublish/batchget" => {
                let public = self.jobs.iter().filter(|(_, (status, _))| *status == 0);
                let with_url = |articles: &Value| {
                    let mut articles = articles.clone();
                    articles[0]["url"] = json!("https://mp.weixin.qq.com/s/1");
                    articles
                };
                listed("article_id", public.map(|(id, (_, articles))| (id.to_string(), with_url(articles))).collect())
            }
            other => panic!("{other}"),
        }
    }
}

fn account(secret: &str, attempts: u32) -> (Shared, WeChat) {
    let shared = Shared::default();
    let router = Router::new().route("/cgi-bin/stable_token", post(token)).route("/cgi-bin/{area}/{name}", post(call));
    let base = format!("http://{}", serve(router.with_state(Arc::clone(&shared))));
    let account = Account { app: "wx1".to_owned(), secret: secret.to_owned(), cover: "image-1".to_owned() };
    let imprint =
        |_: &sanzi::publish::Order| Ok(Imprint::new(text("东塱经济联社"), text("东塱公示〔2018〕14 号"), "2018-03-05".parse().unwrap()));
    (shared, WeChat::new(&base, account, patience(attempts), imprint))
}

fn live() -> Standing {
    Standing::Live(text("https://mp.weixin.qq.com/s/1"))
}

#[test]
fn accepted_is_not_public_until_the_public_reads_it() {
    let (shared, wechat) = account("hush", 1);
    let order = order(Channel::WeChat, 14);
    assert_eq!(wechat.look(&order, None), Ok(Standing::Absent));
    let Ok(Standing::Requested(id)) = wechat.post(&order) else { panic!("not accepted") };
    assert_eq!(wechat.look(&order, Some(&id)), Ok(Standing::Requested(id.clone())));
    lock(&shared).jobs.get_mut(&100).unwrap().0 = 0;
    assert_eq!(wechat.look(&order, Some(&id)), Ok(live()));
    assert_eq!(wechat.look(&order, None), Ok(live()), "found by what it says, too");
    assert_eq!(lock(&shared).tokens, 1, "one token for all calls");

    let content = lock(&shared).jobs[&100].1[0]["content"].as_str().unwrap().to_owned();
    assert!(content.contains("607,755.00"));
    lock(&shared).jobs.get_mut(&100).unwrap().1[0]["content"] = json!(content.replace("607,755", "607,75"));
    assert!(matches!(wechat.look(&order, Some(&id)), Ok(Standing::Altered(_))));
    for gone in [5, 6] {
        lock(&shared).jobs.get_mut(&100).unwrap().0 = gone;
        assert_eq!(wechat.look(&order, Some(&id)), Ok(Standing::Absent));
    }
    for refused in [2, 3, 4] {
        lock(&shared).jobs.get_mut(&100).unwrap().0 = refused;
        let told = wechat.look(&order, Some(&id));
        assert!(matches!(told, Err(PublishError::Refused { code, .. }) if code == i64::from(refused)), "{told:?}");
    }
}

#[test]
fn whoever_was_cut_off_goes_on_where_that_one_stopped() {
    let (shared, wechat) = account("hush", 3);
    let order = order(Channel::WeChat, 14);
    lock(&shared).first.insert("draft/add", vec![(0, true)]);
    assert!(matches!(wechat.post(&order), Err(PublishError::Unknown(_))), "not repeated blindly");
    assert_eq!(lock(&shared).drafts.len(), 1);
    assert!(matches!(wechat.post(&order), Ok(Standing::Requested(_))));
    assert_eq!(lock(&shared).calls.iter().filter(|call| *call == "draft/add").count(), 1, "the draft was found");

    let (shared, wechat) = account("hush", 3);
    lock(&shared).first.insert("freepublish/submit", vec![(0, true)]);
    assert!(matches!(wechat.post(&order), Err(PublishError::Unknown(_))));
    lock(&shared).jobs.get_mut(&100).unwrap().0 = 0;
    assert_eq!(wechat.look(&order, None), Ok(live()), "it went through, and is found without its number");
    assert_eq!(lock(&shared).jobs.len(), 1);
}

#[test]
fn errors_of_the_account_are_told_apart() {
    let (shared, wechat) = account("hush", 1);
    let order = order(Channel::WeChat, 14);
    assert_eq!(wechat.look(&order, None), Ok(Standing::Absent));
    lock(&shared).token += 1;
    assert_eq!(wechat.look(&order, None), Ok(Standing::Absent), "an expired token is replaced");
    assert_eq!(lock(&shared).tokens, 2);
    for (code, passes) in [(-1, true), (45_009, true), (48_001, false), (40_007, false)] {
        lock(&shared).first.insert("draft/add", vec![(code, false)]);
        let told = wechat.post(&order);
        match told {
            Err(PublishError::Unavailable(_)) => assert!(passes, "{code}"),
            Err(PublishError::Refused { code: found, .. }) => assert!(!passes && found == code, "{code}"),
            other => panic!("{code}: {other:?}"),
        }
    }
    assert!(lock(&shared).drafts.is_empty());
    assert!(matches!(wechat.look(&order, Some(&text("999"))), Ok(Standing::Absent)), "a number that is not known says nothing");
    let (_, stranger) = account("wrong", 1);
    assert!(matches!(stranger.look(&order, None), Err(PublishError::Refused { code: 40_125, .. })));
    assert!(!format!("{stranger:?}").contains("wrong"));
    let other = super::order(Channel::Office, 14);
    assert_eq!(wechat.post(&other), Err(PublishError::OtherChannel { here: Channel::WeChat, order: Channel::Office }));
}
