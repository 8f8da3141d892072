//! Runs the cases.

#[test]
fn every_mistake_is_one_error_that_says_what_to_write() {
    trybuild::TestCases::new().compile_fail("cases/*/*.rs");
}
