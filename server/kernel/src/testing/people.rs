//! Organizations and people to test with.
use super::TestDb;
use crate::{
    access::{Actor, ActorKind, RequestInfo, Role},
    app::App,
    db::TenantTx,
    ids,
    request::Request,
};
use uuid::Uuid;

/// Somebody with a verified address and no password.
#[derive(Clone, Debug, PartialEq)]
pub struct Person {
    pub id: Uuid,
    pub email: String,
    pub name: String,
}

/// An organization with Ada (owner), Bea (admin) and Cleo (member).
#[derive(Clone)]
pub struct Org {
    pub id: Uuid,
    pub slug: String,
    pub name: String,
    people: [(Role, Person); 3],
    app: App,
}

impl TestDb {
    /// The organization of this slug, made at the first call.
    pub async fn org(&self, slug: &str) -> Org {
        let name = slug[..1].to_uppercase() + &slug[1..];
        let id: Uuid = sqlx::query_scalar(
            "insert into core.organizations (slug, name) values ($1, $2) on conflict (slug) do update set slug = excluded.slug returning id",
        )
        .bind(slug)
        .bind(&name)
        .fetch_one(self.admin())
        .await
        .expect("a test organization");
        let mut people = Vec::new();
        for (role, first) in [(Role::Owner, "ada"), (Role::Admin, "bea"), (Role::Member, "cleo")] {
            let person = self.person(&format!("{first}@{slug}.test")).await;
            self.join(id, &person, role).await;
            people.push((role, person));
        }
        let people = people.try_into().unwrap_or_else(|_| unreachable!("three roles, three people"));
        Org { id, slug: slug.to_owned(), name, people, app: self.app() }
    }

    /// The person of this address, made at the first call; the name is the part before the `@`.
    pub async fn person(&self, email: &str) -> Person {
        let local = email.split('@').next().unwrap_or(email);
        let name = local[..1].to_uppercase() + &local[1..];
        sqlx::query("insert into core.users (email, name, email_verified) values ($1, $2, true) on conflict do nothing")
            .bind(email)
            .bind(&name)
            .execute(self.admin())
            .await
            .expect("a test person");
        let (id, name) = sqlx::query_as("select id, name from core.users where lower(email) = lower($1)")
            .bind(email)
            .fetch_one(self.admin())
            .await
            .expect("a test person");
        Person { id, email: email.to_owned(), name }
    }

    /// Makes a person a member, or changes the role.
    pub async fn join(&self, org: Uuid, person: &Person, role: Role) {
        sqlx::query(
            "insert into core.memberships (org_id, user_id, role) values ($1, $2, $3) on conflict (user_id, org_id) do update set role = excluded.role",
        )
        .bind(org)
        .bind(person.id)
        .bind(role.as_str())
        .execute(self.admin())
        .await
        .expect("a test membership");
    }

    /// Signs a person in; answers the token of the session (`Request::new`, `core.sessions.token`).
    pub async fn session(&self, person: &Person) -> String {
        let token = ids::sha256_hex(ids::token());
        let now = self.app().clock.now();
        sqlx::query(
            "insert into core.sessions (user_id, token, created_at, last_seen_at, reauth_at, expires_at, auth_methods)
             values ($1, $2, $3, $3, $3, $3 + interval '30 days', '{password}')",
        )
        .bind(person.id)
        .bind(&token)
        .bind(now)
        .execute(self.admin())
        .await
        .expect("a test session");
        token
    }

    /// A request of a signed-in person, in the organization of the slug if one is given.
    pub async fn request(&self, person: &Person, slug: Option<&str>) -> Request {
        let token = self.session(person).await;
        Request::new(self.app(), request(), Some(token), slug.map(str::to_owned))
    }
}

/// Where the calls of tests come from.
pub fn request() -> RequestInfo {
    RequestInfo { id: "test".to_owned(), ip: Some([127, 0, 0, 1].into()), user_agent: Some("test".to_owned()) }
}

impl Person {
    /// The person on their own pages, in no organization, with a fresh proof of identity.
    pub fn actor(&self, app: &App) -> Actor {
        Actor {
            kind: ActorKind::User,
            org: None,
            user: Some(self.id),
            id: Some(self.id),
            role: None,
            grants: Vec::new(),
            scopes: None,
            project: None,
            reauth_at: Some(app.clock.now()),
            session: None,
            request: request(),
        }
    }

    /// A transaction of the person in no organization.
    pub async fn tx(&self, app: &App) -> TenantTx {
        TenantTx::begin(app, self.actor(app)).await.expect("a transaction")
    }
}

impl Org {
    /// Who holds this role.
    pub fn user(&self, role: Role) -> &Person {
        &self.people.iter().find(|(held, _)| *held == role).unwrap_or_else(|| unreachable!("each role is held")).1
    }

    /// The holder of the role, acting here with a fresh proof of identity.
    pub fn actor(&self, role: Role) -> Actor {
        self.actor_of(self.user(role), role)
    }

    /// Somebody acting here in a role.
    pub fn actor_of(&self, person: &Person, role: Role) -> Actor {
        Actor { org: Some(self.id), role: Some(role), ..person.actor(&self.app) }
    }

    /// A transaction of the holder of the role.
    pub async fn tx(&self, role: Role) -> TenantTx {
        self.tx_as(self.actor(role)).await
    }

    /// A transaction of the server itself, as jobs have it.
    pub async fn system(&self) -> TenantTx {
        self.tx_as(Actor::system(Some(self.id))).await
    }

    /// A transaction of this actor.
    pub async fn tx_as(&self, actor: Actor) -> TenantTx {
        TenantTx::begin(&self.app, actor).await.expect("a transaction")
    }
}
