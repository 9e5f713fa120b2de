//! What a process did to its files, as strace recorded it.

use std::path::{Path, PathBuf};

use super::child::{Line, spawn};

/// One thing done to a file of the folder that is watched, or said to the parent.
#[derive(Clone, Debug)]
pub enum Done {
    /// A file was made.
    Create(PathBuf),
    Write {
        file: PathBuf,
        at: u64,
        bytes: Vec<u8>,
    },
    Truncate {
        file: PathBuf,
        to: u64,
    },
    /// The file is on the disk, or the folder's list of names is.
    Sync(PathBuf),
    Remove(PathBuf),
    Say(Line),
}

const CALLS: &str = "openat,creat,lseek,write,writev,pwrite64,pwritev,ftruncate,truncate,fallocate,fsync,fdatasync,sync_file_range,unlink,\
unlinkat,rename,renameat,renameat2,link,linkat,mkdir";

/// Has a child do its task, and returns what it did in this folder, in order.
pub fn record(task: &[&str], folder: &Path) -> Vec<Done> {
    let scratch = tempfile::tempdir().unwrap();
    let output = scratch.path().join("trace");
    let calls = format!("trace={CALLS}");
    let strace = ["strace", "-f", "-qq", "-y", "-xx", "-s", "1000000", "-e", &calls, "-o", output.to_str().unwrap()];
    need_strace();
    let (_, well) = spawn(&strace, task).end();
    assert!(well, "the child has failed; SANZI_FAULTS_STDERR=1 shows why");
    parse(&std::fs::read_to_string(&output).unwrap(), folder)
}

/// These tests cannot do without it.
pub fn need_strace() {
    let found = std::process::Command::new("strace").arg("-V").output();
    assert!(found.is_ok_and(|found| found.status.success()), "strace is needed: apt-get install strace");
}

fn parse(trace: &str, folder: &Path) -> Vec<Done> {
    let mut done = Vec::new();
    let mut places = std::collections::HashMap::new();
    for line in trace.lines() {
        assert!(!line.contains("unfinished") && !line.contains("resumed"), "two threads at once: {line:.200}");
        // "1234 call(arguments) = result"
        let (_, call) = line.trim_start().split_once(' ').unwrap();
        let Some((call, result)) = call.trim_start().rsplit_once(" = ") else { continue };
        let Some((name, arguments)) = call.split_once('(') else { continue };
        let failed = result.starts_with('-') || result.starts_with('?');
        if failed {
            continue;
        }
        let arguments = arguments.trim_end().strip_suffix(')').unwrap();
        if let Some(step) = step(name, arguments, result, folder, &mut places) {
            done.push(step);
        }
    }
    done
}

/// One call; `places` keeps where each open file stands.
fn step(name: &str, arguments: &str, result: &str, folder: &Path, places: &mut std::collections::HashMap<String, u64>) -> Option<Done> {
    let fields: Vec<&str> = arguments.split(", ").collect();
    // SQLite's `-shm` is shared memory with a name: whatever is in it, nobody relies on finding it again.
    let lasting = |path: &PathBuf| path.starts_with(folder) && !path.to_string_lossy().ends_with("-shm");
    let inside = |path: PathBuf| Some(path).filter(lasting);
    let number = |text: &str| text.parse::<u64>().unwrap_or_else(|_| panic!("{name}({arguments:.200})"));
    match name {
        "openat" => {
            let (descriptor, path) = descriptor(result);
            places.insert(descriptor.to_owned(), 0);
            let created = fields[2].contains("O_CREAT");
            inside(path).filter(|_| created).map(Done::Create)
        }
        "lseek" => {
            let (descriptor, _) = descriptor(fields[0]);
            places.insert(descriptor.to_owned(), number(result.split(' ').next().unwrap()));
            None
        }
        "write" | "pwrite64" => {
            let (descriptor, path) = descriptor(fields[0]);
            let bytes = text(fields[1]);
            let written = usize::try_from(number(result)).unwrap();
            assert_eq!(bytes.len(), written, "written in part: {name} {result}");
            if descriptor == "1" {
                let said = String::from_utf8_lossy(&bytes).into_owned();
                return said.lines().find_map(Line::parse).map(Done::Say);
            }
            let file = inside(path)?;
            let place = places.entry(descriptor.to_owned()).or_default();
            let at = if name == "pwrite64" { number(fields[3]) } else { *place };
            if name == "write" {
                *place += bytes.len() as u64;
            }
            Some(Done::Write { file, at, bytes })
        }
        "ftruncate" => inside(descriptor(fields[0]).1).map(|file| Done::Truncate { file, to: number(fields[1]) }),
        "fsync" | "fdatasync" => inside(descriptor(fields[0]).1).map(Done::Sync),
        "unlink" => inside(path_of(&text(fields[0]))).map(Done::Remove),
        _ => {
            let touches = arguments.contains(folder.to_str().unwrap()) || arguments.contains(&hex(folder));
            assert!(!touches, "not known how to follow {name}({arguments:.200})");
            None
        }
    }
}

fn hex(path: &Path) -> String {
    path.as_os_str().as_encoded_bytes().iter().map(|byte| format!("\\x{byte:02x}")).collect()
}

/// `5</path>` as a number and a path.
fn descriptor(text: &str) -> (&str, PathBuf) {
    let (number, rest) = text.split_once('<').unwrap_or((text, ">"));
    let path = rest.rsplit_once('>').map_or(rest, |(path, _)| path);
    let path = if path.starts_with("\\x") { path_of(&unhex(path)) } else { PathBuf::from(path) };
    (number, path)
}

fn path_of(bytes: &[u8]) -> PathBuf {
    PathBuf::from(std::str::from_utf8(bytes).unwrap())
}

/// A quoted argument; all of it, none cut off.
fn text(argument: &str) -> Vec<u8> {
    let quoted = argument.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
    unhex(quoted.unwrap_or_else(|| panic!("not a whole text: {argument:.100}")))
}

fn unhex(text: &str) -> Vec<u8> {
    let digit = |c: u8| u8::try_from(char::from(c).to_digit(16).unwrap()).unwrap();
    text.as_bytes().chunks(4).map(|c| digit(c[2]) << 4 | digit(c[3])).collect()
}
