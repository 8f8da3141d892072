//! A place in a format, and all that is to happen on the way.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, OnceLock};

use regex::Regex;

use super::access::Opened;
use super::format::{Format, Habits};
use super::place::{MaybeBytes, Place};
use crate::bytes::Bytes;
use crate::convert::Overflow;
use crate::error::{Error, Result};
use crate::format::{ReadOptions, TensorFile};
use crate::limits::Limits;
use crate::report::{LoadPolicy, Severity};
use crate::transform::{KeyRemapper, LoadOptions, ModuleAdapter, PathFilter};

/// A place in a format, and all that is to happen on the way there and back.
///
/// A builder method that is given something malformed keeps that error for the call that uses the store; the `try_` forms give it at
/// once. [The module](super) has an example.
#[derive(Clone)]
#[must_use]
pub struct Store<F: Format = super::Any> {
    pub(super) place: Place,
    pub(super) format: F,
    pub(super) settings: Settings,
    /// The file, once it was opened.
    pub(super) opened: OnceLock<Opened>,
}

#[derive(Clone)]
#[expect(clippy::struct_excessive_bools, reason = "each is a choice of its own, with a builder method of its name")]
pub(super) struct Settings {
    pub(super) load: LoadOptions,
    pub(super) read: ReadOptions,
    pub(super) remapper: KeyRemapper,
    pub(super) top_level_key: Option<String>,
    pub(super) from_adapters: Vec<Arc<dyn ModuleAdapter>>,
    pub(super) to_adapters: Vec<Arc<dyn ModuleAdapter>>,
    pub(super) translate: bool,
    pub(super) skip_enum_variants: Option<bool>,
    pub(super) map_indices_contiguous: Option<bool>,
    pub(super) indices_kept: Option<Regex>,
    pub(super) metadata: BTreeMap<String, String>,
    pub(super) default_metadata: bool,
    pub(super) overwrite: bool,
    pub(super) zero_copy: bool,
    pub(super) digests: Option<bool>,
    pub(super) auto_extension: bool,
    pub(super) auto_remap: bool,
    /// The first malformed argument.
    error: Option<String>,
}

impl Settings {
    fn new() -> Self {
        Self {
            load: LoadOptions::default(),
            read: ReadOptions::default(),
            remapper: KeyRemapper::new(),
            top_level_key: None,
            from_adapters: Vec::new(),
            to_adapters: Vec::new(),
            translate: true,
            skip_enum_variants: None,
            map_indices_contiguous: None,
            indices_kept: None,
            metadata: BTreeMap::new(),
            default_metadata: true,
            overwrite: false,
            zero_copy: false,
            digests: None,
            auto_extension: true,
            auto_remap: false,
            error: None,
        }
    }

    pub(super) fn check(&self) -> Result<()> {
        match &self.error {
            Some(error) => Err(Error::argument(error)),
            None => self.load.filter.check(),
        }
    }
}

impl<F: Format> Store<F> {
    fn new(place: Place) -> Self {
        Self { place, format: F::default(), settings: Settings::new(), opened: OnceLock::new() }
    }

    /// A store of the file at this path. Nothing is opened before it is needed.
    pub fn from_file(path: impl Into<PathBuf>) -> Self {
        Self::new(Place::File(path.into()))
    }

    /// A store in memory: of these bytes, or of those that a save will make.
    pub fn from_bytes(bytes: impl Into<MaybeBytes>) -> Self {
        Self::new(Place::Memory(bytes.into().0))
    }

    /// A store of bytes that live as long as the program, as those of `include_bytes!`. Tensors share them: nothing is copied.
    pub fn from_static(bytes: &'static [u8]) -> Self {
        Self::new(Place::Memory(Some(Bytes::from_static(bytes)))).zero_copy(true)
    }

    /// Takes part only what any of the rules takes: tensors whose path in the module this regular expression matches.
    pub fn with_regex(self, pattern: impl AsRef<str>) -> Self {
        self.filtered(|filter| filter.with_regex(pattern))
    }

    /// As [`Store::with_regex`], with the error at once.
    ///
    /// # Errors
    /// [`ErrorKind::Argument`](crate::ErrorKind::Argument) for what is no regular expression.
    pub fn try_with_regex(mut self, pattern: impl AsRef<str>) -> Result<Self> {
        self.settings.load.filter = self.settings.load.filter.try_with_regex(pattern)?;
        Ok(self)
    }

    /// [`Store::with_regex`] for several.
    pub fn with_regexes<S: AsRef<str>>(self, patterns: impl IntoIterator<Item = S>) -> Self {
        self.filtered(|filter| filter.with_regexes(patterns))
    }

    /// Takes part: the tensor of exactly this path in the module.
    pub fn with_full_path(self, path: impl Into<String>) -> Self {
        self.filtered(|filter| filter.with_full_path(path))
    }

    /// [`Store::with_full_path`] for several.
    pub fn with_full_paths<S: Into<String>>(self, paths: impl IntoIterator<Item = S>) -> Self {
        self.filtered(|filter| filter.with_full_paths(paths))
    }

    /// Takes part what `takes` says, given the path in the module and the types on the way, such as `Model.Vec.Linear`.
    pub fn with_predicate(self, takes: impl Fn(&str, &str) -> bool + Send + Sync + 'static) -> Self {
        self.filtered(|filter| filter.with_predicate(takes))
    }

    /// Everything takes part, whatever the other rules say.
    pub fn match_all(self) -> Self {
        self.filtered(PathFilter::match_all)
    }

    /// The rules of what takes part, in place of those so far.
    pub fn filter(self, filter: PathFilter) -> Self {
        self.filtered(|_| filter)
    }

    /// [`Store::filter`], by its other name.
    pub fn with_filter(self, filter: PathFilter) -> Self {
        self.filter(filter)
    }

    /// Replaces all matches of a regular expression in each tensor's name: the file's on the way in, the module's on the way out. Several
    /// apply one after the other; see [`KeyRemapper`].
    pub fn with_key_remapping(mut self, from: impl AsRef<str>, to: impl Into<String>) -> Self {
        match self.settings.remapper.clone().add_pattern(from, to) {
            Ok(remapper) => self.settings.remapper = remapper,
            Err(error) => self.keep(&error),
        }
        self.reopened()
    }

    /// [`Store::with_key_remapping`], by its other name.
    pub fn with_remap_pattern(self, from: impl AsRef<str>, to: impl Into<String>) -> Self {
        self.with_key_remapping(from, to)
    }

    /// As [`Store::with_key_remapping`], with the error at once.
    ///
    /// # Errors
    /// As [`KeyRemapper::add_pattern`].
    pub fn try_with_key_remapping(mut self, from: impl AsRef<str>, to: impl Into<String>) -> Result<Self> {
        self.settings.remapper = self.settings.remapper.add_pattern(from, to)?;
        self.opened = OnceLock::new();
        Ok(self)
    }

    /// Adds the patterns of a remapper.
    pub fn remap(mut self, remapper: KeyRemapper) -> Self {
        self.settings.remapper.extend(remapper);
        self.reopened()
    }

    /// Applies the rules that make the file's names the module's, if names and shapes together allow only one such set of rules. The
    /// result lists what was done.
    pub fn auto_remap(mut self, auto: bool) -> Self {
        self.settings.auto_remap = auto;
        self
    }

    /// Changes tensors on their way into a module. Several apply one after the other; the translation that a format has of itself
    /// comes last.
    pub fn with_from_adapter(mut self, adapter: impl ModuleAdapter + 'static) -> Self {
        self.settings.from_adapters.push(Arc::new(adapter));
        self
    }

    /// Changes tensors on their way out of a module. Several apply one after the other; the translation that a format has of itself
    /// comes last.
    pub fn with_to_adapter(mut self, adapter: impl ModuleAdapter + 'static) -> Self {
        self.settings.to_adapters.push(Arc::new(adapter));
        self
    }

    /// Leaves out the translation that a format has of itself: a PyTorch file whose layers are laid out as Vellum's.
    pub fn without_translation(mut self) -> Self {
        self.settings.translate = false;
        self
    }

    /// The part of the file under this key (or dotted keys), without it: where checkpoints keep a state dict.
    pub fn with_top_level_key(mut self, key: impl Into<String>) -> Self {
        self.settings.top_level_key = Some(key.into());
        self.reopened()
    }

    /// Whether the module's enum variants are no part of the names.
    pub fn skip_enum_variants(mut self, skip: bool) -> Self {
        self.settings.skip_enum_variants = Some(skip);
        self
    }

    /// Whether the gaps in the numbers of a `Sequential` are closed, where the module has a list of as many items.
    pub fn map_indices_contiguous(mut self, map: bool) -> Self {
        self.settings.map_indices_contiguous = Some(map);
        self
    }

    /// As [`Store::map_indices_contiguous`], but for names in the file that this regular expression matches.
    pub fn map_indices_contiguous_except(mut self, pattern: impl AsRef<str>) -> Self {
        match Regex::new(pattern.as_ref()) {
            Ok(regex) => self.settings.indices_kept = Some(regex),
            Err(error) => {
                let error = format!("`{}` is not a regular expression: {error}", pattern.as_ref());
                self.keep(&Error::argument(error));
            }
        }
        self.map_indices_contiguous(true)
    }

    /// Whether the module may have tensors that the file lacks: they keep their values, and the result lists them.
    pub fn allow_partial(mut self, allow: bool) -> Self {
        self.settings.load.policy.missing = if allow { Severity::Allow } else { Severity::Error };
        self
    }

    /// What a load makes of each kind of difference.
    pub fn policy(mut self, policy: LoadPolicy) -> Self {
        self.settings.load.policy = policy;
        self
    }

    /// Whether differences refuse a load, as they do by default. Otherwise it loads what fits and lists the rest among the result's
    /// errors. Bytes that are damaged refuse a load in any case.
    pub fn validate(mut self, validate: bool) -> Self {
        self.settings.load.validate = validate;
        self
    }

    /// What becomes of a number that the module's dtype cannot hold. An error by default.
    pub fn overflow(mut self, overflow: Overflow) -> Self {
        self.settings.load.conversion = self.settings.load.conversion.with_overflow(overflow);
        self
    }

    /// What the file may make its reader do.
    pub fn limits(mut self, limits: Limits) -> Self {
        self.settings.read.limits = limits;
        self.reopened()
    }

    /// Text to keep in the file, where the format has room.
    pub fn metadata(mut self, key: impl Into<String>, value: impl Into<String>) -> Self {
        self.settings.metadata.insert(key.into(), value.into());
        self
    }

    /// Leaves out all text so far, also what is written by default: a Burnpack file without digests then passes for one of Burn's, whose
    /// weights of `LinearLayout::Col` lie otherwise.
    pub fn clear_metadata(mut self) -> Self {
        self.settings.metadata.clear();
        self.settings.default_metadata = false;
        self
    }

    /// Whether a save may replace a file. It may not by default.
    pub fn overwrite(mut self, overwrite: bool) -> Self {
        self.settings.overwrite = overwrite;
        self
    }

    /// Whether tensors share the bytes of the file instead of copying them. A file is mapped then (feature `mmap`): while a tensor made
    /// of it lives nobody may write to it in place, or the tensor changes, and nobody may cut it short, or the process dies. Files that
    /// are replaced, as Vellum's saves do, are safe. Digests are checked only if [`Store::digests`] says so.
    pub fn zero_copy(mut self, share: bool) -> Self {
        self.settings.zero_copy = share;
        self.reopened()
    }

    /// Whether tensors are checked against the digests in the file, and digests are written into it. They are by default, but for
    /// reading with [`Store::zero_copy`], which does not touch bytes before they are used.
    pub fn digests(mut self, digests: bool) -> Self {
        self.settings.digests = Some(digests);
        self.reopened()
    }

    /// Whether a name without an extension gets the format's, where it has one of its own (`.bpk`). It does by default.
    pub fn auto_extension(mut self, append: bool) -> Self {
        self.settings.auto_extension = append;
        self.reopened()
    }

    #[cfg(any(feature = "gguf", feature = "numpy", feature = "onnx", feature = "safetensors", feature = "torch"))]
    pub(super) fn format_mut(&mut self) -> &mut F {
        self.opened = OnceLock::new();
        &mut self.format
    }

    pub(super) fn habits(&self, file: Option<&dyn TensorFile>) -> Habits {
        let habits = self.format.habits(file);
        Habits {
            framework: habits.framework.filter(|_| self.settings.translate),
            skip_enum_variants: self.settings.skip_enum_variants.unwrap_or(habits.skip_enum_variants),
            map_indices_contiguous: self.settings.map_indices_contiguous.unwrap_or(habits.map_indices_contiguous),
        }
    }

    fn filtered(mut self, change: impl FnOnce(PathFilter) -> PathFilter) -> Self {
        self.settings.load.filter = change(std::mem::take(&mut self.settings.load.filter));
        self
    }

    fn keep(&mut self, error: &Error) {
        self.settings.error.get_or_insert_with(|| error.to_string());
    }

    fn reopened(mut self) -> Self {
        self.opened = OnceLock::new();
        self
    }
}

impl<F: Format> std::fmt::Debug for Store<F> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Store").field("place", &self.place).field("format", &self.format).finish_non_exhaustive()
    }
}
