//! One parameter in several places.

use std::any::{Any, TypeId};
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use super::Module;
use super::build::Builder;
use super::param::{Buffer, Param};
use super::slot::{LeafMut, Slot};
use crate::device::Device;
use crate::dtype::DType;
use crate::error::Result;
use crate::path::TensorPath;
use crate::record::{Binder, Item, Leaf, LeafRef, ParamId, Record, Role, Schema, TensorSource, TieId, Tree};
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
pub struct Tied<P>(Arc<RwLock<Shared<P>>>);

#[derive(Debug)]
struct Shared<P> {
    /// A walk holds this, and not the lock: it meets a parameter several times, and others may change it meanwhile.
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
        Self(Arc::new(RwLock::new(shared)))
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
    pub fn update(&self, change: impl FnOnce(&mut P)) {
        let mut shared = self.0.write().unwrap_or_else(PoisonError::into_inner);
        shared.key = new_key();
        change(Arc::make_mut(&mut shared.param));
    }

    /// Whether both are one parameter: of a module, or of a record.
    pub fn is_tied_to(&self, other: &Self) -> bool {
        self.tie() == other.tie()
    }

    fn shared(&self) -> Shared<P> {
        // A panic while a closure held the lock left the value as that closure left it: there is no invariant to break.
        self.0.read().unwrap_or_else(PoisonError::into_inner).clone()
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
    fn param_mut(&mut self) -> &mut Param<Self::Value>;
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

    fn param_mut(&mut self) -> &mut Param<T> {
        self
    }
}

impl<T: Leaf> Parameter for Buffer<T> {
    type Value = T;
    const ROLE: Role = Role::Buffer;

    fn param(&self) -> &Param<T> {
        self.as_param()
    }

    fn param_mut(&mut self) -> &mut Param<T> {
        self.as_param_mut()
    }
}

struct Held<P>(Arc<P>);

impl<P: Parameter> TensorSource for Held<P> {
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
        self.tied.get().param().val().into_data()
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
            self.tied.update(|param| param.param_mut().replace(value, id));
        }
    }
}

impl<P: Parameter> Module for Tied<P> {
    type Record = Self;

    fn tree(&self) -> Tree<LeafRef<'_>> {
        Record::tree(self)
    }

    fn tree_mut(&mut self) -> Tree<LeafMut<'_>> {
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
        Self::of(self.shared())
    }

    fn clone_record(record: &Self) -> Self {
        Self::of(record.shared())
    }

    /// A parameter of the new module's own, tied where the record's are.
    fn build(record: Self, builder: &mut Builder) -> Option<Self> {
        let own = P::build(record.get(), builder)?;
        let (own, _) = builder.tied.get_or_insert(record.tie().0, &TensorPath::root(), || Self::new(own));
        Some(own)
    }
}

impl<P: Parameter> Record for Tied<P> {
    fn schema() -> Schema {
        P::schema()
    }

    fn tree(&self) -> Tree<LeafRef<'_>> {
        let held = Held(self.read());
        let param = held.0.param();
        let trainable = P::ROLE == Role::Param && param.is_require_grad();
        let (id, layout) = (param.id(), param.layout());
        Tree::Leaf(LeafRef::new(P::ROLE, held).param(id, trainable).lying(layout).tied(self.tie()))
    }

    fn into_item(self) -> Result<Item> {
        self.get().into_item()
    }

    fn bind(item: Item, binder: &mut Binder<'_>) -> Option<Self> {
        let tie = if let Item::Tensor(tensor) = &item { tensor.tie } else { None };
        let own = Self::new(P::bind(item, binder)?);
        let Some(tie) = tie else { return Some(own) };
        let path = binder.path().clone();
        let (first, first_path) = binder.tied.get_or_insert(tie, &path, || own.share());
        let equal = match (first.get().param().view(), own.get().param().view()) {
            (Ok(a), Ok(b)) => a.bytes() == b.bytes() && a.shape() == b.shape(),
            _ => false,
        };
        if !equal {
            binder.differ(|path| Difference::Untied { path, tied_to: first_path });
            return None;
        }
        Some(first)
    }
}

/// The parameters that several places share, by the number of their tie and by their type.
#[derive(Debug, Default)]
pub(crate) struct TiedValues(BTreeMap<(u64, TypeId), (TensorPath, Box<dyn Any + Send + Sync>)>);

impl TiedValues {
    /// The parameter of this tie and its first place; `make` gives it at the first.
    fn get_or_insert<P: Parameter>(
        &mut self,
        tie: u64,
        path: &TensorPath,
        make: impl FnOnce() -> Tied<P>,
    ) -> (Tied<P>, TensorPath) {
        let key = (tie, TypeId::of::<P>());
        let (first, held) = self.0.entry(key).or_insert_with(|| (path.clone(), Box::new(make())));
        match held.downcast_ref::<Tied<P>>() {
            Some(tied) => (tied.share(), first.clone()),
            None => unreachable!("the type is part of the key"),
        }
    }
}
