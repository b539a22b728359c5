//! Identity (chapter 10): sign-up, sign-in, second factors, sessions, links, other services, passkeys.
mod authenticator;
mod issuer;
mod links;
mod mfa;
mod oidc;
mod passkeys;
mod password;
mod services;
mod sessions;
mod support;
