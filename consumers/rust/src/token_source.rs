//! A token of Talend Cloud that is fetched, kept and refreshed; safe for use by many tasks.
//!
//! It does what conformance/BEHAVIOUR.md asks of a client, levels core and resilient; R7 and the
//! like are its requirements. Copy it. Of the generated client it has the types alone: its
//! `create_token` drops `Retry-After`, and reads responses of any size.

use std::hash::{BuildHasher, RandomState};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant, SystemTime};

use reqwest::{Client, header::RETRY_AFTER, redirect::Policy};
use talend_oauth_api::models::{GrantType, TokenRequest, TokenResponse};
use tokio::{sync::watch, time};

use crate::{lifetime::lifetime, token_error::TokenError};

const DEADLINE: Duration = Duration::from_secs(20); // for a fetch, all its tries together (R15)

type Fetched = Result<Token, TokenError>;

#[derive(Clone)]
struct Token {
    value: String,
    refresh: Instant,
    wait: Instant,
    expires: Instant,
}

struct State {
    token: Option<Token>,
    last: watch::Receiver<Option<Fetched>>, // the newest fetch, which all share that wait (R7)
    pause: Instant,                         // no other starts before
}

/// The token of a service account; clones share it.
#[derive(Clone)]
pub struct TokenSource {
    api: String,
    id: String,
    secret: String,
    http: Client,
    state: Arc<Mutex<State>>,
}

impl TokenSource {
    /// Returns a source for a service account of the region with this base URL.
    pub fn new(api: &str, id: &str, secret: &str) -> reqwest::Result<Self> {
        let (token, last, pause) = (None, watch::channel(None).1, Instant::now());
        Ok(Self {
            api: api.trim_end_matches('/').to_owned(),
            id: id.to_owned(),
            secret: secret.to_owned(),
            // Credentials and token are for one host (R13, R14).
            http: Client::builder().redirect(Policy::none()).build()?,
            state: Arc::new(Mutex::new(State { token, last, pause })),
        })
    }

    /// Returns a valid token, and starts to fetch the next one when it is time.
    pub async fn token(&self) -> Result<String, TokenError> {
        let (held, mut last) = {
            let (mut state, now) = (self.state.lock().unwrap(), Instant::now());
            if state.token.as_ref().is_none_or(|token| token.refresh <= now) && state.pause <= now {
                let (sender, last) = watch::channel(None);
                state.last = last;
                state.pause = now + 2 * DEADLINE; // until it is done
                tokio::spawn(self.clone().run(sender));
            }
            (state.token.clone(), state.last.clone())
        };
        if let Some(token) = held.as_ref().filter(|token| Instant::now() < token.wait) {
            return Ok(token.value.clone()); // also while it is refreshed in the background (R17)
        }
        let fetched = match last.wait_for(Option::is_some).await {
            Ok(fetched) => fetched.clone().unwrap(),
            Err(_) => Err(TokenError::from("its fetch was cancelled")),
        };
        match held.filter(|token| fetched.is_err() && Instant::now() < token.expires) {
            Some(token) => Ok(token.value), // an outage does not end a valid token (R20)
            None => fetched.map(|token| token.value),
        }
    }

    /// Returns the base URL, without a slash at its end.
    pub fn api(&self) -> &str {
        &self.api
    }

    /// Forgets a token that the API refused, and no other (R24).
    pub fn discard(&self, value: &str) {
        self.state.lock().unwrap().token.take_if(|token| token.value == value);
    }

    async fn run(self, sender: watch::Sender<Option<Fetched>>) {
        let end = Instant::now() + DEADLINE;
        let mut tries = 1;
        let fetched = loop {
            let left = end.saturating_duration_since(Instant::now());
            let fetched = time::timeout(left, self.request()).await;
            let fetched = fetched.unwrap_or_else(|_| Err(TokenError::from("no response in time")));
            let Err(TokenError { retryable, pause, .. }) = fetched else {
                break fetched;
            };
            let delay = pause + Duration::from_millis(250 << tries).mul_f64(chance());
            if !retryable || tries == 3 || Instant::now() + delay > end {
                break fetched;
            }
            time::sleep(delay).await;
            tries += 1;
        };
        let (mut state, now) = (self.state.lock().unwrap(), Instant::now());
        let left = state.token.as_ref().map_or(Duration::ZERO, |token| token.expires - now);
        state.pause = match &fetched {
            Ok(_) => now,
            // No request with each call of an outage (R20).
            Err(error) => now + error.pause.max(left.min(Duration::from_secs(10))),
        };
        state.token = fetched.clone().ok().or(state.token.take());
        sender.send_replace(Some(fetched));
    }

    async fn request(&self) -> Fetched {
        let (sent, clock) = (Instant::now(), SystemTime::UNIX_EPOCH.elapsed().unwrap_or_default());
        let url = format!("{}/security/oauth/token", self.api);
        let request = self.http.post(url).basic_auth(&self.id, Some(&self.secret));
        let body = TokenRequest::new(GrantType::ClientCredentials, self.api.clone());
        let request = request.header("talend-version", "2021-03").json(&body);
        let mut response = request.send().await?;
        let mut body = Vec::new();
        while let Some(part) = response.chunk().await? {
            body.extend(part);
            if body.len() > 64 * 1024 {
                return Err(TokenError::from("the response is too large"));
            }
        }
        let status = response.status().as_u16();
        let issued = serde_json::from_slice(&body).ok().filter(|issued: &TokenResponse| {
            let (value, kind) = (&issued.access_token, &issued.token_type);
            let fits = !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_graphic());
            status == 200 && fits && kind.eq_ignore_ascii_case("bearer")
        });
        let Some(issued) = issued else {
            let asked = response.headers().get(RETRY_AFTER);
            let asked = asked.and_then(|text| text.to_str().ok()?.parse::<u64>().ok());
            let refused = [400, 401, 403].contains(&status); // and would be again (R23)
            let pause = if refused { 30 } else { asked.unwrap_or(0).min(3600) };
            return Err(TokenError {
                // The body is not shown: it may repeat the secret (R16).
                message: format!("the response is {}", response.status()),
                retryable: [429, 500, 502, 503, 504].contains(&status),
                pause: Duration::from_secs(pause),
            });
        };
        let lifetime = lifetime(&issued, clock.as_secs_f64());
        Ok(Token {
            value: issued.access_token,
            refresh: sent + lifetime.mul_f64(0.6 + chance() / 15.0),
            wait: sent + lifetime - (lifetime / 10).min(Duration::from_secs(60)),
            expires: sent + lifetime,
        })
    }
}

/// Returns a number from 0 to 1.
fn chance() -> f64 {
    RandomState::new().hash_one(0) as f64 / u64::MAX as f64
}
