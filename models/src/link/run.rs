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
    /// How many messages of a link were lost, or tampered with, since one was not.
    in_a_row: Vec<u32>,
    last_arrival: Vec<Time>,
    /// How many messages of the run were tampered with.
    tampered: u32,
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
        self.in_a_row.clear();
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
        if all().any(has_streaks) {
            self.in_a_row.resize(links, 0);
        }
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
        let in_a_row = &mut self.in_a_row[link];
        let may_be_lost = *in_a_row < streak;
        let on = |concern| Stream::link(concern, from, to);
        if may_be_lost && choose.choose(on(Concern::Loss), Among::Chance(loss)) == 1 {
            *in_a_row += 1;
            return 0;
        }
        *in_a_row = 0;
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
        let may = self.in_a_row[link] < *streak && most.is_none_or(|most| self.tampered < most);
        let answer = match *chance {
            _ if !may => 0,
            // What is certain leaves only the way to choose.
            Chance::CERTAIN => 1 + choose.choose(stream, Among::Below(u64::from(of))),
            chance => choose.choose(stream, Among::Odds { chance, of }),
        };
        let way = usize::try_from(answer).ok().and_then(|way| way.checked_sub(1));
        let way = way.and_then(|way| ways.get(way).copied());
        let in_a_row = &mut self.in_a_row[link];
        *in_a_row = if way.is_some() { *in_a_row + 1 } else { 0 };
        self.tampered += u32::from(way.is_some());
        way
    }
}
