//! The neighbours of a value: what it could have been, if nothing else was seen.

use super::tree::{Kind, Leaf, Parts, Sealed, Shape, Step, Tree, Variant};
use crate::{CorruptId, NodeId};

/// Whether a value has neighbours at all: cheaper to tell than which.
pub(super) fn has_any(tree: &Tree) -> bool {
    match tree {
        Tree::Leaf(Leaf::Unit | Leaf::None) => false,
        Tree::Leaf(Leaf::Text(text)) => !text.is_empty(),
        Tree::Leaf(Leaf::Bytes(bytes)) => !bytes.is_empty(),
        Tree::Leaf(_) => true,
        Tree::Branch(Kind::Some | Kind::Sealed(_), _) => true,
        Tree::Branch(Kind::Seq | Kind::Map, parts) => !parts.is_empty(),
        Tree::Branch(Kind::Variant(variant), _) => variant.others.0.get().len() > 1,
        Tree::Branch(Kind::Tuple | Kind::Struct | Kind::Entry | Kind::Fixed, _) => false,
    }
}

/// The neighbours, nearest first. Not each of them need be a value of the type.
pub(super) fn of(tree: &Tree, corrupt: &[CorruptId]) -> Vec<Tree> {
    match tree {
        Tree::Leaf(leaf) => of_leaf(leaf).into_iter().map(Tree::Leaf).collect(),
        Tree::Branch(Kind::Some, _) => vec![Tree::Leaf(Leaf::None)],
        Tree::Branch(Kind::Seq | Kind::Map, parts) => of_list(tree, parts),
        Tree::Branch(Kind::Variant(variant), parts) => of_variant(variant, parts),
        Tree::Branch(Kind::Sealed(sealed), parts) => of_sealed(sealed, parts, corrupt),
        Tree::Branch(Kind::Tuple | Kind::Struct | Kind::Entry | Kind::Fixed, _) => Vec::new(),
    }
}

fn of_leaf(leaf: &Leaf) -> Vec<Leaf> {
    match leaf {
        Leaf::Unit | Leaf::None => Vec::new(),
        Leaf::Bool(b) => vec![Leaf::Bool(!b)],
        Leaf::Unsigned(bits, n) => {
            let most = u128::MAX >> (u128::BITS - bits);
            [n.checked_add(1).filter(|n| *n <= most), n.checked_sub(1), Some(0), Some(most)]
                .into_iter()
                .flatten()
                .map(|n| Leaf::Unsigned(*bits, n))
                .collect()
        }
        Leaf::Signed(bits, n) => {
            let most = i128::MAX >> (i128::BITS - bits);
            let within = |n: &i128| (-most - 1..=most).contains(n);
            [n.checked_add(1), n.checked_sub(1), Some(0), Some(most), Some(-most - 1)]
                .into_iter()
                .flatten()
                .filter(within)
                .map(|n| Leaf::Signed(*bits, n))
                .collect()
        }
        // The other sign, and zero.
        Leaf::F32(bits) => vec![Leaf::F32(bits ^ 1 << 31), Leaf::F32(0)],
        Leaf::F64(bits) => vec![Leaf::F64(bits ^ 1 << 63), Leaf::F64(0)],
        Leaf::Char(c) => {
            let next = char::from_u32(u32::from(*c) + 1);
            next.map(Leaf::Char).into_iter().collect()
        }
        Leaf::Text(_) => vec![Leaf::Text(String::new())],
        Leaf::Bytes(bytes) => {
            let mut flipped = bytes.clone();
            flipped.last_mut().into_iter().for_each(|last| *last ^= 1);
            vec![Leaf::Bytes(flipped), Leaf::Bytes(Vec::new())]
        }
    }
}

/// Without the last, with the last twice, with the first two the other way round.
fn of_list(tree: &Tree, parts: &[(Step, Tree)]) -> Vec<Tree> {
    let changed = |change: &dyn Fn(&mut Parts)| {
        let mut tree = tree.clone();
        if let Tree::Branch(_, parts) = &mut tree {
            change(parts);
        }
        tree
    };
    let Some(last) = parts.last() else { return Vec::new() };
    let mut near = vec![changed(&|parts| drop(parts.pop()))];
    if let Tree::Branch(Kind::Seq, _) = tree {
        near.push(changed(&|parts| parts.push(last.clone())));
        if parts.len() > 1 {
            near.push(changed(&|parts| parts.swap(0, 1)));
        }
    }
    near
}

/// The other variants, beginning with the next: carrying the same, and then nothing.
fn of_variant(variant: &Variant, parts: &[(Step, Tree)]) -> Vec<Tree> {
    let names = variant.others.0.get();
    let mine = names.iter().position(|name| *name == variant.name).unwrap_or(0);
    let others = || names.iter().cycle().skip(mine + 1).take(names.len().saturating_sub(1));
    let renamed = |name: &'static str, shape, parts: &[(Step, Tree)]| {
        let parts = parts.iter().map(|(_, part)| (Step::Field(name), part.clone())).collect();
        Tree::Branch(Kind::Variant(Variant { name, others: variant.others.clone(), shape }), parts)
    };
    let mut near: Vec<Tree> = others().map(|name| renamed(name, variant.shape, parts)).collect();
    if !parts.is_empty() {
        near.extend(others().map(|name| renamed(name, Shape::Unit, &[])));
    }
    near
}

/// By an accomplice, spoilt, and in the name of a neighbour: who does not own the key spoils it.
fn of_sealed(sealed: &Sealed, parts: &[(Step, Tree)], corrupt: &[CorruptId]) -> Vec<Tree> {
    let by = |by: NodeId, good: bool| {
        let sealed = Sealed { by, good, seal: None };
        Tree::Branch(Kind::Sealed(sealed), parts.to_vec())
    };
    let mine = sealed.by.0;
    let accomplices = corrupt.iter().map(|id| by(id.node(), true));
    let neighbours = [mine.checked_add(1), mine.checked_sub(1)].into_iter().flatten();
    accomplices
        .chain([by(sealed.by, !sealed.good)])
        .chain(neighbours.map(|node| by(NodeId(node), true)))
        .collect()
}
