//! The opcodes of pickle, each once: reader and writers take them from here.
//!
//! Names and numbers are those of CPython's `pickletools`; the comment says what each takes and does.

/// Declares each opcode as a constant of its byte.
macro_rules! opcodes {
    ($($(#[$doc:meta])* $name:ident = $byte:literal;)*) => {$(
        $(#[$doc])*
        pub(crate) const $name: u8 = $byte;
    )*};
}

opcodes! {
    // Protocol 0: text arguments that end at a line feed.
    /// Remembers where the stack is.
    MARK = b'(';
    /// Ends the pickle: its value is the one thing on the stack.
    STOP = b'.';
    /// Drops the top, or the mark that is there.
    POP = b'0';
    /// Drops all down to the last mark.
    POP_MARK = b'1';
    /// Pushes the top again.
    DUP = b'2';
    /// A decimal float.
    FLOAT = b'F';
    /// A decimal integer, or `00` and `01` for the truth values.
    INT = b'I';
    /// A decimal integer that may end in `L`.
    LONG = b'L';
    /// None.
    NONE = b'N';
    /// A persistent id as text.
    PERSID = b'P';
    /// A Python 2 string as it is written in source.
    STRING = b'S';
    /// Text with `\uXXXX` escapes.
    UNICODE = b'V';
    /// Appends the top to the list beneath.
    APPEND = b'a';
    /// Gives state, the top, to the object beneath.
    BUILD = b'b';
    /// A global: module and name, a line each.
    GLOBAL = b'c';
    /// A dict of all above the mark.
    DICT = b'd';
    /// Pushes a memo entry by its decimal number.
    GET = b'g';
    /// Calls a class, named by two lines, with all above the mark.
    INST = b'i';
    /// A list of all above the mark.
    LIST = b'l';
    /// Puts the top into the memo, by a decimal number.
    PUT = b'p';
    /// Sets a key, second from the top, of the dict beneath to the top.
    SETITEM = b's';
    /// A tuple of all above the mark.
    TUPLE = b't';

    // Protocol 1: binary arguments.
    /// Pops a persistent id.
    BINPERSID = b'Q';
    /// Calls the function beneath with the tuple on top.
    REDUCE = b'R';
    /// Appends all above the mark to the list beneath it.
    APPENDS = b'e';
    /// As [`GET`], one byte.
    BINGET = b'h';
    /// As [`GET`], four bytes.
    LONG_BINGET = b'j';
    /// As [`PUT`], one byte.
    BINPUT = b'q';
    /// As [`PUT`], four bytes.
    LONG_BINPUT = b'r';
    /// Sets pairs of key and value above the mark in the dict beneath it.
    SETITEMS = b'u';
    /// The empty list.
    EMPTY_LIST = b']';
    /// The empty dict.
    EMPTY_DICT = b'}';
    /// The empty tuple.
    EMPTY_TUPLE = b')';
    /// Calls the class above the mark with all above it.
    OBJ = b'o';
    /// A signed integer of four bytes.
    BININT = b'J';
    /// An unsigned integer of one byte.
    BININT1 = b'K';
    /// An unsigned integer of two bytes.
    BININT2 = b'M';
    /// A double, big-endian.
    BINFLOAT = b'G';
    /// A Python 2 string of a signed four-byte length.
    BINSTRING = b'T';
    /// A Python 2 string of a one-byte length.
    SHORT_BINSTRING = b'U';
    /// UTF-8 of a four-byte length.
    BINUNICODE = b'X';

    // Protocol 2.
    /// The protocol, one byte.
    PROTO = 0x80;
    /// Makes an object of the class beneath with the tuple on top.
    NEWOBJ = 0x81;
    /// A number of the extension registry, one byte.
    EXT1 = 0x82;
    /// As [`EXT1`], two bytes.
    EXT2 = 0x83;
    /// As [`EXT1`], four bytes.
    EXT4 = 0x84;
    /// A tuple of the top.
    TUPLE1 = 0x85;
    /// A tuple of the two on top.
    TUPLE2 = 0x86;
    /// A tuple of the three on top.
    TUPLE3 = 0x87;
    /// True.
    NEWTRUE = 0x88;
    /// False.
    NEWFALSE = 0x89;
    /// A two's complement integer of a one-byte length.
    LONG1 = 0x8a;
    /// A two's complement integer of a signed four-byte length.
    LONG4 = 0x8b;

    // Protocol 3.
    /// Bytes of a four-byte length.
    BINBYTES = b'B';
    /// Bytes of a one-byte length.
    SHORT_BINBYTES = b'C';

    // Protocol 4.
    /// UTF-8 of a one-byte length.
    SHORT_BINUNICODE = 0x8c;
    /// UTF-8 of an eight-byte length.
    BINUNICODE8 = 0x8d;
    /// Bytes of an eight-byte length.
    BINBYTES8 = 0x8e;
    /// The empty set.
    EMPTY_SET = 0x8f;
    /// Adds all above the mark to the set beneath it.
    ADDITEMS = 0x90;
    /// A frozen set of all above the mark.
    FROZENSET = 0x91;
    /// Makes an object of a class with a tuple and a dict.
    NEWOBJ_EX = 0x92;
    /// A global: module and name from the stack.
    STACK_GLOBAL = 0x93;
    /// Puts the top into the memo, at its next number.
    MEMOIZE = 0x94;
    /// How many bytes follow that may be read at once, eight bytes.
    FRAME = 0x95;

    // Protocol 5.
    /// A byte array of an eight-byte length.
    BYTEARRAY8 = 0x96;
    /// A buffer that is not in the pickle.
    NEXT_BUFFER = 0x97;
    /// Makes the buffer on top read-only.
    READONLY_BUFFER = 0x98;
}
