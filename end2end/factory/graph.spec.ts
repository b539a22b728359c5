/** The knowledge graph and drift: the picture, the table, what a change reaches, what may be stale. */
import { createHash } from 'node:crypto';
import type { Page } from '@playwright/test';
import { accessible, expect, feature, hydrated, project, sql, test, type Organization } from '../support';

/** A text of paragraphs, and its content hash as chapter 20 defines it. */
function text(...paragraphs: string[]): { json: string; hash: string } {
  const json = JSON.stringify({ content: paragraphs.map((text) => ({ content: [{ text, type: 'text' }], type: 'paragraph' })), type: 'doc' });
  return { json, hash: createHash('sha256').update(`${json}\n`).digest('hex') };
}

/** Requirements that were saved changed since their blueprint was written, past the screens of documents. */
async function drifted(acme: Organization): Promise<void> {
  const [was, is] = [text('Users sign in with email and password.'), text('Users sign in with email or passkey.')];
  await sql(`
    with p as (select id, organization_id as org from factory.projects where organization_id = '${acme.id}'),
      d as (insert into factory.documents (organization_id, project_id, type, title, slug, content)
        select org, id, x.type, x.title, x.slug, x.content::jsonb from p, (values
          ('product_overview', 'Sign-in rules', 'sign-in-rules', '${is.json}'), ('foundation_blueprint', 'Sign-in design', 'sign-in-design', '${was.json}'))
          x (type, title, slug, content) returning id, organization_id, project_id, type, title, slug),
      v as (insert into factory.document_versions (organization_id, document_id, version_number, content)
        select d.organization_id, d.id, x.n, x.content::jsonb from d, (values (1, '${was.json}'), (2, '${is.json}')) x (n, content)
          where d.type = 'product_overview' or x.n = 1),
      n as (insert into factory.graph_nodes (organization_id, project_id, entity_type, entity_id, label, metadata, content_hash)
        select d.organization_id, d.project_id, 'document', d.id, d.title, jsonb_build_object('type', d.type, 'slug', d.slug),
          case d.type when 'product_overview' then '${is.hash}' else '${was.hash}' end from d returning id, organization_id, project_id, label)
    insert into factory.graph_edges (organization_id, project_id, source_node_id, target_node_id, edge_type, metadata)
      select b.organization_id, b.project_id, b.id, r.id, 'derives_from', '{"synced_hash": "${was.hash}"}'
      from n b, n r where b.label = 'Sign-in design' and r.label = 'Sign-in rules'`);
}

test('the graph shows what hangs together, as a picture and a table, and what a change reaches', async ({ acme }) => {
  const page = await project(acme);
  await page.goto(acme.path('/factory/web-shop/graph'));
  await expect(page.getByText('Nothing here yet')).toBeVisible();
  await accessible(page);
  await feature(page, acme, 'Checkout');
  await feature(page, acme, 'Payment');
  await page.goto(acme.path('/factory/web-shop/graph?view=table'));
  await hydrated(page);
  await page.getByRole('link', { name: 'F-001 Checkout' }).click();
  const drawer = page.getByRole('complementary', { name: 'Node' });
  await drawer.getByRole('button', { name: 'Link', exact: true }).click();
  const dialog = page.getByRole('dialog', { name: 'Link Checkout' });
  await dialog.getByLabel('How').selectOption('blocks');
  await dialog.getByRole('combobox', { name: 'With' }).fill('Paym');
  await page.getByRole('option', { name: /F-002 Payment/ }).click();
  await dialog.getByRole('button', { name: 'Link', exact: true }).click();
  await expect(drawer.getByRole('link', { name: /Payment/ })).toBeVisible();
  await drawer.getByRole('button', { name: 'Show impact' }).click();
  await expect(drawer.getByText('1 thing within five steps')).toBeVisible();
  await accessible(page);

  // The picture, by the keyboard: an arrow picks a node, Enter goes there.
  await page.goto(acme.path('/factory/web-shop/graph'));
  const picture = page.getByRole('application', { name: /Knowledge graph/ });
  await expect(picture).toHaveAttribute('aria-busy', 'false');
  await expect(page.getByText('2 nodes')).toBeVisible();
  await picture.focus();
  await page.keyboard.press('ArrowRight');
  await expect(drawer.getByText('What a change reaches')).toBeVisible();
  await expect(page).toHaveURL(/node=/);
  await expect(picture).toBeFocused();
  await page.keyboard.press('Enter');
  await expect(page).toHaveURL(/features\/F-00/);

  await page.goto(acme.path('/factory/web-shop/graph'));
  await hydrated(page);
  await page.getByRole('link', { name: 'Document', exact: true }).click();
  await expect(page.getByText('Nothing of these kinds')).toBeVisible();
  await page.getByRole('link', { name: 'Clear filters' }).click();
  await expect(page.getByText('2 nodes')).toBeVisible();
});

test('a20_04 what a saved change made stale is compared, edits are proposed and it is marked in sync', async ({ acme }) => {
  const page = await project(acme);
  await page.goto(acme.path('/factory/web-shop/graph?view=drift'));
  await expect(page.getByText('Nothing has drifted')).toBeVisible();
  await drifted(acme);
  await page.getByRole('button', { name: 'Scan now' }).click();
  const alert = page.getByRole('listitem').filter({ hasText: 'Sign-in design' });
  await expect(alert.getByText('High')).toBeVisible();
  await expect(page.getByText(/^Scanned/)).toBeVisible();
  await accessible(page);
  await alert.getByRole('button', { name: 'Compare' }).click();
  const compared = page.getByRole('dialog', { name: 'What was changed' });
  await expect(compared.getByText('passkey')).toBeVisible();
  await page.keyboard.press('Escape');
  await alert.getByRole('button', { name: 'Propose edits' }).click();
  await expect(page).toHaveURL(/foundry\/sign-in-design\?show=suggestions/);
  await expect(page.getByText('After a change of “Sign-in rules”')).toBeVisible();
  await page.goto(acme.path('/factory/web-shop/graph'));
  await expect(page.getByText('1 open drift alert')).toBeVisible();
  await page.getByRole('link', { name: 'Show', exact: true }).click();
  await alert.getByRole('button', { name: 'Mark in sync' }).click();
  await expect(page.getByText('Nothing has drifted')).toBeVisible();
  await page.getByRole('link', { name: 'Resolved' }).click();
  await expect(alert).toContainText('Resolved by Ada');
});

test('of ten thousand nodes the neighbourhood of one is drawn, and another is a click away', async ({ acme }) => {
  const page = await project(acme);
  await sql(`
    insert into factory.graph_nodes (organization_id, project_id, entity_type, entity_id, label, metadata)
      select organization_id, id, (array['feature', 'document', 'work_order', 'codebase_file'])[1 + n % 4], gen_random_uuid(), 'Thing ' || n, '{}'
      from factory.projects, generate_series(1, 10000) n where organization_id = '${acme.id}';
    analyze factory.graph_nodes; -- without it Postgres may join each node with each
    with n as (select id, organization_id, project_id, row_number() over (order by label, id) - 1 as at from factory.graph_nodes where organization_id = '${acme.id}')
    insert into factory.graph_edges (organization_id, project_id, source_node_id, target_node_id, edge_type)
      select a.organization_id, a.project_id, a.id, b.id, 'references' from generate_series(1, 50000) x
        join n a on a.at = (hashint4(x)::bigint & 2147483647) % 10000 join n b on b.at = (hashint4(x + 77777)::bigint & 2147483647) % 10000 and b.at <> a.at
      on conflict do nothing;
    analyze factory.graph_nodes, factory.graph_edges;`);
  await page.goto(acme.path('/factory/web-shop/graph'));
  await expect(page.getByText(/500 nodes around Thing \d+, of 10,000/)).toBeVisible();
  const picture = page.getByRole('application', { name: /Knowledge graph/ });
  await expect(picture).toHaveAttribute('aria-busy', 'false');
  await page.goto(acme.path('/factory/web-shop/graph?view=table&q=thing+4711'));
  await page.getByRole('link', { name: 'Thing 4711' }).click();
  await page.getByRole('link', { name: 'Neighbourhood' }).click();
  await expect(page.getByText(/nodes around Thing 4711, of 10,000/)).toBeVisible();
  await page.getByRole('link', { name: 'Clear filters' }).click();
  await expect(page.getByText(/nodes around Thing 4711/)).toBeHidden();
});
