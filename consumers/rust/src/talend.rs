//! The Talend Cloud API of one region, as one service account sees it.

use std::time::Duration;
use std::{env, fmt};

use serde::Deserialize;
use talend_oauth_api::apis::configuration::Configuration;
use talend_oauth_api::apis::tokens_api::{CreateTokenError, create_token};
use talend_oauth_api::apis::{self, ResponseContent};
use talend_oauth_api::models::{ErrorBody, ExpiresIn, GrantType, TokenRequest, TokenResponse};

/// Why there is no token, or no use for it.
#[derive(Debug)]
pub enum Error {
    /// A variable of the environment is not set.
    Missing(&'static str),
    /// The endpoint answered, but not with a token; the message is from the body.
    Refused { status: u16, message: String },
    /// The lifetime is text, but not a number of seconds.
    Lifetime(std::num::ParseIntError),
    /// The request for a token failed otherwise.
    Token(Box<apis::Error<CreateTokenError>>),
    /// The request that used the token failed.
    Api(reqwest::Error),
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing(name) => write!(f, "{name} is not set"),
            Self::Refused { status, message } => write!(f, "{status} {message}"),
            Self::Lifetime(error) => write!(f, "expires_in: {error}"),
            Self::Token(error) => write!(f, "no token: {error}"),
            Self::Api(error) => write!(f, "GET /account/me: {error}"),
        }
    }
}

impl std::error::Error for Error {}

impl From<reqwest::Error> for Error {
    fn from(error: reqwest::Error) -> Self {
        Self::Api(error)
    }
}

/// A service account and the region it belongs to.
pub struct ServiceAccount {
    configuration: Configuration,
}

impl ServiceAccount {
    /// Reads the account from the environment.
    pub fn from_env() -> Result<Self, Error> {
        let variable = |name| env::var(name).map_err(|_| Error::Missing(name));
        let client = reqwest::Client::builder().timeout(Duration::from_secs(10)).build()?;
        let id = variable("TALEND_CLIENT_ID")?;
        let secret = variable("TALEND_CLIENT_SECRET")?;
        Ok(Self {
            configuration: Configuration {
                base_path: variable("TALEND_API_URL")?,
                basic_auth: Some((id, Some(secret))),
                client,
                ..Configuration::default()
            },
        })
    }

    /// Creates a token; the version of the API may be given in two places.
    pub async fn create_token(
        &self,
        version_in_query: Option<&str>,
        version_in_header: Option<&str>,
    ) -> Result<TokenResponse, Error> {
        let audience = self.configuration.base_path.clone();
        let request = TokenRequest::new(GrantType::ClientCredentials, audience);
        create_token(&self.configuration, request, version_in_query, version_in_header)
            .await
            .map_err(|error| match error {
                apis::Error::ResponseError(response) => refused(response),
                other => Error::Token(Box::new(other)),
            })
    }

    /// Asks the API for the name of the account that the token was issued to.
    pub async fn name(&self, access_token: &str) -> Result<String, Error> {
        #[derive(Deserialize)]
        struct Account {
            name: String,
        }
        let url = format!("{}/account/me", self.configuration.base_path);
        let request = self.configuration.client.get(url).bearer_auth(access_token);
        let response = request.send().await?.error_for_status()?;
        Ok(response.json::<Account>().await?.name)
    }
}

/// Describes a lifetime: a number of seconds, digits, or nothing.
pub fn lifetime(expires_in: Option<&ExpiresIn>) -> Result<String, Error> {
    Ok(match expires_in {
        None => "absent".to_owned(),
        Some(ExpiresIn::Integer(seconds)) => format!("{seconds} s, a number"),
        Some(ExpiresIn::String(digits)) => {
            let seconds: u64 = digits.parse().map_err(Error::Lifetime)?;
            format!("{seconds} s, a string")
        }
    })
}

/// Turns the answer of a failed request into an error.
///
/// The statuses share one body, so the generated enum always holds its first variant. Only
/// `response.status` tells them apart.
fn refused(response: ResponseContent<CreateTokenError>) -> Error {
    use CreateTokenError::{Status400, Status401, Status403, Status415, Status500, UnknownValue};
    let body = match response.entity {
        Some(
            Status400(body) | Status401(body) | Status403(body) | Status415(body) | Status500(body),
        ) => body,
        Some(UnknownValue(_)) | None => ErrorBody::default(),
    };
    Error::Refused { status: response.status.as_u16(), message: body.message.unwrap_or_default() }
}
