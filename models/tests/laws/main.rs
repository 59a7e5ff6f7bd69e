//! The laws of the models: what each of them promises holds for every answer a run may get.

mod adversaries;
mod choices;
mod common;
mod links;
mod network;
mod partitions;
mod signatures;
mod tampering;
mod texts;
mod timing;
mod topology;
mod worlds;
