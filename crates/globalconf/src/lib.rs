//! Anchors and global configuration V2 to V6: read, write, verify, look up.
