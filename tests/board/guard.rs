//! The guard by HTTP: each operation done, and refused.

use serde_json::{Value, json};
use uuid::Uuid;

use crate::site::Site;

const ALL: [&str; 4] = ["platform", "bulletin", "we-chat", "office"];

fn asset_check() -> Value {
    json!({ "evidence": { "AssetCheck": {
        "asset": "DT-NEW-1", "title": "村口新铺位", "area_centi_m2": 8_000, "usage": "商铺", "public_welfare": false,
    } } })
}

/// A case of our own, brought to the notice of intent, up on every channel.
fn at_intent(site: &Site) -> String {
    let case = site.opened();
    let at = |verb: &str| format!("/cases/{case}/{verb}");
    site.done("chen", &at("perform"), &asset_check());
    site.done("chen", &at("publish"), &json!({ "of": "step", "receipts": site.receipts(&case, &["platform"], None) }));
    site.done("chen", &at("advance"), &json!({ "from": "AssetCheck" }));
    let minutes = format!("sha256:{}", "a".repeat(64));
    let study = json!({ "evidence": { "PartyStudy": { "minutes": minutes, "endorsed": true, "reason": "同意" } } });
    site.done("he", &at("perform"), &study);
    site.done("he", &at("publish"), &json!({ "of": "step", "receipts": site.receipts(&case, &["platform"], None) }));
    site.done("he", &at("advance"), &json!({ "from": "PartyStudy" }));
    let intent = json!({ "evidence": { "IntentNotice": {
        "purpose": "增加集体收入", "method": "公开竞投", "term_months": 36, "how_to_comment": "本网站",
    } } });
    site.done("chen", &at("perform"), &intent);
    case
}

fn public_at_intent(site: &Site) -> String {
    let case = at_intent(site);
    let receipts = site.receipts(&case, &ALL, Some("guan"));
    site.done("chen", &format!("/cases/{case}/publish"), &json!({ "of": "step", "receipts": receipts }));
    case
}

#[test]
fn a_transaction_is_opened_by_the_board_and_by_nobody_else() {
    let site = Site::start();
    let opening = json!({ "asset": "DT-NEW-1", "title": "村口新铺位出租" });
    site.refused("song", "/cases", &opening, &["not-responsible"]);
    let answer = site.post("chen", "/cases", &opening);
    assert_eq!(answer.status, 201);
    let case = answer.json()["case"].as_str().unwrap().to_owned();
    assert_eq!(answer.header("location"), format!("/api/v1/cases/{case}"));
    assert_eq!(site.get(answer.header("location")).header("etag"), "\"1\"");
    site.refused("chen", "/cases", &opening, &["asset-busy"]);
}

#[test]
fn a_step_is_checked_performed_published_and_left() {
    let site = Site::start();
    let case = site.opened();
    let at = |verb: &str| format!("/cases/{case}/{verb}");
    let check = |who: &str, step: &str| {
        let bearer = format!("Bearer {}", site.token(who));
        site.send("GET", &format!("/api/v1/cases/{case}/check/{step}"), &[("Authorization", &bearer)], b"")
    };
    assert_eq!(check("chen", "AssetCheck").json()["allowed"], true);
    assert_eq!(check("tan", "AssetCheck").codes(), ["not-responsible"], "a token for asking may ask");
    let far = check("song", "Bidding");
    assert_eq!(far.json()["allowed"], false);
    assert_eq!(far.codes().iter().filter(|code| *code == "step-missing").count(), 12);
    assert_eq!(check("chen", "Nothing").problem(), "not-found");

    site.refused("song", &at("perform"), &asset_check(), &["not-responsible"]);
    site.refused("chen", &at("publish"), &json!({ "of": "step", "receipts": [] }), &["not-performed"]);
    site.done("chen", &at("perform"), &asset_check());
    site.refused("chen", &at("perform"), &asset_check(), &["already-performed"]);
    site.refused("chen", &at("publish"), &json!({ "of": "step", "receipts": [] }), &["channel-missing"]);
    let mut other = site.receipts(&case, &["platform"], None);
    other[0]["notice"] = json!(format!("sha256:{}", "0".repeat(64)));
    site.refused("chen", &at("publish"), &json!({ "of": "step", "receipts": other }), &["receipt-of-other-notice"]);
    let receipts = site.receipts(&case, &["platform"], None);
    site.refused("chen", &at("advance"), &json!({ "from": "AssetCheck" }), &["not-public", "channel-missing"]);
    site.done("chen", &at("publish"), &json!({ "of": "step", "receipts": receipts }));
    site.refused("chen", &at("publish"), &json!({ "of": "step", "receipts": [] }), &["already-public"]);
    site.refused("chen", &at("advance"), &json!({ "from": "PartyStudy" }), &["step-missing"]);
    let left = site.done("chen", &at("advance"), &json!({ "from": "AssetCheck" }));
    assert_eq!(left["state"], json!({ "status": "open", "step": "PartyStudy", "stage": "pending" }));
}

#[test]
fn receipts_are_noted_and_a_photo_takes_two_people() {
    let site = Site::start();
    let case = at_intent(&site);
    let note = format!("/cases/{case}/note");
    let mut photo = site.receipts(&case, &["office"], Some("guan"));
    let of = |taken_by: &str, witness: &str| json!({ "photo": { "digest": format!("sha256:{}", "b".repeat(64)), "taken_by": taken_by, "witness": witness } });
    photo[0]["proof"] = of("chen", "chen");
    site.refused("chen", &note, &json!({ "of": "step", "receipts": photo }), &["photo-needs-two"]);
    photo[0]["proof"] = of("chen", "wu");
    site.done("chen", &note, &json!({ "of": "step", "receipts": photo }));
    site.refused("chen", &note, &json!({ "of": "withdrawal", "receipts": photo }), &["nothing-to-publish"]);
    let answer = site.post("chen", &note, &json!({ "of": "step", "receipts": [{ "channel": "radio" }] }));
    assert_eq!((answer.status, answer.problem().as_str()), (422, "invalid"));
    assert!(answer.json()["detail"].as_str().unwrap().contains("`receipts[0].channel`: unknown variant `radio`"), "{}", answer.text);
}

#[test]
fn an_objection_has_a_number_and_stops_the_clock_until_its_authority_decides() {
    let site = Site::start();
    let case = public_at_intent(&site);
    let at = |verb: &str| format!("/cases/{case}/{verb}");
    let first = site.done("platform-desk", &at("object"), &json!({ "kind": "comment", "text": "租给谁？" }));
    let second = site.done("platform-desk", &at("object"), &json!({ "kind": "objection", "text": "面积不对。" }));
    assert_eq!((&first["number"], &second["number"]), (&json!(1), &json!(2)));
    site.refused("chen", &at("advance"), &json!({ "from": "IntentNotice" }), &["comment-open", "objection-open"]);
    let rule = |number: u32, ruling: &str| json!({ "number": number, "ruling": ruling, "reply": "已核对。" });
    site.refused("chen", &at("rule"), &rule(2, "dismissed"), &["not-authority", "must-differ"]);
    site.refused("guan", &at("rule"), &rule(7, "dismissed"), &["no-such-objection"]);
    site.refused("chen", &at("rule"), &rule(1, "upheld"), &["not-authority"]);
    site.done("chen", &at("rule"), &rule(1, "dismissed"));
    site.refused("chen", &at("rule"), &rule(1, "dismissed"), &["objection-closed"]);
    let ruled = site.done("guan", &at("rule"), &rule(2, "upheld"));
    assert_eq!(ruled["state"]["stage"], "public");
    site.refused("platform-desk", &at("object"), &json!({ "kind": "objection", "text": "再提一次" }), &["already-returning"]);
    let back = site.done("chen", &at("advance"), &json!({ "from": "IntentNotice" }));
    assert_eq!(back["state"]["step"], "AssetCheck", "an upheld objection goes back as the row says");
    let voided = site.ask(&format!("/cases/{case}"))["notices"].as_array().unwrap().iter().filter(|notice| notice["void"] == true).count();
    assert_eq!(voided, 3);
}

#[test]
fn an_objection_after_the_period_is_refused() {
    let site = Site::start();
    let case = public_at_intent(&site);
    site.wait(20);
    site.refused("web-desk", &format!("/cases/{case}/object"), &json!({ "kind": "objection", "text": "晚了" }), &["no-objections-here"]);
}

#[test]
fn an_objection_that_nobody_answers_rises_by_itself() {
    let site = Site::start();
    let case = public_at_intent(&site);
    let raise = (format!("/cases/{case}/raise"), json!({ "number": 1 }));
    site.refused("web-desk", &raise.0, &raise.1, &["no-such-objection"]);
    site.done("web-desk", &format!("/cases/{case}/object"), &json!({ "kind": "objection", "text": "面积不对。" }));
    site.refused("web-desk", &raise.0, &raise.1, &["answer-due"]);
    let remark = || site.ask(&format!("/cases/{case}"))["remarks"][0].clone();
    assert_eq!((&remark()["judge"], &remark()["rises"]), (&json!("Supervisors"), &json!([])));
    site.wait(9);
    assert_eq!(remark()["judge"], "Witness", "the day decides, recorded or not");
    site.done("web-desk", &raise.0, &raise.1);
    assert_eq!(remark()["rises"][0]["to"], "Witness");
    site.wait(9);
    site.board.tidy().unwrap_or_else(|fault| panic!("{fault:?}"));
    assert_eq!(remark()["rises"][1]["to"], "IntegrityStation", "the board's own clock records it");
    let page = site.get(&format!("/cases/{case}")).text;
    assert!(page.contains("上升至 <b>社区廉情监督站</b>") && page.contains("自动上升至 社区党组织"), "{page}");
    site.refused("guan", &format!("/cases/{case}/rule"), &json!({ "number": 1, "ruling": "dismissed", "reply": "好" }), &["not-authority"]);
}

#[test]
fn a_trading_notice_is_taken_back_and_a_notice_of_intent_is_not() {
    let site = Site::start();
    let correction = json!({ "changes": ["typing-error"], "reason": "笔误" });
    let case = public_at_intent(&site);
    let recall = |step: &str| json!({ "step": step, "correction": correction });
    site.refused("chen", &format!("/cases/{case}/recall"), &recall("IntentNotice"), &["cannot-recall"]);
    let trading = site.at("TradingNotice", "public");
    site.refused("chen", &format!("/cases/{trading}/recall"), &recall("TradingNotice"), &["not-responsible"]);
    site.done("song", &format!("/cases/{trading}/recall"), &recall("TradingNotice"));
}

#[test]
fn a_transaction_is_ended_by_the_street_and_not_by_a_clerk() {
    let site = Site::start();
    let case = site.opened();
    let end = json!({ "decision": format!("sha256:{}", "c".repeat(64)), "reason": "另有规划" });
    site.refused("song", &format!("/cases/{case}/terminate"), &end, &["not-authority"]);
    let ended = site.done("fang", &format!("/cases/{case}/terminate"), &end);
    assert_eq!(ended["state"]["status"], "terminating");
    site.refused("fang", &format!("/cases/{case}/terminate"), &end, &["case-ended"]);
}

#[test]
fn a_clock_is_set_right_only_while_it_is_in_doubt() {
    let site = Site::start();
    let case = site.opened();
    let set = json!({ "reason": "换了电池" });
    site.refused("fang", &format!("/cases/{case}/set-clock"), &set, &["clock-not-in-doubt"]);
    site.wait(900);
    site.refused("chen", &format!("/cases/{case}/set-clock"), &set, &["not-authority"]);
    site.done("fang", &format!("/cases/{case}/set-clock"), &set);
}

#[test]
fn the_same_key_is_done_once_and_another_request_under_it_is_refused() {
    let site = Site::start();
    let case = site.opened();
    let (path, key) = (format!("/cases/{case}/perform"), Uuid::new_v4().to_string());
    let keyed = [("Idempotency-Key", key.as_str())];
    let first = site.post_with("chen", &path, &keyed, &asset_check()).json();
    let again = site.post_with("chen", &path, &keyed, &asset_check()).json();
    assert_eq!((&first["repeated"], &again["repeated"]), (&json!(false), &json!(true)));
    assert_eq!((&first["version"], &first["position"]), (&again["version"], &again["position"]));
    let mut other = asset_check();
    other["evidence"]["AssetCheck"]["usage"] = json!("仓库");
    let refused = site.post_with("chen", &path, &keyed, &other);
    assert_eq!((refused.status, refused.problem().as_str()), (422, "key-reused"));
    let open = |title: &str| {
        site.post_with("chen", "/cases", &keyed_as("5f0c1a44-3c5e-4b19-9f5e-0c9b5a9f7a11"), &json!({ "asset": "DT-NEW-2", "title": title }))
    };
    let (one, two) = (open("一"), open("一"));
    assert_eq!((one.status, &one.json()["case"], two.json()["repeated"].as_bool()), (201, &two.json()["case"], Some(true)));
    assert_eq!(open("二").problem(), "key-reused");
    let missing = site.post_with("chen", &path, &[], &asset_check());
    assert_eq!((missing.status, missing.problem().as_str()), (400, "key-missing"));
    let malformed = site.post_with("chen", &path, &keyed_as("seven"), &asset_check());
    assert_eq!(malformed.status, 400);
}

fn keyed_as(key: &str) -> [(&str, &str); 1] {
    [("Idempotency-Key", key)]
}

#[test]
fn what_was_decided_on_another_version_is_not_done() {
    let site = Site::start();
    let case = site.opened();
    let path = format!("/cases/{case}/perform");
    let send = |seen: &str| {
        let key = Uuid::new_v4().to_string();
        site.post_with("chen", &path, &[("Idempotency-Key", &key), ("If-Match", seen)], &asset_check())
    };
    let changed = send("\"7\"");
    assert_eq!((changed.status, changed.problem().as_str()), (412, "version-changed"));
    assert_eq!(send("seven").status, 400);
    let done = send("\"1\"");
    assert_eq!((done.status, done.header("etag")), (200, "\"2\""));
}

#[test]
fn a_token_says_who_acts() {
    let site = Site::start();
    let case = site.opened();
    let path = format!("/api/v1/cases/{case}/perform");
    let body = asset_check().to_string();
    let key = Uuid::new_v4().to_string();
    let send = |more: &[(&str, &str)]| {
        let mut headers = vec![("Content-Type", "application/json"), ("Idempotency-Key", key.as_str())];
        headers.extend_from_slice(more);
        site.send("POST", &path, &headers, body.as_bytes())
    };
    let none = send(&[]);
    assert_eq!((none.status, none.problem().as_str(), none.header("www-authenticate")), (401, "unauthorized", "Bearer"));
    assert_eq!(send(&[("Authorization", "Bearer guessed")]).status, 401);
    assert_eq!(send(&[("Authorization", "Basic Y2hlbjpjaGVu")]).status, 401);
    let bearer = |whose: &str| format!("Bearer {}", site.token(whose));
    let asking = send(&[("Authorization", &bearer("tan"))]);
    assert_eq!((asking.status, asking.problem().as_str()), (403, "forbidden"), "a token for asking does not act");
    assert_eq!(send(&[("Authorization", &bearer("platform"))]).status, 400, "a platform says who acts");
    assert_eq!(send(&[("Authorization", &bearer("platform")), ("Sanzi-Person", "陈")]).status, 422);
    assert_eq!(send(&[("Authorization", &bearer("song")), ("Sanzi-Person", "chen")]).status, 403, "a person is nobody else");
    let stranger = send(&[("Authorization", &bearer("platform")), ("Sanzi-Person", "nobody")]);
    assert_eq!(stranger.codes(), ["unknown-person"]);
    assert_eq!(send(&[("Authorization", &bearer("platform")), ("Sanzi-Person", "chen")]).status, 200);
}
