use super::*;
use proptest::prelude::*;

fn vrf(i: u32) -> Digest {
    hash(&[b"vrf", &i.to_le_bytes()])
}

fn who(n: u8) -> AccountId {
    AccountId::new([n; 32])
}

/// Block of the epoch in which the exam falls, when the VRFs start at `from`.
fn falls(from: u32, blocks: u32) -> u32 {
    (0..blocks).find(|block| hits(&vrf(from + block), 7, blocks - block)).unwrap()
}

#[test]
fn every_block_of_an_epoch_is_drawn_as_often() {
    let mut found = [0u32; 10];
    for epoch in 0..10_000 {
        found[falls(epoch * 10, 10) as usize] += 1;
    }
    assert!(found.iter().all(|n| (900..1_100).contains(n)), "{found:?}");
}

#[test]
fn without_blocks_left_nothing_hits() {
    assert!((0..100).all(|i| !hits(&vrf(i), 7, 0)));
    assert!((0..100).all(|i| hits(&vrf(i), 7, 1)));
}

#[test]
fn what_is_drawn_hangs_on_every_vrf_and_their_order() {
    let vrfs = [vrf(0), vrf(1), vrf(2), vrf(3)];
    let other = [vrf(0), vrf(1), vrf(3), vrf(2)];
    assert_ne!(drawn(&vrfs), drawn(&other));
    assert_ne!(drawn(&vrfs), drawn(&vrfs[..3]));
}

#[test]
fn ids_and_papers_tell_exams_apart() {
    let base = exam_id(1, &vrf(0), &who(1), &[1; 32]);
    for other in [
        exam_id(2, &vrf(0), &who(1), &[1; 32]),
        exam_id(1, &vrf(1), &who(1), &[1; 32]),
        exam_id(1, &vrf(0), &who(2), &[1; 32]),
        exam_id(1, &vrf(0), &who(1), &[2; 32]),
    ] {
        assert_ne!(base, other);
    }
    let base = paper(&vrf(0), &who(1), &[1; 32]);
    for other in [
        paper(&vrf(1), &who(1), &[1; 32]),
        paper(&vrf(0), &who(2), &[1; 32]),
        paper(&vrf(0), &who(1), &[2; 32]),
    ] {
        assert_ne!(base, other);
    }
}

#[test]
fn answers_show_a_capacity() {
    let full = |capacity| Balance::from(questions(capacity, 20)) * 64;
    for capacity in [1, 7, 100, 13_000] {
        assert_eq!(shown(capacity, full(capacity), 20), capacity);
        // A model that ends its answers early has the same capacity.
        assert_eq!(shown(capacity, full(capacity).div_ceil(2), 20), capacity);
    }
    // A tenth of the questions answered, the rest with one token each.
    let (count, tenth) = (questions(1_000, 20), questions(100, 20));
    assert_eq!(shown(1_000, Balance::from(tenth * 64 + (count - tenth)), 20), 233);
    assert_eq!(shown(5, 1, 20), 1);
    assert_eq!(shown(u32::MAX, Balance::MAX, 0), u32::MAX);
}

#[test]
fn questions_follow_the_capacity() {
    assert_eq!(questions(0, 30), 1);
    assert_eq!(questions(64, 30), 30);
    assert_eq!(questions(65, 30), 31);
    assert_eq!(questions(u32::MAX, u32::MAX), MAX_QUESTIONS);
}

#[test]
fn totals_that_no_answers_can_have_are_not_plausible() {
    for (count, total, holds) in [(3, 2, false), (3, 3, true), (3, 192, true), (3, 193, false), (0, 1, false)]
    {
        assert_eq!(plausible(count, total), holds, "{count} {total}");
    }
}

#[test]
fn every_question_is_another() {
    let paper = vrf(0);
    let all: Vec<Question> = (0..50).map(|i| question(&paper, i, 1_000)).collect();
    for (i, one) in all.iter().enumerate() {
        assert!(all.iter().skip(i + 1).all(|other| other.body != one.body && other.seed != one.seed));
    }
    assert_ne!(question(&vrf(1), 0, 1_000).body, all[0].body);
}

/// The answers of a paper, their leaves, and the tree over them.
fn answered(paper: &Digest, lengths: &[usize]) -> (Vec<Vec<u32>>, Vec<Leaf>, Shape) {
    let answers: Vec<Vec<u32>> =
        lengths.iter().enumerate().map(|(i, n)| (0..*n as u32).map(|t| t + i as u32).collect()).collect();
    let leaves: Vec<Leaf> =
        answers.iter().enumerate().map(|(i, a)| answer_leaf(paper, i as u32, a)).collect();
    let shape = sumtree::shape(&leaves).unwrap();
    (answers, leaves, shape)
}

#[test]
fn an_answer_of_no_or_too_many_tokens_opens_nothing() {
    let paper = vrf(0);
    for length in [0, 65] {
        let (answers, leaves, shape) = answered(&paper, &[5, length]);
        let proof = sumtree::prove(&leaves, 1).unwrap();
        let transcript = ExamTranscript { index: 1, proof, answer: answers[1].clone() };
        assert_eq!(transcript.opens(&shape, 5, &paper), Err(NotOpened::Length));
    }
}

proptest! {
    #[test]
    fn prompts_stay_in_the_vocabulary(p: [u8; 32], index: u32, vocab in 1u32..200_000) {
        let asked = question(&p, index, vocab);
        prop_assert_eq!(asked.body.prompt_ids.len(), PROMPT_TOKENS as usize);
        prop_assert!(asked.body.prompt_ids.iter().all(|id| *id < vocab));
    }

    #[test]
    fn each_point_opens_by_its_own_answer_alone(
        p: [u8; 32], lengths in prop::collection::vec(1usize..=64, 1..9), at: u128, other_paper: [u8; 32],
    ) {
        prop_assume!(p != other_paper);
        let (answers, leaves, shape) = answered(&p, &lengths);
        prop_assert!(plausible(shape.count, shape.total));
        let point = at % shape.total;
        let (index, _) = sumtree::leaf_at(&leaves, point).unwrap();
        let transcript = |i: u32| ExamTranscript {
            index: i,
            proof: sumtree::prove(&leaves, i).unwrap(),
            answer: answers[i as usize].clone(),
        };
        for i in 0..shape.count {
            prop_assert_eq!(transcript(i).opens(&shape, point, &p).is_ok(), i == index);
        }
        let mut wrong = transcript(index);
        prop_assert!(wrong.opens(&shape, point, &other_paper).is_err());
        wrong.answer[0] ^= 1;
        prop_assert!(wrong.opens(&shape, point, &p).is_err());
    }

    #[test]
    fn questions_are_worth_the_capacity(capacity in 1u32..8_000, seconds in 1u32..30) {
        let n = u64::from(questions(capacity, seconds));
        let tokens = u64::from(capacity) * u64::from(seconds);
        prop_assert!(n * 64 >= tokens && (n - 1) * 64 < tokens);
    }
}
