//! Where the objects are: a folder, or an S3 bucket.

use super::StoreError;
use crate::{config, secrets};
use object_store::{
    aws::{AmazonS3Builder, AmazonS3ConfigKey},
    local::LocalFileSystem,
    path::Path,
    prefix::PrefixStore,
    ObjectStore,
};
use std::{collections::BTreeMap, sync::Arc};
use url::Url;

/// Options that may not stand in a configuration that is printed.
const SECRET: [AmazonS3ConfigKey; 3] =
    [AmazonS3ConfigKey::AccessKeyId, AmazonS3ConfigKey::SecretAccessKey, AmazonS3ConfigKey::Token];

fn invalid(text: impl Into<String>) -> StoreError {
    StoreError::Config(text.into())
}

fn option(name: &str) -> Result<AmazonS3ConfigKey, StoreError> {
    name.to_ascii_lowercase().parse().map_err(|_| {
        invalid(format!("store.s3.{name} is no option of S3 (try endpoint, region, allow_http)"))
    })
}

/// Checks the settings without touching disk or network.
pub fn check(config: &config::Store) -> Result<(), StoreError> {
    let Some(url) = &config.url else { return Ok(()) };
    let url = parse(url)?;
    for name in config.s3.keys() {
        if SECRET.contains(&option(name)?) {
            return Err(invalid(format!(
                "store.s3.{name} is a secret: put it into store.secret_file (mode 600) or into the environment (AWS_…)"
            )));
        }
    }
    if url.scheme() == "file" && !config.s3.is_empty() {
        return Err(invalid("store.s3 is for stores at s3://…"));
    }
    Ok(())
}

fn parse(text: &str) -> Result<Url, StoreError> {
    let hint = || invalid(format!("store.url must be file:///FOLDER or s3://BUCKET/PREFIX, not {text:?}"));
    let url = Url::parse(text).map_err(|_| hint())?;
    let folder = url.scheme() == "file" && url.to_file_path().is_ok();
    let bucket = url.scheme() == "s3" && url.host_str().is_some();
    (folder || bucket).then_some(url).ok_or_else(hint)
}

/// Opens the store that the configuration names; a folder is made when it is missing.
pub fn open(config: &config::Store, url: &str) -> Result<Arc<dyn ObjectStore>, StoreError> {
    check(config)?;
    let url = parse(url)?;
    if let ("file", Ok(folder)) = (url.scheme(), url.to_file_path()) {
        secrets::private_folder(&folder)
            .map_err(|error| invalid(format!("the folder {}: {error}", folder.display())))?;
        return Ok(Arc::new(LocalFileSystem::new_with_prefix(folder)?.with_fsync(true)));
    }
    let mut builder = AmazonS3Builder::from_env().with_url(url.as_str());
    for (name, value) in &config.s3 {
        builder = builder.with_config(option(name)?, value);
    }
    if let Some(file) = &config.secret_file {
        let text = secrets::read(file).map_err(|error| invalid(error.to_string()))?;
        // What the parser says could show a part of the secret.
        let all: BTreeMap<String, String> = toml::from_str(text.expose()).map_err(|_| {
            invalid(format!("{} must hold lines like secret_access_key = \"…\"", file.display()))
        })?;
        for (name, value) in all {
            builder = builder.with_config(option(&name)?, value);
        }
    }
    let prefix = Path::from_url_path(url.path()).map_err(object_store::Error::from)?;
    Ok(Arc::new(PrefixStore::new(builder.build()?, prefix)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(url: &str, s3: &[(&str, &str)]) -> config::Store {
        config::Store {
            url: Some(url.into()),
            s3: s3.iter().map(|(name, value)| (name.to_string(), value.to_string())).collect(),
            ..Default::default()
        }
    }

    #[test]
    fn mistakes_should_be_told() {
        for (config, word) in [
            (with("folder", &[]), "file:///FOLDER"),
            (with("ftp://host/x", &[]), "s3://BUCKET"),
            (with("s3:///x", &[]), "s3://BUCKET"),
            (with("s3://bucket/x", &[("regoin", "a")]), "no option"),
            (with("s3://bucket/x", &[("secret_access_key", "a")]), "secret_file"),
            (with("s3://bucket/x", &[("aws_access_key_id", "a")]), "secret_file"),
            (with("file:///tmp/x", &[("region", "a")]), "s3://"),
        ] {
            let error = check(&config).unwrap_err().to_string();
            assert!(error.contains(word), "{config:?}: {error}");
        }
        for good in
            [with("s3://bucket", &[("endpoint", "http://h"), ("allow_http", "true")]), with("file:///x", &[])]
        {
            check(&good).unwrap();
        }
    }

    #[test]
    fn secrets_should_come_from_a_private_file() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("s3");
        std::fs::write(&file, "access_key_id = \"me\"\nsecret_access_key = \"hush\"").unwrap();
        let mut config = with("s3://bucket/p", &[("region", "eu")]);
        config.secret_file = Some(file.clone());
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o644)).unwrap();
            assert!(open(&config, "s3://bucket/p").unwrap_err().to_string().contains("chmod 600"));
            std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o600)).unwrap();
        }
        open(&config, "s3://bucket/p").unwrap();
        std::fs::write(&file, "hush").unwrap();
        let error = open(&config, "s3://bucket/p").unwrap_err().to_string();
        assert!(error.contains("must hold lines") && !error.contains("hush"), "{error}");
    }
}
