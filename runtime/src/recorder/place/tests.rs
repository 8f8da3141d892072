use alloc::vec;

use super::*;
use crate::limits::Limits;
use crate::record::{FileData, MatrixLayout};
use crate::tensor::TensorData;
use crate::value::Value;

fn place(item: Item, said: Said) -> Result<Item> {
    super::place(item, said, &Budget::new(Limits::default(), 0))
}

fn map(entries: Vec<(&str, Item)>) -> Item {
    Item::Map(entries.into_iter().map(|(name, item)| (name.to_string(), item)).collect())
}

fn constants(list: &[(&str, i64)]) -> Said {
    let constants = list.iter().map(|(path, n)| ((*path).to_string(), Stored::Tree(Value::Int(*n)))).collect();
    Said { constants, ..Said::default() }
}

#[test]
fn constants_go_into_their_slots_at_any_depth() {
    let item = map(vec![("a", Item::Nil), ("b", Item::Seq(vec![Item::Nil, map(vec![("c", Item::Nil)])]))]);
    let placed = place(item, constants(&[("a", 1), ("b.0", 2), ("b.1.c", 3)])).unwrap();
    let expected = r#"Map([("a", Value(Int(1))), ("b", Seq([Value(Int(2)), Map([("c", Value(Int(3)))])]))])"#;
    assert_eq!(format!("{placed:?}"), expected);
}

#[test]
fn a_stateless_slot_takes_all_constants_beneath_it_and_no_others() {
    let item = map(vec![("act", Item::Nil), ("act2", Item::Nil)]);
    let mut said = constants(&[("act.Leaky.slope", 1), ("act.Leaky.in.n", 2), ("act2", 3)]);
    said.constants.push(("act".into(), Stored::Tree(Value::Str("Leaky".into()))));
    let placed = place(item, said).unwrap();
    let inner = r#"Map([("in", Map([("n", Value(Int(2)))])), ("slope", Value(Int(1)))])"#;
    assert_eq!(format!("{placed:?}"), format!(r#"Map([("act", Map([("Leaky", {inner})])), ("act2", Value(Int(3)))])"#));
}

#[test]
fn names_that_sort_otherwise_as_text_than_by_their_parts_stay_together() {
    let said = constants(&[("a.b.x", 1), ("a.b-c", 2), ("a.b.y", 3), ("a.b-", 4)]);
    let placed = place(map(vec![("a", Item::Nil)]), said).unwrap();
    let b = r#"Map([("x", Value(Int(1))), ("y", Value(Int(3)))])"#;
    let expected = format!(r#"Map([("a", Map([("b", {b}), ("b-", Value(Int(4))), ("b-c", Value(Int(2)))]))])"#);
    assert_eq!(format!("{placed:?}"), expected);
}

#[test]
fn what_is_said_of_a_tensor_is_of_the_one_at_its_path() {
    let matrix = || {
        let data = FileData::Typed(TensorData::from_vec(vec![1f32, 2.], [1, 2]).unwrap());
        Item::from(FileTensor { id: None, tie: None, layout: MatrixLayout::Rows, data })
    };
    let inner = map(vec![("b", matrix()), ("b-", matrix()), ("b.c", matrix()), ("", matrix())]);
    let mut placed = Vec::new();
    for (columns, ties) in [(&["a.b.c", "a.b", "d"][..], &[["a.", "a.b-"], ["d", "a.b.c"]][..]), (&[], &[["d", "a.b"]])]
    {
        let columns = columns.iter().map(ToString::to_string).collect();
        let ties = ties.iter().map(|tie| tie.map(String::from).to_vec()).collect();
        let item = map(vec![("a", inner.clone()), ("d", matrix())]);
        let Item::Map(mut entries) = place(item, Said { columns, ties, ..Said::default() }).unwrap() else { panic!() };
        let d = entries.pop().unwrap();
        let Item::Map(inner) = entries.pop().unwrap().1 else { panic!() };
        let said = inner.into_iter().chain([d]).map(|(name, item)| match item {
            Item::Tensor(tensor) => (name, tensor.shape().to_vec(), tensor.tie),
            other => panic!("{other:?}"),
        });
        placed.push(said.map(|(name, shape, tie)| format!("{name} {shape:?} {tie:?}")).collect::<Vec<_>>());
    }
    assert_eq!(
        placed[0],
        ["b [2, 1] None", "b- [1, 2] Some(0)", "b.c [2, 1] Some(1)", " [1, 2] Some(0)", "d [2, 1] Some(1)"]
    );
    assert_eq!(
        placed[1],
        ["b [1, 2] Some(0)", "b- [1, 2] None", "b.c [1, 2] None", " [1, 2] None", "d [1, 2] Some(0)"]
    );
}

#[test]
fn an_option_that_is_there_is_told_from_one_that_is_not_at_each_level() {
    let item = map(vec![("a", Item::Nil), ("b", Item::Nil), ("c", Item::Seq(vec![Item::Nil, Item::Nil]))]);
    let present = ["b", "b", "c.1"].map(String::from).to_vec();
    let placed = place(item, Said { present, ..Said::default() }).unwrap();
    let expected = r#"Map([("a", Nil), ("b", Some(Some(Nil))), ("c", Seq([Nil, Some(Nil)]))])"#;
    assert_eq!(format!("{placed:?}"), expected);
    let deep = vec!["a".to_string(); 1 << 20];
    assert!(place(map(vec![("a", Item::Nil)]), Said { present: deep, ..Said::default() }).is_err());
}

#[test]
fn what_has_no_place_is_an_error_and_not_dropped() {
    let item = || map(vec![("a", Item::Value(Value::Int(7)))]);
    for path in ["a", "b", ""] {
        assert!(place(item(), constants(&[(path, 1)])).is_err(), "{path}");
        let path = vec![path.to_string()];
        assert!(place(item(), Said { present: path.clone(), ..Said::default() }).is_err(), "{path:?}");
        assert!(place(item(), Said { columns: path.clone(), ..Said::default() }).is_err(), "{path:?}");
        assert!(place(item(), Said { ties: vec![path.clone()], ..Said::default() }).is_err(), "{path:?}");
    }
    let deep = vec!["a"; 1 << 20].join(".");
    assert!(place(map(vec![("a", Item::Nil)]), constants(&[(&deep, 1)])).is_err());
    assert!(place(map(vec![("a", Item::Nil)]), constants(&[("a", 1), ("a", 2)])).is_err());
    let twice = || vec!["a".to_string(); 2];
    for said in [
        Said { columns: twice(), ..Said::default() },
        Said { ties: vec![twice()], ..Said::default() },
        Said { ties: twice().into_iter().map(|path| vec![path]).collect(), ..Said::default() },
    ] {
        let error = place(map(vec![("a", Item::Nil)]), said).unwrap_err().to_string();
        assert!(error.contains("one path"), "{error}");
    }
}

#[test]
fn a_constant_goes_into_the_slot_with_the_longest_path_that_leads_to_it() {
    let inner = || map(vec![("b", Item::Nil), ("b.c", Item::Nil), ("b-", Item::Nil), ("", Item::Nil)]);
    let item = map(vec![("a.b.c.d", Item::Nil), ("a", inner()), ("a.b.x", Item::Nil), ("", inner())]);
    let said = &[
        ("a.b.n", 1),
        ("a.b.c.n", 2),
        ("a.b.c.d", 3),
        ("a.b.c.d.e", 4),
        ("a.b.x", 5),
        ("a.b-", 6),
        ("a.", 7),
        (".b.c", 8),
    ];
    let placed = place(item, constants(said)).unwrap();
    let n = |n| format!(r#"Map([("n", Value(Int({n})))])"#);
    let (a, other) = (
        format!(r#"Map([("b", {}), ("b.c", {}), ("b-", Value(Int(6))), ("", Value(Int(7)))])"#, n(1), n(2)),
        r#"Map([("b", Nil), ("b.c", Value(Int(8))), ("b-", Nil), ("", Nil)])"#,
    );
    let d = r#"Map([("e", Value(Int(4)))])"#;
    assert_eq!(
        format!("{placed:?}"),
        format!(r#"Map([("a.b.c.d", {d}), ("a", {a}), ("a.b.x", Value(Int(5))), ("", {other})])"#)
    );
}

#[test]
fn what_is_said_of_a_path_that_two_slots_have_is_an_error() {
    let item = || map(vec![("a", map(vec![("b.c", Item::Nil)])), ("a.b", map(vec![("c", Item::Nil)]))]);
    for path in ["a.b.c", "a.b.c.d"] {
        let error = place(item(), constants(&[(path, 1)])).unwrap_err().to_string();
        assert!(error.contains("several slots"), "{path}: {error}");
    }
    let error = place(item(), Said { present: vec!["a.b.c".into()], ..Said::default() }).unwrap_err().to_string();
    assert!(error.contains("several slots"), "{error}");
    let mut with_another = item();
    let Item::Map(entries) = &mut with_another else { panic!() };
    entries.push(("a.b.c.d".into(), Item::Nil));
    let placed = place(with_another, constants(&[("a.b.c.d", 1)])).unwrap();
    assert!(format!("{placed:?}").ends_with(r#"("a.b.c.d", Value(Int(1)))])"#), "{placed:?}");
}

#[test]
fn the_root_can_be_a_slot_and_an_empty_key_is_a_step() {
    let placed = |item, said: &[_]| format!("{:?}", place(item, constants(said)).unwrap());
    assert_eq!(placed(Item::Nil, &[("", 1)]), "Value(Int(1))");
    assert_eq!(placed(Item::Nil, &[("a.b", 1)]), r#"Map([("a", Map([("b", Value(Int(1)))]))])"#);
    assert_eq!(placed(map(vec![("", Item::Nil)]), &[(".a", 1)]), r#"Map([("", Map([("a", Value(Int(1)))]))])"#);
    assert_eq!(
        placed(map(vec![("", map(vec![("", Item::Nil)]))]), &[(".", 1)]),
        r#"Map([("", Map([("", Value(Int(1)))]))])"#
    );
    assert!(place(map(vec![("", Item::Nil)]), constants(&[("a", 1)])).is_err());
}

#[test]
fn what_placing_takes_is_given_back() {
    let count = 1000;
    let item = || Item::Map((0..count).map(|n| (format!("a.{n}"), Item::Nil)).collect());
    let budget = Budget::new(Limits::default(), 0);
    for _ in 0..1000 {
        let constants = (0..count).map(|n| (format!("a.{n}"), Stored::Tree(Value::Int(n)))).collect();
        super::place(item(), Said { constants, ..Said::default() }, &budget).unwrap();
    }
}
