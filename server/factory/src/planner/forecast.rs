//! When phases are likely done: four weeks of throughput, drawn from a thousand times (chapter 20, section 10).
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// When one phase is likely done, with all before it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PhaseForecast {
    /// `None`: the work orders in no phase, which come last.
    pub phase_id: Option<Uuid>,
    pub name: String,
    pub remaining: i64,
    /// The day by which half of the draws, and 85 of 100, have it done. `None`: nothing was done lately, or it takes more
    /// than ten years.
    pub p50: Option<NaiveDate>,
    pub p85: Option<NaiveDate>,
}

/// The forecast of a project.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Forecast {
    /// Work orders done on each of the last 28 days, the oldest first.
    pub throughput: Vec<i64>,
    /// The phases that have something left, in order.
    pub phases: Vec<PhaseForecast>,
}

impl Forecast {
    /// Done in the last 28 days.
    pub fn done(&self) -> i64 {
        self.throughput.iter().sum()
    }
}

#[cfg(feature = "ssr")]
pub use service::forecast;

#[cfg(feature = "ssr")]
mod service {
    use super::*;
    use crate::{phases, projects};
    use chrono::Days;
    use kernel::{Fault, db::TenantTx};
    use rand::{RngExt, SeedableRng, rngs::StdRng};

    /// Days that are drawn from.
    const DAYS: i32 = 28;
    /// Futures that are drawn.
    const DRAWS: usize = 1000;
    /// No future is followed further.
    const HORIZON: u32 = 3650;

    /// When each phase is likely done.
    pub async fn forecast(tx: &mut TenantTx, project: &str) -> Result<Forecast, Fault> {
        let project = projects::by_slug(tx, project).await?;
        let today = tx.now().date_naive();
        // What is done now counts on the day it was done last: what went back and forth counts once.
        let throughput = sqlx::query_scalar!(
            r#"select count(done.entity_id) as "n!"
               from generate_series($2::date - $3::int + 1, $2::date, interval '1 day') as t (day)
                 left join (
                   select a.entity_id, max(a.created_at)::date as day
                   from factory.activities a join factory.work_orders w on w.id = a.entity_id and w.status = 'done' and w.deleted_at is null
                   where a.project_id = $1 and a.entity_type = 'work_order' and a.action = 'status_changed'
                     and a.changes -> 'status' ->> 'new' = 'done' and a.created_at >= $2::date - $3::int
                   group by a.entity_id) done on done.day = t.day::date
               group by t.day order by t.day"#,
            project.id,
            today,
            DAYS
        )
        .fetch_all(tx.conn())
        .await?;
        let mut left: Vec<(Option<Uuid>, String, i64)> =
            phases::all(tx, project.id).await?.into_iter().map(|p| (Some(p.id), p.name, p.live - p.done)).collect();
        let rest = sqlx::query_scalar!(
            r#"select count(*) as "n!" from factory.work_orders
               where project_id = $1 and phase_id is null and status <> 'done' and deleted_at is null"#,
            project.id
        )
        .fetch_one(tx.conn())
        .await?;
        left.push((None, "No phase".to_owned(), rest));
        left.retain(|(_, _, remaining)| *remaining > 0);
        // The same answer all day, on every screen.
        let seed = project.id.as_u128() as u64 ^ (project.id.as_u128() >> 64) as u64 ^ u64::from(today.to_epoch_days().unsigned_abs());
        let days = draw(&throughput, &left.iter().map(|(_, _, n)| *n).collect::<Vec<_>>(), seed);
        let on = |n: Option<u32>| n.and_then(|n| today.checked_add_days(Days::new(n.into())));
        let phases = left
            .into_iter()
            .zip(days)
            .map(|((phase_id, name, remaining), (p50, p85))| PhaseForecast { phase_id, name, remaining, p50: on(p50), p85: on(p85) })
            .collect();
        Ok(Forecast { throughput, phases })
    }

    /// Days until each of these is done, one after the other: the median, and the 85th of 100.
    pub(super) fn draw(throughput: &[i64], remaining: &[i64], seed: u64) -> Vec<(Option<u32>, Option<u32>)> {
        if throughput.iter().all(|n| *n == 0) {
            return vec![(None, None); remaining.len()];
        }
        let mut random = StdRng::seed_from_u64(seed);
        let mut ends: Vec<Vec<u32>> = vec![Vec::with_capacity(DRAWS); remaining.len()];
        for _ in 0..DRAWS {
            let (mut day, mut done, mut needed) = (0, 0, 0);
            for (phase, remaining) in remaining.iter().enumerate() {
                needed += remaining;
                while done < needed && day <= HORIZON {
                    done += throughput[random.random_range(0..throughput.len())];
                    day += 1;
                }
                ends[phase].push(day);
            }
        }
        ends.into_iter()
            .map(|mut days| {
                days.sort_unstable();
                let at = |share: usize| days.get((DRAWS * share).div_ceil(100) - 1).copied().filter(|day| *day <= HORIZON);
                (at(50), at(85))
            })
            .collect()
    }
}

#[cfg(all(test, feature = "ssr"))]
mod tests {
    use super::service::draw;

    #[test]
    fn b20_03_a_steady_pace_is_sure_and_an_unsteady_one_spreads() {
        // One a day: five take five days, and three more eight.
        assert_eq!(draw(&[1; 28], &[5, 3], 7), [(Some(5), Some(5)), (Some(8), Some(8))]);
        let mut bursts = [0; 28];
        bursts[0] = 28;
        let first = draw(&bursts, &[5], 7);
        let (p50, p85) = (first[0].0.unwrap(), first[0].1.unwrap());
        // A burst on one day of 28: the median of the wait is about 19 days, 85 of 100 come within about 52.
        assert!((15..=24).contains(&p50) && (44..=62).contains(&p85), "{first:?}");
        assert_eq!(draw(&bursts, &[5], 7), first);
        assert_eq!(draw(&[0; 28], &[5], 7), [(None, None)]);
    }
}
