//! A referendum from its preimage to its enactment.

use anyhow::{ensure, Context, Result};
use codec::{Compact, Decode};
use futures::future::try_join_all;
use souk_client::{calls::Call, Chain};
use souk_e2e::market::{
    register::{dev, send},
    storage::{self, key},
};
use souk_primitives::{Balance, Digest};
use std::time::{Duration, Instant};

/// Who stakes and votes, with how much.
pub const VOTERS: [&str; 3] = ["//Alice", "//Bob", "//Charlie"];
/// Conviction of every vote: locked for twice the shortest time, counted twice.
const CONVICTION: u8 = 2;
/// How long a referendum may take on the fast clock.
const PATIENCE: Duration = Duration::from_secs(300);

/// Brings a call before the electorate on the root track, and votes for it until it is approved. `passed` is a value of
/// the state that is there when the call has been dispatched.
pub async fn pass(chain: &Chain, call: Vec<u8>, stake: Balance, passed: &[u8]) -> Result<()> {
    let (hash, len) = (sp_crypto_hashing::blake2_256(&call), u32::try_from(call.len())?);
    // Anybody may propose and pay the deposits: none of these four is a voter.
    let (author, sponsor) = (dev("//Eve")?, dev("//Ferdie")?);
    send(chain, &author, Call::new("Preimage", "note_preimage").arg("bytes", call)).await?;
    let submit = Call::new("Referenda", "submit")
        // The system's origin, root.
        .arg("proposal_origin", [0u8, 0])
        // By its preimage, and as soon as the track allows.
        .arg("proposal", (2u8, hash, len))
        .arg("enactment_moment", (1u8, 0u32));
    let outcome = send(chain, &author, submit).await?;
    let submitted = outcome.events.iter().find(|e| (&*e.pallet, &*e.name) == ("Referenda", "Submitted"));
    let (poll, track) = <(u32, u16)>::decode(&mut &*submitted.context("nothing was submitted")?.fields)?;
    ensure!(track == 0, "a root call on track {track}");
    send(chain, &sponsor, Call::new("Referenda", "place_decision_deposit").arg("index", poll)).await?;
    try_join_all(VOTERS.map(|voter| async move {
        let vote = Call::new("ConvictionVoting", "vote")
            .arg("poll_index", Compact(poll))
            // A standard vote: aye, with its conviction.
            .arg("vote", (0u8, 0x80 | CONVICTION, stake));
        send(chain, &dev(voter)?, vote).await
    }))
    .await?;
    println!("referendum {poll}: {} have voted", VOTERS.join(", "));
    let deadline = Instant::now() + PATIENCE;
    while storage_is_empty(chain, passed).await? {
        ensure!(Instant::now() < deadline, "referendum {poll} was not enacted within {PATIENCE:?}");
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
    Ok(())
}

async fn storage_is_empty(chain: &Chain, key: &[u8]) -> Result<bool> {
    Ok(chain.storage_at(&chain.finalized().await?.hash, key).await?.is_none())
}

/// The call that lets anybody upgrade to the code of that hash.
pub fn authorise(code: &Digest) -> Vec<u8> {
    // `System.authorize_upgrade`: the call's indices are fixed in every runtime.
    [&[0u8, 9][..], code].concat()
}

/// Where the state says that an upgrade is authorised.
pub fn authorised() -> Vec<u8> {
    key("System", "AuthorizedUpgrade")
}

/// The hash that is authorised.
pub async fn authorised_code(chain: &Chain) -> Result<Digest> {
    let at = chain.finalized().await?.hash;
    let (hash, checked): (Digest, bool) =
        storage::read(chain, &at, &authorised()).await?.context("no upgrade is authorised")?;
    ensure!(checked, "the version of an authorised upgrade is not checked");
    Ok(hash)
}
