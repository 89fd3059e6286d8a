//! The vault's gRPC service: translate, call, translate.

use std::sync::Arc;

use kit::call::{Call, open};
use kit::wire as common;
use proto::vault::v1 as pb;
use proto::vault::v1::vault_service_server::VaultService;
use tonic::{Request, Response, Status};

use crate::limits::{PAGE_DEFAULT, PAGE_MAX};
use crate::{Service, ledger, wire};

pub(crate) struct Rpc {
    pub(crate) service: Arc<Service>,
}

impl Rpc {
    fn asked(&self, id: domain::id::RequestId, content: &str) -> ledger::Asked {
        ledger::Asked {
            id,
            content: self.service.vault.keyed.content(content.as_bytes()),
        }
    }
}

fn holder(call: &Call) -> &domain::id::HolderId {
    &call.actor.holder
}

#[tonic::async_trait]
impl VaultService for Rpc {
    async fn create_token(
        &self,
        request: Request<pb::CreateTokenRequest>,
    ) -> Result<Response<pb::CreateTokenResponse>, Status> {
        let (call, request) = open(request)?;
        let wire::Mutation { what, id, content } = wire::create_token(&request)?;
        let asked = self.asked(id, &content);

        let (token, secret) = self
            .service
            .vault
            .create_token(holder(&call), what, Some(asked))
            .await?;

        Ok(Response::new(wire::created(&token, secret)))
    }

    async fn revoke_token(
        &self,
        request: Request<pb::RevokeTokenRequest>,
    ) -> Result<Response<pb::RevokeTokenResponse>, Status> {
        let (call, request) = open(request)?;
        let wire::Mutation { what, id, content } = wire::revoke_token(&request)?;
        let asked = self.asked(id, &content);

        self.service.revoke_token(holder(&call), &what, asked).await?;

        Ok(Response::new(pb::RevokeTokenResponse {}))
    }

    async fn list_tokens(
        &self,
        request: Request<pb::ListTokensRequest>,
    ) -> Result<Response<pb::ListTokensResponse>, Status> {
        let (_, request) = open(request)?;
        let size = kit::page::page_size(request.page_size, PAGE_DEFAULT, PAGE_MAX)?;
        let after = self
            .service
            .pages
            .open_page(b"tokens", &request.page_token)?
            .unwrap_or(0);

        let tokens = self.service.vault.list_tokens(after, size);

        let next_page_token =
            self.service
                .next_page(b"tokens", size, tokens.len(), tokens.last().map(|last| last.0));
        let tokens = tokens.iter().map(|(_, token)| wire::token(token)).collect();
        Ok(Response::new(pb::ListTokensResponse {
            tokens,
            next_page_token,
        }))
    }

    async fn introspect_token(
        &self,
        request: Request<pb::IntrospectTokenRequest>,
    ) -> Result<Response<pb::IntrospectTokenResponse>, Status> {
        let (_, request) = open(request)?;
        let hash = wire::token_hash(&request)?;

        let token = self.service.vault.introspect(hash);

        Ok(Response::new(pb::IntrospectTokenResponse {
            token: token.as_ref().map(wire::token),
        }))
    }

    async fn seal_words(
        &self,
        request: Request<pb::SealWordsRequest>,
    ) -> Result<Response<pb::SealWordsResponse>, Status> {
        let (_, request) = open(request)?;
        let what = wire::to_seal(request)?;

        let sealed = self.service.vault.seal(what).await?;

        Ok(Response::new(wire::sealed_all(sealed)))
    }

    async fn open_words(
        &self,
        request: Request<pb::OpenWordsRequest>,
    ) -> Result<Response<pb::OpenWordsResponse>, Status> {
        let (_, request) = open(request)?;
        let (number, sealed) = wire::to_open(request)?;

        let opened = self.service.vault.open_words(number, sealed).await?;

        Ok(Response::new(wire::opened(opened)))
    }

    async fn hash_caller(
        &self,
        request: Request<pb::HashCallerRequest>,
    ) -> Result<Response<pb::HashCallerResponse>, Status> {
        let (_, request) = open(request)?;

        let hash = self.service.vault.keyed.caller(&request.phone);

        Ok(Response::new(pb::HashCallerResponse {
            caller_hash: hash.map(String::from).unwrap_or_default(),
        }))
    }

    async fn make_rating_link(
        &self,
        request: Request<pb::MakeRatingLinkRequest>,
    ) -> Result<Response<pb::MakeRatingLinkResponse>, Status> {
        let (_, request) = open(request)?;
        let number = common::number(&request.number)?;

        let link = self.service.vault.keyed.rating_link(number, request.answer);

        let rating_link = link.ok_or_else(|| common::missing("answer"))?;
        Ok(Response::new(pb::MakeRatingLinkResponse { rating_link }))
    }

    async fn read_rating_link(
        &self,
        request: Request<pb::ReadRatingLinkRequest>,
    ) -> Result<Response<pb::ReadRatingLinkResponse>, Status> {
        let (_, request) = open(request)?;

        let read = self.service.vault.keyed.read_rating_link(&request.rating_link);

        let (number, answer) = read
            .map(|(number, answer)| (number.to_string(), answer))
            .unwrap_or_default();
        Ok(Response::new(pb::ReadRatingLinkResponse { number, answer }))
    }

    async fn unlock(
        &self,
        request: Request<pb::UnlockRequest>,
    ) -> Result<Response<pb::UnlockResponse>, Status> {
        let (call, request) = open(request)?;
        let wire::Mutation { what, id, content } = wire::unlock(&request)?;
        let asked = self.asked(id, &content);

        let (unlock, words) = self.service.unlock(&call, what, asked).await?;

        let expire_time = Some(common::timestamp(unlock.expires_at));
        let identity = Some(common::identity(&words));
        Ok(Response::new(pb::UnlockResponse {
            unlock_id: unlock.unlock_id,
            identity,
            expire_time,
        }))
    }

    async fn read_identity(
        &self,
        request: Request<pb::ReadIdentityRequest>,
    ) -> Result<Response<pb::ReadIdentityResponse>, Status> {
        let (call, request) = open(request)?;

        let words = self.service.read_identity(&call, &request.unlock_id).await?;

        Ok(Response::new(pb::ReadIdentityResponse {
            identity: Some(common::identity(&words)),
        }))
    }

    async fn list_unlocks(
        &self,
        request: Request<pb::ListUnlocksRequest>,
    ) -> Result<Response<pb::ListUnlocksResponse>, Status> {
        let (call, request) = open(request)?;
        let size = kit::page::page_size(request.page_size, PAGE_DEFAULT, PAGE_MAX)?;
        let number = if request.number.is_empty() {
            None
        } else {
            Some(common::number(&request.number)?)
        };
        let query = format!("unlocks {}", request.number);
        let after = self
            .service
            .pages
            .open_page(query.as_bytes(), &request.page_token)?
            .unwrap_or(0);

        let unlocks = self.service.list_unlocks(number, after, size);

        let last = unlocks.last().map(|last| last.0);
        let next_page_token = self
            .service
            .next_page(query.as_bytes(), size, unlocks.len(), last);
        let unlocks = self.service.visible(&call, unlocks).await?;
        Ok(Response::new(pb::ListUnlocksResponse {
            unlocks: unlocks.into_iter().map(wire::unlock_record).collect(),
            next_page_token,
        }))
    }

    async fn destroy_key(
        &self,
        request: Request<pb::DestroyKeyRequest>,
    ) -> Result<Response<pb::DestroyKeyResponse>, Status> {
        let (call, request) = open(request)?;
        let wire::Mutation { what, id, content } = wire::destroy(&request)?;
        let asked = self.asked(id, &content);

        let slot = self.service.destroy_key(&call, what, asked).await?;

        Ok(Response::new(pb::DestroyKeyResponse { slot: slot.0 }))
    }

    async fn rotate_master_key(
        &self,
        request: Request<pb::RotateMasterKeyRequest>,
    ) -> Result<Response<pb::RotateMasterKeyResponse>, Status> {
        let (call, request) = open(request)?;
        let asked = self.asked(kit::call::request_id(&request.request_id)?, "rotate");

        let (rewrapped, generation) = self.service.vault.rotate(holder(&call), asked).await?;

        Ok(Response::new(pb::RotateMasterKeyResponse {
            rewrapped,
            generation,
        }))
    }
}
