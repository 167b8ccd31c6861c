use std::{error, fmt, time::Duration};

/// Why there is no token.
#[derive(Clone, Debug, Default)]
pub struct TokenError {
    pub message: String,
    pub retryable: bool,
    /// Time before the next request, as a refusal or `Retry-After` has it.
    pub pause: Duration,
}

impl From<&str> for TokenError {
    fn from(message: &str) -> Self {
        Self { message: message.to_owned(), ..Self::default() }
    }
}

impl From<reqwest::Error> for TokenError {
    fn from(cause: reqwest::Error) -> Self {
        Self { retryable: true, ..Self::from(cause.without_url().to_string().as_str()) }
    }
}

impl fmt::Display for TokenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "no token: {}", self.message)
    }
}

impl error::Error for TokenError {}
