//! The links of one run.

use super::{LinkModel, Tampering};
use crate::{Among, Chance, Choose, Concern, NodeId, Stream, Time, World};

/// The links of one run: their models, and what has happened on each so far.
#[derive(Clone, Debug, Default)]
pub struct Links {
    model: LinkModel,
    exceptions: Vec<LinkModel>,
    /// Which exception each link is, counted from 1; empty if there are none.
    which: Vec<u32>,
    nodes: usize,
    streaks: Streaks,
    last_arrival: Vec<Time>,
    /// How many messages of the run were tampered with.
    tampered: u32,
}

/// How many messages of each link were lost, or tampered with, since one was not.
#[derive(Clone, Debug, Default)]
struct Streaks {
    in_a_row: Vec<u32>,
    /// Where a streak began: in a large world there are many more links than messages are lost.
    begun: Vec<usize>,
}

impl Streaks {
    /// None so far, on so many links.
    fn reset(&mut self, links: usize) {
        if self.in_a_row.len() == links {
            self.begun.iter().for_each(|&link| self.in_a_row[link] = 0);
        } else {
            self.in_a_row.clear();
            self.in_a_row.resize(links, 0);
        }
        self.begun.clear();
    }

    #[inline]
    fn on(&self, link: usize) -> u32 {
        self.in_a_row[link]
    }

    fn go_on(&mut self, link: usize) {
        if self.in_a_row[link] == 0 {
            self.begun.push(link);
        }
        self.in_a_row[link] += 1;
    }

    #[inline]
    fn end(&mut self, link: usize) {
        self.in_a_row[link] = 0;
    }
}

/// Whether messages of such a link must be kept from overtaking each other.
fn keeps_order(model: &LinkModel) -> bool {
    match model {
        LinkModel::Fifo => true,
        LinkModel::FairLoss { reorder, .. } => *reorder < Chance::CERTAIN,
        LinkModel::Reliable | LinkModel::Arbitrary { .. } => false,
    }
}

const fn has_streaks(model: &LinkModel) -> bool {
    matches!(model, LinkModel::FairLoss { .. } | LinkModel::Arbitrary { .. })
}

impl Links {
    /// Makes these the links of a fresh run, keeping the memory of the last one.
    pub fn reset(&mut self, world: &World) {
        if self.model != world.links {
            self.model.clone_from(&world.links);
        }
        self.nodes = usize::from(world.nodes);
        self.last_arrival.clear();
        self.tampered = 0;
        self.exceptions.clear();
        self.which.clear();
        let links = self.nodes * self.nodes;
        for (&(from, to), exception) in &world.except {
            let Some(model) = &exception.links else { continue };
            self.which.resize(links, 0);
            self.exceptions.push(model.clone());
            self.which[from.index() * self.nodes + to.index()] =
                u32::try_from(self.exceptions.len()).unwrap_or(u32::MAX);
        }
        let all = || self.exceptions.iter().chain([&self.model]);
        self.streaks.reset(if all().any(has_streaks) { links } else { 0 });
        if all().any(keeps_order) {
            self.last_arrival.resize(links, Time::ZERO);
        }
    }

    /// Whether on any of them a message may have to wait for those before it.
    #[must_use]
    #[inline]
    pub const fn keep_order(&self) -> bool {
        !self.last_arrival.is_empty()
    }

    /// The place of a link, and its model.
    #[inline]
    fn link(&self, from: NodeId, to: NodeId) -> (usize, &LinkModel) {
        let link = from.index() * self.nodes + to.index();
        match self.which.get(link) {
            None | Some(0) => (link, &self.model),
            Some(&which) => (link, &self.exceptions[which as usize - 1]),
        }
    }

    /// How many copies of one message arrive: 0 if it is lost, 2 if it is doubled.
    // Always: it is asked for every message.
    #[inline(always)]
    pub fn copies<C: Choose>(&mut self, from: NodeId, to: NodeId, choose: &mut C) -> u8 {
        let (link, model) = self.link(from, to);
        let &LinkModel::FairLoss { loss, duplicate, streak, .. } = model else { return 1 };
        let may_be_lost = self.streaks.on(link) < streak;
        let on = |concern| Stream::link(concern, from, to);
        if may_be_lost && choose.choose(on(Concern::Loss), Among::Chance(loss)) == 1 {
            self.streaks.go_on(link);
            return 0;
        }
        self.streaks.end(link);
        1 + u8::from(choose.choose(on(Concern::Copies), Among::Chance(duplicate)) == 1)
    }

    /// When a copy that the timing model brings at `due` arrives, given those before it.
    #[inline]
    pub fn arrival<C: Choose>(
        &mut self,
        from: NodeId,
        to: NodeId,
        due: Time,
        choose: &mut C,
    ) -> Time {
        if !self.keep_order() {
            return due;
        }
        let (link, model) = self.link(from, to);
        if !keeps_order(model) {
            return due;
        }
        let reorder = match model {
            LinkModel::FairLoss { reorder, .. } => *reorder,
            _ => Chance::NEVER,
        };
        // Who overtakes arrives before earlier messages; later ones may still not before those.
        let last = &mut self.last_arrival[link];
        if due >= *last {
            *last = due;
            return due;
        }
        let overtake = Stream::link(Concern::Overtake, from, to);
        if choose.choose(overtake, Among::Chance(reorder)) == 1 { due } else { *last }
    }

    /// Whether somebody hears and may change what is sent on this link.
    #[must_use]
    pub fn is_tapped(&self, from: NodeId, to: NodeId) -> bool {
        matches!(self.link(from, to).1, LinkModel::Arbitrary { .. })
    }

    /// What is done to one message of an arbitrary link, if anything: one choice of
    /// [`Concern::Tamper`]. A way that turns out to be impossible counts, too.
    pub fn tamper<C: Choose>(
        &mut self,
        from: NodeId,
        to: NodeId,
        choose: &mut C,
    ) -> Option<Tampering> {
        let (link, LinkModel::Arbitrary { chance, ways, streak, most }) = self.link(from, to)
        else {
            return None;
        };
        let (stream, of) = (Stream::link(Concern::Tamper, from, to), ways.len());
        let of = u32::try_from(of).unwrap_or(u32::MAX);
        let may = self.streaks.on(link) < *streak && most.is_none_or(|most| self.tampered < most);
        let answer = match *chance {
            _ if !may => 0,
            // What is certain leaves only the way to choose.
            Chance::CERTAIN => 1 + choose.choose(stream, Among::Below(u64::from(of))),
            chance => choose.choose(stream, Among::Odds { chance, of }),
        };
        let way = usize::try_from(answer).ok().and_then(|way| way.checked_sub(1));
        let way = way.and_then(|way| ways.get(way).copied());
        match way {
            Some(_) => self.streaks.go_on(link),
            None => self.streaks.end(link),
        }
        self.tampered += u32::from(way.is_some());
        way
    }
}
