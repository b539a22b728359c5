//! Checks that several forms share, with messages for people.
use std::net::IpAddr;

/// A name people read: not blank, at most `max` characters.
pub(crate) fn name(max: usize) -> impl FnOnce(&str, &()) -> garde::Result {
    move |value, &()| match value.trim().chars().count() {
        0 => Err(garde::Error::new("Please fill this in.")),
        n if n > max => Err(garde::Error::new(format!("Use at most {max} characters."))),
        _ => Ok(()),
    }
}

/// An email address as mail servers take it.
pub(crate) fn email(value: &str, _: &()) -> garde::Result {
    let value = value.trim();
    match garde::rules::email::parse_email(value) {
        Ok(()) if value.chars().count() <= 255 => Ok(()),
        _ => Err(garde::Error::new("Enter a full email address, such as bea@example.org.")),
    }
}

/// A mail domain such as `example.org`.
pub(crate) fn domain(value: &str) -> bool {
    value.len() <= 253
        && value.contains('.')
        && value.split('.').all(|part| {
            !part.is_empty()
                && part.len() <= 63
                && !part.starts_with('-')
                && !part.ends_with('-')
                && part.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
        })
}

/// An address or a range of addresses (`10.0.0.0/8`).
pub(crate) fn address_range(value: &str) -> bool {
    let (address, prefix) = value.split_once('/').map_or((value, None), |(a, p)| (a, Some(p)));
    let Ok(address) = address.parse::<IpAddr>() else {
        return false;
    };
    let longest = if address.is_ipv4() { 32 } else { 128 };
    prefix.is_none_or(|p| p.parse::<u8>().is_ok_and(|n| n <= longest))
}

/// An address range with the bits past its prefix cut off, as Postgres stores a `cidr`.
#[cfg(feature = "ssr")]
pub(crate) fn network(value: &str) -> Option<String> {
    let (address, bits) = split(value)?;
    let cut = |whole: u128, width: u32| {
        if bits == 0 { 0 } else { whole >> (width - bits) << (width - bits) }
    };
    let start: IpAddr = match address {
        IpAddr::V4(v4) => IpAddr::V4((cut(u32::from(v4).into(), 32) as u32).into()),
        IpAddr::V6(v6) => IpAddr::V6(cut(v6.into(), 128).into()),
    };
    Some(format!("{start}/{bits}"))
}

#[cfg(feature = "ssr")]
fn split(value: &str) -> Option<(IpAddr, u32)> {
    let (address, prefix) = value.split_once('/').map_or((value, None), |(a, p)| (a, Some(p)));
    let address: IpAddr = address.parse().ok()?;
    let width = if address.is_ipv4() { 32 } else { 128 };
    let bits = prefix.map_or(Some(width), |p| p.parse().ok())?;
    (bits <= width).then_some((address, bits))
}

/// Does an address lie in a range? IPv4 that arrives as IPv6 counts as IPv4.
#[cfg(feature = "ssr")]
pub(crate) fn in_range(address: IpAddr, range: &str) -> bool {
    let Some((start, bits)) = split(range) else {
        return false;
    };
    let same = |a: u128, b: u128, width: u32| bits == 0 || a >> (width - bits) == b >> (width - bits);
    match (address.to_canonical(), start) {
        (IpAddr::V4(a), IpAddr::V4(b)) => same(u32::from(a).into(), u32::from(b).into(), 32),
        (IpAddr::V6(a), IpAddr::V6(b)) => same(a.into(), b.into(), 128),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_and_domains_are_recognised() {
        for good in ["10.0.0.1", "10.0.0.0/8", "::1", "2001:db8::/32"] {
            assert!(address_range(good), "{good}");
        }
        for bad in ["", "10.0.0", "10.0.0.1/33", "::1/129", "a.b", "10.0.0.1/"] {
            assert!(!address_range(bad), "{bad}");
        }
        assert_eq!(network("10.1.2.3/8").as_deref(), Some("10.0.0.0/8"));
        assert_eq!(network("::1").as_deref(), Some("::1/128"));
        let ip = |text: &str| text.parse::<IpAddr>().unwrap();
        assert!(in_range(ip("10.9.9.9"), "10.0.0.0/8") && in_range(ip("::ffff:10.0.0.1"), "10.0.0.0/8"));
        assert!(!in_range(ip("11.0.0.1"), "10.0.0.0/8") && !in_range(ip("::1"), "0.0.0.0/0") && in_range(ip("1.2.3.4"), "0.0.0.0/0"));
        assert!(domain("mail.example.org") && !domain("example") && !domain("-a.org") && !domain("a..org"));
        assert!(email("bea@x.io", &()).is_ok() && email("bea", &()).is_err());
    }
}
