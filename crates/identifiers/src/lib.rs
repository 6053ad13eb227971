//! X-Road and Personal-LINK names as types with one grammar.
