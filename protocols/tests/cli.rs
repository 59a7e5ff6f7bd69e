//! The command line as a user sees it: what is typed in `cli/*.trycmd` and in the README, and what
//! comes back.
//!
//! `TRYCMD=overwrite cargo test --test cli` takes in what is new; look at the difference before you
//! keep it. What depends on the clock stands as `[..]`, and so do digests, which are the business of
//! other tests.

#[test]
fn what_is_typed_and_what_comes_back() {
    // The tool calls itself by its name alone where a shell would find it by that.
    let tool = std::path::Path::new(env!("CARGO_BIN_EXE_generals"));
    let folder = tool.parent().expect("a program is in a folder").display().to_string();
    trycmd::TestCases::new()
        .env("PATH", folder)
        .case("tests/cli/*.trycmd")
        .case("../README.md")
        .run();
}
