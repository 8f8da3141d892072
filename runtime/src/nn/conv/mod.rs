//! Convolutions.
//!
//! Kernels lie in memory as in PyTorch: `[output, input / groups, kernel..]`, transposed ones `[input, output / groups, kernel..]`.

mod conv1d;
mod conv2d;
mod conv3d;
mod conv_transpose1d;
mod conv_transpose2d;
mod direct;
mod patches;
mod transposed;

pub use conv_transpose1d::{ConvTranspose1d, ConvTranspose1dConfig, ConvTranspose1dRecord};
pub use conv_transpose2d::{ConvTranspose2d, ConvTranspose2dConfig, ConvTranspose2dRecord};
pub use conv1d::{Conv1d, Conv1dConfig, Conv1dRecord};
pub use conv2d::{Conv2d, Conv2dConfig, Conv2dRecord};
pub use conv3d::{Conv3d, Conv3dConfig, Conv3dRecord};

fn check_groups(channels_in: usize, channels_out: usize, groups: usize) {
    let divide = groups > 0 && channels_in.is_multiple_of(groups) && channels_out.is_multiple_of(groups);
    assert!(divide, "{groups} groups do not divide {channels_in} channels of input and {channels_out} of output");
}
