//! The OpenAPI document, and whether an answer is one that it describes.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use serde_json::{Value, json};

use crate::app::api;
use crate::site::{Answer, Site};

pub(crate) struct Document(Value);

pub(crate) static DOCUMENT: LazyLock<Document> = LazyLock::new(|| Document(serde_json::from_str(api::DOCUMENT).unwrap()));

impl Document {
    fn schema(&self, schema: &Value) -> jsonschema::Validator {
        let mut whole = schema.clone();
        whole["components"] = self.0["components"].clone();
        jsonschema::draft202012::new(&whole).unwrap_or_else(|error| panic!("{error}: {schema}"))
    }

    fn check(&self, schema: &Value, value: &Value, what: &str) {
        let schema = self.schema(schema);
        let wrong: Vec<String> = schema.iter_errors(value).map(|error| format!("{}: {error}", error.instance_path())).collect();
        assert!(wrong.is_empty(), "{what} is not as documented: {wrong:#?}\n{value:#}");
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
    assert!(!DOCUMENT.schema(&schema).is_valid(&wrong), "the schema refuses what is no digest");
}

#[test]
fn every_question_is_answered_as_documented() {
    let site = Site::start();
    for path in ["/openapi.json", "/procedure", "/cases?live=true&limit=3", "/owed", "/owed?role=Board", "/late", "/checkpoint"] {
        site.ask(path);
    }
    assert_eq!(site.get("/api/v1/owed?role=Mayor").problem(), "invalid");
    assert_eq!(site.get("/api/v1/cases?limit=many").problem(), "invalid");
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
