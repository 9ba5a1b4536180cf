// The demo's identity provider: oidc-provider, set up by the environment, state in memory.
//
//   KLARFALL_PROVIDER_PORT   the port on 127.0.0.1; the issuer is http://127.0.0.1:PORT
//   KLARFALL_PROVIDER_KEYS   the folder that demo/keys.py made
//   KLARFALL_PUBLIC_URL      where the service answers
//   KLARFALL_PROVIDER_ACCOUNTS   who may sign in; without it, accounts.json beside this file
//   KLARFALL_TENANTS         NAME:PROFILE with commas between; one web client and one audience each
//
// Prints {"ready": issuer} when it listens. SIGTERM ends it.

import { createServer } from 'node:http';

import Provider from 'oidc-provider';

import { readAccounts } from './accounts.mjs';
import { configuration } from './configuration.mjs';
import { answerLogin } from './login.mjs';

function required(name) {
  const value = process.env[name];
  if (!value) {
    process.stderr.write(`The identity provider needs ${name}.\n`);
    process.exit(2);
  }
  return value;
}

function readTenant(text) {
  const [name, profile] = text.split(':');
  if (!name || !['fapi2', 'plain'].includes(profile)) {
    process.stderr.write('KLARFALL_TENANTS holds NAME:fapi2 or NAME:plain, with commas between.\n');
    process.exit(2);
  }
  return { name, profile };
}

const port = Number(required('KLARFALL_PROVIDER_PORT'));
const issuer = `http://127.0.0.1:${port}`;
const accounts = readAccounts();
const provider = new Provider(
  issuer,
  configuration({
    accounts,
    keys: required('KLARFALL_PROVIDER_KEYS'),
    publicUrl: required('KLARFALL_PUBLIC_URL'),
    tenants: required('KLARFALL_TENANTS').split(',').map(readTenant),
  }),
);
const answerProtocol = provider.callback();

provider.on('server_error', (_, error) => process.stderr.write(`${error.stack}\n`));

const server = createServer((request, response) => {
  if (!request.url.startsWith('/interaction/')) {
    answerProtocol(request, response);
    return;
  }
  answerLogin(provider, accounts, request, response).catch((error) => {
    response.writeHead(400, { 'content-type': 'text/plain; charset=utf-8' });
    response.end('Diese Anmeldung gibt es nicht mehr. This sign-in is over.\n');
    process.stderr.write(`${error.name}\n`);
  });
});

server.listen(port, '127.0.0.1', () => {
  process.stdout.write(`${JSON.stringify({ ready: issuer })}\n`);
});

process.on('SIGTERM', () => {
  server.close(() => process.exit(0));
  server.closeAllConnections();
});
