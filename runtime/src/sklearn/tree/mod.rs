//! Decision trees, and many of them together.

mod boosting;
mod decision;
mod forest;
mod hist;
mod hist_tree;
mod nodes;
mod outputs;

pub use boosting::{
    GradientBoostingClassifier, GradientBoostingClassifierRecord, GradientBoostingRegressor,
    GradientBoostingRegressorRecord,
};
pub use decision::{
    DecisionTreeClassifier, DecisionTreeClassifierRecord, DecisionTreeRegressor, DecisionTreeRegressorRecord,
};
pub use forest::{
    ExtraTreesClassifier, ExtraTreesClassifierRecord, ExtraTreesRegressor, ExtraTreesRegressorRecord,
    RandomForestClassifier, RandomForestClassifierRecord, RandomForestRegressor, RandomForestRegressorRecord,
};
pub use hist::{
    HistGradientBoostingClassifier, HistGradientBoostingClassifierRecord, HistGradientBoostingRegressor,
    HistGradientBoostingRegressorRecord, Link,
};
pub use hist_tree::{HistTree, HistTreeRecord};
pub use nodes::{Tree, TreeRecord};
