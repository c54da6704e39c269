//! Numeric classes: how far apart honest machines may be, as governance found.

use crate::pallet::{Classes, Config, Error, Event, Pallet};
use frame_support::{dispatch::DispatchResult, ensure};
use souk_primitives::{
    spec::{NumericClass, Spec},
    verdict::{Answers, Thresholds},
};

impl<T: Config> Pallet<T> {
    pub(crate) fn do_register_class(class: NumericClass, thresholds: Thresholds) -> DispatchResult {
        ensure!(thresholds.is_sound(), Error::<T>::UnsoundSpec);
        Classes::<T>::insert(class, thresholds.answers(), thresholds);
        Self::deposit_event(Event::ClassRegistered { class, thresholds });
        Ok(())
    }

    pub(crate) fn do_remove_class(class: NumericClass, answers: Answers) -> DispatchResult {
        ensure!(Classes::<T>::take(class, answers).is_some(), Error::<T>::UnknownClass);
        Self::deposit_event(Event::ClassRemoved { class, answers });
        Ok(())
    }

    /// Refuses a spec that is looser than its class.
    pub(crate) fn ensure_within_class(spec: &Spec) -> DispatchResult {
        let limit = Classes::<T>::get(spec.numeric_class, spec.thresholds.answers());
        let limit = limit.ok_or(Error::<T>::UnknownClass)?;
        ensure!(spec.thresholds.within(&limit), Error::<T>::LooserThanClass);
        Ok(())
    }
}
