// Pages about rules and sweeps, from their own words: docs/detections.md, docs/runbooks/ID.md, the JSON Schema of the
// settings file and its example.
import {
  PIPELINE_CHECKS,
  RULES,
  SETTABLE,
  SWEEPS,
  rulesFileJsonSchema,
} from '../libs/detection/dist/index.js';

const ALL = [
  ...RULES.map((rule) => ({ ...rule, kind: 'on the stream' })),
  ...SWEEPS.map((sweep) => ({ ...sweep, kind: 'sweep' })),
  ...PIPELINE_CHECKS.map((check) => ({ ...check, kind: 'the pipeline itself' })),
];
const cell = (text) => String(text).replaceAll('|', '\\|').replaceAll('\n', ' ');
const code = (value) => (value === undefined ? '' : `\`${JSON.stringify(value)}\``);

function settingsTable({ settings }) {
  const defaults = settings.parse({});
  const rows = Object.entries(settings.shape).map(
    ([name, schema]) =>
      `| \`${name}\` | ${cell(code(defaults[name]))} | ${cell(schema.description ?? '')} |`,
  );
  if (rows.length === 0) return ['It has no settings but `enabled`.'];
  return ['| Setting | Default | What it sets |', '| --- | --- | --- |', ...rows];
}

function runbook(rule) {
  const { id, title, severity, kind, description, runbook: book, stateBytes } = rule;
  const steps = (lines) => lines.map((line, i) => `${i + 1}. ${line}`);
  return [
    `# ${title}`,
    '',
    `\`${id}\`, ${kind}, severity up to **${severity}**. Generated from the code by \`npm run docs\`.`,
    '',
    description,
    '',
    '## What it means',
    '',
    book.means,
    '',
    '## What to check',
    '',
    ...steps(book.check),
    '',
    '## What to do',
    '',
    ...steps(book.act),
    '',
    '## False alarms',
    '',
    ...book.falseAlarms.map((line) => `- ${line}`),
    '',
    '## Settings',
    '',
    ...settingsTable(rule),
    '',
    stateBytes === undefined
      ? kind === 'sweep'
        ? 'It keeps no state: it asks ClickHouse.'
        : 'It keeps no state: it asks Kafka and ClickHouse, and reads in the log of alerts what was told.'
      : `State: at most ${stateBytes.toLocaleString('en-US')} bytes a key, whatever arrives.`,
    '',
    '## An exception',
    '',
    'In the settings file; see [Detections](../detections.md).',
    '',
    '```yaml',
    'exceptions:',
    `  - rule: ${id}`,
    kind === 'the pipeline itself' ? '    tenant: acme' : '    key: ak_example',
    '    reason: why this is fine',
    '    expires: 2027-03-31',
    '```',
    '',
  ].join('\n');
}

function index() {
  const rows = ALL.map(
    ({ id, title, severity, kind }) =>
      `| [\`${id}\`](runbooks/${id}.md) | ${cell(title)} | ${severity} | ${kind} |`,
  );
  return [
    '# Detections',
    '',
    'Generated from the code by `npm run docs`. Each detection has a page with what it means, what to do and its settings.',
    '',
    '| Detection | What it tells | Severity up to | Kind |',
    '| --- | --- | --- | --- |',
    ...rows,
    '',
    '## The settings file',
    '',
    '`keywatch.yaml` in the data folder or the working directory, or the file that `KEYWATCH_RULES_FILE` names. It holds',
    'settings of rules and sweeps, what differs for a tenant, and exceptions. [An example](keywatch.example.yaml) shows',
    'all of it; editors complete and check it with [its JSON Schema](keywatch.schema.json).',
    '',
    '- `keywatch rules check FILE` tells everything that is wrong with it, with line and column.',
    '- `keywatch rules list` shows what holds, `keywatch rules show ID` one detection with its settings.',
    '- `keywatch rules test FILE...` runs your own cases, `keywatch rules backtest ID --from T --to T --set k=v` tries settings',
    '  on what is stored.',
    '',
    'detect and sweep look at the file every few seconds. A change that is right is recorded, for rules on the stream with',
    'the offset from which it holds in each partition: folding the log again gives the same alerts. A change that is wrong is',
    'refused: it is logged with all its problems, `keywatch_rules_file_refused` is 1, and what held before goes on holding.',
    '',
    'An exception names what it is about (key, tenant, owner, tag, environment, network; all that are given must fit), why,',
    'and until when. Rules on the stream do not see the events that fit; by the time of the event, so that late events are',
    'treated alike. Findings of sweeps that fit are left out, by the as-of time of the sweep. For one tenant, a setting is',
    'the general one unless the tenant has its own.',
    '',
    '## Your own cases',
    '',
    'A case says: given these events, these alerts are told, or none. [An example](cases.example.yaml) has rules on the stream',
    'and every sweep. `keywatch rules test FILE...` runs files of cases by the settings file that detection follows, or by the',
    'one that `--file` names; exit code 1 where a case fails, `--json` for a program. A file that is not right is refused with',
    'everything that is wrong, with line and column.',
    '',
    'A rule on the stream tells when an event comes: its case has events under `when`. A sweep tells when it looks: its case',
    'has one time or several under `asOf`. At each, what has arrived up to 15 minutes later is in, the sweep looks once, and',
    'what it tells is stored before the next, so that a case shows what is told once. For cases of sweeps the command starts',
    'an embedded ClickHouse in a temporary folder, brings the events in as ingest does and runs the sweeps that run in',
    'production; it ends with the command. A running stack is not touched. Where the embedded engine does not run, cases of',
    'sweeps do not either. `pipeline-gap` looks at Kafka and ClickHouse, not at events: it has no cases.',
    '',
  ].join('\n');
}

function example() {
  return [
    '# yaml-language-server: $schema=./keywatch.schema.json',
    '#',
    '# Settings of the detection of Keywatch: an example. Generated by npm run docs. What is left out has its default, so an',
    '# empty file is a right one. `keywatch rules check FILE` tells everything that is wrong.',
    '',
    '# For every tenant. The settings of each detection stand on its page, docs/runbooks/ID.md.',
    'rules:',
    '  stale-key:',
    '    enabled: true',
    '    limitDays: 90',
    '    limitDaysByPlan: { free: 180, pro: 90, enterprise: 60 }',
    '  multi-environment-use:',
    '    minEnvironments: 2',
    '',
    '# What differs for one tenant, setting by setting.',
    'tenants:',
    '  acme:',
    '    rules:',
    '      stale-key: { limitDays: 365 }',
    '      multi-environment-use: { enabled: false }',
    '',
    '# What rules are not to look at. All members that are given must fit; each may be one value or a list.',
    'exceptions:',
    '  - rule: multi-environment-use',
    '    key: [ak_release, ak_nightly]',
    '    reason: The release job runs in both environments until its move.',
    '    expires: 2027-03-31 # the last day, UTC',
    '  - rule: "*" # every rule and sweep',
    '    tenant: acme',
    '    network: [203.0.113.0/24, 2001:db8:7::/48]',
    '    reason: Addresses of our own penetration test.',
    '    expires: 2027-02-01T18:00Z # a time, until which it holds',
    '  - rule: [stale-key]',
    '    owner: hardware-team',
    '    tag: break-glass',
    '    environment: production',
    '    reason: Keys in a safe, looked at by hand every quarter.',
    '    expires: 2027-12-31',
    '',
  ].join('\n');
}

/** File -> [text, parser of prettier]. */
export const DETECTION_PAGES = {
  'docs/detections.md': [index, 'markdown'],
  'docs/keywatch.schema.json': [() => JSON.stringify(rulesFileJsonSchema(SETTABLE)), 'json'],
  'docs/keywatch.example.yaml': [example, 'yaml'],
  ...Object.fromEntries(
    ALL.map((rule) => [`docs/runbooks/${rule.id}.md`, [() => runbook(rule), 'markdown']]),
  ),
};
