//! A vault of paper: what is sealed stands there in the clear, bound to its ticket.

use std::sync::atomic::{AtomicU64, Ordering};

use proto::common::v1 as common;
use proto::vault::v1 as pb;
use proto::vault::v1::vault_service_server::VaultService;
use sha2::{Digest as _, Sha256};
use tonic::{Request, Response, Status};

#[derive(Default)]
pub(super) struct Paper {
    slots: AtomicU64,
}

impl Paper {
    fn slot(&self) -> u64 {
        self.slots.fetch_add(1, Ordering::Relaxed) + 1
    }
}

/// What was sealed for a ticket.
fn bound(number: &str, slot: u64, clear: &str) -> common::Sealed {
    common::Sealed {
        slot,
        text: format!("{number} {clear}"),
    }
}

fn hash(bytes: &[u8]) -> String {
    data_encoding::HEXLOWER.encode(&Sha256::digest(bytes)[..16])
}

macro_rules! not_asked {
    ($($method:ident($request:ident) -> $response:ident),+ $(,)?) => {
        #[tonic::async_trait]
        impl VaultService for Paper {
            async fn seal_words(
                &self,
                request: Request<pb::SealWordsRequest>,
            ) -> Result<Response<pb::SealWordsResponse>, Status> {
                Ok(Response::new(self.seal(request.into_inner())))
            }

            async fn open_words(
                &self,
                request: Request<pb::OpenWordsRequest>,
            ) -> Result<Response<pb::OpenWordsResponse>, Status> {
                let pb::OpenWordsRequest { number, sealed } = request.into_inner();
                let open = |sealed: common::Sealed| {
                    let words = sealed.text.strip_prefix(&format!("{number} ")).map(str::to_owned);
                    let words = words.ok_or_else(|| Status::data_loss("of another ticket"))?;
                    Ok(pb::OpenedWords { words, erased: false })
                };
                let words: Result<Vec<_>, Status> = sealed.into_iter().map(open).collect();
                Ok(Response::new(pb::OpenWordsResponse { words: words? }))
            }

            $(async fn $method(&self, _: Request<pb::$request>) -> Result<Response<pb::$response>, Status> {
                Err(Status::unimplemented("not asked by tickets"))
            })+
        }
    };
}

not_asked!(
    create_token(CreateTokenRequest) -> CreateTokenResponse,
    revoke_token(RevokeTokenRequest) -> RevokeTokenResponse,
    list_tokens(ListTokensRequest) -> ListTokensResponse,
    introspect_token(IntrospectTokenRequest) -> IntrospectTokenResponse,
    hash_caller(HashCallerRequest) -> HashCallerResponse,
    make_rating_link(MakeRatingLinkRequest) -> MakeRatingLinkResponse,
    read_rating_link(ReadRatingLinkRequest) -> ReadRatingLinkResponse,
    unlock(UnlockRequest) -> UnlockResponse,
    read_identity(ReadIdentityRequest) -> ReadIdentityResponse,
    list_unlocks(ListUnlocksRequest) -> ListUnlocksResponse,
    destroy_key(DestroyKeyRequest) -> DestroyKeyResponse,
    rotate_master_key(RotateMasterKeyRequest) -> RotateMasterKeyResponse,
);

impl Paper {
    fn seal(&self, asked: pb::SealWordsRequest) -> pb::SealWordsResponse {
        let number = &asked.number;
        let mut sealed = pb::SealWordsResponse {
            slot: asked.slot.unwrap_or_default(),
            query_code: format!("CODE-{number}"),
            content_hash: hash(&asked.content),
            ..pb::SealWordsResponse::default()
        };
        if !asked.words.is_empty() {
            sealed.slot = asked.slot.unwrap_or_else(|| self.slot());
            sealed.words = Some(bound(number, sealed.slot, &asked.words));
        }
        if let Some(identity) = &asked.identity {
            sealed.identity = Some(bound(number, self.slot(), &identity.phone));
            sealed.caller_hash = hash(identity.phone.as_bytes());
        }
        if let Some(known) = &asked.known_identity {
            let clear = known.text.strip_prefix(&asked.known_number).map(str::trim_start);
            let clear = clear.expect("sealed for the ticket it is said to be of");
            sealed.identity = Some(bound(number, self.slot(), clear));
        }
        sealed
    }
}
