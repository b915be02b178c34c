//! What a program that reads packets from the network may do: after it opened what it needs, nothing.
//!
//! Called before another thread exists and before the first packet is looked at, so that it holds for all threads.

use caps::CapSet;
use caps::Capability;
use landlock::ABI;
use landlock::Access;
use landlock::AccessFs;
use landlock::AccessNet;
use landlock::PathBeneath;
use landlock::Ruleset;
use landlock::RulesetAttr;
use landlock::RulesetCreatedAttr;
use nix::sys::prctl;
use nix::unistd;
use nix::unistd::Gid;
use nix::unistd::Uid;
use nix::unistd::User;
use std::fs::File;

/// Newest Landlock rules asked for; an older kernel takes those it knows.
const RULES: ABI = ABI::V5;

/// Who to be after everything is open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Identity {
    pub(super) uid: Uid,
    pub(super) gid: Gid,
}

/// The identity to take: that of `user` (a name or a number) if the program runs as root, else its own.
///
/// # Errors
/// A sentence, where there is no such user.
pub(super) fn identity(user: &str) -> Result<Identity, String> {
    if !unistd::geteuid().is_root() {
        return Ok(Identity {
            uid: unistd::getuid(),
            gid: unistd::getgid(),
        });
    }
    let found = match user.parse::<u32>() {
        Ok(number) => User::from_uid(Uid::from_raw(number)),
        Err(_) => User::from_name(user),
    };
    match found {
        Ok(Some(user)) => Ok(Identity {
            uid: user.uid,
            gid: user.gid,
        }),
        Ok(None) => Err(format!(
            "--user {user}: there is no such user; name one that owns nothing else (default: nobody)"
        )),
        Err(error) => Err(format!("--user {user}: cannot be looked up: {error}")),
    }
}

/// Gives up root, all capabilities and the file system, but for writing into `folders`.
///
/// # Errors
/// A sentence: going on with more rights than said would be worse than not going on.
pub(super) fn give_up(identity: Identity, folders: &[&File]) -> Result<(), String> {
    let failed = |what: &str, error: &dyn std::fmt::Display| {
        Err(format!("cannot {what}: {error}; nothing was captured"))
    };
    if let Err(error) = prctl::set_no_new_privs() {
        return failed("set no_new_privs", &error);
    }
    if let Err(error) = shut_in(folders) {
        return failed("restrict itself with Landlock", &error);
    }
    // Only root can take these out of reach; without root none can be gained any more (no_new_privs).
    if caps::has_cap(None, CapSet::Effective, Capability::CAP_SETPCAP).unwrap_or(false)
        && let Err(error) = caps::clear(None, CapSet::Bounding)
    {
        return failed("empty the capability bounding set", &error);
    }
    if unistd::geteuid().is_root() && !identity.uid.is_root() {
        let changed = unistd::setgroups(&[identity.gid])
            .and_then(|()| unistd::setresgid(identity.gid, identity.gid, identity.gid))
            .and_then(|()| unistd::setresuid(identity.uid, identity.uid, identity.uid));
        if let Err(error) = changed {
            return failed("become another user", &error);
        }
    }
    for set in [
        CapSet::Ambient,
        CapSet::Inheritable,
        CapSet::Effective,
        CapSet::Permitted,
    ] {
        if let Err(error) = caps::clear(None, set) {
            return failed("give up its capabilities", &error);
        }
    }
    Ok(())
}

/// No file is opened any more but in these folders, no port bound, no connection made. A kernel without Landlock does not mind.
fn shut_in(folders: &[&File]) -> Result<(), landlock::RulesetError> {
    let write = AccessFs::WriteFile | AccessFs::MakeReg | AccessFs::Truncate | AccessFs::RemoveFile;
    let mut ruleset = Ruleset::default()
        .handle_access(AccessFs::from_all(RULES))?
        .handle_access(AccessNet::from_all(RULES))?
        .create()?;
    for folder in folders {
        ruleset = ruleset.add_rule(PathBeneath::new(folder, write))?;
    }
    ruleset.restrict_self()?;
    Ok(())
}
