//! What travels between layers.

use std::fmt;

use generals_models::{Message, NodeId, Signed, Signer};
use serde::{Deserialize, Serialize};

use crate::protocol::Protocol;

/// What the stubborn layer sends.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Packet<M> {
    /// A message as it is: there is no stubborn layer, or it is to the sender itself.
    Plain(M),
    /// A message.
    Data {
        /// Which of this sender's to this receiver, from 0.
        number: u64,
        /// What it says.
        body: M,
    },
    /// "Your message of this number has arrived."
    Ack {
        /// Which.
        number: u64,
    },
}

/// What a sender signs.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Letter<B> {
    /// Who is to receive it.
    pub to: NodeId,
    /// Which of this sender's letters, from 0.
    pub number: u64,
    /// What it says.
    pub body: B,
}

/// What a protocol in layers sends.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(bound = "M: Message")]
pub enum Frame<M> {
    /// Without authentication.
    Open(Packet<M>),
    /// With it.
    Sealed(Signed<Letter<Packet<M>>>),
}

impl<M: fmt::Debug> fmt::Debug for Packet<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Plain(body) => body.fmt(f),
            Self::Data { number, body } => write!(f, "({number}) {body:?}"),
            Self::Ack { number } => write!(f, "ack ({number})"),
        }
    }
}

impl<B: fmt::Debug> fmt::Debug for Letter<B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "[{} to {}: {:?}]", self.number, self.to, self.body)
    }
}

impl<M: fmt::Debug> fmt::Debug for Frame<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Open(packet) => packet.fmt(f),
            Self::Sealed(sealed) => sealed.fmt(f),
        }
    }
}

impl<M> Packet<M> {
    /// What it says to the protocol, if anything.
    const fn body_mut(&mut self) -> Option<&mut M> {
        match self {
            Self::Plain(body) | Self::Data { body, .. } => Some(body),
            Self::Ack { .. } => None,
        }
    }
}

/// See [`Protocol::lie`]: what a liar says to the protocol is the protocol's own lie, signed anew
/// with the liar's own key.
pub(super) fn lie<P: Protocol>(
    frame: &mut Frame<P::Message>,
    by: &Signer,
    pick: &mut dyn FnMut(u64) -> u64,
) -> bool {
    match frame {
        Frame::Open(packet) => packet.body_mut().is_some_and(|body| P::lie(body, by, pick)),
        Frame::Sealed(sealed) => {
            let mut letter = sealed.claim().1.clone();
            let lied = letter.body.body_mut().is_some_and(|body| P::lie(body, by, pick));
            if lied {
                *sealed = by.sign(letter);
            }
            lied
        }
    }
}
