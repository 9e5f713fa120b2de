//! What was published last, as Atom and as JSON Feed, in both languages.

use atom_syndication::{Category, Content, Entry, Feed, Generator, Link, Person, Text};
use axum::Router;
use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use chrono::{DateTime, Utc};
use sanzi::disclosure::Notice;
use sanzi::store::{Cases, Store};
use sanzi::value::Lang;
use serde_json::{Value, json};

use super::problem::Fault;
use super::reader::Reader;
use super::{Board, Shared, ask, views};

/// Notices in a feed.
const MOST: usize = 50;

pub(crate) fn routes() -> Router<Shared> {
    let both = || Router::new().route("/feed.atom", get(atom)).route("/feed.json", get(json_feed));
    both().nest("/en", both())
}

/// One notice that went up, or was voided.
struct Item {
    id: String,
    address: String,
    title: String,
    text: String,
    at: DateTime<Utc>,
    step: String,
}

fn text_of(notice: &Notice, lang: Lang) -> String {
    let between = if lang == Lang::Zh { "：" } else { ": " };
    let line = |line: &sanzi::disclosure::Line| [line.label.in_lang(lang), between, line.value.in_lang(lang)].concat();
    notice.lines.iter().map(line).collect::<Vec<_>>().join("\n")
}

fn items(board: &Board, lang: Lang) -> Result<Vec<Item>, Fault> {
    let mut items = Vec::new();
    let at = |path: String| board.address(&path).map(|address| address.to_string()).unwrap_or(path);
    for case in board.engine.store().cases(Cases::All)? {
        let look = board.look(case)?;
        let (title, _) = views::about(&look.case);
        for published in look.notices.iter().filter(|notice| !notice.receipts.is_empty()) {
            let number = published.notice.number;
            items.push(Item {
                id: format!("urn:sanzi:notice:{case}:{number}"),
                address: at(format!("{}/cases/{case}/notices/{number}", if lang == Lang::En { "/en" } else { "" })),
                title: format!("{} · {title}", published.notice.title.in_lang(lang)),
                text: text_of(&published.notice, lang),
                at: published.public.unwrap_or(published.made),
                step: published.step.map(|step| views::numbered(step, lang)).unwrap_or_default(),
            });
        }
    }
    items.sort_by(|one, other| other.at.cmp(&one.at).then_with(|| one.id.cmp(&other.id)));
    items.truncate(MOST);
    Ok(items)
}

fn heading(board: &Board, lang: Lang) -> String {
    let facts = &board.facts;
    match (lang, &facts.name_en) {
        (Lang::En, Some(name)) => format!("{name}: notices of asset transactions"),
        (Lang::En, None) => format!("{}: notices of asset transactions", facts.name),
        (Lang::Zh, _) => format!("{}“三资”交易公告", facts.name),
    }
}

async fn atom(State(board): State<Shared>, reader: Reader) -> Result<Response, Fault> {
    ask(&board, move |board| {
        let lang = reader.lang;
        let fixed = |at: DateTime<Utc>| at.fixed_offset();
        let items = items(board, lang)?;
        let entries = items.iter().map(|item| Entry {
            id: item.id.clone(),
            title: Text::plain(item.title.clone()),
            updated: fixed(item.at),
            published: Some(fixed(item.at)),
            links: vec![Link { href: item.address.clone(), rel: "alternate".into(), ..Link::default() }],
            categories: vec![Category { term: item.step.clone(), ..Category::default() }],
            content: Some(Content { value: Some(item.text.clone()), content_type: Some("text".into()), ..Content::default() }),
            ..Entry::default()
        });
        let page = board.facts.page.to_string();
        let link = |rel: &str, href: String| Link { href, rel: rel.into(), ..Link::default() };
        let own = board.address(if lang == Lang::En { "/en/feed.atom" } else { "/feed.atom" }).map(|own| own.to_string());
        let feed = Feed {
            id: own.clone().unwrap_or_else(|| page.clone()),
            title: Text::plain(heading(board, lang)),
            updated: fixed(items.first().map_or_else(|| board.clock.now(), |item| item.at)),
            authors: vec![Person { name: board.facts.name.to_string(), ..Person::default() }],
            generator: Some(Generator { value: "sanzi".into(), ..Generator::default() }),
            links: std::iter::once(link("alternate", page)).chain(own.map(|own| link("self", own))).collect(),
            lang: Some(if lang == Lang::En { "en" } else { "zh-CN" }.into()),
            entries: entries.collect(),
            ..Feed::default()
        };
        Ok(([(CONTENT_TYPE, "application/atom+xml; charset=utf-8")], feed.to_string()).into_response())
    })
    .await
}

async fn json_feed(State(board): State<Shared>, reader: Reader) -> Result<Response, Fault> {
    ask(&board, move |board| {
        let lang = reader.lang;
        let items: Vec<Value> = items(board, lang)?.into_iter().map(|Item { id, address, title, text, at, step }| {
            json!({ "id": id, "url": address, "title": title, "content_text": text, "date_published": at, "tags": [step] })
        }).collect();
        let feed = json!({
            "version": "https://jsonfeed.org/version/1.1",
            "title": heading(board, lang),
            "home_page_url": board.facts.page,
            "feed_url": board.address(if lang == Lang::En { "/en/feed.json" } else { "/feed.json" }),
            "language": if lang == Lang::En { "en" } else { "zh-CN" },
            "authors": [{ "name": board.facts.name }],
            "items": items,
        });
        Ok(([(CONTENT_TYPE, "application/feed+json; charset=utf-8")], feed.to_string()).into_response())
    })
    .await
}
