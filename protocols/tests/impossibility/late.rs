//! What a nanosecond is worth to those who rely on a bound.

use generals::{Lockstep, VerdictKind};
use generals_protocols::{DolevStrong, OralMessages, SignedMessages};

use crate::{shipped, verdict};

type Oral = Lockstep<OralMessages>;

#[test]
fn one_message_at_delta_and_a_nanosecond_breaks_oral_messages() {
    let late = shipped::<Oral>("om-1-n4-one-late", &[]);
    assert_eq!(verdict(late.case(), "IC2"), VerdictKind::OutOfModel);
    // One message, and no other, was late.
    let mut worker = late.case().worker();
    assert_eq!(worker.run_seed(0).tally.audit.late.count, 1);
    // At the bound itself it counts.
    let in_time = [("10000001ns", "10000000ns"), ("expect: { \"IC2\": OutOfModel },", "")];
    shipped::<Oral>("om-1-n4-one-late", &in_time).seeds(0..10);
    // And without a traitor, the others make up for it.
    let loyal = [("faults: { 3: Byzantine },", ""), ("adversary: Flip,", "")];
    let loyal = shipped::<Oral>("om-1-n4-one-late", &loyal);
    assert_eq!(verdict(loyal.case(), "IC2"), VerdictKind::Holds);
}

#[test]
fn one_message_at_delta_and_a_nanosecond_breaks_signed_messages() {
    let late = shipped::<Lockstep<SignedMessages>>("sm-1-n3-one-late", &[]);
    assert_eq!(verdict(late.case(), "IC2"), VerdictKind::OutOfModel);
    assert_eq!(late.case().worker().run_seed(0).tally.audit.late.count, 1);
    let in_time = [("10000001ns", "10000000ns"), ("expect: { \"IC2\": OutOfModel },", "")];
    shipped::<Lockstep<SignedMessages>>("sm-1-n3-one-late", &in_time).seeds(0..10);
}

/// Here who sends is one of those who must agree.
#[test]
fn one_message_at_delta_and_a_nanosecond_breaks_dolev_and_strong() {
    let late = shipped::<Lockstep<DolevStrong>>("dolev-strong-1-n3-one-late", &[]);
    for promise in ["agreement", "validity"] {
        assert_eq!(verdict(late.case(), promise), VerdictKind::OutOfModel, "{promise}");
    }
    assert_eq!(late.case().worker().run_seed(0).tally.audit.late.count, 1);
    let broken = r#"expect: { "agreement": OutOfModel, "validity": OutOfModel },"#;
    let in_time = [("10000001ns", "10000000ns"), (broken, "")];
    shipped::<Lockstep<DolevStrong>>("dolev-strong-1-n3-one-late", &in_time).seeds(0..10);
}
