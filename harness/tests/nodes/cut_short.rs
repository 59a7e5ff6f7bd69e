//! What is seen of a step that a crash cut short.

use generals::{Fact, Property, Witness, World};

use super::*;

/// Given an input it decides, and believes from then on that all know.
struct Believer(bool);

impl Protocol for Believer {
    const NAME: &'static str = "believer";
    const ABOUT: &'static str = "believes that others have seen what it did";
    type Config = ();
    type Input = u8;
    type Value = u8;
    type Message = u8;
    type Timer = u8;
    type Durable = u8;

    fn boot(_: Option<u8>, _: &mut Cx<'_, Self>) -> Self {
        Self(false)
    }
    fn on_input(&mut self, input: u8, cx: &mut Cx<'_, Self>) {
        self.0 = true;
        cx.decide(input);
        cx.set_timer(1, Span::millis(1));
    }
    fn on_message(&mut self, _: NodeId, _: u8, _: &mut Cx<'_, Self>) {}
    fn promises(_: &()) -> Promises<Self> {
        let always = Assumptions::asynchronous().crash_recovery(1);
        Promises::none().and(Known::default()).and(Looked::default()).under(always)
    }
}

/// Who believes has decided.
#[derive(Default)]
struct Known(bool);

impl Property<Believer> for Known {
    fn name(&self) -> &'static str {
        "known"
    }
    fn reset(&mut self) {
        self.0 = false;
    }
    fn is_white_box(&self) -> bool {
        true
    }
    fn watch(&mut self, _: &World, fact: &Fact<'_, Believer>) -> Result<(), Witness> {
        match fact {
            Fact::Decided(..) => self.0 = true,
            Fact::Stepped(_, Believer(true)) if !self.0 => {
                return Err(Witness("believes in vain".to_owned()));
            }
            _ => {}
        }
        Ok(())
    }
}

/// Somebody is seen to believe.
#[derive(Default)]
struct Looked(bool);

impl Property<Believer> for Looked {
    fn name(&self) -> &'static str {
        "looked"
    }
    fn reset(&mut self) {
        self.0 = false;
    }
    fn is_white_box(&self) -> bool {
        true
    }
    fn watch(&mut self, _: &World, fact: &Fact<'_, Believer>) -> Result<(), Witness> {
        self.0 |= matches!(fact, Fact::Stepped(_, Believer(true)));
        Ok(())
    }
    fn owed(&self, _: &World) -> Option<String> {
        (!self.0).then(|| "nobody believes".to_owned())
    }
}

#[test]
fn the_state_of_a_step_that_a_crash_cut_short_is_not_looked_at() {
    let kinds = |at: &str| -> Vec<VerdictKind> {
        let outage = format!(r#"CrashRecovery(outages: [(at: {at}, down: "5ms")])"#);
        let believer = check::<Believer>(&format!(
            r#"(protocol: "believer", inputs: {{ 0: [1] }},
                world: (nodes: 2, faults: {{ 0: {outage} }}))"#
        ));
        believer.case().worker().run_seed(0).verdicts.iter().map(Verdict::kind).collect()
    };
    for cut_short in [0, 1] {
        let at = format!("Step(nth: 1, after_effects: {cut_short})");
        assert_eq!(kinds(&at), [Holds, Violated], "{cut_short}");
    }
    assert_eq!(kinds("Step(nth: 1, after_effects: 3)"), [Holds, Holds]);
    assert_eq!(kinds(r#"Time("1ms")"#), [Holds, Holds]);
}
