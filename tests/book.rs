//! Code as the Burn book teaches it, in the forms that people have in their programs: it works but for the `use` lines.

use std::path::Path;

use vellum::nn::{Linear, LinearConfig, Relu};
use vellum::prelude::*;
use vellum::recorder::{
    BinBytesRecorder, BinFileRecorder, CompactRecorder, DefaultRecorder, FullPrecisionSettings, HalfPrecisionSettings,
    NamedMpkFileRecorder, NoStdTrainingRecorder, PrettyJsonFileRecorder,
};
use vellum_tests::fixture;

type MyBackend = NdArray<f32>;

/// Where Burn 0.21 saved a model of this form.
const BYTES: &[u8] = include_bytes!("fixtures/burn/book_model/full.bin");

#[derive(Module, Debug, Clone)]
pub struct Model<B: Backend> {
    linear_in: Linear<B>,
    linear_out: Linear<B>,
    activation: Relu,
}

impl<B: Backend> Model<B> {
    /// A new model on a device.
    pub fn new(device: &B::Device) -> Self {
        Self {
            linear_in: LinearConfig::new(10, 64).init(device),
            linear_out: LinearConfig::new(64, 2).init(device),
            activation: Relu::new(),
        }
    }

    /// A model with the weights of a record, with nothing made that the record has. Named as the trait's method on purpose.
    pub fn init_with(record: ModelRecord<B>) -> Self {
        Self {
            linear_in: LinearConfig::new(10, 64).init_with(record.linear_in),
            linear_out: LinearConfig::new(64, 2).init_with(record.linear_out),
            activation: Relu::new(),
        }
    }

    pub fn forward(&self, x: Tensor<B, 2>) -> Tensor<B, 2> {
        let x = self.linear_in.forward(x);
        let x = self.activation.forward(x);
        self.linear_out.forward(x)
    }
}

/// The same layers, with the derive's `init_with` only.
#[derive(Module, Debug)]
struct Derived<B: Backend> {
    linear_in: Linear<B>,
    linear_out: Linear<B>,
    activation: Relu,
}

fn same<B: Backend>(a: &Model<B>, b: &Model<B>) -> bool {
    let device = Default::default();
    let x = Tensor::ones([3, 10], &device);
    a.forward(x.clone()) == b.forward(x)
}

#[test]
fn a_model_is_saved_and_a_new_one_loads_the_file() -> vellum::Result<()> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("my_model");
    let device = Default::default();
    let model: Model<MyBackend> = Model::new(&device);

    let recorder = NamedMpkFileRecorder::<FullPrecisionSettings>::new();
    model.save_file(path.clone(), &recorder)?;

    let loaded: Model<MyBackend> = Model::new(&device);
    assert!(!same(&loaded, &model));
    let loaded = loaded.load_file(path, &recorder, &device)?;
    assert!(same(&loaded, &model));
    Ok(())
}

#[test]
fn a_path_may_be_a_string_and_the_model_may_be_given_away() {
    let folder = tempfile::tempdir().unwrap();
    let path = format!("{}/model", folder.path().display());
    let device = Default::default();
    let model = Model::<MyBackend>::new(&device);
    model.clone().save_file(path.as_str(), &CompactRecorder::new()).expect("the model can be saved");
    let second = format!("{path}-2");
    model.clone().save_file(second.clone(), &DefaultRecorder::new()).expect("the model can be saved");
    let loaded = Model::<MyBackend>::new(&device).load_file(&second, &DefaultRecorder::new(), &device).unwrap();
    assert!(same(&loaded, &model));
}

#[test]
fn a_record_is_loaded_where_only_its_type_says_what_the_device_is() -> vellum::Result<()> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("model").display().to_string();
    let model = Model::<NdArray<f32>>::new(&Default::default());
    let recorder = BinFileRecorder::<FullPrecisionSettings>::new();
    model.save_file(&path, &recorder)?;

    let device = Default::default();
    let record: ModelRecord<NdArray<f32>> = recorder.load(path.into(), &device)?;
    let loaded = Model::init_with(record);
    assert!(same(&loaded, &model));
    Ok(())
}

#[test]
fn a_record_is_recorded_and_loaded_by_the_recorder() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("model");
    let device = Device::<MyBackend>::default();
    let model = Model::<MyBackend>::new(&device);

    NamedMpkFileRecorder::<HalfPrecisionSettings>::new()
        .record(model.clone().into_record(), path.clone())
        .expect("the record can be saved");
    let record = NamedMpkFileRecorder::<HalfPrecisionSettings>::new().load(path, &device).expect("the record is there");
    let loaded = Model::<MyBackend>::new(&device).load_record(record);
    let x = Tensor::<MyBackend, 2>::ones([1, 10], &device);
    for (a, b) in loaded.forward(x.clone()).elements().iter().zip(model.forward(x).elements()) {
        assert!((a - b).abs() < 1e-2, "{a} and {b}");
    }
}

/// As an inference server is written: generic over the backend, the device given.
fn infer<B: Backend>(artifacts: &Path, device: B::Device) -> Tensor<B, 2> {
    let record = PrettyJsonFileRecorder::<FullPrecisionSettings>::new()
        .load(artifacts.join("model"), &device)
        .expect("the trained model is there");
    let model: Model<B> = Model::new(&device).load_record(record);
    model.forward(Tensor::ones([1, 10], &device))
}

fn train<B: Backend>(artifacts: &Path, device: &Device<B>) -> Tensor<B, 2> {
    let model = Model::<B>::new(device);
    model
        .save_file(artifacts.join("model"), &PrettyJsonFileRecorder::<FullPrecisionSettings>::new())
        .expect("the trained model can be saved");
    model.forward(Tensor::ones([1, 10], device))
}

#[test]
fn generic_code_trains_saves_and_infers_on_any_backend() {
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(train::<NdArray<f32>>(folder.path(), &Default::default()), infer(folder.path(), Default::default()));
    let folder = tempfile::tempdir().unwrap();
    // Files are at full precision, so that a model of doubles comes back rounded.
    let (trained, loaded) = (
        train::<NdArray<f64>>(folder.path(), &Default::default()),
        infer::<NdArray<f64>>(folder.path(), Default::default()),
    );
    for (a, b) in trained.elements().iter().zip(loaded.elements()) {
        assert!((a - b).abs() < 1e-5 && *b != 0.0, "{a} and {b}");
    }
}

#[test]
fn a_model_is_compiled_into_the_program() -> vellum::Result<()> {
    let device = Default::default();
    let record: ModelRecord<MyBackend> =
        BinBytesRecorder::<FullPrecisionSettings>::default().load(BYTES.to_vec(), &device)?;
    let model = Model::init_with(record);

    // And from where the bytes are, without a copy of them.
    let record = BinBytesRecorder::<FullPrecisionSettings, &'static [u8]>::default().load(BYTES, &device)?;
    assert!(same(&Model::<MyBackend>::new(&device).load_record(record), &model));

    // It is the model that Burn's file beside it holds.
    let path = fixture("burn/book_model/full.mpk");
    let from_file =
        Model::new(&device).load_file(path, &NamedMpkFileRecorder::<FullPrecisionSettings>::new(), &device)?;
    assert!(same(&from_file, &model));
    Ok(())
}

#[test]
fn bytes_are_recorded_and_loaded_in_memory() {
    let device = Default::default();
    let model = Model::<MyBackend>::new(&device);
    let recorder = BinBytesRecorder::<FullPrecisionSettings>::default();
    let bytes: Vec<u8> = recorder.record(model.clone().into_record(), ()).unwrap();
    let loaded = Model::<MyBackend>::new(&device).load_record(recorder.load(bytes, &device).unwrap());
    assert!(same(&loaded, &model));
}

#[test]
fn the_derives_init_with_stands_beside_a_users_own() {
    let device = Default::default();
    let model = Model::<MyBackend>::new(&device);
    let own = Model::init_with(model.clone().into_record());
    let derived = <Model<MyBackend> as Module>::init_with(model.clone().into_record());
    assert!(same(&own, &model) && same(&derived, &model));

    let record = NoStdTrainingRecorder::new();
    let folder = tempfile::tempdir().unwrap();
    model.save_file(folder.path().join("model"), &record).unwrap();
    let record: DerivedRecord<MyBackend> = record.load(folder.path().join("model"), &device).unwrap();
    let derived = Derived::init_with(record);
    assert_eq!(derived.linear_in.weight.val(), model.linear_in.weight.val());
    assert_eq!(derived.linear_out.weight.id(), model.linear_out.weight.id());
    let _: Relu = derived.activation;
}

#[test]
fn a_record_can_be_taken_apart_by_its_fields() {
    let device = Default::default();
    let mut record = Model::<MyBackend>::new(&device).into_record();
    record.linear_in.bias = None;
    let id = record.linear_out.weight.id();
    let weight: Param<Tensor<MyBackend, 2>> = record.linear_out.weight.clone();
    assert_eq!((weight.id(), weight.dims()), (id, [64, 2]));
    // A layer of another form than the module's is refused, and every difference is told.
    let error = Model::<MyBackend>::new(&device).try_load_record(record).unwrap_err();
    assert!(error.to_string().contains("`linear_in.bias` is present in the module and absent"), "{error}");
}
