//! The WeChat article within its limits, and what WeChat says of it.

use sanzi::disclosure::{Line, Notice, Status};
use sanzi::export::*;
use sanzi::value::{Bilingual, CaseId, Text};

use super::imprint;
use crate::village::{day, text};

fn notice(lines: Vec<Line>) -> Notice {
    let case = CaseId::new("01890a5d-ac96-774b-bcce-b302099a8057".parse().unwrap());
    Notice { case, number: 14, title: Bilingual::new("成交结果", "result"), lines }
}

fn article(notice: &Notice, imprint: &Imprint) -> Result<Article, WeChatLimit> {
    NoticePage::new(notice, imprint).unwrap().wechat_article("cover-1")
}

#[test]
fn an_article_has_inline_styles_only() {
    let article = article(&notice(vec![Line::new("结果", "outcome", "成交")]), &imprint(day("2018-03-05"))).unwrap();
    for never in ["<script", "<style", "<link", "<img", "class=", " id=", "javascript:", "position"] {
        assert!(!article.content().contains(never), "{never}");
    }
    let payload = article.draft_payload();
    let first = &payload["articles"][0];
    assert_eq!(first["title"], "成交结果");
    assert_eq!(first["author"], "东塱经济联社");
    assert_eq!(first["digest"], "东塱经济联社：成交结果（东塱公示〔2018〕14 号）");
    assert_eq!(first["content"], article.content());
    assert_eq!(first["content_source_url"], "https://example.org/dongtang/n/14");
    assert_eq!(first["thumb_media_id"], "cover-1");
    assert_eq!(submit_payload("M-1").to_string(), r#"{"media_id":"M-1"}"#);
}

#[test]
fn each_limit_is_named_and_its_edge_is_accepted() {
    let around = imprint(day("2018-03-05"));
    let short = notice(vec![]);
    assert_eq!(NoticePage::new(&short, &around).unwrap().wechat_article(" "), Err(WeChatLimit::NoCover));

    let base = article(&short, &around).unwrap().draft_payload()["articles"][0]["digest"].as_str().unwrap().chars().count();
    let issued = |more: usize| Imprint { issuer: text(&format!("东塱经济联社{}", "字".repeat(more))), ..around.clone() };
    assert!(article(&short, &issued(Article::MAX_DIGEST - base)).is_ok());
    assert_eq!(article(&short, &issued(Article::MAX_DIGEST - base + 1)), Err(WeChatLimit::Digest { found: 121 }));

    let long = |chars: usize| {
        let whole = Text::new(&"字".repeat(4_000)).unwrap();
        let mut lines: Vec<Line> = (0..chars / 4_000).map(|_| Line::new("理由", "reasons", &whole)).collect();
        lines
            .extend((!chars.is_multiple_of(4_000)).then(|| Line::new("理由", "reasons", &Text::new(&"字".repeat(chars % 4_000)).unwrap())));
        notice(lines)
    };
    let found = article(&long(12_100), &around).unwrap().content().chars().count();
    let room = Article::CONTENT_CHARS - 1 - found;
    assert!(room < 7_800, "{room}");
    let fill = |more: usize| {
        let mut notice = long(12_100);
        let per_line = article(&long(12_100), &around).unwrap().content().chars().count()
            - article(&long(12_000), &around).unwrap().content().chars().count()
            - 100;
        let first = 3_900_usize;
        let rest = more - first - 2 * per_line;
        for chars in [first, rest] {
            notice.lines.push(Line::new("理由", "reasons", &Text::new(&"字".repeat(chars)).unwrap()));
        }
        notice
    };
    assert_eq!(article(&fill(room), &around).unwrap().content().chars().count(), 19_999);
    assert_eq!(article(&fill(room + 1), &around), Err(WeChatLimit::ContentChars { found: 20_000 }));
}

const DONE: &str = "<xml><ToUserName><![CDATA[gh_1]]></ToUserName><FromUserName><![CDATA[o1]]></FromUserName><CreateTime>1481013459</CreateTime>\
    <MsgType><![CDATA[event]]></MsgType><Event><![CDATA[PUBLISHJOBFINISH]]></Event><PublishEventInfo><publish_id>2247503051</publish_id>\
    <publish_status>0</publish_status><article_id><![CDATA[b5O2OUs25HBx]]></article_id><article_detail><count>1</count><item><idx>1</idx>\
    <article_url><![CDATA[https://mp.weixin.qq.com/s/abc]]></article_url></item></article_detail></PublishEventInfo></xml>";

fn published() -> PublishState {
    PublishState::Published {
        article: "b5O2OUs25HBx".to_owned(),
        addresses: vec![WebAddress::new("https://mp.weixin.qq.com/s/abc").unwrap()],
    }
}

#[test]
fn only_what_is_public_is_confirmed() {
    let (id, state) = publish_event(DONE).unwrap();
    assert_eq!((id.as_str(), &state, state.status()), ("2247503051", &published(), Some(Status::Confirmed)));
    let of = |code: u8| publish_event(&DONE.replace("<publish_status>0", &format!("<publish_status>{code}"))).map(|(_, state)| state);
    assert_eq!(of(1).unwrap().status(), Some(Status::Requested), "accepted is not public");
    for code in [2, 3, 4] {
        assert_eq!(of(code).unwrap(), PublishState::Refused { code, articles: vec![] });
        assert_eq!(of(code).unwrap().status(), None);
    }
    assert_eq!(of(5).unwrap().status(), Some(Status::Removed));
    assert_eq!(of(6).unwrap(), PublishState::TakenDown);
    assert!(matches!(of(7), Err(AnswerError::Malformed(_))));
    let failed = "<xml><Event>PUBLISHJOBFINISH</Event><PublishEventInfo><publish_id>9</publish_id><publish_status>2</publish_status>\
        <fail_idx>1</fail_idx><fail_idx>2</fail_idx></PublishEventInfo></xml>";
    assert_eq!(publish_event(failed).unwrap().1, PublishState::Refused { code: 2, articles: vec![1, 2] });
}

#[test]
fn the_answer_to_a_question_says_the_same() {
    let answer = r#"{"publish_id":"2247503051","publish_status":0,"article_id":"b5O2OUs25HBx","article_detail":{"count":1,"item":[{"idx":1,"article_url":"https://mp.weixin.qq.com/s/abc"}]},"fail_idx":[]}"#;
    assert_eq!(publish_get(answer), publish_event(DONE));
    assert_eq!(
        publish_get(r#"{"publish_id":100000001,"publish_status":1,"fail_idx":[]}"#).unwrap(),
        ("100000001".to_owned(), PublishState::Publishing)
    );
    assert_eq!(
        publish_get(r#"{"publish_id":"1","publish_status":4,"fail_idx":[1]}"#).unwrap().1,
        PublishState::Refused { code: 4, articles: vec![1] }
    );
    let refused = publish_get(r#"{"errcode":40001,"errmsg":"invalid credential"}"#);
    assert_eq!(refused, Err(AnswerError::Refused { code: 40_001, message: "invalid credential".to_owned() }));
}

#[test]
fn what_is_no_answer_is_refused() {
    for bad in ["", "<xml>", "<!DOCTYPE a [<!ENTITY b \"c\">]><xml>&b;</xml>", "{}", &"<xml>".repeat(20_000)] {
        assert!(matches!(publish_event(bad), Err(AnswerError::Malformed(_))), "{bad:.40}");
        assert!(matches!(publish_get(bad), Err(AnswerError::Malformed(_))), "{bad:.40}");
    }
    assert_eq!(publish_event("<xml><Event>subscribe</Event></xml>"), Err(AnswerError::OtherEvent));
    assert!(publish_event(&DONE.replace("https://mp.weixin.qq.com/s/abc", "javascript:alert(1)")).is_err());
    assert!(publish_event(&DONE.replace("<![CDATA[b5O2OUs25HBx]]>", "")).is_err(), "published, but which article?");
    assert!(publish_get(r#"{"publish_id":"1"}"#).is_err());
    assert!(publish_get(r#"{"publish_status":0}"#).is_err());
}
