// Says how many characters are left. The server counts again; nothing is ever cut off.

const CLOSE = 100;
const QUIET_MS = 800;

/** As the server counts: one for each character, also outside the basic plane. */
export const length = (text) => [...text].length;

function watch(field) {
  const longest = Number(field.dataset.longest);
  const shown = document.querySelector(`[data-counter-of="${field.id}"]`);
  const said = document.querySelector(`[data-counter-said="${field.id}"]`);
  let timer = 0;

  const update = () => {
    const left = longest - length(field.value.trim());
    const words = left < 0 ? field.dataset.over : field.dataset.left;
    const sentence = words.replace('{count}', String(Math.abs(left)));
    shown.textContent = sentence;
    shown.classList.toggle('counter--over', left < 0);
    clearTimeout(timer);
    timer = setTimeout(() => {
      said.textContent = left < CLOSE ? sentence : '';
    }, QUIET_MS);
  };

  shown.hidden = false;
  field.addEventListener('input', update);
  update();
}

for (const field of document.querySelectorAll('textarea[data-longest]')) {
  watch(field);
}
