//! What must not compile: a relay that skips a check, and a forged proof.

#[test]
fn skipping_a_check_does_not_compile() {
    let cases = trybuild::TestCases::new();
    cases.pass("tests/ui/right_order.rs");
    cases.compile_fail("tests/ui/skip_*.rs");
    cases.compile_fail("tests/ui/forge_*.rs");
}
