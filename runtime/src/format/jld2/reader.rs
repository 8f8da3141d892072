//! From the root group to a tree.

use alloc::boxed::Box;
use alloc::collections::{BTreeMap, BTreeSet};
use alloc::string::{String, ToString};
use alloc::sync::Arc;
use alloc::vec::Vec;

use super::types::{JuliaType, Types};
use crate::dtype::DType;
use crate::error::{Error, ErrorKind, Result};
use crate::format::TensorEntry;
use crate::format::cursor::Cursor;
use crate::format::hdf5::{Class, Dataset, Dataspace, Datatype, Decoder, File, Member, Target, number};
use crate::format::julia::{Columns, JuliaFile, Tree, assembled, short_name, singleton};
use crate::limits::Budget;
use crate::shape::Shape;
use crate::source::{self, Source};
use crate::tensor::TensorData;
use crate::value::Value;

/// How the user block begins, today and before 2019.
const NAMES: [&str; 2] = ["HDF5-based Julia Data Format", "Julia data file (HDF5)"];
/// Bytes of the user block.
const USER_BLOCK: u64 = 512;
/// The group of committed types.
const TYPES: &str = "_types";

/// The text of the user block, if it is JLD2's.
fn user_block(source: &dyn Source) -> Result<Option<String>> {
    let bytes = source::read_vec(source, 0, USER_BLOCK.min(source.len()))?;
    let end = bytes.iter().position(|&byte| byte == 0).unwrap_or(0);
    let text = core::str::from_utf8(bytes.get(..end).unwrap_or_default()).unwrap_or_default();
    Ok(NAMES.iter().any(|name| text.starts_with(name)).then(|| text.to_string()))
}

/// Whether the file says that it is JLD2's, in the block before its HDF5 part.
///
/// # Errors
/// Those of reading.
pub fn is_jld2(source: &dyn Source) -> Result<bool> {
    Ok(user_block(source)?.is_some())
}

/// Opens a JLD2 file: reads all that is not array data.
///
/// # Errors
/// [`ErrorKind::WrongFormat`] if the file does not say that it is JLD2's; what is broken in the structure; [`ErrorKind::Limit`].
pub fn open(source: Arc<dyn Source>, budget: &Budget) -> Result<JuliaFile> {
    let Some(header) = user_block(&source)? else {
        let found = "no user block that says so".into();
        return Err(Error::new(ErrorKind::WrongFormat { expected: "JLD2", found }));
    };
    let file = Arc::new(File::open(source, budget)?);
    let mut reader = Reader {
        file: &file,
        shared: Arc::clone(&file),
        decoder: Decoder::new(&file.medium),
        types: Types::default(),
        datasets: BTreeMap::new(),
        open: BTreeSet::new(),
        tree: Tree::new(budget),
    };
    let values = reader.object(file.root)?;
    let metadata = BTreeMap::from([("header".to_string(), header)]);
    Ok(reader.tree.finish("jld2", metadata, values))
}

struct Reader<'f> {
    file: &'f File,
    /// The file again, for tensors that are read later.
    shared: Arc<File>,
    decoder: Decoder<'f>,
    types: Types,
    /// Datasets that were met, whose expansion is charged once.
    datasets: BTreeMap<u64, Arc<Dataset>>,
    /// Objects on the way from the root to here: one of them again is a circle.
    open: BTreeSet<u64>,
    tree: Tree,
}

impl Reader<'_> {
    /// The object at `address`.
    fn object(&mut self, address: u64) -> Result<Value> {
        if !self.open.insert(address) {
            return Ok(self.tree.refuse(Error::refused("a value that holds itself")));
        }
        let object = self.file.object(address)?;
        let value = if object.is_dataset() {
            self.dataset(address)
        } else if object.is_group() {
            self.group(address)
        } else {
            // A type, saved as a value.
            let name = self.julia_type(Some(address))?.map(|found| found.name.clone()).unwrap_or_default();
            Ok(Value::Object { class: "Core.DataType".into(), fields: alloc::vec![("name".into(), Value::Str(name))] })
        };
        self.open.remove(&address);
        match value {
            Err(error) if matches!(error.kind(), ErrorKind::Refused { .. }) => Ok(self.tree.refuse(error)),
            value => value,
        }
    }

    fn group(&mut self, address: u64) -> Result<Value> {
        let file = self.file;
        let mut members = Vec::new();
        for link in file.object(address)?.links()? {
            if address == file.root && link.name == TYPES {
                continue;
            }
            let above = self.tree.enter(&link.name)?;
            let value = match link.target {
                Target::Object(address) => self.object(address)?,
                Target::Soft(to) => self.tree.refuse(Error::refused(alloc::format!("a soft link to `{to}`"))),
                Target::Outside => self.tree.refuse(Error::refused("a link to another file")),
            };
            self.tree.leave(above);
            members.push((link.name, value));
        }
        Ok(Value::Map(members))
    }

    fn julia_type(&mut self, address: Option<u64>) -> Result<Option<Arc<JuliaType>>> {
        address.map(|address| self.types.get(self.file, &mut self.decoder, address)).transpose()
    }

    /// The dataset at `address`, read once.
    fn known_dataset(&mut self, address: u64) -> Result<Arc<Dataset>> {
        if let Some(dataset) = self.datasets.get(&address) {
            return Ok(Arc::clone(dataset));
        }
        let medium = &self.file.medium;
        let dataset = Arc::new(self.file.object(address)?.dataset()?);
        medium.budget.charge_expanded(dataset.expanded_len()?)?;
        dataset.extent(medium)?;
        self.datasets.insert(address, Arc::clone(&dataset));
        Ok(dataset)
    }

    fn dataset(&mut self, address: u64) -> Result<Value> {
        let medium = &self.file.medium;
        let dataset = self.known_dataset(address)?;
        let found = self.julia_type(dataset.datatype.committed)?;
        match &dataset.dataspace {
            Dataspace::Null => self.without_data(address, found.as_deref()),
            Dataspace::Simple { dims, .. } if dims.is_empty() => {
                let bytes = dataset.read(medium, DType::U8)?.freeze();
                self.element(&dataset.datatype, found.as_deref(), &bytes, Some(address))
            }
            Dataspace::Simple { .. } => self.array(address, &dataset, found.as_deref()),
        }
    }

    /// A value without data, or an array of such: then the attribute `dimensions` has its lengths.
    fn without_data(&mut self, address: u64, found: Option<&JuliaType>) -> Result<Value> {
        let class = found.map_or("", |found| found.name.as_str());
        let attributes = self.file.object(address)?.attributes()?;
        let Some(lengths) = attributes.iter().find(|attribute| attribute.name == "dimensions") else {
            return Ok(singleton(class));
        };
        let lengths = self.decoder.all(&lengths.datatype, &lengths.dataspace, &lengths.data)?;
        let fields = alloc::vec![("eltype".into(), Value::from(class)), ("dimensions".into(), lengths)];
        Ok(Value::Object { class: "Core.Array".into(), fields })
    }

    /// An array: a tensor if its elements are numbers, and otherwise a list in the order of the file.
    fn array(&mut self, address: u64, dataset: &Arc<Dataset>, found: Option<&JuliaType>) -> Result<Value> {
        let datatype = &dataset.datatype;
        if let Some((dtype, reversed)) = numbers(datatype, found) {
            // HDF5 counts axes from the other end.
            let mut dims = dataset.dataspace.dims().to_vec();
            dims.reverse();
            let (shared, dataset) = (Arc::clone(&self.shared), Arc::clone(dataset));
            let load = move |entry: &TensorEntry| match dataset.extent(&shared.medium)? {
                Some(extent) if !reversed => Ok(Columns::At(Arc::clone(&shared.medium.source), extent.start)),
                _ => {
                    let data = dataset.tensor(&shared.medium, entry.dtype, reversed, entry.shape.clone())?;
                    Ok(Columns::Data(data))
                }
            };
            return self.tree.tensor(dtype, Shape::from_u64(dims)?, Some(address), Box::new(load));
        }
        let bytes = dataset.read(&self.file.medium, DType::U8)?.freeze();
        let mut items = Vec::new();
        for (i, item) in bytes.chunks_exact(datatype.size).enumerate() {
            let above = self.tree.enter(&(i + 1).to_string())?;
            items.push(self.element(datatype, found, item, None)?);
            self.tree.leave(above);
        }
        Ok(Value::List(items))
    }

    /// One value: a number, text, a record, or what a reference leads to. `storage` tells places apart that share it.
    fn element(
        &mut self,
        datatype: &Datatype,
        found: Option<&JuliaType>,
        bytes: &[u8],
        storage: Option<u64>,
    ) -> Result<Value> {
        let bytes = bytes.get(..datatype.size).unwrap_or(bytes);
        if let Some((dtype, reversed)) = numbers(datatype, found) {
            let value = number(datatype, bytes);
            let mut bytes = bytes.to_vec();
            if reversed {
                bytes.reverse();
            }
            let data = TensorData::new(bytes.into(), Shape::scalar(), dtype)?;
            let tensor = self.tree.tensor(
                dtype,
                Shape::scalar(),
                storage,
                Box::new(move |_| Ok(Columns::Data(data.clone()))),
            )?;
            return Ok(match (value, &datatype.class) {
                (Some(value), Class::Bitfield { .. }) if dtype == DType::U8 => Value::Bool(value != Value::Int(0)),
                (Some(value), _) => value,
                (None, _) => tensor,
            });
        }
        match &datatype.class {
            Class::Compound(members) => self.compound(members, found, bytes),
            Class::ObjectReference => {
                let medium = &self.file.medium;
                let address = medium.address(&mut Cursor::new(bytes, 0))?.filter(|&address| address != 0);
                address.map_or(Ok(Value::Null), |address| self.object(address))
            }
            Class::Opaque => {
                // A primitive type that HDF5 has no class for, such as `Char`.
                let class = found.map_or("", |found| found.name.as_str()).to_string();
                Ok(Value::Object { class, fields: alloc::vec![("bits".into(), Value::Bytes(bytes.to_vec()))] })
            }
            _ => self.decoder.one(datatype, bytes),
        }
    }

    fn compound(&mut self, members: &[Member], found: Option<&JuliaType>, bytes: &[u8]) -> Result<Value> {
        let part = |member: &Member| bytes.get(member.offset..).unwrap_or_default();
        let class = found.map(|found| found.name.as_str()).filter(|name| !name.is_empty());
        if let ([entries], Class::ObjectReference) =
            (members, members.first().map_or(&Class::Opaque, |m| &m.datatype.class))
            && entries.name == "kvvec"
        {
            return self.dictionary(entries, part(entries));
        }
        if let ([mask, first, second], Some("InlineUnionEl")) = (members, class.map(short_name)) {
            // A value of one of two types; the byte tells which.
            let (member, parameter) = if part(mask).first() == Some(&0) { (first, 0) } else { (second, 1) };
            let address = found.and_then(|found| found.parameters.get(parameter).copied().flatten());
            let chosen = self.julia_type(address)?;
            return self.element(&member.datatype, chosen.as_deref(), part(member), None);
        }
        let declared = found.map(|found| found.fields.as_slice()).unwrap_or_default();
        let mut parts = Vec::new();
        for (name, address) in declared {
            let above = self.tree.enter(name)?;
            let field = self.julia_type(*address)?;
            let value = match members.iter().find(|member| member.name == *name) {
                Some(member) => self.element(&member.datatype, field.as_deref(), part(member), None)?,
                // Without data there is no member.
                None => field.map_or(Value::Null, |field| singleton(&field.name)),
            };
            self.tree.leave(above);
            parts.push((name.clone(), value));
        }
        // An `NTuple` has as parameters a count and the one type of all its members.
        let of_all = found.filter(|found| short_name(&found.name) == "NTuple");
        let of_all = self.julia_type(of_all.and_then(|found| found.parameters.get(1).copied().flatten()))?;
        // Whatever the type says, no member is left out.
        for member in members.iter().filter(|member| !declared.iter().any(|(name, _)| *name == member.name)) {
            let above = self.tree.enter(&member.name)?;
            let value = self.element(&member.datatype, of_all.as_deref(), part(member), None)?;
            self.tree.leave(above);
            parts.push((member.name.clone(), value));
        }
        Ok(assembled(class, parts))
    }

    /// A `Dict`: a reference to an array of pairs. Keys that are text or numbers become steps of the name.
    fn dictionary(&mut self, entries: &Member, bytes: &[u8]) -> Result<Value> {
        let medium = &self.file.medium;
        let Some(address) = medium.address(&mut Cursor::new(bytes, 0))?.filter(|&address| address != 0) else {
            return Ok(Value::Map(Vec::new()));
        };
        let dataset = self.known_dataset(address)?;
        let found = self.julia_type(dataset.datatype.committed)?;
        let pair = match &dataset.datatype.class {
            Class::Compound(members) => match members.as_slice() {
                [first, second] if first.name == "first" && second.name == "second" => Some((first, second)),
                _ => None,
            },
            _ => None,
        };
        let Some((first, second)) = pair.filter(|(first, _)| first.datatype.is_text() || number_key(&first.datatype))
        else {
            let above = self.tree.enter(&entries.name)?;
            let value = self.object(address)?;
            self.tree.leave(above);
            return Ok(Value::Map(alloc::vec![(entries.name.clone(), value)]));
        };
        let of_second = found.and_then(|found| found.fields.iter().find(|(name, _)| name == "second")?.1);
        let of_second = self.julia_type(of_second)?;
        let bytes = dataset.read(medium, DType::U8)?.freeze();
        let mut items: Vec<(String, Value)> = Vec::new();
        let mut keys = BTreeSet::new();
        for pair in bytes.chunks_exact(dataset.datatype.size) {
            let key = match self.decoder.one(&first.datatype, pair.get(first.offset..).unwrap_or_default())? {
                Value::Str(text) => text,
                Value::Int(n) => n.to_string(),
                Value::UInt(n) => n.to_string(),
                _ => return Err(Error::refused("a dictionary's key that is neither text nor a whole number")),
            };
            if !keys.insert(key.clone()) {
                return Err(Error::corrupt(alloc::format!("a dictionary with two keys `{key}`")));
            }
            let above = self.tree.enter(&key)?;
            let value = pair.get(second.offset..).unwrap_or_default();
            let value = self.element(&second.datatype, of_second.as_deref(), value, None)?;
            self.tree.leave(above);
            items.push((key, value));
        }
        Ok(Value::Map(items))
    }
}

/// Whether keys of this type are whole numbers.
fn number_key(datatype: &Datatype) -> bool {
    matches!(datatype.class, Class::Integer { .. }) && datatype.size <= 8
}

/// The dtype of numbers, and whether their bytes are reversed. Two opaque bytes are a bfloat16 only where Julia's type says so.
fn numbers(datatype: &Datatype, found: Option<&JuliaType>) -> Option<(DType, bool)> {
    let is_bfloat = || found.is_some_and(|found| short_name(&found.name) == "BFloat16");
    datatype.tensor_dtype().filter(|_| !matches!(datatype.class, Class::Opaque) || is_bfloat())
}
