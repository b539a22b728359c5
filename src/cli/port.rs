//! The port to listen on, and what to do when another program has it.

use std::io::{ErrorKind, IsTerminal, Write};
use std::net::{IpAddr, SocketAddr};

use tokio::net::TcpListener;

use super::failure::Failure;

/// Listens on the port. A taken one is replaced by the next free one if that is wished, or granted on the terminal.
pub async fn listen(bind: IpAddr, port: u16, next_free: bool) -> Result<TcpListener, Failure> {
    match TcpListener::bind(SocketAddr::new(bind, port)).await {
        Ok(listener) => Ok(listener),
        Err(e) if e.kind() == ErrorKind::AddrInUse => replace(bind, port, next_free).await,
        Err(e) if e.kind() == ErrorKind::PermissionDenied => {
            Err(Failure::new(format!("Port {port} needs more rights than this user has. Use one above 1023: PORT=3000 ./run")))
        }
        Err(e) => Err(Failure::new(format!("{bind}:{port} cannot be listened on: {e}"))),
    }
}

async fn replace(bind: IpAddr, port: u16, next_free: bool) -> Result<TcpListener, Failure> {
    let mut free = None;
    for next in port.saturating_add(1)..=port.saturating_add(100) {
        if let Ok(listener) = TcpListener::bind(SocketAddr::new(bind, next)).await {
            free = Some((next, listener));
            break;
        }
    }
    let Some((next, listener)) = free else {
        return Err(Failure::new(format!("Port {port} is taken, and so are the hundred after it. Choose one: PORT=8080 ./run")));
    };
    if next_free {
        eprintln!("Port {port} is taken by another program; taking {next}.");
        return Ok(listener);
    }
    if std::io::stdin().is_terminal() && std::io::stderr().is_terminal() && granted(port, next).await {
        return Ok(listener);
    }
    Err(Failure::new(format!("Port {port} is taken by another program. Port {next} is free: PORT={next} ./run, or ./run --next-free-port")))
}

async fn granted(port: u16, next: u16) -> bool {
    eprint!("Port {port} is taken by another program. Use {next} instead? [Y/n] ");
    let _ = std::io::stderr().flush();
    let answer = tokio::task::spawn_blocking(|| {
        let mut line = String::new();
        std::io::stdin().read_line(&mut line).map(|read| (read, line))
    });
    matches!(answer.await, Ok(Ok((1.., line))) if matches!(line.trim(), "" | "y" | "Y" | "yes"))
}
