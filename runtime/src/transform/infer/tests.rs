use alloc::string::ToString;

use super::*;

fn named(names: &[(&str, &[usize])]) -> Vec<Named> {
    names.iter().map(|(name, shape)| (name.to_string(), Shape::new(*shape).unwrap())).collect()
}

/// The inferred rules, checked to make each wanted name.
fn inferred(file: &[(&str, &[usize])], wanted: &[(&str, &[usize])]) -> Remapping {
    let (file, wanted) = (named(file), named(wanted));
    let remapping = infer(&file, &wanted).unwrap_or_else(|| panic!("nothing inferred"));
    let remapper = remapper(&remapping).unwrap();
    for (name, shape) in &wanted {
        assert!(file.iter().any(|(from, own)| remapper.rename(from) == *name && own == shape), "{name}: {remapping}");
    }
    remapping
}

fn rules(remapping: &Remapping) -> Vec<(&str, &str)> {
    remapping.rules.iter().map(|(from, to)| (from.as_str(), to.as_str())).collect()
}

#[test]
fn a_prefix_is_dropped_or_added() {
    let inner: &[(&str, &[usize])] = &[("fc1.weight", &[3, 4]), ("fc1.bias", &[3]), ("fc2.weight", &[3, 4])];
    let outer: &[(&str, &[usize])] =
        &[("a.m.fc1.weight", &[3, 4]), ("a.m.fc1.bias", &[3]), ("a.m.fc2.weight", &[3, 4])];
    let remapping = inferred(outer, inner);
    assert_eq!((rules(&remapping), remapping.ambiguous), (alloc::vec![(r"^a\.m\.", "")], false));
    assert_eq!(rules(&inferred(inner, outer)), [("^", "a.m.")]);
    // The order in which the pairs are found is no other choice.
    let remapping = inferred(&[("m.w", &[3, 4]), ("m.b", &[3])], &[("w", &[3, 4]), ("b", &[3])]);
    assert_eq!((rules(&remapping), remapping.ambiguous), (alloc::vec![(r"^m\.", "")], false));
}

#[test]
fn renamed_parts_are_found_by_their_shapes() {
    let remapping = inferred(
        &[("fc1.weight", &[8, 4]), ("fc1.bias", &[8]), ("fc2.weight", &[2, 8]), ("fc2.bias", &[2])],
        &[
            ("linear_in.weight", &[8, 4]),
            ("linear_in.bias", &[8]),
            ("linear_out.weight", &[2, 8]),
            ("linear_out.bias", &[2]),
        ],
    );
    assert_eq!((remapping.rules.len(), remapping.ambiguous, remapping.matches), (2, false, 4));
}

#[test]
fn a_renamed_part_of_every_layer_is_one_rule() {
    let remapping = inferred(
        &[("h.0.attn.w", &[4, 4]), ("h.0.mlp.w", &[8, 4]), ("h.1.attn.w", &[4, 4]), ("h.1.mlp.w", &[8, 4])],
        &[
            ("layers.0.attention.w", &[4, 4]),
            ("layers.0.mlp.w", &[8, 4]),
            ("layers.1.attention.w", &[4, 4]),
            ("layers.1.mlp.w", &[8, 4]),
        ],
    );
    assert_eq!((remapping.rules.len(), remapping.ambiguous), (2, false), "{remapping}");
}

#[test]
fn numbers_are_shifted_either_way() {
    let zero: &[(&str, &[usize])] = &[("l.0.w", &[2, 2]), ("l.1.w", &[2, 2]), ("l.2.w", &[2, 2])];
    let one: &[(&str, &[usize])] = &[("l.1.w", &[2, 2]), ("l.2.w", &[2, 2]), ("l.3.w", &[2, 2])];
    assert!(!inferred(zero, one).ambiguous && !inferred(one, zero).ambiguous);
    inferred(
        &[("fc.0.w", &[2]), ("fc.2.w", &[2]), ("fc.4.w", &[2])],
        &[("fc.0.w", &[2]), ("fc.1.w", &[2]), ("fc.2.w", &[2])],
    );
    let remapping = inferred(&[("conv1.w", &[2]), ("conv2.w", &[2])], &[("convs.0.w", &[2]), ("convs.1.w", &[2])]);
    assert!(!remapping.ambiguous, "{remapping}");
}

#[test]
fn a_variant_is_a_component_more() {
    let remapping =
        inferred(&[("act.alpha", &[1]), ("fc.w", &[2, 2])], &[("act.PRelu.alpha", &[1]), ("fc.w", &[2, 2])]);
    assert_eq!((remapping.rules.len(), remapping.ambiguous), (1, false));
}

#[test]
fn what_could_be_otherwise_is_ambiguous() {
    let remapping = inferred(&[("a.w", &[2]), ("b.w", &[2])], &[("left.w", &[2]), ("right.w", &[2])]);
    assert!(remapping.ambiguous);
    let remapping = inferred(&[("model.w", &[2]), ("ema.w", &[2])], &[("w", &[2])]);
    assert!(remapping.ambiguous);
}

#[test]
fn what_does_not_fit_has_no_rules() {
    let file = named(&[("a.w", &[2, 3]), ("b.w", &[2])]);
    assert!(infer(&file, &named(&[("x.w", &[3, 2]), ("y.w", &[2])])).is_none());
    assert!(infer(&file, &named(&[("x.w", &[2]), ("y.w", &[2]), ("z.w", &[2])])).is_none());
    assert!(infer(&file, &[]).is_none());
}
