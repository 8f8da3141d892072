//! Where tensors live.

/// Where tensors live. The default is the CPU's memory, the only place that Vellum's own tensors know.
///
/// Not `Copy`, so that other places may be added that are more than a number.
///
/// A tensor type of another library turns this into its own device, and returns an error for one that it cannot use.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Device {
    /// The CPU's memory.
    #[default]
    Cpu,
}
