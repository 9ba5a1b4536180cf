// Watches a receipt until its entry is in the log. Without this script, reloading does the same.

const ATTEMPTS = 60;
const PAUSE_MS = 1000;

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

export async function watchReceipt(root = document) {
  const state = root.querySelector('#receipt-state');
  const answer = root.querySelector('[data-answer]')?.dataset.answer;
  if (!state || !answer) {
    return;
  }
  for (let n = 0; n < ATTEMPTS && state.isConnected && state.dataset.state !== 'included'; n += 1) {
    await pause(PAUSE_MS);
    const response = await fetch(`/v1/answers/${answer}/receipt`).catch(() => null);
    if (response?.status === 200) {
      const { index } = await response.json();
      state.dataset.state = 'included';
      state.textContent = `${state.dataset.included} ${index}.`;
    } else if (response !== null && response.status !== 202 && response.status !== 503) {
      return;
    }
  }
}

watchReceipt();
