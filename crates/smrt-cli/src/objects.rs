//! How stores of objects are reached: options first, then the configuration, then the variables that all programs share.

use crate::config::Config;
use clap::Args;
use serde::{Deserialize, Deserializer};
use smrt_objects::{Secret, Settings};

/// How stores of objects are reached.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Options for s3://")]
pub(crate) struct ObjectArgs {
    /// Where the store is, such as http://127.0.0.1:9000 [else AWS_ENDPOINT_URL_S3, AWS_ENDPOINT_URL; default: AWS]
    #[arg(long, global = true, value_name = "URL")]
    pub(crate) s3_endpoint: Option<String>,
    /// Its region [else AWS_REGION, AWS_DEFAULT_REGION; default: us-east-1]
    #[arg(long, global = true, value_name = "REGION")]
    pub(crate) s3_region: Option<String>,
    /// The public half of the keys [else AWS_ACCESS_KEY_ID]
    #[arg(long, global = true, value_name = "ID")]
    pub(crate) s3_access_key_id: Option<String>,
    /// The secret half, which others on this machine can see here [else AWS_SECRET_ACCESS_KEY, which they cannot]
    #[arg(long, global = true, value_name = "KEY", value_parser = a_secret)]
    pub(crate) s3_secret_access_key: Option<Secret>,
}

fn a_secret(text: &str) -> Result<Secret, std::convert::Infallible> {
    Ok(Secret::new(text))
}

/// The section `[s3]` of the configuration.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub(crate) struct ObjectConfig {
    pub(crate) endpoint: Option<String>,
    pub(crate) region: Option<String>,
    pub(crate) access_key_id: Option<String>,
    #[serde(deserialize_with = "secret")]
    pub(crate) secret_access_key: Option<Secret>,
}

fn secret<'de, D: Deserializer<'de>>(source: D) -> Result<Option<Secret>, D::Error> {
    Ok(Some(Secret::new(String::deserialize(source)?)))
}

impl ObjectArgs {
    /// How stores are reached: what was typed, else what is configured, else what the environment says.
    pub(crate) fn settings(&self, config: &Config) -> Settings {
        let typed = Settings {
            endpoint: self.s3_endpoint.clone(),
            region: self.s3_region.clone(),
            access_key_id: self.s3_access_key_id.clone(),
            secret_access_key: self.s3_secret_access_key.clone(),
            ..Settings::default()
        };
        let ObjectConfig { endpoint, region, access_key_id, secret_access_key } = config.s3.clone();
        let configured = Settings { endpoint, region, access_key_id, secret_access_key, ..Settings::default() };
        typed.or(configured).or(Settings::from_environment())
    }
}
