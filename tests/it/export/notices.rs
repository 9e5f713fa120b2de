//! Notices: the same on every channel, and read back from what is public.

use proptest::prelude::*;
use sanzi::calendar::{Calendar, Pause, Period};
use sanzi::case::Subject;
use sanzi::disclosure::{Line, Notice};
use sanzi::dongsha::Step;
use sanzi::export::*;
use sanzi::flow::StepId;
use sanzi::value::{Bilingual, CaseId, Money, Text};

use super::{imprint, seen, short_code, squeezed};
use crate::village::{PEOPLE, Run, day, text, yuan};

fn notice() -> Notice {
    let lines = vec![
        Line::new("项目", "transaction", &text("东侧一楼铺位\n（含阁楼）")),
        Line::new("成交价", "price", yuan(1_300_000)),
        Line::new("保证金", "deposit", "16409.02".parse::<Money>().unwrap()),
        Line::new("成交", "sold", true),
    ];
    let case = CaseId::new("01890a5d-ac96-774b-bcce-b302099a8057".parse().unwrap());
    Notice { case, number: 14, title: Bilingual::new("成交结果", "result"), lines }
}

/// A notice's rendering on each channel.
fn renderings(page: &NoticePage<'_>) -> [String; 4] {
    let bulletin = bulletin_html(&text("东塱简报"), &text("2018 年第 3 期"), std::slice::from_ref(page), Some(&short_code())).unwrap();
    let article = page.wechat_article("cover").unwrap().content().to_owned();
    [page.platform_html().unwrap(), bulletin, article, page.poster_html(Languages::Zh).unwrap()]
}

#[test]
fn every_channel_shows_the_whole_notice() {
    let (notice, imprint) = (notice(), imprint(day("2018-03-05")));
    let page = NoticePage::new(&notice, &imprint).unwrap();
    let digest = notice.digest().unwrap();
    for rendering in renderings(&page) {
        let seen = seen(&rendering);
        for what in [
            "成交结果",
            "东塱公示〔2018〕14 号",
            "东侧一楼铺位（含阁楼）",
            "1,300,000.00 元",
            "（人民币壹佰叁拾万元整）",
            "16,409.02 元",
            "（人民币壹万陆仟肆佰零玖元零贰分）",
            "2018-03-05 至 2018-03-12（5 个工作日，首日不计）",
            "街道办事处二楼，电话 020-8100 0001；由街道“三资”办处理",
            "东塱经济联社",
            &short_code().to_string(),
            &digest.to_string()[7..23],
        ] {
            assert!(seen.contains(&squeezed(what)), "{what}\n{rendering}");
        }
        assert!(rendering.contains(&format!("data-sanzi-notice=\"{digest}\"")));
    }
}

#[test]
fn a_period_says_what_holds_it_up_and_what_is_not_announced() {
    let calendar = Calendar::china();
    let of = |from: &str, pauses: &[Pause]| NoticePeriod::starting(&calendar, day(from), Period::working(5), pauses).unwrap().text();
    assert_eq!(of("2018-02-09", &[]).zh, "2018-02-09 至 2018-02-22（5 个工作日，首日不计）");
    assert!(of("2026-12-30", &[]).en.contains("(provisional)"));
    assert!(of("2018-03-05", &[Pause::open(day("2018-03-06"))]).zh.contains("异议处理完毕后顺延"));
}

#[test]
fn each_of_the_sixteen_notices_is_read_back_to_its_digest() {
    let mut run = Run::opened();
    for step in Step::ALL {
        run.perform();
        let notice = run.case.notice(Subject::Step).unwrap();
        let imprint = imprint(run.today());
        let page = NoticePage::new(&notice, &imprint).unwrap();
        assert_eq!(Some(page.digest()), run.case.posting(Subject::Step).map(sanzi::disclosure::Posting::notice));
        let [found] = Posted::in_html(&page.platform_html().unwrap()).try_into().unwrap();
        assert_eq!((found.claimed, found.notice.digest().unwrap(), found.is_intact()), (page.digest(), page.digest(), true), "{step}");
        let data = Posted::in_json(&page.platform_json().to_string()).unwrap();
        assert_eq!((&data.notice, data.is_intact()), (&notice, true));
        for rendering in renderings(&page) {
            assert_eq!(read_back(&rendering, &rendering), Reading::Intact);
            for (id, name, _) in PEOPLE {
                let private = [name.to_owned(), format!("91440101MA5{id}"), format!("62220202{id}")];
                assert!(private.iter().all(|private| !rendering.contains(private.as_str())), "{name} at {step}");
            }
        }
        run.publish().advance();
    }
}

/// What somebody may do to a page, and what must be seen of it.
#[test]
fn any_visible_change_is_seen() {
    let (notice, imprint) = (notice(), imprint(day("2018-03-05")));
    let page = NoticePage::new(&notice, &imprint).unwrap();
    for published in renderings(&page) {
        let altered = |page: &str, why: &str| assert!(matches!(read_back(page, &published), Reading::Altered { .. }), "{why}\n{page}");
        let wrapped = |page: &str| format!("<html><body><nav>首页 <b>公告</b></nav><div class=x>{page}</div></body></html>");
        assert_eq!(read_back(&wrapped(&published), &published), Reading::Intact);
        for (from, to) in [
            ("1,300,000.00", "130,000.00"),
            ("壹佰叁拾万元整", "壹拾叁万元整"),
            ("2018-03-12", "2018-03-06"),
            ("020-8100 0001", "020-8100 9999"),
            ("成交价", "底价"),
            ("16,409.02", "16,409.020"),
            ("〔2018〕14 号", "〔2018〕15 号"),
        ] {
            assert!(published.contains(from), "{from}");
            altered(&published.replace(from, to), from);
        }
        assert_ne!(
            read_back(&published.replacen("data-sanzi-notice=", "hidden data-sanzi-notice=", 1), &published),
            Reading::Intact,
            "hidden"
        );
        let digest_only = published.replace(&page.digest().to_string(), &sanzi::value::Digest::NONE.to_string());
        assert_eq!(
            read_back(&digest_only, &published),
            Reading::Intact,
            "an attribute that nobody sees; the platform's digest is checked by `Posted`"
        );
        altered(&format!("{published}{published}"), "twice");
        altered(&published.replace("1,300,000.00", "<s>1,300,000.00</s> 200.00"), "struck out");
        altered(&published.replace("1,300,000.00", "<span hidden>1,300,000.00</span>200.00"), "a hidden amount");
        altered(&published.replace("1,300,000.00", "<span style='font-size:0'>1,300,000.00</span>200.00"), "an amount of no size");
        altered(&published.replace("1,300,000.00", "<!-- 1,300,000.00 -->"), "an amount in a comment");
        assert_eq!(read_back("<p>暂无公告</p>", &published), Reading::Missing);
        assert_eq!(read_back("", &published), Reading::Missing);
        assert_eq!(read_back(&format!("<script>{published}</script>"), &published), Reading::Missing);
    }
}

#[test]
fn another_notice_of_the_same_issuer_is_not_this_one() {
    let (first, around) = (notice(), imprint(day("2018-03-05")));
    let second =
        Notice {
            number: 15, lines: vec![Line::new("决定", "decision", "同意")], title: Bilingual::new("审核", "review"), ..notice()
        };
    let pages = [NoticePage::new(&first, &around).unwrap(), NoticePage::new(&second, &around).unwrap()];
    let issue = bulletin_html(&text("东塱简报"), &text("2018 年第 3 期"), &pages, None).unwrap();
    let alone = |page: &NoticePage<'_>| bulletin_html(&text("东塱简报"), &text("x"), std::slice::from_ref(page), None).unwrap();
    assert_eq!(read_back(&issue, &alone(&pages[0])), Reading::Intact);
    assert_eq!(read_back(&issue, &alone(&pages[1])), Reading::Intact);
    assert_eq!(read_back(&issue, &issue), Reading::Intact);
    assert_eq!(read_back(&alone(&pages[1]), &alone(&pages[0])), Reading::Missing);
    assert!(!matches!(read_back(&alone(&pages[0]), &issue), Reading::Intact), "one of two is gone");
}

#[test]
fn data_that_were_changed_are_not_intact() {
    let (notice, imprint) = (notice(), imprint(day("2018-03-05")));
    let page = NoticePage::new(&notice, &imprint).unwrap();
    let json = page.platform_json().to_string();
    assert!(Posted::in_json(&json).unwrap().is_intact());
    for (from, to) in [("1,300,000.00 元", "130,000.00 元"), ("壹佰叁拾万", "壹拾叁万"), ("成交结果", "结果")] {
        let html = page.platform_html().unwrap().replace(from, to);
        assert!(Posted::in_html(&html).iter().all(|posted| !posted.is_intact()), "{from}");
        assert!(!Posted::in_json(&json.replace(from, to)).unwrap().is_intact(), "{from}");
    }
    let shown = page.platform_html().unwrap().replace("data-sanzi=\"title-zh\"", "hidden data-sanzi=\"title-zh\"");
    assert!(Posted::in_html(&shown).is_empty(), "what is hidden is not read");
    assert!(Posted::in_json("{}").is_err());
    assert!(Posted::in_html("<article data-sanzi-notice=\"x\">").is_empty());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Whatever people write, and whichever line of it somebody changes.
    #[test]
    fn any_text_is_read_back_and_any_change_of_it_seen(
        texts in proptest::collection::vec("\\PC{1,40}", 2..6), fen in 0_u64..1_000_000_000_000, which: prop::sample::Index, with in "[0-9a-z甲乙]{1,4}",
    ) {
        let texts: Vec<Text> = texts.iter().filter_map(|text| Text::new(text).ok()).collect();
        let mut lines: Vec<Line> = texts.iter().map(|text| Line::new("理由", "reasons", text)).collect();
        lines.push(Line::new("价格", "price", Money::from_fen(fen).unwrap()));
        let notice = Notice { lines, ..notice() };
        let imprint = imprint(day("2018-03-05"));
        let page = NoticePage::new(&notice, &imprint).unwrap();
        let found = Posted::in_html(&page.platform_html().unwrap());
        prop_assert_eq!(found.len(), 1);
        prop_assert_eq!(&found[0].notice, &notice);
        let mut other = notice.clone();
        let place = which.index(other.lines.len());
        other.lines[place].value = Bilingual::same(format!("{}{with}", other.lines[place].value.text().zh)).into();
        let other_page = NoticePage::new(&other, &imprint).unwrap();
        for (mine, theirs) in renderings(&page).iter().zip(renderings(&other_page)) {
            prop_assert_eq!(read_back(mine, mine), Reading::Intact);
            prop_assert_ne!(read_back(&theirs, mine), Reading::Intact);
        }
    }
}
