//! The globals that PyTorch's files hold.

use crate::dtype::DType;
use crate::format::pickle::KnownGlobal;
use crate::format::pickle::numpy::NumpyGlobal;

/// A global of PyTorch that is known here. Nothing of it is ever called: [`tree`](super::tree) says what each means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Global {
    /// `_rebuild_tensor(storage, offset, size, stride)`.
    Tensor,
    /// `_rebuild_tensor_v2(.., requires_grad, hooks, metadata)`.
    TensorV2,
    /// `_rebuild_tensor_v3(.., requires_grad, hooks, dtype, metadata)`.
    TensorV3,
    /// `_rebuild_parameter(tensor, requires_grad, hooks)`, and the same with Python attributes behind.
    Parameter,
    /// `_rebuild_from_type_v2(function, class, arguments, attributes)`.
    FromType,
    /// `_rebuild_device_tensor_from_cpu_tensor(tensor, dtype, device, requires_grad)`, and from an array of NumPy.
    ToDevice,
    /// Something that is no dense tensor of numbers.
    NotDense(NotDense),
    /// `torch.Size(tuple)`.
    Size,
    /// `torch.device(kind, index)`.
    Device,
    /// `_get_layout(name)`.
    Layout,
    /// TorchScript's `build_intlist(list)` and the like, and `restore_type_tag(value, type)`: the first argument.
    First,
    /// A class of storages.
    Storage(StorageClass),
    /// A dtype.
    DType(DType),
    /// A class of tensors.
    TensorClass,
    /// A global of NumPy.
    Numpy(NumpyGlobal),
}

/// What is no dense tensor of numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NotDense {
    Sparse,
    Quantized,
    Nested,
    Meta,
    Wrapper,
}

impl NotDense {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Sparse => "a sparse tensor",
            Self::Quantized => "a quantized tensor",
            Self::Nested => "a nested tensor",
            Self::Meta => "a tensor of the `meta` device, which has no data",
            Self::Wrapper => "a tensor subclass that wraps other tensors",
        }
    }
}

/// What a class of storages says of the elements.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct StorageClass {
    /// Their dtype; `None` for quantized ones.
    pub(super) dtype: Option<DType>,
    /// Bytes that one takes.
    size: u8,
}

impl StorageClass {
    const fn of(dtype: DType) -> Self {
        #[expect(clippy::cast_possible_truncation, reason = "no dtype takes more than 16 bytes")]
        let size = (dtype.bits() / 8) as u8;
        Self { dtype: Some(dtype), size }
    }

    const fn quantized(size: u8) -> Self {
        Self { dtype: None, size }
    }

    /// Bytes that one element takes.
    pub(super) fn size(self) -> u64 {
        self.size.into()
    }

    fn find(name: &str) -> Option<Self> {
        if let Some(&(_, _, dtype)) = DTYPES.iter().find(|(_, storage, _)| *storage == name) {
            return Some(Self::of(dtype));
        }
        Some(match name {
            // A storage without a dtype is counted in bytes.
            UNTYPED_STORAGE | "_UntypedStorage" => Self::of(DType::U8),
            "QInt8Storage" | "QUInt8Storage" | "QUInt4x2Storage" | "QUInt2x4Storage" => Self::quantized(1),
            "QInt32Storage" => Self::quantized(4),
            _ => return None,
        })
    }
}

/// The class of storages that name no dtype.
pub(super) const UNTYPED_STORAGE: &str = "UntypedStorage";

/// PyTorch's name of each dtype, and of its class of storages; those without one are kept in [`UNTYPED_STORAGE`].
pub(super) const DTYPES: [(&str, &str, DType); 20] = [
    ("float64", "DoubleStorage", DType::F64),
    ("float32", "FloatStorage", DType::F32),
    ("float16", "HalfStorage", DType::F16),
    ("bfloat16", "BFloat16Storage", DType::BF16),
    ("int64", "LongStorage", DType::I64),
    ("int32", "IntStorage", DType::I32),
    ("int16", "ShortStorage", DType::I16),
    ("int8", "CharStorage", DType::I8),
    ("uint8", "ByteStorage", DType::U8),
    ("bool", "BoolStorage", DType::Bool),
    ("complex128", "ComplexDoubleStorage", DType::C128),
    ("complex64", "ComplexFloatStorage", DType::C64),
    ("uint64", "", DType::U64),
    ("uint32", "", DType::U32),
    ("uint16", "", DType::U16),
    ("float8_e4m3fn", "", DType::F8E4M3),
    ("float8_e5m2", "", DType::F8E5M2),
    ("float8_e4m3fnuz", "", DType::F8E4M3Fnuz),
    ("float8_e5m2fnuz", "", DType::F8E5M2Fnuz),
    ("float8_e8m0fnu", "", DType::F8E8M0),
];

/// PyTorch's name of a dtype.
pub(super) fn dtype_name(dtype: DType) -> &'static str {
    DTYPES.iter().find(|(_, _, known)| *known == dtype).map_or("", |(name, _, _)| name)
}

impl Global {
    /// The global of NumPy that this is.
    pub(super) fn numpy(self) -> Option<NumpyGlobal> {
        if let Self::Numpy(global) = self { Some(global) } else { None }
    }
}

impl KnownGlobal for Global {
    fn find(module: &str, name: &str) -> Option<Self> {
        if let Some(numpy) = NumpyGlobal::find(module, name) {
            return Some(Self::Numpy(numpy));
        }
        Some(match (module, name) {
            ("torch._utils", _) => match name {
                "_rebuild_tensor" => Self::Tensor,
                "_rebuild_tensor_v2" => Self::TensorV2,
                "_rebuild_tensor_v3" => Self::TensorV3,
                "_rebuild_parameter" | "_rebuild_parameter_with_state" => Self::Parameter,
                "_rebuild_device_tensor_from_cpu_tensor"
                | "_rebuild_device_tensor_from_numpy"
                | "_rebuild_xla_tensor" => Self::ToDevice,
                "_rebuild_sparse_tensor" | "_rebuild_sparse_csr_tensor" => Self::NotDense(NotDense::Sparse),
                "_rebuild_qtensor" => Self::NotDense(NotDense::Quantized),
                "_rebuild_nested_tensor" => Self::NotDense(NotDense::Nested),
                "_rebuild_meta_tensor_no_storage" => Self::NotDense(NotDense::Meta),
                "_rebuild_wrapper_subclass" => Self::NotDense(NotDense::Wrapper),
                _ => return None,
            },
            ("torch._tensor", "_rebuild_from_type_v2") => Self::FromType,
            ("torch.serialization", "_get_layout") => Self::Layout,
            ("torch", "Size") => Self::Size,
            ("torch", "device") => Self::Device,
            ("torch", "Tensor")
            | ("torch.nn.parameter", "Parameter" | "Buffer" | "UninitializedParameter" | "UninitializedBuffer") => {
                Self::TensorClass
            }
            (
                "torch.jit._pickle",
                "restore_type_tag" | "build_intlist" | "build_doublelist" | "build_boollist" | "build_tensorlist",
            ) => Self::First,
            ("torch" | "torch.cuda" | "torch.storage", _) => {
                if let Some(class) = StorageClass::find(name) {
                    Self::Storage(class)
                } else if module == "torch"
                    && let Some(&(_, _, dtype)) = DTYPES.iter().find(|(dtype, _, _)| *dtype == name)
                {
                    Self::DType(dtype)
                } else {
                    return None;
                }
            }
            _ => return None,
        })
    }

    fn is_callable(self) -> bool {
        match self {
            Self::Storage(_) | Self::DType(_) | Self::TensorClass => false,
            Self::Numpy(global) => global.is_callable(),
            _ => true,
        }
    }

    fn takes_state(self) -> bool {
        self.numpy().is_some_and(NumpyGlobal::takes_state)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::pickle::Graph;

    #[test]
    #[cfg(target_pointer_width = "64")]
    fn a_node_stays_small() {
        // A file of 200 000 tensors has two million.
        assert_eq!(Graph::<Global>::NODE_BYTES, 16);
    }
}
