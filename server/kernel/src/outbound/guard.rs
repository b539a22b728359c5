//! Which hosts may be called: none on private addresses, unless the configuration names them.
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

/// The hosts of `outbound.allow_private`: `host`, `host:port`, an address, or a network such as `10.1.0.0/16`.
#[derive(Clone, Debug, Default)]
pub struct Allowed(Vec<Entry>);

#[derive(Clone, Debug, PartialEq)]
enum Entry {
    Host { name: String, port: Option<u16> },
    Network { base: IpAddr, bits: u8 },
}

impl Allowed {
    pub fn new(entries: &[String]) -> Self {
        Self(entries.iter().map(|entry| Entry::parse(entry)).collect())
    }

    /// Is this host and port named, by itself or by a network its address lies in?
    pub fn names(&self, host: &str, port: u16) -> bool {
        let address = bare(host).parse::<IpAddr>().ok();
        self.0.iter().any(|entry| match entry {
            Entry::Host { name, port: only } => name.eq_ignore_ascii_case(bare(host)) && only.is_none_or(|only| only == port),
            Entry::Network { base, bits } => address.is_some_and(|address| lies_in(address, *base, *bits)),
        })
    }

    fn has(&self, address: IpAddr) -> bool {
        self.0.iter().any(|entry| matches!(entry, Entry::Network { base, bits } if lies_in(address, *base, *bits)))
    }
}

impl Entry {
    fn parse(text: &str) -> Self {
        let text = text.trim();
        if let Some((base, bits)) = text.split_once('/')
            && let (Ok(base), Ok(bits)) = (base.parse(), bits.parse())
        {
            return Self::Network { base, bits };
        }
        if let Ok(address) = bare(text).parse::<IpAddr>() {
            return Self::Host { name: address.to_string(), port: None };
        }
        match text.rsplit_once(':') {
            Some((name, port)) if port.parse::<u16>().is_ok() => Self::Host { name: bare(name).to_owned(), port: port.parse().ok() },
            _ => Self::Host { name: text.to_owned(), port: None },
        }
    }
}

/// `[::1]` of a URL without its brackets.
pub fn bare(host: &str) -> &str {
    host.strip_prefix('[').and_then(|h| h.strip_suffix(']')).unwrap_or(host)
}

fn lies_in(address: IpAddr, base: IpAddr, bits: u8) -> bool {
    match (address, base) {
        (IpAddr::V4(a), IpAddr::V4(b)) => {
            let mask = u32::MAX.checked_shl(32u32.saturating_sub(bits.into())).unwrap_or(0);
            u32::from(a) & mask == u32::from(b) & mask
        }
        (IpAddr::V6(a), IpAddr::V6(b)) => {
            let mask = u128::MAX.checked_shl(128u32.saturating_sub(bits.into())).unwrap_or(0);
            u128::from(a) & mask == u128::from(b) & mask
        }
        _ => false,
    }
}

/// Does this address belong to the public internet?
pub fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => is_public_v4(v4),
        IpAddr::V6(v6) => is_public_v6(v6),
    }
}

fn is_public_v4(ip: Ipv4Addr) -> bool {
    let [a, b, c, _] = ip.octets();
    !(ip.is_private()
        || ip.is_loopback()
        || ip.is_link_local()
        || ip.is_multicast()
        || ip.is_documentation()
        || a == 0
        // Shared address space of carriers, protocol assignments, benchmarks, reserved and broadcast.
        || (a == 100 && (64..128).contains(&b))
        || (a, b, c) == (192, 0, 0)
        || (a == 198 && (b == 18 || b == 19))
        || a >= 240)
}

fn is_public_v6(ip: Ipv6Addr) -> bool {
    let s = ip.segments();
    // Ways of writing an IPv4 address: the address inside decides.
    if let Some(v4) = ip.to_ipv4_mapped() {
        return is_public_v4(v4);
    }
    let embedded = |high: u16, low: u16| Ipv4Addr::from((u32::from(high) << 16) | u32::from(low));
    if s[..6] == [0x64, 0xff9b, 0, 0, 0, 0] {
        return is_public_v4(embedded(s[6], s[7]));
    }
    if s[0] == 0x2002 {
        return is_public_v4(embedded(s[1], s[2]));
    }
    // Only 2000::/3 is handed out; of it Teredo, benchmarks and documentation lead nowhere public.
    s[0] & 0xe000 == 0x2000 && !(s[0] == 0x2001 && (s[1] == 0 || s[1] == 2 || s[1] == 0xdb8)) && !(s[0] == 0x3fff && s[1] < 0x1000)
}

/// A host that may not be called.
#[derive(Debug, thiserror::Error)]
#[error("{0} is a private address")]
pub struct Private(pub String);

/// Resolves names and hands out only addresses that may be called, so that a name cannot change its mind
/// between check and connection.
pub struct Resolver {
    pub allowed: Allowed,
}

impl Resolve for Resolver {
    fn resolve(&self, name: Name) -> Resolving {
        let allowed = self.allowed.clone();
        Box::pin(async move {
            let found: Vec<SocketAddr> = tokio::net::lookup_host((name.as_str(), 0)).await?.collect();
            let public: Vec<_> = found.iter().copied().filter(|a| is_public(a.ip()) || allowed.has(a.ip())).collect();
            if public.is_empty() && !found.is_empty() {
                return Err(Private(name.as_str().to_owned()).into());
            }
            Ok(Box::new(public.into_iter()) as Addrs)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn private_addresses_are_known_in_every_spelling() {
        for ip in [
            "0.0.0.0",
            "10.1.2.3",
            "100.64.0.1",
            "127.0.0.1",
            "169.254.169.254",
            "172.16.0.1",
            "192.0.0.8",
            "192.168.1.1",
            "198.18.0.1",
            "203.0.113.5",
            "224.0.0.1",
            "240.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "::127.0.0.1",
            "::ffff:10.0.0.1",
            "::ffff:169.254.169.254",
            "64:ff9b::7f00:1",
            "64:ff9b:1::1",
            "100::1",
            "2001::1",
            "2001:db8::1",
            "2002:7f00:1::",
            "3fff::1",
            "fc00::1",
            "fd12::1",
            "fe80::1",
            "fec0::1",
            "ff02::1",
        ] {
            assert!(!is_public(ip.parse().unwrap()), "{ip}");
        }
        for ip in [
            "1.1.1.1",
            "8.8.8.8",
            "172.32.0.1",
            "192.0.1.1",
            "100.128.0.1",
            "::ffff:8.8.8.8",
            "64:ff9b::808:808",
            "2002:808:808::",
            "2606:4700::1111",
            "2a00::1",
        ] {
            assert!(is_public(ip.parse().unwrap()), "{ip}");
        }
    }

    #[test]
    fn the_list_names_hosts_ports_addresses_and_networks() {
        let allowed = Allowed::new(&["db.local".into(), "127.0.0.1:8080".into(), "10.1.0.0/16".into(), "fd00::/8".into(), "::1".into()]);
        assert!(allowed.names("DB.local", 1) && allowed.names("127.0.0.1", 8080) && allowed.names("10.1.9.9", 1));
        assert!(allowed.names("[fd12::1]", 1) && allowed.names("[::1]", 443));
        assert!(!allowed.names("127.0.0.1", 8081) && !allowed.names("10.2.0.1", 1) && !allowed.names("[fe80::1]", 1));
        assert!(allowed.has("10.1.0.1".parse().unwrap()) && !allowed.has("10.2.0.1".parse().unwrap()));
    }
}
