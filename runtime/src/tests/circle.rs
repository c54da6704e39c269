//! Trading with oneself, on the real pallets: whoever owns everybody in a market ends with less than without trading.

use super::{harness::*, market::*, stakers::run_sessions};
use crate::{Balance, Balances, RuntimeEvent, System};
use frame_support::{assert_ok, traits::fungible::Inspect};

/// Everybody: buyer, seller, publisher and its validators, who are the verifiers too.
const CIRCLE: [&str; 9] =
    ["Provider", "Publisher", "Consumer", "Eve", "Ferdie", "Alice", "Bob", "Charlie", "Dave"];

/// What became of the circle.
struct End {
    wealth: Balance,
    issuance: Balance,
    claimed: Balance,
    /// The block before its last epochs.
    block: u32,
}

/// So many audited trades, then nothing until `block`, then two epochs and all claims.
fn play(trades: u32, block: Option<u32>) -> End {
    local().execute_with(|| {
        open_market();
        open_block();
        assert_ok!(provide("Provider", "Alice"));
        close_block();
        for _ in 0..trades {
            let (_, batch) = settled_batch("Provider", 5_000, 0);
            convict_or_clear(&batch, valid());
        }
        run_blocks_to(block.unwrap_or(0));
        let block = System::block_number();
        run_sessions(2);
        open_block();
        for name in CIRCLE {
            // Who has earned nothing is told so.
            let _ = submit(name, pallet_rewards::Call::claim {});
        }
        let claimed = System::read_events_no_consensus().filter_map(|record| match record.event {
            RuntimeEvent::Rewards(pallet_rewards::Event::Claimed { amount, .. }) => Some(amount),
            _ => None,
        });
        let claimed = claimed.sum();
        close_block();
        super::books::check();
        let wealth = CIRCLE.map(|name| Balances::total_balance(&account(name))).into_iter().sum();
        End { wealth, issuance: Balances::total_issuance(), claimed, block }
    })
}

#[test]
fn who_owns_everybody_should_lose_at_least_half_of_what_its_trades_burn() {
    let traded = play(4, None);
    let rested = play(0, Some(traded.block));
    assert!(traded.claimed > 0, "its trades earn rewards");
    assert_eq!(rested.claimed, 0);
    // Both were paid for the same stake and the same blocks: what differs is the trades.
    let burnt = rested.issuance.checked_sub(traded.issuance).expect("trades burn");
    let lost = rested.wealth.checked_sub(traded.wealth).expect("and nobody gains by them");
    assert!(burnt > 0 && lost >= burnt / 2, "{lost} lost, {burnt} burnt");
}
