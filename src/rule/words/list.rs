//! The lists of words, and what the words of each look like.

/// What words are compared with, which says what they can look like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// A whole word of a name or a sentence.
    Word,
    /// One such word, or two joined by `_`.
    Pair,
    /// A whole identifier in ASCII.
    Key,
    /// Several words with blanks or dashes between them.
    Phrase,
    /// The beginning of a word.
    Stem,
    /// A part of a word.
    Part,
    /// The end of a word.
    Ending,
    /// A part of a text that is read as bytes: letters and digits in ASCII.
    Letters,
}

macro_rules! lists {
    ($($(#[doc = $doc:literal])* $list:ident: $id:literal, $form:ident;)*) => {
        /// A list of words: what they mean.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum List {
            $($(#[doc = $doc])* $list,)*
        }

        impl List {
            /// All lists.
            pub const ALL: &'static [List] = &[$(List::$list,)*];

            /// The key of the list in `rules/words.toml` and in rule files.
            pub fn id(self) -> &'static str {
                match self {
                    $(List::$list => $id,)*
                }
            }

            /// What its words look like.
            pub fn form(self) -> Form {
                match self {
                    $(List::$list => Form::$form,)*
                }
            }
        }
    };
}

lists! {
    /// Words of values that take the place of a secret.
    Placeholder: "placeholder", Letters;
    /// Words that such a value begins with.
    PlaceholderFirst: "placeholder_first", Letters;
    /// Words that are long enough together.
    PlaceholderJoined: "placeholder_joined", Letters;
    /// The name of an NPSSO, as a part of a word.
    Npsso: "npsso", Letters;
    /// The names of our secrets, as a part of a word.
    SecretName: "secret_name", Letters;
    /// What the names of our secrets have in the middle.
    SecretMiddle: "secret_middle", Letters;
    /// Names of our secrets and of PlayStation, as a part of a word.
    Ours: "ours", Letters;
    /// The name of a `pdccws_p`, as a part of a word.
    Pdccws: "pdccws", Letters;
    /// Short names of the NPSSO and of PlayStation.
    OursShort: "ours_short", Letters;
    /// What the hosts that our secrets are for have in their names.
    HostPart: "host_part", Letters;
    /// Whole names of our secrets, without what stands between words.
    SecretSpelling: "secret_spelling", Word;
    /// What such a name can begin with.
    SecretOwner: "secret_owner", Word;
    /// Sony, as a part of a word.
    Sony: "sony", Letters;
    /// Whole words for what is Sony's.
    Sonys: "sonys", Word;
    /// Whole words for PlayStation in names of parts of a program.
    OursWord: "ours_word", Word;
    /// Sony's machines.
    Console: "console", Word;
    /// What a comment in a list of columns says of our secrets.
    OursInComment: "ours_in_comment", Letters;
    /// Words that a value of any kind is called.
    Generic: "generic", Word;
    /// Words that say no more than that a value is one more.
    Another: "another", Word;
    /// Types, and words that declare something.
    Type: "type", Key;
    /// Generic words for who says something.
    Person: "person", Word;
    /// Words for things that belong to several people.
    Collection: "collection", Word;
    /// Generic words that have a subject of their own as a section.
    SectionSubject: "section_subject", Word;
    /// Keys of texts for people.
    TextKey: "text_key", Word;
    /// Words that do not say whose a key is.
    Nobody: "nobody", Word;
    /// Words that say which token it is, not whose.
    Which: "which", Word;
    /// Words that stand for any secret.
    NoSubject: "no_subject", Word;
    /// Keys whose value is the name of something.
    NamingKey: "naming_key", Key;
    /// Columns that hold what their rows are called.
    NamingColumn: "naming_column", Phrase;
    /// Ends of columns that hold the kind of a secret.
    KindColumn: "kind_column", Word;
    /// Columns and keys that hold values of any kind.
    ValueColumn: "value_column", Phrase;
    /// Keys of an object that leave its name to another key.
    ValueKey: "value_key", Word;
    /// Beginnings of keys that say what a record needs.
    RelationKey: "relation_key", Stem;
    /// Names of places where something is kept.
    PlaceName: "place_name", Word;
    /// Classes of elements that say who wrote something.
    Author: "author", Word;
    /// Calls that give their second argument the name of their first.
    DefiningCall: "defining_call", Word;
    /// Calls that compute something with a key.
    CryptographicCall: "cryptographic_call", Word;
    /// Words of calls that give a secret, or tell whether something is one.
    GivingCall: "giving_call", Word;
    /// Words of calls that say nothing about their argument.
    GenericCall: "generic_call", Word;
    /// Foreign words of calls that take anything.
    OpenCall: "open_call", Word;
    /// Words for a secret of any kind.
    Credential: "credential", Word;
    /// Words before one that do not say whose it is.
    AnyOwner: "any_owner", Word;
    /// Words for what signs somebody in.
    SignIn: "sign_in", Word;
    /// Last words of names of credentials of their own kind.
    OwnEnding: "own_ending", Word;
    /// Words for a password.
    Password: "password", Word;
    /// Beginnings of words for a password.
    PasswordStem: "password_stem", Stem;
    /// Several words for a password.
    PasswordPhrase: "password_phrase", Phrase;
    /// Words for a key.
    Key: "key", Word;
    /// Beginnings of words for a key.
    KeyStem: "key_stem", Stem;
    /// Words for a key inside of words.
    KeyPart: "key_part", Part;
    /// Beginnings of words for encrypting.
    EncryptingStem: "encrypting_stem", Stem;
    /// Words by which people speak of our secrets.
    SaidCredential: "said_credential", Word;
    /// Names of something else: digests, other vendors' keys, a program's own secrets.
    Foreign: "foreign", Pair;
    /// The same, unless what they belong to is PlayStation.
    ForeignAlone: "foreign_alone", Pair;
    /// Hash functions that have a number in their names.
    DigestFamily: "digest_family", Word;
    /// What is made of a secret, or only goes with it.
    MadeOfSecret: "made_of_secret", Word;
    /// What stands for something that is no secret.
    Reference: "reference", Word;
    /// What is computed from another value.
    Computed: "computed", Word;
    /// The same, joined to the name of a secret.
    ComputedPart: "computed_part", Letters;
    /// What was done to a secret, before its name.
    Changed: "changed", Word;
    /// Parts of a program.
    ProgramPart: "program_part", Word;
    /// What the secret of a part of a program is called.
    ProgramSecret: "program_secret", Word;
    /// What keeps or hands on our secrets and has a key of its own.
    SecretKeeper: "secret_keeper", Word;
    /// What such a key is called.
    KeeperKey: "keeper_key", Word;
    /// What belongs to a program though it is joined to the name of a secret.
    Stored: "stored", Word;
    /// Words of names that say that what they name is none.
    Fake: "fake", Pair;
    /// Ends of the names of files that are sent around.
    FileEnding: "file_ending", Word;
    /// Words for a number.
    Number: "number", Word;
    /// Ends of words for the number of something.
    NumberEnding: "number_ending", Ending;
    /// Words that end so and are about an account.
    AccountNumber: "account_number", Word;
    /// Words for an account.
    Account: "account", Word;
    /// Money.
    Currency: "currency", Word;
    /// "Is".
    Copula: "copula", Word;
    /// "Is" before what denies.
    DeniedCopula: "denied_copula", Word;
    /// Words between a name and its value.
    Between: "between", Word;
    /// Words between a value and the name behind it.
    BeforeOurs: "before_ours", Word;
    /// Words that deny.
    Not: "not", Word;
    /// Words that deny for all times.
    Never: "never", Word;
    /// Words that answer no.
    AnsweringNo: "answering_no", Word;
    /// What stands between such a word and what it denies.
    Been: "been", Word;
    /// What denies and stands behind.
    NotBehind: "not_behind", Stem;
    /// "Real".
    Real: "real", Word;
    /// Articles.
    Article: "article", Word;
    /// "For".
    Purpose: "purpose", Word;
    /// "From".
    Origin: "origin", Word;
    /// Words for a page of a site, and its address.
    Page: "page", Word;
    /// "This", before "is".
    This: "this", Word;
    /// "This is" as one word.
    ThisIs: "this_is", Stem;
    /// What begins a clause that says why, or when.
    Subordinate: "subordinate", Word;
    /// Words that show what stands before them.
    Here: "here", Word;
    /// "Above".
    Above: "above", Phrase;
}

/// Lists that have no word in common: they say opposite things of it.
pub const EXCLUSIVE: [(List, List); 12] = [
    (List::Generic, List::Foreign),
    (List::Generic, List::ForeignAlone),
    (List::Generic, List::Ours),
    (List::Generic, List::Fake),
    (List::Foreign, List::ForeignAlone),
    (List::Foreign, List::Credential),
    (List::Foreign, List::Ours),
    (List::Foreign, List::GenericCall),
    (List::Real, List::Fake),
    (List::Not, List::Copula),
    (List::Not, List::Never),
    (List::Purpose, List::Origin),
];

impl List {
    /// The list with this key.
    pub fn of_id(id: &str) -> Option<List> {
        List::ALL.iter().copied().find(|list| list.id() == id)
    }

    /// Letters and digits of its shortest word. A random value has shorter ones by chance,
    /// and most words have a short part or beginning.
    pub fn least(self) -> usize {
        match (self, self.form()) {
            (List::Placeholder, _) => 5,
            (List::PlaceholderFirst, _) => 4,
            (List::PlaceholderJoined, _) => 7,
            (_, Form::Stem | Form::Part | Form::Ending | Form::Letters) => 3,
            (_, Form::Word | Form::Pair | Form::Key | Form::Phrase) => 1,
        }
    }

    /// How many words a user may add to it. Those that are looked for inside of others are
    /// tried one after the other.
    pub fn most(self) -> usize {
        match self.form() {
            Form::Word | Form::Pair => super::MAX_WORDS,
            Form::Key | Form::Phrase | Form::Stem | Form::Part | Form::Ending | Form::Letters => {
                200
            }
        }
    }
}
