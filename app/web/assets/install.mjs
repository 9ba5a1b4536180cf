// Copies styles and fonts of the design system to where the service serves them: `npm run copy`.

import { copyFile, cp, mkdir, rm } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

const from = fileURLToPath(new URL('node_modules/@kern-ux/native/', import.meta.url));
const to = fileURLToPath(new URL('../static/kern/', import.meta.url));

await rm(to, { recursive: true, force: true });
await mkdir(`${to}fonts`, { recursive: true });
await copyFile(`${from}dist/kern.min.css`, `${to}kern.min.css`);
await copyFile(`${from}dist/fonts/fira-sans.css`, `${to}fonts/fira-sans.css`);
await cp(`${from}dist/fonts/fira-sans`, `${to}fonts/fira-sans`, {
  recursive: true,
  filter: (path) => !path.endsWith('.scss'),
});
await copyFile(`${from}LICENSE.md`, `${to}LICENSE.md`);
