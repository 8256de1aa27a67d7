// Pages generated from code: settings, data dictionary, detections, runbooks. `--check` only compares (npm test).
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { format, resolveConfig } from 'prettier';
import { SETTINGS } from '../libs/platform/dist/index.js';
import { DETECTION_PAGES } from './detection-pages.mjs';
import { dictionaryPage } from './dictionary-page.mjs';

const check = process.argv.includes('--check');

function settingsPage() {
  const cell = (text) => String(text).replaceAll('|', '\\|');
  const rows = Object.entries(SETTINGS).map(([name, setting]) => {
    const missing = setting.schema.safeParse(undefined);
    const value = missing.success ? missing.data : undefined;
    const text = typeof value === 'object' ? JSON.stringify(value) : String(value);
    const fallback = value === undefined || value === '' ? '' : `\`${text}\``;
    const example = setting.secret === true ? '' : `\`${setting.example}\``;
    return `| \`${name}\` | ${fallback} | ${cell(setting.about)} | ${example} | ${setting.readBy.join(', ')} |`;
  });
  return [
    '# Settings',
    '',
    'Generated from libs/platform/src/config/settings.ts by `npm run docs`. Every setting is an environment variable; an',
    'empty one counts as missing, and a variable that starts with `KEYWATCH_` but is not listed here is refused at start,',
    'with every other problem at once. `NAME_FILE` may name a file that holds the value of `NAME`.',
    '',
    '| Variable | Default | What it sets | Example | Read by |',
    '| --- | --- | --- | --- | --- |',
    ...rows,
    '',
  ].join('\n');
}

const PAGES = {
  'docs/settings.md': [settingsPage, 'markdown'],
  'docs/data-dictionary.md': [dictionaryPage, 'markdown'],
  ...DETECTION_PAGES,
};

let stale = 0;
for (const [file, [make, parser]] of Object.entries(PAGES)) {
  const text = await format(make(), { ...(await resolveConfig(file)), parser });
  if (existsSync(file) && readFileSync(file, 'utf8') === text) continue;
  stale += 1;
  if (check) console.error(`${file} does not match the code: run npm run docs`);
  else {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
    console.log(`wrote ${file}`);
  }
}
for (const name of existsSync('docs/runbooks') ? readdirSync('docs/runbooks') : []) {
  const file = `docs/runbooks/${name}`;
  if (file in PAGES) continue;
  stale += 1;
  if (check) console.error(`${file} is about nothing there is: run npm run docs`);
  else rmSync(file);
}
process.exitCode = check && stale > 0 ? 1 : 0;
