//! Files that only their owner can read, in folders that others may write to; and how much room there is.

use std::{
    fs::{File, OpenOptions},
    io::{Error, ErrorKind, Result, Write},
    path::Path,
};
use tempfile::{NamedTempFile, TempPath};

/// Opens a file that only its owner can read, or makes it. A link, and a file that somebody else laid there, is refused:
/// what is written to it would end elsewhere.
pub fn private_file(path: &Path) -> Result<File> {
    let file = open_private(OpenOptions::new().create(true), path)?;
    match is_own(&file, path)? {
        true => Ok(file),
        false => Err(strange(path)),
    }
}

/// Makes a file that only its owner can read, in the place of one that may be there: whose that was nobody knows.
pub fn new_private_file(path: &Path) -> Result<File> {
    match std::fs::remove_file(path) {
        Err(e) if e.kind() != ErrorKind::NotFound => Err(e),
        _ => open_private(OpenOptions::new().create_new(true), path),
    }
}

#[cfg(unix)]
fn open_private(options: &mut OpenOptions, path: &Path) -> Result<File> {
    use rustix::{fs::OFlags, io::Errno};
    use std::os::unix::fs::OpenOptionsExt;
    options.read(true).write(true).mode(0o600).custom_flags(OFlags::NOFOLLOW.bits() as i32);
    options.open(path).map_err(|error| match Errno::from_io_error(&error) {
        Some(Errno::LOOP) => strange(path),
        _ => error,
    })
}

#[cfg(not(unix))]
fn open_private(options: &mut OpenOptions, path: &Path) -> Result<File> {
    options.read(true).write(true).open(path)
}

/// Whether it is a file of this user, and under no other name.
#[cfg(unix)]
fn is_own(file: &File, path: &Path) -> Result<bool> {
    use std::os::unix::fs::MetadataExt;
    let found = file.metadata()?;
    if !found.is_file() || found.nlink() > 1 {
        return Ok(false);
    }
    // Where a mount gives all files to one owner, what is made now has that one too.
    Ok(found.uid() == rustix::process::geteuid().as_raw()
        || found.uid() == tempfile::tempfile_in(parent(path))?.metadata()?.uid())
}

#[cfg(not(unix))]
fn is_own(file: &File, _: &Path) -> Result<bool> {
    Ok(file.metadata()?.is_file())
}

fn strange(path: &Path) -> Error {
    let text = format!("{} is a link, or not a file of yours: remove it, then try again", path.display());
    Error::new(ErrorKind::PermissionDenied, text)
}

/// Writes a file so that after a crash either the old one or the new one is there.
pub fn replace(folder: &Path, name: &str, bytes: &[u8]) -> Result<()> {
    // Made with mode 600, and removed if it does not become the file.
    let mut part = NamedTempFile::new_in(folder)?;
    part.write_all(bytes)?;
    part.as_file().sync_all()?;
    part.persist(folder.join(name)).map_err(|e| e.error)?;
    sync_folder(folder)
}

/// Gives a finished file its name, which must be free: whatever appeared there is left alone, and the file where it is.
pub fn give_name(part: &Path, name: &Path) -> Result<()> {
    let Err(failed) = TempPath::try_from_path(part)?.persist_noclobber(name) else {
        return sync_folder(parent(name));
    };
    // It is no temporary file: dropped, it would be gone.
    let mut kept = failed.path;
    kept.disable_cleanup(true);
    let free = std::fs::symlink_metadata(name).is_err_and(|e| e.kind() == ErrorKind::NotFound);
    match (failed.error.kind(), free) {
        // A file system without links that knows no such renaming either.
        (_, true) => std::fs::rename(part, name).and_then(|()| sync_folder(parent(name))),
        (ErrorKind::AlreadyExists, false) => Err(Error::new(
            ErrorKind::AlreadyExists,
            format!(
                "{} appeared meanwhile and is left alone, and the finished file is {}: move the former away",
                name.display(),
                part.display()
            ),
        )),
        _ => Err(failed.error),
    }
}

/// Makes names in a folder durable.
pub fn sync_folder(folder: &Path) -> Result<()> {
    #[cfg(unix)]
    File::open(folder)?.sync_all()?;
    Ok(())
}

/// The folder of a file.
pub fn parent(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    }
}

/// Bytes that this user may still write into a folder; none where the system does not say.
#[cfg(unix)]
pub fn free_room(folder: &Path) -> Option<u64> {
    let found = rustix::fs::statvfs(folder).ok()?;
    // Some file systems don't say how large they are at all.
    (found.f_blocks > 0).then(|| found.f_bavail.saturating_mul(found.f_frsize))
}

/// Bytes that this user may still write into a folder; none where the system does not say.
#[cfg(not(unix))]
pub fn free_room(_: &Path) -> Option<u64> {
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(unix)]
    #[test]
    fn file_that_somebody_else_laid_there_should_not_be_written_to() {
        let folder = tempfile::tempdir().unwrap();
        let (mine, link) = (folder.path().join("mine"), folder.path().join("file.souk-copy"));
        std::fs::write(&mine, "precious").unwrap();
        std::os::unix::fs::symlink(&mine, &link).unwrap();
        let refused = private_file(&link).unwrap_err();
        assert!(refused.to_string().contains("souk-copy is a link"), "{refused}");
        std::fs::remove_file(&link).unwrap();
        std::fs::hard_link(&mine, &link).unwrap();
        assert_eq!(private_file(&link).unwrap_err().kind(), ErrorKind::PermissionDenied);
        assert_eq!(std::fs::read(&mine).unwrap(), b"precious");
        std::fs::remove_file(&link).unwrap();
        assert!(private_file(&link).is_ok() && private_file(&link).is_ok(), "made, and opened again");
    }

    #[test]
    fn name_that_is_taken_should_stay_with_what_is_there() {
        let folder = tempfile::tempdir().unwrap();
        let (part, name) = (folder.path().join("part"), folder.path().join("name"));
        std::fs::write(&part, "bought").unwrap();
        std::fs::write(&name, "other").unwrap();
        let refused = give_name(&part, &name).unwrap_err().to_string();
        assert!(refused.contains(&*part.to_string_lossy()), "{refused}");
        assert_eq!(
            (std::fs::read(&part).unwrap(), std::fs::read(&name).unwrap()),
            (b"bought".into(), b"other".into())
        );
        std::fs::remove_file(&name).unwrap();
        give_name(&part, &name).unwrap();
        assert!(!part.exists() && std::fs::read(&name).unwrap() == b"bought");
    }
}
