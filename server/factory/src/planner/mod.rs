//! What looks at the plan as a whole: coverage of criteria, the forecast, phases from a template, the timeline, saved
//! views; and what coding tools do with it.
mod coverage;
mod forecast;
mod phasing;
mod timeline;
mod tools;
mod views;
pub use coverage::{Cell, Coverage, CoverageFeature, CoverageRow, Covering, TestRef};
pub use forecast::{Forecast, PhaseForecast};
pub use phasing::{PhaseOffer, PhaseProposal, PhaseRecipe, Put, Spread, SpreadRow};
pub use timeline::{Timeline, TimelineRow};
pub use tools::{TOOLS, Tool};
pub use views::{SavedView, SavedViewInput};

#[cfg(feature = "ssr")]
pub use {
    coverage::{cover, coverage, coverage_csv},
    forecast::forecast,
    phasing::{add_phases, phase_offer, put, spread},
    timeline::timeline,
    views::{remove_view, save_view, views},
};
