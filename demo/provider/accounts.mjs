// Invented people. `sub` is what the service sees; `levels` are the means each of them has.

import { readFileSync } from 'node:fs';

export const PASSWORD = 'klarfall-demo';

// Weakest first.
export const LEVELS = ['basic', 'low', 'substantial', 'high'];

export function readAccounts() {
  const given = process.env.KLARFALL_PROVIDER_ACCOUNTS;
  return JSON.parse(readFileSync(given ?? new URL('./accounts.json', import.meta.url), 'utf8'));
}

/** What oidc-provider asks of an account. */
export function findAccount(accounts, sub) {
  const found = accounts.find((each) => each.sub === sub);
  return found && {
    accountId: sub,
    claims: () => ({
      sub,
      name: `${found.given_name} ${found.family_name}`,
      given_name: found.given_name,
      family_name: found.family_name,
      birthdate: found.birthdate,
    }),
  };
}
