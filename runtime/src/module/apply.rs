//! Loading in place: everything is checked and staged before anything changes.

use alloc::boxed::Box;
use alloc::collections::BTreeMap;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use super::slot::LeafMut;
use crate::device::Device;
use crate::dtype::DType;
use crate::error::Result;
use crate::path::{PathPart, TensorPath};
use crate::record::plain::unpack;
use crate::record::{
    Allowed, Content, Field, FileTensor, Item, Loaded, MatrixLayout, Precision, Record, TieId, Tree, is_no_fields,
    part_of, recognise, within_group_norm,
};
use crate::report::{Difference, LoadError, LoadReport, NearNames, Notes};
use crate::value::{Packed, Value, difference};
use crate::xxh3::xxh3_128;

/// Loads what a file holds into a module's slots, or changes nothing.
pub(crate) fn apply(
    tree: Tree<LeafMut<'_>>,
    loaded: Loaded,
    allowed: &Allowed,
    device: Device,
) -> Result<LoadReport, LoadError> {
    let Loaded { item, precision, ours, text_ids, budget, .. } = loaded;
    let mut pass = Pass {
        precision,
        ours,
        text_ids,
        allowed,
        device,
        path: TensorPath::root(),
        notes: Notes::new(budget),
        staged: Vec::new(),
        tied: BTreeMap::new(),
    };
    pass.tree(tree, item);
    let Pass { notes, mut staged, .. } = pass;
    let ((), report) = notes.finish(Some(()))?;
    staged.iter_mut().for_each(LeafMut::commit);
    Ok(report)
}

/// The item of a record in memory.
///
/// # Errors
/// Each constant that no value can be, by path; what keeps a tensor's library from giving its elements.
pub(crate) fn item_of(record: impl Record) -> Result<Item, LoadError> {
    let mut differences = Vec::new();
    record.tree().constant_errors(&mut TensorPath::root(), &mut |path, error| {
        differences.push(Difference::Data { path: path.clone(), error });
    });
    if differences.is_empty() {
        match record.into_item() {
            Ok(item) => return Ok(item),
            Err(error) => {
                let path = TensorPath::from(error.tensor().unwrap_or_default());
                differences.push(Difference::Data { path, error });
            }
        }
    }
    Err(LoadError::new(differences))
}

struct Pass<'m, 'f> {
    precision: Precision,
    /// Whether what was read says what Burn's files leave open: of each option whether it is there, of each matrix how it lies.
    ours: bool,
    /// Whether the file's ids are any text.
    text_ids: bool,
    allowed: &'f Allowed,
    device: Device,
    path: TensorPath,
    notes: Notes,
    staged: Vec<LeafMut<'m>>,
    /// Of each tie, the first place, and the dtype and the digest of what the file has there: the digest by which files are known to be whole.
    /// Not its data, because a value that is made of data which somebody else holds has to be a copy.
    tied: BTreeMap<TieId, (TensorPath, DType, u128)>,
}

impl<'m> Pass<'m, '_> {
    fn tree(&mut self, tree: Tree<LeafMut<'m>>, item: Item) {
        if self.notes.is_over() {
            return;
        }
        match (tree, item) {
            (Tree::Option(None), Item::Nil | Item::Absent) => {}
            (Tree::Skipped, item) if item.is_nothing() => {}
            (Tree::Skipped, _) => self.unexpected(|_| None),
            (Tree::Constant(Ok(Some(own))), Item::Packed(packed)) if packed.is(&own) => {}
            (Tree::Constant(own), Item::Packed(packed)) => self.packed(own, &packed),
            (Tree::Constant(own), item) => self.constant(own, &item),
            (Tree::Leaf(leaf), item) => match recognise(item, self.text_ids, &self.notes) {
                Ok(Ok(tensor)) => self.leaf(leaf, tensor),
                Ok(Err(item)) => {
                    self.differ(|path| Difference::Form { path, expected: "a parameter", found: item.form() });
                }
                Err(error) => self.differ(|path| Difference::Data { path, error }),
            },
            (Tree::Option(None), _) => self.differ(|path| Difference::Presence { path, expected: false }),
            // Burn's files have nothing for a type without state: the module keeps its own. So do ours where it was in no option.
            (Tree::Option(Some(tree)), Item::Nil)
                if tree.nil_says_nothing() && !(self.ours && matches!(*tree, Tree::Option(_))) =>
            {
                self.tree(*tree, Item::Nil);
            }
            (Tree::Option(Some(_)), Item::Nil | Item::Absent) | (_, Item::Absent) => {
                self.differ(|path| Difference::Presence { path, expected: true });
            }
            (Tree::Option(Some(tree)), item) => self.tree(*tree, item.inside()),
            (tree, Item::Some(item)) if tree.nil_says_nothing() => self.tree(tree, *item),
            (Tree::Struct(own), Item::Map(entries)) if !is_no_fields(&entries, names_of(&own.fields)) => {
                self.fields(own.fields, entries);
            }
            (Tree::Struct(own), item) if own.stateless && item.is_slot() => self.fields(own.fields, Vec::new()),
            (Tree::Variant(own), item) if own.stateless && item.is_slot() => {
                // Which variant it was is kept as a constant, too.
                self.notes.missing(&self.path);
                self.content(own.variant, own.content, Item::Nil);
            }
            (Tree::Variant(own), Item::Value(Value::Str(found))) => {
                if found == own.variant {
                    self.content(own.variant, own.content, Item::Nil);
                } else {
                    self.differ(|path| Difference::Variant { path, expected: own.variant.to_string(), found });
                }
            }
            (Tree::Variant(own), Item::Map(mut entries)) if entries.len() == 1 => {
                let (found, item) = entries.remove(0);
                if found == own.variant {
                    self.content(own.variant, own.content, item);
                } else {
                    self.differ(|path| Difference::Variant { path, expected: own.variant.to_string(), found });
                }
            }
            (Tree::Seq(_, trees), item @ (Item::Seq(_) | Item::Numbers(_))) => {
                let expected = trees.len();
                let found = match &item {
                    Item::Seq(items) => items.len(),
                    Item::Numbers(numbers) => numbers.len(),
                    _ => 0,
                };
                if expected != found {
                    self.differ(|path| Difference::Length { path, expected, found });
                    return;
                }
                let items = match item {
                    Item::Seq(items) => items,
                    Item::Numbers(numbers) => unpack(&numbers),
                    _ => Vec::new(),
                };
                for (i, (tree, item)) in trees.into_iter().zip(items).enumerate() {
                    self.within(PathPart::Index(i), |pass| pass.tree(tree, item));
                }
            }
            (Tree::Map(trees), Item::Map(entries)) if FileTensor::form_of(&entries).is_none() => {
                self.entries(trees, entries);
            }
            (tree, item) => {
                let expected = form(&tree);
                self.differ(|path| Difference::Form { path, expected, found: item.form() });
            }
        }
    }

    fn leaf(&mut self, mut leaf: LeafMut<'m>, tensor: FileTensor) {
        let turned = leaf.is_in_columns() && (!self.ours || tensor.layout == MatrixLayout::Unsaid);
        let expected = if turned { leaf.shape().reversed() } else { leaf.shape() };
        let wanted = leaf.dtype();
        if *tensor.shape() != expected {
            let found = tensor.shape().clone();
            return self.differ(|path| Difference::Shape { path, expected, found });
        }
        let id = tensor.id;
        let data = tensor.into_data(Some(wanted.kind()), self.precision, Some(self.notes.budget()));
        let data = match data.and_then(|data| if turned { data.view().transposed() } else { Ok(data) }) {
            Ok(data) => data,
            Err(error) => return self.differ(|path| Difference::Data { path, error }),
        };
        let found = data.dtype();
        if found.kind() != wanted.kind() {
            return self.differ(|path| Difference::Kind { path, expected: wanted.kind(), found });
        }
        if let Some(tie) = leaf.tie() {
            let digest = xxh3_128(data.bytes());
            if let Some((tied_to, first, first_digest)) = self.tied.get(&tie) {
                if (*first, *first_digest) != (found, digest) {
                    let tied_to = tied_to.clone();
                    return self.differ(|path| Difference::Untied { path, tied_to });
                }
                return self.notes.loaded(&self.path);
            }
            self.tied.insert(tie, (self.path.clone(), found, digest));
        }
        if let Err(error) = leaf.stage(data, id, &self.allowed.conversion, &self.device) {
            return self.differ(|path| Difference::Data { path, error });
        }
        self.notes.loaded(&self.path);
        if found != wanted {
            self.notes.converted(&self.path, found, wanted);
        }
        self.staged.push(leaf);
    }

    /// Compares a constant with one of which the file has not the same bytes: the entries of a map are in any order.
    fn packed(&mut self, own: Result<Option<Value>>, packed: &Packed) {
        match packed.to_value(self.notes.budget()) {
            Ok((value, held)) => {
                self.constant(own, &Item::Value(value));
                self.notes.budget().refund_held(held);
            }
            Err(error) => self.differ(|path| Difference::Data { path, error }),
        }
    }

    fn constant(&mut self, own: Result<Option<Value>>, item: &Item) {
        let file = match item {
            Item::Value(value) => Some(value),
            item if item.is_constant_slot() => None,
            _ => return self.differ(|path| Difference::Form { path, expected: "a constant", found: item.form() }),
        };
        match (own, file) {
            (Err(error), _) => self.differ(|path| Difference::Data { path, error }),
            (Ok(Some(own)), Some(file)) if own != *file => {
                self.differ(|path| {
                    let (expected, found) = difference(&own, file);
                    Difference::Constant { path, expected, found }
                });
            }
            (Ok(_), None) => self.notes.missing(&self.path),
            (Ok(_), Some(_)) => {}
        }
    }

    fn content(&mut self, variant: &'static str, content: Box<Content<LeafMut<'m>>>, item: Item) {
        self.within(PathPart::Variant(variant.into()), |pass| match (*content, item) {
            (Content::Unit, Item::Nil) => {}
            (Content::Newtype(tree), item) => pass.tree(tree, item),
            (Content::Fields(fields), Item::Map(entries)) if !is_no_fields(&entries, names_of(&fields)) => {
                pass.fields(fields, entries);
            }
            (Content::Fields(fields), Item::Nil) => pass.fields(fields, Vec::new()),
            (Content::Unit, item) => {
                pass.differ(|path| Difference::Form { path, expected: "nothing", found: item.form() });
            }
            (Content::Fields(_), item) => {
                pass.differ(|path| Difference::Form { path, expected: "named fields", found: item.form() });
            }
        });
    }

    fn fields(&mut self, fields: Vec<Field<LeafMut<'m>>>, entries: Vec<(String, Item)>) {
        let entries = if self.text_ids { within_group_norm(entries, fields.iter().map(|f| f.name)) } else { entries };
        let mut entries: Vec<(String, Option<Item>)> =
            entries.into_iter().map(|(name, item)| (name, Some(item))).collect();
        let mut known = Vec::with_capacity(fields.len());
        for field in fields {
            known.push(field.name);
            let names = core::iter::once(&field.name).chain(field.aliases);
            let taken = names.clone().find_map(|name| {
                let (_, item) = entries.iter_mut().find(|(n, item)| n == name && item.is_some())?;
                Some((*name, item.take()?))
            });
            let left = || entries.iter().filter(|(_, item)| item.is_some()).map(|(name, _)| name.as_str());
            let similar = |near: &mut NearNames| near.most_similar(field.name, left());
            self.within(part_of(field.name), |pass| match taken {
                Some((name, item)) => {
                    if name != field.name {
                        pass.notes.aliased(&pass.path, name);
                    }
                    pass.tree(field.tree, item);
                }
                None if field.tree.needs_nothing() => pass.tree(field.tree, Item::Nil),
                None => pass.missing(field.optional, similar),
            });
        }
        for (name, item) in entries {
            if item.is_some_and(|item| !item.is_nothing()) {
                let similar = |near: &mut NearNames| near.most_similar(&name, known.iter().copied());
                self.within(PathPart::Field(name.clone().into()), |pass| pass.unexpected(similar));
            }
        }
    }

    fn entries(&mut self, trees: Vec<(String, Tree<LeafMut<'m>>)>, entries: Vec<(String, Item)>) {
        let mut entries: BTreeMap<String, Item> = entries.into_iter().collect();
        let trees: Vec<_> = trees.into_iter().map(|(key, tree)| (entries.remove(&key), key, tree)).collect();
        let missing: Vec<String> =
            trees.iter().filter(|(item, ..)| item.is_none()).map(|(_, key, _)| key.clone()).collect();
        for (item, key, tree) in trees {
            let similar = |near: &mut NearNames| near.most_similar(&key, entries.keys().map(String::as_str));
            self.within(PathPart::Key(key.clone()), |pass| match item {
                Some(item) => pass.tree(tree, item),
                None => pass.missing(false, similar),
            });
        }
        for key in entries.keys() {
            let similar = |near: &mut NearNames| near.most_similar(key, missing.iter().map(String::as_str));
            self.within(PathPart::Key(key.clone()), |pass| pass.unexpected(similar));
        }
    }

    /// Notes what the file lacks, or that this is a difference.
    fn missing(&mut self, is_optional: bool, similar: impl FnOnce(&mut NearNames) -> Option<String>) {
        if is_optional || self.allowed.missing {
            self.notes.missing(&self.path);
        } else {
            self.notes.not_found(&self.path, similar);
        }
    }

    /// Notes what the file has beyond the module, or that this is a difference.
    fn unexpected(&mut self, similar: impl FnOnce(&mut NearNames) -> Option<String>) {
        self.notes.unexpected(&self.path, self.allowed.unexpected, similar);
    }

    fn differ(&mut self, difference: impl FnOnce(TensorPath) -> Difference) {
        self.notes.differ(&self.path, difference);
    }

    fn within(&mut self, part: PathPart, walk: impl FnOnce(&mut Self)) {
        self.path.push(part);
        walk(self);
        self.path.pop();
    }
}

/// Every name of these fields.
fn names_of<L>(fields: &[Field<L>]) -> impl Iterator<Item = &&'static str> {
    fields.iter().flat_map(|field| core::iter::once(&field.name).chain(field.aliases))
}

fn form<L>(tree: &Tree<L>) -> &'static str {
    match tree {
        Tree::Skipped => "a skipped field",
        Tree::Constant(_) => "a constant",
        Tree::Leaf(_) => "a parameter",
        Tree::Plain(_) => "a value",
        Tree::Numbers(_) => "a list of numbers",
        Tree::Option(_) => "an optional part",
        Tree::Struct(_) => "a struct",
        Tree::Variant(_) => "an enum",
        Tree::Seq(..) => "a list",
        Tree::Map(_) => "a map",
    }
}
