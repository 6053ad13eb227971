//! Black-box tests that start the real programs.
