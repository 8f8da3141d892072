//! In which precision a recorder saves.

use core::fmt::Debug;

use half::{bf16, f16};

use crate::dtype::{DType, Element};

/// In which precision a recorder saves: the dtype of floats and the dtype of integers. Bools are kept.
///
/// It says nothing of loading: a file states its own dtypes, and data go straight from those to the module's.
#[diagnostic::on_unimplemented(
    message = "`{Self}` are no precision settings",
    note = "write `FullPrecisionSettings`, `HalfPrecisionSettings`, `DoublePrecisionSettings`, or implement `PrecisionSettings`"
)]
pub trait PrecisionSettings: Debug + Clone + Default + Send + Sync + 'static {
    /// What floats are saved as.
    type FloatElem: Element;
    /// What integers are saved as.
    type IntElem: Element;

    /// The name that files state; Burn's for its own settings.
    fn name() -> &'static str {
        without_path(core::any::type_name::<Self>())
    }
}

/// The name of a type with its arguments, which have paths of their own, and without its path.
fn without_path(name: &str) -> &str {
    let path = name.split('<').next().unwrap_or(name);
    let start = path.rfind("::").map_or(0, |separator| separator + "::".len());
    name.get(start..).unwrap_or(name)
}

macro_rules! settings {
    ($($(#[$doc:meta])* $name:ident = $float:ty, $int:ty;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
        pub struct $name;

        impl PrecisionSettings for $name {
            type FloatElem = $float;
            type IntElem = $int;
        }
    )*};
}

settings! {
    /// 32-bit floats and integers.
    FullPrecisionSettings = f32, i32;
    /// 16-bit IEEE floats and 16-bit integers. A float that rounds past 65504, so one of 65520 or more, or an integer past 32767 is an error that
    /// names it.
    HalfPrecisionSettings = f16, i16;
    /// 64-bit floats and integers.
    DoublePrecisionSettings = f64, i64;
    /// 16-bit floats with the range of 32-bit ones, and 32-bit integers.
    BFloat16PrecisionSettings = bf16, i32;
}

/// The dtypes that settings name, once they travel at run time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Precision {
    /// What floats are saved as.
    pub float: DType,
    /// What integers are saved as.
    pub int: DType,
}

/// Full precision.
impl Default for Precision {
    fn default() -> Self {
        Self::of::<FullPrecisionSettings>()
    }
}

impl Precision {
    /// The precision of these settings.
    pub fn of<S: PrecisionSettings>() -> Self {
        Self { float: S::FloatElem::DTYPE, int: S::IntElem::DTYPE }
    }
}
