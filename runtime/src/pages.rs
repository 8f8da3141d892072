//! Memory pages: the only place that asks the system about them.
#![allow(unsafe_code)]

/// The huge page of x86-64 and of aarch64 with small base pages.
#[cfg(feature = "std")]
pub(crate) const HUGE: usize = 2 << 20;

/// Asks for huge pages under a large buffer that has not been touched yet. A hint: nothing depends on it but speed, and faulting
/// in small pages is most of what a load costs.
#[cfg(all(feature = "std", target_os = "linux"))]
pub(crate) fn advise_huge(buffer: &mut [u8]) {
    /// Advice must start at a page; the largest base page of the Linux targets.
    const PAGE: usize = 1 << 16;

    let start = buffer.as_mut_ptr() as usize;
    let first = start.next_multiple_of(PAGE);
    let end = (start + buffer.len()) & !(PAGE - 1);
    // Smaller buffers gain nothing.
    if end <= first || end - first < 2 * HUGE {
        return;
    }
    let advised = &mut buffer[first - start..end - start];
    // SAFETY: the range is inside one live, exclusively borrowed buffer, and MADV_HUGEPAGE changes how pages are backed, never
    // what they hold.
    unsafe {
        libc::madvise(advised.as_mut_ptr().cast(), advised.len(), libc::MADV_HUGEPAGE);
    }
}

#[cfg(not(all(feature = "std", target_os = "linux")))]
pub(crate) fn advise_huge(_buffer: &mut [u8]) {}
