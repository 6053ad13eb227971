//! What this server believes about others and itself.
