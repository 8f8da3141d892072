//! Burn 0.21 writes and Vellum reads, Vellum writes and Burn 0.21 reads: every recorder, every precision, and the stores, bit for bit
//! and id for id. Burn 0.22, which has no recorders, reads what Vellum's stores wrote too.
//!
//! What Burn itself reads back from its file is the measure, so that at half precision the rounding is compared too.

mod contents;
mod newer;
mod ours;
mod theirs;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use burn::module::Module as _;
use burn::record::Recorder as _;
use burn_store::ModuleSnapshot as _;
use vellum::record::Recorder as _;
use vellum::store::ModuleSnapshot as _;
use vellum::Module as _;

use contents::Contents;

/// One thing to save, in both libraries.
trait Pair {
    const NAME: &'static str;
    type Theirs: burn::record::Record<theirs::B>;
    type Ours: vellum::Record;

    /// Burn's record: the same at every call.
    fn theirs(&self) -> Self::Theirs;
    fn read_theirs(&self, record: Self::Theirs) -> Contents;
    fn read_ours(&self, record: Self::Ours) -> Contents;
    /// The record as Vellum saves it, with what Burn's has not: constants.
    fn complete(&self, record: Self::Ours) -> Self::Ours;
    /// Both ways through stores, which take modules only.
    fn stores(&self, _folder: &Path) -> Vec<Outcome> {
        Vec::new()
    }
}

/// Both ways through a store. Ids are in the file and Vellum restores those that are; Burn 0.21 does not.
macro_rules! store {
    ($theirs:expr, $ours:ident, $module:ident::$name:ident, $folder:ident, $store:ident, $extension:literal) => {{
        let [theirs, ours] = ["theirs", "ours"].map(|name| $folder.join(name).with_extension($extension));
        let expected = theirs::contents(&$theirs);
        let read = |file: &Path| {
            let mut model = $ours();
            let loaded = model.load_from(&mut vellum::store::$store::from_file(file));
            loaded.map(|_| model).map_err(|error| format!("Vellum: {error}"))
        };
        let by_id = |contents: Contents| if $extension == "bpk" { contents } else { contents.without_ids() };
        $theirs.save_into(&mut burn_store::$store::from_file(&theirs)).expect("Burn saves");
        let model = read(&theirs);
        let reads = match &model {
            Ok(model) => same(&by_id(expected.clone()), &by_id(ours::contents(model))),
            Err(error) => Err(error.clone()),
        };
        let writes = model.and_then(|model| {
            let saved = model.save_into(&mut vellum::store::$store::from_file(&ours));
            saved.map_err(|error| format!("Vellum: {error}"))?;
            same(&by_id(expected.clone()), &by_id(ours::contents(&read(&ours)?)))?;
            let mut back = $module::$name::new(&Default::default());
            let loaded = back.load_from(&mut burn_store::$store::from_file(&ours));
            loaded.map_err(|error| format!("Burn: {error}"))?;
            newer::check(burn_store_newer::$store::from_file(&ours), &ours)?;
            same(&expected.without_ids(), &theirs::contents(&back).without_ids())
        });
        Outcome { recorder: stringify!($store).into(), reads, writes }
    }};
}

macro_rules! modules {
    ($($name:ident),* => $stores:tt) => {$(modules!(@ $name $stores);)*};
    (@ $name:ident [$($store:ident $extension:literal),*]) => {
        struct $name(theirs::$name<theirs::B>);

        impl $name {
            fn new() -> Self {
                Self(theirs::filled(theirs::$name::new(&Default::default())))
            }
        }

        impl Pair for $name {
            const NAME: &'static str = stringify!($name);
            type Theirs = <theirs::$name<theirs::B> as burn::module::Module<theirs::B>>::Record;
            type Ours = <ours::$name<ours::B> as vellum::Module>::Record;

            fn theirs(&self) -> Self::Theirs {
                self.0.clone().into_record()
            }

            fn read_theirs(&self, record: Self::Theirs) -> Contents {
                theirs::contents(&theirs::$name::new(&Default::default()).load_record(record))
            }

            fn read_ours(&self, record: Self::Ours) -> Contents {
                ours::contents(&ours::$name::new(&Default::default()).load_record(record))
            }

            fn complete(&self, record: Self::Ours) -> Self::Ours {
                ours::$name::new(&Default::default()).load_record(record).into_record()
            }

            fn stores(&self, folder: &Path) -> Vec<Outcome> {
                let ours = || ours::$name::new(&Default::default());
                vec![$(store!(self.0, ours, theirs::$name, folder, $store, $extension)),*]
            }
        }
    };
}

modules!(BookModel, ConvNet, Nested, Seq, Stateless => [BurnpackStore "bpk", SafetensorsStore "safetensors"]);
// In SafeTensors, which is not Burn's own, Vellum has these weights in rows, and Burn does not ask.
modules!(Columns => [BurnpackStore "bpk"]);

struct Raw;

impl Pair for Raw {
    const NAME: &'static str = "Raw";
    type Theirs = theirs::Raw<theirs::B>;
    type Ours = ours::Raw<ours::B>;

    fn theirs(&self) -> Self::Theirs {
        theirs::Raw::new(&Default::default())
    }

    fn read_theirs(&self, record: Self::Theirs) -> Contents {
        record.contents()
    }

    fn read_ours(&self, record: Self::Ours) -> Contents {
        record.contents()
    }

    fn complete(&self, record: Self::Ours) -> Self::Ours {
        record
    }
}

/// What came of one recorder at one precision.
struct Outcome {
    recorder: String,
    /// Burn wrote, Vellum read.
    reads: Result<usize, String>,
    /// Vellum wrote, Burn read.
    writes: Result<usize, String>,
}

fn same(expected: &Contents, found: &Contents) -> Result<usize, String> {
    expected.difference(found).map_or(Ok(expected.len()), Err)
}

/// Where a file recorder saves to and loads from, and a recorder of bytes loads from.
macro_rules! place {
    (file, $recorder:expr, $record:expr, $path:expr) => {{
        let path: PathBuf = $path;
        $recorder.record($record, path.clone()).map(|()| path)
    }};
    (bytes, $recorder:expr, $record:expr, $path:expr) => {
        $recorder.record($record, ())
    };
}

macro_rules! check {
    ($pair:expr, $folder:expr, $($kind:ident $recorder:ident),* $(,)?) => {{
        let mut outcomes = Vec::new();
        $(
            check!(@ outcomes, $pair, $folder, $kind $recorder FullPrecisionSettings);
            check!(@ outcomes, $pair, $folder, $kind $recorder HalfPrecisionSettings);
            check!(@ outcomes, $pair, $folder, $kind $recorder DoublePrecisionSettings);
        )*
        outcomes
    }};
    (@ $outcomes:ident, $pair:expr, $folder:expr, $kind:ident $recorder:ident $settings:ident) => {{
        let theirs = burn::record::$recorder::<burn::record::$settings>::default();
        let ours = vellum::recorder::$recorder::<vellum::record::$settings>::default();
        let (their_device, our_device) = (Default::default(), vellum::Device::default());
        let load_theirs = |place| {
            let record = theirs.load(place, &their_device).map_err(|error| format!("Burn: {error:?}"))?;
            Ok::<_, String>($pair.read_theirs(record))
        };
        let load_ours = |place| {
            let record = ours.load(place, &our_device).map_err(|error| format!("Vellum: {error}"))?;
            Ok::<_, String>($pair.read_ours(record))
        };

        let place = place!($kind, theirs, $pair.theirs(), $folder.join("theirs")).expect("Burn saves");
        let expected = load_theirs(place.clone()).expect("Burn reads what it wrote");
        assert!(expected.len() > 0, "there is something to compare");
        let reads = load_ours(place).and_then(|found| same(&expected, &found));

        let record = $pair.complete(full($pair, $folder));
        let writes = place!($kind, ours, record, $folder.join("ours")).map_err(|error| format!("Vellum: {error}"));
        let writes = writes.and_then(|place| {
            same(&expected, &load_ours(place.clone())?)?;
            same(&expected, &load_theirs(place)?)
        });
        let settings = stringify!($settings).trim_end_matches("PrecisionSettings");
        $outcomes.push(Outcome { recorder: format!("{} {settings}", stringify!($recorder)), reads, writes });
    }};
}

/// The record at full precision, which everything that Vellum writes begins with.
fn full<P: Pair>(pair: &P, folder: &Path) -> P::Ours {
    let path = folder.join("full");
    let recorder = burn::record::BinFileRecorder::<burn::record::FullPrecisionSettings>::default();
    recorder.record(pair.theirs(), path.clone()).expect("Burn saves");
    let recorder = vellum::recorder::BinFileRecorder::<vellum::record::FullPrecisionSettings>::default();
    recorder.load(path, vellum::Device::default()).expect("Vellum reads it")
}

fn check<P: Pair>(pair: &P) -> (&'static str, Vec<Outcome>) {
    let folder = tempfile::tempdir().expect("a folder to write to");
    let folder = folder.path();
    let mut outcomes = check!(
        pair,
        folder,
        file NamedMpkFileRecorder,
        file NamedMpkGzFileRecorder,
        file BinFileRecorder,
        file BinGzFileRecorder,
        file PrettyJsonFileRecorder,
        file JsonGzFileRecorder,
        bytes BinBytesRecorder,
        bytes NamedMpkBytesRecorder,
    );
    outcomes.extend(pair.stores(folder));
    (P::NAME, outcomes)
}

fn main() -> ExitCode {
    let columns = [
        check(&BookModel::new()),
        check(&ConvNet::new()),
        check(&Nested::new()),
        check(&Seq::new()),
        check(&Stateless::new()),
        check(&Columns::new()),
        check(&Raw),
    ];
    let names: Vec<&str> = columns.iter().map(|(name, _)| *name).collect();
    println!("Tensors equal bit for bit: read from Burn's files / read by Burn from ours.\n");
    println!("| recorder | {} |\n|---|{}", names.join(" | "), "---|".repeat(names.len()));
    let cell = |result: &Result<usize, String>| result.as_ref().map_or("FAILED".into(), usize::to_string);
    for row in 0..columns[0].1.len() {
        let cells = columns.iter().map(|(_, outcomes)| outcomes.get(row));
        let both = |o: &Outcome| format!("{} / {}", cell(&o.reads), cell(&o.writes));
        let cells: Vec<String> = cells.map(|outcome| outcome.map_or(String::new(), both)).collect();
        println!("| {} | {} |", columns[0].1[row].recorder, cells.join(" | "));
    }
    let mut failures = 0;
    for (name, outcomes) in &columns {
        for outcome in outcomes {
            for (direction, result) in [("reading Burn's", &outcome.reads), ("Burn reading ours", &outcome.writes)] {
                if let Err(error) = result {
                    failures += 1;
                    println!("\n{name}, {}, {direction}: {error}", outcome.recorder);
                }
            }
        }
    }
    if failures == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}
