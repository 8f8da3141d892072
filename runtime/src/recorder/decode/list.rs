//! Lists that stay packed for as long as all their elements are numbers of one sort.

use alloc::vec::Vec;

use crate::error::Result;
use crate::limits::{Budget, put, room};
use crate::record::{Item, Numbers};
use crate::value::{Value, widen as widen_float};

/// Gives back what a list that is whole has room for beside its elements: of a map of few names that is more than these.
pub(super) fn fit<T>(list: &mut Vec<T>, budget: &Budget) {
    let spare = (list.capacity() - list.len()) * size_of::<T>();
    list.shrink_to_fit();
    budget.refund_held(spare as u64);
}

/// An element of a list: numbers are kept as they are, so that a list of them can be packed.
pub(super) enum Scalar {
    Bool(bool),
    Int(i64),
    UInt(u64),
    F32(f32),
    F64(f64),
    Other(Item),
}

impl Scalar {
    fn into_item(self) -> Item {
        match self {
            Self::Bool(b) => Item::Value(Value::Bool(b)),
            Self::Int(n) => Item::Value(Value::Int(n)),
            Self::UInt(n) => Item::Value(Value::from(n)),
            Self::F32(x) => Item::Value(Value::Float(widen_float(x))),
            Self::F64(x) => Item::Value(Value::Float(x)),
            Self::Other(item) => item,
        }
    }

    fn as_integer(&self) -> Option<i128> {
        match *self {
            Self::Int(n) => Some(n.into()),
            Self::UInt(n) => Some(n.into()),
            _ => None,
        }
    }
}

/// A list. Integers take the narrowest type that holds all of them: files of before 0.14 have millions of small ones, and the bytes of
/// JSON's tensors are such.
#[derive(Default)]
pub(super) enum List {
    #[default]
    Empty,
    Numbers(Numbers),
    Mixed(Vec<Item>),
}

/// Runs `$body` with `$list` bound to the `Vec` of whichever integers `$numbers` are, and `$other` if they are none.
macro_rules! each_integers {
    ($numbers:expr, $list:ident => $body:expr, $other:expr) => {
        match $numbers {
            Numbers::U8($list) => $body,
            Numbers::U16($list) => $body,
            Numbers::U32($list) => $body,
            Numbers::U64($list) => $body,
            Numbers::I8($list) => $body,
            Numbers::I16($list) => $body,
            Numbers::I32($list) => $body,
            Numbers::I64($list) => $body,
            _ => $other,
        }
    };
}

impl List {
    pub(super) fn push(&mut self, element: Scalar, budget: &Budget) -> Result<()> {
        if matches!(self, Self::Empty) {
            *self = match &element {
                Scalar::Bool(_) => Self::Numbers(Numbers::Bool(Vec::new())),
                Scalar::F32(_) => Self::Numbers(Numbers::F32(Vec::new())),
                Scalar::F64(_) => Self::Numbers(Numbers::F64(Vec::new())),
                Scalar::Int(_) | Scalar::UInt(_) => Self::Numbers(Numbers::U8(Vec::new())),
                Scalar::Other(_) => Self::Mixed(Vec::new()),
            };
        }
        match (&mut *self, element) {
            (Self::Numbers(Numbers::Bool(list)), Scalar::Bool(b)) => put(list, b, budget),
            (Self::Numbers(Numbers::F32(list)), Scalar::F32(x)) => put(list, x, budget),
            // Most numbers of a JSON file: its tensors are lists of bytes.
            (Self::Numbers(Numbers::U8(list)), Scalar::UInt(n @ 0..=0xff)) => put(list, n.to_le_bytes()[0], budget),
            (Self::Numbers(Numbers::F64(list)), Scalar::F64(x)) => put(list, x, budget),
            (Self::Numbers(numbers), element) => match element.as_integer() {
                Some(integer) if push_integer(numbers, integer, budget)? => Ok(()),
                _ => self.push_mixed(element, budget),
            },
            (_, element) => self.push_mixed(element, budget),
        }
    }

    /// Puts an element behind others of another sort.
    fn push_mixed(&mut self, element: Scalar, budget: &Budget) -> Result<()> {
        if let Self::Numbers(numbers) = self {
            let bytes = numbers.len() as u64 * size_of::<Item>() as u64;
            budget.charge_held(bytes)?;
            *self = Self::Mixed(crate::record::plain::unpack(numbers));
        }
        let Self::Mixed(items) = self else { unreachable!("a list that is not empty has numbers or items") };
        put(items, element.into_item(), budget)
    }

    pub(super) fn finish(self) -> Item {
        match self {
            Self::Empty => Item::Seq(Vec::new()),
            Self::Numbers(numbers) => Item::Numbers(numbers),
            Self::Mixed(items) => Item::Seq(items),
        }
    }
}

/// Puts an integer behind others, which get the narrowest type that holds them all; `false` if there is none, or if they are no integers.
fn push_integer(numbers: &mut Numbers, integer: i128, budget: &Budget) -> Result<bool> {
    let put_as_it_is = each_integers!(numbers, list => match integer.try_into() {
        Ok(element) => Some(put(list, element, budget)),
        Err(_) => None,
    }, return Ok(false));
    if let Some(put) = put_as_it_is {
        return put.map(|()| true);
    }
    // Those before tried the narrower ones.
    let is_wider = widen::<u16>(numbers, integer, Numbers::U16, budget)?
        || widen::<i16>(numbers, integer, Numbers::I16, budget)?
        || widen::<u32>(numbers, integer, Numbers::U32, budget)?
        || widen::<i32>(numbers, integer, Numbers::I32, budget)?
        || widen::<u64>(numbers, integer, Numbers::U64, budget)?
        || widen::<i64>(numbers, integer, Numbers::I64, budget)?;
    if is_wider { push_integer(numbers, integer, budget) } else { Ok(false) }
}

/// Makes the integers into those of another type, if that holds all of them and one more.
fn widen<T>(numbers: &mut Numbers, integer: i128, wrap: fn(Vec<T>) -> Numbers, budget: &Budget) -> Result<bool>
where
    T: TryFrom<i128>,
{
    let convert = |n: i128| T::try_from(n).ok();
    let fits = |n| convert(n).is_some();
    if !fits(integer) || !each_integers!(&*numbers, list => list.iter().all(|&n| fits(n.into())), false) {
        return Ok(false);
    }
    let mut list = room(numbers.len(), budget)?;
    each_integers!(&*numbers, narrow => list.extend(narrow.iter().filter_map(|&n| convert(n.into()))), return Ok(false));
    let held = numbers.bytes();
    *numbers = wrap(list);
    budget.refund_held(held as u64);
    Ok(true)
}

#[cfg(test)]
mod tests {
    use alloc::vec;

    use super::*;
    use crate::limits::Limits;

    fn list(integers: &[i128]) -> Item {
        let budget = Budget::new(Limits::default(), 0);
        let mut list = List::default();
        for &n in integers {
            let scalar = i64::try_from(n).map_or_else(|_| Scalar::UInt(u64::try_from(n).unwrap()), Scalar::Int);
            list.push(scalar, &budget).unwrap();
        }
        list.finish()
    }

    #[test]
    fn integers_take_the_narrowest_type_that_holds_all_of_them() {
        let packed = |integers: &[i128]| match list(integers) {
            Item::Numbers(numbers) => numbers,
            item => panic!("{item:?}"),
        };
        assert_eq!(packed(&[0, 255]), Numbers::U8(vec![0, 255]));
        assert_eq!(packed(&[0, 256, 65535]), Numbers::U16(vec![0, 256, 65535]));
        assert_eq!(packed(&[1, -1, 300]), Numbers::I16(vec![1, -1, 300]));
        assert_eq!(packed(&[1, 65536]), Numbers::U32(vec![1, 65536]));
        assert_eq!(packed(&[40000, -1]), Numbers::I32(vec![40000, -1]));
        assert_eq!(packed(&[-1, 1 << 40]), Numbers::I64(vec![-1, 1 << 40]));
        assert_eq!(packed(&[1, u64::MAX.into()]), Numbers::U64(vec![1, u64::MAX]));
        assert!(matches!(list(&[u64::MAX.into(), -1]), Item::Seq(items) if items.len() == 2));
    }

    #[test]
    fn memory_is_charged_as_it_is_taken() {
        let budget = Budget::new(Limits { record_grace_bytes: 1000, ..Limits::default() }, 0);
        let mut list = List::default();
        let taken = (0..2000).find(|_| list.push(Scalar::F64(0.5), &budget).is_err()).unwrap();
        assert!((50..=64).contains(&taken), "{taken}");
        let mut list = List::default();
        let budget = Budget::new(Limits { record_grace_bytes: 1000, ..Limits::default() }, 0);
        let taken = (0..2000).find(|_| list.push(Scalar::Other(Item::Nil), &budget).is_err()).unwrap();
        assert!(taken <= 1000 / size_of::<Item>(), "{taken}");
    }

    #[test]
    fn a_list_that_becomes_wider_has_no_more_room_than_it_is_charged() {
        let budget = Budget::new(Limits::default(), 0);
        let mut list = List::default();
        // One more than a power of two: a list that doubled would have room for as many again.
        (0..1025).for_each(|_| list.push(Scalar::Int(1), &budget).unwrap());
        list.push(Scalar::Int(300), &budget).unwrap();
        let Item::Numbers(Numbers::U16(list)) = list.finish() else { panic!("a list of wider numbers") };
        assert_eq!(list.capacity(), 1025 + 1025 / 16);
    }
}
