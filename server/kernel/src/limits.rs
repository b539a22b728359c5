//! Rate limits by token bucket: `tokens = min(L, tokens + elapsed * L / period)`, cost 1 (chapter 10, section 3).
use crate::{
    app::App,
    fault::{Code, Fault},
};
use std::{
    collections::HashMap,
    hash::Hash,
    sync::Mutex,
    time::{Duration, Instant},
};

/// How often something may happen: `capacity` at once, refilled evenly over `period`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rule {
    /// Leads the key, so that rules do not share buckets: `signin`, `key`.
    pub name: &'static str,
    pub capacity: u32,
    pub period: Duration,
}

impl Rule {
    pub const fn new(name: &'static str, capacity: u32, period: Duration) -> Self {
        Self { name, capacity, period }
    }

    pub const fn per_minute(name: &'static str, capacity: u32) -> Self {
        Self::new(name, capacity, Duration::from_secs(60))
    }

    pub const fn per_quarter(name: &'static str, capacity: u32) -> Self {
        Self::new(name, capacity, Duration::from_secs(15 * 60))
    }

    pub const fn per_hour(name: &'static str, capacity: u32) -> Self {
        Self::new(name, capacity, Duration::from_secs(60 * 60))
    }

    pub const fn per_day(name: &'static str, capacity: u32) -> Self {
        Self::new(name, capacity, Duration::from_secs(24 * 60 * 60))
    }

    fn key(self, key: &str) -> String {
        format!("{}:{key}", self.name)
    }

    /// Tokens a second.
    fn rate(self) -> f64 {
        f64::from(self.capacity) / self.period.as_secs_f64().max(f64::MIN_POSITIVE)
    }

    fn state(self, tokens: f64) -> Limit {
        let missing = f64::from(self.capacity) - tokens;
        Limit { limit: self.capacity, remaining: tokens.max(0.0) as u32, reset: (missing.max(0.0) / self.rate()).ceil() as u64 }
    }

    fn refused(self, tokens: f64) -> Fault {
        metrics::counter!(crate::telemetry::LIMITED, "rule" => self.name).increment(1);
        let wait = ((1.0 - tokens) / self.rate()).ceil().max(1.0);
        let mut fault = Fault::new(Code::RateLimited, format!("Too many tries. Try again in {}.", words(wait as u64)))
            .with_details(serde_json::json!({ "limit": self.state(tokens) }));
        fault.retry_after = Some(wait as u64);
        fault
    }
}

/// What the headers `X-RateLimit-Limit`, `-Remaining` and `-Reset` (seconds until full) say.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Limit {
    pub limit: u32,
    pub remaining: u32,
    pub reset: u64,
}

fn words(seconds: u64) -> String {
    match seconds {
        1 => "a second".to_owned(),
        2..=90 => format!("{seconds} seconds"),
        91..=5400 => format!("{} minutes", seconds.div_ceil(60)),
        _ => format!("{} hours", seconds.div_ceil(3600)),
    }
}

/// Takes one token from the bucket of `rule` and `key`, shared by all processes; 429 when it is empty.
/// Runs outside of any transaction: a call that fails later has been made all the same.
pub async fn take(app: &App, rule: Rule, key: &str) -> Result<Limit, Fault> {
    // The update waits for the row, so two processes never take the same token. Where it finds the bucket
    // empty it writes nothing, and the second half tells how empty.
    let bucket = sqlx::query!(
        r#"with taken as (
             insert into core.rate_limits as r (key, tokens, updated_at) values ($1, $2::float8 - 1, $4)
             on conflict (key) do update
               set tokens = least($2::float8, r.tokens + greatest(extract(epoch from $4::timestamptz - r.updated_at)::float8, 0) * $3) - 1,
                   updated_at = greatest(r.updated_at, $4)
               where least($2::float8, r.tokens + greatest(extract(epoch from $4::timestamptz - r.updated_at)::float8, 0) * $3) >= 1
             returning tokens)
           select tokens as "tokens!", true as "taken!" from taken
           union all
           select least($2::float8, r.tokens + greatest(extract(epoch from $4::timestamptz - r.updated_at)::float8, 0) * $3), false
           from core.rate_limits r where r.key = $1 and not exists (select from taken)"#,
        rule.key(key),
        f64::from(rule.capacity),
        rule.rate(),
        app.clock.now(),
    )
    .fetch_optional(app.db.pool())
    .await?;
    match bucket {
        Some(bucket) if bucket.taken => Ok(rule.state(bucket.tokens)),
        // Made and emptied by others since this statement began: it does not see the row yet.
        None => Err(rule.refused(0.0)),
        Some(bucket) => Err(rule.refused(bucket.tokens.min(1.0))),
    }
}

/// Refuses with 429 when the bucket is empty, without taking: for limits on failures, which `take` once they happen.
pub async fn peek(app: &App, rule: Rule, key: &str) -> Result<Limit, Fault> {
    let full = f64::from(rule.capacity);
    let tokens = sqlx::query_scalar!(
        r#"select least($2::float8, tokens + greatest(extract(epoch from $4::timestamptz - updated_at)::float8, 0) * $3) as "tokens!"
           from core.rate_limits where key = $1"#,
        rule.key(key),
        full,
        rule.rate(),
        app.clock.now(),
    )
    .fetch_optional(app.db.pool())
    .await?
    .unwrap_or(full);
    if tokens < 1.0 { Err(rule.refused(tokens)) } else { Ok(rule.state(tokens)) }
}

/// Fills the bucket again: a successful sign-in ends the count of failures.
pub async fn clear(app: &App, rule: Rule, key: &str) -> Result<(), Fault> {
    sqlx::query!("delete from core.rate_limits where key = $1", rule.key(key)).execute(app.db.pool()).await?;
    Ok(())
}

/// Drops buckets nobody touched for two days (the longest period is one); answers how many.
pub async fn forget_idle(app: &App) -> Result<u64, Fault> {
    let before = app.clock.now() - chrono::Duration::days(2);
    let done = sqlx::query!("delete from core.rate_limits where updated_at < $1", before).execute(app.db.pool()).await?;
    Ok(done.rows_affected())
}

/// Buckets of this process alone, for limits that must not cost a round trip (600 pages a minute).
pub struct Local<K> {
    rule: Rule,
    buckets: Mutex<HashMap<K, (f64, Instant)>>,
}

impl<K: Hash + Eq> Local<K> {
    pub fn new(rule: Rule) -> Self {
        Self { rule, buckets: Mutex::new(HashMap::new()) }
    }

    pub fn take(&self, key: K) -> Result<Limit, Fault> {
        self.take_at(key, Instant::now())
    }

    /// The same at a given moment, for tests.
    pub fn take_at(&self, key: K, now: Instant) -> Result<Limit, Fault> {
        let rule = self.rule;
        let full = f64::from(rule.capacity);
        let mut buckets = self.buckets.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        // A bucket untouched for a whole period is full, so forgetting it changes nothing.
        if buckets.len() >= 10_000 {
            buckets.retain(|_, (_, at)| now.saturating_duration_since(*at) < rule.period);
        }
        let (tokens, at) = buckets.entry(key).or_insert((full, now));
        let available = (*tokens + now.saturating_duration_since(*at).as_secs_f64() * rule.rate()).min(full);
        *at = now.max(*at);
        if available < 1.0 {
            *tokens = available;
            return Err(rule.refused(available));
        }
        *tokens = available - 1.0;
        Ok(rule.state(*tokens))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_local_bucket_refills_evenly_and_forgets_idle_keys() {
        let web = Local::new(Rule::per_minute("web", 600));
        let start = Instant::now();
        for n in 0..600 {
            assert_eq!(web.take_at("a", start).unwrap().remaining, 599 - n);
        }
        let fault = web.take_at("a", start).unwrap_err();
        assert_eq!((fault.code, fault.retry_after), (Code::RateLimited, Some(1)));
        assert!(web.take_at("b", start).is_ok());
        let later = start + Duration::from_millis(250);
        assert!(web.take_at("a", later).is_ok() && web.take_at("a", later).is_ok());
        assert!(web.take_at("a", later).is_err());
        // A clock that steps back gives nothing away.
        assert!(web.take_at("a", start).is_err());
    }

    #[test]
    fn local_buckets_do_not_pile_up() {
        let web = Local::new(Rule::per_minute("web", 600));
        let start = Instant::now();
        for key in 0..10_000 {
            web.take_at(key, start).unwrap();
        }
        web.take_at(10_001, start + Duration::from_secs(61)).unwrap();
        assert_eq!(web.buckets.lock().unwrap().len(), 1);
    }
}
