// Asks over the API, so that stages and sentences show as they come. Without this script the form
// leads to the same answer on a page of its own.

import { length } from '/static/counter.js';
import { readEvents } from '/static/events.js';
import { watchReceipt } from '/static/receipt.js';

const find = (id) => document.getElementById(id);
const form = find('ask');
const field = find('question');
const said = find('said');
const words = said.dataset;
const stages = [...document.querySelectorAll('[data-stage]')];

for (const example of document.querySelectorAll('#examples button')) {
  example.addEventListener('click', () => {
    field.value = example.textContent;
    field.dispatchEvent(new Event('input'));
    field.focus();
  });
}
find('examples').hidden = false;

let asking = false;

form.addEventListener('submit', async (event) => {
  const question = field.value.trim();
  const fault = faultOf(question);
  if (fault) {
    event.preventDefault();
    showFault(fault);
    return;
  }
  if (event.submitter?.name === 'preview') {
    return;
  }
  event.preventDefault();
  if (asking) {
    return;
  }
  asking = true;
  form.setAttribute('aria-busy', 'true');
  try {
    await ask(question);
  } catch {
    fail(words.lost, false);
  } finally {
    asking = false;
    form.removeAttribute('aria-busy');
  }
});

if (form.dataset.start) {
  form.requestSubmit();
}

function faultOf(question) {
  if (question === '') {
    return words.empty;
  }
  return length(question) > Number(field.dataset.longest) ? words.tooLong : null;
}

function showFault(sentence) {
  clearFault();
  const line = document.createElement('p');
  line.className = 'kern-error';
  line.id = 'question-fault';
  const icon = document.createElement('span');
  icon.className = 'kern-icon kern-icon--danger';
  icon.setAttribute('aria-hidden', 'true');
  const text = document.createElement('span');
  text.className = 'kern-body';
  text.textContent = sentence;
  line.append(icon, text);
  field.closest('.kern-form-input').append(line);
  field.setAttribute('aria-invalid', 'true');
  field.setAttribute('aria-describedby', 'question-hint question-fault');
  field.focus();
}

function clearFault() {
  find('question-fault')?.remove();
  field.removeAttribute('aria-invalid');
  field.setAttribute('aria-describedby', 'question-hint');
}

async function ask(question) {
  begin();
  const response = await fetch(`/v1/cases/${form.dataset.case}/questions`, {
    method: 'POST',
    headers: {
      Accept: 'text/event-stream',
      'Accept-Language': document.documentElement.lang,
      'Content-Type': 'application/json',
      'Klarfall-Request': '1',
    },
    body: JSON.stringify({ question }),
  });
  if (!response.ok) {
    const problem = await response.json().catch(() => ({}));
    fail(problem.title ?? words.lost, response.status === 401);
    return;
  }
  let ended = false;
  let answer = null;
  await readEvents(response, (name, data) => {
    if (name === 'stage') {
      reach(data.stage);
    } else if (name === 'text') {
      addText(data.text);
    } else if (name === 'answer') {
      answer = data;
      ended = true;
    } else if (name === 'problem') {
      fail(data.title, data.status === 401);
      ended = true;
    }
  });
  if (!ended) {
    fail(words.lost, false);
  } else if (answer) {
    await show(answer, question);
  }
}

function begin() {
  clearFault();
  for (const id of ['failure', 'failure-sign-in', 'coming']) {
    find(id).hidden = true;
  }
  find('coming-text').textContent = '';
  find('given').replaceChildren();
  for (const stage of stages) {
    mark(stage, 'waiting');
  }
  mark(stages[0], 'running');
  find('progress').hidden = false;
  find('progress').open = true;
  said.textContent = words.begun;
}

function mark(stage, state) {
  stage.dataset.state = state;
  stage.querySelector('.stages__state').textContent = words[state];
}

function reach(name) {
  const at = stages.findIndex((stage) => stage.dataset.stage === name);
  if (at < 0) {
    return;
  }
  stages.slice(0, at + 1).forEach((stage) => mark(stage, 'done'));
  if (at + 1 < stages.length) {
    mark(stages[at + 1], 'running');
  }
  said.textContent = words.step
    .replace('{number}', String(at + 1))
    .replace('{total}', String(stages.length))
    .replace('{name}', stages[at].querySelector('.stages__name').textContent);
}

function addText(text) {
  find('coming').hidden = false;
  find('coming-text').textContent += text;
}

/** The whole answer with its sources, as the server wrote it. Where that fails, its text stays. */
async function show(answer, question) {
  find('coming').hidden = false;
  find('coming-text').textContent = answer.text;
  find('coming-text').lang = answer.language;
  let heading = find('coming-title');
  const whole = await fetchAnswer(answer.id).catch(() => null);
  if (whole) {
    find('given').replaceChildren(whole);
    find('coming').hidden = true;
    heading = find('answer-title');
    watchReceipt(find('given'));
    keepForSignIn(question);
  }
  find('progress').open = false;
  said.textContent = words.ready;
  heading.focus();
}

/** A stronger sign-in brings the question back; the page of an answer does not know it. */
function keepForSignIn(question) {
  const form = find('step-up');
  if (form) {
    form.elements.question.value = question;
    const button = form.querySelector('button');
    button.querySelector('.kern-label').textContent = button.dataset.withQuestion;
  }
}

async function fetchAnswer(id) {
  const response = await fetch(`/answers/${id}`, { headers: { Accept: 'text/html' } });
  if (!response.ok) {
    return null;
  }
  const page = new DOMParser().parseFromString(await response.text(), 'text/html');
  const answer = page.getElementById('answer');
  return answer && document.importNode(answer, true);
}

function fail(sentence, signIn) {
  find('progress').hidden = true;
  find('failure-text').textContent = sentence;
  find('failure-sign-in').hidden = !signIn;
  find('failure').hidden = false;
  said.textContent = sentence;
}
