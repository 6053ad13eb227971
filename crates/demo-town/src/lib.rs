//! The demo town: sample information systems and the story that drives them.
