//! The other process: this test binary once more, told by its environment what to do.
//!
//! It says what it was answered on its standard output, one line an answer, so that this is known even if it is killed.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};

const TASK: &str = "SANZI_TEST_CHILD";

/// One line of a child: a word and numbers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    pub what: String,
    pub numbers: Vec<u64>,
}

impl Line {
    /// A whole line, or nothing: the last one can be cut, and others are the test harness's.
    pub fn parse(line: &str) -> Option<Line> {
        let mut words = line.trim_end_matches('\n').strip_prefix("= ")?.strip_suffix(" .")?.split(' ');
        let what = words.next()?.to_owned();
        Some(Line { what, numbers: words.map(|word| word.parse().unwrap()).collect() })
    }

    pub fn number<const N: usize>(&self) -> [u64; N] {
        self.numbers.clone().try_into().unwrap_or_else(|_| panic!("{self:?}"))
    }
}

/// In a child: says something to the parent, in one write.
pub fn say(what: &str, numbers: &[u64]) {
    let numbers: String = numbers.iter().map(|number| format!(" {number}")).collect();
    let mut out = std::io::stdout().lock();
    // A pipe that nobody reads any more: the parent is gone.
    if out.write_all(format!("\n= {what}{numbers} .\n").as_bytes()).and_then(|()| out.flush()).is_err() {
        std::process::exit(0);
    }
}

/// In a child: waits for the parent's word, or for being killed.
pub fn wait_for_word() {
    let _ = std::io::stdin().lock().read_line(&mut String::new());
}

/// In a child: its task.
pub fn task() -> Option<Vec<String>> {
    Some(std::env::var(TASK).ok()?.split('\n').map(str::to_owned).collect())
}

/// A child that was started.
pub struct Started {
    pub process: Child,
    pub input: ChildStdin,
    pub lines: Receiver<Line>,
    pub heard: Vec<Line>,
}

/// Starts this test binary with a task for its `child::works_as_told`; `before` is put before the command.
pub fn spawn(before: &[&str], task: &[&str]) -> Started {
    let exe = std::env::current_exe().unwrap();
    let mut command = match before {
        [] => Command::new(&exe),
        [program, arguments @ ..] => {
            let mut command = Command::new(program);
            command.args(arguments).arg(&exe);
            command
        }
    };
    command.args(["--exact", "child::works_as_told", "--nocapture", "--test-threads=1"]).env(TASK, task.join("\n"));
    let stderr = if std::env::var_os("SANZI_FAULTS_STDERR").is_some() { Stdio::inherit() } else { Stdio::null() };
    let started = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(stderr).spawn();
    let mut process = started.unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let (input, output) = (process.stdin.take().unwrap(), process.stdout.take().unwrap());
    Started { process, input, lines: listen(output), heard: Vec::new() }
}

fn listen(output: ChildStdout) -> Receiver<Line> {
    let (said, lines) = channel();
    std::thread::spawn(move || {
        let mut output = BufReader::new(output);
        let mut line = Vec::new();
        while output.read_until(b'\n', &mut line).unwrap_or(0) > 0 {
            let known = std::str::from_utf8(&line).ok().filter(|line| line.ends_with('\n')).and_then(Line::parse);
            if known.is_some_and(|line| said.send(line).is_err()) {
                return;
            }
            line.clear();
        }
    });
    lines
}

impl Started {
    /// The next line, or nothing when the child has ended.
    pub fn next(&mut self) -> Option<Line> {
        let line = self.lines.recv().ok()?;
        self.heard.push(line.clone());
        Some(line)
    }

    /// Tells the child to go on.
    pub fn go(&mut self) {
        self.input.write_all(b"go\n").unwrap();
    }

    /// Kills it with SIGKILL, and returns everything it has said.
    pub fn kill(mut self) -> Vec<Line> {
        self.process.kill().unwrap();
        self.ended();
        self.heard
    }

    /// Lets it end by itself, and returns everything it has said and whether it ended well.
    pub fn end(mut self) -> (Vec<Line>, bool) {
        let well = self.ended();
        (self.heard, well)
    }

    fn ended(&mut self) -> bool {
        while self.next().is_some() {}
        self.process.wait().unwrap().success()
    }
}

/// Nothing to do in the parent; in a child, the task.
#[test]
fn works_as_told() {
    let Some(task) = task() else { return };
    super::work(&task.iter().map(String::as_str).collect::<Vec<_>>());
}
