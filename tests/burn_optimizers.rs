//! The states of Burn's optimizers and learning rate schedulers, as plain records of the user's: the structs are Burn 0.21's.

use std::collections::HashMap;
use std::sync::Arc;

use vellum::backend::{Backend, NdArray, Tensor};
use vellum::format::TensorFile as _;
use vellum::record::{FileRecorder, ParamId, Record};
use vellum::recorder::{BinFileRecorder, NamedMpkFileRecorder, RecordFile};
use vellum::{Budget, Bytes, Device, Limits};
use vellum_tests::{fixture, fixture_bytes};

type Nd = NdArray<f32>;

/// What an optimizer's record is: the state of each parameter by its id, with its version and the parameter's rank.
type States<R> = HashMap<ParamId, Versioned<R>>;

#[derive(Record)]
enum Versioned<R> {
    V1(R),
}

/// A state for each rank. Bincode has the ranks by number, so that all before the highest must be there.
macro_rules! by_rank {
    ($name:ident, $state:ident) => {
        #[derive(Record)]
        enum $name<B: Backend> {
            Rank0($state<B, 0>),
            Rank1($state<B, 1>),
            Rank2($state<B, 2>),
        }

        impl<B: Backend> $name<B> {
            /// The state of a bias.
            fn rank1(&self) -> Option<&$state<B, 1>> {
                match self {
                    Self::Rank1(state) => Some(state),
                    Self::Rank0(_) | Self::Rank2(_) => None,
                }
            }
        }
    };
}

/// Of Adam and of AdamW.
#[derive(Record)]
struct Adam<B: Backend, const D: usize> {
    momentum: Moments<B, D>,
}

#[derive(Record)]
struct Moments<B: Backend, const D: usize> {
    time: usize,
    moment_1: Tensor<B, D>,
    moment_2: Tensor<B, D>,
    max_moment_2: Option<Tensor<B, D>>,
}

#[derive(Record)]
struct Sgd<B: Backend, const D: usize> {
    momentum: Option<Velocity<B, D>>,
}

#[derive(Record)]
struct Velocity<B: Backend, const D: usize> {
    velocity: Tensor<B, D>,
}

#[derive(Record)]
struct RmsProp<B: Backend, const D: usize> {
    square_avg: SquareAverage<B, D>,
    centered: Centered<B, D>,
    momentum: Option<RmsVelocity<B, D>>,
}

#[derive(Record)]
struct SquareAverage<B: Backend, const D: usize> {
    square_avg: Tensor<B, D>,
}

#[derive(Record)]
struct Centered<B: Backend, const D: usize> {
    grad_avg: Option<Tensor<B, D>>,
    avg: Tensor<B, D>,
}

#[derive(Record)]
struct RmsVelocity<B: Backend, const D: usize> {
    buf: Tensor<B, D>,
}

by_rank!(AdamByRank, Adam);
by_rank!(SgdByRank, Sgd);
by_rank!(RmsPropByRank, RmsProp);

/// Loads a file of Burn's, checks it, and checks what comes back of it from a file of ours.
fn opens<R: Record, F: FileRecorder>(name: &str, check: fn(&R)) {
    let path = fixture(&format!("burn/optimizers/{name}.{}", F::file_extension()));
    let recorder = F::default();
    let record: R = recorder.load(path, Device::default()).unwrap_or_else(|error| panic!("{error}"));
    check(&record);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    recorder.save_tree(&record.tree(), R::schema, path.clone()).unwrap();
    check(&recorder.load(path, Device::default()).unwrap());
}

fn opens_both<R: Record>(name: &str, check: fn(&R)) {
    opens::<R, NamedMpkFileRecorder>(name, check);
    opens::<R, BinFileRecorder>(name, check);
}

/// The state of the one bias that has one element. The loss is the sum of what it is added to, so that its gradient was 1 in both
/// steps.
fn bias<R, S>(states: &States<R>, rank1: fn(&R) -> Option<&S>, first: fn(&S) -> &Tensor<Nd, 1>) -> &S {
    assert_eq!(states.len(), 4);
    let state =
        states.values().find_map(|Versioned::V1(state)| rank1(state).filter(|state| first(state).dims() == [1]));
    state.unwrap()
}

#[track_caller]
fn near(tensor: &Tensor<Nd, 1>, expected: f32) {
    let [found] = tensor.elements() else { panic!("one element") };
    assert!((found - expected).abs() <= 1e-6, "{found} is not {expected}");
}

#[test]
fn the_moments_of_adam_and_adamw() {
    let check = |states: &States<AdamByRank<Nd>>| {
        let Adam { momentum } = bias(states, AdamByRank::rank1, |state| &state.momentum.moment_1);
        assert_eq!((momentum.time, momentum.max_moment_2.is_none()), (2, true));
        near(&momentum.moment_1, 0.9 * 0.1 + 0.1);
        near(&momentum.moment_2, 0.999 * 0.001 + 0.001);
    };
    opens_both("adam_full", check);
    opens_both("adamw_full", check);
}

#[test]
fn the_velocity_of_stochastic_gradient_descent() {
    opens_both("sgd_full", |states: &States<SgdByRank<Nd>>| {
        let velocity = |state: &Sgd<Nd, 1>| state.momentum.as_ref().unwrap().velocity.clone();
        let mut velocities = states.values().filter_map(|Versioned::V1(state)| state.rank1()).map(velocity);
        // The second step has a dampening of 0.1.
        near(&velocities.find(|velocity| velocity.dims() == [1]).unwrap(), 0.9 + 0.9);
    });
}

#[test]
fn states_that_hold_nothing_open_with_their_type_and_without() {
    opens_both("sgd_plain_full", |states: &States<SgdByRank<Nd>>| {
        assert_eq!(states.len(), 2);
        assert!(states.values().all(|Versioned::V1(state)| state.rank1().is_none_or(|state| state.momentum.is_none())));
    });
    for extension in ["bin", "mpk"] {
        let bytes = fixture_bytes(&format!("burn/optimizers/sgd_plain_full.{extension}"));
        let budget = Budget::new(Limits::default(), bytes.len() as u64);
        let file = RecordFile::open(Arc::new(Bytes::from(bytes)), &budget).unwrap();
        assert!(file.tensors().is_empty() && file.verify().is_ok());
    }
}

#[test]
fn the_averages_of_rmsprop() {
    opens_both("rmsprop_full", |states: &States<RmsPropByRank<Nd>>| {
        let state = bias(states, RmsPropByRank::rank1, |state| &state.square_avg.square_avg);
        near(&state.square_avg.square_avg, 0.99 * 0.01 + 0.01);
        near(&state.centered.avg, 0.99 * 0.01 + 0.01);
        assert!(state.centered.grad_avg.is_none() && state.momentum.as_ref().unwrap().buf.elements()[0] > 0.0);
    });
}

#[test]
fn the_steps_of_schedulers() {
    opens_both("noam_full", |steps: &usize| assert_eq!(*steps, 300));
    // It counts from the second step on.
    opens_both("cosine_full", |steps: &usize| assert_eq!(*steps, 299));
}
