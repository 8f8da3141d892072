//! Floats as values: exact in both directions, NaNs with their bits.

use alloc::borrow::Cow;
use alloc::format;
use core::fmt;

use serde::de::{self, Deserialize, Deserializer, Visitor};
use serde::ser::{Serialize, Serializer};

const SIGN_64: u64 = 1 << 63;
const INFINITY_64: u64 = 0x7ff0_0000_0000_0000;
const SIGN_32: u32 = 1 << 31;
const INFINITY_32: u32 = 0x7f80_0000;
/// Bits that an `f64`'s mantissa has more than an `f32`'s.
const MORE_MANTISSA: u32 = 52 - 23;

/// The float of twice the width. A conversion by the processor would set the quiet bit of a NaN.
pub(crate) fn widen(value: f32) -> f64 {
    if !value.is_nan() {
        return value.into();
    }
    let bits = value.to_bits();
    let sign = if bits & SIGN_32 == 0 { 0 } else { SIGN_64 };
    f64::from_bits(sign | INFINITY_64 | (u64::from(bits & !SIGN_32 & !INFINITY_32) << MORE_MANTISSA))
}

/// The `f32` that [`widen`] makes this of, if it is a NaN made so.
pub(crate) fn narrow_nan(value: f64) -> Option<f32> {
    if !value.is_nan() {
        return None;
    }
    let bits = value.to_bits();
    let sign = if bits & SIGN_64 == 0 { 0 } else { SIGN_32 };
    // The bits under the mantissa are cut here, and the comparison below tells if there were any.
    let mantissa = u32::try_from((bits & !SIGN_64 & !INFINITY_64) >> MORE_MANTISSA).ok()?;
    Some(f32::from_bits(sign | INFINITY_32 | mantissa)).filter(|&narrow| widen(narrow).to_bits() == bits)
}

/// A float in [`Value`](super::Value)'s own serialised form.
pub(super) struct Float(pub(super) f64);

const INFINITY: &str = "inf";
const NEGATIVE_INFINITY: &str = "-inf";
const NAN: &str = "nan:";

impl Serialize for Float {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let value = self.0;
        if !serializer.is_human_readable() || value.is_finite() {
            return serializer.serialize_f64(value);
        }
        serializer.serialize_str(&if value.is_nan() {
            Cow::Owned(format!("{NAN}{:016x}", value.to_bits()))
        } else if value > 0.0 {
            Cow::Borrowed(INFINITY)
        } else {
            Cow::Borrowed(NEGATIVE_INFINITY)
        })
    }
}

impl<'de> Deserialize<'de> for Float {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        if deserializer.is_human_readable() {
            deserializer.deserialize_any(FloatVisitor)
        } else {
            deserializer.deserialize_f64(FloatVisitor)
        }
    }
}

struct FloatVisitor;

impl Visitor<'_> for FloatVisitor {
    type Value = Float;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a float, or \"inf\", \"-inf\" or \"nan:\" and 16 hexadecimal digits")
    }

    fn visit_f64<E: de::Error>(self, value: f64) -> Result<Float, E> {
        Ok(Float(value))
    }

    #[expect(clippy::cast_precision_loss, reason = "checked: it is exact")]
    fn visit_i64<E: de::Error>(self, value: i64) -> Result<Float, E> {
        // An integer where a float was written, as other writers of JSON may leave it.
        if value.unsigned_abs() <= 1 << f64::MANTISSA_DIGITS {
            Ok(Float(value as f64))
        } else {
            Err(E::invalid_value(de::Unexpected::Signed(value), &self))
        }
    }

    fn visit_u64<E: de::Error>(self, value: u64) -> Result<Float, E> {
        match i64::try_from(value) {
            Ok(value) => self.visit_i64(value),
            Err(_) => Err(E::invalid_value(de::Unexpected::Unsigned(value), &self)),
        }
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Float, E> {
        let nan = || {
            let digits = text.strip_prefix(NAN).filter(|digits| digits.len() == 16)?;
            let value = f64::from_bits(u64::from_str_radix(digits, 16).ok()?);
            value.is_nan().then_some(value)
        };
        match text {
            INFINITY => Ok(Float(f64::INFINITY)),
            NEGATIVE_INFINITY => Ok(Float(f64::NEG_INFINITY)),
            _ => nan().map(Float).ok_or_else(|| E::invalid_value(de::Unexpected::Str(text), &self)),
        }
    }
}
