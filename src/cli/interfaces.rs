//! `tlscap interfaces`: where can be captured.

#[cfg(feature = "live")]
mod list;
#[cfg(feature = "live")]
mod screen;

use super::args::PageFormat;
use super::complain;
use super::exit;

/// Prints the list; returns the exit status.
#[cfg(feature = "live")]
pub(super) fn run(format: PageFormat) -> u8 {
    let list = match list::read() {
        Ok(list) => list,
        Err(message) => {
            complain(&format!("cannot list the interfaces: {message}"));
            return exit::FAILED;
        }
    };
    if list.interfaces.iter().any(list::Interface::is_forbidden) {
        complain(&screen::permission());
    }
    match format {
        PageFormat::Table => super::print(screen::render(&list).as_bytes()),
        PageFormat::Json => match screen::json(&list) {
            Ok(bytes) => super::print(&bytes),
            Err(error) => {
                complain(&error.to_string());
                exit::FAILED
            }
        },
    }
}

/// Without libpcap nothing can be captured.
#[cfg(not(feature = "live"))]
pub(super) fn run(_: PageFormat) -> u8 {
    complain(
        "cannot list the interfaces: this tlscap was built without libpcap, which captures. \
         Build with the feature \"live\" (the default; Debian: apt install libpcap-dev)",
    );
    exit::FAILED
}
