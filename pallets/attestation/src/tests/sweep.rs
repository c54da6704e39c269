use crate::{mock::*, types::Phase, Error, Event};
use frame_support::{assert_noop, assert_ok};
use sp_runtime::DispatchError;

#[test]
fn anyone_decides_an_audit_that_the_agenda_has_not_reached() {
    run(|| {
        let (_, id) = drawn();
        for member in members(id) {
            commit(member, id, &valid());
        }
        // The clock passes the deadline without the agenda having run.
        Live::put(audit(id).reveal_by);
        assert_noop!(Attestation::sweep(RuntimeOrigin::signed(STRANGER), id), Error::<Test>::NotOver);
        Live::put(audit(id).reveal_by + 1);
        assert_ok!(Attestation::sweep(RuntimeOrigin::signed(STRANGER), id));
        let at = Live::get() + 40;
        assert_eq!(audit(id).phase, Phase::Redrawing { at });
        System::assert_last_event(Event::RedrawScheduled { audit: id, at }.into());
        let mut silent: Vec<_> = Silences::get().iter().map(number).collect();
        silent.sort();
        let mut seated = members(id);
        seated.sort();
        assert_eq!(silent, seated);
        assert_noop!(Attestation::sweep(RuntimeOrigin::signed(STRANGER), id), Error::<Test>::NotOver);
    });
}

#[test]
fn nobody_sweeps_what_is_open_ended_or_unknown() {
    run(|| {
        let (_, id) = drawn();
        let who = || RuntimeOrigin::signed(STRANGER);
        assert_noop!(Attestation::sweep(who(), id), Error::<Test>::NotOver);
        assert_noop!(Attestation::sweep(who(), [1; 32]), Error::<Test>::UnknownAudit);
        assert_noop!(Attestation::sweep(RuntimeOrigin::none(), id), DispatchError::BadOrigin);
        report(id, &[valid(), valid(), valid()]);
        assert_noop!(Attestation::sweep(who(), id), Error::<Test>::NotOver);
    });
}
