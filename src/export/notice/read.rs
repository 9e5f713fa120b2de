//! Whether what is public is still what was published: what a reader of the page sees, line by line.

use html5gum::{DefaultEmitter, Token, Tokenizer};

/// The start of an element, and the text between: what a page is made of.
pub(super) enum Part {
    /// An element begins; the number is how many are open, itself included.
    Open { depth: usize, attributes: Vec<(String, String)> },
    /// An element ends: so many are left open.
    Close { depth: usize },
    /// Visible text.
    Text(String),
    /// A line ends here.
    Break,
}

/// How a notice stands on a page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reading {
    /// Every line of it is there, in order, once, and nothing between.
    Intact,
    /// It is there, and says something else.
    Altered {
        /// The lines that a reader does not find, spaces left out. Empty where something was added.
        gone: Vec<String>,
    },
    /// It is not there.
    Missing,
}

const VOID: [&str; 14] = ["area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source", "track", "wbr"];
/// No reader sees the text of these.
const UNSEEN: [&str; 18] = [
    "script", "style", "template", "noscript", "head", "title", "iframe", "object", "svg", "math", "textarea", "select", "datalist",
    "dialog", "audio", "video", "canvas", "details",
];
/// These stand within a line.
const INLINE: [&str; 16] =
    ["a", "abbr", "b", "bdi", "code", "em", "font", "i", "label", "mark", "small", "span", "strong", "sub", "sup", "u"];
/// A style with one of these may hide what it is on.
const HIDING: [&str; 20] = [
    "display:none",
    "visibility:hidden",
    "visibility:collapse",
    "opacity:0",
    "opacity:.",
    "font-size:0",
    "font:0",
    "transparent",
    "text-indent:-",
    "clip",
    "transform",
    "position:absolute",
    "position:fixed",
    "height:0",
    "width:0",
    "content-visibility",
    "filter:",
    "mask",
    "rgba(",
    "\\",
];

fn hides(name: &str, attributes: &[(String, String)]) -> bool {
    // WeChat's own page shows its content by script after it has loaded.
    let shown_later = attributes.iter().any(|(name, value)| name == "id" && value == "js_content");
    let styled = |style: &str| {
        let plain: String = style.chars().filter(|c| !c.is_whitespace()).flat_map(char::to_lowercase).collect();
        plain.contains("/*") || HIDING.iter().any(|hiding| plain.contains(hiding)) && !plain.contains("opacity:1")
    };
    UNSEEN.contains(&name) || attributes.iter().any(|(name, value)| name == "hidden" || name == "style" && !shown_later && styled(value))
}

/// Walks through a page as a browser without scripts and style sheets shows it.
pub(super) fn walk(html: &str, mut each: impl FnMut(Part)) {
    let mut emitter = DefaultEmitter::<()>::default();
    emitter.naively_switch_states(true);
    // Each open element: its name, and whether it hides what is inside.
    let mut open: Vec<(String, bool)> = Vec::new();
    for Ok(token) in Tokenizer::new_with_emitter(html, emitter) {
        match token {
            Token::StartTag(tag) => {
                let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
                let name = text(&tag.name);
                let attributes: Vec<(String, String)> = tag.attributes.iter().map(|(name, value)| (text(name), text(value))).collect();
                if !INLINE.contains(&name.as_str()) {
                    each(Part::Break);
                }
                let foreign = open.iter().any(|(name, _)| name == "svg" || name == "math");
                if VOID.contains(&name.as_str()) || (tag.self_closing && foreign) {
                    continue;
                }
                let hidden = open.last().is_some_and(|(_, hidden)| *hidden) || hides(&name, &attributes);
                open.push((name, hidden));
                if !hidden {
                    each(Part::Open { depth: open.len(), attributes });
                }
            }
            Token::EndTag(tag) => {
                let Some(place) = open.iter().rposition(|(name, _)| name.as_bytes() == &tag.name[..]) else { continue };
                if !open.get(place).is_some_and(|(name, _)| INLINE.contains(&name.as_str())) {
                    each(Part::Break);
                }
                open.truncate(place);
                each(Part::Close { depth: open.len() });
            }
            Token::String(text) if !open.last().is_some_and(|(_, hidden)| *hidden) => {
                each(Part::Text(String::from_utf8_lossy(&text).into_owned()));
            }
            Token::String(_) | Token::Comment(_) | Token::Doctype(_) | Token::Error(_) => {}
        }
    }
    each(Part::Break);
}

/// The visible lines of a page, spaces left out, and for each of its notices the lines in it.
#[derive(Default)]
struct Lines {
    all: Vec<String>,
    notices: Vec<Vec<String>>,
}

fn lines(html: &str) -> Lines {
    let mut found = Lines::default();
    let mut line = String::new();
    let mut within: Option<usize> = None;
    walk(html, |part| match part {
        Part::Text(text) => line.extend(text.chars().filter(|c| !c.is_whitespace())),
        Part::Break if line.is_empty() => {}
        Part::Break => {
            if let (Some(_), Some(notice)) = (within, found.notices.last_mut()) {
                notice.push(line.clone());
            }
            found.all.push(std::mem::take(&mut line));
        }
        Part::Open { depth, attributes } => {
            if within.is_none() && attributes.iter().any(|(name, _)| name == "data-sanzi-notice") {
                within = Some(depth);
                found.notices.push(Vec::new());
            }
        }
        Part::Close { depth } => within = within.filter(|notice| depth >= *notice),
    });
    found
}

/// Compares a page that was fetched with the rendering that was published on it.
///
/// Compared is what a reader sees: any visible change within the notice is [`Reading::Altered`], and so is a second copy, or
/// one that an attribute or an inline style hides. What surrounds it, how the page is built, and attributes do not matter, so
/// it works on a page that a platform has put into its own frame, or WeChat into its own.
///
/// It sees no style sheet and runs no script: those of the page itself have to be watched as files.
///
/// ```
/// use sanzi::export::{Reading, read_back};
/// let rendering = r#"<article data-sanzi-notice="sha256:…"><h2>成交结果</h2><p>成交价 2,000.00 元</p><p>摘要值 fe33 3177</p></article>"#;
/// let page = |price| format!("<body><nav>首页</nav><div>{}</div>", rendering.replace("2,000.00", price));
/// assert_eq!(read_back(&page("2,000.00"), rendering), Reading::Intact);
/// assert_eq!(read_back(&page("200.00"), rendering), Reading::Altered { gone: vec!["成交价2,000.00元".to_owned()] });
/// assert_eq!(read_back("<body><nav>首页</nav>", rendering), Reading::Missing);
/// ```
pub fn read_back(page: &str, rendering: &str) -> Reading {
    let (found, published) = (lines(page), lines(rendering));
    let readings = published.notices.iter().map(|notice| one(&found, notice));
    let worst = |a: Reading, b: Reading| match (a, b) {
        (Reading::Intact, other) | (other, Reading::Intact) => other,
        (Reading::Altered { gone }, Reading::Altered { gone: more }) => Reading::Altered { gone: [gone, more].concat() },
        (Reading::Missing, other) | (other, Reading::Missing) => other,
    };
    readings.reduce(worst).unwrap_or(Reading::Missing)
}

fn one(page: &Lines, notice: &[String]) -> Reading {
    // The last line has the digest, so no other notice has it.
    let Some(last) = notice.last() else { return Reading::Missing };
    let copies = page.all.windows(notice.len()).filter(|lines| *lines == notice).count();
    let named = page.all.iter().filter(|line| *line == last).count();
    // Where the page still marks its notices, nothing may stand within the mark but the notice.
    let of_it = |lines: &&Vec<String>| lines.contains(last);
    let marked = page.notices.iter().filter(of_it).all(|lines| lines == notice);
    if copies == 1 && named == 1 && marked {
        return Reading::Intact;
    }
    let gone: Vec<String> = notice.iter().filter(|line| !page.all.contains(line)).cloned().collect();
    let kept = notice.len().saturating_sub(gone.len());
    // Labels and issuer are on other notices too: its digest, or two thirds of the lines, make it this one.
    if named > 0 || kept.saturating_mul(3) >= notice.len().saturating_mul(2) { Reading::Altered { gone } } else { Reading::Missing }
}
