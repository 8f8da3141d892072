use vellum::{Device, Module};
use vellum::record::{FullPrecisionSettings, Recorder};
use vellum::recorder::BinFileRecorder;

#[derive(Module)]
struct Layer<'a> {
    #[module(skip)]
    name: &'a str,
}

fn count(layer: &Layer<'_>) -> usize {
    layer.num_params()
}

fn load() -> vellum::Result<LayerRecord<'static>> {
    let record: LayerRecord = BinFileRecorder::<FullPrecisionSettings>::new().load("layer".into(), Device::default())?;
    let _ = Layer::init_with(record);
    BinFileRecorder::<FullPrecisionSettings>::new().load("layer".into(), Device::default())
}

fn main() {
    let _ = (count, load);
}
