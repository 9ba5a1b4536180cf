// The page that asks who is there and what they sign in with. No script.

import { LEVELS, PASSWORD } from './accounts.mjs';
import { levelsAsked } from './configuration.mjs';

const MEANS = {
  basic: 'Passwort · password',
  low: 'Nutzerkonto mit Zertifikat · account with certificate (low)',
  substantial: 'Handy-App mit zwei Faktoren · two-factor app (substantial)',
  high: 'Online-Ausweis · online ID card (high)',
};

const WORDS = {
  wrong: 'Konto, Passwort oder Anmeldeart stimmt nicht. · The account, the password or the means does not fit.',
};

/** Answers GET with the page and POST by finishing the sign-in. */
export async function answerLogin(provider, accounts, request, response) {
  const { params } = await provider.interactionDetails(request, response);
  if (request.method !== 'POST') {
    sendPage(response, 200, accounts, params);
    return;
  }
  const form = await readForm(request);
  if (form.get('cancel')) {
    await finish(provider, request, response, { error: 'access_denied' });
    return;
  }
  const account = accounts.find((each) => each.account === form.get('account'));
  const level = form.get('means');
  if (!account?.levels.includes(level) || form.get('password') !== PASSWORD) {
    sendPage(response, 401, accounts, params, WORDS.wrong);
    return;
  }
  const now = Math.floor(Date.now() / 1000);
  await finish(provider, request, response, {
    login: { accountId: account.sub, acr: level, ts: now },
  });
}

function finish(provider, request, response, result) {
  return provider.interactionFinished(request, response, result, {
    mergeWithLastSubmission: false,
  });
}

async function readForm(request) {
  let text = '';
  for await (const part of request) {
    text += part;
    if (text.length > 4096) {
      throw new RangeError('form too large');
    }
  }
  return new URLSearchParams(text);
}

function sendPage(response, status, accounts, params, message = '') {
  response.writeHead(status, {
    'content-type': 'text/html; charset=utf-8',
    'cache-control': 'no-store',
    'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
  });
  response.end(page(accounts, params, message));
}

function page(accounts, params, message) {
  const asked = levelsAsked(params.acr_values);
  const chosen = asked.length > 0 ? Math.min(...asked) : LEVELS.indexOf('substantial');
  return `<!doctype html>
<html lang="de">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Ausweisdienst der Vorführung</title>
<style>*{box-sizing:border-box}body{font:1.1rem/1.5 sans-serif;max-width:36rem;margin:2rem auto;padding:0 1rem}
label,legend{display:block;margin-top:.6rem}fieldset label{font-weight:400}label{font-weight:600}
select,input[type=password]{font:inherit;width:100%}button{font:inherit;margin-top:1rem;padding:.4rem 1.2rem}
[role=alert]{border-left:.3rem solid #a00;padding-left:.6rem}</style></head>
<body><main>
<h1>Anmelden <span lang="en">· Sign in</span></h1>
<p>Ausweisdienst der Vorführung, alle Personen sind erfunden.
<span lang="en">Identity service of the demo; all persons are invented.</span></p>
${message && `<p role="alert">${escape(message)}</p>`}
<form method="post">
<label for="account">Wer sind Sie? <span lang="en">· Who are you?</span></label>
<select id="account" name="account">${accounts.map(option).join('')}</select>
<fieldset><legend>Womit melden Sie sich an? <span lang="en">· What do you sign in with?</span></legend>
${LEVELS.map((level, at) => means(level, at === chosen)).join('')}</fieldset>
<label for="password">Passwort der Vorführung <span lang="en">· Demo password</span>: ${PASSWORD}</label>
<input id="password" name="password" type="password" autocomplete="off" required>
<button type="submit">Anmelden · Sign in</button>
<button type="submit" name="cancel" value="yes" formnovalidate>Abbrechen · Cancel</button>
</form></main></body></html>`;
}

function option({ account, given_name: given, family_name: family, levels }) {
  const only = levels.length === 1 ? ', nur Passwort · password only' : '';
  return `<option value="${escape(account)}">${escape(`${given} ${family} (${account}${only})`)}</option>`;
}

function means(level, checked) {
  return `<label><input type="radio" name="means" value="${level}"${checked ? ' checked' : ''}> ${MEANS[level]}</label>`;
}

function escape(text) {
  return text.replace(/[&<>"']/g, (character) => `&#${character.codePointAt(0)};`);
}
