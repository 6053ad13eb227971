//! How a pair that is not ours must be configured, in words for its operator.

use crate::arguments::Arguments;
use crate::material::Material;

/// The whole text.
#[must_use]
pub fn text(arguments: &Arguments, material: &Material) -> String {
    let _ = (arguments, material);
    String::new()
}
