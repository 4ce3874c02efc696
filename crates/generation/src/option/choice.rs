//! Options that are one of a few names, each a variant of an enum.

use super::OptionType;

/// An enum whose variants have names that people type; the macro `option_choices` writes the implementation.
pub trait OptionChoice: OptionType + 'static {
    /// The names of all variants, in the order of declaration.
    const NAMES: &'static [&'static str];

    /// The variant of that name.
    fn from_name(name: &str) -> Option<Self>;
}

/// Declares an enum with a name for each variant, and implements [`OptionChoice`] and [`OptionType`] for it.
macro_rules! option_choices {
    (
        $(#[$attribute:meta])*
        $visibility:vis enum $choice:ident {
            $($(#[$doc:meta])* $variant:ident = $name:literal,)+
        }
    ) => {
        $(#[$attribute])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        $visibility enum $choice {
            $($(#[$doc])* $variant,)+
        }

        impl $crate::option::OptionChoice for $choice {
            const NAMES: &'static [&'static str] = &[$($name),+];

            fn from_name(name: &str) -> Option<Self> {
                match name {
                    $($name => Some(Self::$variant),)+
                    _ => None,
                }
            }
        }

        impl $crate::option::OptionType for $choice {
            fn read(value: $crate::option::OptionValue) -> Option<Self> {
                match value {
                    $crate::option::OptionValue::Choice(name) => {
                        <Self as $crate::option::OptionChoice>::from_name(name)
                    }
                    _ => None,
                }
            }
        }
    };
}
pub(crate) use option_choices;

/// Whether two strings are equal, at compile time.
pub(super) const fn equal(a: &str, b: &str) -> bool {
    let (a, b) = (a.as_bytes(), b.as_bytes());
    let mut index = 0;
    while index < a.len() && index < b.len() && a[index] == b[index] {
        index += 1;
    }
    index == a.len() && index == b.len()
}
