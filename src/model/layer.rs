//! What a secret stands behind: the containers and encodings around it.

use std::sync::Arc;

use super::encoding::Encoding;

/// One layer between an input and what was read in it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Layer {
    /// A member of a container, with the name that the container has for it. A
    /// compressed stream has one member, often without a name.
    Member {
        /// The word for the container's format.
        format: &'static str,
        /// The member's name; it may hold anything. Every secret in the member
        /// has it, so it is shared.
        name: Arc<str>,
    },
    /// An encoded text.
    Encoding(Encoding),
}

impl Layer {
    /// The word used in reports.
    pub fn id(&self) -> &'static str {
        match self {
            Layer::Member { format, .. } => format,
            Layer::Encoding(encoding) => encoding.id(),
        }
    }
}

/// The names of the members on the way, as a path: `logs.tar > app/access.log`.
pub fn member_path(layers: &[Layer]) -> Option<String> {
    let names: Vec<&str> = layers
        .iter()
        .filter_map(|layer| match layer {
            Layer::Member { name, .. } if !name.is_empty() => Some(&**name),
            _ => None,
        })
        .collect();
    (!names.is_empty()).then(|| names.join(" > "))
}

/// Whether a place is one in a member, and not in the input itself: what is in a container
/// that is encoded in a text has the place of the encoded text.
pub fn is_in_member(layers: &[Layer]) -> bool {
    matches!(layers.first(), Some(Layer::Member { .. }))
}
