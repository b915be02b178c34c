//! Which certificates clients are taken to trust: Mozilla's roots by name, and those of `--ca-file`.

use std::fs;
use std::path::Path;
use tlscap::certificate::Roots;
use tlscap::tls::certificate::certificates_of_pem;
use tlscap::tls::certificate::mozilla_roots;

/// The roots.
///
/// # Errors
/// Why the file cannot be read, with its name.
pub(super) fn resolve(file: Option<&Path>) -> Result<Roots, String> {
    let roots = Roots::default().with_names(&mozilla_roots());
    let Some(file) = file else {
        return Ok(roots);
    };
    let complaint =
        |error: &dyn std::fmt::Display| format!("--ca-file {}: {error}", file.display());
    let text = fs::read(file).map_err(|error| complaint(&error))?;
    let certificates = certificates_of_pem(&text).map_err(|error| complaint(&error))?;
    Ok(roots.with_certificates(&certificates))
}
