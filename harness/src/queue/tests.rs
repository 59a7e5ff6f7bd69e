//! The queue against a naive one, which sorts a vector and cancels at once.

use generals_models::{NodeId, Span, Time};
use proptest::prelude::*;

use super::{Key, Popped, Queue, Rank};

const NODES: u16 = 3;

type Label = u8;
type Tested = Queue<u64, Label>;
type Taken = Option<(Time, Popped<u64, Label>)>;

/// What the queue claims to be.
#[derive(Default)]
struct Naive {
    made: u64,
    pending: Vec<(Time, Rank, u64, Popped<u64, Label>)>,
}

impl Naive {
    fn push(&mut self, at: Time, rank: Rank, what: Popped<u64, Label>) {
        self.pending.push((at, rank, self.made, what));
        self.made += 1;
    }

    fn cancel(&mut self, node: NodeId, label: Label) -> bool {
        let before = self.pending.len();
        self.pending.retain(|(.., what)| *what != Popped::Timer(node, label));
        self.pending.len() < before
    }

    fn cancel_all(&mut self, node: NodeId) {
        self.pending.retain(|(.., what)| !matches!(what, Popped::Timer(n, _) if *n == node));
    }

    fn pop(&mut self) -> Taken {
        self.pending.sort_by_key(|&(at, rank, sequence, _)| (at, rank, sequence));
        if self.pending.is_empty() {
            return None;
        }
        let (at, _, _, what) = self.pending.remove(0);
        Some((at, what))
    }

    fn peek_time(&self) -> Option<Time> {
        self.pending.iter().map(|entry| entry.0).min()
    }

    fn timers_of(&self, node: NodeId) -> Vec<(Label, Time)> {
        let timer = |(at, _, _, what): &(Time, Rank, u64, Popped<u64, Label>)| match what {
            Popped::Timer(n, label) if *n == node => Some((*label, *at)),
            _ => None,
        };
        let mut timers: Vec<_> = self.pending.iter().filter_map(timer).collect();
        timers.sort_unstable();
        timers
    }
}

#[derive(Clone, Debug)]
enum Step {
    Push(Span, Rank),
    Set(NodeId, Label, Span),
    Cancel(NodeId, Label),
    Crash(NodeId),
    Pop,
    Peek,
}

/// Few instants, nodes and labels, so that ties, replacements and re-armings are frequent.
fn step() -> impl Strategy<Value = Step> {
    let rank = prop_oneof![Just(Rank::Fault), Just(Rank::Input), Just(Rank::Deliver)];
    let after = || (0..12u64).prop_map(Span::nanos);
    let node = || (0..NODES).prop_map(NodeId);
    let label = || 0..4u8;
    prop_oneof![
        6 => (after(), rank).prop_map(|(after, rank)| Step::Push(after, rank)),
        6 => (node(), label(), after()).prop_map(|(n, label, after)| Step::Set(n, label, after)),
        2 => (node(), label()).prop_map(|(n, label)| Step::Cancel(n, label)),
        1 => node().prop_map(Step::Crash),
        8 => Just(Step::Pop),
        2 => Just(Step::Peek),
    ]
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    prop::collection::vec(step(), 0..300)
}

/// Takes all steps with both queues and compares all that can be seen of them.
fn compare(queue: &mut Tested, steps: &[Step], to_the_end: bool) -> Result<(), TestCaseError> {
    let mut naive = Naive::default();
    let mut now = Time::ZERO;
    for step in steps {
        match *step {
            Step::Push(after, rank) => {
                let event = naive.made;
                queue.push(now + after, rank, event);
                naive.push(now + after, rank, Popped::Event(event));
            }
            Step::Set(node, label, after) => {
                queue.set_timer(node, label, now + after);
                naive.cancel(node, label);
                naive.push(now + after, Rank::Timer, Popped::Timer(node, label));
            }
            Step::Cancel(node, label) => {
                prop_assert_eq!(queue.cancel_timer(node, &label), naive.cancel(node, label));
            }
            Step::Crash(node) => {
                queue.cancel_all(node);
                naive.cancel_all(node);
            }
            Step::Pop => {
                let taken = queue.pop();
                prop_assert_eq!(&taken, &naive.pop());
                now = taken.map_or(now, |(at, _)| at);
            }
            Step::Peek => prop_assert_eq!(queue.peek_time(), naive.peek_time()),
        }
        prop_assert_eq!(queue.len(), naive.pending.len());
        prop_assert_eq!(queue.is_empty(), naive.pending.is_empty());
        for node in NodeId::all(NODES) {
            let mut timers: Vec<_> =
                queue.timers_of(node).map(|(&label, at)| (label, at)).collect();
            timers.sort_unstable();
            prop_assert_eq!(timers, naive.timers_of(node));
        }
    }
    while to_the_end && !naive.pending.is_empty() {
        prop_assert_eq!(queue.pop(), naive.pop());
    }
    prop_assert!(!to_the_end || queue.pop().is_none());
    Ok(())
}

proptest! {
    #[test]
    fn pops_what_a_sorted_vector_with_eager_cancellation_pops(steps in steps()) {
        compare(&mut Queue::new(NODES), &steps, true)?;
    }

    /// The first run is left unfinished, so that there is something to forget.
    #[test]
    fn a_cleared_queue_is_as_good_as_new(first in steps(), second in steps()) {
        let mut queue = Queue::new(1);
        queue.clear(NODES);
        compare(&mut queue, &first, false)?;
        queue.clear(NODES);
        compare(&mut queue, &second, true)?;
    }

    /// The steps above keep the heap small: here it has some height.
    #[test]
    fn a_tall_heap_is_in_order(times in prop::collection::vec(0..500u64, 0..3000)) {
        let mut queue = Tested::new(0);
        for (event, &time) in (0..).zip(&times) {
            queue.push(Time::nanos(time), Rank::Deliver, event);
        }
        let mut expected: Vec<(u64, u64)> = times.iter().copied().zip(0..).collect();
        expected.sort_unstable();
        for (time, event) in expected {
            prop_assert_eq!(queue.pop(), Some((Time::nanos(time), Popped::Event(event))));
        }
        prop_assert_eq!(queue.pop(), None);
    }
}

const N0: NodeId = NodeId(0);

fn at(nanos: u64) -> Time {
    Time::nanos(nanos)
}

#[test]
fn ranks_order_the_events_of_one_instant() {
    let mut queue = Tested::new(1);
    queue.set_timer(N0, 7, at(5));
    for (rank, event) in [(Rank::Deliver, 2), (Rank::Input, 1), (Rank::Fault, 0)] {
        queue.push(at(5), rank, event);
    }
    let order: Vec<_> = std::iter::from_fn(|| queue.pop()).map(|(_, what)| what).collect();
    let events = [0, 1, 2].map(Popped::Event);
    assert_eq!(order, [&events[..], &[Popped::Timer(N0, 7)]].concat());
}

#[test]
fn a_timer_set_again_fires_once_and_after_those_set_before() {
    let mut queue = Tested::new(1);
    queue.set_timer(N0, 1, at(10));
    queue.set_timer(N0, 2, at(20));
    queue.set_timer(N0, 1, at(20));
    assert_eq!(queue.len(), 2);
    assert_eq!(queue.pop(), Some((at(20), Popped::Timer(N0, 2))));
    assert_eq!(queue.pop(), Some((at(20), Popped::Timer(N0, 1))));
    assert_eq!(queue.pop(), None);
}

#[test]
fn a_stale_timer_never_fires() {
    let mut queue = Tested::new(2);
    queue.set_timer(N0, 1, at(10));
    queue.set_timer(NodeId(1), 1, at(10));
    assert!(queue.cancel_timer(N0, &1));
    assert!(!queue.cancel_timer(N0, &1), "it was cancelled already");
    queue.cancel_all(NodeId(1));
    assert!(queue.is_empty());
    assert_eq!(queue.peek_time(), None);
    // The places are taken by others, whose time is another.
    queue.set_timer(N0, 2, at(30));
    queue.set_timer(NodeId(1), 2, at(5));
    assert_eq!(queue.pop(), Some((at(5), Popped::Timer(NodeId(1), 2))));
    assert_eq!(queue.pop(), Some((at(30), Popped::Timer(N0, 2))));
    assert_eq!(queue.pop(), None);
}

#[test]
fn the_end_of_time_is_a_time_like_any_other() {
    let mut queue = Tested::new(1);
    queue.made = Key::MOST_SEQUENCES - 2;
    queue.set_timer(N0, 1, Time::MAX);
    queue.push(Time::MAX, Rank::Timer, 2);
    assert_eq!(queue.peek_time(), Some(Time::MAX));
    assert_eq!(queue.pop(), Some((Time::MAX, Popped::Timer(N0, 1))));
    assert_eq!(queue.pop(), Some((Time::MAX, Popped::Event(2))));
    assert_eq!(queue.pop(), None);
}

#[test]
#[should_panic(expected = "more than 2^34 queue entries")]
fn too_many_entries_are_refused() {
    let mut queue = Tested::new(1);
    queue.made = Key::MOST_SEQUENCES;
    queue.push(Time::ZERO, Rank::Input, 0);
}
