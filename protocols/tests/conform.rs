//! The shipped protocols in the standard worlds, by the macro that any crate can use.

mod two_generals {
    generals::conform!(generals_protocols::TwoGenerals, 2, "{ 0: [Attack, Retreat] }");
}

mod broadcast {
    generals::conform!(generals_protocols::Broadcast, 4, "{ 0: [7], 2: [7, 8] }");
}

mod om {
    type Om = generals::Lockstep<generals_protocols::OralMessages>;
    generals::conform!(Om, 4, "{ 0: [Attack, Retreat] }");
}

mod interactive_consistency {
    type Vectors = generals::Lockstep<generals_protocols::InteractiveConsistency>;
    generals::conform!(Vectors, 4, "{ 0: [Attack, Retreat], 1: [Retreat, Attack] }");
}

mod bracha {
    generals::conform!(generals_protocols::Bracha, 4, "{ 0: [Attack, Retreat], 3: [Attack] }");
}

mod ben_or {
    generals::conform!(
        generals_protocols::BenOr,
        4,
        "{ 0: [Attack, Retreat], 1: [Retreat, Attack], 2: [Retreat], 3: [Attack] }"
    );
}

mod floodset {
    generals::conform!(
        generals::Lockstep<generals_protocols::FloodSet>,
        4,
        "{ 0: [Attack, Retreat], 1: [Retreat, Attack], 2: [Retreat], 3: [Attack] }"
    );
}

mod sm {
    type Sm = generals::Lockstep<generals_protocols::SignedMessages>;
    generals::conform!(Sm, 3, "{ 0: [[Attack], [Retreat]] }");
}

mod dolev_strong {
    type Broadcast = generals::Lockstep<generals_protocols::DolevStrong>;
    generals::conform!(Broadcast, 3, "{ 0: [Attack, Retreat] }");
}

mod om_graph {
    type Om = generals::Lockstep<generals_protocols::OralMessagesOnGraphs>;
    generals::conform!(Om, 4, "{ 0: [Attack, Retreat] }");
}

mod sm_graph {
    type Sm = generals::Lockstep<generals_protocols::SignedMessagesOnGraphs>;
    generals::conform!(Sm, 3, "{ 0: [Attack, Retreat] }");
}
