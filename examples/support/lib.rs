//! The digits that the examples learn and classify.

use std::io::Read;

use ndarray::{Array1, Array2, Axis};

/// Images of handwritten digits, a row each, and what they show.
pub struct Digits {
    /// Of shape (images, 64): the grey values of 8 by 8 pixels, from 0 to 1.
    pub images: Array2<f32>,
    /// Of shape (images): 0 to 9.
    pub labels: Array1<usize>,
}

impl Digits {
    /// All 1,797 images of the data set that is compiled in.
    pub fn load() -> Self {
        let mut text = String::new();
        flate2::read::GzDecoder::new(&include_bytes!("../data/digits.csv.gz")[..])
            .read_to_string(&mut text)
            .expect("the data set is part of the program");
        let rows: Vec<Vec<f32>> = text
            .lines()
            .map(|line| line.split(',').map(|number| number.trim().parse().expect("a number")).collect())
            .collect();
        Self {
            images: Array2::from_shape_fn((rows.len(), 64), |(image, pixel)| rows[image][pixel] / 16.0),
            labels: rows.iter().map(|row| row[64] as usize).collect(),
        }
    }

    /// The images at the places that `wanted` says.
    pub fn part(&self, wanted: impl Fn(usize) -> bool) -> Self {
        let places: Vec<usize> = (0..self.labels.len()).filter(|&place| wanted(place)).collect();
        Self { images: self.images.select(Axis(0), &places), labels: self.labels.select(Axis(0), &places) }
    }
}
