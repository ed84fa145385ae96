//! How to reach object stores: endpoint, region, keys. Each may come from an option, a configuration or the environment.

use crate::Secret;
use object_store::aws::AmazonS3ConfigKey;

/// How to reach object stores. What is not set is what AWS has for it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Settings {
    /// Where the server is, such as `http://127.0.0.1:9000`; without one, AWS.
    pub endpoint: Option<String>,
    /// The region; without one, `us-east-1`.
    pub region: Option<String>,
    /// The public half of the keys.
    pub access_key_id: Option<String>,
    /// The secret half of the keys.
    pub secret_access_key: Option<Secret>,
    /// What keys of limited life come with.
    pub session_token: Option<Secret>,
    /// Where AWS itself hands out keys.
    pub roles: Roles,
}

/// What the environment says of roles of containers and of web identities, to which AWS hands out keys.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Roles(Vec<(AmazonS3ConfigKey, String)>);

/// Variables by which AWS tells programs where to fetch keys of a role.
const ROLES: [(&str, AmazonS3ConfigKey); 6] = [
    ("AWS_WEB_IDENTITY_TOKEN_FILE", AmazonS3ConfigKey::WebIdentityTokenFile),
    ("AWS_ROLE_ARN", AmazonS3ConfigKey::RoleArn),
    ("AWS_ROLE_SESSION_NAME", AmazonS3ConfigKey::RoleSessionName),
    ("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", AmazonS3ConfigKey::ContainerCredentialsRelativeUri),
    ("AWS_CONTAINER_CREDENTIALS_FULL_URI", AmazonS3ConfigKey::ContainerCredentialsFullUri),
    ("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", AmazonS3ConfigKey::ContainerAuthorizationTokenFile),
];

impl Settings {
    /// What the environment of this process says: `AWS_ENDPOINT_URL_S3` or `AWS_ENDPOINT_URL`, `AWS_REGION` or
    /// `AWS_DEFAULT_REGION`, `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY`, `AWS_SESSION_TOKEN`, and the variables of
    /// roles. Empty ones count as unset.
    pub fn from_environment() -> Self {
        Self::from_variables(|name| std::env::var(name).ok())
    }

    fn from_variables(variable: impl Fn(&str) -> Option<String>) -> Self {
        let set = |name: &str| variable(name).filter(|value| !value.is_empty());
        Self {
            endpoint: set("AWS_ENDPOINT_URL_S3").or_else(|| set("AWS_ENDPOINT_URL")),
            region: set("AWS_REGION").or_else(|| set("AWS_DEFAULT_REGION")),
            access_key_id: set("AWS_ACCESS_KEY_ID"),
            secret_access_key: set("AWS_SECRET_ACCESS_KEY").map(Secret::new),
            session_token: set("AWS_SESSION_TOKEN").map(Secret::new),
            roles: Roles(ROLES.into_iter().filter_map(|(name, key)| Some((key, set(name)?))).collect()),
        }
    }

    /// These settings, and where they say nothing, those of `other`. Keys belong together: a session token of `other`
    /// is never used with keys that are set here.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        let has_keys = self.access_key_id.is_some() || self.secret_access_key.is_some();
        Self {
            endpoint: self.endpoint.or(other.endpoint),
            region: self.region.or(other.region),
            session_token: if has_keys { self.session_token } else { self.session_token.or(other.session_token) },
            access_key_id: self.access_key_id.or(other.access_key_id),
            secret_access_key: self.secret_access_key.or(other.secret_access_key),
            roles: if self.roles.0.is_empty() { other.roles } else { self.roles },
        }
    }

    /// Where AWS itself hands out keys.
    pub(crate) fn roles(&self) -> &[(AmazonS3ConfigKey, String)] {
        &self.roles.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_special_variable_goes_before_the_general_one_and_empty_ones_do_not_count() {
        let all = Settings::from_variables(|name| Some(name.to_owned()));
        assert_eq!(all.endpoint.as_deref(), Some("AWS_ENDPOINT_URL_S3"));
        assert_eq!(all.region.as_deref(), Some("AWS_REGION"));
        assert_eq!(all.roles.0.len(), ROLES.len());
        let general = |name: &str| Some(if name.ends_with("_URL") { "http://x" } else { "" }.to_owned());
        let some = Settings::from_variables(general);
        assert_eq!(some, Settings { endpoint: Some("http://x".to_owned()), ..Settings::default() });
    }

    #[test]
    fn what_is_set_first_counts_and_tokens_stay_with_their_keys() {
        let keys = |id: &str, token: Option<&str>| Settings {
            access_key_id: Some(id.to_owned()),
            secret_access_key: Some(Secret::new("s")),
            session_token: token.map(Secret::new),
            ..Settings::default()
        };
        let environment = Settings { region: Some("eu-1".to_owned()), ..keys("env", Some("token")) };
        let merged = keys("flag", None).or(environment.clone());
        assert_eq!((merged.access_key_id.as_deref(), merged.session_token), (Some("flag"), None));
        assert_eq!(merged.region.as_deref(), Some("eu-1"));
        assert_eq!(Settings::default().or(environment.clone()), environment);
    }

    #[test]
    fn nothing_that_is_printed_holds_a_secret() {
        let settings = Settings {
            secret_access_key: Some(Secret::new("hush")),
            session_token: Some(Secret::new("hush")),
            ..Settings::default()
        };
        assert!(!format!("{settings:?} {settings:#?} {}", Secret::new("hush")).contains("hush"));
    }
}
