//! Zip archives: what PyTorch files, `.npz` and `.keras` are inside.
//!
//! The reader is strict and random-access. It believes the central directory, checks it against each local header, and refuses
//! whatever two readers could see differently: a name that occurs twice, names or methods that disagree, members that overlap
//! one another or the directory, a second end record in the comment. Members that are stored are read in place; deflated ones
//! are inflated under the file's [`Budget`](crate::Budget). Every whole reading of a member checks its CRC-32.
//!
//! The writer streams: a member's size is known beforehand, its CRC only behind it, in a data descriptor, as PyTorch itself
//! writes it. Data is aligned to 64 bytes by padding in the extra field.
//!
//! Rules and numbers are those of PKWARE's APPNOTE.TXT 6.3.

mod archive;
mod directory;
mod layout;
mod member;
#[cfg(test)]
mod tests;
mod writer;

pub use archive::Archive;
pub use directory::{Entry, Method};
pub use member::MemberReader;
pub use writer::ZipWriter;
