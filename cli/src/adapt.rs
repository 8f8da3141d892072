//! Layers in PyTorch's layout and in Burn's.
//!
//! A module says what its layers are; a file does not, and the same names and shapes may be one layer or another: a matrix is the weight
//! of a linear layer or of an embedding. So the caller names the layers, and one that has to be named and is not is an error.

use std::collections::BTreeSet;

use regex::Regex;
use vellum::format::TensorEntry;

use crate::failure::Failure;
use crate::text::{Escaped, NAME};

/// From whose layout to whose.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Adapt {
    PytorchToBurn,
    BurnToPytorch,
}

/// Layers that the two lay out differently, and all others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// `weight` has its axes exchanged.
    Linear,
    /// `weight` and `bias`; in Burn `gamma` and `beta`. PyTorch counts the batches, and Burn does not.
    Norm,
    /// `weight`; in Burn `alpha`.
    Prelu,
    Other,
}

/// Which layers are of a kind.
#[derive(Clone, Debug)]
pub(crate) struct Layers {
    kind: Kind,
    pattern: Regex,
}

impl Layers {
    pub(crate) fn parse(rule: &str) -> Result<Self, String> {
        let (kind, pattern) = rule.split_once('=').ok_or("`=` is missing")?;
        let kind = match kind {
            "linear" => Kind::Linear,
            "norm" => Kind::Norm,
            "prelu" => Kind::Prelu,
            "other" => Kind::Other,
            _ => return Err("the kinds are linear, norm, prelu and other".into()),
        };
        let pattern = Regex::new(pattern).map_err(|error| error.to_string())?;
        Ok(Self { kind, pattern })
    }
}

/// What becomes of a tensor.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Adapted {
    pub(crate) name: String,
    /// Whether its two axes are exchanged.
    pub(crate) transposed: bool,
}

/// What becomes of each of `entries`; nothing of what the other layout has not.
pub(crate) fn adapt<'a>(
    direction: Adapt,
    rules: &[Layers],
    entries: impl Iterator<Item = &'a TensorEntry>,
) -> Result<Vec<Option<Adapted>>, Failure> {
    let mut used = vec![false; rules.len()];
    let mut unnamed = BTreeSet::new();
    let mut adapted = Vec::new();
    for entry in entries {
        let (layer, part) = entry.name.rsplit_once('.').unwrap_or(("", &entry.name));
        let rule = rules.iter().position(|rule| rule.pattern.is_match(layer));
        let kind = match rule {
            Some(rule) => {
                used[rule] = true;
                rules[rule].kind
            }
            None => {
                if must_be_named(direction, part, entry.shape.rank()) {
                    unnamed.insert(layer);
                }
                Kind::Other
            }
        };
        let transposed = kind == Kind::Linear && part == "weight";
        if transposed && entry.shape.rank() != 2 {
            let (name, axes) = (Escaped(&entry.name, NAME), entry.shape.rank());
            return Err(Failure::Usage(format!("`{name}` has {axes} axes: the weight of a linear layer has 2")));
        }
        adapted.push(renamed(direction, kind, part).map(|part| Adapted {
            name: if layer.is_empty() { part.to_owned() } else { format!("{layer}.{part}") },
            transposed,
        }));
    }
    if let Some(rule) = used.iter().position(|used| !used) {
        return Err(Failure::Usage(format!("no layer matches `{}`", rules[rule].pattern)));
    }
    if unnamed.is_empty() { Ok(adapted) } else { Err(Failure::Usage(which(&unnamed))) }
}

/// Whether a layer with this part, of so many axes, may be one that is laid out differently.
fn must_be_named(direction: Adapt, part: &str, rank: usize) -> bool {
    match direction {
        Adapt::PytorchToBurn => {
            part == "weight" && rank < 3
                || ["num_batches_tracked", "in_proj_weight", "weight_g", "weight_orig"].contains(&part)
                || part.starts_with("weight_ih_l")
        }
        Adapt::BurnToPytorch => part == "weight" && rank < 3 || ["gamma", "beta", "alpha"].contains(&part),
    }
}

/// The name of a layer's part in the other layout, if it is there.
fn renamed(direction: Adapt, kind: Kind, part: &str) -> Option<&str> {
    let names: &[(&str, &str)] = match kind {
        Kind::Norm => &[("weight", "gamma"), ("bias", "beta")],
        Kind::Prelu => &[("weight", "alpha")],
        Kind::Linear | Kind::Other => &[],
    };
    match direction {
        Adapt::PytorchToBurn if kind == Kind::Norm && part == "num_batches_tracked" => None,
        Adapt::PytorchToBurn => Some(names.iter().find(|(theirs, _)| *theirs == part).map_or(part, |(_, ours)| ours)),
        Adapt::BurnToPytorch => Some(names.iter().find(|(_, ours)| *ours == part).map_or(part, |(theirs, _)| theirs)),
    }
}

fn which(unnamed: &BTreeSet<&str>) -> String {
    /// As many as a person reads.
    const SHOWN: usize = 20;
    let shown: Vec<String> = unnamed.iter().take(SHOWN).map(|layer| format!("`{}`", Escaped(layer, NAME))).collect();
    let more = match unnamed.len().saturating_sub(SHOWN) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    format!(
        "the file does not say what these layers are: {}{more}: say it with `--layer KIND=REGEX`, where KIND is linear, norm, prelu, or \
         other for all that both lay out alike (embeddings, convolutions) and for what stays as it is",
        shown.join(", ")
    )
}

#[cfg(test)]
mod tests {
    use vellum::{DType, Shape};

    use super::*;

    fn entry(name: &str, shape: &[usize]) -> TensorEntry {
        let shape = Shape::new(shape).unwrap();
        TensorEntry { name: name.into(), dtype: DType::F32, shape, param_id: None, storage: None }
    }

    fn run(direction: Adapt, rules: &[&str], entries: &[TensorEntry]) -> Result<Vec<Option<Adapted>>, Failure> {
        let rules: Vec<_> = rules.iter().map(|rule| Layers::parse(rule).unwrap()).collect();
        adapt(direction, &rules, entries.iter())
    }

    fn names(adapted: &[Option<Adapted>]) -> Vec<(&str, bool)> {
        adapted.iter().flatten().map(|adapted| (adapted.name.as_str(), adapted.transposed)).collect()
    }

    #[test]
    fn there_and_back_is_where_it_began() {
        let theirs = [
            entry("fc.weight", &[2, 3]),
            entry("fc.bias", &[2]),
            entry("bn.weight", &[4]),
            entry("bn.bias", &[4]),
            entry("bn.running_mean", &[4]),
            entry("conv.weight", &[4, 1, 3, 3]),
            entry("emb.weight", &[9, 4]),
            entry("act.weight", &[1]),
            entry("bn.num_batches_tracked", &[]),
        ];
        let rules = ["linear=^fc$", "norm=^bn$", "other=^emb$", "prelu=^act$"];
        let ours = run(Adapt::PytorchToBurn, &rules, &theirs).unwrap();
        let expected = [
            ("fc.weight", true),
            ("fc.bias", false),
            ("bn.gamma", false),
            ("bn.beta", false),
            ("bn.running_mean", false),
            ("conv.weight", false),
            ("emb.weight", false),
            ("act.alpha", false),
        ];
        assert_eq!(names(&ours), expected);
        assert_eq!(ours.last(), Some(&None), "the count of batches is PyTorch's alone");
        let ours: Vec<_> =
            expected.iter().zip(&theirs).map(|((name, _), entry)| self::entry(name, entry.shape.dims())).collect();
        let back = run(Adapt::BurnToPytorch, &rules, &ours).unwrap();
        let back: Vec<_> = names(&back).into_iter().map(|(name, _)| name).collect();
        assert_eq!(back, theirs[..8].iter().map(|entry| entry.name.as_str()).collect::<Vec<_>>());
    }

    #[test]
    fn a_layer_that_could_be_another_must_be_named() {
        let of = |direction, name: &str, shape: &[usize]| run(direction, &[], &[entry(name, shape)]);
        for (name, shape) in
            [("a.weight", &[2, 3][..]), ("weight", &[3]), ("l.weight_ih_l0", &[8, 2]), ("m.in_proj_weight", &[6, 2])]
        {
            assert!(matches!(of(Adapt::PytorchToBurn, name, shape), Err(Failure::Usage(_))), "{name}");
        }
        for (name, shape) in [("a.weight", &[2, 3][..]), ("n.gamma", &[3]), ("p.alpha", &[1])] {
            assert!(matches!(of(Adapt::BurnToPytorch, name, shape), Err(Failure::Usage(_))), "{name}");
        }
        assert!(of(Adapt::PytorchToBurn, "conv.weight", &[4, 1, 3]).is_ok());
        assert!(of(Adapt::PytorchToBurn, "scale", &[4]).is_ok());
    }

    #[test]
    fn a_rule_that_is_wrong_is_told() {
        assert!(
            Layers::parse("linear").is_err() && Layers::parse("lstm=x").is_err() && Layers::parse("norm=(").is_err()
        );
        let weight = [entry("fc.weight", &[2, 3, 4])];
        assert!(run(Adapt::PytorchToBurn, &["linear=fc"], &weight).is_err(), "three axes");
        assert!(run(Adapt::PytorchToBurn, &["linear=fc2"], &weight).is_err(), "nothing of that name");
    }
}
