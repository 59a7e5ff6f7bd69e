//! Words that are made when they are read.

use std::cell::OnceCell;
use std::fmt;
use std::ops::Deref;
use std::rc::Rc;

use crate::guard;

/// What a trace says of a value: a string that is made when it is first read.
///
/// Most of what is written down is never read: a story leaves out every message that simply
/// arrives. To keep the message costs a tenth of making its words. (A value that is shared with the
/// node it comes from, behind an `Rc` and a `RefCell`, would be shown as it is then: messages are
/// values.)
///
/// ```
/// use generals::trace::Text;
///
/// let text = Text::from("in the end");
/// assert!(text.starts_with("in the"));
/// assert_eq!(text, Text::from("in the end".to_owned()));
/// ```
#[derive(Clone)]
pub struct Text(Words);

#[derive(Clone)]
enum Words {
    Fixed(&'static str),
    Lazy(Rc<Lazy<dyn fmt::Display>>),
}

struct Lazy<W: ?Sized> {
    made: OnceCell<String>,
    words: W,
}

impl Text {
    /// What `words` shows, when it is read.
    pub(crate) fn later(words: impl fmt::Display + 'static) -> Self {
        Self(Words::Lazy(Rc::new(Lazy { made: OnceCell::new(), words })))
    }

    /// The words.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self
    }
}

impl Deref for Text {
    type Target = str;

    fn deref(&self) -> &str {
        match &self.0 {
            Words::Fixed(text) => text,
            Words::Lazy(lazy) => lazy.made.get_or_init(|| {
                // The subject's own code, at a time when no run is there to be blamed.
                let show = || {
                    let mut text = String::new();
                    // A string takes everything, and a type whose Debug fails has said all it can.
                    let _ = fmt::write(&mut text, format_args!("{}", &lazy.words));
                    text
                };
                guard::ask(show).unwrap_or_else(|panic| format!("(it cannot be shown: {panic})"))
            }),
        }
    }
}

impl From<&'static str> for Text {
    fn from(text: &'static str) -> Self {
        Self(Words::Fixed(text))
    }
}

impl From<String> for Text {
    fn from(text: String) -> Self {
        Self::later(text)
    }
}

impl fmt::Display for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self)
    }
}

impl fmt::Debug for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&**self, f)
    }
}

impl PartialEq for Text {
    fn eq(&self, other: &Self) -> bool {
        **self == **other
    }
}

impl Eq for Text {}
