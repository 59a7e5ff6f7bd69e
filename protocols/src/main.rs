//! The `generals` command: the whole tool, for the protocols of this crate.

fn main() -> std::process::ExitCode {
    generals::cli::main(generals_protocols::registry(), generals_models::scenarios::ALL)
}
