//! When notices arrive: instantly, with the next hour, day or week, and never by mail in quiet hours.
use super::Frequency;
use chrono::{Datelike, Duration, NaiveDateTime, NaiveTime, Timelike};
use serde::{Deserialize, Serialize};

/// A person's day: quiet hours, the hour of digests, and the time zone both are meant in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct NoticeTimes {
    /// From this hour (0-23) no mail is sent; `None`: no quiet hours.
    pub quiet_from: Option<u8>,
    /// Until this hour.
    pub quiet_to: Option<u8>,
    /// The hour of daily and weekly digests.
    pub digest_hour: u8,
    pub timezone: String,
}

impl Default for NoticeTimes {
    fn default() -> Self {
        Self { quiet_from: None, quiet_to: None, digest_hour: 8, timezone: "UTC".to_owned() }
    }
}

impl NoticeTimes {
    /// When a notice of this frequency is due, in the person's own time; `None`: at once.
    pub fn due(&self, frequency: Frequency, now: NaiveDateTime) -> Option<NaiveDateTime> {
        let hour = |at: NaiveDateTime, hour: u8| at.date().and_time(NaiveTime::from_hms_opt(hour.into(), 0, 0).unwrap_or_default());
        match frequency {
            Frequency::Instant | Frequency::Never => None,
            Frequency::Hourly => Some(hour(now, now.hour() as u8) + Duration::hours(1)),
            Frequency::Daily => {
                let today = hour(now, self.digest_hour);
                Some(if today > now { today } else { today + Duration::days(1) })
            }
            Frequency::Weekly => {
                // Monday's digest.
                let to_monday = (7 - i64::from(now.weekday().num_days_from_monday())) % 7;
                let monday = hour(now, self.digest_hour) + Duration::days(to_monday);
                Some(if monday > now { monday } else { monday + Duration::days(7) })
            }
        }
    }

    /// The end of the quiet hours a moment falls into; `None`: it falls into none.
    pub fn quiet_until(&self, at: NaiveDateTime) -> Option<NaiveDateTime> {
        let (from, to) = (self.quiet_from?, self.quiet_to?);
        let hour = at.hour() as u8;
        let quiet = if from <= to { (from..to).contains(&hour) } else { hour >= from || hour < to };
        if !quiet {
            return None;
        }
        let end = at.date().and_time(NaiveTime::from_hms_opt(to.into(), 0, 0)?);
        Some(if end > at { end } else { end + Duration::days(1) })
    }

    /// When the mail of a notice goes out; `None`: at once.
    pub fn mail_due(&self, frequency: Frequency, now: NaiveDateTime) -> Option<NaiveDateTime> {
        let due = self.due(frequency, now);
        self.quiet_until(due.unwrap_or(now)).or(due)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> NaiveDateTime {
        NaiveDateTime::parse_from_str(text, "%Y-%m-%d %H:%M").unwrap()
    }

    #[test]
    fn digests_come_with_the_next_hour_day_or_monday() {
        let times = NoticeTimes::default();
        // A Saturday.
        let now = at("2026-11-21 09:20");
        assert_eq!(times.due(Frequency::Instant, now), None);
        assert_eq!(times.due(Frequency::Hourly, now), Some(at("2026-11-21 10:00")));
        assert_eq!(times.due(Frequency::Daily, now), Some(at("2026-11-22 08:00")));
        assert_eq!(times.due(Frequency::Daily, at("2026-11-21 07:59")), Some(at("2026-11-21 08:00")));
        assert_eq!(times.due(Frequency::Weekly, now), Some(at("2026-11-23 08:00")));
        assert_eq!(times.due(Frequency::Weekly, at("2026-11-23 08:00")), Some(at("2026-11-30 08:00")));
    }

    #[test]
    fn quiet_hours_hold_mail_back_past_midnight() {
        let times = NoticeTimes { quiet_from: Some(22), quiet_to: Some(7), ..NoticeTimes::default() };
        assert_eq!(times.mail_due(Frequency::Instant, at("2026-11-21 23:10")), Some(at("2026-11-22 07:00")));
        assert_eq!(times.mail_due(Frequency::Instant, at("2026-11-22 06:59")), Some(at("2026-11-22 07:00")));
        assert_eq!(times.mail_due(Frequency::Instant, at("2026-11-22 07:00")), None);
        assert_eq!(times.mail_due(Frequency::Hourly, at("2026-11-21 21:30")), Some(at("2026-11-22 07:00")));
    }
}
