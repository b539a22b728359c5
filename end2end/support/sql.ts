import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** What no person can do by hand: makes time pass, puts a job in a state. Asks the database of this run, as its owner. */
export async function sql(statement: string, values: Record<string, string> = {}): Promise<string> {
  const folder = join(process.env.MILLRACE_TEST_DATA!, 'postgres');
  const cluster = join(folder, 'cluster');
  // The folder knows which Postgres runs it and where that listens.
  const program = readFileSync(join(cluster, 'postmaster.opts'), 'utf8').match(/^"?([^" ]+)/)![1];
  const port = readFileSync(join(cluster, 'postmaster.pid'), 'utf8').split('\n')[3].trim();
  const set = Object.entries(values).flatMap(([name, value]) => ['-v', `${name}=${value}`]);
  const asked = run(
    join(dirname(program), 'psql'),
    ['-X', '-q', '-tA', '-v', 'ON_ERROR_STOP=1', ...set, '-h', '127.0.0.1', '-p', port, '-U', 'postgres', '-d', 'millrace', '-f', '-'],
    { env: { ...process.env, PGPASSWORD: readFileSync(join(folder, 'password'), 'utf8').trim() } },
  );
  // From standard input: only there does psql put values into the statement.
  asked.child.stdin!.end(statement);
  return (await asked).stdout.trim();
}

/** The proof of identity of a person is older than ten minutes: the next sensitive action asks for another. */
export async function forgetProof(userId: string): Promise<void> {
  await sql(`update core.sessions set reauth_at = now() - interval '11 minutes' where user_id = :'user'`, { user: userId });
}

/** A job in the list of an organization, in this state. */
export async function job(organizationId: string, kind: string, status: 'dead' | 'queued'): Promise<string> {
  return sql(
    `insert into core.jobs (organization_id, kind, status, attempts, run_at, last_error)
     values (:'org', :'kind', :'status', case :'status' when 'dead' then 5 else 0 end, now() + interval '1 day',
       case :'status' when 'dead' then 'The other side did not answer.' end) returning id`,
    { org: organizationId, kind, status },
  );
}
