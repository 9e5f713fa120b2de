//! The OpenAPI document, and whether an answer is one that it describes.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use serde_json::{Value, json};

use crate::app::api;
use crate::site::{Answer, Site};

pub(crate) struct Document(Value);

pub(crate) static DOCUMENT: LazyLock<Document> = LazyLock::new(|| Document(serde_json::from_str(api::DOCUMENT).unwrap()));

impl Document {
    fn check(&self, schema: &Value, value: &Value, what: &str) {
        let mut wrong = Vec::new();
        self.flaws(schema, value, "", &mut wrong);
        assert!(wrong.is_empty(), "{what} is not as documented: {wrong:#?}\n{value:#}");
    }

    /// Where a value is not what a schema says. It reads the keywords that the document uses, and no others: an unknown one stops
    /// the test. `look.sh` has the document read by schemathesis too.
    fn flaws(&self, schema: &Value, value: &Value, at: &str, wrong: &mut Vec<String>) {
        let mut flaw = |is: bool, rule: &str| {
            if !is {
                wrong.push(format!("{at}: {rule}: {value}"));
            }
        };
        for (keyword, rule) in schema.as_object().unwrap() {
            match keyword.as_str() {
                "$ref" => {
                    let named = self.0.pointer(rule.as_str().unwrap().trim_start_matches('#'));
                    self.flaws(named.unwrap_or_else(|| panic!("{rule} is not in the document")), value, at, wrong);
                    return;
                }
                "type" => {
                    let one = |name: &Value| is_of(value, name.as_str().unwrap());
                    flaw(rule.as_array().map_or_else(|| one(rule), |names| names.iter().any(one)), &format!("is no {rule}"));
                }
                "enum" => flaw(rule.as_array().unwrap().contains(value), &format!("is none of {rule}")),
                "required" => {
                    for name in rule.as_array().unwrap().iter().filter(|_| value.is_object()) {
                        flaw(value.get(name.as_str().unwrap()).is_some(), &format!("lacks {name}"));
                    }
                }
                "additionalProperties" => {
                    assert_eq!(rule, false);
                    for name in value.as_object().into_iter().flatten().map(|(name, _)| name) {
                        flaw(schema["properties"].get(name).is_some(), &format!("has {name}"));
                    }
                }
                "pattern" => flaw(value.as_str().is_none_or(|text| fits(rule.as_str().unwrap(), text)), &format!("is not like {rule}")),
                "minLength" => {
                    flaw(value.as_str().is_none_or(|text| text.chars().count() as u64 >= rule.as_u64().unwrap()), "is too short")
                }
                "maxLength" => flaw(value.as_str().is_none_or(|text| text.chars().count() as u64 <= rule.as_u64().unwrap()), "is too long"),
                "minimum" => flaw(value.as_i64().is_none_or(|number| number >= rule.as_i64().unwrap()), "is too small"),
                "maximum" => flaw(value.as_i64().is_none_or(|number| number <= rule.as_i64().unwrap()), "is too large"),
                "minItems" => flaw(value.as_array().is_none_or(|all| all.len() as u64 >= rule.as_u64().unwrap()), "has too few"),
                "maxItems" => flaw(value.as_array().is_none_or(|all| all.len() as u64 <= rule.as_u64().unwrap()), "has too many"),
                "format" => flaw(value.as_str().is_none_or(|text| is_written_as(rule.as_str().unwrap(), text)), &format!("is no {rule}")),
                "properties" | "items" | "oneOf" | "description" => {}
                other => panic!("this test does not know the keyword {other}"),
            }
        }
        for (name, of) in schema["properties"].as_object().into_iter().flatten() {
            if let Some(value) = value.get(name) {
                self.flaws(of, value, &format!("{at}/{name}"), wrong);
            }
        }
        for (place, value) in value.as_array().into_iter().flatten().enumerate().filter(|_| !schema["items"].is_null()) {
            self.flaws(&schema["items"], value, &format!("{at}/{place}"), wrong);
        }
        if let Some(ways) = schema["oneOf"].as_array() {
            let fits = |way: &&Value| {
                let mut flaws = Vec::new();
                self.flaws(way, value, at, &mut flaws);
                flaws.is_empty()
            };
            let count = ways.iter().filter(fits).count();
            if count != 1 {
                wrong.push(format!("{at}: is {count} of oneOf: {value}"));
            }
        }
    }

    /// The operation of an address, if it has one by this method.
    fn operation(&self, method: &str, path: &str) -> Option<&Value> {
        let path = path.split('?').next().unwrap();
        let parts: Vec<&str> = path.split('/').collect();
        let fits = |template: &&String| {
            let template: Vec<&str> = template.split('/').collect();
            template.len() == parts.len() && template.iter().zip(&parts).all(|(of, part)| of == part || of.starts_with('{'))
        };
        let paths = self.0["paths"].as_object().unwrap();
        // A part that is spelled out comes before one that is left open.
        let template = paths.keys().filter(fits).min_by_key(|template| template.matches('{').count())?;
        paths[template].get(method.to_lowercase())
    }

    /// The status, the media type and the body are among those that the document has for this operation.
    pub(crate) fn holds(&self, method: &str, path: &str, answer: &Answer) {
        let problem = json!({ "$ref": "#/components/schemas/Problem" });
        let Some(operation) = self.operation(method, path) else {
            assert!(matches!(answer.status, 404 | 405 | 413 | 429), "{method} {path} is not documented, and answers {}", answer.status);
            return self.check(&problem, &answer.json(), path);
        };
        let mut response = &operation["responses"][answer.status.to_string()];
        assert!(!response.is_null(), "{method} {path} answers {}, which is not documented: {}", answer.status, answer.text);
        if let Some(reference) = response["$ref"].as_str() {
            response = self.0.pointer(reference.trim_start_matches('#')).unwrap();
        }
        let content = &response["content"][answer.header("content-type")];
        assert!(!content.is_null(), "{method} {path} answers {}, which is not documented", answer.header("content-type"));
        self.check(&content["schema"], &answer.json(), &format!("{method} {path} {}", answer.status));
    }
}

fn is_of(value: &Value, kind: &str) -> bool {
    match kind {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "boolean" => value.is_boolean(),
        "null" => value.is_null(),
        "number" => value.is_number(),
        "integer" => value.is_i64() || value.is_u64(),
        other => panic!("{other} is no type"),
    }
}

fn is_written_as(format: &str, text: &str) -> bool {
    match format {
        "uuid" => uuid::Uuid::try_parse(text).is_ok(),
        "date" => text.parse::<chrono::NaiveDate>().is_ok(),
        "date-time" => chrono::DateTime::parse_from_rfc3339(text).is_ok(),
        other => panic!("this test does not know the format {other}"),
    }
}

/// The patterns that stand in the document.
fn fits(pattern: &str, text: &str) -> bool {
    let id =
        |most: usize| (1..=most).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte));
    match pattern {
        "^urn:sanzi:problem:" => text.starts_with("urn:sanzi:problem:"),
        "^[A-Za-z0-9._-]{1,23}$" => id(23),
        "^[A-Za-z0-9._-]{1,39}$" => id(39),
        "^(sha256|sm3):[0-9a-f]{64}$" => text.parse::<sanzi::value::Digest>().is_ok(),
        "^[0-9]{1,15}\\.[0-9]{2}$" => text.parse::<sanzi::value::Money>().is_ok() && text.as_bytes().iter().rev().nth(2) == Some(&b'.'),
        other => panic!("this test does not know the pattern {other}"),
    }
}

#[test]
fn what_is_routed_is_documented_and_what_is_documented_is_routed() {
    let routed: BTreeSet<String> = api::operations().into_iter().map(|(path, _)| path).collect();
    let documented: BTreeSet<String> = DOCUMENT.0["paths"].as_object().unwrap().keys().cloned().collect();
    assert_eq!(routed, documented);
    let site = Site::start();
    for (path, methods) in DOCUMENT.0["paths"].as_object().unwrap() {
        let path = path.replace("{case}", "01890a5d-ac96-774b-bcce-b302099a8057").replace("{step}", "Bidding").replace("{number}", "1");
        for method in ["get", "post", "put", "delete"] {
            let answer = site.send(&method.to_uppercase(), &format!("/api/v1{path}"), &[], b"");
            let there = methods.get(method).is_some();
            assert_eq!(answer.status != 405, there, "{method} {path} {}", answer.status);
            if !there {
                assert_eq!(answer.problem(), "method-not-allowed");
                assert!(!answer.header("allow").is_empty(), "{method} {path}");
            }
        }
    }
}

#[test]
fn every_record_that_the_engine_accepts_is_one_that_the_document_describes() {
    let site = Site::start();
    let schema = json!({ "$ref": "#/components/schemas/Evidence" });
    let mut seen = BTreeSet::new();
    for case in site.ask("/cases")["cases"].as_array().unwrap() {
        for entry in site.board.engine.history(case["case"].as_str().unwrap().parse().unwrap()).unwrap() {
            if let sanzi::case::Event::Performed { evidence, .. } = &entry.event {
                let json = serde_json::to_value(evidence.as_ref()).unwrap();
                DOCUMENT.check(&schema, &json, "a record");
                seen.insert(json.as_object().unwrap().keys().next().unwrap().clone());
            }
        }
    }
    assert_eq!(seen.len(), 16, "{seen:?}");
    let wrong = json!({ "PartyStudy": { "minutes": "none", "endorsed": true, "reason": "x" } });
    let mut flaws = Vec::new();
    DOCUMENT.flaws(&schema, &wrong, "", &mut flaws);
    assert_eq!(flaws.len(), 1, "what is no digest is refused: {flaws:?}");
}

#[test]
fn every_question_is_answered_as_documented() {
    let site = Site::start();
    for path in ["/openapi.json", "/procedure", "/cases?live=true&limit=3", "/owed", "/owed?role=Board", "/late", "/checkpoint"] {
        site.ask(path);
    }
    assert_eq!(site.get("/api/v1/owed?role=Mayor").problem(), "invalid");
    for limit in ["many", "0", "101"] {
        assert_eq!(site.get(&format!("/api/v1/cases?limit={limit}")).problem(), "invalid");
    }
    assert_eq!(site.get("/api/v1/nothing").problem(), "not-found");
    let mut after = String::new();
    let mut count = 0;
    loop {
        let page = site.ask(&format!("/cases?limit=7{after}"));
        for case in page["cases"].as_array().unwrap() {
            let id = case["case"].as_str().unwrap();
            let whole = site.ask(&format!("/cases/{id}"));
            for part in ["plan", "history"] {
                site.ask(&format!("/cases/{id}/{part}"));
            }
            let last = whole["notices"].as_array().unwrap().last().map_or(1, |notice| notice["number"].as_u64().unwrap());
            if !whole["notices"].as_array().unwrap().is_empty() {
                site.ask(&format!("/cases/{id}/notices/{last}"));
            }
            assert_eq!(site.get(&format!("/api/v1/cases/{id}/notices/{}", last + 1)).problem(), "not-found");
            count += 1;
        }
        match page["after"].as_str() {
            Some(last) => after = format!("&after={last}"),
            None => break assert_eq!(page["total"], count),
        }
    }
}
