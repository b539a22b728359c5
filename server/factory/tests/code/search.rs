use crate::Shop;
use factory::code::{self, CodeQuery, RelatedTo};
use indexing::testing::TestRepo;
use kernel::{Code, access::Role, db::TenantTx};
use std::time::Duration;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
};

fn put(repo: &mut TestRepo) {
    repo.put("src/auth/password.rs", "pub fn reset_password(email: &Email) -> Result<Token, Fault> {\n    let token = Token::random();\n    mail::send(email, reset_link(&token))\n}\n")
        .put("src/auth/session.rs", "pub fn sign_in(email: &Email, password: &Password) -> Result<Session, Fault> {\n    verify(email, password).map(Session::begin)\n}\n")
        .put("src/chart.rs", "pub fn draw_chart(points: &[Point]) -> Svg {\n    axes(points).lines(points).labels(points)\n}\n")
        .put("web/password.ts", "export class PasswordForm {\n  resetPassword(email: string) { return post('/reset', { email, kind: 'link' }); }\n}\n")
        .put("docs/guide.md", "# Guide\n\nPeople who forget their password ask for a link by mail.\n");
}

async fn found(tx: &mut TenantTx, query: CodeQuery) -> Vec<String> {
    code::search(tx, "shop", &query).await.unwrap().hits.into_iter().map(|hit| hit.path).collect()
}

fn q(q: &str) -> CodeQuery {
    CodeQuery { q: q.into(), ..Default::default() }
}

#[tokio::test]
async fn a_question_finds_code_by_words_and_by_likeness() {
    let shop = Shop::indexed(put).await;
    let mut tx = shop.tx().await;
    let mut best = found(&mut tx, q("reset password")).await;
    best.truncate(2);
    best.sort();
    assert_eq!(best, ["src/auth/password.rs", "web/password.ts"]);
    assert_eq!(found(&mut tx, q("resetPassword")).await.len(), found(&mut tx, q("reset_password")).await.len());
    assert_eq!(found(&mut tx, q("where do we draw the chart?")).await[0], "src/chart.rs");
    assert_eq!(found(&mut tx, q("zebra quagga")).await, [] as [&str; 0]);
    let hits = code::search(&mut tx, "shop", &q("draw chart points")).await.unwrap();
    let hit = &hits.hits[0];
    assert_eq!((hit.name.as_deref(), hit.kind.as_str(), hit.start_line, hit.end_line), (Some("draw_chart"), "function", 1, 3));
    assert!(hit.lexical > 0.0 && hit.cosine > 0.12 && (hit.score - (hit.lexical + hit.cosine) / 2.0).abs() < 1e-6);
    assert_eq!((hits.model.as_str(), hits.words_only), ("builtin-hash-1536", false));
}

#[tokio::test]
async fn filters_by_path_language_and_symbol() {
    let shop = Shop::indexed(put).await;
    let mut tx = shop.tx().await;
    let mut with = async |change: &dyn Fn(&mut CodeQuery)| {
        let mut query = q("reset password by email");
        change(&mut query);
        let mut paths = found(&mut tx, query).await;
        paths.sort();
        paths
    };
    assert_eq!(with(&|query| query.glob = "*.ts".into()).await, ["web/password.ts"]);
    assert_eq!(with(&|query| query.glob = "src/**/*.rs".into()).await, ["src/auth/password.rs", "src/auth/session.rs"]);
    assert_eq!(with(&|query| query.glob = "src/*.rs".into()).await, [] as [&str; 0]);
    assert_eq!(with(&|query| query.language = "TypeScript".into()).await, ["web/password.ts"]);
    assert_eq!(with(&|query| query.symbol = "reset_password".into()).await, ["src/auth/password.rs"]);
    assert_eq!(with(&|query| query.symbol = "passwordform".into()).await, ["web/password.ts"]);
    assert_eq!(with(&|query| query.limit = Some(1)).await.len(), 1);
}

#[tokio::test]
async fn a_search_of_one_or_of_401_characters_is_refused_and_odd_ones_are_not() {
    let shop = Shop::indexed(put).await;
    let mut tx = shop.tx().await;
    for bad in ["x", " x ", &"x".repeat(401)] {
        assert_eq!(code::search(&mut tx, "shop", &q(bad)).await.unwrap_err().code, Code::Validation);
    }
    for odd in ["?!", "'; drop table", "a:* & !b", "\\'\\'", "ß∂ƒ", "((("] {
        code::search(&mut tx, "shop", &q(odd)).await.unwrap();
        code::search(&mut tx, "shop", &CodeQuery { glob: odd.into(), symbol: odd.into(), ..q("password") }).await.unwrap();
    }
}

#[tokio::test]
async fn related_code_is_near_to_a_file_and_to_a_document() {
    let shop = Shop::indexed(put).await;
    let mut tx = shop.tx().await;
    let near = code::related(&mut tx, "shop", &RelatedTo::File("src/auth/password.rs".into()), Some(1)).await.unwrap();
    assert!(["web/password.ts", "src/auth/session.rs"].contains(&near.hits[0].path.as_str()), "{near:?}");
    let text = serde_json::json!({ "type": "doc", "content": [{ "type": "paragraph", "content": [{ "type": "text", "text": "Points are drawn with axes and lines and labels." }] }] });
    let id: uuid::Uuid = sqlx::query_scalar(
        "insert into factory.documents (project_id, type, title, slug, content) values ($1, 'technical_requirements', 'Charts', 'charts', $2) returning id",
    )
    .bind(shop.project.id)
    .bind(text)
    .fetch_one(tx.conn())
    .await
    .unwrap();
    let near = code::related(&mut tx, "shop", &RelatedTo::Document(id), None).await.unwrap();
    assert_eq!(near.hits[0].path, "src/chart.rs");
    let missing = code::related(&mut tx, "shop", &RelatedTo::WorkOrder(id), None).await.unwrap_err();
    assert_eq!(missing.code, Code::NotFound);
}

#[tokio::test]
async fn hits_are_those_of_the_tenant_of_the_transaction_alone() {
    let shop = Shop::indexed(put).await;
    let count = async |tx: &mut TenantTx| -> i64 {
        let hits: i64 = sqlx::query_scalar(
            "select count(*) from factory.code_hits($1, '{password}', null, null, 'builtin-hash-1536', 0.1, null, null, null, 30)",
        )
        .bind(shop.project.id)
        .fetch_one(tx.conn())
        .await
        .unwrap();
        let named: i64 = sqlx::query_scalar("select count(*) from factory.code_named($1, '{password}', 30)")
            .bind(shop.project.id)
            .fetch_one(tx.conn())
            .await
            .unwrap();
        hits + named
    };
    assert!(count(&mut shop.tx().await).await > 4);
    assert_eq!(count(&mut shop.db.org("rival").await.tx(Role::Owner).await).await, 0);
}

#[tokio::test]
async fn search_goes_through_its_indexes() {
    let shop = Shop::indexed(|repo| {
        for n in 0..400 {
            let functions: String =
                (0..5).map(|m| format!("pub fn work_{n}_{m}(input: u32) -> u32 {{ input * {n} + {m} + common(input) }}\n\n")).collect();
            repo.put(&format!("src/part_{n}.rs"), functions);
        }
    })
    .await;
    assert_eq!(shop.connection().await.chunks, 2000);
    let mut conn = shop.db.admin().acquire().await.unwrap();
    let mut run =
        async |sql: &str| -> Vec<String> { sqlx::query_scalar(sqlx::AssertSqlSafe(sql.to_owned())).fetch_all(&mut *conn).await.unwrap() };
    run("analyze factory.code_chunks").await;
    run("vacuum factory.code_chunks").await;
    let connection = run("select id::text from factory.codebase_connections").await.remove(0);
    run("set role app_definer").await;
    run(&format!("select set_config('app.current_tenant_id', '{}', false)", shop.org.id)).await;
    run("select set_config('enable_seqscan', 'off', false)").await;
    let words = run(&format!(
        "explain select k.id from factory.code_chunks k where k.tsv @@ '''#{connection}'' & ''399'''::tsquery and k.organization_id = core.tenant() limit 300"
    ))
    .await
    .join("\n");
    assert!(words.contains("idx_code_chunks_tsv"), "{words}");
    let near = run(&format!(
        "explain select k.id from factory.code_chunks k where k.connection_id = '{connection}' and k.embedding_model = 'builtin-hash-1536'
         order by k.sketch operator(public.<~>) repeat('01', 512)::bit(1024) limit 500"
    ))
    .await
    .join("\n");
    assert!(near.contains("Index Only Scan using idx_code_chunks_sketch"), "{near}");
}

/// A model that answers every text with a vector of 8 numbers, after a first answer of 503.
async fn model() -> (String, tokio::task::JoinHandle<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}/v1", listener.local_addr().unwrap());
    let serve = tokio::spawn(async move {
        let mut calls = 0;
        loop {
            let (mut stream, _) = listener.accept().await.unwrap();
            let (mut read, mut buffer) = (Vec::new(), [0; 65536]);
            let body = loop {
                let n = stream.read(&mut buffer).await.unwrap();
                read.extend_from_slice(&buffer[..n]);
                let text = String::from_utf8_lossy(&read).into_owned();
                let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
                let length: usize =
                    head.lines().find_map(|l| l.to_lowercase().strip_prefix("content-length: ").map(|n| n.parse().unwrap())).unwrap();
                if body.len() >= length {
                    assert!(head.starts_with("POST /v1/embeddings ") && head.contains("Bearer key-1"), "{head}");
                    break serde_json::from_str::<serde_json::Value>(body).unwrap();
                }
            };
            calls += 1;
            assert_eq!((&body["model"], &body["dimensions"]), (&"small".into(), &1536.into()));
            let texts = body["input"].as_array().unwrap();
            let data: Vec<_> = texts
                .iter()
                .enumerate()
                .map(|(n, text)| serde_json::json!({ "index": n, "embedding": [1, text.as_str().unwrap().contains("chart") as i32, 0, 0, 0, 0, 0, 0] }))
                .collect();
            let answer = serde_json::json!({ "data": data }).to_string();
            let status = if calls == 1 { "503 Service Unavailable" } else { "200 OK" };
            let answer = format!(
                "HTTP/1.1 {status}\r\ncontent-type: application/json\r\nconnection: close\r\ncontent-length: {}\r\n\r\n{answer}",
                answer.len()
            );
            stream.write_all(answer.as_bytes()).await.unwrap();
            stream.shutdown().await.ok();
        }
    });
    (address, serve)
}

#[tokio::test]
async fn a_model_of_the_installation_takes_the_place_of_the_built_in_one() {
    let (address, serve) = model().await;
    let mut repo = TestRepo::new();
    put(&mut repo);
    repo.commit("main", "First");
    let root = repo.root().to_owned();
    let db = kernel::testing::TestDb::with(|config| {
        config.git.root = root;
        config.embeddings.url = Some(address.parse().unwrap());
        config.embeddings.model = "small".into();
        config.embeddings.key = Some("key-1".parse().unwrap());
    })
    .await;
    let org = db.org("acme").await;
    let mut tx = org.tx(Role::Admin).await;
    factory::projects::create(&mut tx, &factory::projects::ProjectInput { name: "Shop".into(), ..Default::default() }).await.unwrap();
    code::connect(&mut tx, "shop", &crate::input("main")).await.unwrap();
    tx.commit().await.unwrap();
    let mut registry = kernel::jobs::JobRegistry::new();
    factory::register(&mut registry);
    let drained = tokio::time::timeout(Duration::from_secs(60), kernel::jobs::drain(&db.app(), &registry)).await.unwrap().unwrap();
    assert_eq!(drained.failed, []);
    let mut tx = org.tx(Role::Member).await;
    let hits = code::search(&mut tx, "shop", &q("a chart, please")).await.unwrap();
    assert_eq!((hits.model.as_str(), hits.hits[0].path.as_str()), ("small", "src/chart.rs"));
    assert!((hits.hits[0].cosine - 1.0).abs() < 1e-5);
    // Vectors of another model are not compared: words alone, and it says so.
    sqlx::query("update factory.codebase_connections set embedding_model = 'another'").execute(db.admin()).await.unwrap();
    let hits = code::search(&mut tx, "shop", &q("chart")).await.unwrap();
    assert!(hits.words_only && hits.hits.iter().all(|hit| hit.cosine == 0.0));
    serve.abort();
}
