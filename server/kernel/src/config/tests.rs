use std::collections::HashMap;

use super::*;

fn load(env: &[(&str, &str)], file: &str) -> Result<Config, ConfigError> {
    let env: HashMap<_, _> = env.iter().copied().collect();
    Config::from_sources(&|name| env.get(name).map(|v| (*v).to_owned()), Some(("millrace.toml", file)))
}

fn shown<'c>(config: &'c Config, key: &str) -> &'c Setting {
    config.settings().iter().find(|s| s.key == key).unwrap()
}

#[test]
fn the_environment_wins_over_the_file_and_each_source_is_remembered() {
    let config = load(&[("PORT", "4000")], "[http]\nport = 3500\nbind = \"0.0.0.0\"\n").unwrap();
    assert_eq!(config.http.port, 4000);
    assert_eq!(shown(&config, "http.port").source, Source::Environment("PORT".into()));
    assert_eq!(shown(&config, "http.bind").source, Source::File(3));
    assert_eq!(shown(&config, "worker.concurrency").source, Source::Default);
}

#[test]
fn a_secret_is_shown_as_stars() {
    let config = load(
        &[("DATABASE_URL", "postgres://u:hunter2@h/d"), ("MILLRACE_KEYS", "a:hunter2"), ("MILLRACE_MAIL_PASSWORD", "hunter2")],
        "[files]\ns3_bucket = \"b\"\ns3_secret_key = \"hunter2\"\n",
    )
    .unwrap();
    for key in ["database.url", "secrets.ring", "mail.password", "files.s3_secret_key"] {
        assert_eq!(shown(&config, key).value, "***", "{key}");
    }
    assert!(!format!("{config:?}").contains("hunter2"));
}

#[test]
fn an_unknown_key_names_its_line_and_the_likely_one() {
    let error = load(&[], "[http]\n\nprot = 3500\n").unwrap_err();
    assert_eq!(error.0, "millrace.toml, line 3: there is no setting http.prot. Did you mean http.port?");
}

#[test]
fn a_value_of_the_wrong_kind_names_its_place() {
    let error = load(&[("PORT", "many")], "").unwrap_err();
    assert!(error.0.starts_with("PORT: \"many\" cannot be used"), "{error}");
    let error = load(&[], "mail.tls = \"maybe\"").unwrap_err();
    assert_eq!(error.0, "millrace.toml, line 1: mail.tls: \"maybe\" cannot be used: use one of starttls, tls, none");
}

#[test]
fn broken_toml_names_its_line() {
    let error = load(&[], "[http]\nport = = 1\n").unwrap_err();
    assert!(error.0.starts_with("millrace.toml, line 2: "), "{error}");
}

#[test]
fn keys_are_generated_once_and_read_by_the_next_process() {
    let dir = std::env::temp_dir().join(format!("millrace-config-{:x}", rand::random::<u64>()));
    let env = |name: &str| (name == "MILLRACE_DATA").then(|| dir.display().to_string());
    let first = {
        let mut config = Config::from_sources(&env, None).unwrap();
        config.prepare().unwrap();
        config
    };
    let mut second = Config::from_sources(&env, None).unwrap();
    second.prepare().unwrap();
    assert_eq!(first.secrets.ring, second.secrets.ring);
    assert_eq!(first.role_password("app_user").unwrap(), second.role_password("app_user").unwrap());
    assert_ne!(first.role_password("app_user").unwrap(), first.role_password("app_admin").unwrap());
    assert_eq!(shown(&second, "secrets.ring").source, Source::Generated);
    std::fs::remove_dir_all(&dir).unwrap();
}

#[test]
fn a_mail_signature_needs_selector_and_key_and_stands_for_the_senders_domain() {
    let from = ("MILLRACE_MAIL_FROM", "Millrace <mill@acme.test>");
    let key = ("MILLRACE_MAIL_DKIM_KEY", "hunter2");
    let config = load(&[from, key, ("MILLRACE_MAIL_DKIM_SELECTOR", "m1")], "").unwrap();
    assert_eq!(shown(&config, "mail.dkim_key").value, "***");
    let dkim = config.mail.dkim.unwrap();
    assert_eq!((dkim.domain.as_str(), dkim.selector.as_str(), dkim.key.expose()), ("acme.test", "m1", "hunter2"));
    assert!(load(&[from], "").unwrap().mail.dkim.is_none());
    let error = load(&[from, key], "").unwrap_err();
    assert!(error.0.contains("mail.dkim_selector is not"), "{error}");
    let error = load(&[from], "mail.dkim_selector = \"m1\"").unwrap_err();
    assert!(error.0.contains("neither mail.dkim_key nor mail.dkim_key_file"), "{error}");
    let error = load(&[from], "[mail]\ndkim_selector = \"m1\"\ndkim_key_file = \"/nowhere/at/all\"").unwrap_err();
    assert!(error.0.starts_with("mail.dkim_key_file: /nowhere/at/all cannot be read"), "{error}");
}
