//! The program as a process: its lines, its health, its end.

use std::fs::File;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use serde_json::Value;

use super::until;

/// The program under test: the same `main.rs` as `cprbroker`, built by cargo for this test.
pub(crate) const PROGRAM: &str = env!("CARGO_BIN_EXE_cprbroker-under-test");

/// How long the program may take to start, to answer and to end. Generous: the machine may be busy.
pub(crate) const PATIENCE: Duration = Duration::from_mins(1);

/// A running `serve`.
#[derive(Debug)]
pub(crate) struct Broker {
    child: Killer,
    lines: Arc<Mutex<Vec<String>>>,
    readers: Vec<JoinHandle<()>>,
    logs: PathBuf,
}

/// The right to kill a process, from wherever.
#[derive(Clone, Debug)]
pub(crate) struct Killer {
    child: Arc<Mutex<Child>>,
}

impl Killer {
    /// `kill -9`. Returns when the process is gone.
    pub(crate) fn kill(&self) {
        let mut child = self.child.lock().unwrap();
        child.kill().ok();
        child.wait().unwrap();
    }
}

impl Broker {
    /// Starts `serve`; its lines go to `<logs>/<name>.log` as well.
    pub(crate) fn start(folder: &Path, logs: &Path, name: &str) -> Self {
        let mut child = Command::new(PROGRAM)
            .arg("serve")
            .args([Path::new("--manifests"), &folder.join("manifests")])
            .args([Path::new("--data"), &folder.join("data")])
            .args([Path::new("--config"), &folder.join("cprbroker.toml")])
            .env_remove("RUST_LOG")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = Arc::new(Mutex::new(Vec::new()));
        let file = Arc::new(Mutex::new(File::create(logs.join(format!("{name}.log"))).unwrap()));
        let (out, err) = (child.stdout.take().unwrap(), child.stderr.take().unwrap());
        let readers = vec![
            std::thread::spawn(reader(out, Arc::clone(&lines), Arc::clone(&file))),
            std::thread::spawn(reader(err, Arc::clone(&lines), file)),
        ];
        Self { child: Killer { child: Arc::new(Mutex::new(child)) }, lines, readers, logs: logs.to_owned() }
    }

    /// A handle that kills it.
    pub(crate) fn killer(&self) -> Killer {
        self.child.clone()
    }

    /// `kill -9`, and everything it wrote is read.
    pub(crate) fn kill(mut self) {
        self.child.kill();
        self.readers.drain(..).for_each(|reader| reader.join().unwrap());
    }

    /// SIGTERM; how it ended.
    pub(crate) async fn stop(mut self) -> ExitStatus {
        let id = self.child.child.lock().unwrap().id().to_string();
        Command::new("kill").args(["-TERM", &id]).status().unwrap();
        let status = until("the process to end in order", PATIENCE, async || self.ended()).await;
        self.readers.drain(..).for_each(|reader| reader.join().unwrap());
        status
    }

    /// How it ended, if it did.
    pub(crate) fn ended(&self) -> Option<ExitStatus> {
        self.child.child.lock().unwrap().try_wait().unwrap()
    }

    /// Every line so far.
    pub(crate) fn lines(&self) -> Vec<String> {
        self.lines.lock().unwrap().clone()
    }

    /// Whether a line holds `text`.
    pub(crate) fn said(&self, text: &str) -> bool {
        self.lines.lock().unwrap().iter().any(|line| line.contains(text))
    }

    /// Waits until a line holds `text`.
    pub(crate) async fn says(&self, text: &str) {
        until(&format!("a line with `{text}`"), PATIENCE, async || self.said(text).then_some(())).await;
    }

    /// Waits until it is ready.
    pub(crate) async fn ready(&self) {
        until("readiness", PATIENCE, async || {
            assert_eq!(self.ended(), None, "the process ended:\n{}", self.lines().join("\n"));
            self.ask("/readyz").filter(|(status, _)| *status == 200)
        })
        .await;
    }

    /// Asks the health server; status and body, which are kept for the sweep.
    pub(crate) fn ask(&self, path: &str) -> Option<(u16, String)> {
        let mut stream = TcpStream::connect(self.health()?).ok()?;
        write!(stream, "GET {path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n").ok()?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer).ok()?;
        let mut file = File::options().create(true).append(true).open(self.logs.join("health.log")).unwrap();
        writeln!(file, "{path} {answer}").unwrap();
        let status = answer.split(' ').nth(1)?.parse().ok()?;
        Some((status, answer.split_once("\r\n\r\n")?.1.to_owned()))
    }

    /// Where health is answered; the process chose the port.
    fn health(&self) -> Option<SocketAddr> {
        self.lines.lock().unwrap().iter().find_map(|line| {
            let line: Value = serde_json::from_str(line).ok()?;
            if line["message"] != "health is answered" {
                return None;
            }
            line["address"].as_str()?.parse().ok()
        })
    }

    /// The most memory it ever had, in KiB.
    pub(crate) fn peak_memory(&self) -> u64 {
        let id = self.child.child.lock().unwrap().id();
        let status = std::fs::read_to_string(format!("/proc/{id}/status")).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
        line.trim().trim_end_matches(" kB").parse().unwrap()
    }
}

impl Drop for Broker {
    fn drop(&mut self) {
        self.child.kill();
    }
}

fn reader(
    from: impl std::io::Read + Send + 'static,
    lines: Arc<Mutex<Vec<String>>>,
    file: Arc<Mutex<File>>,
) -> impl FnOnce() + Send {
    move || {
        let mut from = BufReader::new(from);
        let mut line = Vec::new();
        while from.read_until(b'\n', &mut line).is_ok_and(|bytes| bytes > 0) {
            file.lock().unwrap().write_all(&line).unwrap();
            lines.lock().unwrap().push(String::from_utf8_lossy(&line).trim_end().to_owned());
            line.clear();
        }
    }
}

/// Runs another verb to its end; exit code, standard output and standard error, which are kept for the sweep.
pub(crate) fn verb(logs: &Path, arguments: &[&std::ffi::OsStr]) -> (Option<i32>, String, String) {
    let started = Instant::now();
    let output = Command::new(PROGRAM).args(arguments).env_remove("RUST_LOG").stdin(Stdio::null()).output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let (out, err) = (text(&output.stdout), text(&output.stderr));
    let mut file = File::options().create(true).append(true).open(logs.join("verbs.log")).unwrap();
    writeln!(file, "{arguments:?} {:?} {:?}\n{out}{err}", started.elapsed(), output.status).unwrap();
    (output.status.code(), out, err)
}
