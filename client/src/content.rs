//! Files as the chain lists them.

use souk_primitives::{
    content::{Builder, Content, CHUNK},
    sumtree::Leaf,
};
use std::{
    fs::File,
    io::{Error, ErrorKind, Read, Result},
    path::Path,
};

/// Root, size and chunks of a file: what a version of a listing names. Reads it once, a chunk at a time.
///
/// An empty file, or one that no version may have, is an error of kind `InvalidData`.
pub fn of_file(path: &Path) -> Result<Content> {
    each_chunk(path, |_| Ok(()))
}

/// As [`of_file`], and hands the leaf of each chunk, `(blake2_256(bytes), length)`, to `each`, in order.
pub fn each_chunk(path: &Path, mut each: impl FnMut(Leaf) -> Result<()>) -> Result<Content> {
    let unlistable = || Error::new(ErrorKind::InvalidData, "the file is empty or too large to be listed");
    let mut file = File::open(path)?;
    let mut builder = Builder::default();
    let mut chunk = Vec::with_capacity(CHUNK as usize);
    loop {
        chunk.clear();
        file.by_ref().take(CHUNK.into()).read_to_end(&mut chunk)?;
        if chunk.is_empty() {
            return builder.finish().ok_or_else(unlistable);
        }
        each(builder.push(&chunk).ok_or_else(unlistable)?)?;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use souk_primitives::{content::leaf, sumtree};

    #[test]
    fn file_should_be_cut_into_chunks() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("content");
        let whole = vec![7u8; CHUNK as usize];
        std::fs::write(&path, [&whole[..], &[7]].concat()).unwrap();
        let content = of_file(&path).unwrap();
        assert_eq!(Some(content.plain()), sumtree::shape(&[leaf(&whole), leaf(&[7])]));
        assert_eq!((content.size(), content.chunks()), (u64::from(CHUNK) + 1, 2));
        std::fs::write(&path, b"").unwrap();
        assert_eq!(of_file(&path).unwrap_err().kind(), ErrorKind::InvalidData);
    }
}
