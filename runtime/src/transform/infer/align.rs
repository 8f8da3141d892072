//! Pairing two trees of names.

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use super::Named;

/// Names as a tree of their components, in the order they came in.
#[derive(Clone, Debug, Default)]
struct Node {
    /// The whole name and shape, where one ends here.
    leaf: Option<Named>,
    children: Vec<(String, Node)>,
}

/// How often each shape is below a node.
type Shapes = BTreeMap<Vec<usize>, usize>;

impl Node {
    fn of(names: &[Named]) -> Self {
        let mut root = Self::default();
        for (name, shape) in names {
            let mut node = &mut root;
            for step in name.split('.') {
                let at = node.children.iter().position(|(own, _)| own == step).unwrap_or_else(|| {
                    node.children.push((step.to_string(), Self::default()));
                    node.children.len() - 1
                });
                node = &mut node.children[at].1;
            }
            node.leaf = Some((name.clone(), shape.clone()));
        }
        root
    }

    fn shapes(&self) -> Shapes {
        let mut shapes = Shapes::new();
        self.count(&mut shapes);
        shapes
    }

    fn count(&self, shapes: &mut Shapes) {
        if let Some((_, shape)) = &self.leaf {
            *shapes.entry(shape.dims().to_vec()).or_default() += 1;
        }
        self.children.iter().for_each(|(_, child)| child.count(shapes));
    }

    /// The nodes that hold at least these shapes, not deeper than `depth`.
    fn holding<'n>(&'n self, shapes: &Shapes, depth: usize, found: &mut Vec<&'n Self>) {
        if !contains(&self.shapes(), shapes) {
            return;
        }
        found.push(self);
        if depth > 0 {
            self.children.iter().for_each(|(_, child)| child.holding(shapes, depth - 1, found));
        }
    }
}

fn contains(all: &Shapes, some: &Shapes) -> bool {
    some.iter().all(|(shape, count)| all.get(shape).is_some_and(|there| there >= count))
}

/// Pairs of a file's name and the wanted one.
pub(super) type Pairs = Vec<(String, String)>;

/// A pair for every wanted name, and whether another choice would do as well; `None` if some wanted name has no partner.
pub(super) fn align(file: &[Named], wanted: &[Named]) -> Option<(Pairs, bool)> {
    /// Levels of keys that a file may have around the part that is wanted, and places tried.
    const DEPTH: usize = 4;
    const TRIED: usize = 64;
    let (file, wanted) = (Node::of(file), Node::of(wanted));
    let mut places = Vec::new();
    file.holding(&wanted.shapes(), DEPTH, &mut places);
    let mut best: Option<(usize, Pairs, bool)> = None;
    for place in places.into_iter().take(TRIED) {
        let mut pairing = Pairing::default();
        if !pairing.pair(&wanted, place) {
            continue;
        }
        // The more of the names stays, the better.
        let alike = pairing.pairs.iter().map(|(file, wanted)| common_suffix(file, wanted)).sum();
        let Pairing { pairs, ambiguous } = pairing;
        match &mut best {
            Some((most, best_pairs, tied)) if *most == alike => *tied |= !are_the_same(best_pairs, &pairs),
            Some((most, ..)) if *most > alike => {}
            best => *best = Some((alike, pairs, ambiguous)),
        }
    }
    best.map(|(_, pairs, ambiguous)| (pairs, ambiguous))
}

/// Whether two lists pair the same names, in whichever order they were found.
fn are_the_same(a: &Pairs, b: &Pairs) -> bool {
    a.iter().collect::<BTreeSet<_>>() == b.iter().collect::<BTreeSet<_>>()
}

/// How many components at the end of two names are the same.
pub(super) fn common_suffix(a: &str, b: &str) -> usize {
    a.rsplit('.').zip(b.rsplit('.')).take_while(|(a, b)| a == b).count()
}

#[derive(Default)]
struct Pairing {
    pairs: Pairs,
    ambiguous: bool,
}

impl Pairing {
    /// Pairs all that is wanted with something of the file.
    fn pair(&mut self, wanted: &Node, file: &Node) -> bool {
        match (&wanted.leaf, &file.leaf) {
            (Some((wanted, expected)), Some((file, found))) if expected == found => {
                self.pairs.push((file.clone(), wanted.clone()));
                return true;
            }
            (Some(_), None) if file.children.len() == 1 => return self.pair(wanted, &file.children[0].1),
            (None, Some(_)) if wanted.children.len() == 1 => return self.pair(&wanted.children[0].1, file),
            (None, None) => {}
            _ => return false,
        }
        let mut ours: Vec<&(String, Node)> = wanted.children.iter().collect();
        let mut theirs: Vec<&(String, Node)> = file.children.iter().collect();
        self.by_number(&mut ours, &mut theirs)
            && self.by_name(&mut ours, &mut theirs)
            && self.by_shapes(&mut ours, &mut theirs)
            && self.through_wrapper(&ours, &theirs)
    }

    /// Lists of the same length are paired in order, also if they are numbered differently.
    fn by_number(&mut self, ours: &mut Vec<&(String, Node)>, theirs: &mut Vec<&(String, Node)>) -> bool {
        let numbered = |nodes: &[&(String, Node)]| -> Option<Vec<usize>> {
            nodes.iter().map(|(name, _)| name.parse().ok()).collect()
        };
        let (Some(a), Some(b)) = (numbered(ours), numbered(theirs)) else {
            return true;
        };
        if a.len() != b.len() {
            return true;
        }
        let mut sorted = [core::mem::take(ours), core::mem::take(theirs)];
        for nodes in &mut sorted {
            nodes.sort_by_key(|(name, _)| name.parse::<usize>().unwrap_or(usize::MAX));
        }
        let [ours, theirs] = sorted;
        ours.into_iter().zip(theirs).all(|((_, ours), (_, theirs))| self.pair(ours, theirs))
    }

    fn by_name(&mut self, ours: &mut Vec<&(String, Node)>, theirs: &mut Vec<&(String, Node)>) -> bool {
        let mut left = Vec::new();
        for own in core::mem::take(ours) {
            let same =
                theirs.iter().position(|(name, node)| *name == own.0 && contains(&node.shapes(), &own.1.shapes()));
            match same {
                Some(at) => {
                    if !self.pair(&own.1, &theirs.remove(at).1) {
                        return false;
                    }
                }
                None => left.push(own),
            }
        }
        *ours = left;
        true
    }

    /// Those whose shapes only one on the other side has; several of the same shapes in the order of their numbers.
    fn by_shapes(&mut self, ours: &mut Vec<&(String, Node)>, theirs: &mut Vec<&(String, Node)>) -> bool {
        let mut groups: BTreeMap<Shapes, Vec<&(String, Node)>> = BTreeMap::new();
        for own in core::mem::take(ours) {
            groups.entry(own.1.shapes()).or_default().push(own);
        }
        for (shapes, mut group) in groups {
            let (mut same, other): (Vec<_>, Vec<_>) =
                core::mem::take(theirs).into_iter().partition(|(_, node)| node.shapes() == shapes);
            *theirs = other;
            if same.len() == group.len() {
                if group.len() > 1 && !(by_trailing_number(&mut group) && by_trailing_number(&mut same)) {
                    self.ambiguous = true;
                }
                if !group.into_iter().zip(same).all(|((_, ours), (_, theirs))| self.pair(ours, theirs)) {
                    return false;
                }
            } else {
                theirs.extend(same);
                ours.extend(group);
            }
        }
        true
    }

    /// What is left on both sides, where one side has a component more around it.
    fn through_wrapper(&mut self, ours: &[&(String, Node)], theirs: &[&(String, Node)]) -> bool {
        let gather = |nodes: &[&(String, Node)]| Node {
            leaf: None,
            children: nodes.iter().map(|node| (*node).clone()).collect(),
        };
        match (ours, theirs) {
            ([], _) => true,
            ([(_, own)], _) if own.leaf.is_none() && contains(&gather(theirs).shapes(), &own.shapes()) => {
                self.pair(own, &gather(theirs))
            }
            (_, [(_, their)]) if their.leaf.is_none() => self.pair(&gather(ours), their),
            _ => false,
        }
    }
}

/// Sorts names that are one stem with numbers behind it; `false` if they are not.
fn by_trailing_number(nodes: &mut [&(String, Node)]) -> bool {
    let split = |name: &str| -> Option<(String, usize)> {
        let stem = name.trim_end_matches(|c: char| c.is_ascii_digit());
        Some((stem.to_string(), name[stem.len()..].parse().ok()?))
    };
    let keys: Option<Vec<(String, usize)>> = nodes.iter().map(|(name, _)| split(name)).collect();
    let one_stem = keys.is_some_and(|keys| keys.windows(2).all(|pair| pair[0].0 == pair[1].0));
    if one_stem {
        nodes.sort_by_key(|(name, _)| split(name));
    }
    one_stem
}
