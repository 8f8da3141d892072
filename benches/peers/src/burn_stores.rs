//! What the stores of Burn cost, in two versions.

/// Makes the subject of a version, of its crates, its tensor and its device: the rest is the same.
macro_rules! version {
    ($name:ident, $burn:ident, $store:ident, $tensor:ty, $device:ty) => {
        pub mod $name {
            use std::path::Path;

            use vellum_benches::model::numbers;
            use vellum_benches::phase::{Cost, measure};
            use vellum_benches::rows::{Action, Cut, Format};
            use $burn::module::{Param, ParamId};
            use $burn::tensor::{Tensor, TensorData};
            use $store::{BurnpackStore, ModuleSnapshot, ModuleStore, PytorchStore, SafetensorsStore};

            type Model = Vec<Param<$tensor>>;

            fn filled(cut: Cut) -> Model {
                let tensor = |place| {
                    let data = TensorData::new(numbers(place, cut.shape().into_iter().product()), cut.shape());
                    Param::from_tensor(Tensor::from_data(data, &<$device>::default()))
                };
                (0..cut.count()).map(tensor).collect()
            }

            /// Its values are made when they are first read.
            fn empty(cut: Cut) -> Model {
                let zeros = move |device: &$device, _| Tensor::zeros(cut.shape(), device);
                let param =
                    |_| Param::uninitialized(ParamId::new(), zeros, <$device>::default(), true, cut.shape().into());
                (0..cut.count()).map(param).collect()
            }

            /// Writes a file that loads read.
            pub fn prepare(format: Format, cut: Cut, path: &Path) {
                save(format, &filled(cut), path);
            }

            /// A save to `new`, or a load from `path`, as users get it.
            pub fn run(action: Action, format: Format, cut: Cut, path: &Path, new: &Path) -> Cost {
                match action {
                    Action::Save => {
                        let model = filled(cut);
                        measure(|| save(format, &model, new))
                    }
                    Action::Load => {
                        let model = empty(cut);
                        measure(|| load(format, model, path))
                    }
                    Action::Open => measure(|| open(format, path)),
                    Action::LoadStatic | Action::Map => unreachable!("it takes no part"),
                }
            }

            fn save(format: Format, model: &Model, path: &Path) {
                match format {
                    Format::Safetensors => {
                        model.save_into(&mut SafetensorsStore::from_file(path)).expect("it is saved")
                    }
                    Format::Burnpack => {
                        let mut store = BurnpackStore::from_file(path).auto_extension(false);
                        model.save_into(&mut store).expect("it is saved");
                    }
                    _ => unreachable!("it is not written"),
                }
            }

            fn open(format: Format, path: &Path) -> (SafetensorsStore, BurnpackStore) {
                let mut stores =
                    (SafetensorsStore::from_file(path), BurnpackStore::from_file(path).auto_extension(false));
                match format {
                    Format::Safetensors => stores.0.keys().expect("it is a file of tensors"),
                    _ => stores.1.keys().expect("it is a file of tensors"),
                };
                stores
            }

            fn load(format: Format, mut model: Model, path: &Path) -> Model {
                let applied = match format {
                    Format::Safetensors => {
                        model
                            .load_from(&mut SafetensorsStore::from_file(path))
                            .expect("the file is the model's")
                            .applied
                    }
                    Format::Burnpack => {
                        let mut store = BurnpackStore::from_file(path).auto_extension(false);
                        model.load_from(&mut store).expect("the file is the model's").applied
                    }
                    Format::Torch => {
                        model.load_from(&mut PytorchStore::from_file(path)).expect("the file is the model's").applied
                    }
                    _ => unreachable!("it is not read"),
                };
                assert_eq!(applied.len(), model.len());
                model
            }
        }
    };
}

version!(
    v021,
    burn_021,
    burn_store_021,
    Tensor<burn_021::backend::NdArray<f32>, 2>,
    burn_021::backend::ndarray::NdArrayDevice
);
version!(v022, burn_022, burn_store_022, Tensor<2>, burn_022::tensor::Device);
