//! Every seed file in this folder: its run twice, and the verdicts it expects.

use std::fs;
use std::path::Path;

use generals::{Scripted, Source, Verdict, VerdictKind, file};

#[test]
fn every_seed_file_gives_the_verdicts_it_expects() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("seeds");
    let mut checked = 0;
    for entry in fs::read_dir(folder).expect("the folder of this test") {
        let path = entry.expect("an entry of the folder").path();
        if path.extension().is_some_and(|ending| ending == "ron") {
            replay(&file::read(&path).unwrap_or_else(|error| panic!("{error}")));
            checked += 1;
        }
    }
    assert!(checked > 0, "there are seed files");
}

fn replay(source: &Source) {
    let protocol = file::string_at(source, &["scenario", "protocol"]);
    let mut subjects = generals_protocols::registry().iter();
    let subject = subjects.find(|subject| Some(subject.name()) == protocol.as_deref());
    let subject = subject.unwrap_or_else(|| panic!("{}: no protocol {protocol:?}", source.name));
    let (case, found) = subject.open_seed(source).unwrap_or_else(|error| panic!("{error}"));

    let script = found.script.clone().expect("a committed seed file says what goes wrong");
    let outcome = case.worker().run(&mut Scripted::new(&script)).clone();
    let again = case.worker().run(&mut Scripted::new(&script)).digest;
    assert_eq!(outcome.digest, again, "{} does not repeat itself", source.name);
    for (row, verdict) in case.promises().iter().zip(&outcome.verdicts) {
        let expected = found.expect.get(&row.name).copied().unwrap_or(VerdictKind::Holds);
        assert_eq!(Verdict::kind(verdict), expected, "{}: {}", source.name, row.name);
    }
}
