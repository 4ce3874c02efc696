//! Where a sandbox listens and whether it injects faults from the start.

use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};

/// Settings of a sandbox.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SandboxSettings {
    /// IP address to listen on.
    pub address: IpAddr,
    /// TCP port to listen on; 0 takes any free port.
    pub port: u16,
    /// Whether `address` may be an address that other machines can reach.
    pub allow_remote: bool,
    /// Percentage of REST requests that fail at random, 0 to 100.
    pub faults: u32,
    /// Seed of the random faults.
    pub fault_seed: u32,
}

impl SandboxSettings {
    /// A port of 127.0.0.1, without faults.
    pub fn local(port: u16) -> Self {
        Self {
            address: Ipv4Addr::LOCALHOST.into(),
            port,
            allow_remote: false,
            faults: 0,
            fault_seed: 1,
        }
    }

    /// The socket address to listen on, if these settings permit it.
    pub(super) fn listen_address(self) -> Result<SocketAddr, SandboxError> {
        if self.address.is_loopback() || self.allow_remote {
            return Ok(SocketAddr::new(self.address, self.port));
        }
        Err(SandboxError::Remote(self.address))
    }
}

/// Why a sandbox could not start. Its message is a sentence for an operator.
#[derive(Debug, thiserror::Error)]
pub enum SandboxError {
    /// Other machines could reach the address, and the settings do not allow that.
    #[error(
        "the sandbox does not listen on {0}, since it has no passwords and other machines could reach it there; \
         set sandbox.address to 127.0.0.1, or sandbox.allow_remote to true if everybody may come in"
    )]
    Remote(IpAddr),
    /// The address could not be bound.
    #[error("the sandbox cannot be started: {0}")]
    Listen(#[from] io::Error),
}

/// The address by which programs on this machine connect to a server that listens on `address`: the loopback address
/// instead of an unspecified one.
pub(super) fn connect_address(address: SocketAddr) -> SocketAddr {
    let ip = match address.ip() {
        ip if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        ip => ip,
    };
    SocketAddr::new(ip, address.port())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_remote_address_is_refused_unless_it_is_allowed() {
        for remote in ["0.0.0.0", "192.168.1.5", "::", "2001:db8::1"] {
            let mut settings = SandboxSettings {
                address: remote.parse().unwrap(),
                ..SandboxSettings::local(0)
            };
            let refused = settings.listen_address().unwrap_err().to_string();
            assert!(
                refused.contains(remote) && refused.contains("sandbox.allow_remote"),
                "{refused}"
            );
            settings.allow_remote = true;
            assert_eq!(settings.listen_address().unwrap().ip(), settings.address);
        }
        for local in ["127.0.0.1", "127.0.0.2", "::1"] {
            let address = local.parse().unwrap();
            let settings = SandboxSettings {
                address,
                ..SandboxSettings::local(7)
            };
            assert_eq!(
                settings.listen_address().unwrap(),
                SocketAddr::new(address, 7)
            );
        }
    }
}
