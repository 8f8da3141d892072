//! Tied parameters: one value in several places, in modules and in records.

use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use ndarray::{Array1, array};
use vellum::module::{LeafMut, ModuleVisitorMut, Owner};
use vellum::record::{LeafRef, TieId};
use vellum::recorder::{BinBytesRecorder, FullPrecisionSettings, Recorder as _};
use vellum::{DType, Device, Module, ModuleVisitor, Param, Shape, TensorData, TensorPath, Tied};

use super::paths;

#[derive(Module)]
struct Coder {
    encode: Tied<Param<Array1<f32>>>,
    decode: Tied<Param<Array1<f32>>>,
}

struct Ties(Vec<TieId>);

impl ModuleVisitor for Ties {
    fn visit(&mut self, _path: &TensorPath, leaf: &LeafRef<'_>, _owners: &[Owner]) {
        self.0.extend(leaf.tie());
    }
}

#[test]
fn ties_last_through_records_and_their_clones() {
    let encode = Tied::new(Param::new(array![1.0]));
    let coder = Coder { decode: encode.share(), encode };
    let record = coder.record();
    assert!(record.clone().encode.is_tied_to(&record.decode));
    let copy = Coder::init_with(record);
    assert!(copy.encode.is_tied_to(&copy.decode) && !copy.encode.is_tied_to(&coder.encode));
    assert_eq!(copy.num_params(), 1);
}

#[test]
fn a_record_of_ties_is_what_the_module_was_when_it_was_made() {
    let encode = Tied::new(Param::new(array![1.0]));
    let coder = Coder { decode: encode.share(), encode };
    let record = coder.record();
    coder.encode.update(|param| param.make_mut()[0] = 2.0);
    assert_eq!(coder.decode.get().val(), array![2.0]);
    let copy = record.clone();
    copy.encode.update(|param| param.make_mut()[0] = 3.0);
    assert!(!copy.encode.is_tied_to(&copy.decode));
    let restored = Coder::init_with(record);
    assert_eq!((restored.encode.get().val(), restored.decode.get().val()), (array![1.0], array![1.0]));
    assert!(restored.encode.is_tied_to(&restored.decode));
}

#[test]
fn a_record_that_a_module_became_changes_with_no_other() {
    let encode = Tied::new(Param::new(array![1.0]));
    let other = encode.share();
    let record = Coder { decode: encode.share(), encode }.into_record();
    assert!(record.encode.is_tied_to(&record.decode));
    other.update(|param| param.make_mut()[0] = 9.0);
    assert_eq!(record.encode.get().val(), array![1.0]);
    record.decode.update(|param| param.make_mut()[0] = 3.0);
    assert_eq!(other.get().val(), array![9.0]);
}

#[test]
fn a_record_of_two_moments_has_both_values_and_no_tie() {
    let encode = Tied::new(Param::new(array![1.0]));
    let coder = Coder { decode: encode.share(), encode };
    let before = coder.record();
    coder.decode.update(|param| param.make_mut()[0] = 7.0);
    let mixed = || CoderRecord { encode: before.encode.share(), ..coder.record() };
    let recorder = BinBytesRecorder::<FullPrecisionSettings>::default();
    let saved = recorder.record(mixed(), ()).unwrap();
    for record in [mixed(), recorder.load(saved, Device::default()).unwrap()] {
        let copy = Coder::init_with(record);
        assert_eq!((copy.encode.get().val(), copy.decode.get().val()), (array![1.0], array![7.0]));
        assert!(!copy.encode.is_tied_to(&copy.decode));
    }
}

#[test]
fn a_tie_is_never_taken_for_one_that_was_before() {
    let (one, other) = (Tied::new(Param::new(array![1.0])), Tied::new(Param::new(array![1.0])));
    let mut ties = Ties(Vec::new());
    for _ in 0..100 {
        one.visit(&mut ties);
        one.update(|_| ());
        other.update(|_| ());
        other.visit(&mut ties);
    }
    assert_eq!(ties.0.iter().collect::<BTreeSet<_>>().len(), 200);
}

#[test]
fn what_is_tied_is_given_to_be_changed_once() {
    struct Doubling(Vec<String>);

    impl ModuleVisitorMut for Doubling {
        fn visit_mut(&mut self, path: &TensorPath, leaf: &mut LeafMut<'_>, _owners: &[Owner]) {
            self.0.push(path.to_string());
            let doubled: Vec<f32> = leaf.data().unwrap().as_slice::<f32>().unwrap().iter().map(|x| x * 2.0).collect();
            leaf.set(TensorData::from_vec(doubled, leaf.shape()).unwrap()).unwrap();
        }
    }

    let encode = Tied::new(Param::new(array![1.0]));
    let mut coder = Coder { decode: encode.share(), encode };
    let mut doubling = Doubling(Vec::new());
    coder.visit_mut(&mut doubling);
    assert_eq!(doubling.0, ["encode"]);
    assert_eq!(coder.decode.get().val(), array![2.0]);
    assert_eq!(paths(&coder), ["encode", "decode"]);
}

#[test]
fn a_tied_parameter_may_be_changed_while_it_is_walked() {
    struct Changing<'a>(&'a Tied<Param<Array1<f32>>>);

    impl ModuleVisitor for Changing<'_> {
        fn visit(&mut self, _path: &TensorPath, _leaf: &LeafRef<'_>, _owners: &[Owner]) {
            self.0.update(|param| param.make_mut()[0] += 1.0);
        }
    }

    let encode = Tied::new(Param::new(array![0.0]));
    let coder = Coder { decode: encode.share(), encode: encode.share() };
    coder.visit(&mut Changing(&encode));
    assert!(coder.encode.get().val()[0] > 0.0);
}

/// What `f` gives, in a thread that is given up if it waits for itself.
fn ends<T: Send + 'static>(f: impl FnOnce() -> T + Send + 'static) -> T {
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || sender.send(f()));
    receiver.recv_timeout(Duration::from_secs(60)).expect("it ends, and without a panic")
}

fn tied(x: f32) -> (Tied<Param<Array1<f32>>>, Tied<Param<Array1<f32>>>) {
    let one = Tied::new(Param::new(array![x]));
    (one.share(), one)
}

#[test]
fn whoever_reads_a_parameter_while_it_is_updated_has_the_old_value_at_once() {
    let seen = ends(|| {
        let (one, other) = tied(1.0);
        let mut seen = Vec::new();
        one.update(|param| {
            param.make_mut()[0] = 5.0;
            seen.push(one.get().val()[0]);
            seen.push(other.get().val()[0]);
            thread::scope(|scope| {
                scope.spawn(|| seen.push(other.get().val()[0]));
            });
            let coder = Coder { encode: one.share(), decode: other.share() };
            seen.push(coder.state_dict().unwrap().get("decode").unwrap().as_slice::<f32>().unwrap()[0]);
            param.make_mut()[0] += other.get().val()[0];
        });
        seen.push(other.get().val()[0]);
        seen
    });
    assert_eq!(seen, [1.0, 1.0, 1.0, 1.0, 6.0]);
}

#[test]
fn a_lazy_value_is_made_of_the_others_places_while_it_is_updated() {
    let made = ends(|| {
        let (one, other) = tied(2.0);
        let source = other.share();
        one.update(|param| {
            *param = Param::lazy(DType::F32, Shape::new([1]).unwrap(), Device::Cpu, move |_| source.get().val());
            param.make_mut()[0] += 1.0;
        });
        other.get().val()
    });
    assert_eq!(made, array![3.0]);
}

#[test]
fn no_update_of_several_threads_is_lost() {
    let (one, other) = tied(0.0);
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for _ in 0..250 {
                    one.update(|param| {
                        thread::yield_now();
                        param.make_mut()[0] += 1.0;
                    });
                }
            });
        }
    });
    assert_eq!(other.get().val(), array![1000.0]);
}

#[test]
fn a_panic_in_an_update_leaves_the_old_value_and_later_updates_do_not_mind() {
    let (one, other) = tied(1.0);
    let before = other.share();
    let key = |tied: &Tied<Param<Array1<f32>>>| {
        let mut ties = Ties(Vec::new());
        tied.visit(&mut ties);
        ties.0
    };
    let first = key(&one);
    let update = || {
        one.update(|param| {
            param.make_mut()[0] = 9.0;
            panic!("half done");
        });
    };
    assert!(catch_unwind(AssertUnwindSafe(update)).is_err());
    assert_eq!((before.get().val(), key(&one)), (array![1.0], first));
    other.update(|param| param.make_mut()[0] += 1.0);
    assert_eq!(one.get().val(), array![2.0]);
}

#[test]
fn an_update_within_an_update_of_the_same_parameter_panics_and_changes_nothing() {
    let value = ends(|| {
        let (one, other) = tied(1.0);
        let update = || one.update(|_| other.update(|param| param.make_mut()[0] = 9.0));
        let panic = catch_unwind(AssertUnwindSafe(update)).unwrap_err();
        let said = panic.downcast_ref::<&str>().expect("a message");
        assert!(said.contains("within an update of it"), "{said}");
        other.get().val()
    });
    assert_eq!(value, array![1.0]);
}

#[test]
fn an_update_within_an_update_of_another_parameter_is_an_update() {
    let values = ends(|| {
        let ((one, _), (other, _)) = (tied(1.0), tied(2.0));
        one.update(|param| other.update(|second| std::mem::swap(param, second)));
        (one.get().val(), other.get().val())
    });
    assert_eq!(values, (array![2.0], array![1.0]));
}

/// Where it would panic half way, a part of the module would be of the record.
#[test]
fn a_load_in_place_within_an_update_panics_before_it_changes_anything() {
    #[derive(Module)]
    struct Beside {
        own: Param<Array1<f32>>,
        tied: Tied<Param<Array1<f32>>>,
    }

    let values = ends(|| {
        let (one, other) = tied(1.0);
        let mut module = Beside { own: Param::new(array![1.0]), tied: other };
        let record = Beside { own: Param::new(array![5.0]), tied: tied(5.0).0 }.into_record();
        let update = || one.update(|_| drop(module.try_load_record(record)));
        assert!(catch_unwind(AssertUnwindSafe(update)).is_err());
        (module.own.val(), module.tied.get().val())
    });
    assert_eq!(values, (array![1.0], array![1.0]));
}

#[test]
fn what_is_made_of_a_record_changes_neither_the_record_nor_its_module() {
    let (encode, decode) = tied(1.0);
    let coder = Coder { encode, decode };
    let record = coder.record();
    let copy = Coder::init_with(record.clone());
    copy.encode.update(|param| param.make_mut()[0] = 2.0);
    assert_eq!((copy.decode.get().val(), record.decode.get().val()), (array![2.0], array![1.0]));
    coder.decode.update(|param| param.make_mut()[0] = 3.0);
    assert_eq!((copy.decode.get().val(), record.decode.get().val()), (array![2.0], array![1.0]));
    assert_eq!(coder.encode.get().val(), array![3.0]);
}

#[test]
fn ids_and_flags_and_laziness_last_through_records_and_loads() {
    let lazy =
        Param::lazy(DType::F32, Shape::new([1]).unwrap(), Device::Cpu, |_| array![1.0f32]).set_require_grad(false);
    let encode = Tied::new(lazy);
    let coder = Coder { decode: encode.share(), encode };
    let mut copy = Coder::init_with(coder.record());
    for param in [coder.encode.get(), copy.encode.get(), copy.decode.get()] {
        assert!(!param.is_initialized() && !param.is_require_grad());
        assert_eq!(param.id(), coder.encode.get().id());
    }
    let (encode, decode) = tied(5.0);
    let id = encode.get().id();
    copy.try_load_record(Coder { encode, decode }.into_record()).unwrap();
    let loaded = copy.decode.get();
    assert_eq!((loaded.id(), loaded.is_require_grad(), loaded.val()), (id, false, array![5.0]));
    assert!(!coder.encode.get().is_initialized(), "a load makes no first value");
}
