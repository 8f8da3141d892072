//! From what a file holds to a typed record, with every difference noted by path.

use alloc::borrow::Cow;
use alloc::string::String;
use alloc::vec::Vec;

use super::Record;
use super::declaration::{Declaration, DeclaredContent, DeclaredField, DeclaredVariant, Form};
use super::file_tensor::{FileTensor, is_no_fields};
use super::item::{Item, within_group_norm};
use super::leaf::{Leaf, MatrixLayout};
use super::param_id::ParamId;
use super::settings::Precision;
use super::slots::{Constant, ConstantValue, Known, Skipped};
use crate::convert::{Conversion, convert};
use crate::device::Device;
use crate::dtype::DType;
use crate::error::{Error, Result};
use crate::limits::Budget;
use crate::path::{PathPart, TensorPath};
use crate::report::{Converted, Difference, LoadError, LoadReport, NearNames, Notes};
use crate::tensor::TensorData;
use crate::value::Value;

/// What a load allows.
#[derive(Clone, Debug, Default)]
pub struct Allowed {
    /// Whether the file may hold more than the module.
    pub unexpected: bool,
    /// Whether a module that is loaded in place may keep what the file lacks.
    pub missing: bool,
    /// How numbers that do not fit are treated.
    pub conversion: Conversion,
}

/// What was read from a file, to be bound to a type or applied to a module.
#[derive(Clone, Debug, Default)]
pub struct Loaded {
    /// The record's item, with the constants in their slots and the ties at their parameters.
    pub item: Item,
    /// What its numbers are where it gives a tensor's elements one by one.
    pub precision: Precision,
    /// Whether Vellum wrote it, so that its digest was there and right.
    pub ours: bool,
    /// Whether its ids are any text, as before Burn 0.15.
    pub text_ids: bool,
    /// Whether its numbers are text, which says no more of a float than tells it from others of its width.
    pub decimal: bool,
    /// The file's name, for errors.
    pub file: Option<String>,
    /// What is made and noted of it is charged to, if it was read from a file.
    pub budget: Option<Budget>,
}

impl Loaded {
    /// The typed record.
    ///
    /// # Errors
    /// Every difference between the file and the type.
    pub fn bind<R: Record>(self, device: Device, allowed: &Allowed) -> Result<(R, LoadReport)> {
        let file = self.file.clone();
        Binder::bind(self, device, allowed).map_err(|error| {
            let error = Error::from(error);
            match file {
                Some(file) => error.in_file(file),
                None => error,
            }
        })
    }
}

/// Turns what a file holds into a typed record. It notes every difference and goes on, so that one report lists them all.
pub struct Binder<'a> {
    device: Device,
    allowed: &'a Allowed,
    precision: Precision,
    /// Whether what was read says what Burn's files leave open: of each option whether it is there, of each matrix how it lies.
    ours: bool,
    text_ids: bool,
    decimal: bool,
    path: TensorPath,
    notes: Notes,
    #[cfg(feature = "std")]
    pub(crate) tied: crate::module::TiedValues,
}

impl<'a> Binder<'a> {
    /// Binds all that was read.
    ///
    /// # Errors
    /// Every difference between the item and the type.
    pub fn bind<R: Record>(loaded: Loaded, device: Device, allowed: &'a Allowed) -> Result<(R, LoadReport), LoadError> {
        let Loaded { item, precision, ours, text_ids, decimal, file: _, budget } = loaded;
        let mut binder = Self {
            device,
            allowed,
            precision,
            ours,
            text_ids,
            decimal,
            path: TensorPath::root(),
            notes: Notes::new(budget),
            #[cfg(feature = "std")]
            tied: crate::module::TiedValues::default(),
        };
        let record = R::bind(item, &mut binder);
        binder.notes.finish(record)
    }

    /// Whether the file's ids are any text.
    pub(crate) fn has_text_ids(&self) -> bool {
        self.text_ids
    }

    /// Whether the file's numbers are text.
    pub(crate) fn is_decimal(&self) -> bool {
        self.decimal
    }

    /// Notes that a plain number becomes one of another dtype, once for all of a list.
    pub(crate) fn converts(&mut self, from: DType, to: DType) {
        let list = self.path.without_indices();
        let is_same = |last: &Converted| last.path.parts() == list && (last.from, last.to) == (from, to);
        if !self.notes.last_converted().is_some_and(is_same) {
            self.notes.converted(&list.iter().cloned().collect(), from, to);
        }
    }

    /// Where the binder is.
    pub fn path(&self) -> &TensorPath {
        &self.path
    }

    /// Notes a difference at the binder's path, which is made only where it is kept. The caller then gives `None`.
    pub fn differ(&mut self, difference: impl FnOnce(TensorPath) -> Difference) {
        self.notes.differ(&self.path, difference);
    }

    /// The same of what cannot be taken as it is.
    pub(crate) fn fails<T>(&mut self, error: Error) -> Option<T> {
        self.differ(|path| Difference::Data { path, error });
        None
    }

    /// Notes that the item has another form than the type.
    pub fn wrong_form<T>(&mut self, expected: &'static str, item: &Item) -> Option<T> {
        self.differ(|path| Difference::Form { path, expected, found: item.form() });
        None
    }

    /// What a type without state has in a file that had an option of it.
    fn inside(&mut self, item: Item) -> Option<Item> {
        if matches!(item, Item::Absent) {
            self.differ(|path| Difference::Presence { path, expected: true });
            return None;
        }
        Some(item.inside())
    }

    /// Notes that the file has nothing for what the binder is at, which it may lack.
    pub(crate) fn lacks(&mut self) {
        self.notes.missing(&self.path);
    }

    /// Charges memory before it is taken. A limit is noted as a difference, and told as what it is.
    pub(crate) fn charge(&mut self, bytes: usize) -> Option<()> {
        self.notes.charge(bytes, &self.path)
    }

    /// A list with room for so many things, which is charged.
    pub(crate) fn room<T>(&mut self, count: usize) -> Option<Vec<T>> {
        self.notes.room(count, &self.path)
    }

    /// What is taken for what a file holds is charged to this.
    pub(crate) fn budget(&self) -> &Budget {
        self.notes.budget()
    }

    /// Gives back memory that was charged and is free again.
    pub(crate) fn refund(&self, bytes: usize) {
        self.notes.refund(bytes);
    }

    /// Whether the load came to a limit.
    pub(crate) fn is_over(&self) -> bool {
        self.notes.is_over()
    }

    /// Notes what the file has beyond the type, or that this is a difference.
    pub(super) fn unexpected(&mut self, similar: impl FnOnce(&mut NearNames) -> Option<String>) {
        self.notes.unexpected(&self.path, self.allowed.unexpected, similar);
    }

    /// Binds what is one step further down.
    pub fn within<T>(&mut self, part: PathPart, bind: impl FnOnce(&mut Self) -> T) -> T {
        self.path.push(part);
        let bound = bind(self);
        self.path.pop();
        bound
    }

    /// Binds a tensor, converted to the dtype of its type.
    pub fn tensor<T: Leaf>(&mut self, item: Item) -> Option<(Option<ParamId>, T)> {
        let (id, _, value) = self.matrix(item)?;
        Some((id, value))
    }

    /// A tensor with its id, and how it lies if it is a matrix.
    pub(crate) fn matrix<T: Leaf>(&mut self, item: Item) -> Option<(Option<ParamId>, MatrixLayout, T)> {
        let tensor = match recognise(item, self.text_ids, &self.notes) {
            Ok(Ok(tensor)) => tensor,
            Ok(Err(item)) => return self.wrong_form("a tensor", &item),
            Err(error) => return self.fails(error),
        };
        let id = tensor.id;
        let layout = if self.ours { tensor.layout } else { MatrixLayout::Unsaid };
        let data = self.tensor_data::<T>(tensor)?;
        match T::from_data(data, &self.device) {
            Ok(value) => {
                self.notes.loaded(&self.path);
                Some((id, layout, value))
            }
            Err(error) => self.fails(error),
        }
    }

    fn tensor_data<T: Leaf>(&mut self, tensor: FileTensor) -> Option<TensorData> {
        let kind = T::DTYPE.map(DType::kind);
        let data = match tensor.into_data(kind, self.precision, Some(self.notes.budget())) {
            Ok(data) => data,
            Err(error) => return self.fails(error),
        };
        let found = data.dtype();
        let Some(wanted) = T::DTYPE.filter(|wanted| *wanted != found) else { return Some(data) };
        if wanted.kind() != found.kind() {
            self.differ(|path| Difference::Kind { path, expected: wanted.kind(), found });
            return None;
        }
        self.notes.converted(&self.path, found, wanted);
        match convert(data, wanted, &self.allowed.conversion) {
            Ok(data) => Some(data),
            Err(error) => self.fails(error),
        }
    }

    /// Binds a value of a declared type: gives the number of its variant (0 for a struct) and what that holds.
    pub fn declared(&mut self, item: Item, declaration: &'static Declaration) -> Option<(usize, Fields<'_, 'a>)> {
        let (index, item) = match &declaration.form {
            Form::Struct(_) => (0, item),
            Form::Enum(variants) => self.variant(item, variants)?,
        };
        let (variant, content) = declaration.content(index);
        if let Some(variant) = variant {
            self.path.push(PathPart::Variant(variant.into()));
        }
        let in_variant = variant.is_some();
        let stateless = declaration.stateless;
        let item = if stateless { self.inside(item)? } else { item };
        let item = match (content, item) {
            // A struct of the user's own can look like a tensor in the file.
            (DeclaredContent::Fields(_), Item::Tensor(tensor)) => {
                tensor.into_parts().map_or_else(Item::from, Item::Map)
            }
            (_, item) => item,
        };
        let (declared, found) = match (content, item) {
            (DeclaredContent::Newtype, item) => (&[][..], Found::Whole(Some(item))),
            (DeclaredContent::Unit, Item::Nil) => (&[][..], Found::Entries(Vec::new())),
            (DeclaredContent::Fields(fields), item) if stateless && item.is_slot() => {
                (fields, Found::Entries(Vec::new()))
            }
            // A variant that had no fields has those by now that older files may lack.
            (DeclaredContent::Fields(fields), Item::Nil) if in_variant => (fields, Found::Entries(Vec::new())),
            (DeclaredContent::Fields(fields), Item::Map(entries)) if !is_no_fields(&entries, names_of(fields)) => {
                let names = fields.iter().map(|field| field.name);
                let entries = if self.text_ids { within_group_norm(entries, names) } else { entries };
                (fields, Found::Entries(entries.into_iter().map(|(name, item)| (name, Some(item))).collect()))
            }
            (content, item) => {
                let expected = if matches!(content, DeclaredContent::Unit) { "nothing" } else { "named fields" };
                self.wrong_form::<()>(expected, &item);
                self.leave(in_variant);
                return None;
            }
        };
        Some((index, Fields { binder: self, declared, found, stateless, in_variant }))
    }

    /// The variant that an item names, and what the item has for it.
    fn variant(&mut self, item: Item, variants: &[DeclaredVariant]) -> Option<(usize, Item)> {
        let (found, content) = match item {
            Item::Map(mut entries) if entries.len() == 1 => entries.remove(0),
            Item::Value(Value::Str(name)) => (name, Item::Nil),
            item => return self.wrong_form("an enum", &item),
        };
        let index = variants.iter().position(|variant| variant.name == found);
        if index.is_none() {
            let names = || variants.iter().map(|variant| variant.name).collect::<Vec<_>>();
            self.differ(|path| Difference::Variant { path, expected: names().join(" or "), found });
        }
        Some((index?, content))
    }

    fn leave(&mut self, variant: bool) {
        if variant {
            self.path.pop();
        }
    }
}

/// The fields of a struct or of a variant, bound by name.
pub struct Fields<'b, 'a> {
    binder: &'b mut Binder<'a>,
    declared: &'static [DeclaredField],
    found: Found,
    stateless: bool,
    in_variant: bool,
}

/// What the file has for a struct or a variant.
enum Found {
    /// Fields by name, each until it is taken.
    Entries(Vec<(String, Option<Item>)>),
    /// The one unnamed thing that a variant holds.
    Whole(Option<Item>),
}

/// What [`Record::bind`] is, of any type.
type BindFn<R> = fn(Item, &mut Binder<'_>) -> Option<R>;

impl Fields<'_, '_> {
    /// Binds field number `index`. The file must have it, unless its type needs nothing from a file.
    pub fn field<R>(&mut self, index: usize, needs_nothing: bool, bind: BindFn<R>) -> Option<R> {
        match self.take(index) {
            Some(item) => self.within(index, |binder| bind(item, binder)),
            None if needs_nothing || self.stateless => self.within(index, |binder| bind(Item::Nil, binder)),
            None => {
                self.miss(index);
                None
            }
        }
    }

    /// Binds field number `index`, which older files may lack: then it is made by `default`. So it is where a file has nothing and
    /// nothing says nothing of the type.
    pub fn field_or<R>(
        &mut self,
        index: usize,
        nil_says_nothing: bool,
        bind: BindFn<R>,
        default: fn() -> R,
    ) -> Option<R> {
        match self.take(index) {
            None => {}
            Some(Item::Nil) if nil_says_nothing => {}
            Some(item) => return self.within(index, |binder| bind(item, binder)),
        }
        self.within(index, |binder| binder.lacks());
        Some(default())
    }

    fn within<R>(&mut self, index: usize, bind: impl FnOnce(&mut Binder<'_>) -> R) -> R {
        match self.declared.get(index) {
            Some(field) => self.binder.within(part_of(field.name), bind),
            None => bind(self.binder),
        }
    }

    /// The item of a field, under its name or an older one.
    fn take(&mut self, index: usize) -> Option<Item> {
        let entries = match &mut self.found {
            Found::Entries(entries) => entries,
            Found::Whole(item) => return item.take(),
        };
        let field = self.declared.get(index)?;
        let place = |wanted: &&str| entries.iter().position(|(name, item)| name == wanted && item.is_some());
        let place = core::iter::once(&field.name).chain(field.aliases).find_map(place)?;
        let (found, item) = entries.get_mut(place)?;
        if found != field.name {
            self.binder.within(part_of(field.name), |binder| binder.notes.aliased(&binder.path, found));
        }
        item.take()
    }

    fn miss(&mut self, index: usize) {
        let Some(field) = self.declared.get(index) else {
            return self.binder.notes.not_found(&self.binder.path, |_| None);
        };
        let left = match &self.found {
            Found::Entries(entries) => entries.as_slice(),
            Found::Whole(_) => &[],
        };
        let left = left.iter().filter(|(_, item)| item.is_some()).map(|(name, _)| name.as_str());
        let similar = |near: &mut NearNames| near.most_similar(field.name, left);
        self.binder.within(part_of(field.name), |binder| binder.notes.not_found(&binder.path, similar));
    }

    /// Notes what the file has beyond the fields. A name without a value carries nothing, and none of it can be lost.
    pub fn finish(self) {
        let Self { binder, declared, found, in_variant, .. } = self;
        let Found::Entries(entries) = found else { return binder.leave(in_variant) };
        for (name, item) in entries {
            if item.is_none_or(|item| item.is_nothing()) || binder.is_over() {
                continue;
            }
            let similar = |near: &mut NearNames| near.most_similar(&name, declared.iter().map(|field| field.name));
            binder.within(PathPart::Field(Cow::Owned(name.clone())), |binder| binder.unexpected(similar));
        }
        binder.leave(in_variant);
    }
}

/// Every name of these fields.
fn names_of(fields: &[DeclaredField]) -> impl Iterator<Item = &&'static str> {
    fields.iter().flat_map(|field| core::iter::once(&field.name).chain(field.aliases))
}

/// The tensor that an item is. What it lay in there was charged, and goes with the item.
///
/// # Errors
/// As [`FileTensor::recognise`].
pub(crate) fn recognise(item: Item, text_ids: bool, notes: &Notes) -> Result<Result<FileTensor, Item>> {
    let held = item.memory_around();
    let tensor = FileTensor::recognise(item, text_ids)?;
    if tensor.is_ok() {
        notes.refund(held);
    }
    Ok(tensor)
}

/// The step of a path to a field: tuple structs have indices.
pub(crate) fn part_of(name: &'static str) -> PathPart {
    match name.parse() {
        Ok(index) if name == "0" || !name.starts_with(['0', '+']) => PathPart::Index(index),
        _ => PathPart::Field(Cow::Borrowed(name)),
    }
}

impl Record for Skipped {
    const NEEDS_NOTHING: bool = true;

    fn schema() -> super::Schema {
        super::Schema::Nil
    }

    fn tree(&self) -> super::Tree<super::LeafRef<'_>> {
        super::Tree::Skipped
    }

    fn into_item(self) -> Result<Item> {
        Ok(Item::Nil)
    }

    fn bind(item: Item, binder: &mut Binder<'_>) -> Option<Self> {
        match item {
            item if item.is_nothing() => Some(Self),
            _ => {
                binder.unexpected(|_| None);
                Some(Self)
            }
        }
    }
}

impl<T: ConstantValue> Record for Constant<T> {
    const NEEDS_NOTHING: bool = true;

    fn schema() -> super::Schema {
        T::slot_schema()
    }

    fn tree(&self) -> super::Tree<super::LeafRef<'_>> {
        T::slot_tree(self)
    }

    fn into_item(self) -> Result<Item> {
        T::slot_item(self)
    }

    fn bind(item: Item, binder: &mut Binder<'_>) -> Option<Self> {
        T::bind_slot(item, binder)
    }
}

impl<R: Record> Record for Known<R> {
    const NEEDS_NOTHING: bool = true;

    fn schema() -> super::Schema {
        super::Schema::Nil
    }

    fn tree(&self) -> super::Tree<super::LeafRef<'_>> {
        self.0.as_ref().map_or(super::Tree::Constant(Ok(None)), R::tree)
    }

    fn into_item(self) -> Result<Item> {
        self.0.map_or(Ok(Item::Nil), R::into_item)
    }

    fn bind(item: Item, binder: &mut Binder<'_>) -> Option<Self> {
        match item {
            Item::Nil => {
                // Which variant it was is kept as a constant, too.
                binder.lacks();
                Some(Self(None))
            }
            item => R::bind(binder.inside(item)?, binder).map(|record| Self(Some(record))),
        }
    }
}
