//! `serve` as a process: start, health, lock, orderly end.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::{quickstart, run, shown};

/// A running `serve`, killed when dropped.
struct Served {
    child: Child,
    health: String,
}

impl Served {
    /// Starts it with health on a free port, and waits until it says where.
    fn start(data: &Path, manifests: &Path) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_cprbroker"))
            .args(["serve", "--data", shown(data), "--manifests", shown(manifests)])
            .env("CPRBROKER_HEALTH__ADDRESS", "127.0.0.1:0")
            .env("CPRBROKER_LOG__FORMAT", "json")
            .env_remove("RUST_LOG")
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let health = lines.by_ref().find_map(|line| {
            let line: serde_json::Value = serde_json::from_str(&line.unwrap()).unwrap();
            (line["message"] == "health is answered").then(|| line["address"].as_str().unwrap().to_owned())
        });
        // the rest is read too, or the process would wait for a reader
        std::thread::spawn(move || lines.for_each(drop));
        Self { child, health: health.expect("the process says where its health is") }
    }

    /// The status of one probe.
    fn probe(&self, path: &str) -> Option<u16> {
        let mut stream = TcpStream::connect(&self.health).ok()?;
        write!(stream, "GET {path} HTTP/1.1\r\nhost: {}\r\nconnection: close\r\n\r\n", self.health).ok()?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer).ok()?;
        answer.split(' ').nth(1)?.parse().ok()
    }

    /// Waits until every probe says yes.
    #[track_caller]
    fn ready(&self) {
        let deadline = Instant::now() + Duration::from_secs(30);
        while !["/livez", "/readyz", "/startupz"].iter().all(|path| self.probe(path) == Some(200)) {
            assert!(Instant::now() < deadline, "not ready: {:?}", self.probe("/readyz"));
            std::thread::yield_now();
        }
    }

    /// Sends SIGTERM and waits; the exit code.
    fn terminate(mut self) -> Option<i32> {
        let pid = self.child.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &pid]).status().unwrap().success());
        self.child.wait().unwrap().code()
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

#[test]
fn serve_gets_ready_keeps_others_out_and_ends_in_order() {
    let parent = tempfile::tempdir().unwrap();
    let data = parent.path().join("data");
    let served = Served::start(&data, &quickstart());
    served.ready();
    let (code, _, told) = run(&["serve", "--data", shown(&data), "--manifests", shown(&quickstart())]);
    assert_eq!(code, 1);
    assert!(told.contains("is served by another process"), "{told}");
    let (code, status, told) = run(&["status", "--json", "--data", shown(&data)]);
    assert_eq!(code, 0, "{told}");
    assert_eq!(serde_json::from_str::<serde_json::Value>(&status).unwrap()["subscriptions"], 3, "{status}");
    assert_eq!(served.terminate(), Some(0));
    // and again, on the same data
    let served = Served::start(&data, &quickstart());
    served.ready();
    assert_eq!(served.terminate(), Some(0));
}

#[test]
fn mistakes_in_the_configuration_end_with_1() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("cprbroker.toml");
    std::fs::write(&file, "[stoer]\nurl = 'x'\n[health]\naddress = 'nowhere'\n").unwrap();
    let data = folder.path().join("data");
    let (code, out, told) =
        run(&["serve", "--data", shown(&data), "--manifests", shown(folder.path()), "--config", shown(&file)]);
    assert_eq!((code, out.as_str()), (1, ""));
    assert!(told.contains("stoer") && told.contains("health.address"), "{told}");
    assert!(!data.exists(), "nothing is made before the configuration is right");
}

#[test]
fn a_first_start_without_a_folder_of_manifests_fails_and_says_where_it_looked() {
    let data = tempfile::tempdir().unwrap();
    let nowhere = data.path().join("nowhere");
    let output = Command::new(env!("CARGO_BIN_EXE_cprbroker"))
        .args(["serve", "--data", shown(data.path()), "--manifests", shown(&nowhere)])
        .env("CPRBROKER_HEALTH__ADDRESS", "off")
        .env_remove("RUST_LOG")
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1));
    let said = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
    assert!(said.contains(&format!("no folder of manifests at {}", shown(&nowhere))), "{said}");
}
