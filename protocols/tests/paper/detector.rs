//! Failure detectors: how long a silence can be, how soon a crash is known, and how often ◇P is wrong.

use generals::testing::{Check, campaign, check};
use generals::trace::{Trace, What};
use generals::{Kindest, NodeId, Seeded, Span, Time, VerdictKind};
use generals_models::scenarios;
use generals_protocols::Detector;

const MS: u64 = 1_000_000;

fn detector(config: &str, n: u16, world: &str, script: &str) -> Check<Detector> {
    check(&format!(
        r#"(protocol: "detector", config: ({config}), world: (nodes: {n}, {world}), {script})"#
    ))
}

fn synchronous(delta: u64, least: u64) -> String {
    format!(r#"timing: Synchronous(delta: "{delta}ms", least: "{least}ms")"#)
}

/// What n0 says when, but for the end.
fn said_by(node: u16, trace: &Trace) -> Vec<(Time, &str)> {
    let decided = trace.entries.iter().filter(|entry| entry.what == What::Decided);
    let mine =
        decided.filter(|entry| entry.node == NodeId(node) && !entry.text.contains("in the end"));
    mine.map(|entry| (entry.at, entry.text.as_str())).collect()
}

/// T, Δ and the least latency, in ms.
const TIMES: &[(u64, u64, u64)] = &[(20, 10, 1), (20, 10, 10), (50, 20, 5), (7, 30, 2)];

/// The longest silence is T + Δ - least, in a schedule "as fast as can be, then as slow as may be": a
/// time-out as long as that is never wrong, and one that is a nanosecond shorter is. Equal instants are
/// settled for the message.
#[test]
fn p_is_perfect_if_and_only_if_its_time_out_is_no_shorter_than_the_longest_silence() {
    for &(t, delta, least) in TIMES {
        let longest = (t + delta - least) * MS;
        for (timeout, holds) in [(longest, true), (longest - 1, false)] {
            // From the first heartbeat to the second, since those of a short period overtake others.
            let slow = format!(r#"script: {{ (Delay, 1, 0, 1): "{}ms" }}"#, delta - least);
            let slow = if delta == least { "" } else { &slow };
            let config =
                format!(r#"period: "{t}ms", timeout: "{timeout}ns", lasts: "{}ms""#, 2 * t + delta);
            let case = detector(&config, 2, &synchronous(delta, least), slow);
            // Only if no later heartbeat comes between.
            let comes_first = t > delta - least;
            let expected =
                if holds || !comes_first { VerdictKind::Holds } else { VerdictKind::OutOfModel };
            let worst = campaign(case.case(), 0..1).verdicts[1].worst();
            assert_eq!(worst, expected, "T = {t}, Δ = {delta}, least = {least}, {timeout}");
        }
    }
}

/// The same by pings, of which both ways count: T + 2Δ - 2 least.
#[test]
fn by_pings_the_longest_silence_counts_both_ways() {
    let (t, delta, least) = (50, 10, 2);
    let longest = (t + 2 * (delta - least)) * MS;
    for (timeout, kind) in [(longest, VerdictKind::Holds), (longest - 1, VerdictKind::OutOfModel)] {
        let config =
            format!(r#"method: Pings, period: "{t}ms", timeout: "{timeout}ns", lasts: "250ms""#);
        // Each node says two things in a period: its ping, and its answer to the other's.
        let slow = r#"script: { (Delay, 0, 1, 4): "8ms", (Delay, 1, 0, 5): "8ms" }"#;
        let case = detector(&config, 2, &synchronous(delta, least), slow);
        assert_eq!(campaign(case.case(), 0..1).verdicts[1].worst(), kind, "{timeout}");
    }
}

/// Every schedule of five heartbeats each way, as fast or as slow as may be.
#[test]
fn no_schedule_at_all_deceives_a_time_out_that_is_long_enough() {
    let explored = |timeout: &str| {
        let config = format!(r#"period: "10ms", timeout: "{timeout}", lasts: "45ms""#);
        detector(&config, 2, &synchronous(10, 4), "").exhaust(3_000)
    };
    let all = explored("16ms");
    assert!(all.report.runs >= 1_024, "{}", all.report.runs);
    assert!(all.first_broken.iter().all(Option::is_none));
    assert!(explored("15.999999ms").first_broken[1].is_some());
}

/// A crash at t is known in [t + Δ, t + T + 2Δ - least), since the last heartbeat was sent before t and
/// no earlier than t - T; and that is between least and Δ after it and the time-out. Both ends of this
/// are met.
#[test]
fn a_crash_is_detected_within_its_bounds() {
    for &(t, delta, least) in TIMES.iter().filter(|(t, delta, least)| *t > delta - least) {
        let timeout = t + delta - least;
        for crash in [1, t - 1, t, t + 1, 3 * t, 3 * t + t / 2] {
            // At equal instants a crash comes before all else: the heartbeat of t is not sent.
            let last = (crash - 1) / t;
            let world = format!(
                r#"{}, faults: {{ 1: CrashStop(at: Time("{crash}ms")) }}"#,
                synchronous(delta, least)
            );
            let config = format!(
                r#"period: "{t}ms", timeout: "{timeout}ms", lasts: "{}ms""#,
                9 * t + 9 * delta
            );
            let detected = |script: &str, seed| {
                let case = detector(&config, 2, &world, script);
                let (_, trace) = match seed {
                    Some(seed) => case.case().worker().trace(&mut Seeded::new(seed)),
                    None => case.case().worker().trace(&mut *case.case().script().map_or_else(
                        || Box::new(Kindest) as Box<dyn generals::Choose>,
                        |script| Box::new(generals::Scripted::new(script)),
                    )),
                };
                let said = said_by(0, &trace);
                assert_eq!(said.len(), 1, "crash at {crash}: {said:?}");
                said[0].0.as_nanos()
            };
            let (from, to) = ((last * t + least + timeout) * MS, (last * t + delta + timeout) * MS);
            for seed in 0..20 {
                let at = detected("", Some(seed));
                assert!((from..=to).contains(&at), "T = {t}, crash at {crash}: {at}");
                assert!(at >= (crash + delta) * MS && at < (crash + t + 2 * delta - least) * MS);
            }
            assert_eq!(detected("", None), from);
            if delta > least {
                let slow = format!(r#"script: {{ (Delay, 1, 0, {last}): "{}ms" }}"#, delta - least);
                assert_eq!(detected(&slow, None), to);
            }
        }
    }
}

/// A crash in the middle of a heartbeat's multicast: who got it knows a period later.
#[test]
fn a_crash_in_the_middle_of_a_heartbeat_is_known_to_some_a_period_later() {
    let world = format!(
        "{}, faults: {{ 1: CrashStop(at: Step(nth: 9, after_effects: 1)) }}",
        synchronous(10, 10)
    );
    let case = detector(r#"period: "20ms""#, 3, &world, "");
    let (_, trace) = case.case().worker().trace(&mut Kindest);
    let (first, other) = (said_by(2, &trace)[0].0, said_by(0, &trace)[0].0);
    assert_eq!(other.since(first), Span::millis(20));
}

/// Where every second heartbeat is as fast as can be and every other as slow as may be, the longest
/// silence B = T + Δ - least comes every other time. From D0 on it takes ⌈(B - D0) / I⌉ mistakes to get
/// there by steps of I, and ⌈log2(B / D0)⌉ by doubling.
#[test]
fn the_eventually_perfect_detector_is_wrong_as_often_as_it_takes_to_learn() {
    let (t, delta, least) = (20, 10, 2);
    let longest = t + delta - least;
    let slow: String =
        (0..60).map(|k| format!(r#"(Delay, 1, 0, {}): "8ms", "#, 2 * k + 1)).collect();
    for first in [1_u64, 3, 5, 7, 13, 14, 27, 28, 29] {
        for step in [0_u64, 1, 2, 5, 9, 30] {
            let (growth, mistakes) = match step {
                0 => ("Doubling".to_owned(), (0..).find(|k| first << k >= longest).unwrap()),
                step => {
                    (format!(r#"By("{step}ms")"#), longest.saturating_sub(first).div_ceil(step))
                }
            };
            let config = format!(
                r#"class: EventuallyP({growth}), period: "{t}ms", timeout: "{first}ms", lasts: "2s""#
            );
            let script = format!("script: {{ {slow} }}");
            let case = detector(&config, 2, &synchronous(delta, least), &script);
            case.seeds(0..1);
            let script = case.case().script().cloned().unwrap();
            let (_, trace) = case.case().worker().trace(&mut generals::Scripted::new(&script));
            let suspects =
                said_by(0, &trace).iter().filter(|(_, text)| text.contains("n1")).count();
            assert_eq!(suspects as u64, mistakes, "D0 = {first}, {growth}");
        }
    }
}

/// What one node takes in and says, until it first says anything.
fn view(name: &str) -> Vec<(Time, String)> {
    let text = scenarios::ALL.iter().find(|shipped| shipped.name == name).expect("shipped").text;
    let case = check::<Detector>(text);
    let (_, trace) = match case.case().script() {
        Some(script) => case.case().worker().trace(&mut generals::Scripted::new(script)),
        None => case.case().worker().trace(&mut Kindest),
    };
    let mine = trace.entries.iter().filter(|entry| entry.node == NodeId(0));
    let seen =
        |what: &What| matches!(what, What::Delivered { .. } | What::TimerFired | What::Decided);
    let mut view = Vec::new();
    for entry in mine.filter(|entry| seen(&entry.what)) {
        view.push((entry.at, entry.text.to_string()));
        if entry.what == What::Decided {
            break;
        }
    }
    view
}

/// A crashed node, a paused node, a lost message and a late message: until n0 suspects n1 it has seen
/// the same things at the same instants, byte for byte.
#[test]
fn a_crash_a_pause_a_loss_and_a_delay_look_the_same_from_outside() {
    for class in ["p", "eventual"] {
        let crash = view(&format!("detector-{class}-crash"));
        assert!(crash.len() > 10 && crash.last().unwrap().0 == Time::nanos(140 * MS), "{crash:?}");
        for other in ["pause", "loss", "late"] {
            assert_eq!(view(&format!("detector-{class}-{other}")), crash, "{class} {other}");
        }
    }
}

/// The instant at which nothing changes any more is in the report.
#[test]
fn the_stabilisation_time_is_told() {
    for (name, time) in
        [("crash", "140ms"), ("pause", "171ms"), ("loss", "150ms"), ("late", "150ms")]
    {
        let name = format!("detector-eventual-{name}");
        let text =
            scenarios::ALL.iter().find(|shipped| shipped.name == name).expect("shipped").text;
        let case = check::<Detector>(text);
        let (_, trace) = match case.case().script() {
            Some(script) => case.case().worker().trace(&mut generals::Scripted::new(script)),
            None => case.case().worker().trace(&mut Kindest),
        };
        let told = format!("in the end, unchanged since {time}");
        assert!(
            trace.entries.iter().any(|e| e.node == NodeId(0) && e.text.ends_with(&told)),
            "{name}"
        );
    }
}

#[test]
fn what_shows_nothing_or_would_explode_is_refused() {
    let open = |config: &str, world: &str| {
        let text =
            format!(r#"(protocol: "detector", config: ({config}), world: (nodes: 3, {world}))"#);
        let source = generals::Source::new("x", text);
        let opened = generals::Subject::open(&generals::Plug::<Detector>::NEW, &source);
        opened.err().map(|error| error.to_string()).unwrap_or_default()
    };
    let late = r#"timing: PartiallySynchronous(delta: "10ms", gst: "900ms")"#;
    assert_eq!(open("", ""), "");
    assert!(open(r#"period: "0ms""#, "").contains("no time at all"));
    assert!(open(r#"timeout: "0ms""#, "").contains("no time at all"));
    assert!(open(r#"lasts: "0ms""#, "").contains("no time at all"));
    assert!(open(r#"class: EventuallyP(By("0ms"))"#, "").contains("grows by nothing"));
    assert!(open(r#"period: "1us", lasts: "10s""#, "").contains("would need"));
    // 900 + 20 + 10, and twice 20 + 10 - 1.
    let doubling = "class: EventuallyP(Doubling)";
    assert!(open(&format!(r#"{doubling}, lasts: "987ms""#), late).contains("988ms at least"));
    assert_eq!(open(&format!(r#"{doubling}, lasts: "988ms""#), late), "");
}
