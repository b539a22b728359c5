//! Facts about the whole schema that must hold for every table and function of every area.
use kernel::testing::TestDb;
use sqlx::PgPool;

/// The schemas of the areas. `graphile_worker` is the job queue's own and holds no content.
const AREAS: &str = "core,factory,growth,harness,app,public";

/// Tables without row security, because they name no tenant (chapter 10, section 3).
const EXEMPT: [&str; 5] =
    ["core.job_schedules", "core.login_attempts", "core.rate_limits", "core.tower_sessions", "public._sqlx_migrations"];

/// The rows a query finds wrong, as text.
async fn wrong(pool: &PgPool, sql: &'static str) -> Vec<String> {
    sqlx::query_scalar::<_, String>(sql).bind(AREAS.split(',').collect::<Vec<_>>()).bind(&EXEMPT[..]).fetch_all(pool).await.unwrap()
}

#[tokio::test]
async fn a10_07_every_table_has_forced_row_security_or_is_listed() {
    let db = TestDb::new().await;
    let open = wrong(
        db.admin(),
        "select n.nspname || '.' || c.relname from pg_class c join pg_namespace n on n.oid = c.relnamespace
         where c.relkind in ('r', 'p', 'f', 'm') and n.nspname = any ($1) and not (c.relrowsecurity and c.relforcerowsecurity)
           and n.nspname || '.' || c.relname <> all ($2) order by 1",
    )
    .await;
    assert_eq!(open, Vec::<String>::new());
    let listed: i64 =
        sqlx::query_scalar("select count(*) from pg_class c where c.oid = any ($1::text[]::regclass[]) and not c.relrowsecurity")
            .bind(&EXEMPT[..])
            .fetch_one(db.admin())
            .await
            .unwrap();
    assert_eq!(listed, EXEMPT.len() as i64, "a listed table has row security or is gone: take it off the list");
}

#[tokio::test]
async fn a10_07_the_roles_are_bound_by_row_security_and_own_nothing() {
    let db = TestDb::new().await;
    let app = db.app();
    for (pool, name) in [(app.db.pool(), "app_user"), (app.db.admin_pool(), "app_admin")] {
        let (role, superuser, bypass, create_db, create_role, inherits): (String, bool, bool, bool, bool, i64) = sqlx::query_as(
            "select r.rolname::text, r.rolsuper, r.rolbypassrls, r.rolcreatedb, r.rolcreaterole,
                    (select count(*) from pg_auth_members m where m.member = r.oid)
             from pg_roles r where r.rolname = session_user",
        )
        .fetch_one(pool)
        .await
        .unwrap();
        assert_eq!((role.as_str(), superuser, bypass, create_db, create_role, inherits), (name, false, false, false, false, 0));
        // No DDL: neither a schema nor a table, in any schema there is.
        let may_create: Vec<String> = sqlx::query_scalar(
            "select nspname::text from pg_namespace where has_schema_privilege(oid, 'create') and nspname !~ '^pg_(temp|toast)'
             union all select 'database' where has_database_privilege(current_database(), 'create')",
        )
        .fetch_all(pool)
        .await
        .unwrap();
        assert_eq!(may_create, Vec::<String>::new(), "{name}");
        let error = sqlx::raw_sql("create table core.mine (id int)").execute(pool).await.unwrap_err();
        assert_eq!(error.as_database_error().and_then(|e| e.code()).as_deref(), Some("42501"));
    }
    let owned = wrong(
        db.admin(),
        "select c.oid::regclass::text from pg_class c where pg_get_userbyid(c.relowner) in ('app_user', 'app_admin', 'app_definer')
         union all select p.oid::regprocedure::text from pg_proc p where pg_get_userbyid(p.proowner) in ('app_user', 'app_admin')
         union all select nspname::text from pg_namespace where pg_get_userbyid(nspowner) in ('app_user', 'app_admin', 'app_definer')",
    )
    .await;
    assert_eq!(owned, Vec::<String>::new());
}

#[tokio::test]
async fn a10_07_definer_functions_are_pinned_and_belong_to_app_definer() {
    let db = TestDb::new().await;
    let loose = wrong(
        db.admin(),
        "select p.oid::regprocedure::text from pg_proc p join pg_namespace n on n.oid = p.pronamespace
         where p.prosecdef and n.nspname = any ($1)
           and (pg_get_userbyid(p.proowner) <> 'app_definer'
             or not coalesce(p.proconfig @> array['search_path=pg_catalog, pg_temp'], false)
             or exists (select from aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) a where a.grantee = 0))
         order by 1",
    )
    .await;
    assert_eq!(loose, Vec::<String>::new());
    // What belongs to app_definer and is no definer function is called only by such functions.
    let callable = wrong(
        db.admin(),
        "select p.oid::regprocedure::text from pg_proc p
         where pg_get_userbyid(p.proowner) = 'app_definer' and not p.prosecdef and has_function_privilege('app_user', p.oid, 'execute')",
    )
    .await;
    assert_eq!(callable, Vec::<String>::new());
    let unexplained = wrong(
        db.admin(),
        "select p.oid::regprocedure::text from pg_proc p
         where p.prosecdef and pg_get_userbyid(p.proowner) = 'app_definer' and p.prorettype <> 'trigger'::regtype
           and obj_description(p.oid, 'pg_proc') is null order by 1",
    )
    .await;
    assert_eq!(unexplained, Vec::<String>::new(), "comment on function .. says what it is for");
}

#[tokio::test]
async fn every_table_states_its_class() {
    let db = TestDb::new().await;
    let silent = wrong(
        db.admin(),
        "select n.nspname || '.' || c.relname from pg_class c join pg_namespace n on n.oid = c.relnamespace
         where c.relkind in ('r', 'p') and not c.relispartition and n.nspname = any ($1) and c.relname <> '_sqlx_migrations'
           and coalesce(obj_description(c.oid, 'pg_class'), '') !~
             '^class=(plain|service|internal)(; privacy:user=[a-z_]+)?(; privacy:email=[a-z_]+)?(; erase=keep)?$'
         order by 1",
    )
    .await;
    assert_eq!(silent, Vec::<String>::new());
    let no_column = wrong(
        db.admin(),
        "select p.table_name || '.' || coalesce(p.user_column, p.email_column) from core.privacy_tables() p
         where not core.has_column(p.table_name::regclass, coalesce(p.user_column, p.email_column))",
    )
    .await;
    assert_eq!(no_column, Vec::<String>::new());
}

#[tokio::test]
async fn references_between_tables_of_a_tenant_carry_the_tenant() {
    let db = TestDb::new().await;
    // Foreign keys see past row security: without the tenant in them a row could point into another organization.
    let leaky = wrong(
        db.admin(),
        "with tenant as (
           select a.attrelid, a.attnum from pg_attribute a join pg_class c on c.oid = a.attrelid join pg_namespace n on n.oid = c.relnamespace
           where a.attname in ('organization_id', 'org_id', 'tenant_id') and not a.attisdropped and c.relkind in ('r', 'p') and n.nspname = any ($1)
         )
         select f.conrelid::regclass::text || ': ' || pg_get_constraintdef(f.oid)
         from pg_constraint f join tenant here on here.attrelid = f.conrelid join tenant there on there.attrelid = f.confrelid
         where f.contype = 'f'
           and not exists (select from unnest(f.conkey, f.confkey) as k (mine, theirs) where k.mine = here.attnum and k.theirs = there.attnum)
           -- A reference to the organization itself, in whatever column, is the tenant.
           and f.confrelid <> 'core.organizations'::regclass
           -- A login belongs to a person, whichever organization's provider it came through.
           and not (f.conrelid = 'core.accounts'::regclass and f.confrelid = 'core.identity_providers'::regclass)
         order by 1",
    )
    .await;
    assert_eq!(leaky, Vec::<String>::new());
}

#[tokio::test]
async fn tenant_tables_have_an_index_for_their_policy() {
    let db = TestDb::new().await;
    // By the tenant, or by a parent of the same tenant through which alone the rows are reached.
    let slow = wrong(
        db.admin(),
        "select c.oid::regclass::text from pg_class c join pg_namespace n on n.oid = c.relnamespace
           join pg_policy p on p.polrelid = c.oid and p.polname = 'tenant'
           join pg_attribute a on a.attrelid = c.oid and a.attname in ('organization_id', 'org_id', 'tenant_id') and not a.attisdropped
         where n.nspname = any ($1) and c.oid::regclass::text <> all ($2)
           and not exists (select from pg_index i where i.indrelid = c.oid and i.indpred is null
             and (i.indkey[0] = a.attnum or exists (select from pg_constraint f
               where f.conrelid = c.oid and f.contype = 'f' and a.attnum = any (f.conkey) and i.indkey[0] = any (f.conkey))))
         order by 1",
    )
    .await;
    assert_eq!(slow, Vec::<String>::new());
}

#[tokio::test]
async fn views_keep_row_security_of_whoever_asks() {
    let db = TestDb::new().await;
    let blind = wrong(
        db.admin(),
        "select c.oid::regclass::text from pg_class c join pg_namespace n on n.oid = c.relnamespace
         where c.relkind = 'v' and n.nspname = any ($1) and not coalesce(c.reloptions @> array['security_invoker=true'], false)",
    )
    .await;
    assert_eq!(blind, Vec::<String>::new());
}

#[tokio::test]
async fn the_platform_role_reads_no_content_and_no_secrets() {
    let db = TestDb::new().await;
    let readable = wrong(
        db.admin(),
        "select distinct c.oid::regclass::text from pg_class c join pg_namespace n on n.oid = c.relnamespace
         where c.relkind in ('r', 'p') and n.nspname = any ($1) and has_any_column_privilege('app_admin', c.oid, 'select') order by 1",
    )
    .await;
    assert!(readable.iter().all(|table| table.starts_with("core.")), "{readable:?}");
    let secret = wrong(
        db.admin(),
        "select c.oid::regclass::text || '.' || a.attname from pg_class c join pg_namespace n on n.oid = c.relnamespace
           join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
         where c.relkind in ('r', 'p') and n.nspname = any ($1) and has_column_privilege('app_admin', c.oid, a.attnum, 'select')
           and a.attname in ('password_hash', 'token', 'token_hash', 'key_hash', 'encrypted_value', 'access_token', 'refresh_token', 'secret_sealed')",
    )
    .await;
    assert_eq!(secret, Vec::<String>::new());
}
