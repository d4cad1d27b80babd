pub(crate) fn run(_a: &crate::cli::DemoArguments) -> std::process::ExitCode {
    std::process::ExitCode::FAILURE
}
