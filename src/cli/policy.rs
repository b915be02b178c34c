//! `--policy`: a name that is built in, or a file.

use std::fs::File;
use std::io;
use std::io::Read;
use std::path::Path;
use tlscap::policy;
use tlscap::policy::Policy;

/// Largest file, in bytes: what AWS prints of all its policies is a hundredth of it.
const LARGEST: u64 = 16 << 20;

/// The policies that these words stand for, in order, each once.
///
/// # Errors
/// One message: a word that is neither a built-in name nor a file, or what is wrong with the file.
pub(super) fn resolve(words: &[String]) -> Result<Vec<Policy>, String> {
    let mut policies: Vec<Policy> = Vec::new();
    for word in words {
        for policy in named(word)? {
            if !policies.contains(&policy) {
                policies.push(policy);
            }
        }
    }
    Ok(policies)
}

fn named(word: &str) -> Result<Vec<Policy>, String> {
    let found = policy::find(word);
    if !found.is_empty() {
        return Ok(found.into_iter().cloned().collect());
    }
    let path = Path::new(word);
    let text = match text(path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Err(unknown(word)),
        Err(error) => return Err(format!("--policy {word:?}: {error}")),
    };
    let family = path.file_name().map_or_else(
        || "file".to_owned(),
        |name| {
            let name = name.to_string_lossy();
            name.chars().filter(|c| !c.is_control()).collect()
        },
    );
    policy::read(&text, &family).map_err(|error| format!("--policy {word:?}: {error}"))
}

fn text(path: &Path) -> io::Result<String> {
    let mut bytes = Vec::new();
    File::open(path)?
        .take(LARGEST + 1)
        .read_to_end(&mut bytes)?;
    if u64::try_from(bytes.len()).unwrap_or(u64::MAX) > LARGEST {
        return Err(io::Error::other("too large for policies"));
    }
    // Windows PowerShell redirects with a byte order mark.
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&bytes);
    String::from_utf8(bytes.to_vec()).map_err(|_| io::Error::other("no UTF-8"))
}

fn unknown(word: &str) -> String {
    let mut lines = vec![format!(
        "--policy {word:?}: no policy of that name is built in, and there is no such file"
    )];
    let near = policy::near(word);
    if !near.is_empty() {
        lines.push("near it:".to_owned());
        lines.extend(near.iter().map(|name| format!("  {name}")));
    }
    lines.push("tlscap explain policies lists them".to_owned());
    let is_plain = word.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
    if is_plain && word.starts_with("ELBSecurityPolicy-") {
        lines.push("or ask AWS, and give the file:".to_owned());
        lines.push(format!(
            "  aws elbv2 describe-ssl-policies --names {word} --output json > policy.json"
        ));
    }
    lines.join("\n")
}
