//! The website as people use it.

use uuid::Uuid;

use crate::site::{Answer, Site};

const PAGES: [&str; 7] = ["/", "/paper", "/apples", "/owed", "/late", "/checkpoint", "/sign-in"];

fn good(path: &str, answer: &Answer) {
    assert_eq!(answer.status, 200, "{path}: {}", answer.text);
    assert!(answer.header("content-type").starts_with("text/html"), "{path}");
    assert!(answer.header("content-security-policy").starts_with("default-src 'none'"), "{path}");
    assert!(!answer.header("content-security-policy").contains("script"), "{path}: no script is allowed");
    for (name, value) in [("x-content-type-options", "nosniff"), ("referrer-policy", "same-origin"), ("x-frame-options", "DENY")] {
        assert_eq!(answer.header(name), value, "{path}");
    }
    assert!(!answer.text.contains("<script") && !answer.text.contains("javascript:") && !answer.text.contains(" onclick"), "{path}");
}

#[test]
fn every_page_is_there_in_both_languages_without_a_script() {
    let site = Site::start();
    let live = site.at("PlanNotice", "public");
    let cases =
        [format!("/cases/{live}"), format!("/cases/{live}/paper"), format!("/cases/{live}/object"), format!("/cases/{live}/notices/1")];
    for path in PAGES.iter().map(|path| (*path).to_owned()).chain(cases) {
        for (lang, path) in [("zh-CN", path.clone()), ("en", format!("/en{}", path.strip_suffix('/').unwrap_or(&path)))] {
            let answer = site.get(&path);
            good(&path, &answer);
            // A notice is in both languages at every address.
            assert!(answer.text.contains(&format!("lang=\"{lang}\"")), "{path}");
            if !path.contains("paper") && !path.contains("notices") {
                for part in ["class=\"skip\"", "<main", "<nav", "<header", "<footer", "<h1"] {
                    assert!(answer.text.contains(part), "{path} has no {part}");
                }
            }
        }
    }
    assert_eq!(site.get("/board.css").header("content-type"), "text/css; charset=utf-8");
    assert!(site.get("/feed.atom").text.contains("<feed "));
    assert_eq!(site.get("/feed.json").json()["version"], "https://jsonfeed.org/version/1.1");
}

#[test]
fn a_state_is_a_number_a_shape_and_a_word_never_a_colour_alone() {
    let site = Site::start();
    let list = site.get("/?show=live").text;
    let row = list.split("<tr><th scope=\"row\">").nth(1).unwrap();
    assert_eq!(row.matches("class=\"light ").count(), 17, "sixteen lights, and the current one in words");
    for light in row.split("<td class=\"n\">").skip(1) {
        assert!(
            light.contains("<use href=\"#shape-") && light.contains("<b aria-hidden=\"true\">") && light.contains("class=\"heard\">"),
            "{light}"
        );
    }
    for shape in ["done", "public", "next", "paused", "overdue", "returned", "later", "ended"] {
        assert!(list.contains(&format!("id=\"shape-{shape}\"")), "{shape}");
    }
}

#[test]
fn a_resident_objects_and_sees_a_green_apple_that_turns_red() {
    let site = Site::start();
    let case = site.titled("西塱路口3号停车位发包");
    let path = format!("/cases/{case}/object");
    let form = site.get(&path).text;
    let key = form.split("name=\"key\" value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
    let filed = site.form(&path, &[], &[("kind", "objection"), ("text", "价格太低\r\n请重评"), ("key", &key)]);
    assert_eq!((filed.status, filed.header("location")), (303, format!("/cases/{case}?filed=2#q2").as_str()));
    let page = site.get(&format!("/cases/{case}")).text;
    let apple = page.split("id=\"q2\"").nth(1).unwrap().split("</article>").next().unwrap();
    assert!(apple.contains("#apple-green") && apple.contains("价格太低\n请重评") && apple.contains("监事会"), "{apple}");
    let tree = site.get("/apples").text;
    assert!(tree.contains(&format!("id=\"{case}-q2\"")));
    let (greens, reds) = (tree.matches("class=\"apple green\"").count(), tree.matches("class=\"apple red\"").count());

    let cookie = sign_in(&site, "guan");
    let (act, token, version) = desk(&site, &case, &cookie);
    let answered = site.form(
        &act,
        &[("Cookie", &cookie)],
        &[
            ("form", &token),
            ("key", &Uuid::new_v4().to_string()),
            ("seen", &version),
            ("what", "answer"),
            ("number", "2"),
            ("ruling", "dismissed"),
            ("reply", "已重评，价格合理。"),
        ],
    );
    assert_eq!(answered.status, 200, "{}", answered.text);
    let page = site.get(&format!("/cases/{case}")).text;
    let apple = page.split("id=\"q2\"").nth(1).unwrap().split("</article>").next().unwrap();
    assert!(apple.contains("#apple-red") && apple.contains("已重评，价格合理。") && apple.contains("异议不成立"), "{apple}");
    let tree = site.get("/apples").text;
    assert_eq!((tree.matches("class=\"apple green\"").count(), tree.matches("class=\"apple red\"").count()), (greens - 1, reds + 1));
}

/// Signs in, and gives what the browser would send back.
fn sign_in(site: &Site, who: &str) -> String {
    let answer = site.form("/sign-in", &[], &[("token", site.token(who))]);
    assert_eq!(answer.status, 303);
    let set = answer.header("set-cookie");
    assert!(set.contains("HttpOnly") && set.contains("SameSite=Strict") && set.contains("Path=/"), "{set}");
    set.split(';').next().unwrap().to_owned()
}

/// The desk of a case: its address, the form's own token, and the version it shows.
fn desk(site: &Site, case: &str, cookie: &str) -> (String, String, String) {
    let path = format!("/cases/{case}/act");
    let page = site.send("GET", &path, &[("Cookie", cookie)], b"");
    assert_eq!(page.status, 200);
    let field = |name: &str| page.text.split(&format!("name=\"{name}\" value=\"")).nth(1).unwrap().split('"').next().unwrap().to_owned();
    let main = page.text.split("<main").nth(1).unwrap();
    let form = main.split("name=\"form\" value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
    (path, form, field("seen"))
}

#[test]
fn an_officer_is_refused_with_every_reason_and_then_acts() {
    let site = Site::start();
    let case = site.opened();
    let check = serde_json::json!({ "evidence": { "AssetCheck": {
        "asset": "DT-NEW-1", "title": "村口新铺位", "area_centi_m2": 8_000, "usage": "商铺", "public_welfare": false,
    } } });
    site.done("chen", &format!("/cases/{case}/perform"), &check);
    let cookie = sign_in(&site, "chen");
    let send = |more: &[(&str, &str)]| {
        let (path, form, version) = desk(&site, &case, &cookie);
        let key = Uuid::new_v4().to_string();
        let mut fields = vec![("form", form.as_str()), ("key", key.as_str()), ("seen", version.as_str())];
        fields.extend_from_slice(more);
        site.form(&path, &[("Cookie", &cookie)], &fields)
    };
    let refused = send(&[("what", "check"), ("step", "Bidding")]);
    assert_eq!(refused.status, 200, "it was only asked");
    assert!(
        refused.text.contains("class=\"outcome no\"") && refused.text.matches("<code>step-missing</code>").count() >= 11,
        "{}",
        refused.text
    );
    let early = send(&[("what", "advance"), ("step", "AssetCheck")]);
    assert_eq!(early.status, 409);
    assert!(early.text.contains("<code>not-public</code>"));
    let published = send(&[("what", "publish"), ("of", "step"), ("platform", "https://example.org/n/1")]);
    assert!(published.status == 200 && published.text.contains("class=\"outcome yes\""), "{}", published.text);
    let left = send(&[("what", "advance"), ("step", "AssetCheck")]);
    assert!(left.status == 200 && left.text.contains("class=\"outcome yes\""), "{}", left.text);
}

#[test]
fn a_session_is_its_persons_own() {
    let site = Site::start();
    let case = site.opened();
    let path = format!("/cases/{case}/act");
    let cookie = sign_in(&site, "chen");
    let (_, form, version) = desk(&site, &case, &cookie);
    let key = Uuid::new_v4().to_string();
    let fields = |form: &str| {
        let all = [("form", form), ("key", key.as_str()), ("seen", version.as_str()), ("what", "check"), ("step", "AssetCheck")];
        all.map(|(name, value)| (name.to_owned(), value.to_owned()))
    };
    let send = |cookie: &str, form: &str| {
        let fields = fields(form);
        let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        site.form(&path, &[("Cookie", cookie)], &fields).status
    };
    assert_eq!(send(&cookie, &form), 200);
    assert_eq!(send(&cookie, "guessed"), 403, "a form of our own page knows the session");
    assert_eq!(send("sanzi=guessed", &form), 401);
    assert_eq!(site.get(&path).status, 303, "who has not signed in is sent to do so");
    assert_eq!(site.form("/sign-in", &[], &[("token", site.token("platform"))]).status, 401, "a platform is nobody");
    let reader = sign_in(&site, "tan");
    let (_, own, _) = desk(&site, &case, &reader);
    assert_eq!(send(&reader, &form), 403, "another session's form is not its own");
    let advance = [("form", own.as_str()), ("key", key.as_str()), ("seen", version.as_str()), ("what", "advance"), ("step", "AssetCheck")];
    assert_eq!(site.form(&path, &[("Cookie", &reader)], &advance).status, 403, "a token for asking does not act");
    assert_eq!(site.form("/sign-out", &[("Cookie", &cookie)], &[("form", &form)]).status, 303);
    assert_eq!(send(&cookie, &form), 401, "signed out is signed out");
}

#[test]
fn what_is_missing_late_or_gone_is_shown_to_the_supervisor() {
    let site = Site::start();
    let late = site.get("/late").text;
    for (title, what) in [("塱边仓库56号间出租", "简报"), ("市场档位77号出租", "曾在，现已不在或被改")] {
        let row = late.split("<tr class=\"late\">").find(|row| row.contains(title) || row.contains(what) && row.contains(title));
        let row = row.unwrap_or_else(|| panic!("{title} is not on the page: {late}"));
        assert!(row.contains(what), "{row}");
    }
    assert!(late.contains("已判断"));
    let all = site.ask("/owed")["owed"].as_array().unwrap().clone();
    let asked = all.iter().find(|duty| duty["kind"]["answer"] == 1 && duty["by"] != "Board").unwrap();
    let owed = site.get(&format!("/owed?role={}", asked["by"].as_str().unwrap())).text;
    assert!(owed.contains("答复第 1 号") && !owed.contains("<b>理事会</b>"), "{owed}");
}

#[test]
fn a_proof_of_every_record_fits_the_checkpoint() {
    let site = Site::start();
    let case = site.titled("塱边仓库60号间出租");
    let id = case.parse().unwrap();
    let records = sanzi::store::Store::read(site.board.engine.store(), id).unwrap();
    let key = sanzi::ledger::Signer::public(site.board.seal.as_ref().unwrap()).clone();
    let trust = sanzi::ledger::Trust::log_only(key);
    for record in &records {
        let text = site.get(&format!("/cases/{case}/records/{}/proof", record.version())).text;
        let proof: sanzi::ledger::Proof = text.parse().unwrap();
        proof.verify(record, &trust, site.board.clock.now()).unwrap();
        assert!(
            proof.verify(&records[(record.version() as usize) % records.len()], &trust, site.board.clock.now()).is_err(),
            "of no other record"
        );
    }
    assert_eq!(site.get(&format!("/cases/{case}/records/{}/proof", records.len() + 1)).status, 404);
}
