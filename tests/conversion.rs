//! Conversions between dtypes, against twins that are slow and obviously right.

use proptest::prelude::*;
use vellum::DType::{BF16, Bool, C64, C128, F4, F8E4M3, F8E4M3Fnuz, F8E5M2, F8E5M2Fnuz, F8E8M0, F16, F32, F64};
use vellum::DType::{I8, I16, I32, I64, U8, U16, U32, U64};
use vellum::{Bytes, Conversion, DType, ErrorKind, Overflow, Shape, TensorData, TensorView};
use vellum::{convert, convert_elements, convert_view};

const NARROW: [DType; 7] = [F16, BF16, F8E4M3, F8E5M2, F8E4M3Fnuz, F8E5M2Fnuz, F8E8M0];
const INTEGERS: [DType; 8] = [I64, I32, I16, I8, U64, U32, U16, U8];
const POLICIES: [Overflow; 3] = [Overflow::Error, Overflow::Saturate, Overflow::Infinite];

fn tensor(dtype: DType, bytes: Vec<u8>) -> TensorData {
    let elements = bytes.len() / dtype.size().unwrap();
    TensorData::new(Bytes::from(bytes), Shape::new([elements]).unwrap(), dtype).unwrap()
}

fn f64s(values: &[f64]) -> TensorData {
    TensorData::from_vec(values.to_vec(), [values.len()]).unwrap()
}

fn policy(overflow: Overflow) -> Conversion {
    Conversion::default().with_overflow(overflow)
}

/// The codes of a dtype's tensor, as numbers.
fn codes(tensor: &TensorData) -> Vec<u64> {
    let mut wide = Vec::new();
    for code in tensor.bytes().chunks(tensor.dtype().size().unwrap()) {
        let mut bytes = [0; 8];
        bytes[..code.len()].copy_from_slice(code);
        wide.push(u64::from_le_bytes(bytes));
    }
    wide
}

/// All codes of a float dtype of one or two bytes.
fn all_codes(dtype: DType) -> TensorData {
    match dtype.size() {
        Some(1) => tensor(dtype, (0..=u8::MAX).collect()),
        _ => tensor(dtype, (0..=u16::MAX).flat_map(u16::to_le_bytes).collect()),
    }
}

/// The twin of decoding, from the definitions of the dtypes.
fn value(dtype: DType, code: u64) -> f64 {
    let (exponent_bits, mantissa_bits, bias) = match dtype {
        F16 => (5, 10, 15),
        BF16 => (8, 7, 127),
        F8E4M3 => (4, 3, 7),
        F8E5M2 => (5, 2, 15),
        F8E4M3Fnuz => (4, 3, 8),
        F8E5M2Fnuz => (5, 2, 16),
        _ => return if code == 255 { f64::NAN } else { 2f64.powi(i32::try_from(code).unwrap() - 127) },
    };
    let sign = if code >> (exponent_bits + mantissa_bits) == 1 { -1.0 } else { 1.0 };
    let exponent = i32::try_from((code >> mantissa_bits) & ((1 << exponent_bits) - 1)).unwrap();
    let mantissa = code & ((1 << mantissa_bits) - 1);
    let ones = (1 << exponent_bits) - 1;
    match dtype {
        F8E4M3Fnuz | F8E5M2Fnuz if code == 0x80 => return f64::NAN,
        F8E4M3 if code & 0x7F == 0x7F => return f64::NAN,
        F16 | BF16 | F8E5M2 if exponent == ones => return if mantissa == 0 { sign * f64::INFINITY } else { f64::NAN },
        _ => {}
    }
    let fraction = f64::from(u32::try_from(mantissa).unwrap()) / 2f64.powi(mantissa_bits);
    if exponent == 0 {
        sign * fraction * 2f64.powi(1 - bias)
    } else {
        sign * (1.0 + fraction) * 2f64.powi(exponent - bias)
    }
}

/// The finite values of at least zero, ascending, with their codes: neighbours have neighbouring codes.
fn ladder(dtype: DType) -> Vec<(f64, u64)> {
    let positive = codes(&all_codes(dtype)).into_iter().map(|code| (value(dtype, code), code));
    positive.filter(|(value, _)| value.is_finite() && value.is_sign_positive()).collect()
}

fn has_infinity(dtype: DType) -> bool {
    matches!(dtype, F16 | BF16 | F8E5M2)
}

/// The twin of encoding: compares with the exact midpoints between neighbours. `None` is an error.
#[expect(clippy::float_cmp, reason = "a tie is exactly a midpoint")]
fn nearest(dtype: DType, ladder: &[(f64, u64)], x: f64, overflow: Overflow) -> Option<f64> {
    if x.is_nan() {
        return Some(f64::NAN);
    }
    let (first, last) = (ladder[0], ladder[ladder.len() - 1]);
    if dtype == F8E8M0 && x <= 0.0 {
        return None;
    }
    let magnitude = x.abs();
    let end = last.0 + if dtype == F8E8M0 { last.0 / 2.0 } else { (last.0 - ladder[ladder.len() - 2].0) / 2.0 };
    // At the end itself the tie goes to the even code.
    let past = magnitude > end || (magnitude == end && last.1 % 2 == 1);
    let below = dtype == F8E8M0 && magnitude < first.0 * 0.75;
    let rounded = if past || below {
        match overflow {
            _ if x.is_infinite() && has_infinity(dtype) => f64::INFINITY,
            Overflow::Saturate => {
                if below {
                    first.0
                } else {
                    last.0
                }
            }
            Overflow::Infinite if has_infinity(dtype) => f64::INFINITY,
            _ => return None,
        }
    } else {
        let upper = ladder.partition_point(|(value, _)| *value < magnitude);
        match (upper.checked_sub(1).map(|i| ladder[i]), ladder.get(upper)) {
            (None, _) => first.0,
            (Some(lower), None) => lower.0,
            (Some(lower), Some(upper)) => {
                let middle = f64::midpoint(lower.0, upper.0);
                if magnitude < middle || (magnitude == middle && lower.1 % 2 == 0) { lower.0 } else { upper.0 }
            }
        }
    };
    let fnuz_zero = rounded == 0.0 && matches!(dtype, F8E4M3Fnuz | F8E5M2Fnuz);
    Some(if fnuz_zero { 0.0 } else { rounded.copysign(x) })
}

fn check_encoding(source: &TensorData, to: DType, ladder: &[(f64, u64)]) {
    let inputs = convert(source.clone(), F64, &Conversion::default()).unwrap().into_vec::<f64>().unwrap();
    for overflow in POLICIES {
        let expected: Vec<Option<f64>> = inputs.iter().map(|&x| nearest(to, ladder, x, overflow)).collect();
        match convert(source.clone(), to, &policy(overflow)) {
            Ok(converted) => {
                for ((x, expected), code) in inputs.iter().zip(&expected).zip(codes(&converted)) {
                    let (expected, found) = (expected.unwrap_or_else(|| panic!("{x:e} fits {to}")), value(to, code));
                    let same = expected.to_bits() == found.to_bits() || (expected.is_nan() && found.is_nan());
                    assert!(same, "{x:e} in {to} is {found:e}, not {expected:e} ({overflow:?})");
                }
            }
            Err(error) => {
                let first = expected.iter().position(Option::is_none).unwrap_or_else(|| panic!("{error}"));
                assert_out_of_range(error.kind(), first, &format!("{:?}", inputs[first]), to);
            }
        }
    }
}

fn assert_out_of_range(error: &ErrorKind, at: usize, shown: &str, dtype: DType) {
    let ErrorKind::OutOfRange { index, value, to } = error else { panic!("{error:?}") };
    assert_eq!((*index, value.as_str(), *to), (at, shown, dtype));
}

#[test]
fn every_code_of_every_narrow_float_has_its_value() {
    for dtype in NARROW {
        let all = all_codes(dtype);
        let values = convert(all.clone(), F64, &Conversion::default()).unwrap().into_vec::<f64>().unwrap();
        for (code, found) in codes(&all).into_iter().zip(values) {
            let expected = value(dtype, code);
            let same = expected.to_bits() == found.to_bits() || (expected.is_nan() && found.is_nan());
            assert!(same, "{dtype} {code:#x}: {found} is not {expected}");
        }
    }
}

#[test]
fn every_code_of_every_narrow_float_survives_a_wider_one() {
    for dtype in NARROW {
        let all = all_codes(dtype);
        for wider in [F32, F64, C64, C128] {
            let conversion = Conversion::default().across_kinds();
            let there = convert(all.clone(), wider, &conversion).unwrap();
            let back = convert(there, dtype, &conversion).unwrap();
            for (before, after) in codes(&all).into_iter().zip(codes(&back)) {
                let both_nan = value(dtype, before).is_nan() && value(dtype, after).is_nan();
                assert!(before == after || both_nan, "{dtype} {before:#x} came back from {wider} as {after:#x}");
            }
        }
    }
}

#[test]
fn rounding_is_to_nearest_even_at_every_midpoint_and_just_beside_it() {
    for to in NARROW {
        let ladder = ladder(to);
        let mut inputs = vec![f64::NAN, 0.0, -0.0, f64::from_bits(1), 1e-300, f64::from(f32::MIN_POSITIVE) / 3.0];
        let last = ladder[ladder.len() - 1].0;
        let beyond = if to == F8E8M0 { last * 2.0 } else { last + (last - ladder[ladder.len() - 2].0) };
        for pair in ladder.iter().map(|(value, _)| *value).chain([beyond]).collect::<Vec<_>>().windows(2) {
            let middle = f64::midpoint(pair[0], pair[1]);
            inputs.extend([pair[0], middle.next_down(), middle, middle.next_up()]);
        }
        inputs.retain(|x| to != F8E8M0 || *x > 0.0 || x.is_nan());
        let middle_past_the_end = inputs.pop().unwrap();
        inputs.retain(|x| nearest(to, &ladder, *x, Overflow::Error).is_some());
        let negative: Vec<f64> = inputs.iter().map(|x| -x).collect();
        check_encoding(&f64s(&inputs), to, &ladder);
        check_encoding(&f64s(&negative), to, &ladder);
        #[expect(clippy::cast_possible_truncation, reason = "the nearest f32 is another good input")]
        let singles: Vec<f32> = inputs.iter().chain(&negative).map(|&x| x as f32).collect();
        check_encoding(&TensorData::from_vec(singles.clone(), [singles.len()]).unwrap(), to, &ladder);
        for past in [middle_past_the_end, beyond, f64::MAX, f64::INFINITY, -1e300] {
            check_encoding(&f64s(&[1.0, past]), to, &ladder);
        }
    }
}

#[test]
fn a_double_is_rounded_once_and_not_by_way_of_a_single() {
    // Just above the midpoint of two halves, by less than a single can show: a second rounding would take it for a tie.
    let x = 1.0 + 2f64.powi(-11) + 2f64.powi(-40);
    let half = convert(f64s(&[x]), F16, &Conversion::default()).unwrap();
    assert_eq!(codes(&half), [0x3C01]);
}

#[test]
fn a_double_that_overflows_a_single_follows_the_policy() {
    let inputs = f64s(&[1e300, -1e300, f64::INFINITY, 3.4e38]);
    let convert = |overflow| convert(inputs.clone(), F32, &policy(overflow)).map(|t| t.into_vec::<f32>().unwrap());
    assert_out_of_range(convert(Overflow::Error).unwrap_err().kind(), 0, "1e300", F32);
    assert_eq!(convert(Overflow::Saturate).unwrap(), [f32::MAX, f32::MIN, f32::INFINITY, 3.4e38]);
    assert_eq!(convert(Overflow::Infinite).unwrap(), [f32::INFINITY, f32::NEG_INFINITY, f32::INFINITY, 3.4e38]);
}

/// The twin of integer conversion. `None` is an error.
fn integer(to: DType, value: i128, overflow: Overflow) -> Option<i128> {
    let bits = u32::try_from(to.bits()).unwrap();
    let signed = matches!(to, I64 | I32 | I16 | I8);
    let (least, greatest) = if signed { (-(1 << (bits - 1)), (1 << (bits - 1)) - 1) } else { (0, (1i128 << bits) - 1) };
    if (least..=greatest).contains(&value) {
        Some(value)
    } else if overflow == Overflow::Saturate {
        Some(value.clamp(least, greatest))
    } else {
        None
    }
}

fn integers(tensor: &TensorData) -> Vec<i128> {
    let bits = u32::try_from(tensor.dtype().bits()).unwrap();
    let signed = matches!(tensor.dtype(), I64 | I32 | I16 | I8);
    let sign = |code: i128| if signed && code >= 1 << (bits - 1) { code - (1 << bits) } else { code };
    codes(tensor).into_iter().map(|code| sign(i128::from(code))).collect()
}

fn integer_tensor(dtype: DType, values: &[i128]) -> TensorData {
    let size = dtype.size().unwrap();
    tensor(dtype, values.iter().flat_map(|value| value.to_le_bytes()[..size].to_vec()).collect())
}

fn edges() -> Vec<i128> {
    let mut values = vec![0];
    for power in [1i128, 7, 8, 11, 15, 16, 24, 31, 32, 53, 62, 63, 64] {
        for beside in -2..=2 {
            values.extend([(1 << power) + beside, -(1 << power) + beside]);
        }
    }
    values
}

#[test]
fn integers_are_kept_or_refused_at_every_edge_of_every_pair() {
    for from in INTEGERS {
        for value in edges().into_iter().filter(|&value| integer(from, value, Overflow::Error).is_some()) {
            let source = integer_tensor(from, &[1, value]);
            for to in INTEGERS {
                for overflow in POLICIES {
                    match convert(source.clone(), to, &policy(overflow)) {
                        Ok(found) => {
                            let expected = integer(to, value, overflow);
                            assert_eq!(integers(&found)[1], expected.unwrap(), "{from} {value} to {to}");
                        }
                        Err(error) => {
                            assert_eq!(integer(to, value, overflow), None, "{from} {value} to {to}: {error}");
                            assert_out_of_range(error.kind(), 1, &value.to_string(), to);
                        }
                    }
                }
            }
        }
    }
}

#[test]
#[expect(clippy::cast_precision_loss, reason = "rounded on purpose, to have floats near the edges")]
fn a_float_becomes_an_integer_only_if_it_is_one() {
    let conversion = Conversion::default().across_kinds();
    let mut floats: Vec<f64> = edges().into_iter().map(|value| value as f64).collect();
    floats.extend([-0.0, 0.5, -0.5, 1e19, 1e30, f64::MAX, f64::NAN, f64::INFINITY, 4_503_599_627_370_495.5]);
    floats.extend([254.5, 255.5, 300.5, -127.5, -128.5, 32767.25, 4_294_967_295.75, -2_147_483_648.5]);
    for x in floats {
        for to in INTEGERS {
            for overflow in POLICIES {
                let whole = x.fract() == 0.0 || x.is_infinite();
                #[expect(clippy::cast_possible_truncation, reason = "an i128 is past every target")]
                let outer = if whole { x as i128 } else { x as i128 + x.signum() as i128 };
                let past = !x.is_nan() && integer(to, outer, Overflow::Error).is_none();
                let expected = if whole || past { integer(to, outer, overflow) } else { None };
                match convert(f64s(&[3.0, x]), to, &conversion.with_overflow(overflow)) {
                    Ok(found) => assert_eq!(Some(integers(&found)[1]), expected, "{x} to {to}"),
                    Err(error) => {
                        assert_eq!(expected, None, "{x} to {to}: {error}");
                        assert_out_of_range(error.kind(), 1, &format!("{x:?}"), to);
                    }
                }
            }
        }
    }
}

#[test]
fn an_integer_becomes_a_float_only_if_the_float_has_it() {
    let conversion = Conversion::default().across_kinds();
    for from in [I64, U64, I32] {
        for value in edges().into_iter().filter(|&value| integer(from, value, Overflow::Error).is_some()) {
            for (to, digits, largest) in [
                (F64, 53, i128::MAX),
                (C128, 53, i128::MAX),
                (F32, 24, i128::MAX),
                (BF16, 8, i128::MAX),
                (F16, 11, 65504),
                (F8E4M3, 4, 448),
                (F8E5M2, 3, 57344),
                (F8E4M3Fnuz, 4, 240),
                (F8E5M2Fnuz, 3, 57344),
            ] {
                let magnitude = value.unsigned_abs();
                let significant =
                    if value == 0 { 0 } else { 128 - magnitude.leading_zeros() - magnitude.trailing_zeros() };
                for overflow in POLICIES {
                    let expected = match overflow {
                        _ if magnitude <= largest.unsigned_abs() => (significant <= digits).then(|| value.to_string()),
                        Overflow::Saturate => Some((largest * value.signum()).to_string()),
                        Overflow::Infinite if has_infinity(to) => {
                            Some(if value < 0 { "-inf" } else { "inf" }.to_string())
                        }
                        _ => None,
                    };
                    let conversion = conversion.with_overflow(overflow);
                    match convert(integer_tensor(from, &[1, value]), to, &conversion) {
                        Ok(found) => {
                            let back = convert(found, F64, &conversion).unwrap().into_vec::<f64>().unwrap();
                            assert_eq!(Some(format!("{:.0}", back[1])), expected, "{value} to {to}, {overflow:?}");
                        }
                        Err(error) => {
                            assert_eq!(expected, None, "{value} to {to}, {overflow:?}");
                            assert_out_of_range(error.kind(), 1, &value.to_string(), to);
                        }
                    }
                }
            }
        }
    }
    for (value, past) in [(65504, false), (65505, true), (65519, true), (65520, true)] {
        let half = convert(integer_tensor(I32, &[value]), F16, &conversion.with_overflow(Overflow::Infinite)).unwrap();
        assert_eq!(codes(&half), [if past { 0x7C00 } else { 0x7BFF }], "{value}");
    }
    let big = integer_tensor(I32, &[70_000, -70_000]);
    let half = |overflow| codes(&convert(big.clone(), F16, &conversion.with_overflow(overflow)).unwrap());
    assert_eq!(half(Overflow::Saturate), [0x7BFF, 0xFBFF]);
    assert_eq!(half(Overflow::Infinite), [0x7C00, 0xFC00]);
}

#[test]
fn a_bool_is_zero_or_one_in_every_dtype() {
    let conversion = Conversion::default().across_kinds();
    let bools = tensor(Bool, vec![0, 1, 1]);
    for &dtype in DType::ALL.iter().filter(|dtype| dtype.size().is_some() && **dtype != F8E8M0) {
        let there = convert(bools.clone(), dtype, &conversion).unwrap();
        assert_eq!(convert(there, Bool, &conversion).unwrap(), bools, "{dtype}");
    }
    for overflow in POLICIES {
        let error = convert(integer_tensor(I32, &[1, 2]), Bool, &conversion.with_overflow(overflow)).unwrap_err();
        assert_out_of_range(error.kind(), 1, "2", Bool);
    }
    let error = convert_elements(Bool, &[0, 2], U8, &mut [0; 2], 0, &conversion).unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Corrupt { .. }), "{error}");
}

#[test]
fn a_complex_number_is_real_only_without_an_imaginary_part() {
    let conversion = Conversion::default().across_kinds();
    let complex = TensorData::from_vec(vec![[1.0f32, -0.0], [-2.5, 0.0]], [2]).unwrap();
    assert_eq!(convert(complex.clone(), F64, &conversion).unwrap().into_vec::<f64>().unwrap(), [1.0, -2.5]);
    let wide = convert(complex, C128, &Conversion::default()).unwrap().into_vec::<[f64; 2]>().unwrap();
    assert_eq!(wide, [[1.0, -0.0], [-2.5, 0.0]]);
    let imaginary = TensorData::from_vec(vec![[1.0f64, 0.0], [2.0, -3.0]], [2]).unwrap();
    let error = convert(imaginary, F32, &conversion).unwrap_err();
    assert_out_of_range(error.kind(), 1, "2.0-3.0i", F32);
    let large = TensorData::from_vec(vec![[0.0f64, 0.0]; 2000], [2000]).unwrap();
    let mut large = large.into_vec::<[f64; 2]>().unwrap();
    large[1999][1] = 1e300;
    let error = convert(TensorData::from_vec(large, [2000]).unwrap(), C64, &conversion).unwrap_err();
    assert_out_of_range(error.kind(), 1999, "0.0+1e300i", C64);
}

#[test]
fn between_complex_and_real_numbers_nothing_is_rounded() {
    let conversion = Conversion::default().across_kinds();
    for overflow in POLICIES {
        let conversion = conversion.with_overflow(overflow);
        let complex = TensorData::from_vec(vec![[0.5f64, 0.0], [0.1, -0.0]], [2]).unwrap();
        for to in [F32, F16, BF16, F8E4M3, F8E8M0] {
            assert_out_of_range(convert(complex.clone(), to, &conversion).unwrap_err().kind(), 1, "0.1-0.0i", to);
        }
        assert_eq!(convert(complex, F64, &conversion).unwrap().into_vec::<f64>().unwrap(), [0.5, 0.1]);
        assert_out_of_range(convert(f64s(&[0.5, 0.1]), C64, &conversion).unwrap_err().kind(), 1, "0.1", C64);
    }
    let special = [0.5, -0.0, f64::INFINITY, f64::NEG_INFINITY, f64::NAN, 1e300, -1e300];
    let complex = convert(f64s(&special), C128, &conversion).unwrap();
    for (source, overflow) in [(complex, Overflow::Saturate), (f64s(&special), Overflow::Infinite)] {
        let to = if source.dtype() == C128 { F32 } else { C64 };
        let there = convert(source, to, &conversion.with_overflow(overflow)).unwrap();
        let back = convert(there, F64, &conversion).unwrap().into_vec::<f64>().unwrap();
        let last = if overflow == Overflow::Saturate { f64::from(f32::MAX) } else { f64::INFINITY };
        let expected = [0.5, -0.0, f64::INFINITY, f64::NEG_INFINITY, f64::NAN, last, -last];
        let shown = |values: &[f64]| values.iter().map(ToString::to_string).collect::<Vec<_>>();
        assert_eq!(shown(&back), shown(&expected), "{to}");
    }
}

#[test]
fn kinds_do_not_cross_unasked_and_sub_byte_floats_do_not_convert() {
    for (from, to) in [(F32, I32), (I32, F32), (Bool, U8), (C64, F32)] {
        let source = tensor(from, vec![0; from.size().unwrap()]);
        let error = convert(source, to, &Conversion::default()).unwrap_err();
        assert!(matches!(error.kind(), ErrorKind::KindMismatch { .. }), "{error}");
    }
    let f4 = TensorData::new(Bytes::from(vec![0u8; 2]), Shape::new([4]).unwrap(), F4).unwrap();
    let error = convert(f4.clone(), F32, &Conversion::default().across_kinds()).unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::NoConversion { from: F4, to: F32 }), "{error}");
    assert!(convert(f4, F4, &Conversion::default()).is_ok());
}

#[test]
fn the_same_dtype_is_the_same_memory() {
    let source = f64s(&[1.0]);
    assert!(convert(source.clone(), F64, &Conversion::default()).unwrap().bytes().same_memory(source.bytes()));
    let view = convert_view(source.view(), F64, &Conversion::default()).unwrap();
    assert!(std::ptr::eq(view.bytes(), &raw const **source.bytes()));
}

#[test]
fn pieces_must_be_whole_elements_as_many_out_as_in() {
    for (input, output) in [(5, 2), (8, 2), (4, 4), (0, 2)] {
        let error =
            convert_elements(F32, &vec![0; input], F16, &mut vec![0; output], 0, &Conversion::default()).unwrap_err();
        assert!(matches!(error.kind(), ErrorKind::Argument { .. }), "{error}");
    }
}

#[test]
fn the_first_element_that_does_not_fit_is_named_wherever_it_is() {
    for index in [0, 1, 511, 512, 513, 5000] {
        let mut values = vec![1.0f32; 5001];
        values[index] = -65520.0;
        values[5000] = 1e9;
        let view = TensorView::of(&values, Shape::new([5001]).unwrap()).unwrap();
        let error = convert_view(view, F16, &Conversion::default()).unwrap_err();
        assert_out_of_range(error.kind(), index, if index == 5000 { "1000000000.0" } else { "-65520.0" }, F16);
    }
    let error = convert_elements(F32, &1e9f32.to_le_bytes(), F16, &mut [0; 2], 77, &Conversion::default()).unwrap_err();
    assert_out_of_range(error.kind(), 77, "1000000000.0", F16);
}

proptest! {
    #[test]
    fn any_double_rounds_as_its_twin(bits: Vec<u64>) {
        for to in NARROW {
            let ladder = ladder(to);
            for &bits in bits.iter().take(20) {
                check_encoding(&f64s(&[f64::from_bits(bits)]), to, &ladder);
            }
        }
    }

    #[test]
    fn any_single_rounds_as_its_twin(bits: Vec<u32>) {
        for to in NARROW {
            let ladder = ladder(to);
            for &bits in bits.iter().take(20) {
                check_encoding(&TensorData::scalar(f32::from_bits(bits)), to, &ladder);
            }
        }
    }

    /// The routes differ by alignment and block; the result does not.
    #[test]
    fn neither_alignment_nor_pieces_change_a_bit(
        bytes in prop::collection::vec(any::<u8>(), 0..20_000), from in 0usize..20, to in 0usize..20, shift in 1usize..8, cut in 0usize..3000,
    ) {
        let sized: Vec<DType> = DType::ALL.iter().copied().filter(|dtype| dtype.size().is_some()).collect();
        let (from, to) = (sized[from % sized.len()], sized[to % sized.len()]);
        let conversion = Conversion::default().across_kinds().with_overflow(Overflow::Saturate);
        let (from_size, to_size) = (from.size().unwrap(), to.size().unwrap());
        let elements = bytes.len() / from_size;
        let input = &bytes[..elements * from_size];
        let mut whole = vec![0; elements * to_size];
        let result = convert_elements(from, input, to, &mut whole, 0, &conversion).map_err(|error| error.to_string());
        let mut shifted_input = vec![0; shift];
        shifted_input.extend_from_slice(input);
        let mut shifted_output = vec![0; shift + whole.len()];
        let cut = cut.min(elements);
        let (head, tail) = shifted_output[shift..].split_at_mut(cut * to_size);
        let (head_in, tail_in) = shifted_input[shift..].split_at(cut * from_size);
        let pieces = convert_elements(from, head_in, to, head, 0, &conversion)
            .and_then(|()| convert_elements(from, tail_in, to, tail, cut, &conversion))
            .map_err(|error| error.to_string());
        prop_assert_eq!(&pieces, &result);
        if result.is_ok() {
            prop_assert_eq!(&shifted_output[shift..], &whole[..]);
        }
    }
}
