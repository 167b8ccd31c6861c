//! Gets a token for the service account of the environment and asks whose it is.

mod talend;

use std::env;
use std::process::ExitCode;

use talend::{Error, ServiceAccount};

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    match run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(Error::Refused { status, message }) => {
            println!("refused: {status} {message}");
            ExitCode::from(1)
        }
        Err(error) => {
            eprintln!("{error}");
            ExitCode::from(2)
        }
    }
}

async fn run() -> Result<(), Error> {
    let account = ServiceAccount::from_env()?;
    let version_in_query = env::var("TALEND_VERSION_QUERY").ok();
    let version_in_header = env::var("TALEND_VERSION_HEADER").ok();
    let token =
        account.create_token(version_in_query.as_deref(), version_in_header.as_deref()).await?;
    println!("lifetime: {}", talend::lifetime(token.expires_in.as_deref())?);
    let name = account.name(&token.access_token).await?;
    println!("account: {name}");
    Ok(())
}
