//! One mistake, one error, on the user's own tokens, that says what to write instead.
//!
//! `cases/<rule>/<mistake>.rs` is the mistake and the `.stderr` beside it what rustc says of it. The folders are the list of what the
//! macros refuse. After a change of the wording or of the toolchain: `TRYBUILD=overwrite cargo test -p vellum-ui-tests`, and read the
//! difference.
