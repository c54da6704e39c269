//! A channel of a thousand calls, as the gateway, the sidecar and the chain see it.

use crate::{mock::*, types::SignedVoucher, Event};
use frame_support::assert_ok;
use souk_primitives::{
    call::{batch_id, receipt_leaf, Signed, Voucher},
    close::CloseReason,
    sumtree::{prove, verify_point, Spine},
    Balance, SOUK,
};

#[test]
fn a_channel_of_a_thousand_calls_should_take_three_transactions() {
    test(|| {
        let start = books();
        // 1: open.
        let id = open();
        run_to(3);
        let (mut spine, mut leaves) = (Spine::default(), Vec::new());
        for seq in 0..1_000 {
            let call = call(id, seq, 1 + seq % 7);
            let leaf = receipt_leaf(&call.request, &call.receipt);
            spine.push(leaf).unwrap();
            leaves.push(leaf);
        }
        let tree = spine.shape().unwrap();
        let voucher = Voucher {
            genesis: GENESIS,
            channel: id,
            cumulative: tree.total,
            calls: tree.count,
            receipts_root: tree.root,
        };
        let signature = voucher.sign(&voucher_pair());
        let last = SignedVoucher { voucher, signature };
        // 2: settle.
        assert_ok!(settle(id, last));
        // 3: close.
        assert_ok!(Souk::close_by_provider(signed(PROVIDER), id, None));

        let batch = Souk::batch(&batch_id(&id, tree.total, 0)).unwrap();
        // Whatever point the beacon draws, the provider can open it.
        for (seq, point) in [(0, 0), (999, tree.total - 1)] {
            let proof = prove(&leaves, seq).unwrap();
            assert_eq!(verify_point(&batch.shape(), seq, &leaves[seq as usize], &proof, point), Ok(()));
        }
        Souk::release(&batch.id, CloseReason::NotDrawn);
        let Some(Event::BatchEnded { paid, treasury, audit, burnt, .. }) = events().pop() else {
            panic!("the batch did not end")
        };
        let end = books();
        assert_eq!(paid + treasury + audit + burnt, tree.total);
        assert_eq!(end.consumer, (start.consumer.0 - tree.total, 0));
        assert_eq!(end.provider, (start.provider.0 + paid, 0));
        assert_eq!(end.treasury - start.treasury, treasury);
        assert_eq!(end.pot - start.pot, audit);
        assert_eq!(start.issuance - end.issuance, burnt);
        // 4 SOUK per 1,000 tokens; 142 full rounds of 28 tokens and the first six of the next.
        let tokens: Balance = 142 * 28 + 1 + 2 + 3 + 4 + 5 + 6;
        assert_eq!(tree.total, tokens * 4 * SOUK / 1_000);
    });
}
