use std::error::Error;

use reqwest::{Client, Request, Response, header::AUTHORIZATION, redirect::Policy};

use crate::token_source::TokenSource;

/// Adds the token of its source to each request to the API, and to no other.
#[derive(Clone)]
pub struct TalendClient {
    source: TokenSource,
    http: Client,
}

impl TalendClient {
    pub fn new(source: TokenSource) -> reqwest::Result<Self> {
        // The token is for one host, so no redirect is followed (R14).
        let http = Client::builder().redirect(Policy::none()).build()?;
        Ok(Self { source, http })
    }

    /// Sends a request, and once more with another token when the first is refused (R11).
    pub async fn send(&self, request: Request) -> Result<Response, Box<dyn Error + Send + Sync>> {
        if request.url().origin().ascii_serialization() != self.source.api() {
            return Ok(self.http.execute(request).await?); // a stranger (R14)
        }
        let again = request.try_clone(); // of a stream there is none (R25)
        let token = self.source.token().await?;
        let response = self.http.execute(authorized(request, &token)?).await?;
        if response.status() != 401 {
            return Ok(response);
        }
        self.source.discard(&token);
        let Some(again) = again else {
            return Ok(response);
        };
        let token = self.source.token().await?;
        Ok(self.http.execute(authorized(again, &token)?).await?)
    }
}

fn authorized(mut request: Request, token: &str) -> Result<Request, Box<dyn Error + Send + Sync>> {
    let value = format!("Bearer {token}").parse()?;
    request.headers_mut().insert(AUTHORIZATION, value);
    Ok(request)
}
