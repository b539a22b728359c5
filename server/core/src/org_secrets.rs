//! The secrets screens of people and organizations: a thin layer over `kernel::secrets`, which keeps and opens them.
pub use kernel::secrets::{Scope, SecretInfo};
use serde::{Deserialize, Serialize};
use std::fmt;

/// A secret to be kept under the name of its service, replacing the one that is there.
#[derive(Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct SecretEdit {
    pub service_name: String,
    pub value: String,
}

impl fmt::Debug for SecretEdit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SecretEdit").field("service_name", &self.service_name).finish_non_exhaustive()
    }
}

/// The services the form offers; others can be typed.
pub const SERVICES: &[(&str, &str)] = &[
    ("openai", "OpenAI"),
    ("anthropic", "Anthropic"),
    ("google", "Google AI"),
    ("mistral", "Mistral"),
    ("elevenlabs", "ElevenLabs"),
    ("replicate", "Replicate"),
    ("github", "GitHub"),
    ("gitlab", "GitLab"),
    ("slack", "Slack"),
    ("meta_ads", "Meta Ads"),
    ("google_ads", "Google Ads"),
    ("tiktok", "TikTok"),
    ("linkedin", "LinkedIn"),
    ("smtp", "SMTP"),
];

/// What a service said to a stored secret.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SecretTest {
    pub ok: bool,
    pub message: String,
}

#[cfg(feature = "ssr")]
pub use service::*;

#[cfg(feature = "ssr")]
mod service {
    use super::*;
    use kernel::{Code, Fault, audit::Audit, db::TenantTx, request::Request, secrets};
    use uuid::Uuid;

    /// The secrets of the scope, without their values.
    pub async fn list(tx: &mut TenantTx, scope: Scope) -> Result<Vec<SecretInfo>, Fault> {
        secrets::list(tx, scope).await
    }

    /// Keeps a secret.
    pub async fn set(tx: &mut TenantTx, scope: Scope, input: &SecretEdit) -> Result<SecretInfo, Fault> {
        let kept = secrets::set(tx, scope, &input.service_name, &input.value).await?;
        tx.audit(Audit::new("secret.set").warning().target("secret", &kept.service_name)).await?;
        Ok(kept)
    }

    /// Forgets a secret.
    pub async fn remove(tx: &mut TenantTx, scope: Scope, id: Uuid) -> Result<(), Fault> {
        secrets::delete(tx, scope, id).await?;
        tx.audit(Audit::new("secret.delete").warning().target("secret", id)).await
    }

    /// Tries a secret at its service, outside of any transaction. What the service refuses is an answer, not a fault.
    pub async fn test(request: &Request, scope: Scope, service_name: &str) -> Result<SecretTest, Fault> {
        let actor = match scope {
            Scope::Person => request.person().await?,
            Scope::Organization => request.member().await?,
        };
        match secrets::test(request.app(), &actor, scope, service_name).await {
            Ok(message) => Ok(SecretTest { ok: true, message }),
            Err(fault) if matches!(fault.code, Code::Upstream | Code::Unavailable | Code::InvalidCredentials) => {
                Ok(SecretTest { ok: false, message: fault.message })
            }
            Err(fault) => Err(fault),
        }
    }
}
