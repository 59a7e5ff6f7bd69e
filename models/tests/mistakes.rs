//! Mistakes that this crate once made, one test each.

use generals_models::{
    Among, Authority, Chance, Choose, LinkModel, Links, NodeId, Stream, Time, World,
};

/// A message that may not overtake (answer 0) must not arrive before an earlier one, even if that
/// one had leave to overtake others. Who arrives last anyway was asked whether to overtake, too: a
/// choice without a difference.
#[test]
fn who_may_not_overtake_does_not() {
    struct Script(Vec<u64>);
    impl Choose for Script {
        fn pick(&mut self, _: Stream, _: Among) -> u64 {
            self.0.remove(0)
        }
    }
    let mut links = Links::default();
    let half = Chance::ppm(500_000);
    let never = Chance::NEVER;
    let fair_loss = LinkModel::FairLoss { loss: never, duplicate: never, reorder: half, streak: 1 };
    links.reset(&World { links: fair_loss, ..World::kind(2) });
    let mut choose = Script(vec![1, 0]);
    let mut arrival =
        |due| links.arrival(NodeId(0), NodeId(1), Time::nanos(due), &mut choose).as_nanos();
    assert_eq!(arrival(100), 100, "nothing to overtake");
    assert_eq!(arrival(50), 50, "overtakes");
    assert_eq!(arrival(60), 100, "does not");
    assert_eq!(arrival(120), 120, "nothing to overtake");
    assert!(choose.0.is_empty(), "two of the four were asked");
}

/// Realms count runs. Debug showed their numbers, and stories show Debug.
#[test]
fn debug_does_not_show_the_realm() {
    let shown = || format!("{:?}", Authority::default().issue(NodeId(0)).sign(7));
    assert_eq!(shown(), shown());
}

/// Of two faults of one node the last won, silently.
#[test]
fn a_node_has_one_fault() {
    let text = "(nodes: 4, faults: {3: Byzantine, 3: CrashStop(at: Chosen(within: \"1s\"))})";
    let error = ron::from_str::<generals_models::World>(text).expect_err("given twice");
    assert!(error.to_string().contains("n3 is given twice"), "{error}");
}
