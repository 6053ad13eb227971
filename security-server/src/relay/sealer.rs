//! Signatures on messages: one worker for each signing certificate.
//!
//! A private key signs one thing at a time. What queues while it is busy is signed together, one signature over the
//! hash chain of all; what arrives while the key is free is signed alone. There is no timer: load makes the batch.

use std::sync::Arc;
use std::sync::mpsc::{self, Receiver, Sender};
use std::thread;
use std::time::Duration;

use arc_swap::ArcSwap;
use evidence::signature::{Seal, SigningContext, SigningMaterial, seal};
use globalconf::{GlobalConf, ValidGlobalConf};
use identifiers::MemberId;
use keys::Identity;
use pki::Certificate;
use pki::trust::Trust;
use protocol::digest::PartDigest;
use service_kit::clock::Clock;
use tokio::sync::oneshot;

use crate::trust::OcspStore;

/// A message waits at most so long for its signature (X-Road `signer.client-timeout`).
const PATIENCE: Duration = Duration::from_secs(60);
/// Signing needs little stack; each worker is a thread of its own.
const WORKER_STACK: usize = 512 * 1024;

/// All signing keys of this server.
pub struct Sealer {
    workers: ArcSwap<Vec<Arc<Worker>>>,
    ocsp: Arc<OcspStore>,
    clock: Clock,
    max_batch: usize,
}

/// One signing key with its certificate.
struct Worker {
    certificate: Certificate,
    /// The certificate, then intermediates: what needs an OCSP response.
    chain: Vec<Certificate>,
    jobs: Sender<Job>,
}

/// One message that wants a signature.
struct Job {
    parts: Vec<PartDigest>,
    ocsp_responses: Vec<bytes::Bytes>,
    done: oneshot::Sender<Result<Seal, SealerError>>,
}

/// Why a message could not be signed; `cannot_create_signature` towards the outside.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SealerError {
    /// No certificate of the member is here, issued by an approved service, valid and known to be good.
    #[error("no usable signing certificate of {member}: {reason}")]
    NoCertificate {
        /// The member that should sign.
        member: MemberId,
        /// What is wrong with the best candidate.
        reason: &'static str,
    },
    /// The key failed.
    #[error("signing failed: {0}")]
    Key(String),
    /// The key was busy for too long.
    #[error("Signature creation timed out")]
    TimedOut,
}

impl Sealer {
    /// Starts a worker for each signing certificate among `identities`. `max_batch` bounds the messages under one
    /// signature.
    #[must_use]
    pub fn start(identities: &[Identity], ocsp: Arc<OcspStore>, clock: &Clock, max_batch: usize) -> Self {
        let sealer = Self { workers: ArcSwap::default(), ocsp, clock: clock.clone(), max_batch };
        sealer.renew(identities);
        sealer
    }

    /// From now on signs with these, the newest first. Workers of certificates that stay go on; one whose certificate
    /// is gone finishes what it was given.
    pub fn renew(&self, identities: &[Identity]) {
        let known = self.workers.load_full();
        let signing = identities.iter().filter(|identity| identity.certificate().is_signing_cert());
        let mut signing: Vec<_> = signing.collect();
        signing.sort_by_key(|identity| std::cmp::Reverse(identity.certificate().not_before()));
        let workers = signing.into_iter().map(|identity| {
            let same = known.iter().find(|worker| worker.chain.iter().eq(identity.certificates()));
            let start = || Arc::new(Worker::start(identity.clone(), self.clock.clone(), self.max_batch));
            same.map_or_else(start, Arc::clone)
        });
        self.workers.store(Arc::new(workers.collect()));
    }

    /// Signs the parts of one message in the name of `member`.
    ///
    /// # Errors
    /// See [`SealerError`].
    pub async fn seal(
        &self,
        member: &MemberId,
        parts: Vec<PartDigest>,
        conf: &ValidGlobalConf,
    ) -> Result<Seal, SealerError> {
        let (worker, ocsp_responses) = self.worker_for(member, conf)?;
        let (done, sealed) = oneshot::channel();
        let gone = || SealerError::Key("the signing worker has stopped".to_owned());
        // What can go on at the same moment comes this far before the key is woken, and is signed together.
        tokio::task::yield_now().await;
        worker.jobs.send(Job { parts, ocsp_responses, done }).map_err(|_| gone())?;
        match tokio::time::timeout(PATIENCE, sealed).await {
            Ok(answer) => answer.map_err(|_| gone())?,
            Err(_) => Err(SealerError::TimedOut),
        }
    }

    /// Whether messages of `member` can be signed at the moment.
    ///
    /// # Errors
    /// Why not.
    pub fn can_seal(&self, member: &MemberId, conf: &ValidGlobalConf) -> Result<(), SealerError> {
        self.worker_for(member, conf).map(|_| ())
    }

    /// The first certificate of the member with which a verifier would be content now.
    fn worker_for(
        &self,
        member: &MemberId,
        conf: &ValidGlobalConf,
    ) -> Result<(Arc<Worker>, Vec<bytes::Bytes>), SealerError> {
        let mut reason = "there is none on this server";
        for worker in self.workers.load().iter().filter(|worker| worker.signs_for(member, conf)) {
            if !worker.certificate.valid_at(conf.at()) {
                reason = "it has expired or is not valid yet";
                continue;
            }
            match self.ocsp.own_responses(&worker.chain) {
                Ok(responses) => return Ok((Arc::clone(worker), responses)),
                Err(_) => reason = "there is no fresh OCSP response that says good",
            }
        }
        Err(SealerError::NoCertificate { member: member.clone(), reason })
    }
}

impl Worker {
    fn start(identity: Identity, clock: Clock, max_batch: usize) -> Self {
        let (jobs, queue) = mpsc::channel();
        let certificate = identity.certificate().clone();
        let chain = identity.certificates().cloned().collect();
        let run = move || work(&identity, &queue, &clock, max_batch);
        let spawned = thread::Builder::new().name("sealing".to_owned()).stack_size(WORKER_STACK).spawn(run);
        if let Err(error) = spawned {
            // Jobs will find their channel closed and be refused.
            tracing::error!(%error, "a signing worker could not be started");
        }
        Self { certificate, chain, jobs }
    }

    fn signs_for(&self, member: &MemberId, conf: &GlobalConf) -> bool {
        let issuer = conf.issuer_of(&self.certificate, member.instance());
        issuer.is_some_and(|issuer| {
            let named = pki::profile::member_of(&self.certificate, issuer.profile, member.instance());
            !issuer.authentication_only && named.is_ok_and(|named| named == *member)
        })
    }
}

/// The life of a worker: take what waits, sign it together, answer everybody.
fn work(identity: &Identity, queue: &Receiver<Job>, clock: &Clock, max_batch: usize) {
    let mut prepared: Option<Prepared> = None;
    while let Ok(first) = queue.recv() {
        let mut batch = vec![first];
        while batch.len() < max_batch.max(1) {
            let Ok(next) = queue.try_recv() else { break };
            batch.push(next);
        }
        // A message whose sender has given up needs no signature.
        batch.retain(|job| !job.done.is_closed());
        if !batch.is_empty() {
            sign_batch(identity, &mut prepared, batch, clock);
        }
    }
}

/// The constant parts of a signature, as long as the OCSP responses are the same.
struct Prepared {
    ocsp_responses: Vec<bytes::Bytes>,
    context: SigningContext,
}

fn sign_batch(identity: &Identity, prepared: &mut Option<Prepared>, batch: Vec<Job>, clock: &Clock) {
    let messages: Vec<&[PartDigest]> = batch.iter().map(|job| job.parts.as_slice()).collect();
    let outcome = prepare(identity, prepared, &batch[0].ocsp_responses).and_then(|context| {
        let sign = |bytes: &[u8]| identity.key().sign_xmldsig(context.algorithm(), bytes);
        seal(&messages, context, clock.now(), &sign).map_err(|error| SealerError::Key(error.to_string()))
    });
    match outcome {
        Ok(seals) => {
            for (job, seal) in batch.into_iter().zip(seals) {
                let _ = job.done.send(Ok(seal));
            }
        }
        Err(error) => {
            for job in batch {
                let _ = job.done.send(Err(error.clone()));
            }
        }
    }
}

fn prepare<'a>(
    identity: &Identity,
    prepared: &'a mut Option<Prepared>,
    ocsp_responses: &[bytes::Bytes],
) -> Result<&'a SigningContext, SealerError> {
    let stale = prepared.as_ref().is_none_or(|known| known.ocsp_responses != ocsp_responses);
    if stale {
        let values: Vec<Vec<u8>> = ocsp_responses.iter().map(|response| response.to_vec()).collect();
        let material = SigningMaterial {
            certificate: identity.certificate(),
            intermediates: identity.chain(),
            ocsp_responses: &values,
            algorithm: identity.key().message_algorithm(),
        };
        let context = SigningContext::new(&material).map_err(|error| SealerError::Key(error.to_string()))?;
        *prepared = Some(Prepared { ocsp_responses: ocsp_responses.to_vec(), context });
    }
    prepared.as_ref().map(|known| &known.context).ok_or(SealerError::TimedOut)
}

#[cfg(test)]
mod tests {
    use keys::{KeyType, SigningKey};
    use pki::csr::{Subject, SubjectAttribute};
    use pki::issue::{CertificateParameters, IssueProfile, self_signed};
    use protocol::PartName;

    use super::*;

    fn identity() -> Identity {
        let key = SigningKey::generate(KeyType::P256).unwrap();
        let now = Clock::system().now();
        let subject = Subject::new().with(SubjectAttribute::CommonName, "1111");
        let validity = now..=now + time::Duration::days(1);
        let parameters = CertificateParameters::new(subject, IssueProfile::Signing, &[1], validity);
        let certificate = self_signed(&parameters, &key).unwrap();
        Identity::new(key, certificate, Vec::new()).unwrap()
    }

    type Sealed = oneshot::Receiver<Result<Seal, SealerError>>;

    fn queued(parts: usize, jobs: &Sender<Job>) -> Sealed {
        let (done, sealed) = oneshot::channel();
        let names = [PartName::Message, PartName::Attachment(1)];
        let parts = names[..parts].iter().map(|name| PartDigest { name: *name, sha512: [7; 64] }).collect();
        jobs.send(Job { parts, ocsp_responses: vec![bytes::Bytes::from_static(b"ocsp")], done }).unwrap();
        sealed
    }

    fn sealed_together(parts: &[usize], max_batch: usize) -> Vec<Seal> {
        let (jobs, queue) = mpsc::channel();
        let waiting: Vec<_> = parts.iter().map(|parts| queued(*parts, &jobs)).collect();
        drop(jobs);
        work(&identity(), &queue, &Clock::system(), max_batch);
        waiting.into_iter().map(|mut sealed| sealed.try_recv().unwrap().unwrap()).collect()
    }

    #[test]
    fn what_queued_is_signed_with_one_signature() {
        let seals = sealed_together(&[1, 2, 1], 64);
        assert!(seals.iter().all(|seal| seal.signature == seals[0].signature));
        assert!(seals.iter().all(|seal| seal.hash_chain_result == seals[0].hash_chain_result));
        assert_ne!(seals[0].hash_chain, seals[1].hash_chain);
    }

    #[test]
    fn alone_a_message_without_body_needs_no_hash_chain() {
        let seals = sealed_together(&[1], 64);
        assert!(seals[0].hash_chain.is_none() && seals[0].hash_chain_result.is_none());
        assert!(sealed_together(&[2], 64)[0].hash_chain.is_some());
    }

    #[test]
    fn a_batch_is_bounded_and_nobody_waits_for_those_who_left() {
        let seals = sealed_together(&[1, 1, 1, 1, 1], 2);
        assert_eq!(seals[0].signature, seals[1].signature);
        assert_ne!(seals[1].signature, seals[2].signature);
        let (jobs, queue) = mpsc::channel();
        drop(queued(1, &jobs));
        let mut stays = queued(1, &jobs);
        drop(jobs);
        work(&identity(), &queue, &Clock::system(), 64);
        assert!(stays.try_recv().unwrap().unwrap().hash_chain.is_none(), "the only one left is signed alone");
    }
}
