//! What Vellum's stores cost.

use std::path::Path;

use vellum::backend::{NdArray, Tensor};
use vellum::format::{TensorList, keras};
use vellum::io::Replace;
use vellum::store::{
    BurnpackStore, Format as StoreFormat, GgufStore, KerasStore, ModuleSnapshot, ModuleStore, NpzStore, PytorchStore,
    SafetensorsStore, SklearnStore, Store,
};
use vellum::{DType, Device, Param, Shape, TensorData};

use crate::joblib;
use crate::model::numbers;
use crate::phase::{Cost, measure};
use crate::rows::{Action, Cut, Format};

type Model = Vec<Param<Tensor<NdArray<f32>, 2>>>;

fn tensors(cut: Cut) -> impl Iterator<Item = TensorData> {
    let shape = cut.shape();
    let data = move |place| TensorData::from_vec(numbers(place, shape.iter().product()), shape);
    (0..cut.count()).map(move |place| data(place).expect("as many numbers as the shape says"))
}

fn model(cut: Cut) -> Model {
    tensors(cut).map(|data| Param::new(Tensor::from_data(data, Device::default()))).collect()
}

/// A model as layers make it: its values would be made when they are first read.
fn empty(cut: Cut) -> Model {
    let (device, shape) = (Device::default(), Shape::new(cut.shape()).expect("the shape of a tensor"));
    let zeros = move |device: &Device| Tensor::zeros(cut.shape(), device);
    (0..cut.count()).map(|_| Param::lazy(DType::F32, shape.clone(), &device, zeros)).collect()
}

/// Writes a file that loads read.
pub fn prepare(format: Format, cut: Cut, path: &Path) {
    match format {
        Format::Keras => {
            let mut set = TensorList::default();
            for (place, data) in tensors(cut).enumerate() {
                set.push(format!("layers/{place}/vars/0"), data);
            }
            let mut file = Replace::new(path).open().expect("the folder is there");
            keras::write_weights(&set, &mut file).and_then(|()| file.commit()).expect("there is room");
        }
        Format::Joblib => joblib::write(tensors(cut), path).expect("there is room"),
        _ => save(format, &model(cut), path),
    }
}

/// A save to `new`, or a load from `path`, as users get it.
pub fn run(action: Action, format: Format, cut: Cut, path: &Path, new: &Path) -> Cost {
    match action {
        Action::Save => {
            let model = model(cut);
            measure(|| save(format, &model, new))
        }
        Action::Load | Action::Map => {
            let model = empty(cut);
            measure(|| load(format, action == Action::Map, model, path))
        }
        Action::Open => measure(|| open(format, path)),
        Action::LoadStatic => unreachable!("no row has it"),
    }
}

fn save(format: Format, model: &Model, path: &Path) {
    let saved = match format {
        Format::Safetensors => model.save_into(&mut SafetensorsStore::from_file(path)),
        Format::Burnpack => model.save_into(&mut BurnpackStore::from_file(path).auto_extension(false)),
        Format::Torch => model.save_into(&mut PytorchStore::from_file(path)),
        Format::Npz => model.save_into(&mut NpzStore::from_file(path)),
        Format::Gguf => model.save_into(&mut GgufStore::from_file(path)),
        Format::Keras | Format::Joblib => unreachable!("no store saves it"),
    };
    saved.expect("the model is saved");
}

/// The store is given back: what it knows is what opening costs.
fn open(format: Format, path: &Path) -> Box<dyn ModuleStore> {
    let store: Box<dyn ModuleStore> = match format {
        Format::Safetensors => Box::new(SafetensorsStore::from_file(path).zero_copy(true)),
        Format::Burnpack => Box::new(BurnpackStore::from_file(path).zero_copy(true)),
        _ => unreachable!("no row opens it"),
    };
    store.keys().expect("it is a file of tensors");
    store
}

fn load(format: Format, mapped: bool, model: Model, path: &Path) -> Model {
    fn from<F: StoreFormat>(store: Store<F>, mapped: bool, mut model: Model) -> Model {
        model.load_from(&mut store.zero_copy(mapped)).expect("the file is the model's");
        model
    }
    match format {
        Format::Safetensors => from(SafetensorsStore::from_file(path), mapped, model),
        Format::Burnpack => from(BurnpackStore::from_file(path), mapped, model),
        Format::Torch => from(PytorchStore::from_file(path), mapped, model),
        Format::Npz => from(NpzStore::from_file(path), mapped, model),
        Format::Gguf => from(GgufStore::from_file(path), mapped, model),
        Format::Joblib => from(SklearnStore::from_file(path), mapped, model),
        Format::Keras => {
            let store = KerasStore::from_file(path).with_key_remapping(r"^(\d+)\.0$", "$1");
            from(store, mapped, model)
        }
    }
}
