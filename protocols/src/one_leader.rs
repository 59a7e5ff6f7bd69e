//! Where one node alone has something to say: a commander, a transmitter.

use generals::{Complaint, NodeId, Protocol, Scenario};

/// What such a node is called.
pub(crate) struct Role {
    /// The field of the configuration that says who it is.
    pub(crate) field: &'static str,
    /// What is wrong with the input of somebody else, after its name.
    pub(crate) others: &'static str,
}

/// Who gives the order, and everybody else a lieutenant.
pub(crate) const COMMANDER: Role =
    Role { field: "commander", others: "is a lieutenant, and orders are the commander's" };

/// Refuses a scenario in which `leader` does not exist, or somebody else is given an input.
pub(crate) fn admit<P: Protocol>(
    scenario: &Scenario<P>,
    leader: NodeId,
    role: &Role,
) -> Result<(), Complaint> {
    let nodes = scenario.world.nodes;
    if leader.0 >= nodes {
        return Err(Complaint::at(["config", role.field])
            .problem(format!("{leader} does not exist in a world of {nodes} nodes")));
    }
    if let Some(node) = scenario.inputs.keys().find(|node| **node != leader) {
        return Err(Complaint::at(["inputs", &node.0.to_string()])
            .problem(format!("{node} {}", role.others))
            .help(format!("the {} is {leader}", role.field)));
    }
    Ok(())
}
