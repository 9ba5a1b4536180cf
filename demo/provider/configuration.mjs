// What the provider is willing to do, and for whom.
//
// A tenant's web client speaks FAPI 2.0 or the plain code flow, as its own file says. The only
// requests the provider makes itself are its logout notices, to the service beside it.

import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { errors, interactionPolicy } from 'oidc-provider';

import { findAccount, LEVELS } from './accounts.mjs';

const ACCESS_TOKEN_SECONDS = 300;
const ID_TOKEN_SECONDS = 300;
const ASSERTION_SECONDS = 60;

export function configuration({ accounts, keys, publicUrl, tenants }) {
  const read = (name) => JSON.parse(readFileSync(join(keys, name), 'utf8'));
  const audiences = new Set(tenants.map(({ name }) => `${publicUrl}/t/${name}`));
  const strict = new Set(tenants.filter(isStrict).map(({ name }) => webClientId(name)));
  const speaksFapi = (client) => client !== undefined && strict.has(client.clientId);
  return {
    clients: [
      ...tenants.map((tenant) => webClient(tenant, publicUrl, read)),
      commandLineClient(),
      integrator(read),
    ],
    jwks: { keys: [read('provider.json')] },
    cookies: { keys: [randomBytes(32).toString('hex')] },
    findAccount: (_, sub) => findAccount(accounts, sub),
    loadExistingGrant: grantWhatIsAsked,
    acrValues: LEVELS,
    scopes: ['openid', 'klarfall', 'integration'],
    claims: {
      openid: ['sub', 'acr', 'auth_time'],
      profile: ['name', 'given_name', 'family_name', 'birthdate'],
    },
    conformIdTokenClaims: false,
    responseTypes: ['code'],
    clientAuthMethods: ['private_key_jwt', 'none'],
    enabledJWA: {
      clientAuthSigningAlgValues: ['ES256'],
      idTokenSigningAlgValues: ['ES256'],
      dPoPSigningAlgValues: ['ES256'],
    },
    clientDefaults: { id_token_signed_response_alg: 'ES256' },
    pkce: { required: () => true },
    ttl: {
      AccessToken: ACCESS_TOKEN_SECONDS,
      AuthorizationCode: 60,
      ClientCredentials: ACCESS_TOKEN_SECONDS,
      Grant: 28800,
      IdToken: ID_TOKEN_SECONDS,
      Interaction: 600,
      PushedAuthorizationRequest: 60,
      Session: 28800,
    },
    fetch: (url, options) => reach(`${publicUrl}/backchannel-logout`, url, options),
    interactions: {
      policy: policy(),
      url: (_, interaction) => `/interaction/${interaction.uid}`,
    },
    assertJwtClientAuthClaimsAndHeader: refuseWideAssertions,
    extraTokenClaims: sayHowTheyCameIn,
    features: {
      devInteractions: { enabled: false },
      clientCredentials: { enabled: true },
      fapi: { enabled: true, profile: (_, client) => (speaksFapi(client) ? '2.0' : undefined) },
      pushedAuthorizationRequests: { enabled: true },
      dPoP: {
        enabled: true,
        nonceSecret: randomBytes(32),
        requireNonce: (ctx) => speaksFapi(ctx.oidc.client),
      },
      backchannelLogout: { enabled: true },
      rpInitiatedLogout: { enabled: true, logoutSource: logoutPage },
      resourceIndicators: {
        enabled: true,
        getResourceServerInfo: (_, resource, client) => resourceServer(audiences, resource, client),
        useGrantedResource: () => true,
      },
    },
  };
}

function isStrict({ profile }) {
  return profile === 'fapi2';
}

function webClientId(name) {
  return `klarfall-web-${name}`;
}

function webClient(tenant, publicUrl, read) {
  const id = webClientId(tenant.name);
  return {
    client_id: id,
    token_endpoint_auth_method: 'private_key_jwt',
    token_endpoint_auth_signing_alg: 'ES256',
    jwks: { keys: [read(`${id}.public.json`)] },
    grant_types: ['authorization_code'],
    response_types: ['code'],
    redirect_uris: [`${publicUrl}/callback`],
    post_logout_redirect_uris: [`${publicUrl}/`],
    backchannel_logout_uri: `${publicUrl}/backchannel-logout`,
    backchannel_logout_session_required: true,
    require_pushed_authorization_requests: isStrict(tenant),
    dpop_bound_access_tokens: isStrict(tenant),
    scope: 'openid profile',
    require_auth_time: true,
  };
}

function commandLineClient() {
  return {
    client_id: 'klarfall-demo-cli',
    application_type: 'native',
    token_endpoint_auth_method: 'none',
    grant_types: ['authorization_code'],
    response_types: ['code'],
    redirect_uris: ['http://127.0.0.1/callback'],
    scope: 'openid klarfall',
    require_auth_time: true,
  };
}

function integrator(read) {
  return {
    client_id: 'integrator',
    dpop_bound_access_tokens: true,
    token_endpoint_auth_method: 'private_key_jwt',
    token_endpoint_auth_signing_alg: 'ES256',
    jwks: { keys: [read('integrator.public.json')] },
    grant_types: ['client_credentials'],
    response_types: [],
    redirect_uris: [],
    scope: 'integration',
  };
}

// oidc-provider lets no request out to a loopback address. The service of the demo is at one: for
// its logout notices, and for nothing else, that guard is left off.
function reach(logout, url, options) {
  const { dispatcher, ...rest } = options;
  return globalThis.fetch(url, url === logout ? rest : { ...rest, dispatcher });
}

// Access tokens are for one tenant's API (RFC 8707), in the form of RFC 9068.
function resourceServer(audiences, resource, client) {
  if (!audiences.has(resource)) {
    throw new errors.InvalidTarget();
  }
  return {
    scope: client.clientId === 'integrator' ? 'integration' : 'klarfall',
    audience: resource,
    accessTokenFormat: 'jwt',
    accessTokenTTL: ACCESS_TOKEN_SECONDS,
    jwt: { sign: { alg: 'ES256' } },
  };
}

// The clients are the office's own: nobody is asked whether to trust them, by a prompt either.
async function grantWhatIsAsked(ctx) {
  const { client, session, params, provider } = ctx.oidc;
  const grant = new provider.Grant({ clientId: client.clientId, accountId: session.accountId });
  grant.addOIDCScope(params.scope);
  for (const [resource, server] of Object.entries(ctx.oidc.resourceServers ?? {})) {
    grant.addResourceScope(resource, [...server.scopes].join(' '));
  }
  await grant.save();
  return grant;
}

// oidc-provider passes acr_values on and enforces nothing. Here a session below the weakest
// level asked for leads to the login page, once: a person who has nothing stronger goes
// back with what they have, and the service decides.
function policy() {
  const prompts = interactionPolicy.base();
  prompts.remove('consent');
  prompts.get('login').checks.add(new interactionPolicy.Check(
    'level_too_low',
    'a stronger means of signing in was asked for',
    ({ oidc }) => {
      const asked = levelsAsked(oidc.params.acr_values);
      if (asked.length === 0 || oidc.result?.login || !oidc.session.accountId) {
        return interactionPolicy.Check.NO_NEED_TO_PROMPT;
      }
      return LEVELS.indexOf(oidc.session.acr) < Math.min(...asked)
        ? interactionPolicy.Check.REQUEST_PROMPT
        : interactionPolicy.Check.NO_NEED_TO_PROMPT;
    },
  ));
  return prompts;
}

/** The levels named in `acr_values`, as places in LEVELS. */
export function levelsAsked(acrValues) {
  return (acrValues ?? '').split(' ').map((each) => LEVELS.indexOf(each)).filter((at) => at >= 0);
}

// rfc7523bis: the assertion is for the issuer alone, and for a minute.
async function refuseWideAssertions(ctx, claims) {
  if (claims.aud !== ctx.oidc.issuer) {
    throw new errors.InvalidClientAuth('audience (aud) must equal the issuer');
  }
  if (!(claims.exp - claims.iat <= ASSERTION_SECONDS)) {
    throw new errors.InvalidClientAuth('the assertion lives too long');
  }
}

// RFC 9068, section 2.2.1: how and when the person signed in.
function sayHowTheyCameIn(ctx) {
  const code = ctx.oidc.entities.AuthorizationCode;
  return code ? { acr: code.acr, auth_time: code.authTime } : undefined;
}

async function logoutPage(ctx, form) {
  ctx.body = `<!doctype html><html lang="de"><head><meta charset="utf-8"><title>Abmelden</title></head>
<body><main><h1>Abmelden</h1><p>Möchten Sie sich auch beim Ausweisdienst abmelden?
<span lang="en">Sign out of the identity service too?</span></p>${form}
<button type="submit" form="op.logoutForm" name="logout" value="yes">Ja / Yes</button>
<button type="submit" form="op.logoutForm">Nein / No</button></main></body></html>`;
}
