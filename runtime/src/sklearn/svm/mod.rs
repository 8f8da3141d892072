//! Support vector machines, as libsvm has them.

mod classifier;
mod kernel;
mod regressor;

pub use classifier::{SVC, SVCRecord};
pub use kernel::{Kernel, KernelKind};
pub use regressor::{SVR, SVRRecord};
