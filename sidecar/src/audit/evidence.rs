//! What a provider hands over, by what is audited: a call with everything that was signed, or the answer to a question
//! that the chain set.

use super::check;
use crate::{
    engine::{EndCheck, Ending},
    runner::{Generation, ModelInfo},
};
use codec::{Decode, DecodeAll};
use souk_primitives::{
    call::{CallKind, Finish},
    exam::{self, ExamTranscript, ANSWER_TOKENS, PROMPT_TOKENS},
    sumtree::Shape,
    transcript::{Answer, Transcript},
    verdict::Faults,
    views::{AuditSubject, AuditTask, ChannelView},
    Digest,
};

/// Evidence for one drawn leaf.
pub enum Evidence {
    /// A paid call.
    Call {
        /// Its channel.
        channel: Box<ChannelView>,
        /// The call.
        transcript: Box<Transcript>,
    },
    /// An answer in an exam.
    Exam {
        /// The paper that was set.
        paper: Digest,
        /// The answer.
        transcript: ExamTranscript,
    },
}

impl Evidence {
    /// From the bytes of a provider's answer; `None` when they are something else.
    pub fn decode(subject: &AuditSubject, bytes: &[u8]) -> Option<Self> {
        Some(match subject {
            AuditSubject::Call(channel) => {
                Evidence::Call { channel: channel.clone(), transcript: Box::new(whole(bytes)?) }
            }
            AuditSubject::Exam(exam) => Evidence::Exam { paper: exam.paper, transcript: whole(bytes)? },
        })
    }

    /// Whether it opens the drawn point of the committed tree; else why not.
    pub fn opens(&self, task: &AuditTask) -> Result<(), String> {
        let audit = &task.audit;
        let shape = Shape { root: audit.root, total: audit.total, count: audit.count };
        match self {
            Evidence::Call { channel, transcript } => {
                check::examine(&shape, audit.point, channel, transcript)
                    .map_err(|error| format!("the transcript does not open the drawn call: {error:?}"))
            }
            Evidence::Exam { paper, transcript } => transcript
                .opens(&shape, audit.point, paper)
                .map_err(|error| format!("the transcript does not open the drawn question: {error:?}")),
        }
    }

    /// Everything that is wrong without asking the model.
    pub fn faults(&self, genesis: &Digest, task: &AuditTask, info: &ModelInfo) -> Faults {
        let context = task.spec_view.max_context.min(info.max_context);
        match self {
            Evidence::Call { channel, transcript } => {
                check::accounting(genesis, channel, transcript, context, info)
            }
            Evidence::Exam { transcript, .. } => exam_faults(&transcript.answer, context, info),
        }
    }

    /// What was answered.
    pub fn answer(&self) -> Answer {
        match self {
            Evidence::Call { transcript, .. } => transcript.answer.clone(),
            Evidence::Exam { transcript, .. } => Answer::Tokens(transcript.answer.clone()),
        }
    }

    /// The generation that the provider had to run. The question of an exam is nobody's word: it follows from the paper.
    pub fn generation(&self, task: &AuditTask, info: &ModelInfo) -> Generation {
        match self {
            Evidence::Call { transcript, .. } => check::generation(task.audit.id, transcript),
            Evidence::Exam { paper, transcript } => {
                Generation::of_question(exam::question(paper, transcript.index, info.vocab), task.audit.id)
            }
        }
    }
}

/// A value that takes all of the bytes.
fn whole<T: Decode>(bytes: &[u8]) -> Option<T> {
    T::decode_all(&mut &bytes[..]).ok()
}

/// An answer to an exam ends by itself, or where there is no more room: nothing is signed, so its tokens say which.
fn exam_faults(answer: &[u32], context: u32, info: &ModelInfo) -> Faults {
    if info.kind != CallKind::Generate {
        return Faults::OVERRUN;
    }
    let ending = Ending::new(&info.end_tokens, &[], ANSWER_TOKENS, PROMPT_TOKENS as usize, context as usize);
    match ending.check(answer, ending.after(answer).unwrap_or(Finish::Stop)) {
        EndCheck::Consistent => Faults::default(),
        EndCheck::WrongReason => Faults::FINISH,
        EndCheck::Overrun => Faults::OVERRUN,
    }
}
