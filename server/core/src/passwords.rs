//! Passwords: what is accepted, and how they are kept (chapter 10, section 3).
use serde::{Deserialize, Serialize};
use std::fmt;

/// The shortest password, in characters.
pub const MIN_LENGTH: usize = 10;
/// The longest password, in characters.
pub const MAX_LENGTH: usize = 128;
/// The least strength accepted, of 4.
pub const MIN_STRENGTH: u8 = 3;

/// What the live meter of a form asks.
#[derive(Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct StrengthCheck {
    pub password: String,
    /// The address typed beside it: its local part may not be part of the password.
    #[serde(default)]
    pub email: String,
    #[serde(default)]
    pub name: String,
}

impl fmt::Debug for StrengthCheck {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StrengthCheck").field("password", &"***").finish_non_exhaustive()
    }
}

/// How strong a password is, from 0 to 4, and what would make it better.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Strength {
    pub score: u8,
    /// Would a form with this password be accepted?
    pub acceptable: bool,
    /// One sentence for people; empty when nothing is to be said.
    pub hint: String,
}

#[cfg(feature = "ssr")]
pub use service::*;

#[cfg(feature = "ssr")]
mod service {
    use super::*;
    use argon2::{
        Algorithm, Argon2, Params, Version,
        password_hash::{PasswordHasher, PasswordVerifier, phc::PasswordHash},
    };
    use kernel::{Code, Fault, app::App};
    use std::{
        collections::HashSet,
        sync::{
            Arc, LazyLock, OnceLock,
            atomic::{AtomicUsize, Ordering},
        },
    };
    use tokio::sync::Semaphore;

    /// Memory in KiB, passes, lanes: hashes made with less are renewed at sign-in.
    const COST: (u32, u32, u32) = (19_456, 2, 1);
    const OUTPUT: usize = 32;

    /// The 10,000 most common passwords; `data/README.md` tells where they come from.
    static COMMON: LazyLock<HashSet<&'static str>> = LazyLock::new(|| include_str!("../data/common_passwords.txt").lines().collect());

    /// The strength of a password beside what else stands in its form. No database.
    pub fn strength(check: &StrengthCheck) -> Strength {
        let inputs = personal(&check.email, &check.name);
        let inputs: Vec<&str> = inputs.iter().map(String::as_str).collect();
        let entropy = zxcvbn::zxcvbn(&check.password, &inputs);
        let score = u8::from(entropy.score());
        match refusal(&check.password, &check.email) {
            Some(hint) => Strength { score: score.min(MIN_STRENGTH - 1), acceptable: false, hint },
            None => {
                let said = entropy.feedback().map(|f| {
                    let warning = f.warning().map(|w| w.to_string());
                    warning.into_iter().chain(f.suggestions().iter().map(|s| s.to_string())).take(2).collect::<Vec<_>>().join(" ")
                });
                let acceptable = score >= MIN_STRENGTH;
                let hint = said.filter(|s| !s.is_empty()).unwrap_or_else(|| match acceptable {
                    true => String::new(),
                    false => "Add another word or two. Uncommon words are better.".to_owned(),
                });
                Strength { score, acceptable, hint }
            }
        }
    }

    /// Refuses a password that breaks a rule, beside the named field.
    pub fn check(field: &str, password: &str, email: &str, name: &str) -> Result<(), Fault> {
        if let Some(reason) = refusal(password, email) {
            return Err(Fault::field(field, reason));
        }
        let found = strength(&StrengthCheck { password: password.to_owned(), email: email.to_owned(), name: name.to_owned() });
        match found.acceptable {
            true => Ok(()),
            false => Err(Fault::field(field, format!("This password is too easy to guess. {}", found.hint))),
        }
    }

    /// The rules besides strength.
    fn refusal(password: &str, email: &str) -> Option<String> {
        let lower = password.to_lowercase();
        let local = email.split('@').next().unwrap_or_default().trim().to_lowercase();
        match password.chars().count() {
            0 => return Some("Choose a password.".to_owned()),
            n if n < MIN_LENGTH => return Some(format!("Use at least {MIN_LENGTH} characters.")),
            n if n > MAX_LENGTH => return Some(format!("Use at most {MAX_LENGTH} characters.")),
            _ => {}
        }
        if COMMON.contains(lower.as_str()) {
            return Some("This is one of the most common passwords. Choose another one.".to_owned());
        }
        // A local part of one or two letters is in almost every password.
        if local.chars().count() >= 3 && lower.contains(&local) {
            return Some("Do not use your email address in the password.".to_owned());
        }
        None
    }

    fn personal(email: &str, name: &str) -> Vec<String> {
        let words = name.split_whitespace().chain(email.split(['@', '.', '+', '-', '_'])).map(str::to_lowercase);
        ["millrace".to_owned()].into_iter().chain(words.filter(|w| w.chars().count() >= 3)).collect()
    }

    /// At most so many hashes at once; a queue past its length is refused, so that hashing cannot be used to stop the server.
    pub(crate) struct Gate {
        permits: Arc<Semaphore>,
        inside: AtomicUsize,
        most: usize,
    }

    struct Inside<'a>(&'a AtomicUsize);

    impl Drop for Inside<'_> {
        fn drop(&mut self) {
            self.0.fetch_sub(1, Ordering::AcqRel);
        }
    }

    impl Gate {
        pub(crate) fn new(at_once: usize, queue: usize) -> Self {
            Self { permits: Arc::new(Semaphore::new(at_once)), inside: AtomicUsize::new(0), most: at_once + queue }
        }

        pub(crate) async fn run<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T, Fault> {
            let place = self.inside.fetch_add(1, Ordering::AcqRel);
            let _inside = Inside(&self.inside);
            if place >= self.most {
                let mut fault = Fault::new(Code::Unavailable, "Too many people sign in at the moment. Try again in a few seconds.");
                fault.retry_after = Some(2);
                return Err(fault);
            }
            let permit = self.permits.clone().acquire_owned().await.map_err(|_| Fault::internal())?;
            // The permit goes along: a visitor who leaves does not free the place before the work is done.
            let done = tokio::task::spawn_blocking(move || {
                let _permit = permit;
                work()
            });
            done.await.map_err(|_| Fault::internal())
        }
    }

    fn gate(app: &App) -> &'static Gate {
        static GATE: OnceLock<Gate> = OnceLock::new();
        GATE.get_or_init(|| Gate::new(app.config.limits.hashes, app.config.limits.hash_queue))
    }

    fn hasher() -> Result<Argon2<'static>, Fault> {
        let (memory, passes, lanes) = COST;
        let params = Params::new(memory, passes, lanes, Some(OUTPUT)).map_err(|error| {
            tracing::error!(%error, "password parameters");
            Fault::internal()
        })?;
        Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
    }

    fn hash_now(password: &str) -> Result<String, Fault> {
        let salt: [u8; 16] = rand::random();
        let hash = hasher()?.hash_password_with_salt(password.as_bytes(), &salt).map_err(|error| {
            tracing::error!(%error, "a password could not be hashed");
            Fault::internal()
        })?;
        Ok(hash.to_string())
    }

    /// The hash under which a password is kept: an argon2id PHC string.
    pub async fn hash(app: &App, password: &str) -> Result<String, Fault> {
        let password = password.to_owned();
        gate(app).run(move || hash_now(&password)).await?
    }

    /// Is this the password of the hash? Without a hash the same work is done for nothing, so that time tells nothing.
    pub async fn verify(app: &App, password: &str, hash: Option<&str>) -> Result<bool, Fault> {
        static DUMMY: OnceLock<String> = OnceLock::new();
        // Longer ones were never accepted; hashing them would only cost.
        let password = if password.chars().count() > MAX_LENGTH { String::new() } else { password.to_owned() };
        let hash = hash.map(str::to_owned);
        gate(app)
            .run(move || match hash {
                Some(hash) => Ok(matches(&password, &hash)),
                None => {
                    if DUMMY.get().is_none() {
                        let made = hash_now("nobody has this password")?;
                        // Another thread may have been first: either hash does.
                        drop(DUMMY.set(made));
                    }
                    DUMMY.get().map(|dummy| matches(&password, dummy));
                    Ok(false)
                }
            })
            .await?
    }

    fn matches(password: &str, hash: &str) -> bool {
        // Parameters are those of the hash, not ours.
        hasher().is_ok_and(|argon| PasswordVerifier::<str>::verify_password(&argon, password.as_bytes(), hash).is_ok())
    }

    /// Was this hash made with weaker parameters than today's?
    pub fn is_outdated(hash: &str) -> bool {
        let Ok(parsed) = PasswordHash::new(hash) else {
            return true;
        };
        let Ok(params) = Params::try_from(&parsed) else {
            return true;
        };
        let (memory, passes, lanes) = COST;
        parsed.algorithm.as_str() != "argon2id" || params.m_cost() < memory || params.t_cost() < passes || params.p_cost() < lanes
    }

    #[cfg(test)]
    mod tests {
        use super::*;

        fn judge(password: &str) -> Strength {
            strength(&StrengthCheck { password: password.into(), email: "ada@a.io".into(), name: "Ada Lovelace".into() })
        }

        #[test]
        fn weak_common_and_personal_passwords_are_refused() {
            for bad in ["password12345", "short", "qwertyuiop", "PASSWORD123", "ada-rocks-the-boat-9", "lovelaceada", &"x".repeat(129)] {
                assert!(!judge(bad).acceptable, "{bad}");
                assert!(!judge(bad).hint.is_empty(), "{bad}");
            }
            assert!(judge("wander violet harness 42").acceptable);
            assert!(check("password", "password12345", "a@b.io", "A").is_err());
            assert_eq!(COMMON.len(), 10_000);
        }

        #[test]
        fn a_hash_is_argon2id_with_the_parameters_of_the_chapter() {
            let hash = hash_now("wander violet harness 42").unwrap();
            assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{hash}");
            let parts: Vec<&str> = hash.split('$').collect();
            assert_eq!((parts[4].len(), parts[5].len()), (22, 43), "16 bytes of salt, 32 of output");
            assert!(matches("wander violet harness 42", &hash));
            assert!(!matches("wander violet harness 43", &hash));
            assert!(!is_outdated(&hash));
            assert!(is_outdated("$argon2id$v=19$m=4096,t=2,p=1$c2FsdHNhbHRzYWx0c2FsdA$aGFzaGhhc2hoYXNoaGFzaGhhc2hoYXNoaGFzaGhhc2g"));
        }

        #[tokio::test]
        async fn a_full_queue_answers_503() {
            let gate = Arc::new(Gate::new(1, 1));
            let (open, wait) = std::sync::mpsc::channel::<()>();
            let first = tokio::spawn({
                let gate = gate.clone();
                async move { gate.run(move || wait.recv().is_ok()).await }
            });
            let second = tokio::spawn({
                let gate = gate.clone();
                async move { gate.run(|| true).await }
            });
            while gate.inside.load(Ordering::Acquire) < 2 {
                tokio::task::yield_now().await;
            }
            assert_eq!(gate.run(|| true).await.unwrap_err().code, Code::Unavailable);
            open.send(()).unwrap();
            assert!(first.await.unwrap().unwrap() && second.await.unwrap().unwrap());
            assert!(gate.run(|| true).await.unwrap());
        }
    }
}
