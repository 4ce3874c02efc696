//! Where a sandbox listens, and by which names it answers.

use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};

/// Where a sandbox listens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SandboxSettings {
    /// The address; by default one that only this machine reaches.
    pub address: IpAddr,
    /// The port; 0 takes any free one.
    pub port: u16,
    /// Whether the address may be one that other machines reach.
    pub allow_remote: bool,
    /// How many of a hundred of the bot's requests go wrong, in some way.
    pub faults: u32,
    /// In which ways: the same for the same number and the same order of requests.
    pub fault_seed: u32,
}

impl SandboxSettings {
    /// A port of 127.0.0.1.
    pub fn local(port: u16) -> Self {
        Self {
            address: Ipv4Addr::LOCALHOST.into(),
            port,
            allow_remote: false,
            faults: 0,
            fault_seed: 1,
        }
    }

    /// Where to listen, if that is allowed.
    pub(super) fn checked(self) -> Result<SocketAddr, SandboxError> {
        if self.address.is_loopback() || self.allow_remote {
            return Ok(SocketAddr::new(self.address, self.port));
        }
        Err(SandboxError::Remote(self.address))
    }
}

/// Why there is no sandbox. Displays as one sentence that says what to do.
#[derive(Debug, thiserror::Error)]
pub enum SandboxError {
    /// Others would get in, and nobody has allowed that.
    #[error(
        "the sandbox does not listen on {0}, since it has no passwords and other machines could reach it there; \
         set sandbox.address to 127.0.0.1, or sandbox.allow_remote to true if everybody may come in"
    )]
    Remote(IpAddr),
    /// The address cannot be listened on.
    #[error("the sandbox cannot be started: {0}")]
    Listen(#[from] io::Error),
}

/// Where programs on this machine find what listens at `address`: one that stands for all addresses is none.
pub(super) fn reachable(address: SocketAddr) -> SocketAddr {
    let ip = match address.ip() {
        all if all.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        ip => ip,
    };
    SocketAddr::new(ip, address.port())
}

/// Whether what listens at `address` answers by the name `host`. Names that were made to point here are none: only an
/// attacker's page is reached by them.
pub(super) fn answers(address: SocketAddr, host: &str) -> bool {
    if host == format!("localhost:{}", address.port()) {
        return address.ip().is_loopback() || address.ip().is_unspecified();
    }
    host.parse::<SocketAddr>().is_ok_and(|named| {
        let every = address.ip().is_unspecified() && named.port() == address.port();
        every || named == address
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(text: &str) -> SocketAddr {
        text.parse().unwrap()
    }

    #[test]
    fn an_address_that_others_reach_has_to_be_allowed() {
        for remote in ["0.0.0.0", "192.168.1.5", "::", "2001:db8::1"] {
            let mut settings = SandboxSettings {
                address: remote.parse().unwrap(),
                ..SandboxSettings::local(0)
            };
            let refused = settings.checked().unwrap_err().to_string();
            assert!(
                refused.contains(remote) && refused.contains("sandbox.allow_remote"),
                "{refused}"
            );
            settings.allow_remote = true;
            assert_eq!(settings.checked().unwrap().ip(), settings.address);
        }
        for local in ["127.0.0.1", "127.0.0.2", "::1"] {
            let address = local.parse().unwrap();
            let settings = SandboxSettings {
                address,
                ..SandboxSettings::local(7)
            };
            assert_eq!(settings.checked().unwrap(), SocketAddr::new(address, 7));
        }
    }

    #[test]
    fn it_answers_by_its_own_names_only() {
        let answered = |at: &str, host: &str| answers(address(at), host);
        for host in ["127.0.0.1:80", "localhost:80"] {
            assert!(answered("127.0.0.1:80", host), "{host}");
        }
        for host in [
            "",
            "127.0.0.1",
            "127.0.0.1:81",
            "localhost",
            "evil.example:80",
            "192.168.1.5:80",
            "127.0.0.1:80:80",
            "[::1]:80",
        ] {
            assert!(!answered("127.0.0.1:80", host), "{host}");
        }
        assert!(answered("[::1]:80", "[::1]:80"));
        assert!(answered("192.168.1.5:80", "192.168.1.5:80"));
        for host in ["localhost:80", "127.0.0.1:80", "evil.example:80"] {
            assert!(!answered("192.168.1.5:80", host), "{host}");
        }
        for host in ["10.0.0.9:80", "localhost:80", "[2001:db8::1]:80"] {
            assert!(answered("0.0.0.0:80", host), "{host}");
        }
        for host in [
            "10.0.0.9:81",
            "evil.example:80",
            "localhost.evil.example:80",
        ] {
            assert!(!answered("0.0.0.0:80", host), "{host}");
        }
    }
}
