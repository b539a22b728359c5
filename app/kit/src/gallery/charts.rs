//! Charts.
use super::part;
use crate::*;
use leptos::prelude::*;

pub fn charts() -> AnyView {
    let days: Vec<String> = (1..=14).map(|d| format!("{d} Mar")).collect();
    let burn = ChartData {
        labels: days.clone(),
        series: vec![
            Series::new("Scope", [240.0, 240.0, 262.0, 262.0, 262.0, 280.0, 280.0, 280.0, 300.0, 300.0, 300.0, 300.0, 300.0, 300.0])
                .hue(Hue::Neutral)
                .dashed(),
            Series::new("Passing", [4.0, 9.0, 22.0, 30.0, 41.0, 60.0, 74.0, 92.0, 118.0, 131.0, 150.0, 158.0, 171.0, 184.0])
                .hue(Hue::Success),
            Series::new("Failing", [2.0, 3.0, 9.0, 14.0, 12.0, 18.0, 22.0, 16.0, 13.0, 19.0, 15.0, 12.0, 14.0, 12.0]).hue(Hue::Danger),
        ],
    };
    let stacked = ChartData {
        labels: days[..7].to_vec(),
        series: vec![
            Series::new("Written by people", [12.0, 14.0, 9.0, 20.0, 22.0, 6.0, 4.0]),
            Series::new("Written by agents", [30.0, 44.0, 38.0, 51.0, 47.0, 12.0, 16.0]),
            Series::new("Reverted", [2.0, 1.0, 4.0, 2.0, 5.0, 0.0, 1.0]),
        ],
    };
    let beside = stacked.clone();
    let bars = ChartData {
        labels: ["P0", "P1", "P2", "P3"].map(str::to_owned).to_vec(),
        series: vec![Series::new("Features", [24.0, 96.0, 140.0, 40.0])],
    };
    let slices = vec![
        Slice::new("Passing", 184.0).hue(Hue::Success).href("?status=passing"),
        Slice::new("In progress", 42.0).hue(Hue::Info).href("?status=in_progress"),
        Slice::new("Pending", 52.0).hue(Hue::Neutral),
        Slice::new("Failing", 12.0).hue(Hue::Danger),
        Slice::new("Blocked", 10.0).hue(Hue::Warning),
    ];
    let hours: Vec<String> = (0..24).map(|h| format!("{h}")).collect();
    let heat: Vec<Vec<Option<f64>>> = (0..5)
        .map(|d| (0..24).map(|h: i32| Some(f64::from(((h - 13).abs() - 9).min(0).abs() * (5 - d) + (h * d) % 3))).collect())
        .collect();
    let steps = vec![
        Slice::new("Seen", 48_200.0),
        Slice::new("Played", 17_900.0),
        Slice::new("Finished", 9_300.0),
        Slice::new("Left a mail", 1_240.0),
    ];
    let body = view! {
        <div class="cols-2">
            <Card title="Burn-up"><LineChart title="Burn-up" data=burn.clone() unit="features" area=true /></Card>
            <Card title="By status"><Donut title="By status" slices=slices unit="features" /></Card>
            <Card title="Commits a day"><BarChart title="Commits a day" data=stacked unit="commits" stacked=true /></Card>
            <Card title="By priority"><BarChart title="By priority" data=bars unit="features" /></Card>
            <Card title="Agents at work"><HeatMap title="Agents at work" rows=["Mon", "Tue", "Wed", "Thu", "Fri"].map(str::to_owned).to_vec() columns=hours values=heat unit="runs" /></Card>
            <Card title="From ad to lead"><Funnel title="From ad to lead" steps=steps /></Card>
            <Card title="Beside each other"><BarChart title="Commits, beside each other" data=beside unit="commits" /></Card>
            <Card title="Small">
                <div class="cols-2">
                    <Gauge title="Calls today" value=3120.0 max=5000.0 unit="of 5,000 calls" hue=Hue::Accent />
                    <div class="stack">
                        <Sparkline label="Passing" values=vec![4.0, 9.0, 22.0, 30.0, 41.0, 60.0, 74.0, 92.0] hue=Hue::Success />
                        <Sparkline label="Failing" values=vec![2.0, 3.0, 9.0, 14.0, 12.0, 18.0, 22.0, 16.0] hue=Hue::Danger />
                    </div>
                </div>
            </Card>
        </div>
    };
    part("charts", "Charts", body.into_any())
}
