//! One parameter in several places.

use std::any::{Any, TypeId};
use std::collections::BTreeMap;
use std::mem;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use super::Module;
use super::build::Builder;
use super::param::{Buffer, Param};
use super::slot::{LeafMut, Slot};
use super::turn::{Held, Turn};
use crate::device::Device;
use crate::dtype::DType;
use crate::error::Result;
use crate::path::TensorPath;
use crate::record::{
    Binder, Item, Leaf, LeafRef, MatrixLayout, ParamId, Record, Role, Schema, TensorSource, TieId, Tree,
};
use crate::report::Difference;
use crate::shape::Shape;
use crate::tensor::{TensorData, TensorView};

/// One parameter in several places: one value in memory, the same for all of them also after it changes. Needs the feature `std`.
///
/// A tie is declared by using this type and made by [`Tied::share`]; equal values are never taken for one. Loading in place gives all places
/// the same new value, and a file whose copies differ is refused. Loading by value ties what the file says is tied: a file of another
/// program's says nothing, and gives each place a parameter of its own.
///
/// `clone` makes a parameter of its own, so that a cloned model does not change with the first. The places within the clone part, too, because
/// each is cloned by itself: a copy that keeps its ties is `Model::init_with(model.record())`.
///
/// A record has the value that the parameter had when it was made. Its places are tied until one of them is changed; those of records that were
/// made before and after a change are not. So do not let another thread change the parameter while a record is made or a module saved: places
/// that are read before and after the change are two parameters.
///
/// ```
/// use ndarray::{array, Array2};
/// use vellum::{Module, Param, Tied};
///
/// #[derive(Module)]
/// struct Coder {
///     encode: Tied<Param<Array2<f32>>>,
///     decode: Tied<Param<Array2<f32>>>,
/// }
///
/// let encode = Tied::new(Param::new(array![[1.0, 2.0]]));
/// let coder = Coder { decode: encode.share(), encode };
/// coder.encode.update(|param| param.make_mut()[[0, 0]] = 7.0);
/// assert_eq!(coder.decode.get().val(), array![[7.0, 2.0]]);
/// assert_eq!(coder.num_params(), 2);
/// ```
#[derive(Debug)]
pub struct Tied<P>(Arc<Places<P>>);

/// What the places of a parameter have in common.
#[derive(Debug)]
struct Places<P> {
    /// Held while this is read or replaced, and never while a user's code runs.
    shared: RwLock<Shared<P>>,
    /// Who changes the parameter: one after the other, from reading the old value to putting the new one in its place.
    turn: Turn,
}

#[derive(Debug)]
struct Shared<P> {
    /// Replaced and never changed: walks, records and modules that were made of these hold it as well.
    param: Arc<P>,
    /// Tells which places are one parameter: those of a record have no lock in common. Another at every change, so that what has the same key has
    /// the same value.
    key: TieId,
}

impl<P> Clone for Shared<P> {
    fn clone(&self) -> Self {
        Self { param: Arc::clone(&self.param), key: self.key }
    }
}

impl<P: Parameter> Tied<P> {
    /// A parameter that other places can share.
    pub fn new(param: P) -> Self {
        Self::of(Shared { param: Arc::new(param), key: new_key() })
    }

    fn of(shared: Shared<P>) -> Self {
        Self(Arc::new(Places { shared: RwLock::new(shared), turn: Turn::default() }))
    }

    /// The same parameter, for another place.
    #[must_use]
    pub fn share(&self) -> Self {
        Self(Arc::clone(&self.0))
    }

    /// The parameter as it is now; with Vellum's tensors without a copy of the elements.
    pub fn get(&self) -> P {
        P::clone(&self.read())
    }

    /// Changes the parameter in all its places; in a record that a module gave, in this one.
    ///
    /// The closure changes a copy, which then becomes the parameter. Until then all who read it, the closure among them, have the old value, and
    /// if the closure panics, it stays. With plain arrays that takes memory for a second value; other tensors are copied when their elements
    /// are changed.
    ///
    /// Threads that change one parameter do so one after the other, and none of the changes is lost. So a closure that waits for another thread
    /// to change the same parameter waits forever, and so do two that update each other's.
    ///
    /// # Panics
    /// If the closure itself changes the same parameter by an update, or begins to load or to change in place a module that has it: one of the
    /// two changes would be lost.
    pub fn update(&self, change: impl FnOnce(&mut P)) {
        let _turn = self.turn();
        let mut param = self.get();
        change(&mut param);
        self.replace(param);
    }

    /// The turn to change the parameter.
    ///
    /// # Panics
    /// If this thread has it.
    fn turn(&self) -> Held<'_> {
        match self.0.turn.take() {
            Some(turn) => turn,
            None => panic!("a tied parameter is changed within an update of it"),
        }
    }

    /// Puts a parameter in the place of the old one. Whoever calls this has the turn.
    fn replace(&self, param: P) {
        let new = Shared { param: Arc::new(param), key: new_key() };
        let old = mem::replace(&mut *self.0.shared.write().unwrap_or_else(PoisonError::into_inner), new);
        // No longer under the lock, which was held to the end of that line: dropping a value is its library's code.
        drop(old);
    }

    /// Whether both are one parameter: of a module, or of a record.
    pub fn is_tied_to(&self, other: &Self) -> bool {
        self.tie() == other.tie()
    }

    /// What this place has. If it is the last of its places, nothing else holds that any more.
    fn into_shared(self) -> Shared<P> {
        match Arc::try_unwrap(self.0) {
            Ok(places) => places.shared.into_inner().unwrap_or_else(PoisonError::into_inner),
            Err(places) => Self(places).shared(),
        }
    }

    fn shared(&self) -> Shared<P> {
        // Nothing that is done under the lock leaves a half of it.
        self.0.shared.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn read(&self) -> Arc<P> {
        self.shared().param
    }

    fn tie(&self) -> TieId {
        self.shared().key
    }
}

/// A key that nothing has or had: what is walked while others change it must not be taken for another.
fn new_key() -> TieId {
    static KEYS: AtomicU64 = AtomicU64::new(0);
    TieId(KEYS.fetch_add(1, Ordering::Relaxed))
}

/// A clone is a parameter of its own.
impl<P: Parameter> Clone for Tied<P> {
    fn clone(&self) -> Self {
        Self::new(self.get())
    }
}

/// [`Param`] or [`Buffer`]: what [`Tied`] can hold.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no parameter that several places can be",
    label = "only a `Param` or a `Buffer` can be tied",
    note = "a layer is shared by tying each of its parameters: `weight: Tied<Param<..>>`"
)]
pub trait Parameter: Module<Record = Self> + Record + Clone + Send + Sync + sealed::Sealed + 'static {
    #[doc(hidden)]
    type Value: Leaf;
    #[doc(hidden)]
    const ROLE: Role;
    #[doc(hidden)]
    fn param(&self) -> &Param<Self::Value>;
    #[doc(hidden)]
    fn with_value(&self, value: Self::Value, id: Option<ParamId>) -> Self;
}

mod sealed {
    pub trait Sealed {}
    impl<T> Sealed for super::Param<T> {}
    impl<T> Sealed for super::Buffer<T> {}
}

impl<T: Leaf> Parameter for Param<T> {
    type Value = T;
    const ROLE: Role = Role::Param;

    fn param(&self) -> &Param<T> {
        self
    }

    fn with_value(&self, value: T, id: Option<ParamId>) -> Self {
        self.with_value(value, id)
    }
}

impl<T: Leaf> Parameter for Buffer<T> {
    type Value = T;
    const ROLE: Role = Role::Buffer;

    fn param(&self) -> &Param<T> {
        self.as_param()
    }

    fn with_value(&self, value: T, id: Option<ParamId>) -> Self {
        Self::from_param(self.as_param().with_value(value, id))
    }
}

/// A parameter as a walk has it, whatever becomes of the place meanwhile.
struct Walked<P>(Arc<P>);

impl<P: Parameter> TensorSource for Walked<P> {
    fn dtype(&self) -> DType {
        self.0.param().dtype()
    }

    fn shape(&self) -> Shape {
        self.0.param().shape()
    }

    fn view(&self) -> Result<TensorView<'_>> {
        (**self.0.param()).view()
    }

    fn to_data(&self) -> Result<TensorData> {
        self.0.param().val().into_data()
    }
}

/// Locks for each operation, because several slots of one tree are the same parameter.
struct TiedSlot<'a, P: Parameter> {
    tied: &'a mut Tied<P>,
    staged: Option<(P::Value, Option<ParamId>)>,
}

impl<P: Parameter> Slot for TiedSlot<'_, P> {
    fn dtype(&self) -> DType {
        self.tied.read().param().dtype()
    }

    fn shape(&self) -> Shape {
        self.tied.read().param().shape()
    }

    fn data(&self) -> Result<TensorData> {
        self.tied.read().param().val().into_data()
    }

    #[cfg(feature = "store")]
    fn keeps_bytes(&self) -> bool {
        P::Value::KEEPS_BYTES
    }

    fn stage(&mut self, data: TensorData, id: Option<ParamId>, device: &Device) -> Result<()> {
        self.staged = Some((P::Value::from_data(data, device)?, id));
        Ok(())
    }

    fn commit(&mut self) {
        if let Some((value, id)) = self.staged.take() {
            let _turn = self.tied.turn();
            self.tied.replace(self.tied.read().with_value(value, id));
        }
    }
}

impl<P: Parameter> Module for Tied<P> {
    type Record = Self;

    fn tree(&self) -> Tree<LeafRef<'_>> {
        Record::tree(self)
    }

    fn tree_mut(&mut self) -> Tree<LeafMut<'_>> {
        // Within an update this panics, before anything is changed: when slots are committed it would be too late.
        drop(self.turn());
        let tie = self.tie();
        let held = self.read();
        let param = held.param();
        let trainable = P::ROLE == Role::Param && param.is_require_grad();
        let (id, layout) = (param.id(), param.layout());
        let slot = TiedSlot { tied: self, staged: None };
        Tree::Leaf(LeafMut::new(P::ROLE, id, trainable, slot).lying(layout).tied(tie))
    }

    fn record(&self) -> Self {
        Self::of(self.shared())
    }

    fn into_record(self) -> Self {
        Self::of(self.into_shared())
    }

    fn clone_record(record: &Self) -> Self {
        Self::of(record.shared())
    }

    /// A parameter of the new module's own, tied where the record's are.
    fn build(record: Self, builder: &mut Builder) -> Option<Self> {
        let Shared { param, key } = record.into_shared();
        if let Some((first, _)) = builder.tied.get(key.0) {
            return Some(first);
        }
        // The record's other places have the same value, which is never changed where it is: so the module can have it, too, without a copy.
        // Only one that was read from a file which does not say how it lies is another in a module, and there a tie is what a caller made.
        let is_unsaid = param.param().layout() == MatrixLayout::Unsaid;
        let param = if is_unsaid { Arc::new(P::build(Arc::unwrap_or_clone(param), builder)?) } else { param };
        let own = Self::of(Shared { param, key: new_key() });
        builder.tied.insert(key.0, TensorPath::root(), own.share());
        Some(own)
    }
}

impl<P: Parameter> Record for Tied<P> {
    fn schema() -> Schema {
        P::schema()
    }

    fn tree(&self) -> Tree<LeafRef<'_>> {
        let held = Walked(self.read());
        let param = held.0.param();
        let trainable = P::ROLE == Role::Param && param.is_require_grad();
        let (id, layout) = (param.id(), param.layout());
        Tree::Leaf(LeafRef::new(P::ROLE, held).param(id, trainable).lying(layout).tied(self.tie()))
    }

    fn into_item(self) -> Result<Item> {
        Arc::unwrap_or_clone(self.into_shared().param).into_item()
    }

    fn bind(item: Item, binder: &mut Binder<'_>) -> Option<Self> {
        let tie = if let Item::Tensor(tensor) = &item { tensor.tie } else { None };
        let own = Self::new(P::bind(item, binder)?);
        let Some(tie) = tie else { return Some(own) };
        let Some((first, first_path)) = binder.tied.get::<P>(tie) else {
            binder.tied.insert(tie, binder.path().clone(), own.share());
            return Some(own);
        };
        match is_same(first.read().param(), own.read().param()) {
            Ok(true) => Some(first),
            Ok(false) => {
                binder.differ(|path| Difference::Untied { path, tied_to: first_path });
                None
            }
            Err(error) => binder.fails(error),
        }
    }
}

/// Whether both have the same elements: compared where they are.
fn is_same<T: Leaf>(one: &Param<T>, other: &Param<T>) -> Result<bool> {
    Ok((**one).view()? == (**other).view()?)
}

/// The parameters that several places share, by the number of their tie and by their type.
#[derive(Debug, Default)]
pub(crate) struct TiedValues(BTreeMap<(u64, TypeId), (TensorPath, Box<dyn Any + Send + Sync>)>);

impl TiedValues {
    /// The parameter of this tie and its first place, if there was one.
    fn get<P: Parameter>(&self, tie: u64) -> Option<(Tied<P>, TensorPath)> {
        let (path, tied) = self.0.get(&(tie, TypeId::of::<P>()))?;
        Some((tied.downcast_ref::<Tied<P>>()?.share(), path.clone()))
    }

    /// Notes the first place of a tie.
    fn insert<P: Parameter>(&mut self, tie: u64, path: TensorPath, tied: Tied<P>) {
        self.0.insert((tie, TypeId::of::<P>()), (path, Box::new(tied)));
    }
}
