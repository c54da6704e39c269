//! The published vectors of the exam, `docs/vectors/exam.json`: written and checked like those in `vectors.rs`.

use codec::Encode;
use common::{check, digest, hex};
use serde_json::{json, Value};
use souk_primitives::{
    exam::{self, ExamTranscript},
    sumtree, AccountId,
};

mod common;

#[test]
fn exam_vectors() {
    let (epoch, provider, spec) = (9u32, AccountId::new([5; 32]), digest("spec", 0));
    let rolls: Vec<Value> = [1u32, 2, 3, 5, 186]
        .into_iter()
        .map(|left| json!({ "blocks_left": left, "hits": exam::hits(&digest("vrf", 0), epoch, left) }))
        .collect();
    let vrfs: Vec<_> = (1..=exam::MIX).map(|i| digest("vrf", i)).collect();
    let drawn = exam::drawn(&vrfs);
    let paper = exam::paper(&drawn, &provider, &spec);
    let sizes: Vec<Value> = [(0u32, 30u32), (64, 30), (65, 30), (20, 3), (1_000_000, 30)]
        .into_iter()
        .map(|(capacity, seconds)| {
            json!({ "capacity": capacity, "seconds": seconds, "questions": exam::questions(capacity, seconds) })
        })
        .collect();
    let questions: Vec<Value> = [(0u32, 49_152u32), (1, 49_152), (4_095, 1_000)]
        .into_iter()
        .map(|(index, vocab)| {
            let question = exam::question(&paper, index, vocab);
            json!({
                "index": index,
                "vocab": vocab,
                "prompt_ids": question.body.prompt_ids,
                "body": hex(question.body.encode()),
                "request_digest": hex(question.body.digest()),
                "seed": hex(question.seed),
            })
        })
        .collect();
    let answers = [vec![7u32, 8, 9], vec![1], (0..64).collect()];
    let leaves: Vec<_> = (0u32..).zip(&answers).map(|(i, ids)| exam::answer_leaf(&paper, i, ids)).collect();
    let shape = sumtree::shape(&leaves).unwrap();
    let point = 3;
    let (index, _) = sumtree::leaf_at(&leaves, point).unwrap();
    let proof = sumtree::prove(&leaves, index).unwrap();
    let transcript = ExamTranscript { index, proof, answer: answers[index as usize].clone() };
    assert_eq!(transcript.opens(&shape, point, &paper), Ok(()));
    check(
        "exam.json",
        json!({
            "epoch": epoch,
            "provider": hex(&provider),
            "spec": hex(spec),
            "roll": { "vrf": hex(digest("vrf", 0)), "rows": rolls },
            "vrfs": vrfs.iter().map(hex).collect::<Vec<_>>(),
            "drawn": hex(drawn),
            "exam_id": hex(exam::exam_id(epoch, &drawn, &provider, &spec)),
            "paper": hex(paper),
            "sizes": sizes,
            "questions": questions,
            "answers": answers,
            "leaves": leaves.iter().map(|leaf| hex(leaf.digest)).collect::<Vec<_>>(),
            "root": hex(shape.root),
            "total": shape.total.to_string(),
            "transcript": { "point": point.to_string(), "index": index, "scale": hex(transcript.encode()) },
        }),
    );
}
