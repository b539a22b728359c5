/** An OpenID Connect issuer on this machine: it agrees to every sign-in, as whoever the address typed before names. */
import { createHash, createSign, generateKeyPairSync, randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Issuer {
  url: string;
  /** Who signed in, the latest last. */
  seen: string[];
  close(): Promise<void>;
}

interface Visit {
  nonce: string;
  challenge: string;
  email: string;
}

const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const key = { ...publicKey.export({ format: 'jwk' }), kid: 'test', use: 'sig', alg: 'ES256' };

function base64(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}

function idToken(claims: Record<string, unknown>): string {
  const signed = `${base64({ alg: 'ES256', kid: 'test' })}.${base64(claims)}`;
  const signature = createSign('sha256').update(signed).sign({ key: privateKey, dsaEncoding: 'ieee-p1363' });
  return `${signed}.${signature.toString('base64url')}`;
}

async function form(request: IncomingMessage): Promise<URLSearchParams> {
  let body = '';
  for await (const chunk of request) body += chunk;
  return new URLSearchParams(body);
}

export async function issuer(): Promise<Issuer> {
  const seen: string[] = [];
  const visits = new Map<string, Visit>();
  let url = '';
  const server: Server = createServer(async (request, answer) => {
    const at = new URL(request.url ?? '/', url);
    const json = (status: number, value: unknown) => {
      answer.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value));
    };
    switch (at.pathname) {
      case '/.well-known/openid-configuration':
        return json(200, {
          issuer: url, authorization_endpoint: `${url}/authorize`, token_endpoint: `${url}/token`, jwks_uri: `${url}/jwks`,
          response_types_supported: ['code'], subject_types_supported: ['public'], id_token_signing_alg_values_supported: ['ES256'],
        });
      case '/jwks':
        return json(200, { keys: [key] });
      case '/authorize': {
        const asked = at.searchParams;
        const [code, email] = [randomUUID(), asked.get('login_hint') ?? 'nobody@nowhere.test'];
        visits.set(code, { nonce: asked.get('nonce') ?? '', challenge: asked.get('code_challenge') ?? '', email });
        seen.push(email);
        const back = new URL(asked.get('redirect_uri') ?? '');
        back.searchParams.set('code', code);
        back.searchParams.set('state', asked.get('state') ?? '');
        answer.writeHead(302, { location: back.href }).end();
        return;
      }
      case '/token': {
        const asked = await form(request);
        const visit = visits.get(asked.get('code') ?? '');
        visits.delete(asked.get('code') ?? '');
        const proof = createHash('sha256').update(asked.get('code_verifier') ?? '').digest('base64url');
        if (!visit || proof !== visit.challenge) return json(400, { error: 'invalid_grant' });
        const now = Math.floor(Date.now() / 1000);
        const claims = {
          iss: url, aud: 'client-1', iat: now, exp: now + 300, nonce: visit.nonce,
          sub: visit.email, email: visit.email, email_verified: true, name: visit.email.split('@')[0],
        };
        return json(200, { access_token: 'at', token_type: 'Bearer', expires_in: 300, id_token: idToken(claims) });
      }
      default:
        return json(404, { error: 'not_found' });
    }
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url,
    seen,
    close: () => new Promise((closed) => {
      server.closeAllConnections();
      server.close(() => closed());
    }),
  };
}
