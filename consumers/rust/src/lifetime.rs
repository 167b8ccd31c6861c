use std::time::Duration;

use talend_oauth_api::models::{ExpiresIn, TokenResponse};

/// Returns the least that response and token say (R19), or half an hour.
pub fn lifetime(issued: &TokenResponse, clock: f64) -> Duration {
    let mut said: Vec<f64> = match issued.expires_in.as_deref() {
        Some(ExpiresIn::Integer(seconds)) => vec![*seconds as f64],
        Some(ExpiresIn::String(digits)) => digits.parse().into_iter().collect(),
        None => vec![],
    };
    let payload = issued.access_token.split('.').nth(1).and_then(decode);
    let claims: serde_json::Value =
        serde_json::from_slice(&payload.unwrap_or_default()).unwrap_or_default();
    let exp = claims["exp"].as_f64().unwrap_or_default();
    let starts = [claims["iat"].as_f64().unwrap_or_default(), clock];
    // A start after the end is of a wrong clock.
    said.extend(starts.iter().filter(|start| **start < exp).map(|start| exp - start));
    let least = said.iter().copied().fold(86_400.0, f64::min);
    Duration::from_secs_f64(if said.is_empty() { 1800.0 } else { least.max(0.0) })
}

/// Decodes Base64 of the kind that a JWT has (RFC 4648, section 5).
fn decode(text: &str) -> Option<Vec<u8>> {
    const ALPHABET: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let (mut bytes, mut bits, mut count) = (vec![], 0, 0);
    for character in text.bytes() {
        bits = bits << 6 | ALPHABET.iter().position(|known| *known == character)?;
        count += 6;
        if count >= 8 {
            count -= 8;
            bytes.push((bits >> count) as u8);
        }
    }
    Some(bytes)
}
