//! From what a file holds to a typed record, with every difference noted by path.

use alloc::borrow::Cow;
use alloc::collections::BTreeMap;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use super::Record;
use super::item::{FileTensor, Item};
use super::leaf::Leaf;
use super::param_id::ParamId;
use super::settings::Precision;
use super::slots::{Constant, Skipped};
use crate::convert::{Conversion, convert};
use crate::device::Device;
use crate::dtype::DTypeKind;
use crate::error::{Error, Result};
use crate::path::{PathPart, TensorPath};
use crate::report::{Converted, Difference, LoadError, LoadReport, most_similar};
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

/// What a file says beside its item.
#[derive(Clone, Debug, Default)]
pub struct Beside {
    /// The constants, by the path of their field.
    pub constants: BTreeMap<String, Value>,
    /// The numbers of the parameters that are one parameter in several places, by path.
    pub ties: BTreeMap<String, u64>,
    /// What its numbers are where it gives a tensor's elements one by one.
    pub precision: Precision,
}

/// What was read from a file, to be bound to a type or applied to a module.
#[derive(Clone, Debug, Default)]
pub struct Loaded {
    /// The record's item.
    pub item: Item,
    /// What the file says beside it.
    pub beside: Beside,
    /// Whether Vellum wrote it, so that its digest was there and right.
    pub ours: bool,
    /// The file's name, for errors.
    pub file: Option<String>,
}

impl Loaded {
    /// The typed record.
    ///
    /// # Errors
    /// Every difference between the file and the type.
    pub fn bind<R: Record>(self, device: Device, allowed: &Allowed) -> Result<(R, LoadReport)> {
        let Self { item, beside, file, .. } = self;
        Binder::bind(item, device, allowed, &beside).map_err(|error| {
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
    pub(super) beside: &'a Beside,
    path: TensorPath,
    report: LoadReport,
    differences: Vec<Difference>,
    #[cfg(feature = "std")]
    pub(crate) tied: crate::module::TiedValues,
}

impl<'a> Binder<'a> {
    /// Binds a whole item.
    ///
    /// # Errors
    /// Every difference between the item and the type.
    pub fn bind<R: Record>(
        item: Item,
        device: Device,
        allowed: &'a Allowed,
        beside: &'a Beside,
    ) -> Result<(R, LoadReport), LoadError> {
        let mut binder = Self {
            device,
            allowed,
            beside,
            path: TensorPath::root(),
            report: LoadReport::default(),
            differences: Vec::new(),
            #[cfg(feature = "std")]
            tied: crate::module::TiedValues::default(),
        };
        let record = R::bind(item, &mut binder);
        match record {
            Some(record) if binder.differences.is_empty() => Ok((record, binder.report)),
            _ => Err(LoadError::new(binder.differences)),
        }
    }

    /// Where the binder is.
    pub fn path(&self) -> &TensorPath {
        &self.path
    }

    /// Notes a difference. The caller then gives `None`.
    pub fn differ(&mut self, difference: Difference) {
        self.differences.push(difference);
    }

    /// Notes that the item has another form than the type.
    pub fn wrong_form<T>(&mut self, expected: &'static str, item: &Item) -> Option<T> {
        let path = self.path.clone();
        self.differ(Difference::Form { path, expected, found: item.form() });
        None
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
        let tensor = match FileTensor::recognise(item) {
            Ok(Ok(tensor)) => tensor,
            Ok(Err(item)) => return self.wrong_form("a tensor", &item),
            Err(error) => {
                self.differ(Difference::Data { path: self.path.clone(), error });
                return None;
            }
        };
        let id = tensor.id;
        let value = self.tensor_data::<T>(tensor).and_then(|data| {
            let value = T::from_data(data, &self.device);
            value.map_err(|error| self.differ(Difference::Data { path: self.path.clone(), error })).ok()
        })?;
        self.report.loaded.push(self.path.clone());
        Some((id, value))
    }

    fn tensor_data<T: Leaf>(&mut self, tensor: FileTensor) -> Option<TensorData> {
        let kind = T::DTYPE.map_or(DTypeKind::Float, |dtype| dtype.kind());
        let converted = tensor.into_data(kind, self.beside.precision).and_then(|data| {
            let found = data.dtype();
            let Some(wanted) = T::DTYPE else { return Ok(Ok(data)) };
            if wanted == found {
                return Ok(Ok(data));
            }
            if wanted.kind() != found.kind() {
                return Ok(Err(Difference::Kind { path: self.path.clone(), expected: wanted.kind(), found }));
            }
            self.report.converted.push(Converted::new(self.path.clone(), found, wanted));
            convert(data, wanted, &self.allowed.conversion).map(Ok)
        });
        let difference = match converted {
            Ok(Ok(data)) => return Some(data),
            Ok(Err(difference)) => difference,
            Err(error) => Difference::Data { path: self.path.clone(), error },
        };
        self.differ(difference);
        None
    }

    /// Binds the fields of a struct. A stateless type has none in the file.
    pub fn fields(&mut self, item: Item, stateless: bool) -> Option<Fields<'_, 'a>> {
        let entries = match item {
            Item::Map(entries) => entries,
            Item::Nil if stateless => Vec::new(),
            item => return self.wrong_form("a struct", &item),
        };
        let entries = entries.into_iter().map(|(name, item)| (name, Some(item))).collect();
        Some(Fields { binder: self, entries, stateless, known: Vec::new() })
    }

    /// Binds an enum: the name of its variant and what the variant holds.
    pub fn variant(&mut self, item: Item, names: &'static [&'static str]) -> Option<(&'static str, Item)> {
        let (found, content) = match item {
            Item::Map(mut entries) if entries.len() == 1 => entries.remove(0),
            Item::Value(Value::Str(name)) => (name, Item::Nil),
            item => return self.wrong_form("an enum", &item),
        };
        match names.iter().find(|name| **name == found) {
            Some(name) => Some((name, content)),
            None => {
                let path = self.path.clone();
                self.differ(Difference::Variant { path, expected: names.join(" or "), found });
                None
            }
        }
    }

    /// The value that the file has for the constant at this path.
    pub fn constant(&self) -> Option<&'a Value> {
        self.beside.constants.get(&self.path.to_string())
    }

    /// The number of the tie that the parameter at this path is part of.
    #[cfg(feature = "std")]
    pub(crate) fn tie(&self) -> Option<u64> {
        self.beside.ties.get(&self.path.to_string()).copied()
    }
}

/// The fields of a struct, bound by name.
pub struct Fields<'b, 'a> {
    binder: &'b mut Binder<'a>,
    entries: Vec<(String, Option<Item>)>,
    stateless: bool,
    known: Vec<&'static str>,
}

impl Fields<'_, '_> {
    /// A field that the file must have, unless its type needs nothing from a file.
    pub fn field<R: Record>(&mut self, name: &'static str, aliases: &'static [&'static str]) -> Option<R> {
        self.bind(name, aliases, None::<fn() -> R>)
    }

    /// A field that older files may lack: then it is made by `default`.
    pub fn field_or<R: Record>(
        &mut self,
        name: &'static str,
        aliases: &'static [&'static str],
        default: impl FnOnce() -> R,
    ) -> Option<R> {
        self.bind(name, aliases, Some(default))
    }

    fn bind<R: Record>(
        &mut self,
        name: &'static str,
        aliases: &'static [&'static str],
        default: Option<impl FnOnce() -> R>,
    ) -> Option<R> {
        let item = self.take(name, aliases);
        let part = part_of(name);
        let stateless = self.stateless;
        let names = if item.is_none() { self.left() } else { Vec::new() };
        self.binder.within(part, |binder| match (item, default) {
            (Some(item), _) => R::bind(item, binder),
            (None, Some(default)) => {
                binder.report.missing.push(binder.path.clone());
                Some(default())
            }
            (None, None) if stateless || R::NEEDS_NOTHING => R::bind(Item::Nil, binder),
            (None, None) => {
                let similar = most_similar(name, names.iter().map(String::as_str));
                binder.differ(Difference::Missing { path: binder.path.clone(), similar });
                None
            }
        })
    }

    /// The item under this name or an older one.
    fn take(&mut self, name: &'static str, aliases: &'static [&'static str]) -> Option<Item> {
        self.known.push(name);
        let place = |wanted: &&str| self.entries.iter().position(|(n, item)| n == wanted && item.is_some());
        let place = core::iter::once(&name).chain(aliases).find_map(place)?;
        let (found, item) = self.entries.get_mut(place)?;
        if found != name {
            let path = self.binder.path.join(part_of(name));
            self.binder.report.aliased.push((path, found.clone()));
        }
        item.take()
    }

    /// The names in the file that no field took.
    fn left(&self) -> Vec<String> {
        self.entries.iter().filter(|(_, item)| item.is_some()).map(|(name, _)| name.clone()).collect()
    }

    /// Notes what the file has beyond the fields. A name without a value carries nothing, and none of it can be lost.
    pub fn finish(self) {
        let Self { binder, entries, known, .. } = self;
        for (name, item) in entries {
            if matches!(item, None | Some(Item::Nil)) {
                continue;
            }
            let path = binder.path.join(PathPart::Field(Cow::Owned(name.clone())));
            if binder.allowed.unexpected {
                binder.report.unexpected.push(path);
            } else {
                binder.differ(Difference::Unexpected { path, similar: most_similar(&name, known.iter().copied()) });
            }
        }
    }
}

/// The step of a path to a field: tuple structs have indices.
pub(crate) fn part_of(name: &'static str) -> PathPart {
    name.parse().map_or(PathPart::Field(Cow::Borrowed(name)), PathPart::Index)
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
            Item::Nil => Some(Self),
            item if binder.allowed.unexpected => {
                drop(item);
                binder.report.unexpected.push(binder.path.clone());
                Some(Self)
            }
            item => binder.wrong_form("a skipped field", &item),
        }
    }
}

impl<T> Record for Constant<T>
where
    T: serde::Serialize + serde::de::DeserializeOwned + Clone,
{
    const NEEDS_NOTHING: bool = true;

    fn schema() -> super::Schema {
        super::Schema::Nil
    }

    fn tree(&self) -> super::Tree<super::LeafRef<'_>> {
        super::Tree::Constant(self.0.as_ref().map(crate::value::to_value).transpose())
    }

    fn into_item(self) -> Result<Item> {
        Ok(self.0.as_ref().map(crate::value::to_value).transpose()?.map_or(Item::Nil, Item::Value))
    }

    fn bind(item: Item, binder: &mut Binder<'_>) -> Option<Self> {
        let value = match (&item, binder.constant()) {
            (Item::Value(value), _) | (Item::Nil, Some(value)) => value,
            (Item::Nil, None) => return Some(Self(None)),
            _ => return binder.wrong_form("a constant", &item),
        };
        match crate::value::from_value(&value) {
            Ok(value) => Some(Self(Some(value))),
            Err(error) => {
                binder.differ(Difference::Data { path: binder.path.clone(), error });
                None
            }
        }
    }
}
