//! Serves a sandbox on a port until Ctrl+C: `cargo run -p mouthpiece-sandbox --example serve -- 4180`.

use std::error::Error;

use sandbox::Sandbox;

#[tokio::main]
#[expect(clippy::print_stdout, reason = "a program for people")]
async fn main() -> Result<(), Box<dyn Error>> {
    let port = match std::env::args().nth(1) {
        Some(port) => port.parse()?,
        None => 0,
    };
    let sandbox = Sandbox::start(port).await?;
    println!("The sandbox is open at {}. Ctrl+C stops it.", sandbox.url());
    tokio::signal::ctrl_c().await?;
    Ok(())
}
