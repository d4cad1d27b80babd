use super::*;
use std::process::{Command, Stdio};
use tokio_util::sync::CancellationToken;

/// Starts `task` beside a healthy one, sends `signal_count` signals once both run, and returns how the process ended.
async fn ended_with<F, Fut>(task: F, signal_count: usize) -> Ended
where
    F: FnOnce(Process, CancellationToken) -> Fut,
    Fut: Future<Output = anyhow::Result<()>> + Send + 'static,
{
    let process = Process::new(Health::new());
    let (sender, receiver) = mpsc::channel(4);
    let start = async |process: &Process| {
        process.spawn("healthy", |shutdown| async move {
            shutdown.cancelled().await;
            Ok(())
        });
        let handle = process.clone();
        process.spawn("tested", |shutdown| task(handle, shutdown));
        for _ in 0..signal_count {
            sender.send(()).await?;
        }
        Ok(())
    };
    supervise(&process, start, receiver, Duration::from_millis(200)).await
}

async fn until_shutdown(shutdown: CancellationToken) -> anyhow::Result<()> {
    shutdown.cancelled().await;
    Ok(())
}

#[tokio::test]
async fn a_signal_ends_in_order() {
    assert_eq!(ended_with(|_, shutdown| until_shutdown(shutdown), 1).await, Ended::InOrder);
}

#[tokio::test]
async fn finished_work_ends_in_order() {
    let done = |process: Process, _| async move {
        process.stop();
        Ok(())
    };
    assert_eq!(ended_with(done, 0).await, Ended::InOrder);
}

#[tokio::test]
async fn an_early_return_fails() {
    assert_eq!(ended_with(|_, _| async { Ok(()) }, 0).await, Ended::Failed);
}

#[tokio::test]
async fn an_error_fails() {
    assert_eq!(ended_with(|_, _| async { anyhow::bail!("no") }, 0).await, Ended::Failed);
}

#[tokio::test]
async fn a_panic_fails() {
    assert_eq!(ended_with(|_, _| async { panic!("planted") }, 0).await, Ended::Failed);
}

#[tokio::test]
async fn an_error_while_draining_fails() {
    let late = |_, shutdown: CancellationToken| async move {
        shutdown.cancelled().await;
        anyhow::bail!("could not flush")
    };
    assert_eq!(ended_with(late, 1).await, Ended::Failed);
}

#[tokio::test]
async fn a_task_that_never_drains_fails_at_the_deadline() {
    assert_eq!(ended_with(|_, _| std::future::pending(), 1).await, Ended::Failed);
}

#[tokio::test]
async fn a_second_signal_forces_the_end() {
    let process = Process::new(Health::new());
    let (sender, receiver) = mpsc::channel(4);
    let start = async |process: &Process| {
        process.spawn("stuck", |_| std::future::pending());
        sender.send(()).await?;
        sender.send(()).await?;
        Ok(())
    };
    let ended = supervise(&process, start, receiver, Duration::from_hours(1));
    assert_eq!(tokio::time::timeout(Duration::from_secs(10), ended).await, Ok(Ended::Failed));
}

#[tokio::test]
async fn a_failed_start_fails() {
    let process = Process::new(Health::new());
    let (_sender, receiver) = mpsc::channel(4);
    let ended = supervise(&process, async |_| anyhow::bail!("no store"), receiver, DRAIN).await;
    assert_eq!(ended, Ended::Failed);
    assert!(!process.health().started().ok);
}

/// The body of a child process; does nothing in an ordinary test run.
#[test]
#[expect(clippy::disallowed_methods, reason = "the exit code of the child is what the test looks at")]
fn child() {
    let Ok(kind) = std::env::var("RUNTIME_TEST_CHILD") else {
        return;
    };
    let start = async |process: &Process| {
        let stuck = kind == "stuck";
        let panics = kind == "panics";
        process.spawn("task", move |shutdown| async move {
            assert!(!panics, "a payload nobody may see");
            eprintln!("CHILD UP");
            shutdown.cancelled().await;
            if stuck {
                eprintln!("CHILD STUCK");
                std::future::pending::<()>().await;
            }
            Ok(())
        });
        Ok(())
    };
    let ended = run_to_end("child", &LogConfig::default(), Some(([127, 0, 0, 1], 0).into()), start);
    std::process::exit(i32::from(ended != Ended::InOrder));
}

/// Runs this test binary again as `kind`, signals it each time it prints one of `cues`, and returns exit code and output.
fn run_child(kind: &str, cues: &[&str]) -> (Option<i32>, String) {
    use std::io::BufRead as _;
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "run::tests::child", "--nocapture"])
        .env("RUNTIME_TEST_CHILD", kind)
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut seen = String::new();
    for line in std::io::BufReader::new(child.stderr.take().unwrap()).lines() {
        let line = line.unwrap();
        if cues.iter().any(|cue| line.contains(cue)) {
            Command::new("kill").args(["-TERM", &child.id().to_string()]).status().unwrap();
        }
        seen.push_str(&line);
        seen.push('\n');
    }
    (child.wait().unwrap().code(), seen)
}

#[test]
fn sigterm_ends_a_real_process_with_0() {
    let (code, seen) = run_child("healthy", &["CHILD UP"]);
    assert_eq!(code, Some(0), "{seen}");
}

#[test]
fn a_second_sigterm_ends_a_real_process_with_1() {
    let (code, seen) = run_child("stuck", &["CHILD UP", "CHILD STUCK"]);
    assert_eq!(code, Some(1), "{seen}");
}

#[test]
fn a_panic_ends_a_real_process_with_1_and_shows_no_payload() {
    let (code, seen) = run_child("panics", &[]);
    assert_eq!(code, Some(1), "{seen}");
    assert!(seen.contains("panicked"), "{seen}");
    assert!(!seen.contains("a payload nobody may see"), "{seen}");
}
