//! Check a20_20: whatever a project of one organization holds, an owner of another gets nothing of it: by no endpoint, no
//! server function and no page. The lists of the server are walked, so what is added is walked too.
use crate::support::*;
use core_area::matrix::{self, Sample};
use kernel::{access::Role, testing::Org};
use leptos::server_fn;
use reqwest::{Method, RequestBuilder, header};
use std::collections::BTreeMap;
use uuid::Uuid;

const NOBODY: &str = "00000000-0000-0000-0000-000000000000";

/// A full project of acme, and somebody of globex who knows all its ids.
struct Scene {
    site: Site,
    acme: Org,
    globex: Org,
    /// The project of acme that holds most, and one of globex.
    project: Uuid,
    slug: String,
    own: Uuid,
    own_slug: String,
    /// One row of each table of the area.
    ids: BTreeMap<String, Uuid>,
    /// What only acme's people may read.
    words: Vec<String>,
    insider: String,
    stranger: String,
}

impl Scene {
    async fn new() -> Self {
        let site = Site::with(|config| config.limits.web_per_minute = 1_000_000).await;
        let (acme, globex) = (site.db.org("acme").await, site.db.org("globex").await);
        let mut tx = acme.tx(Role::Owner).await;
        factory::demo::load(&mut tx).await.unwrap();
        tx.commit().await.unwrap();
        let mut tx = globex.tx(Role::Owner).await;
        let input = factory::projects::ProjectInput { name: "Elsewhere".into(), ..Default::default() };
        let own = factory::projects::create(&mut tx, &input).await.unwrap();
        tx.commit().await.unwrap();
        let admin = site.db.admin();
        let (project, slug): (Uuid, String) = sqlx::query_as(
            "select p.id, p.slug from factory.projects p where p.organization_id = $1
             order by (select count(*) from factory.graph_nodes n where n.project_id = p.id) desc limit 1",
        )
        .bind(acme.id)
        .fetch_one(admin)
        .await
        .unwrap();
        let mut ids = BTreeMap::new();
        for table in tables(&site, "id").await {
            let row = format!("select id from factory.{table} where organization_id = $1 order by 1 limit 1");
            let id: Option<Uuid> = sqlx::query_scalar(sqlx::AssertSqlSafe(row)).bind(acme.id).fetch_optional(admin).await.unwrap();
            ids.extend(id.map(|id| (table, id)));
        }
        // Not the names of documents, which templates give to others too, nor that of the project, which its address says.
        let words: Vec<String> = sqlx::query_scalar(
            "select distinct label from factory.graph_nodes
             where project_id = $1 and length(label) > 11 and entity_type in ('feature', 'work_order', 'feedback_item')",
        )
        .bind(project)
        .fetch_all(admin)
        .await
        .unwrap();
        assert!(ids.len() > 10 && words.len() > 10, "the demo fills the tables: {ids:?}");
        let insider = site.cookie(acme.user(Role::Owner)).await;
        let stranger = site.cookie(globex.user(Role::Owner)).await;
        Self { site, project, slug, own: own.id, own_slug: own.slug, ids, words, insider, stranger, acme, globex }
    }

    /// What the answer tells of acme's project.
    fn told<'a>(&'a self, answer: &Answer) -> Option<&'a str> {
        self.words.iter().find(|word| answer.text.contains(&***word)).map(String::as_str)
    }

    async fn ask(&self, call: RequestBuilder, cookie: &str) -> Answer {
        Answer::of(call.header(header::COOKIE, cookie).header(header::ACCEPT, "application/json")).await
    }

    /// The ids a call may be tried with: the one of its kind where the path tells it, else all.
    fn tried(&self, uses_id: bool) -> Vec<Uuid> {
        if uses_id { self.ids.values().copied().collect() } else { vec![Uuid::nil()] }
    }
}

/// The tables of the area that have this column besides the tenant's.
async fn tables(site: &Site, column: &str) -> Vec<String> {
    sqlx::query_scalar(
        "select c.table_name::text from information_schema.columns c join information_schema.tables t using (table_schema, table_name)
         where c.table_schema = 'factory' and t.table_type = 'BASE TABLE' and c.column_name = 'organization_id'
           and exists (select from information_schema.columns i where i.table_schema = 'factory' and i.table_name = c.table_name
             and i.column_name = $1 and i.data_type = case $1 when 'id' then 'uuid' else i.data_type end)
         order by 1",
    )
    .bind(column)
    .fetch_all(site.db.admin())
    .await
    .unwrap()
}

/// What acme's rows say, to see whether one was written.
async fn state(site: &Site, org: Uuid) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    for table in tables(site, "organization_id").await {
        let sum =
            format!("select md5(coalesce(string_agg(t::text, '' order by t::text), '')) from factory.{table} t where organization_id = $1");
        let sum: String = sqlx::query_scalar(sqlx::AssertSqlSafe(sum)).bind(org).fetch_one(site.db.admin()).await.unwrap();
        found.insert(table, sum);
    }
    found
}

/// A sample with the id and the slug in place of those nobody has.
fn filled(sample: &str, id: Uuid, slug: &str) -> String {
    sample
        .replace(NOBODY, &id.to_string())
        .replace("project=x", &format!("project={slug}"))
        .replace("\"project\":\"x\"", &format!("\"project\":\"{slug}\""))
}

fn sent(call: RequestBuilder, sample: Sample, fill: impl Fn(&str) -> String) -> RequestBuilder {
    match sample {
        Sample::Form(form) => call.header(header::CONTENT_TYPE, "application/x-www-form-urlencoded").body(fill(form)),
        Sample::Json(json) => call.header(header::CONTENT_TYPE, "application/json").body(fill(json)),
        Sample::Upload => call.header(header::CONTENT_TYPE, "multipart/form-data; boundary=x").body(
            "--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"x.md\"\r\nContent-Type: text/markdown\r\n\r\nx\r\n--x--\r\n",
        ),
    }
}

#[tokio::test]
async fn a20_20_no_endpoint_of_a_project_answers_an_owner_of_another_organization() {
    let scene = Scene::new().await;
    let before = state(&scene.site, scene.acme.id).await;
    let (mut wrong, mut walked, mut read) = (Vec::new(), 0, 0);
    let paths: Vec<(Method, String)> = web::paths()
        .iter()
        .filter_map(|named| named.split_once(' '))
        .filter(|(_, path)| path.contains("{project}"))
        .map(|(method, path)| (method.parse().unwrap(), path.to_owned()))
        .collect();
    for (method, path) in &paths {
        let sample = matrix::line_of(&format!("{method} {path}")).map_or(Sample::Form(""), |line| line.sample);
        let by_id = |text: &str| text.contains(NOBODY);
        let uses_id = path.contains("{id}") || matches!(sample, Sample::Form(text) | Sample::Json(text) if by_id(text));
        let call = |project: Uuid, id: Uuid| {
            let path = path
                .replace("{project}", &project.to_string())
                .replace("{id}", &id.to_string())
                .replace("{link}", &id.to_string())
                .replace("{number}", "1")
                .replace("{type}", "slack");
            let query = match sample {
                Sample::Form(form) if *method == Method::GET && !form.is_empty() => format!("?{}", filled(form, id, &scene.slug)),
                _ => String::new(),
            };
            let call = scene.site.call(method.clone(), &format!("{path}{query}"));
            if *method == Method::GET { call } else { sent(call, sample, |text| filled(text, id, &scene.slug)) }
        };
        for id in scene.tried(uses_id) {
            walked += 1;
            // By its own address it is not there.
            let answer = scene.ask(call(scene.project, id), &scene.stranger).await;
            if answer.status != 404 || scene.told(&answer).is_some() {
                wrong.push(format!("{method} {path}: {} {:.120}", answer.status, answer.text));
            }
            // Nor by the address of a project of one's own.
            let answer = scene.ask(call(scene.own, id), &scene.stranger).await;
            if answer.status >= 500 || scene.told(&answer).is_some() {
                wrong.push(format!("{method} {path} in another project: {} {:.120}", answer.status, answer.text));
            }
            if *method == Method::GET {
                let seen = scene.ask(call(scene.project, id), &scene.insider).await;
                read += u32::from(seen.status == 200 && scene.told(&seen).is_some());
            }
        }
    }
    wrong.dedup();
    assert!(wrong.is_empty(), "{} answers tell too much:\n{}", wrong.len(), wrong.join("\n"));
    assert!(paths.len() > 40 && walked > 200, "{} endpoints, {walked} calls", paths.len());
    assert!(read > 5, "the owner of the project reads by the same addresses: {read}");
    assert_eq!(state(&scene.site, scene.acme.id).await, before, "nothing was written");
}

#[tokio::test]
async fn a20_20_no_server_function_answers_an_owner_of_another_organization() {
    let scene = Scene::new().await;
    let before = state(&scene.site, scene.acme.id).await;
    let functions: Vec<(Method, String)> = server_fn::axum::server_fn_paths()
        .filter(|(path, _)| path.contains("/app_factory/"))
        .map(|(path, method)| (method, path.to_owned()))
        .collect();
    let (mut wrong, mut read) = (Vec::new(), 0);
    for (method, path) in &functions {
        let Some(line) = matrix::line_of(path) else { continue };
        let sample = line.sample;
        let uses_id = matches!(sample, Sample::Form(text) | Sample::Json(text) if text.contains(NOBODY));
        let call = |org: &Org, slug: &str, id: Uuid| {
            let query = match sample {
                Sample::Form(form) if *method == Method::GET => format!("?{}", filled(form, id, slug)),
                _ => String::new(),
            };
            let call = scene.site.call(method.clone(), &format!("{path}{query}")).header("x-organization", &org.slug);
            if *method == Method::GET { call } else { sent(call, sample, |text| filled(text, id, slug)) }
        };
        let public = line.access == matrix::Access::Public;
        for id in scene.tried(uses_id) {
            let answer = scene.ask(call(&scene.acme, &scene.slug, id), &scene.stranger).await;
            if answer.status != 404 && !public || scene.told(&answer).is_some() {
                wrong.push(format!("{path}: {} {:.120}", answer.status, answer.text));
            }
            for slug in [&scene.slug, &scene.own_slug] {
                let answer = scene.ask(call(&scene.globex, slug, id), &scene.stranger).await;
                if answer.status >= 500 || scene.told(&answer).is_some() {
                    wrong.push(format!("{path} in another organization: {} {:.120}", answer.status, answer.text));
                }
            }
        }
        if *method == Method::GET || path.contains("_get") || path.contains("_list") || path.contains("_show") {
            let seen = scene.ask(call(&scene.acme, &scene.slug, Uuid::nil()), &scene.insider).await;
            read += u32::from(seen.status == 200 && scene.told(&seen).is_some());
        }
    }
    wrong.dedup();
    assert!(wrong.is_empty(), "{} answers tell too much:\n{}", wrong.len(), wrong.join("\n"));
    assert!(functions.len() > 80, "server functions are registered: {}", functions.len());
    assert!(read > 5, "the owner of the project reads by the same functions: {read}");
    assert_eq!(state(&scene.site, scene.acme.id).await, before, "nothing was written");
}

#[tokio::test]
async fn a20_20_no_page_of_a_project_opens_for_an_owner_of_another_organization() {
    let scene = Scene::new().await;
    let routes: Vec<String> = leptos_axum::generate_route_list(shell::App)
        .iter()
        .map(|route| route.path().to_owned())
        .filter(|path| path.contains("/factory/{project}"))
        .collect();
    let (mut wrong, mut opened) = (Vec::new(), 0);
    for route in &routes {
        let address = |org: &str| {
            let parts = route.split('/').scan(String::new(), |before, part| {
                let value = match part {
                    part if part.starts_with('{') && before == "o" => org.to_owned(),
                    "{project}" => scene.slug.clone(),
                    "{number}" => "1".to_owned(),
                    // What is open beside a list: a key, a slug, an id.
                    part if part.starts_with('{') => scene.ids.get(before.as_str()).map_or_else(|| "F-001".to_owned(), Uuid::to_string),
                    part => part.to_owned(),
                };
                *before = part.replace("validator", "feedback_items").replace("tests", "test_runs");
                Some(value)
            });
            parts.collect::<Vec<_>>().join("/")
        };
        for org in [&scene.acme.slug, &scene.globex.slug] {
            let answer = Answer::of(scene.site.page(&address(org)).header(header::COOKIE, &scene.stranger)).await;
            if answer.status != 404 || scene.told(&answer).is_some() {
                wrong.push(format!("{}: {}, tells {:?}", address(org), answer.status, scene.told(&answer)));
            }
        }
        let seen = Answer::of(scene.site.page(&address(&scene.acme.slug)).header(header::COOKIE, &scene.insider)).await;
        opened += u32::from(seen.status == 200 && scene.told(&seen).is_some());
        if seen.status == 200 && !is_whole(&seen) {
            wrong.push(format!("{} is sent without all it shows", address(&scene.acme.slug)));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(routes.len() > 12, "pages are listed: {routes:?}");
    assert!(opened > 8, "the owner of the project opens the same pages: {opened} of {}", routes.len());
}
