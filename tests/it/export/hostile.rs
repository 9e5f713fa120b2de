//! Hostile text in every field: nothing of it becomes a tag, an attribute, or an address that runs.

use std::collections::BTreeSet;

use proptest::prelude::*;
use sanzi::disclosure::{Line, Notice};
use sanzi::dongsha::Dongsha;
use sanzi::export::*;
use sanzi::policy::Policy;
use sanzi::value::{Bilingual, CaseId, Text};

use super::{facts, imprint};
use crate::village::{day, text};

/// The names of all elements and attributes of a page, as an HTML tokenizer finds them.
fn names(page: &str) -> BTreeSet<String> {
    let mut emitter = html5gum::DefaultEmitter::<()>::default();
    emitter.naively_switch_states(true);
    let mut found = BTreeSet::new();
    for Ok(token) in html5gum::Tokenizer::new_with_emitter(page, emitter) {
        match token {
            html5gum::Token::StartTag(tag) => {
                let name = String::from_utf8_lossy(&tag.name).into_owned();
                for (attribute, value) in &tag.attributes {
                    let (attribute, value) = (String::from_utf8_lossy(attribute), String::from_utf8_lossy(value));
                    found.insert(format!("{name} {attribute}"));
                    if ["href", "src", "action"].contains(&attribute.as_ref()) {
                        assert!(value.starts_with('#') || value.starts_with("https://"), "{value}");
                    }
                }
                found.insert(name);
            }
            html5gum::Token::Comment(comment) => panic!("{comment:?}"),
            _ => {}
        }
    }
    found
}

fn hostile() -> impl Strategy<Value = Text> {
    let traps = prop::sample::select(vec![
        "<script>alert(1)</script>",
        "\"><img src=x onerror=alert(1)>",
        "' onload='alert(1)",
        "javascript:alert(1)",
        "</title></style></svg><script>x</script>",
        "<!-- --><![CDATA[x]]>",
        "&lt;script&gt;&#60;b&#62;",
        "{{ 7*7 }}{% raw %}",
        "</section><section hidden>",
        "style=\"position:fixed\"",
    ]);
    let any = "\\PC{1,30}";
    (traps, any, any)
        .prop_filter_map("what nobody can see is no text", |(trap, before, after)| Text::new(&format!("{before}{trap}{after}")).ok())
}

fn notice_of(value: &Text) -> Notice {
    let case = CaseId::new("01890a5d-ac96-774b-bcce-b302099a8057".parse().unwrap());
    let label = Bilingual::of(value.as_str(), value.as_str());
    let lines = vec![Line { label: label.clone(), value: value.into() }, Line { label, value: Bilingual::of("甲", value.as_str()).into() }];
    Notice { case, number: 1, title: Bilingual::of(value.as_str(), format!("{value} en")), lines }
}

fn notices(value: &Text) -> Vec<String> {
    let around = imprint(day("2018-03-05"));
    let objections = ObjectionChannel { authority: Bilingual::of(value.as_str(), "x"), at: value.clone(), phone: value.clone() };
    let around = Imprint { issuer: value.clone(), number: value.clone(), ..around }.with_objections(objections);
    let notice = notice_of(value);
    let page = NoticePage::new(&notice, &around).unwrap();
    let bulletin = bulletin_html(value, value, std::slice::from_ref(&page), None).unwrap();
    let mut all = vec![page.platform_html().unwrap(), bulletin, page.poster_html(Languages::Both).unwrap()];
    all.extend(page.wechat_article("cover").ok().map(|article| article.content().to_owned()));
    all
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn nothing_breaks_out_of_a_notice(value in hostile()) {
        let harmless = notices(&text("甲"));
        for (page, like) in notices(&value).iter().zip(&harmless) {
            prop_assert_eq!(names(page), names(like));
        }
    }

    /// Reading back never fails, whatever is fetched.
    #[test]
    fn any_page_can_be_read(page in "\\PC{0,200}", cut in any::<prop::sample::Index>()) {
        let notice = notice_of(&text("甲"));
        let around = imprint(day("2018-03-05"));
        let rendering = NoticePage::new(&notice, &around).unwrap().platform_html().unwrap();
        let _ = (read_back(&page, &rendering), Posted::in_html(&page), Posted::in_json(&page));
        let half: String = rendering.chars().take(cut.index(rendering.len())).collect();
        let _ = (read_back(&half, &rendering), Posted::in_html(&half));
        let _ = (publish_event(&page), publish_get(&page));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(8))]

    #[test]
    fn nothing_breaks_out_of_a_paper(value in hostile(), languages in prop::sample::select(Languages::ALL.to_vec())) {
        let hostile = Facts { name: value.clone(), name_en: Some(value.clone()), objections_at: value.clone(), objections_at_en: None, phone: value, ..facts() };
        let policy = Policy::builtin_on(day("2026-01-05")).unwrap();
        let of = |facts| ClearPaper::<Dongsha>::new(policy.clone(), facts).size(PaperSize::A3).languages(languages);
        let (html, svg) = (of(hostile.clone()).html(), of(hostile).svg());
        let (like_html, like_svg) = (of(facts()).html().unwrap(), of(facts()).svg().unwrap());
        match (html, svg) {
            (Ok(html), Ok(svg)) => {
                prop_assert_eq!(names(&html), names(&like_html));
                let document = roxmltree::Document::parse(&svg);
                prop_assert!(document.is_ok(), "{:?}", document.err());
                prop_assert!(names(&svg).is_subset(&names(&like_svg)));
            }
            (html, svg) => {
                let refused = Some(PaperError::DoesNotFit(PaperSize::A3));
                prop_assert_eq!((html.err(), svg.err()), (refused.clone(), refused));
            }
        }
    }
}
