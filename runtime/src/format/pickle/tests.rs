use alloc::string::String;
use alloc::vec::Vec;

use super::machine::Pickle;
use super::*;
use crate::bytes::Bytes;
use crate::error::{Error, ErrorKind, Result};
use crate::format::input::Input;
use crate::limits::{Budget, Limits};

#[derive(Clone, Copy, Debug, PartialEq)]
enum Global {
    Function,
    Wrapper,
    Constant,
}

impl KnownGlobal for Global {
    fn find(module: &str, name: &str) -> Option<Self> {
        match (module, name) {
            ("m", "function") => Some(Self::Function),
            ("m", "wrapper") => Some(Self::Wrapper),
            ("m", "constant") => Some(Self::Constant),
            _ => None,
        }
    }

    fn is_callable(self) -> bool {
        self != Self::Constant
    }

    fn takes_state(self) -> bool {
        self == Self::Wrapper
    }
}

/// Keeps four raw bytes behind each wrapper, as joblib keeps arrays.
#[derive(Default)]
struct Raw(Vec<u64>);

impl Dialect for Raw {
    type Global = Global;

    fn built(&mut self, _: &Graph<Global>, _: NodeId, input: &mut Input<'_>) -> Result<()> {
        self.0.push(input.position());
        input.skip(4)
    }
}

fn run(pickle: &[u8]) -> Result<Pickle<Global>> {
    run_with(pickle, Limits::default())
}

fn run_with(pickle: &[u8], limits: Limits) -> Result<Pickle<Global>> {
    let source = Bytes::from(pickle.to_vec());
    let budget = Budget::new(limits, pickle.len() as u64);
    read(&source, 0..pickle.len() as u64, &mut Raw::default(), &budget)
}

fn fails(pickle: &[u8]) -> Error {
    match run(pickle) {
        Err(error) => error,
        Ok(pickle) => panic!("read as {:?}", pickle.graph.node(pickle.root)),
    }
}

/// The pickle's value, written as Python would show it.
fn shown(pickle: &[u8]) -> String {
    fn show(graph: &Graph<Global>, id: NodeId) -> String {
        let list = |items: &[NodeId]| items.iter().map(|&item| show(graph, item)).collect::<Vec<_>>().join(", ");
        match graph.node(id) {
            Node::None => "None".into(),
            Node::Bool(b) => format!("{b}"),
            Node::Int(n) => format!("{n}"),
            Node::BigInt(bytes) => number::to_decimal(bytes).unwrap(),
            Node::Float(x) => format!("{x:?}"),
            Node::Complex(re, im) => format!("{re:?}+{im:?}j"),
            Node::Str(text) => format!("{text:?}"),
            Node::Bytes(bytes) => format!("b{bytes:?}"),
            Node::Blob(range) => format!("blob {range:?}"),
            Node::Tuple(items) => format!("({})", list(items)),
            Node::List(items) => format!("[{}]", list(items)),
            Node::Set(items) => format!("{{{}}}", list(items)),
            Node::Dict { entries, attributes } => {
                let entries: Vec<_> =
                    entries.iter().map(|&(k, v)| format!("{}: {}", show(graph, k), show(graph, v))).collect();
                let attributes = attributes.map(|id| format!(" with {}", show(graph, id))).unwrap_or_default();
                format!("{{{}}}{attributes}", entries.join(", "))
            }
            Node::Builtin(builtin) => format!("{builtin:?}"),
            Node::Global(global) => format!("{global:?}"),
            Node::Unknown(name) => format!("<{name}>"),
            Node::Call { function, args, state } => {
                let state = state.map(|id| format!(" with {}", show(graph, id))).unwrap_or_default();
                format!("{function:?}{}{state}", show(graph, args))
            }
            Node::Object { class, state, slots } => {
                let part = |id: Option<NodeId>| id.map(|id| show(graph, id)).unwrap_or_default();
                format!("{}({}{})", show(graph, class), part(state), part(slots))
            }
            Node::Persistent(id) => format!("persistent {}", show(graph, id)),
        }
    }
    let pickle = run(pickle).unwrap();
    show(&pickle.graph, pickle.root)
}

#[test]
fn plain_data_of_every_protocol_is_read() {
    // What CPython 3.11 writes for {'a': [1, 2.5, None, True], 'b': (b'x', 2**70, {3})} in protocols 0 to 5.
    for pickle in [
        &b"(dp0\nVa\np1\n(lp2\nI1\naF2.5\naNaI01\nasVb\np3\n(c_codecs\nencode\np4\n(Vx\np5\nVlatin1\np6\ntp7\nRp8\nL1180591620717411303424L\nc__builtin__\nset\np9\n((lp10\nI3\natp11\nRp12\ntp13\ns."[..],
        b"}q\x00(X\x01\x00\x00\x00aq\x01]q\x02(K\x01G@\x04\x00\x00\x00\x00\x00\x00NI01\neX\x01\x00\x00\x00bq\x03(c_codecs\nencode\nq\x04(X\x01\x00\x00\x00xq\x05X\x06\x00\x00\x00latin1q\x06tq\x07Rq\x08L1180591620717411303424L\nc__builtin__\nset\nq\x09(]q\nK\x03atq\x0bRq\x0ctq\x0du.",
        b"\x80\x02}q\x00(X\x01\x00\x00\x00aq\x01]q\x02(K\x01G@\x04\x00\x00\x00\x00\x00\x00N\x88eX\x01\x00\x00\x00bq\x03c_codecs\nencode\nq\x04X\x01\x00\x00\x00xq\x05X\x06\x00\x00\x00latin1q\x06\x86q\x07Rq\x08\x8a\x09\x00\x00\x00\x00\x00\x00\x00\x00@c__builtin__\nset\nq\x09]q\nK\x03a\x85q\x0bRq\x0c\x87q\x0du.",
        b"\x80\x03}q\x00(X\x01\x00\x00\x00aq\x01]q\x02(K\x01G@\x04\x00\x00\x00\x00\x00\x00N\x88eX\x01\x00\x00\x00bq\x03C\x01xq\x04\x8a\x09\x00\x00\x00\x00\x00\x00\x00\x00@cbuiltins\nset\nq\x05]q\x06K\x03a\x85q\x07Rq\x08\x87q\x09u.",
        b"\x80\x04\x955\x00\x00\x00\x00\x00\x00\x00}\x94(\x8c\x01a\x94]\x94(K\x01G@\x04\x00\x00\x00\x00\x00\x00N\x88e\x8c\x01b\x94C\x01x\x94\x8a\x09\x00\x00\x00\x00\x00\x00\x00\x00@\x8f\x94(K\x03\x90\x87\x94u.",
        b"\x80\x05\x955\x00\x00\x00\x00\x00\x00\x00}\x94(\x8c\x01a\x94]\x94(K\x01G@\x04\x00\x00\x00\x00\x00\x00N\x88e\x8c\x01b\x94C\x01x\x94\x8a\x09\x00\x00\x00\x00\x00\x00\x00\x00@\x8f\x94(K\x03\x90\x87\x94u.",
    ] {
        assert_eq!(shown(pickle), "{\"a\": [1, 2.5, None, true], \"b\": (b[120], 1180591620717411303424, {3})}");
    }
}

#[test]
fn stack_and_memo_do_what_they_should() {
    for (pickle, value) in [
        (&b"N0K\x01."[..], "1"),
        (b"K\x01(NN1.", "1"),
        (b"K\x01(0.", "1"),
        (b"K\x012\x86.", "(1, 1)"),
        (b"]q\x050h\x05.", "[]"),
        (b"Nr\xff\xff\xff\xffj\xff\xff\xff\xff\x86.", "(None, None)"),
        (b"Np7\ng7\n\x86.", "(None, None)"),
        (b"(K\x01K\x02d.", "{1: 2}"),
        (b"(K\x01l.", "[1]"),
        (b"(K\x01\x91.", "{1}"),
        (b"S'a\\n'\n.", "\"a\\n\""),
        (b"U\x01\xff.", "b[255]"),
        (b"T\x01\0\0\0a.", "\"a\""),
        (b"J\xff\xff\xff\xff.", "-1"),
        (b"M\xff\xff.", "65535"),
        (b"\x8b\x02\0\0\0\xff\xff.", "-1"),
    ] {
        assert_eq!(shown(pickle), value);
    }
}

#[test]
fn pythons_own_classes_make_plain_data() {
    for (pickle, value) in [
        (&b"ccollections\nOrderedDict\n)RK\x01K\x02s}X\x01\0\0\0mNsb."[..], "{1: 2} with {\"m\": None}"),
        (b"ccollections\nOrderedDict\n(](](K\x01K\x02e](K\x03K\x04eetR.", "{1: 2, 3: 4}"),
        (b"ccollections\nCounter\n}K\x01K\x02s\x85R.", "{1: 2}"),
        (b"ccollections\ndefaultdict\nc__builtin__\nlist\n\x85RK\x01]s.", "{1: []}"),
        (b"cbuiltins\nbytearray\nC\x01a\x85R.", "b[97]"),
        (b"c__builtin__\nbytes\n)R.", "b[]"),
        (b"cbuiltins\ncomplex\nG?\xf0\0\0\0\0\0\0K\x02\x86R.", "1.0+2.0j"),
        (b"cbuiltins\nfrozenset\n](K\x01e\x85R.", "{1}"),
        (b"ccollections\ndeque\n)K\x03\x86R(K\x01K\x02e.", "[1, 2]"),
        (b"cpathlib\nPosixPath\nX\x01\0\0\0/X\x01\0\0\0aX\x01\0\0\0b\x87R.", "\"/a/b\""),
        (b"cpathlib._local\nPureWindowsPath\nX\x03\0\0\0C:\\X\x01\0\0\0a\x86R.", "\"C:\\\\a\""),
        (b"cpathlib\nPurePosixPath\n)R.", "\".\""),
    ] {
        assert_eq!(shown(pickle), value);
    }
    for wrong in [
        &b"ccollections\nOrderedDict\nK\x01\x85R."[..],
        b"ccollections\nOrderedDict\n]K\x01a\x85R.",
        b"c_codecs\nencode\nX\x02\0\0\0\xce\xb2X\x06\0\0\0latin1\x86R.",
        b"c_codecs\nencode\nX\x01\0\0\0aX\x03\0\0\0rot\x86R.",
        b"cbuiltins\ncomplex\nNN\x86R.",
        b"cpathlib\nPosixPath\nK\x01\x85R.",
        b"ccollections\ndeque\nK\x01\x85R.",
    ] {
        assert!(matches!(fails(wrong).kind(), ErrorKind::Corrupt { .. }));
    }
}

#[test]
fn an_unknown_class_is_only_built_from_plain_state() {
    for (pickle, value) in [
        (&b"cm\nUnknown\n."[..], "<m.Unknown>"),
        (b"cm\nUnknown\n)\x81}K\x01K\x02sb.", "<m.Unknown>({1: 2})"),
        (b"cm\nUnknown\n)\x81N}K\x01K\x02s\x86b.", "<m.Unknown>({1: 2})"),
        (b"cm\nUnknown\n)}\x92.", "<m.Unknown>()"),
        (b"ccopy_reg\n_reconstructor\n(cm\nUnknown\nc__builtin__\nobject\nNtR.", "<m.Unknown>()"),
        (b"ccopyreg\n__newobj__\ncm\nUnknown\n\x85R.", "<m.Unknown>()"),
    ] {
        assert_eq!(shown(pickle), value);
    }
    for refused in [
        &b"cm\nUnknown\n)R."[..],
        b"cm\nUnknown\n)R0N.",
        b"\x8c\x01m\x8c\x07Unknown\x93)R.",
        b"(im\nUnknown\n.",
        b"(cm\nUnknown\no.",
        b"cm\nUnknown\nN\x85\x81.",
        b"cm\nUnknown\nN\x85\x810N.",
        b"cm\nUnknown\n)}NNs\x92.",
        b"cm\nUnknown\n)\x81](K\x01eb.",
        b"cm\nUnknown\n)\x81N]\x86b.",
        b"ccopy_reg\n_reconstructor\n(cm\nUnknown\nc__builtin__\ndict\n}tR.",
        b"ccopyreg\n__newobj__\ncm\nUnknown\nN\x86R.",
    ] {
        let error = fails(refused);
        assert!(matches!(error.kind(), ErrorKind::Refused { .. }), "{error}");
        assert!(error.to_string().contains("m.Unknown") && error.byte_range().is_some(), "{error}");
    }
}

#[test]
fn known_globals_are_values_and_calls_are_kept_for_the_format() {
    assert_eq!(shown(b"cm\nfunction\nK\x01\x85R."), "Function(1)");
    assert_eq!(shown(b"cm\nfunction\nK\x01\x85\x81."), "Function(1)");
    assert_eq!(shown(b"cm\nconstant\n."), "Constant");
    assert!(fails(b"cm\nconstant\n)R.").to_string().contains("Constant"));
    // Only some take state, and once.
    assert!(fails(b"cm\nfunction\n)R}b.").to_string().contains("BUILD"));
    assert!(fails(b"cm\nwrapper\n)R}b\0\0\0\0}b.").to_string().contains("BUILD"));
}

#[test]
fn a_format_can_keep_raw_bytes_between_opcodes() {
    let pickle = b"cm\nwrapper\n)\x81}b....cm\nwrapper\n)\x81}b....\x86.tail";
    let source = Bytes::from(pickle.to_vec());
    let (mut dialect, budget) = (Raw::default(), Budget::new(Limits::default(), 64));
    let read = read(&source, 0..pickle.len() as u64, &mut dialect, &budget).unwrap();
    assert_eq!(dialect.0, [15, 34]);
    assert_eq!(&pickle[usize::try_from(read.end).unwrap()..], b"tail");
}

#[test]
fn every_operand_is_typed() {
    for wrong in [
        &b"K\x01K\x02K\x03s."[..],
        b"](K\x01K\x02u.",
        b"}K\x01a.",
        b")K\x01a.",
        b"}(K\x01e.",
        b"](K\x01\x90.",
        b"}(K\x01u.",
        b"K\x01}b.",
        b"X\x01\0\0\0a}b.",
        b"}K\x01b.",
        b"NN\x93.",
        b"cm\nfunction\n]R.",
        b"K\x01)R.",
        b"K\x01)\x81.",
        b"(o.",
    ] {
        assert!(matches!(fails(wrong).kind(), ErrorKind::Corrupt { .. }));
    }
}

#[test]
fn the_stack_ends_with_one_value_and_nothing_is_taken_below_a_mark() {
    for wrong in [
        &b"."[..],
        b"NN.",
        b"N(.",
        b"(.",
        b"0.",
        b"t.",
        b"s.",
        b"tR.",
        b"N(a.",
        b"K\x01(K\x02\x86.",
        b"N(q\x00.",
        b"h\x07.",
        b"2.",
        b"1.",
    ] {
        assert!(matches!(fails(wrong).kind(), ErrorKind::Corrupt { .. }));
    }
}

#[test]
fn what_is_not_in_the_file_is_refused() {
    for refused in [&b"\x82\x01."[..], b"\x83\x01\0.", b"\x84\x01\0\0\0.", b"\x97.", b"N\x98.", b"P1\n.", b"K\x01Q."] {
        let error = fails(refused);
        assert!(matches!(error.kind(), ErrorKind::Refused { .. }), "{error}");
    }
}

#[test]
fn malformed_opcodes_are_told() {
    for wrong in [
        &b"\xfe."[..],
        b"\xff.",
        b"X\x02\0\0\0\xff\xfe.",
        b"T\xff\xff\xff\xff.",
        b"\x8b\xff\xff\xff\xff.",
        b"Ixyz\n.",
        b"Fxyz\n.",
        b"px\n.",
        b"S'a\n.",
        b"c\xff\nb\n.",
    ] {
        assert!(matches!(fails(wrong).kind(), ErrorKind::Corrupt { .. }), "{wrong:?}");
    }
    assert!(matches!(fails(b"\x80\x06N.").kind(), ErrorKind::UnknownVersion { .. }));
}

#[test]
fn lengths_are_checked_before_memory_is_taken() {
    for cut in [
        &b"X\xff\xff\xff\xff"[..],
        b"\x8d\0\0\0\0\0\0\0\x80",
        b"\x8e\xff\xff\xff\xff\xff\xff\xff\xff",
        b"\x96\0\0\0\0\0\x01\0\0",
        b"\x8b\xff\xff\xff\x7f",
        b"B\xff\xff\xff\xff",
        b"\x95\xff\xff\xff\xff\xff\xff\xff\xff}.",
        b"}",
        b"",
        b"cposix",
    ] {
        assert!(matches!(fails(cut).kind(), ErrorKind::Truncated { .. }));
    }
}

#[test]
fn keys_of_a_dict_are_unique_by_pythons_equality() {
    for twice in [
        &b"}(K\x01NK\x01Nu."[..],
        b"}(K\x01N\x88Nu.",
        b"}(K\x01NG?\xf0\0\0\0\0\0\0Nu.",
        b"}(K\x01K\x02\x86NK\x01K\x02\x86Nu.",
        b"}X\x01\0\0\0aNsX\x01\0\0\0aNs0N.",
        b"}NNsNNs.",
    ] {
        assert!(fails(twice).to_string().contains("twice"));
    }
    assert_eq!(shown(b"}(K\x01NX\x01\0\0\x001NC\x011Nu."), "{1: None, \"1\": None, b[49]: None}");
    assert!(fails(b"}]Ns.").to_string().contains("key"));
}

#[test]
fn cycles_and_depth_and_sharing_are_harmless() {
    assert!(run(b"]q\x00h\x00a.").is_ok());
    let mut deep = vec![b']'; 200_000];
    deep.extend(vec![b'a'; 199_999]);
    deep.push(b'.');
    drop(run(&deep).unwrap());
    // Tuples that share their parts, used as a key: 2^60 of them if they were written out.
    let mut shared = b"}K\x01".to_vec();
    shared.extend(b"2\x86".repeat(60));
    shared.extend(b"Ns.");
    let error = run_with(&shared, Limits { max_objects: 100_000, ..Limits::default() }).unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Limit { setting: "max_objects", .. }));
}

#[test]
fn every_object_mark_and_memo_entry_is_charged() {
    let limits = || Limits { max_objects: 1000, ..Limits::default() };
    for hungry in
        [b"N".repeat(2000), b"(".repeat(2000), [b"N".as_slice(), &b"\x94".repeat(2000)].concat(), b"]".repeat(2000)]
    {
        let error = run_with(&hungry, limits()).unwrap_err();
        assert!(matches!(error.kind(), ErrorKind::Limit { setting: "max_objects", .. }));
    }
    // A list of 100 copied 100 times over.
    let mut copies = b"](".to_vec();
    copies.extend(b"N".repeat(100));
    copies.extend(b"eq\x000");
    copies.extend(b"cbuiltins\nset\nh\x00\x85R0".repeat(100));
    assert!(matches!(run_with(&copies, limits()).unwrap_err().kind(), ErrorKind::Limit { .. }));
    let error = run_with(&[b"c".as_slice(), &b"A".repeat(500_000)].concat(), limits()).unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Limit { setting: "max_name_bytes", .. }));
}

#[test]
fn long_bytes_stay_in_the_source() {
    let mut pickle = b"B\x00\x04\0\0".to_vec();
    pickle.extend([7; 1024]);
    pickle.push(b'.');
    assert_eq!(shown(&pickle), "blob 5..1029");
}

#[test]
fn every_cut_and_every_flipped_bit_ends_in_a_value_or_an_error() {
    let pickle = b"\x80\x04\x953\x00\x00\x00\x00\x00\x00\x00}\x94(\x8c\x01a\x94]\x94(K\x01G@\x04\x00\x00\x00\x00\x00\x00N\x88e\x8c\x01b\x94C\x01x\x94\x8a\t\x00\x00\x00\x00\x00\x00\x00\x00@\x8f\x94(K\x03\x90\x87\x94ucm\nwrapper\n)\x81}b0000\x86.";
    assert!(run(pickle).is_ok());
    for len in 0..pickle.len() {
        assert!(run(&pickle[..len]).is_err());
    }
    for bit in 0..pickle.len() * 8 {
        let mut flipped = pickle.to_vec();
        flipped[bit / 8] ^= 1 << (bit % 8);
        let _ = run(&flipped);
    }
}
