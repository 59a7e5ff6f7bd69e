//! What a nanosecond is worth to those who rely on a bound.

use generals::{Lockstep, VerdictKind};
use generals_protocols::OralMessages;

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
    let in_time = [
        ("10000001ns", "10000000ns"),
        ("expect: { \"IC1\": OutOfModel, \"IC2\": OutOfModel },", ""),
    ];
    shipped::<Oral>("om-1-n4-one-late", &in_time).seeds(0..10);
    // And without a traitor, the others make up for it.
    let loyal = [("faults: { 3: Byzantine },", ""), ("adversary: Flip,", "")];
    let loyal = shipped::<Oral>("om-1-n4-one-late", &loyal);
    assert_eq!(verdict(loyal.case(), "IC2"), VerdictKind::Holds);
}
